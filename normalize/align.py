"""Align a spun text with its original: what is common, and the blocks that differ.

Spinners leave some things alone: names, figures, addresses, and most words that stand once in a text. Those are matched
first, as anchors (the idea of patience diff), and the rest only between two anchors, so that a "the" of one sentence
is never taken for that of another.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import regex
from rapidfuzz.distance import Indel

MIN_COMMON = 0.35
"""Least share of common words in a pair of texts, from 0 to 1. Measured (docs/learning.md): spun articles share at
least 0.56 of their words with their originals, single spun paragraphs 0.41; different articles of one subject share at
most 0.15, and honest texts of one source, often built on one template, 0.19. This lies between."""
MAX_ANCHOR_OCCURRENCES = 50
"""A name or figure that stands more often in one of the texts anchors nothing."""
_MAX_EXACT_CELLS = 1_000_000
_MAX_CELLS = 400_000_000
"""Stretches between anchors are compared by longest blocks up to the first size (tokens × tokens), by longest common
subsequence up to the second, which needs 50 MB; a larger stretch without any anchor is given up as one block."""

_TOKEN = regex.compile(
    r"(?:https?://|www\.)[^\s<>\"“”]++|[\w.+-]++@[\w.-]++\w|(?:\b[^\W\d_]\.){2,}|\w+(?:[-'’.&]\w+)*+|[^\w\s]"
)
_PLAIN = str.maketrans("’‘“”–—‐‑", "''\"\"----")
_CONTRACTED = frozenset("it he she that there what who here where how let this i'd".split())
_ENDS = frozenset(".!?:…•")
_QUOTES = frozenset("\"'“”‘’([*")

FUNCTION_WORDS = frozenset(
    "a an the this that these those and or but if as at by for from in into of off on onto out over to up upon "
    "via with within without than then so be is are was were been being am do does did has have had will would "
    "can could may might should must shall it its he she they we you i his her their our your my him them us "
    "me who whom whose which what when where while about after before between during through under until not "
    "no also there here".split()
)
"""Words that stand anywhere, and so say little about where two texts correspond."""


class Token(NamedTuple):
    """A word or a mark: character offsets, the text, and the ``key`` that it is compared by.

    ``named`` tells that it begins with a capital which neither the start of a sentence nor a title explains.
    """

    start: int
    end: int
    text: str
    key: str
    is_word: bool
    named: bool


class Block(NamedTuple):
    """A stretch that differs: token ranges in the spun text and in the original; one of them may be empty."""

    spun_first: int
    spun_last: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Alignment:
    """Two texts side by side. ``common`` is the share of words that they have in common in the same order, from 0 to 1:
    twice the common words by the words of both.
    """

    spun: list[Token]
    original: list[Token]
    blocks: list[Block]
    common: float


def tokenise(text: str) -> list[Token]:
    """Cut a text into words and marks for alignment.

    Hyphenated words and contractions stay whole; a possessive 's is a token of its own, because it stays when the noun
    is swapped. Keys are in lower case with plain quotation marks, and "an" has the key "a".
    """
    tokens: list[Token] = []
    titled = _TitleLines(text)
    opening = True
    last_end = 0
    for match in _TOKEN.finditer(text):
        word = match[0]
        is_word = word[0].isalnum()
        opening = opening or "\n" in text[last_end : match.start()]
        key = word.translate(_PLAIN).lower()
        named = is_word and word[0].isupper() and not opening and not titled.covers(match.start()) and key != "i"
        stem, apostrophe, tail = key.rpartition("'")
        if apostrophe and tail == "s" and stem and stem not in _CONTRACTED:
            cut = match.end() - 2
            tokens.append(Token(match.start(), cut, word[:-2], stem, True, named))
            tokens.append(Token(cut, match.end(), word[-2:], "'s", False, False))
        else:
            tokens.append(Token(match.start(), match.end(), word, "a" if key == "an" else key, is_word, named))
        if is_word:
            opening = False
        elif word in _ENDS or (word in _QUOTES and (not tokens[:-1] or not tokens[-2].is_word)):
            opening = True
        last_end = match.end()
    return tokens


class _TitleLines:
    """Which lines are written with capitals throughout, so that capitals say nothing of names."""

    def __init__(self, text: str) -> None:
        self._spans: list[tuple[int, int]] = []
        at = 0
        for line in text.splitlines(keepends=True):
            words = [word for word in line.split() if len(word) > 3 and word[0].isalpha()]
            if len(line) <= 300 and len(words) > 1 and sum(word[0].isupper() for word in words) >= 0.7 * len(words):
                self._spans.append((at, at + len(line)))
            at += len(line)
        self._next = 0

    def covers(self, offset: int) -> bool:
        """Tell whether an offset lies in such a line; offsets must be asked for in rising order."""
        while self._next < len(self._spans) and self._spans[self._next][1] <= offset:
            self._next += 1
        return self._next < len(self._spans) and self._spans[self._next][0] <= offset


def align(spun: str, original: str) -> Alignment:
    """Align two texts; ``common`` of the result tells whether they belong together at all (``MIN_COMMON``).

    Texts whose words hardly overlap in any order are not aligned: all is one block then, and ``common`` is what they
    could share at most.
    """
    ours, theirs = tokenise(spun), tokenise(original)
    words = sum(token.is_word for token in ours) + sum(token.is_word for token in theirs)
    bound = 2 * _bag_overlap(ours, theirs) / max(1, words)
    if bound < MIN_COMMON:
        return Alignment(ours, theirs, [Block(0, len(ours), 0, len(theirs))], bound)
    equal: list[tuple[int, int]] = []
    for block in _between(_anchors(ours, theirs), len(ours), len(theirs)):
        equal += _equal_tokens(ours, theirs, block)
    common = 2 * sum(ours[i].is_word for i, _ in equal) / max(1, words)
    return Alignment(ours, theirs, list(_gaps(equal, len(ours), len(theirs))), common)


def _bag_overlap(ours: Sequence[Token], theirs: Sequence[Token]) -> int:
    bags = [Counter(token.key for token in tokens if token.is_word) for tokens in (ours, theirs)]
    return sum((bags[0] & bags[1]).values())


def _anchors(ours: Sequence[Token], theirs: Sequence[Token]) -> list[tuple[int, int]]:
    """Give the pairs of tokens that surely correspond: names, figures, addresses and words that stand once."""
    counts = [Counter(token.key for token in tokens) for tokens in (ours, theirs)]
    named = {token.key for token in ours if token.named} & {token.key for token in theirs if token.named}

    def fit(token: Token) -> bool:
        here, there = counts[0][token.key], counts[1][token.key]
        if not token.is_word or not here or not there or max(here, there) > MAX_ANCHOR_OCCURRENCES:
            return False
        fixed = token.key in named or any(char.isdigit() for char in token.key) or "://" in token.key
        return fixed or (here == there == 1 and token.key not in FUNCTION_WORDS)

    left = [i for i, token in enumerate(ours) if fit(token)]
    right = [j for j, token in enumerate(theirs) if fit(token)]
    matcher = difflib.SequenceMatcher(None, [ours[i].key for i in left], [theirs[j].key for j in right], autojunk=False)
    return [(left[i + step], right[j + step]) for i, j, size in matcher.get_matching_blocks() for step in range(size)]


def _between(anchors: Sequence[tuple[int, int]], spun_end: int, end: int) -> Iterator[Block]:
    """Give the stretches from each anchor, included, to the next."""
    at, other = 0, 0
    for i, j in [*anchors, (spun_end, end)]:
        if i > at or j > other:
            yield Block(at, i, other, j)
        at, other = i, j


def _equal_tokens(ours: Sequence[Token], theirs: Sequence[Token], block: Block) -> Iterator[tuple[int, int]]:
    left = [token.key for token in ours[block.spun_first : block.spun_last]]
    right = [token.key for token in theirs[block.first : block.last]]
    # What begins or ends the stretch on both sides is common, whatever else the comparison would rather have.
    start, end = 0, 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        yield block.spun_first + start, block.first + start
        start += 1
    while end < min(len(left), len(right)) - start and left[-1 - end] == right[-1 - end]:
        end += 1
    left, right = left[start : len(left) - end], right[start : len(right) - end]
    tail = [(block.spun_last - step, block.last - step) for step in range(end, 0, -1)]
    cells = len(left) * len(right)
    opcodes: Sequence[tuple[str, int, int, int, int]] = []
    if not 0 < cells <= _MAX_CELLS:
        opcodes = []
    elif cells <= _MAX_EXACT_CELLS:
        opcodes = difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    else:
        opcodes = [(op.tag, op.src_start, op.src_end, op.dest_start, op.dest_end) for op in Indel.opcodes(left, right)]
    for kind, a1, a2, b1, _ in opcodes:
        if kind == "equal":
            for step in range(a2 - a1):
                yield block.spun_first + start + a1 + step, block.first + start + b1 + step
    yield from tail


def _gaps(equal: Sequence[tuple[int, int]], spun_end: int, end: int) -> Iterator[Block]:
    """Give the stretches that lie between equal tokens."""
    at, other = 0, 0
    for i, j in [*equal, (spun_end, end)]:
        if i > at or j > other:
            yield Block(at, i, other, j)
        at, other = i + 1, j + 1
