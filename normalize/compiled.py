"""Compile a phrasebook: inflect its entries and weigh them, ready for matching and searching.

The weights are the parts of the noisy channel (docs/method.md): how readily a family writes a spun form for an
original, and how much more often the form stands in spun text than in honest English.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from normalize.counts import Counts
from normalize.inflect import inflections
from normalize.phrasebook import NEIGHBOUR_CONDITIONS, Conditions, Entry, Phrasebook

SUBSTITUTION_RATE = 0.5
"""How often a family replaces an original for which it has alternatives. The gold article and the evidence pages show
0.18–0.34 substitutions per word, in text of which about half the words have alternatives."""
EVIDENCE_STRENGTH = 4.0
"""Pseudo-count of the phrasebook's own ranking against counted substitutions of the evidence."""
UNSEEN_SHARE = 0.4
"""How far the ranking is trusted for an original that the evidence never saw replaced."""
FLOOR_PER_MILLION = 0.05
"""Rate of a form that never occurred in the 22 million words of the honest corpus: about one in 22 million."""
MAX_EVIDENCE = 4.5
"""Cap on what one form says about a document, in nats, so that no single word decides."""
UNCOUNTED_RATE = 20.0
"""Rate per million that is assumed for a form or original when no counts are at hand."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one entry offers for one form: inflected originals with the channel's log probability P(form | original)."""

    entry: int
    originals: tuple[tuple[str, float], ...]


@dataclass(slots=True)
class CompiledPhrasebook:
    """Entries with all their inflected forms, weighed.

    ``forms`` maps a form to its readings. ``evidence`` maps it to what one occurrence says for each family, in nats
    above honest English. ``clean_rate`` is its rate per million words of honest English.
    """

    entries: list[Entry]
    forms: dict[str, list[Reading]]
    evidence: dict[str, dict[str, float]]
    clean_rate: dict[str, float]
    terms: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    leftover_lines: list[str] = field(default_factory=list)
    leftover_starts: list[str] = field(default_factory=list)
    leftover_markers: list[str] = field(default_factory=list)
    article_exceptions: list[str] = field(default_factory=list)

    def pack(self) -> dict[str, Any]:
        """Give plain data that a cache can hold; ``unpack`` reverses it."""
        return {
            "entries": [
                (e.family, e.section, e.spun, e.originals, _pack_conditions(e.conditions), e.swaps, e.path, e.line)
                for e in self.entries
            ],
            "forms": {form: [(r.entry, r.originals) for r in readings] for form, readings in self.forms.items()},
            "evidence": self.evidence,
            "clean_rate": self.clean_rate,
            "lists": (
                self.terms, self.names, self.leftover_lines, self.leftover_starts, self.leftover_markers,
                self.article_exceptions,
            ),
        }

    @classmethod
    def unpack(cls, data: Mapping[str, Any]) -> CompiledPhrasebook:
        """Rebuild a compiled phrasebook from what ``pack`` gave.

        Raises:
            KeyError, TypeError, ValueError: the data has another shape.

        """
        entries = [
            Entry(family, section, spun, tuple(originals), _unpack_conditions(conditions), swaps, path, line)
            for family, section, spun, originals, conditions, swaps, path, line in data["entries"]
        ]
        forms = {
            form: [Reading(entry, tuple((o, p) for o, p in originals)) for entry, originals in readings]
            for form, readings in data["forms"].items()
        }
        return cls(entries, forms, data["evidence"], data["clean_rate"], *(list(part) for part in data["lists"]))


def _pack_conditions(conditions: Conditions) -> list[tuple[str, ...]] | None:
    return [getattr(conditions, name) for name in NEIGHBOUR_CONDITIONS] if conditions else None


def _unpack_conditions(packed: list[list[str]] | None) -> Conditions:
    return Conditions(*(tuple(words) for words in packed)) if packed else Conditions()


def compile_phrasebook(book: Phrasebook, counts: Counts, disabled: Iterable[int] = ()) -> CompiledPhrasebook:
    """Inflect and weigh all entries of a phrasebook except the disabled ones (given by index)."""
    skipped = set(disabled)
    pairs: dict[str, dict[int, dict[str, int]]] = {}
    for index, entry in enumerate(book.entries):
        if index in skipped:
            continue
        for rank, original in enumerate(entry.originals):
            for form, target in inflections(entry.section, entry.spun, original, counts.frequency):
                key = form if entry.section == "names" else form.lower()
                if target.lower() != key.lower():
                    pairs.setdefault(key, {}).setdefault(index, {}).setdefault(target, rank)
    channel = _channel(book.entries, pairs, counts)
    forms = {
        form: [
            Reading(index, tuple((original, round(channel[form, index, original], 3)) for original in originals))
            for index, originals in readings.items()
        ]
        for form, readings in pairs.items()
    }
    clean = {form: round(_rate(counts, form), 3) for form in forms}
    evidence = _evidence(book.entries, forms, clean, counts)
    return CompiledPhrasebook(
        book.entries, forms, evidence, clean, book.terms, book.names,
        book.leftover_lines, book.leftover_starts, book.leftover_markers, book.article_exceptions,
    )  # fmt: skip


def _rate(counts: Counts, form: str) -> float:
    """Rate per million words of honest English, floored; a phrase nobody counted gets a middling rate."""
    rate = counts.clean_rate(form)
    return UNCOUNTED_RATE if rate is None else max(rate, FLOOR_PER_MILLION)


def _channel(
    entries: list[Entry], pairs: Mapping[str, Mapping[int, Mapping[str, int]]], counts: Counts
) -> dict[tuple[str, int, str], float]:
    """Give log P(form | original, family): the ranking's share of the original's alternatives, mixed with counts."""
    alternatives: dict[tuple[str, str], float] = {}
    weights: dict[tuple[str, int, str], float] = {}
    for form, readings in pairs.items():
        for index, originals in readings.items():
            for original, rank in originals.items():
                weight = 1.0 / (1.0 + rank)
                weights[form, index, original] = weight
                key = (entries[index].family, original)
                alternatives[key] = alternatives.get(key, 0.0) + weight
    channel: dict[tuple[str, int, str], float] = {}
    for (form, index, original), weight in weights.items():
        share = weight / alternatives[entries[index].family, original]
        counted, total = counts.substitutions(form, original)
        if total:
            share = (counted + EVIDENCE_STRENGTH * share) / (total + EVIDENCE_STRENGTH)
        else:
            share *= UNSEEN_SHARE
        channel[form, index, original] = math.log(SUBSTITUTION_RATE * share)
    return channel


def _evidence(
    entries: list[Entry], forms: Mapping[str, list[Reading]], clean: Mapping[str, float], counts: Counts
) -> dict[str, dict[str, float]]:
    """Give log(rate in spun text / rate in honest English) of each form for each family that writes it."""
    evidence: dict[str, dict[str, float]] = {}
    for form, readings in forms.items():
        rates: dict[str, float] = {}
        for reading in readings:
            family = entries[reading.entry].family
            for original, log_share in reading.originals:
                written = _rate(counts, original) * math.exp(log_share)
                rates[family] = rates.get(family, 0.0) + written
        honest = clean[form]
        for family, written in rates.items():
            spun = counts.blend_spun_rate(form, written + honest * (1 - SUBSTITUTION_RATE))
            strength = min(MAX_EVIDENCE, math.log(max(spun, FLOOR_PER_MILLION) / honest))
            if strength > 0.1:
                evidence.setdefault(form, {})[family] = round(strength, 2)
    return evidence

