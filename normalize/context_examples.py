"""Training examples for the context model: honest text, spun by a simulated spinner, with what each form stands for."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from normalize.context_model import MARKS, UNKNOWN, windows
from normalize.spinning import Place, Sentence, Spinner, Words

MAX_CHOICES = 12
"""Most choices of a form: keeping it, and its likeliest originals."""
ZEAL = (0.8, 1.8)
"""Rates of substitution are multiplied by a number from this range, another one for each document: spinners differ."""
EXAMPLES_PER_FORM = 8000
"""Beyond so many examples of a form only ever fewer are taken: common words would drown the rest."""


@dataclass(slots=True)
class Choices:
    """What each form may stand for: phrases by number, with the prior score of each choice in nats.

    ``table`` has a row a form and a column a choice; column 0 is the form itself (keep), -1 is no choice.
    """

    forms: list[Words]
    phrases: list[Words]
    table: NDArray[np.int32]
    prior: NDArray[np.float32]


@dataclass(slots=True)
class Examples:
    """Places in spun text as the network reads them, a row a place. ``label`` is the column of the right choice."""

    ordered: NDArray[np.uint16]
    bag: NDArray[np.uint16]
    form: NDArray[np.int32]
    label: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.form)


def make_choices(channel: Mapping[Words, Mapping[Words, float]]) -> Choices:
    """Lay out the choices of every form: keep first, then originals by falling channel probability."""
    numbers: dict[Words, int] = {}
    forms = sorted(channel)
    table = np.full((len(forms), MAX_CHOICES), -1, np.int32)
    prior = np.zeros((len(forms), MAX_CHOICES), np.float32)
    for row, form in enumerate(forms):
        table[row, 0] = numbers.setdefault(form, len(numbers))
        ranked = sorted(channel[form].items(), key=lambda item: (-item[1], item[0]))
        for column, (original, weight) in enumerate(ranked[: MAX_CHOICES - 1], 1):
            table[row, column] = numbers.setdefault(original, len(numbers))
            prior[row, column] = weight
    return Choices(forms, list(numbers), table, prior)


def log_frequencies(phrases: Sequence[Words], counts: Mapping[str, int]) -> NDArray[np.float32]:
    """Give the log of each phrase's frequency as if its words were independent; half a count for the unseen."""
    total = math.log(max(1, sum(counts.values())))
    return np.array(
        [sum(math.log(counts.get(word, 0) + 0.5) - total for word in phrase) for phrase in phrases], np.float32
    )


class ExampleMaker:
    """Makes examples from sentences of honest text.

    Args:
        channel: log P(form | original) by form and original, as ``spinning.channel_of`` gives it.
        choices: what ``make_choices`` made of it.
        vocabulary: the words that the network knows, in the order of their numbers.
        seed: the same seed gives the same examples.

    """

    def __init__(
        self, channel: Mapping[Words, Mapping[Words, float]], choices: Choices, vocabulary: Sequence[str], seed: int
    ) -> None:
        self._random = random.Random(seed)  # noqa: S311 - chance, not secrecy
        self._spinner = Spinner(channel, self._random)
        self._choices = choices
        self._form_numbers = {form: number for number, form in enumerate(choices.forms)}
        self._phrase_numbers = {phrase: number for number, phrase in enumerate(choices.phrases)}
        self._word_numbers = {word: number for number, word in enumerate(vocabulary, MARKS)}
        self._seen: Counter[int] = Counter()

    def make(self, documents: Iterable[Sequence[Sentence]]) -> Examples:
        """Spin documents and give an example for each place in them."""
        parts = [part for document in documents if (part := self._of_document(document)) is not None]
        if not parts:
            empty = np.zeros((0, 0), np.uint16)
            return Examples(empty, empty, np.zeros(0, np.int32), np.zeros(0, np.uint8))
        ordered, bag, form, label = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        return Examples(ordered, bag, form, label)

    def _of_document(
        self, sentences: Sequence[Sentence]
    ) -> tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.int32], NDArray[np.uint8]] | None:
        zeal = self._random.uniform(*ZEAL)
        numbers: list[int] = []
        rows: list[tuple[int, int, int, int]] = []
        forms: list[int] = []
        labels: list[int] = []
        for sentence in sentences:
            spun, substitutions = self._spinner.spin(sentence, zeal)
            start = len(numbers)
            numbers += [self._word_numbers.get(word, UNKNOWN) for word in spun.words]
            for place in self._spinner.places(spun, substitutions):
                form = self._form_numbers[place.form]
                label = self._label(place, form)
                if label is not None and self._is_taken(form):
                    rows.append((start + place.first, start + place.last, start, len(numbers)))
                    forms.append(form)
                    labels.append(label)
        if not rows:
            return None
        ordered, bag, _, _ = windows(np.array(numbers, np.int64), np.array(rows, np.int64))
        return (
            ordered.astype(np.uint16), bag.astype(np.uint16), np.array(forms, np.int32), np.array(labels, np.uint8)
        )  # fmt: skip

    def _label(self, place: Place, form: int) -> int | None:
        if place.original is None:
            return 0
        wanted = self._phrase_numbers.get(place.original, -2)
        found = np.flatnonzero(self._choices.table[form, 1:] == wanted)
        return int(found[0]) + 1 if len(found) else None

    def _is_taken(self, form: int) -> bool:
        self._seen[form] += 1
        return self._random.random() * self._seen[form] < EXAMPLES_PER_FORM
