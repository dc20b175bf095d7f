"""Agreement within a document: the places of one form speak for one another."""

from __future__ import annotations

import math
from collections.abc import Iterable

from normalize.candidates import Candidate
from normalize.restore import Choice

AGREEMENT = 0.5
"""How much the other places of a form count for an option, against a place's own evidence."""
TERM_AGREEMENT = 2.0
"""The same for names and known terms, which a document writes in one way throughout."""


def _is_term(entry: str) -> bool:
    """Tell whether an entry restores a name or a known term."""
    family, section, _ = entry.split("/", 2)
    return family == "vocabulary" or section == "names"


def agree(acting: Iterable[Candidate], choices: Iterable[Choice]) -> None:
    """Let the places of one form speak for one another: in one document it mostly stands for the same original.

    An option gains or loses by how surely it was chosen at the form's other places, in nats.
    """
    chosen: dict[str, list[Choice]] = {}
    for choice in choices:
        chosen.setdefault(choice.candidate.form, []).append(choice)
    places: dict[str, list[Candidate]] = {}
    for candidate in acting:
        places.setdefault(candidate.form, []).append(candidate)
    for form, candidates in places.items():
        if len(candidates) < 2:
            continue
        for candidate in candidates:
            others = [choice for choice in chosen.get(form, ()) if choice.candidate is not candidate]
            for number, option in enumerate(candidate.options):
                for_it = sum(c.confidence for c in others if c.option.after.lower() == option.after.lower())
                against = max(0.0, len(candidates) - 1 - for_it)
                agreement = TERM_AGREEMENT if _is_term(option.entry) else AGREEMENT
                gain = agreement * math.log((for_it + 0.5) / (against + 0.5))
                candidate.options[number] = option._replace(channel=option.channel + gain)
