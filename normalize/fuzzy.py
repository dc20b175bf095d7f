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

from normalize.candidates import Candidate, Option, carry_case
from normalize.language_model import model_words
from normalize.phrasebook import slug
from normalize.segment import Segmented
from normalize.terms import FUNCTION_WORDS, MAX_FORM_WORDS, MIN_LETTERS, TermIndex, near_key

MISSPELT_CHANNEL, MISSPELT_EVIDENCE = -1.0, 2.0
"""A near spelling of a term's word: no spun form, but hardly chance beside the rest of the term."""

KNOWN_TERM = 1.5
"""Nats in favour of restoring a known term over restoring the same words one by one."""
NAME_EVIDENCE = 3.0
"""Least evidence of a damaged name, in nats: capitals say that a name was meant."""


class Damage(NamedTuple):
    """A damaged term: token range and the true term. ``channel`` is the log probability of its damage, ``evidence``
    the strongest evidence of spinning among its forms, in nats.
    """

    first: int
    last: int
    term: str
    is_name: bool
    channel: float
    evidence: float


class _Step(NamedTuple):
    """How a term's token may stand in the text: over ``length`` tokens, exactly or not."""

    length: int
    token: str
    channel: float = 0.0
    evidence: float = 0.0
    exact: bool = False


_Steps = list[tuple[_Step, ...]]
"""For each word of a sentence the steps that begin there."""


class TermMatcher:
    """Finds damaged terms and names. Immutable after construction, so that threads may share it.

    ``knows`` tells whether a word is a known word of honest English: those are not compared by spelling.
    """

    def __init__(self, index: TermIndex, knows: Callable[[str], bool]) -> None:
        self._index = index
        self._knows = knows
        self._single = frozenset(index.single)

    def find(self, segmented: Segmented) -> Iterator[Damage]:
        """Give damaged terms sentence by sentence; the longest at each place, not overlapping."""
        for first, end in segmented.sentences:
            positions = [i for i in range(first, end) if segmented.tokens[i].is_word]
            words = [segmented.tokens[i].plain for i in positions]
            steps = [tuple(self._steps(words, at)) for at in range(len(words))]
            at = 0
            while at < len(words):
                found = self._longest(segmented, positions, words, steps, at)
                if found is None:
                    at += 1
                else:
                    yield found[0]
                    at += found[1]

    def _longest(
        self, segmented: Segmented, positions: list[int], words: list[str], steps: _Steps, at: int
    ) -> tuple[Damage, int] | None:
        best: tuple[Damage, int] | None = None
        for step in steps[at]:
            if step.channel == MISSPELT_CHANNEL and step.token in self._single:
                damage = Damage(positions[at], positions[at] + 1, step.token, False, step.channel, step.evidence)
                best = best or (damage, 1)
            for joined, term, is_name in self._index.by_first.get(step.token, ()):
                parts = joined.split()
                for taken in _rest(steps, at + step.length, parts, 1, (step,)):
                    size = sum(item.length for item in taken)
                    exact = any(item.exact and item.token not in FUNCTION_WORDS for item in taken)
                    broken = [item for item in taken if not item.exact]
                    if not exact or not broken or (best and best[1] >= size) or self._is_known(words[at : at + size]):
                        continue
                    last = positions[at + size - 1]
                    if _whole(segmented, positions[at], last) and (
                        not is_name or _capital(segmented, positions, at, size)
                    ):
                        channel = sum(item.channel for item in broken)
                        evidence = max(item.evidence for item in broken)
                        best = Damage(positions[at], last + 1, term, is_name, channel, evidence), size
        return best

    def _is_known(self, window: list[str]) -> bool:
        """Tell whether the words are a known term as they stand: then nothing is damaged."""
        joined = " ".join(window)
        return any(joined == known for known, _, _ in self._index.by_first.get(window[0], ()))

    def _steps(self, words: list[str], at: int) -> Iterable[_Step]:
        word = words[at]
        yield _Step(1, word, exact=True)
        for length in range(1, min(MAX_FORM_WORDS, len(words) - at) + 1):
            for token, channel, evidence in self._index.stands_for.get(" ".join(words[at : at + length]), ()):
                yield _Step(length, token, channel, evidence)
        if len(word) >= MIN_LETTERS and word.isalpha() and not self._knows(word) and (near := self._near(word)):
            yield _Step(1, near, MISSPELT_CHANNEL, MISSPELT_EVIDENCE)

    def _near(self, word: str) -> str | None:
        allowed = 1 if len(word) < 9 else 2
        lengths = range(max(MIN_LETTERS, len(word) - allowed), len(word) + allowed + 1)
        choices = [near for length in lengths for near in self._index.near.get(near_key(word, length), ())]
        found = process.extractOne(
            word, choices, scorer=DamerauLevenshtein.distance, score_cutoff=allowed, processor=None
        )
        return found[0] if found and found[1] else None


def _rest(
    steps: _Steps, at: int, parts: list[str], index: int, taken: tuple[_Step, ...]
) -> Iterator[tuple[_Step, ...]]:
    """Match the remaining tokens of a term; give all the ways in which they stand in the text."""
    if index == len(parts):
        yield taken
    elif at < len(steps):
        for step in steps[at]:
            if step.token == parts[index]:
                yield from _rest(steps, at + step.length, parts, index + 1, (*taken, step))


def _whole(segmented: Segmented, first: int, last: int) -> bool:
    """Tell whether only blanks, hyphens, dots and ampersands stand between the tokens."""
    tokens = segmented.tokens
    gaps = (segmented.text[tokens[i].end : tokens[i + 1].start] for i in range(first, last))
    marks = (tokens[i].text for i in range(first, last + 1) if not tokens[i].is_word)
    return all(gap in ("", " ", "\n") for gap in gaps) and all(mark in "-.&‐‑’'" for mark in marks)


def _capital(segmented: Segmented, positions: list[int], at: int, size: int) -> bool:
    """Tell whether every content word of the window begins with a capital, as a name must."""
    window = (segmented.tokens[positions[i]].text for i in range(at, at + size))
    return all(word[0].isupper() or word[0].isdigit() or word in FUNCTION_WORDS for word in window)


def damaged_candidates(segmented: Segmented, terms: TermMatcher) -> Iterator[Candidate]:
    """Give the damaged terms of a text as candidates for restoring them as a whole."""
    for damage in terms.find(segmented):
        candidate = _candidate(segmented, damage)
        if candidate is not None:
            yield candidate


def _candidate(segmented: Segmented, damage: Damage) -> Candidate | None:
    start = segmented.tokens[damage.first].start
    end = segmented.tokens[damage.last - 1].end
    before = segmented.text[start:end]
    if before[-2:] in ("'s", "’s"):
        end, before = end - 2, before[:-2]
    if segmented.is_protected(start, end):
        return None
    term = damage.term
    if "-" in before and "-" not in term and before.count("-") + before.count(" ") == term.count(" "):
        # Hyphens stay where the spinner left them: assist-desk, help-desk.
        gaps = iter(mark for mark in before if mark in "- ")
        term = "".join(next(gaps) if char == " " else char for char in term)
    after = damage.term if damage.is_name or not term.islower() else carry_case(before, term)
    if after.lower() == before.lower():
        return None
    entry = f"vocabulary/{'names' if damage.is_name else 'terms'}/{slug(damage.term)}"
    option = Option(after, model_words(after), entry, damage.channel + KNOWN_TERM)
    evidence = max(damage.evidence, NAME_EVIDENCE if damage.is_name else 0.0)
    zone = segmented.zone_at(start, end)
    blocked = f"inside a {zone.kind}" if zone and zone.kind in ("credit", "dateline") else ""
    return Candidate(start, end, damage.first, damage.last, before.lower(), [option], evidence, zone, blocked)
