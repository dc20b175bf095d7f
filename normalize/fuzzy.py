"""Damaged terms: known terms of several words, found token by token where a spinner broke them.

A text word is never compared with originals by spelling, because a synonym does not look like its original. Two uses
are sound: an unknown word against known terms (ransomeware), and a known term against a window of the text, where each
token is equal, a spun form of the term's token, or a near spelling of it, and at least one is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from normalize.compiled import CompiledPhrasebook
from normalize.inflect import inflect
from normalize.language_model import model_words
from normalize.segment import Segmented

MIN_LETTERS = 6
"""Shorter words are not compared by spelling: too many real words lie within one letter."""
MAX_FORM_WORDS = 3
_FUNCTION_WORDS = frozenset("a an and as at by for from in of on or the to with & out up".split())


class Damage(NamedTuple):
    """A damaged term: token range, the true term, and which of its tokens were not exact."""

    first: int
    last: int
    term: str
    is_name: bool
    replaced: int


class _Step(NamedTuple):
    """How a term's token may stand in the text: over ``length`` tokens, exactly or not."""

    length: int
    token: str
    exact: bool


class TermMatcher:
    """Terms and names, indexed by first token. Immutable after construction."""

    def __init__(self, book: CompiledPhrasebook, knows: Callable[[str], bool]) -> None:
        self._knows = knows
        self._by_first: dict[str, list[tuple[tuple[str, ...], str, bool]]] = {}
        self._single: list[str] = []
        tokens: set[str] = set()
        for term, is_name in _with_plurals(book):
            parts = model_words(term)
            if len(parts) > 1:
                self._by_first.setdefault(parts[0], []).append((parts, term, is_name))
            elif parts and not is_name and len(parts[0]) >= MIN_LETTERS:
                self._single.append(parts[0])
            tokens.update(parts)
        self._tokens = sorted(token for token in tokens if len(token) >= MIN_LETTERS)
        self._stands_for: dict[tuple[str, ...], set[str]] = {}
        for form, readings in book.forms.items():
            words = model_words(form)
            if not 0 < len(words) <= MAX_FORM_WORDS:
                continue
            for reading in readings:
                for original, _ in reading.originals:
                    low = original.lower()
                    if low in tokens and words[0] not in _FUNCTION_WORDS:
                        self._stands_for.setdefault(words, set()).add(low)

    def find(self, segmented: Segmented) -> Iterator[Damage]:
        """Give damaged terms sentence by sentence; the longest at each place, not overlapping."""
        for first, end in segmented.sentences:
            positions = [i for i in range(first, end) if segmented.tokens[i].is_word]
            words = [segmented.tokens[i].text.lower().replace("’", "'") for i in positions]
            at = 0
            while at < len(words):
                found = self._longest(segmented, positions, words, at)
                if found is None:
                    at += 1
                else:
                    yield found[0]
                    at += found[1]

    def _longest(
        self, segmented: Segmented, positions: list[int], words: list[str], at: int
    ) -> tuple[Damage, int] | None:
        best: tuple[Damage, int] | None = None
        for step in self._steps(words, at):
            if not step.exact and step.length == 1 and step.token in self._single:
                best = best or (Damage(positions[at], positions[at] + 1, step.token, False, 1), 1)
            for parts, term, is_name in self._by_first.get(step.token, ()):
                for length, exact, replaced in self._rest(words, at + step.length, parts, 1, step.exact, not step.exact):
                    size = length + step.length
                    if not (exact and replaced) or (best and best[1] >= size):
                        continue
                    last = positions[at + size - 1]
                    if _whole(segmented, positions[at], last) and (not is_name or _capital(segmented, positions, at, size)):
                        best = Damage(positions[at], last + 1, term, is_name, replaced), size
        return best

    def _steps(self, words: list[str], at: int) -> Iterable[_Step]:
        word = words[at]
        yield _Step(1, word, word not in _FUNCTION_WORDS)
        for length in range(1, min(MAX_FORM_WORDS, len(words) - at) + 1):
            for token in sorted(self._stands_for.get(tuple(words[at : at + length]), ())):
                yield _Step(length, token, exact=False)
        if len(word) >= MIN_LETTERS and word.isalpha() and not self._knows(word) and (near := self._near(word)):
            yield _Step(1, near, exact=False)

    def _near(self, word: str) -> str | None:
        allowed = 1 if len(word) < 9 else 2
        found = process.extractOne(
            word, self._tokens, scorer=DamerauLevenshtein.distance, score_cutoff=allowed, processor=None
        )
        return found[0] if found and found[1] and found[0][0] == word[0] else None

    def _rest(
        self, words: list[str], at: int, parts: tuple[str, ...], index: int, exact: bool, replaced: int
    ) -> Iterator[tuple[int, bool, int]]:
        """Match the remaining tokens of a term; give (words used, any exact token, tokens replaced)."""
        if index == len(parts):
            yield 0, exact, int(replaced)
            return
        if at >= len(words):
            return
        for step in self._steps(words, at):
            same = step.token == parts[index]
            if same:
                literal = words[at] == parts[index] and step.length == 1
                for length, all_exact, count in self._rest(
                    words, at + step.length, parts, index + 1, exact or step.exact, replaced + (not literal)
                ):
                    yield length + step.length, all_exact, count


def _with_plurals(book: CompiledPhrasebook) -> Iterator[tuple[str, bool]]:
    for term in book.terms:
        yield term, False
        last = term.rpartition(" ")[2]
        if last.isalpha() and not last.endswith("s"):
            for plural in inflect(term, "nouns", "NNS")[:1]:
                if plural != term:
                    yield plural, False
    for name in book.names:
        yield name, True


def _whole(segmented: Segmented, first: int, last: int) -> bool:
    """Tell whether only blanks, hyphens, dots and ampersands stand between the tokens."""
    tokens = segmented.tokens
    gaps = (segmented.text[tokens[i].end : tokens[i + 1].start] for i in range(first, last))
    marks = (tokens[i].text for i in range(first, last + 1) if not tokens[i].is_word)
    return all(gap in ("", " ", "\n") for gap in gaps) and all(mark in "-.&‐‑’'" for mark in marks)


def _capital(segmented: Segmented, positions: list[int], at: int, size: int) -> bool:
    """Tell whether every content word of the window begins with a capital, as a name must."""
    window = (segmented.tokens[positions[i]].text for i in range(at, at + size))
    return all(word[0].isupper() or word[0].isdigit() or word in _FUNCTION_WORDS for word in window)
