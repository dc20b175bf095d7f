"""From hits to candidates: places where an entry may act, with its inflected and cased originals.

A candidate that may not act is kept with the reason, for ``unspin explain``.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import regex

from normalize.compiled import CompiledPhrasebook
from normalize.language_model import model_words
from normalize.match import Hit
from normalize.phrasebook import Conditions
from normalize.segment import Segmented, Span, Token

NEAR_WORDS = 10
"""How far ``unless_near`` and ``only_near`` look, in words on either side, within the sentence."""

_NUMBER = regex.compile(
    r"\$?€?£?\d[\d.,]*+(?:st|nd|rd|th|s|k|m|bn)?|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|"
    r"twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|trillion)s?",
    regex.IGNORECASE,
)
NEVER_NAMES = frozenset(["I", "I'm", "I've", "I'd", "I'll"])
"""Words whose capital says nothing."""
_FREE_SECTIONS = frozenset({"phrases", "adverbs"})


class Option(NamedTuple):
    """One original that a candidate may become.

    ``channel`` is the log probability that a spinner writes the form for it. ``context`` are the log odds of this
    original against keeping the form by the words around it, in nats; None where the context model does not know the
    pair. ``anchor`` says where else in the document the original stands untouched, if it does.
    """

    after: str
    words: tuple[str, ...]
    entry: str
    channel: float
    context: float | None = None
    anchor: str = ""


@dataclass(slots=True)
class Candidate:
    """A place where entries match: character offsets, token range, and what may stand there instead.

    ``blocked`` says why it may not act; it is empty for a candidate that takes part in the search.
    """

    start: int
    end: int
    first: int
    last: int
    form: str
    options: list[Option] = field(default_factory=list)
    evidence: float = 0.0
    zone: Span | None = None
    blocked: str = ""


class Sentences:
    """Sentence look-up by token, and which tokens read as parts of names."""

    def __init__(self, segmented: Segmented) -> None:
        self.segmented = segmented
        self._starts = [first for first, _ in segmented.sentences]

    def around(self, token: int) -> tuple[int, int]:
        """Give the token range of the sentence that holds a token."""
        return self.segmented.sentences[bisect_right(self._starts, token) - 1]

    def opens(self, token: int) -> bool:
        """Tell whether a token is the first word of its sentence, or follows an opening mark or a colon."""
        first, _ = self.around(token)
        tokens = self.segmented.tokens
        while token > first:
            before = tokens[token - 1]
            if before.is_word:
                return False
            if before.text in '“"‘:•–—(' and (before.text != "(" or token - 1 == first):
                return True
            token -= 1
        return True

    def is_name(self, token: int) -> bool:
        """Tell whether a token is a capitalised word inside a sentence, outside headlines in capitals."""
        item = self.segmented.tokens[token]
        if not item.is_word or not item.text[0].isupper() or item.text in NEVER_NAMES:
            return False
        return not self.opens(token)


def find_candidates(segmented: Segmented, hits: Iterable[Hit], book: CompiledPhrasebook) -> list[Candidate]:
    """Turn hits into candidates in text order; those that may not act carry the reason."""
    sentences = Sentences(segmented)
    starts = [token.start for token in segmented.tokens]
    candidates = []
    for hit in hits:
        first = bisect_left(starts, hit.start)
        last = bisect_left(starts, hit.end)
        if first >= last or starts[first] != hit.start:
            continue
        candidate = Candidate(hit.start, hit.end, first, last, hit.form)
        candidate.zone = segmented.zone_at(hit.start, hit.end)
        _fill(candidate, segmented, sentences, book)
        candidates.append(candidate)
    candidates.sort(key=lambda c: (c.start, c.end))
    return candidates


def _fill(candidate: Candidate, segmented: Segmented, sentences: Sentences, book: CompiledPhrasebook) -> None:
    text = segmented.text
    before = text[candidate.start : candidate.end]
    if segmented.is_protected(candidate.start, candidate.end):
        candidate.blocked = "inside protected text (address, code, path, id or placeholder)"
    elif candidate.zone and candidate.zone.kind in ("credit", "dateline"):
        candidate.blocked = f"inside a {candidate.zone.kind}"
    elif sentences.around(candidate.first) != sentences.around(candidate.last - 1):
        candidate.blocked = "across two sentences"
    tail = text[candidate.end : segmented.tokens[candidate.last - 1].end]
    reasons: list[str] = []
    for reading in book.forms[candidate.form]:
        entry = book.entries[reading.entry]
        named = entry.section == "names"
        if tail and entry.section not in ("nouns", "names"):
            reasons.append(f"only part of a word: {tail!r} follows")
            continue
        reason = _why_not(candidate, sentences, before, entry.section, entry.conditions)
        if reason:
            reasons.append(reason)
            continue
        for original, channel in reading.originals:
            after = original if named and not before.isupper() else carry_case(before, original)
            if after != before:
                candidate.options.append(Option(after, model_words(original), entry.id, channel))
    if not candidate.options and not candidate.blocked:
        candidate.blocked = reasons[0] if reasons else "nothing to change"


def _why_not(candidate: Candidate, sentences: Sentences, before: str, section: str, conditions: Conditions) -> str:
    """Say why an entry may not act here, or give an empty string."""
    if section == "names":
        if before != candidate.form and before != candidate.form.upper():
            return "a name in other capitals"
    elif _inside_name(candidate, sentences, section):
        return "inside a name"
    return _failed_condition(conditions, candidate, sentences) if conditions else ""


def _inside_name(candidate: Candidate, sentences: Sentences, section: str) -> bool:
    zone = candidate.zone
    if zone and zone.kind == "headline" and in_capitals(sentences.segmented, zone):
        return False  # capitals say nothing here; fingerprints alone act (see the normalizer)
    if any(sentences.is_name(token) for token in range(candidate.first, candidate.last)):
        return True
    tokens = sentences.segmented.tokens
    last = candidate.last - 1
    if section in _FREE_SECTIONS or not tokens[last].text[0].isupper() or candidate.last >= len(tokens):
        return False
    return (
        tokens[last].text[1:].islower() and sentences.is_name(candidate.last) and _adjacent(sentences, candidate.last)
    )


def _adjacent(sentences: Sentences, token: int) -> bool:
    tokens = sentences.segmented.tokens
    return sentences.segmented.text[tokens[token - 1].end : tokens[token].start] == " "


def in_capitals(segmented: Segmented, zone: Span) -> bool:
    """Tell whether most longer words of a headline begin with a capital, so that capitals say nothing of names."""
    words = [word for word in segmented.text[zone.start : zone.end].split() if len(word) > 3 and word[0].isalpha()]
    return sum(word[0].isupper() for word in words) >= 0.7 * max(1, len(words))


def _failed_condition(conditions: Conditions, candidate: Candidate, sentences: Sentences) -> str:
    left = _neighbours(sentences, candidate.first, -1)
    right = _neighbours(sentences, candidate.last - 1, 1)
    for name, side in (("after", left), ("before", right)):
        unless, only = getattr(conditions, f"unless_{name}"), getattr(conditions, f"only_{name}")
        if found := _matching(unless, side, name == "after"):
            return f"not {name} “{found}”"
        if only and not _matching(only, side, name == "after"):
            return f"only {name} “{'”, “'.join(only)}”"
    near = [token.plain for token in (left[:NEAR_WORDS][::-1] + right[:NEAR_WORDS])]
    joined = f" {' '.join(near)} "
    for word in conditions.unless_near:
        if f" {word} " in joined:
            return f"not near “{word}”"
    if conditions.only_near and not any(f" {word} " in joined for word in conditions.only_near):
        return f"only near “{'”, “'.join(conditions.only_near)}”"
    return ""


def _neighbours(sentences: Sentences, token: int, step: int) -> list[Token]:
    """Give the words next to a token, nearest first, up to the edge of the sentence."""
    first, end = sentences.around(token)
    tokens = sentences.segmented.tokens
    words: list[Token] = []
    position = token + step
    while first <= position < end and len(words) < NEAR_WORDS:
        if tokens[position].is_word or (not words and tokens[position].text in ',;:—–("“”'):
            words.append(tokens[position])
        position += step
    return words


def _matching(wanted: tuple[str, ...], side: list[Token], leftwards: bool) -> str:
    """Give the first wanted word, phrase or class that stands next to the candidate on this side."""
    nearest = side[0].plain if side else ""
    for word in wanted:
        if word == nearest:
            return word
        match word:
            case "<start>" | "<end>":
                if not side or not side[0].is_word:
                    return word
            case "<number>":
                if side and _NUMBER.fullmatch(side[0].text):
                    return word
            case "<name>":
                if side and side[0].is_word and side[0].text[0].isupper() and side[0].text not in NEVER_NAMES:
                    return word
            case _ if not word.isalpha():
                parts = model_words(word)
                here = [token.plain for token in side[: len(parts)]]
                if leftwards:
                    here.reverse()
                if tuple(here) == parts:
                    return word
    return ""


def carry_case(before: str, after: str) -> str:
    """Give ``after`` the capitals of ``before``: all capitals, Each Word, First word, or as it is."""
    letters = [char for char in before if char.isalpha()]
    if len(letters) > 1 and all(char.isupper() for char in letters):
        return after.upper()
    if not letters or not letters[0].isupper():
        return after
    words = before.split()
    if (
        len(words) > 1
        and all(word[0].isupper() for word in words if len(word) > 3 and word[0].isalpha())
        and words[-1][0].isupper()
    ):
        return " ".join(
            word[:1].upper() + word[1:] if len(word) > 3 or i == 0 else word for i, word in enumerate(after.split())
        )
    return after[:1].upper() + after[1:]
