"""Find every phrasebook form in a text in one pass of an Aho–Corasick automaton.

The text is folded to lower case and everything that is no letter or digit becomes a space, so that a pattern with a
space on either side can match whole words only (Aho and Corasick, "Efficient string matching", CACM 1975, found by
``ahocorasick_rs``). Each hit is then checked against the punctuation that really stands in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import regex
from ahocorasick_rs import AhoCorasick, MatchKind

_ASCII = [chr(code) for code in range(128)]
_ASCII_LIGHT = "".join("'" if c in "´`" else " " if c.isspace() else c.lower() for c in _ASCII).encode().ljust(256)
_ASCII_SPACED = "".join(c if c in "_'" else c.lower() if c.isalnum() else " " for c in _ASCII).encode().ljust(256)
_PLAIN_MARKS = str.maketrans("’‘ʼ´`\u00a0\u202f\t\n\r\v\f‐‑", "'''''       --")
_WORD_CHARACTER = regex.compile(r"[\p{L}\p{N}\p{M}_'\u00ad\u200c\u200d\u2060]")
"""Underscores, combining marks and invisible joiners are parts of words: nothing ends or begins beside them."""
_LOOSE_APOSTROPHE = regex.compile(r"(?<![\p{L}\p{N}])'|'(?![\p{L}\p{N}])|'(?=s(?![\p{L}\p{N}']))")
"""An apostrophe is part of a word (it'll) but for the possessive's and those at the edge of a word."""
_WRAP = re.compile(r"(?<=\S)(?:[ \t]+\r?\n[ \t]*|\r\n[ \t]*|\n[ \t]+)(?=\S)")

STRETCH = 1 << 18
"""Characters that are matched at a time: enough for speed, few enough to bound memory on a text of any size."""


class Hit(NamedTuple):
    """A whole-word occurrence of a form: character offsets in the text, and the form as the phrasebook has it."""

    start: int
    end: int
    form: str


class Folded(NamedTuple):
    """A text made fit for matching.

    ``light`` is lower case with plain apostrophes and blanks; ``spaced`` has blanks for everything but letters and
    digits. Both are as long as the text unless it wraps lines with more than one character; then ``cuts`` holds the
    folded positions after which ``dropped`` characters of the text are missing.
    """

    light: str
    spaced: str
    cuts: tuple[int, ...]
    dropped: tuple[int, ...]

    def offset(self, position: int) -> int:
        """Translate a folded position into an offset of the text."""
        if not self.cuts:
            return position
        index = bisect_right(self.cuts, position)
        return position + (self.dropped[index - 1] if index else 0)


def fold(text: str) -> Folded:
    """Fold a text for matching; a line break inside a paragraph counts as one space."""
    cuts: list[int] = []
    dropped: list[int] = []
    if "\n" in text and (wraps := list(_WRAP.finditer(text))):
        pieces: list[str] = []
        at = total = 0
        for wrap in wraps:
            pieces += (text[at : wrap.start()], " ")
            at = wrap.end()
            position = wrap.start() - total + 1
            total += wrap.end() - wrap.start() - 1
            cuts.append(position)
            dropped.append(total)
        pieces.append(text[at:])
        text = "".join(pieces)
    if text.isascii():
        raw = text.encode("ascii")
        light, spaced = raw.translate(_ASCII_LIGHT).decode("ascii"), raw.translate(_ASCII_SPACED).decode("ascii")
    else:
        light = _lower(text).translate(_PLAIN_MARKS)
        spaced = light.translate(_SPACING)
    if "'" in spaced:
        spaced = _LOOSE_APOSTROPHE.sub(" ", spaced)
    return Folded(light, spaced, tuple(cuts), tuple(dropped))


class _Spacing(dict[int, int]):
    """Maps every character that is no part of a word to a blank; grows with the characters that it meets."""

    def __missing__(self, code: int) -> int:
        kept = self[code] = code if _WORD_CHARACTER.match(chr(code)) else 32
        return kept


_SPACING = _Spacing()


def _lower(text: str) -> str:
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    # A few capitals (İ) become two characters: those stay as they are, so that offsets hold.
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


Pattern = tuple[str, list[tuple[str, str]]]
"""A pattern between blanks, and the forms that have it, each with its folded punctuation (``Folded.light``)."""


def patterns_of(forms: Iterable[str]) -> list[Pattern]:
    """Give the patterns that find these forms; forms that differ in punctuation only share one."""
    patterns: dict[str, list[tuple[str, str]]] = {}
    for form in forms:
        folded = fold(form)
        patterns.setdefault(f" {folded.spaced.strip()} ", []).append((form, folded.light))
    return list(patterns.items())


class Matcher:
    """An automaton over a fixed set of forms, given as ``patterns_of`` them. Safe to share between threads."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._forms = [found for _, found in patterns]
        # The text may have marks between the words of a phrase; a single word with its blanks is sure.
        self._plain = [
            len(found) == 1 and f" {found[0][1]} " == pattern and " " not in found[0][1] for pattern, found in patterns
        ]
        self._longest = max((len(pattern) for pattern, _ in patterns), default=0)
        self._automaton = AhoCorasick([pattern for pattern, _ in patterns], matchkind=MatchKind.Standard)

    def find(self, folded: Folded) -> list[Hit]:
        """Give all whole-word occurrences, overlapping ones too, ordered by end, then start."""
        return self._verified(folded, self._raw(folded))

    def _raw(self, folded: Folded) -> Iterable[tuple[int, int, int]]:
        """Give raw matches as (pattern, start, end) in the padded text, stretch by stretch to bound memory."""
        padded = f" {folded.spaced} "
        if len(padded) <= STRETCH:
            return self._automaton.find_matches_as_indexes(padded, overlapping=True)
        return self._in_stretches(padded)

    def _in_stretches(self, padded: str) -> Iterator[tuple[int, int, int]]:
        for at in range(0, len(padded), STRETCH):
            piece = padded[at : at + STRETCH + self._longest]
            for index, left, right in self._automaton.find_matches_as_indexes(piece, overlapping=True):
                if left < STRETCH:
                    yield index, at + left, at + right

    def _verified(self, folded: Folded, found: Iterable[tuple[int, int, int]]) -> list[Hit]:
        """Keep what really stands in the text: with its punctuation, and not as part of a longer word."""
        hits: list[Hit] = []
        light = folded.light
        forms = self._forms
        for index, left, right in found:
            start, end = left, right - 2
            for form, wanted in forms[index]:
                stop = start + len(wanted) if wanted[-1:].isalnum() is False else end
                if light[start:stop] == wanted:
                    hits.append(Hit(folded.offset(start), folded.offset(stop - 1) + 1, form))
        return hits

    def tally(self, folded: Folded) -> Counter[str]:
        """Count the occurrences of each form, faster than by listing them."""
        counts: Counter[str] = Counter()
        plain = self._plain
        found = list(self._raw(folded))
        for index, count in Counter([hit[0] for hit in found]).items():
            if plain[index]:
                counts[self._forms[index][0][0]] += count
        doubtful = [hit for hit in found if not plain[hit[0]]]
        for hit in self._verified(folded, doubtful):
            counts[hit.form] += 1
        return counts
