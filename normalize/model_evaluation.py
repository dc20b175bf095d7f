"""How good is a language model on honest text that it has not seen?

Its n-gram part is asked for every word (perplexity). Its context part is asked what forms stand for, in text that a
simulated spinner has spun, so that the answer is known.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass

from normalize.compiled import CompiledPhrasebook
from normalize.context_model import ContextModel, Query
from normalize.language_model import SENTENCE_END, SENTENCE_START, LanguageModel, sequence_log_probability
from normalize.segment import segment
from normalize.spinning import Place, Spinner, channel_of, sentences_of


@dataclass(slots=True)
class ModelScore:
    """Counts and sums over texts; logs are natural."""

    words: int = 0
    log_probability: float = 0.0
    places: int = 0
    right: int = 0
    kept: int = 0
    right_by_channel: int = 0

    @property
    def perplexity(self) -> float:
        """The number of equally likely words that would be as hard to guess; at least 1, smaller is better."""
        return math.exp(-self.log_probability / max(1, self.words))

    def to_dict(self) -> dict[str, float]:
        """Give counts and measures; shares are of the places, from 0 to 1."""
        places = max(1, self.places)
        return {
            "words": self.words,
            "perplexity": round(self.perplexity, 2),
            "places": self.places,
            "right": round(self.right / places, 4),
            "right if all are kept": round(self.kept / places, 4),
            "right by phrasebook alone": round(self.right_by_channel / places, 4),
        }


class ModelEvaluation:
    """Asks a language model and a context model about texts.

    Args:
        model: the n-gram model.
        context: the context model.
        book: the phrasebook whose channel spins the texts.
        family: the spinner family that is simulated.
        seed: the same seed spins the same text in the same way.

    """

    def __init__(
        self,
        model: LanguageModel,
        context: ContextModel,
        book: CompiledPhrasebook,
        family: str = "classic",
        seed: int = 1,
    ) -> None:
        self._model, self._context = model, context
        self._channel = channel_of(book, family)
        self._spinner = Spinner(self._channel, random.Random(seed))  # noqa: S311 - chance, not secrecy
        self.score = ModelScore()

    def add(self, text: str) -> None:
        """Ask about one honest text."""
        words: list[str] = []
        places: list[tuple[Place, int, int, int]] = []
        for sentence in sentences_of(segment(text)):
            self.score.words += len(sentence.words) + 1
            self.score.log_probability += sequence_log_probability(
                self._model, [*sentence.words, SENTENCE_END], SENTENCE_START, SENTENCE_START
            )
            spun, substitutions = self._spinner.spin(sentence)
            start = len(words)
            words += spun.words
            places += [(place, start, start, len(words)) for place in self._spinner.places(spun, substitutions)]
        self._judge(words, places)

    def _judge(self, words: list[str], places: Iterable[tuple[Place, int, int, int]]) -> None:
        asked = [(place, sorted(self._channel[place.form]), rest) for place, *rest in places]
        queries = [
            Query(
                place.first + base,
                place.last + base,
                (start, end),
                " ".join(place.form),
                [" ".join(words) for words in originals],
            )
            for place, originals, (base, start, end) in asked
        ]
        for (place, originals, _), gains in zip(asked, self._context.gains(words, queries), strict=True):
            best = max(zip(gains, originals, strict=True), key=lambda item: -math.inf if item[0] is None else item[0])
            answer = best[1] if best[0] is not None and best[0] > 0 else None
            likeliest = max(originals, key=lambda original: self._channel[place.form][original])
            self.score.places += 1
            self.score.right += answer == place.original
            self.score.kept += place.original is None
            self.score.right_by_channel += likeliest == place.original
