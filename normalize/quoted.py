"""Quotation alarm: a quotation that holds fingerprints is not what the speaker said, restored or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from normalize.plan import Edit, Note
from normalize.restore import Choice
from normalize.segment import Segmented, Span, is_quotation

KIND = "quotation"
ALARM = 3.5
"""Least evidence in nats, weighed by how surely the place was changed. Of the quotations in the spun cases the best
untouched one has 2.4, and half of the spun ones have more than 3."""
CERTAIN = 6.0
"""Evidence in nats from which the note is of high severity."""
OVERWHELMING, OVERWHELMING_FORMS = 14.0, 4
"""Least evidence in nats, and from how many forms, for an alarm in a document that is called clean. Honest cases that
are stuffed with spinners' words reach 9 nats from three."""
MIN_WORDS = 3
"""Shorter quotations are titles and single words, which may be meant."""


def find_spun_quotations(
    segmented: Segmented, choices: Iterable[Choice], edits: Sequence[Edit] = (), *, spun: bool
) -> Iterator[Note]:
    """Give a note (kind ``quotation``) for each quotation that is not verbatim, in text order.

    ``choices`` are what a search would replace if the text was spun, in quotations too; ``edits`` those planned for the
    text, with offsets of its own. ``spun`` tells whether the text is taken as spun.
    """
    inside: dict[Span, list[Choice]] = {}
    for choice in choices:
        zone = choice.candidate.zone
        if is_quotation(zone):
            inside.setdefault(zone, []).append(choice)
    for zone in sorted(inside):
        found = inside[zone]
        evidence = sum(choice.candidate.evidence * choice.changed for choice in found)
        restored = any(zone.start <= edit.start < zone.end for edit in edits)
        forms = dict.fromkeys(
            choice.candidate.form for choice in sorted(found, key=lambda choice: -choice.candidate.evidence)
        )
        if len(segmented.text[zone.start : zone.end].split()) < MIN_WORDS:
            continue
        if not (restored or evidence >= (ALARM if spun else OVERWHELMING)) or (
            not spun and len(forms) < OVERWHELMING_FORMS
        ):
            continue
        shown = ", ".join(f"“{form}”" for form in list(forms)[:3])
        message = (
            f"this quotation is not verbatim: it holds {shown}{'; restored as far as it goes' if restored else ''}"
        )
        yield Note(zone.start, zone.end, KIND, message, "high" if evidence >= CERTAIN else "medium")
