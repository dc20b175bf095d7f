"""Compile a phrasebook: inflect its entries and weigh them, ready for matching and searching.

The weights are the parts of the noisy channel (docs/method.md): how readily a family writes a spun form for an
original, and how much more often the form stands in spun text than in honest English.
"""

from __future__ import annotations

import gc
import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, overload

import msgpack

from normalize.counts import FLOOR_PER_MILLION, Counts
from normalize.form_evidence import FormEvidence
from normalize.inflect import inflections
from normalize.language_model import model_words
from normalize.match import Pattern, patterns_of
from normalize.phrasebook import NEIGHBOUR_CONDITIONS, NO_CONDITIONS, Conditions, Entry, Phrasebook
from normalize.screen import Screen, word_evidence
from normalize.terms import Reading, TermIndex, index_terms

SUBSTITUTION_RATE = 0.5
"""How often a family replaces an original for which it has alternatives. The gold article and the evidence pages show
0.18–0.34 substitutions per word, in text of which about half the words have alternatives."""
RATE_PRIOR = 6.0
"""Occurrences of an original that ``SUBSTITUTION_RATE`` is worth against its counted rate of replacement."""
MAX_SUBSTITUTION_RATE = 0.7
"""No original is replaced more often than this: spinners pick at random, and leave some as they are."""
EVIDENCE_STRENGTH = 4.0
"""Pseudo-count of the phrasebook's own ranking against counted substitutions of the evidence."""
UNSEEN_ALTERNATIVE = 0.25
"""How much an alternative that the evidence never saw counts among those of its original: spinners know fewer words
than the phrasebook. Values from 0.2 to 0.3 do as well on our cases."""
UNSEEN_SHARE = 0.4
"""How far the ranking is trusted for an original that the evidence never saw replaced."""
TOPICAL_RATE = 10.0
"""Least rate per million that is assumed for the originals of a phrase that no honest text has: they are rare in
general ("deep learning"), but not in a text on their topic."""
MAX_EVIDENCE = 4.5
"""Cap on what one form says about a document, in nats, so that no single word decides."""
UNCOUNTED_RATE = 20.0
"""Rate per million that is assumed for a form or original when no counts are at hand."""


class _Forms(Mapping[str, list[Reading]]):
    """Readings by form, decoded when they are asked for: a text needs a few hundred of thirty thousand."""

    def __init__(self, rows: dict[str, list[Any]]) -> None:
        self._rows = rows
        self._decoded: dict[str, list[Reading]] = {}

    def __getitem__(self, form: str) -> list[Reading]:
        found = self._decoded.get(form)
        if found is None:
            found = [Reading(entry, tuple((o, p) for o, p in originals)) for entry, originals in self._rows[form]]
            self._decoded[form] = found
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


class _Entries(Sequence[Entry]):
    """Entries by number, decoded when they are asked for."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows
        self._decoded: dict[int, Entry] = {}

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        found = self._decoded.get(index)
        if found is None:
            family, section, spun, originals, packed, swaps, path, line = self._rows[index]
            conditions = Conditions(*(tuple(words) for words in packed)) if packed else NO_CONDITIONS
            found = Entry(family, section, spun, tuple(originals), conditions, swaps, path, line)
            self._decoded[index] = found
        return found

    def __len__(self) -> int:
        return len(self._rows)


class CompiledPhrasebook:
    """Entries with all their inflected forms, weighed.

    It is made of packed parts, each decoded on first use, so that an honest text costs little and a cache file can be
    read in part. ``forms`` maps a form to its readings, ``evidence`` to what one occurrence says for each family in
    nats above honest English, ``clean_rate`` to its rate per million words of honest English.

    Raises:
        KeyError, ValueError: a part is missing or damaged; the eager parts are decoded at once to find out.

    """

    PARTS = ("patterns", "entries", "forms", "evidence", "clean_rate", "lists", "terms", "screen")

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        self.parts = {name: parts[name] for name in self.PARTS}
        self.evidence = FormEvidence(*_unpack(self.parts["evidence"]))
        lists = _unpack(self.parts["lists"])
        self.leftover_lines, self.leftover_starts, self.leftover_markers, exceptions = lists
        self.article_exceptions = frozenset(exceptions)

    @cached_property
    def patterns(self) -> list[Pattern]:
        """The forms as patterns for matching."""
        patterns: list[Pattern] = _unpack(self.parts["patterns"])
        return patterns

    @cached_property
    def entries(self) -> Sequence[Entry]:
        """All entries, in reading order."""
        return _Entries(_unpack(self.parts["entries"]))

    @cached_property
    def forms(self) -> Mapping[str, list[Reading]]:
        """Readings by form; names keep their capitals, other forms are lower case."""
        return _Forms(_unpack(self.parts["forms"]))

    @cached_property
    def clean_rate(self) -> dict[str, float]:
        """Rate of each form, and of each word of originals and known terms, per million words of honest English."""
        rates: dict[str, float] = _unpack(self.parts["clean_rate"])
        return rates

    def is_unheard(self, form: str) -> bool:
        """Tell whether a form is a phrase that never stood in the honest corpus; names were not looked for there."""
        return " " in form and form.islower() and self.clean_rate.get(form, UNCOUNTED_RATE) <= FLOOR_PER_MILLION

    @cached_property
    def screen(self) -> Screen:
        """What single words say of spinning."""
        import numpy as np

        families, words, table = _unpack(self.parts["screen"])
        return Screen(words, np.frombuffer(table, np.float32).reshape(len(words), len(families)))

    @cached_property
    def terms(self) -> TermIndex:
        """Known terms and names, and what stands for their words."""
        return TermIndex(*_unpack(self.parts["terms"]))


def _pack(data: Any) -> bytes:
    packed = msgpack.packb(data)
    if not isinstance(packed, bytes):
        message = "msgpack gave no bytes"
        raise TypeError(message)
    return packed


def _unpack(data: bytes) -> Any:
    # Tens of thousands of small containers set off the garbage collector again and again, for nothing.
    enabled = gc.isenabled()
    gc.disable()
    try:
        return msgpack.unpackb(data)
    finally:
        if enabled:
            gc.enable()


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
    for word in _plain_words(book, forms):
        clean.setdefault(word, round(_rate(counts, word), 3))
    evidence = _evidence(book.entries, forms, clean, counts)
    return CompiledPhrasebook(
        {
            "patterns": _pack(patterns_of(forms)),
            "entries": _pack([_entry_row(entry) for entry in book.entries]),
            "forms": _pack({form: [(r.entry, r.originals) for r in readings] for form, readings in forms.items()}),
            "evidence": _pack(FormEvidence.pack(evidence)),
            "clean_rate": _pack(clean),
            "lists": _pack((book.leftover_lines, book.leftover_starts, book.leftover_markers, book.article_exceptions)),
            "screen": _pack(_screen(book.entries, forms, counts)),
            "terms": _pack(index_terms(book.terms, book.names, forms, evidence)),
        }
    )


def _screen(
    entries: list[Entry], forms: Mapping[str, list[Reading]], counts: Counts
) -> tuple[list[str], list[str], bytes]:
    """Give what single words say of spinning: families, words, and a table of 32-bit floats."""
    substitutions = [
        (entries[reading.entry].family, model_words(form), model_words(original), channel)
        for form, readings in forms.items()
        for reading in readings
        if entries[reading.entry].section != "names"
        for original, channel in reading.originals
    ]
    texts = {" ".join(phrase) for _, _, original, _ in substitutions for phrase in (original, *zip(original))}
    texts.update(word for _, form, _, _ in substitutions for word in form)
    families, words, table = word_evidence(substitutions, {text: _rate(counts, text) for text in texts})
    return families, words, array("f", [value for row in table for value in row]).tobytes()


def _plain_words(book: Phrasebook, forms: Mapping[str, list[Reading]]) -> set[str]:
    """Give single words that an original or a known term may hold: the language model may not know them."""
    words = {word for term in (*book.terms, *book.names) for word in model_words(term)}
    words.update(original.lower() for found in forms.values() for reading in found for original, _ in reading.originals)
    return {word for word in words if " " not in word}


def _entry_row(entry: Entry) -> tuple[Any, ...]:
    packed = [getattr(entry.conditions, name) for name in NEIGHBOUR_CONDITIONS] if entry.conditions else None
    return (entry.family, entry.section, entry.spun, entry.originals, packed, entry.swaps, entry.path, entry.line)


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
                if not counts.substitutions(form, original)[0]:
                    weight *= UNSEEN_ALTERNATIVE
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
        channel[form, index, original] = math.log(_substitution_rate(counts, original, total) * share)
    return channel


def _substitution_rate(counts: Counts, original: str, total: int) -> float:
    """Give how often the family replaces an original: counted replacements over its expected occurrences.

    Common words such as "to" have alternatives that spinners hardly ever take. The count is smoothed towards
    ``SUBSTITUTION_RATE``, and capped, since expected occurrences are an estimate.
    """
    occurrences = max(total, (counts.clean_rate(original) or 0.0) * counts.spun_words / 1e6)
    rate = (total + RATE_PRIOR * SUBSTITUTION_RATE) / (occurrences + RATE_PRIOR)
    return min(MAX_SUBSTITUTION_RATE, rate)


def _evidence(
    entries: list[Entry], forms: Mapping[str, list[Reading]], clean: Mapping[str, float], counts: Counts
) -> dict[str, dict[str, float]]:
    """Give log(rate in spun text / rate in honest English) of each form for each family that writes it."""
    evidence: dict[str, dict[str, float]] = {}
    for form, readings in forms.items():
        rates: dict[str, float] = {}
        topical = TOPICAL_RATE if " " in form and clean[form] <= FLOOR_PER_MILLION else 0.0
        for reading in readings:
            family = entries[reading.entry].family
            for original, log_share in reading.originals:
                written = max(_rate(counts, original), topical) * math.exp(log_share)
                rates[family] = rates.get(family, 0.0) + written
        honest = clean[form]
        for family, written in rates.items():
            spun = counts.blend_spun_rate(form, written + honest * (1 - SUBSTITUTION_RATE))
            strength = min(MAX_EVIDENCE, math.log(max(spun, FLOOR_PER_MILLION) / honest))
            if strength > 0.1:
                evidence.setdefault(form, {})[family] = round(strength, 2)
    return evidence
