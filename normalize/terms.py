"""Known terms and names, indexed for finding them where a spinner damaged them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from normalize.inflect import inflect
from normalize.language_model import model_words

MIN_LETTERS = 6
"""Shorter words are not compared by spelling: too many real words lie within one letter."""
MAX_FORM_WORDS = 3
"""Longest spun form, in words, that may stand for one word of a term."""
FUNCTION_WORDS = frozenset("a an and as at by for from in of on or the to with & out up".split())


class Reading(NamedTuple):
    """What one entry offers for one form: inflected originals with the channel's log probability P(form | original)."""

    entry: int
    originals: tuple[tuple[str, float], ...]


class TermIndex(NamedTuple):
    """Terms for matching token by token; plain data, so that a cache can hold it.

    ``by_first`` gives for a first word the terms: their words joined by blanks, the term as written, whether it is a
    name. ``single`` lists terms of one word, ``stands_for`` gives for the words of a spun form the term words that it
    may stand for, with channel log probability and evidence in nats, and ``near`` lists long term words by first letter
    and length, for comparison by spelling.
    """

    by_first: dict[str, list[tuple[str, str, bool]]]
    single: list[str]
    stands_for: dict[str, list[tuple[str, float, float]]]
    near: dict[str, list[str]]

    def all_terms(self) -> Iterator[str]:
        """Give all terms and names, as they are matched."""
        yield from (joined for found in self.by_first.values() for joined, _, _ in found)
        yield from self.single


def near_key(word: str, length: int) -> str:
    """Give the key of ``TermIndex.near`` for words that begin like this one and have this length."""
    return f"{word[0]}{length}"


def index_terms(
    terms: Sequence[str],
    names: Sequence[str],
    forms: Mapping[str, Sequence[Reading]],
    evidence: Mapping[str, Mapping[str, float]],
) -> TermIndex:
    """Index terms (with their plurals) and names, and the spun forms that may stand for their words."""
    index = TermIndex({}, [], {}, {})
    words: set[str] = set()
    for term, is_name in _with_plurals(terms, names):
        parts = model_words(term)
        if len(parts) > 1:
            index.by_first.setdefault(parts[0], []).append((" ".join(parts), term, is_name))
        elif parts and not is_name and len(parts[0]) >= MIN_LETTERS:
            index.single.append(parts[0])
        words.update(parts)
    for word in sorted(words):
        if len(word) >= MIN_LETTERS and word.isalpha():
            index.near.setdefault(near_key(word, len(word)), []).append(word)
    for form, readings in forms.items():
        parts = model_words(form)
        if 0 < len(parts) <= MAX_FORM_WORDS and parts[0] not in FUNCTION_WORDS:
            found = {
                original.lower(): channel
                for reading in readings
                for original, channel in sorted(reading.originals, key=lambda item: item[1])
                if original.lower() in words
            }
            if found:
                strength = max(evidence.get(form, {}).values(), default=0.0)
                index.stands_for[" ".join(parts)] = [
                    (word, channel, strength) for word, channel in sorted(found.items())
                ]
    return index


def _with_plurals(terms: Sequence[str], names: Sequence[str]) -> Iterator[tuple[str, bool]]:
    for term in terms:
        yield term, False
        last = term.rpartition(" ")[2]
        if last.isalpha() and not last.endswith("s"):
            for plural in inflect(term, "nouns", "NNS")[:1]:
                if plural != term:
                    yield plural, False
    for name in names:
        yield name, True
