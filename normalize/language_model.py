"""Language models behind one small interface: how likely is a word after the two words before it?

The restorer asks nothing else of a model, so that any n-gram model fits: the newswire trigram of pocketsphinx, which
pip installs (docs/decisions/0002-language-model.md), or a KenLM or ARPA file of the user's own.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import regex

from normalize.errors import ModelError

SENTENCE_START, SENTENCE_END = "<s>", "</s>"
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


class RememberingModel(ABC):
    """A model that is asked once for each word in its context, and remembers up to 200,000 answers."""

    _memo: dict[tuple[str, str, str], float]

    def _forget(self) -> None:
        """Begin with an empty memory; to be called when the model is opened."""
        self._memo = {}

    def log_probability(self, word: str, two_before: str, before: str) -> float:
        """See ``LanguageModel.log_probability``."""
        key = (word, two_before, before)
        found = self._memo.get(key)
        if found is None:
            if len(self._memo) > 200_000:
                self._memo.clear()
            found = self._memo[key] = self._ask(word, two_before, before)
        return found

    @abstractmethod
    def _ask(self, word: str, two_before: str, before: str) -> float:
        """Compute what ``log_probability`` remembers."""


class PocketsphinxModel(RememberingModel):
    """The newswire trigram in the wheel of pocketsphinx: 72,547 words, 2.1 million bigrams, 1.7 million trigrams.

    It lacks younger words (malware, ransomware). Those back off to ``backoff``, the log of a word's plain frequency.
    """

    name = "pocketsphinx-en-us"
    _NOT_IN_MODEL = -1e8
    _STEP = math.log(1.0001)

    def __init__(self, backoff: Callable[[str], float] | None = None) -> None:
        self._backoff = backoff
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
        return {"_backoff": self._backoff}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._backoff = state["_backoff"]
        self._open()

    def knows(self, word: str) -> bool:
        """Tell whether the model has the word; ``str_to_type`` of the library cannot be trusted for this."""
        known = self._known.get(word)
        if known is None:
            known = self._known[word] = self._model.prob([word]) > self._NOT_IN_MODEL
        return known

    def _ask(self, word: str, two_before: str, before: str) -> float:
        """Ask the model; unknown words on either side shorten the context."""
        if _NUMBER.match(word):
            word = "five"
        if not self.knows(word):
            return max(UNKNOWN, self._backoff(word)) if self._backoff else UNKNOWN
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


def open_model(path: Path | None, backoff: Callable[[str], float] | None = None) -> LanguageModel:
    """Open the built-in model, or the user's own when a path is given.

    Raises:
        ModelError: the file is missing or is no model.

    """
    if path is None:
        return PocketsphinxModel(backoff)
    if not path.is_file():
        raise ModelError(f"{path}: no such language model")
    from normalize.model_file import is_model_file
    from normalize.ngram_model import NgramModel

    return NgramModel(path) if is_model_file(path) else KenlmModel(path)
