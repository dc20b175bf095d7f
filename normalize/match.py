"""Find every phrasebook form in a text in one pass of an Aho–Corasick automaton.

The text is folded to lower case and everything that is no letter or digit becomes a space, so that a pattern with a
space on either side can match whole words only (Aho and Corasick, "Efficient string matching", CACM 1975, found by
``ahocorasick_rs``). Each hit is then checked against the punctuation that really stands in the text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from normalize.folding import LETTER, Folded, fold

STRETCH = 1 << 18
"""Characters that are matched at a time: enough for speed, few enough to bound memory on a text of any size."""


class Hit(NamedTuple):
    """A whole-word occurrence of a form: character offsets in the text, and the form as the phrasebook has it."""

    start: int
    end: int
    form: str


Pattern = tuple[bytes, list[tuple[str, bytes]]]
"""A pattern between blanks, and the forms that have it, each with its folded punctuation (``Folded.light``)."""


def patterns_of(forms: Iterable[str]) -> list[Pattern]:
    """Give the patterns that find these forms; forms that differ in punctuation only share one."""
    patterns: dict[bytes, list[tuple[str, bytes]]] = {}
    for form in forms:
        folded = fold(form)
        patterns.setdefault(b" %b " % folded.spaced.strip(), []).append((form, folded.light))
    return list(patterns.items())


class Matcher:
    """An automaton over a fixed set of forms, given as ``patterns_of`` them. Safe to share between threads."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._forms = [found for _, found in patterns]
        # The text may have marks between the words of a phrase; a single word of Latin-1 with its blanks is sure.
        self._plain = [
            len(found) == 1
            and b" %b " % found[0][1] == pattern
            and b" " not in found[0][1]
            and LETTER not in found[0][1]
            for pattern, found in patterns
        ]
        self._longest = max((len(pattern) for pattern, _ in patterns), default=0)
        self._automaton = BytesAhoCorasick([pattern for pattern, _ in patterns], matchkind=MatchKind.Standard)

    def find(self, folded: Folded) -> list[Hit]:
        """Give all whole-word occurrences, overlapping ones too, ordered by end, then start."""
        return self._verified(folded, self._raw(folded))

    def _raw(self, folded: Folded) -> Iterable[tuple[int, int, int]]:
        """Give raw matches as (pattern, start, end) in the padded text, stretch by stretch to bound memory."""
        padded = b" %b " % folded.spaced
        if len(padded) <= STRETCH:
            return self._automaton.find_matches_as_indexes(padded, overlapping=True)
        return self._in_stretches(padded)

    def _in_stretches(self, padded: bytes) -> Iterator[tuple[int, int, int]]:
        for at in range(0, len(padded), STRETCH):
            piece = padded[at : at + STRETCH + self._longest]
            for index, left, right in self._automaton.find_matches_as_indexes(piece, overlapping=True):
                if left < STRETCH:
                    yield index, at + left, at + right

    def _verified(self, folded: Folded, found: Iterable[tuple[int, int, int]]) -> list[Hit]:
        """Keep what really stands in the text: with its punctuation, and not as part of a longer word."""
        return [
            Hit(folded.offset(start), folded.offset(stop - 1) + 1, form)
            for index, left, right in found
            for start, stop, form in self._standing(folded, index, left, right - 2)
        ]

    def _standing(self, folded: Folded, index: int, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        """Give the forms of a pattern that stand at a place, with where they end: a mark may belong to a form."""
        for form, wanted in self._forms[index]:
            stop = end if form[-1:].isalnum() else start + len(wanted)
            if folded.light[start:stop] == wanted and (LETTER not in wanted or _is(form, folded.text[start:stop])):
                yield start, stop, form

    def tally(self, folded: Folded) -> Counter[str]:
        """Count the occurrences of each form, faster than by listing them."""
        counts: Counter[str] = Counter()
        plain = self._plain
        found = list(self._raw(folded))
        for index, count in Counter([hit[0] for hit in found]).items():
            if plain[index]:
                counts[self._forms[index][0][0]] += count
        for index, left, right in found:
            if not plain[index]:
                for _, _, form in self._standing(folded, index, left, right - 2):
                    counts[form] += 1
        return counts


def _is(form: str, piece: str) -> bool:
    """Tell whether a piece of a text is a form in all letters that the folded text does not tell apart."""
    return all(ord(low) < 256 or low == char for low, char in zip(form.lower(), piece.lower(), strict=False))
