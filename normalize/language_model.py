"""Language models behind one small interface: how likely is a word after the two words before it?

The search asks nothing else of a model, so that any n-gram model fits: the built-in one, which mixes a trigram of our
own with the newswire trigram of pocketsphinx (docs/decisions/0002-language-model.md), or a file of the user's own.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import regex

from normalize.errors import ModelError

if TYPE_CHECKING:
    from normalize.context_model import ContextModel

SENTENCE_START, SENTENCE_END = "<s>", "</s>"
BUILTIN_MODEL = Path(__file__).parent / "models" / "english.model"
"""Our own model of security and general news, made by ``unspin model build`` and ``train`` (docs/model-card.md)."""
NEWSWIRE_SHARE = 0.85
"""Weight of pocketsphinx's newswire trigram beside our own (docs/decisions/0002-language-model.md)."""
UNKNOWN = -14.0
"""Natural log probability of a word that neither the model nor the back-off knows: about one in a million."""

_PARTS = regex.compile(r"[\p{L}\p{N}\p{M}]++(?:'\p{L}++)*+")
_NUMBER = regex.compile(r"\d[\d.,]*+\Z")


@runtime_checkable
class LanguageModel(Protocol):
    """An n-gram model of honest English over lower-case words.

    A model must be deterministic, safe to call from several threads, and picklable or rebuildable from ``name``.
    """

    @property
    def name(self) -> str:
        """Say which model this is, for plans, caches and reports."""
        ...

    def log_probability(self, word: str, two_before: str, before: str) -> float:
        """Give the natural log of P(word | two_before before), at most 0 and never infinite.

        ``SENTENCE_START`` may stand among the words before, ``SENTENCE_END`` as the word.
        """
        ...


@lru_cache(maxsize=1 << 16)
def model_words(text: str) -> tuple[str, ...]:
    """Cut a phrase into the words that models are asked for: lower case, hyphens and blanks apart."""
    return tuple(_PARTS.findall(text.lower().replace("’", "'")))


def normal_word(word: str) -> str:
    """Put words that stand for many into classes: figures and years."""
    if word[0].isdigit():
        digits = word.rstrip("s")
        if len(digits) == 4 and digits.isdigit() and digits[:2] in ("19", "20"):
            return "<year>"
        return "<number>"
    return word


def sequence_log_probability(model: LanguageModel, words: Sequence[str], two_before: str, before: str) -> float:
    """Give the natural log probability of words that follow two others."""
    total = 0.0
    for word in words:
        total += model.log_probability(word, two_before, before)
        two_before, before = before, word
    return total


REMEMBERED = 200_000
"""Answers that a model remembers, about 30 MB; then it begins anew."""


class RememberingModel(ABC):
    """A model that is asked once for each word in its context, and remembers up to ``REMEMBERED`` answers."""

    _memo: dict[tuple[str, str, str], float]

    def _forget(self) -> None:
        """Begin with an empty memory; to be called when the model is opened."""
        self._memo = {}

    def log_probability(self, word: str, two_before: str, before: str) -> float:
        """See ``LanguageModel.log_probability``."""
        key = (word, two_before, before)
        found = self._memo.get(key)
        if found is None:
            if len(self._memo) > REMEMBERED:
                self._memo.clear()
            found = self._memo[key] = self.ask(word, two_before, before)
        return found

    name: str

    @abstractmethod
    def knows(self, word: str) -> bool:
        """Tell whether the model has the word."""

    @abstractmethod
    def ask(self, word: str, two_before: str, before: str) -> float:
        """Compute what ``log_probability`` remembers."""


class PocketsphinxModel(RememberingModel):
    """The newswire trigram in the wheel of pocketsphinx: 72,547 words, 2.1 million bigrams, 1.7 million trigrams.

    It lacks younger words (malware, ransomware), which get ``UNKNOWN``.
    """

    name = "pocketsphinx-en-us"
    _NOT_IN_MODEL = -1e8
    _STEP = math.log(1.0001)

    def __init__(self) -> None:
        self._open()

    def _open(self) -> None:
        from pocketsphinx import NGramModel, get_model_path

        path = Path(get_model_path("en-us/en-us.lm.bin"))
        if not path.is_file():
            raise ModelError(f"{path}: the language model is missing; reinstall pocketsphinx")
        self._model = NGramModel.readfile(str(path))
        self._known: dict[str, bool] = {}
        self._forget()

    def __getstate__(self) -> dict[str, Any]:
        return {"name": self.name}

    def __setstate__(self, state: dict[str, Any]) -> None:
        del state  # always the same; but an empty one would not be handed over
        self._open()

    def knows(self, word: str) -> bool:
        """Tell whether the model has the word; ``str_to_type`` of the library cannot be trusted for this."""
        known = self._known.get(word)
        if known is None:
            known = self._known[word] = self._model.prob([word]) > self._NOT_IN_MODEL
        return known

    def ask(self, word: str, two_before: str, before: str) -> float:
        """Ask the model; unknown words on either side shorten the context."""
        if _NUMBER.match(word):
            word = "five"
        if not self.knows(word):
            return UNKNOWN
        history = [word]
        for earlier in (before, two_before):
            if not earlier:
                break
            asked = "five" if _NUMBER.match(earlier) else earlier
            if not self.knows(asked):
                break
            history.append(asked)
        return max(UNKNOWN - 4, float(self._model.prob(history)) * self._STEP)


class KenlmModel:
    """A KenLM binary or an ARPA file of the user's own (extra ``unspin[kenlm]``)."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.name = f"kenlm:{self.path.name}"
        self._open()

    def _open(self) -> None:
        try:
            import kenlm
        except ImportError:
            raise ModelError(
                f"{self.path}: reading this model needs kenlm; install it with: pip install 'unspin[kenlm]'"
            ) from None
        try:
            config = kenlm.Config()
            config.show_progress = False
            config.arpa_complain = kenlm.ARPALoadComplain.NONE
            self._model = kenlm.Model(str(self.path), config)
        except (OSError, RuntimeError) as error:
            raise ModelError(f"{self.path}: not a KenLM or ARPA model: {str(error).splitlines()[0]}") from None
        self._state_type = kenlm.State

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "name": self.name}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.path, self.name = state["path"], state["name"]
        self._open()

    def log_probability(self, word: str, two_before: str, before: str) -> float:
        """See ``LanguageModel.log_probability``."""
        state = self._state_type()
        if SENTENCE_START in (two_before, before):
            self._model.BeginSentenceWrite(state)
        else:
            self._model.NullContextWrite(state)
        for earlier in (two_before, before):
            if earlier and earlier != SENTENCE_START:
                following = self._state_type()
                self._model.BaseScore(state, earlier, following)
                state = following
        log10 = float(self._model.BaseScore(state, word, self._state_type()))
        return max(UNKNOWN - 4, log10 * math.log(10))


class MixedModel(RememberingModel):
    """Two models interpolated: the probability is a weighted mean of theirs (Jelinek and Mercer, 1980).

    Args:
        first: one model.
        second: another one.
        share: weight of the first, from 0 to 1.

    """

    def __init__(self, first: RememberingModel, second: RememberingModel, share: float) -> None:
        self._first, self._second, self._share = first, second, share
        self.name = f"{share:g} {first.name} + {1 - share:g} {second.name}"
        self._forget()

    def knows(self, word: str) -> bool:
        """Tell whether one of the models has the word."""
        return self._first.knows(word) or self._second.knows(word)

    def ask(self, word: str, two_before: str, before: str) -> float:
        """Interpolate the two models."""
        # What this model remembers, the two need not remember as well.
        first = self._first.ask(word, two_before, before)
        second = self._second.ask(word, two_before, before)
        return math.log(self._share * math.exp(first) + (1 - self._share) * math.exp(second))


def open_context_model(path: Path | None) -> ContextModel:
    """Open the context model of a model file; the built-in one where the file has none, or no path is given."""
    from normalize.context_model import ContextModel
    from normalize.model_file import ModelFile, is_model_file

    own = path is not None and is_model_file(path) and "context.words" in ModelFile(path)
    return ContextModel(path if own and path is not None else BUILTIN_MODEL)


def open_model(path: Path | None) -> LanguageModel:
    """Open the built-in model, or the user's own when a path is given.

    Raises:
        ModelError: the file is missing or is no model.

    """
    from normalize.model_file import is_model_file
    from normalize.ngram_model import NgramModel

    if path is None:
        return MixedModel(PocketsphinxModel(), NgramModel(BUILTIN_MODEL), NEWSWIRE_SHARE)
    if not path.is_file():
        raise ModelError(f"{path}: no such language model")
    return NgramModel(path) if is_model_file(path) else KenlmModel(path)
