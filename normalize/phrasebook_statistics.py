"""What a phrasebook holds, and how much of what spinners were seen to write it covers."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from normalize.compiled import CompiledPhrasebook
from normalize.counts import Counts
from normalize.inflect import inflections
from normalize.phrasebook_examples import AMBIGUOUS_RATE

BANDS = (("fingerprint", 0.0), ("rare", 0.5), ("common", 10.0), ("ambiguous", AMBIGUOUS_RATE))
"""Names for how often honest writers use the commonest form of an entry, and the least rate per million of each."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A substitution that was seen in spun pages, in lower case, with the families that made it."""

    spun: str
    original: str
    occurrences: int
    families: frozenset[str] = frozenset()


@dataclass(slots=True)
class Coverage:
    """How many (spun form, original) pairs a phrasebook knows: in pairs and in occurrences."""

    pairs: int = 0
    occurrences: int = 0
    known_pairs: int = 0
    known_occurrences: int = 0
    first_pairs: int = 0
    first_occurrences: int = 0
    missing: list[tuple[Fact, str]] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Give the figures and shares (0 to 1, None without pairs) as plain data."""
        return {
            "pairs": self.pairs,
            "occurrences": self.occurrences,
            "known": {
                "pairs": self.known_pairs,
                "share_of_pairs": share(self.known_pairs, self.pairs),
                "share_of_occurrences": share(self.known_occurrences, self.occurrences),
            },
            "ranked_first": {
                "pairs": self.first_pairs,
                "share_of_pairs": share(self.first_pairs, self.pairs),
                "share_of_occurrences": share(self.first_occurrences, self.occurrences),
            },
        }


def share(part: int, whole: int) -> float | None:
    """Give a part of a whole (0 to 1); None when there is no whole."""
    return round(part / whole, 4) if whole else None


def read_facts(text: str, name: str) -> list[Fact]:
    """Read facts from tab-separated text with the columns spun, original, occurrences and, if known, families.

    Raises:
        ValueError: a column is missing or a row is malformed; the message names file and line.

    """
    rows = csv.reader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    columns = next(rows, [])
    lacking = [column for column in ("spun", "original", "occurrences") if column not in columns]
    if lacking:
        message = f"{name}:1: no column is called {lacking[0]!r}; the columns spun, original and occurrences are needed"
        raise ValueError(message)
    return [_fact(columns, row, f"{name}:{rows.line_num}") for row in rows if row]


def _fact(columns: list[str], row: list[str], place: str) -> Fact:
    cells = dict(zip(columns, row, strict=False))
    spun, original, occurrences = (cells.get(name, "").strip().lower() for name in ("spun", "original", "occurrences"))
    if not (spun and original) or not (occurrences.isascii() and occurrences.isdigit()):
        message = f"{place}: a spun form, an original and a whole number of occurrences are needed"
        raise ValueError(message)
    families = frozenset(name.strip() for name in cells.get("families", "").split(",") if name.strip())
    return Fact(spun, original, int(occurrences), families)


def total_facts(facts: Iterable[Fact]) -> dict[tuple[str, str], int]:
    """Add up the occurrences of each (spun form, original) pair."""
    totals: Counter[tuple[str, str]] = Counter()
    for fact in facts:
        totals[fact.spun, fact.original] += fact.occurrences
    return dict(totals)


def choose_facts(facts: Iterable[Fact], family: str | None = None, min_occurrences: int = 1) -> Iterator[Fact]:
    """Give the facts seen at least so often, of one family where one is named."""
    for fact in facts:
        if fact.occurrences >= min_occurrences and (family is None or family in fact.families):
            yield fact


def coverage(book: CompiledPhrasebook, facts: Iterable[Fact], counts: Counts) -> Coverage:
    """Measure how many facts are candidates of their form, and how many the first original of any entry with it."""
    spellings: dict[str, list[str]] = {}
    for form in book.forms:
        spellings.setdefault(form.lower(), []).append(form)
    result = Coverage()
    for fact in facts:
        forms = spellings.get(fact.spun, [])
        known = any(
            original.lower() == fact.original
            for form in forms
            for reading in book.forms[form]
            for original, _ in reading.originals
        )
        first = known and any(fact.original in _first(book, form, counts) for form in forms)
        result.pairs += 1
        result.occurrences += fact.occurrences
        result.known_pairs += known
        result.known_occurrences += known * fact.occurrences
        result.first_pairs += first
        result.first_occurrences += first * fact.occurrences
        if not known:
            result.missing.append((fact, "the form has other originals" if forms else "no entry has the form"))
    result.missing.sort(key=lambda item: (-item[0].occurrences, item[0].spun, item[0].original))
    return result


def _first(book: CompiledPhrasebook, form: str, counts: Counts) -> set[str]:
    """Give the inflections, for this form, of the original that each entry ranks first, in lower case."""
    return {
        target.lower()
        for reading in book.forms[form]
        for entry in [book.entries[reading.entry]]
        for spun, target in inflections(entry.section, entry.spun, entry.originals[0], counts.frequency)
        if spun.lower() == form.lower()
    }


def band(rate: float) -> str:
    """Name the band of a rate per million honest words."""
    return next(name for name, least in reversed(BANDS) if rate >= least)


def entry_bands(book: CompiledPhrasebook) -> dict[int, str]:
    """Map each entry that has forms (by index) to the band of its commonest form."""
    rates: dict[int, float] = {}
    for form, readings in book.forms.items():
        for reading in readings:
            rates[reading.entry] = max(rates.get(reading.entry, 0.0), book.clean_rate[form])
    return {index: band(rate) for index, rate in sorted(rates.items())}


def statistics(book: CompiledPhrasebook) -> dict[str, Any]:
    """Count entries by family, part of speech and band, and inflected forms, as plain data."""
    bands = entry_bands(book)
    families: dict[str, dict[str, Any]] = {}
    for index, entry in enumerate(book.entries):
        found = families.setdefault(entry.family, {"entries": 0, "sections": Counter(), "bands": Counter()})
        found["entries"] += 1
        found["sections"][entry.section] += 1
        if index in bands:
            found["bands"][bands[index]] += 1
    plain = {
        family: {
            "entries": found["entries"],
            "sections": dict(sorted(found["sections"].items())),
            "bands": {name: found["bands"][name] for name, _ in BANDS},
        }
        for family, found in sorted(families.items())
    }
    return {"entries": len(book.entries), "forms": len(book.forms), "families": plain}
