"""A simulated spinner: the noisy channel run forwards, from honest text to spun text whose originals are known.

It takes the channel of the phrasebook as it is, P(form | original, family), so that a model can learn from any amount
of honest text what the spinner's forms stand for (docs/context-model.md).
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from normalize.candidates import NEVER_NAMES
from normalize.compiled import CompiledPhrasebook
from normalize.language_model import model_words, normal_word
from normalize.segment import Segmented

MAX_FORM_WORDS = 6
"""Longer forms are not simulated: they are sure on sight."""

Words = tuple[str, ...]


class Sentence(NamedTuple):
    """A sentence as model words; ``fixed`` marks those that a spinner leaves alone: names and protected spans."""

    words: list[str]
    fixed: list[bool]


class Substitution(NamedTuple):
    """The words ``first`` to ``last`` (exclusive) of a spun sentence stand for ``original``."""

    first: int
    last: int
    original: Words


class Place(NamedTuple):
    """Words of a spun sentence where a form stands. ``original`` is None where the writer wrote the form himself."""

    first: int
    last: int
    form: Words
    original: Words | None


def sentences_of(segmented: Segmented) -> Iterator[Sentence]:
    """Give the sentences of a text as model words; a capitalised word inside a sentence counts as a name."""
    for first, end in segmented.sentences:
        words: list[str] = []
        fixed: list[bool] = []
        for token in segmented.tokens[first:end]:
            if token.is_word:
                name = bool(words) and token.text[0].isupper() and token.text.replace("’", "'") not in NEVER_NAMES
                fixed.append(name or segmented.is_protected(token.start, token.end))
                words.append(normal_word(token.plain))
        if words:
            yield Sentence(words, fixed)


def channel_of(book: CompiledPhrasebook, family: str) -> dict[Words, dict[Words, float]]:
    """Give for each form of a family its originals with log P(form | original), all as model words."""
    channel: dict[Words, dict[Words, float]] = {}
    for form in book.forms:
        key = model_words(form)
        if not 0 < len(key) <= MAX_FORM_WORDS:
            continue
        for reading in book.forms[form]:
            entry = book.entries[reading.entry]
            if entry.family == family and entry.section != "names":
                for original, weight in reading.originals:
                    words = model_words(original)
                    if words and words != key:
                        found = channel.setdefault(key, {})
                        found[words] = max(weight, found.get(words, -math.inf))
    return channel


class Spinner:
    """Spins sentences as a family does: any original may be replaced, by one of its forms at random.

    Args:
        channel: log P(form | original) by form and original, as ``channel_of`` gives it.
        random: source of chance; the same seed gives the same text.

    """

    def __init__(self, channel: Mapping[Words, Mapping[Words, float]], random: random.Random) -> None:
        self._random = random
        self._forms = frozenset(channel)
        self._alternatives: dict[Words, list[tuple[Words, float]]] = {}
        for form, originals in channel.items():
            for original, weight in originals.items():
                self._alternatives.setdefault(original, []).append((form, math.exp(weight)))
        self._originals_from = _lengths_by_first(self._alternatives, longest_first=True)
        self._forms_from = _lengths_by_first(self._forms, longest_first=False)

    def spin(self, sentence: Sentence, zeal: float = 1.0) -> tuple[Sentence, list[Substitution]]:
        """Spin a sentence; ``zeal`` multiplies all rates of substitution (at least 0)."""
        words: list[str] = []
        fixed: list[bool] = []
        substitutions: list[Substitution] = []
        at = 0
        while at < len(sentence.words):
            found = None if sentence.fixed[at] else self._replacement(sentence, at, zeal)
            if found is None:
                words.append(sentence.words[at])
                fixed.append(sentence.fixed[at])
                at += 1
            else:
                original, form = found
                substitutions.append(Substitution(len(words), len(words) + len(form), original))
                words += form
                fixed += [False] * len(form)
                at += len(original)
        return Sentence(words, fixed), substitutions

    def _replacement(self, sentence: Sentence, at: int, zeal: float) -> tuple[Words, Words] | None:
        """Decide whether a phrase that begins here is replaced, the longest first, and by what."""
        for length in self._originals_from.get(sentence.words[at], ()):
            original = tuple(sentence.words[at : at + length])
            if original in self._alternatives and not any(sentence.fixed[at : at + length]):
                chance = self._random.random() / zeal if zeal else math.inf
                for form, rate in self._alternatives[original]:
                    chance -= rate
                    if chance < 0:
                        return original, form
        return None

    def places(self, sentence: Sentence, substitutions: Iterable[Substitution]) -> Iterator[Place]:
        """Give every place of a spun sentence where a form stands whole, replaced by the spinner or written as it is.

        Forms that only touch what was replaced are left out: it is not clear what should become of them.
        """
        originals = {(item.first, item.last): item.original for item in substitutions}
        touched = {index for first, last in originals for index in range(first, last)}
        for first, word in enumerate(sentence.words):
            if sentence.fixed[first]:
                continue
            for length in self._forms_from.get(word, ()):
                last = first + length
                form = tuple(sentence.words[first:last])
                if form not in self._forms or any(sentence.fixed[first:last]):
                    continue
                original = originals.get((first, last))
                if original is not None or touched.isdisjoint(range(first, last)):
                    yield Place(first, last, form, original)


def _lengths_by_first(phrases: Iterable[Words], *, longest_first: bool) -> dict[str, Sequence[int]]:
    lengths: dict[str, set[int]] = {}
    for phrase in phrases:
        lengths.setdefault(phrase[0], set()).add(len(phrase))
    return {word: sorted(found, reverse=longest_first) for word, found in lengths.items()}
