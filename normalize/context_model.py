"""The context part of a language model: what a form stands for, from the words on both sides of it.

A small network reads five words on either side in order, the words around them as a bag, and the form itself, and
gives a score to each of the form's possible originals and to keeping it. It was trained on honest text that a simulated
spinner had spun (``normalize.spinning``, docs/context-model.md): its answer is log P(original | form, context) against
log P(form was the writer's own | form, context).

All sums are of products of small integers below 2^24, which 32-bit floats hold exactly: the answers are the same on
every platform, whatever order they are summed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from normalize.language_model import normal_word
from normalize.model_file import ModelFile
from normalize.ngram_model import hash_word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ORDERED = 5
"""Words on either side that are read in order."""
BAG = range(6, 17)
"""Distances of the words on either side that are read as a bag, also beyond the sentence."""
PADDING, UNKNOWN, START, END = 0, 1, 2, 3
"""Numbers of what is no word of the vocabulary: outside the text, unknown, edges of a sentence."""
MARKS = 4
BAG_DIVISOR = 8
"""The sum of the bag's vectors is divided by this, so that it stays as small as the others."""
SCALE = 127


class Query(NamedTuple):
    """A place to be asked about: words ``first`` to ``last`` (exclusive) of a text, the word range of its sentence, the
    form, and the originals that may stand there, each as model words joined by blanks.
    """

    first: int
    last: int
    sentence: tuple[int, int]
    form: str
    originals: Sequence[str]


class ContextModel:
    """Scores originals by the words on both sides. Safe to share between threads, and picklable."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._open()

    def _open(self) -> None:
        import numpy as np

        file = ModelFile(self.path)
        self._word_keys = file.array("context.words")
        self._phrase_keys = file.array("context.phrases")
        self._pair_keys = file.array("context.pairs")
        self._biases = file.array("context.biases")
        self._in = file.array("context.in")
        self._out = file.array("context.out")
        self._hidden = file.array("context.hidden").astype(np.float32)
        self._hidden_bias = file.array("context.hidden_bias").astype(np.float32)
        self._last = file.array("context.last").astype(np.float32)
        self._last_bias = file.array("context.last_bias").astype(np.float32)
        settings = file.header["context"]
        self._hidden_step, self._last_step = float(settings["hidden_step"]), float(settings["last_step"])
        self._score_step, self._bias_step = float(settings["score_step"]), float(settings["bias_step"])

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.path = state["path"]
        self._open()

    def gains(self, words: Sequence[str], queries: Sequence[Query]) -> list[list[float | None]]:
        """Give for each query and each of its originals the log odds against keeping the form, in nats.

        None stands where the model does not know the pair of form and original.
        """
        import numpy as np

        if not queries:
            return []
        pairs = [f"{query.form}\t{original}" for query in queries for original in query.originals]
        biases = self._find(self._pair_keys, pairs)
        numbers = self.word_numbers(words)
        spans = np.array([(q.first, q.last, *q.sentence) for q in queries], np.int64).reshape(-1, 4)
        vectors = self._contexts(numbers, spans)
        forms = self._find(self._phrase_keys, [query.form for query in queries])
        originals = self._find(self._phrase_keys, [original for query in queries for original in query.originals])
        owner = np.repeat(np.arange(len(queries)), [len(query.originals) for query in queries])
        difference = self._out[originals].astype(np.float32) - self._out[forms][owner].astype(np.float32)
        raw = np.einsum("ij,ij->i", difference, vectors[owner], dtype=np.float64)
        scores = raw * self._score_step + self._biases[biases] * self._bias_step
        known = (biases >= 0) & (originals >= 0) & (forms >= 0)[owner]
        answers = iter([float(score) if sure else None for score, sure in zip(scores, known, strict=True)])
        return [[next(answers) for _ in query.originals] for query in queries]

    def known_pairs(self, pairs: Sequence[tuple[str, str]]) -> list[bool]:
        """Tell for each pair of form and original, as model words joined by blanks, whether the model knows it."""
        return [
            bool(at >= 0) for at in self._find(self._pair_keys, [f"{form}\t{original}" for form, original in pairs])
        ]

    def word_numbers(self, words: Sequence[str]) -> NDArray[np.int64]:
        """Give the number of each word in the vocabulary, ``UNKNOWN`` where it has none."""
        found = self._find(self._word_keys, [normal_word(word) for word in words])
        found[found >= 0] += MARKS
        found[found < 0] = UNKNOWN
        return found

    def _contexts(self, numbers: NDArray[np.int64], spans: NDArray[np.int64]) -> NDArray[np.float32]:
        import numpy as np

        ordered, bag, inside, sizes = windows(numbers, spans)
        slots = self._in[ordered].astype(np.float32).reshape(len(spans), -1)
        around = np.clip(np.rint(self._in[bag].sum(axis=1, dtype=np.int32) / BAG_DIVISOR), -SCALE, SCALE)
        form = np.rint(self._in[inside].sum(axis=1, dtype=np.int32) / sizes[:, None])
        read = np.concatenate([slots, around.astype(np.float32), form.astype(np.float32)], axis=1)
        hidden = read @ self._hidden + self._hidden_bias
        active = np.clip(np.rint(np.maximum(hidden, 0).astype(np.float64) * self._hidden_step), 0, SCALE)
        last = active.astype(np.float32) @ self._last + self._last_bias
        vectors: NDArray[np.float32] = np.clip(
            np.rint(last.astype(np.float64) * self._last_step), -SCALE, SCALE
        ).astype(np.float32)
        return vectors

    @staticmethod
    def _find(keys: NDArray[np.uint64], texts: Sequence[str]) -> NDArray[np.int64]:
        """Give the position of each text's hash among sorted keys, -1 where it is not there."""
        import numpy as np

        wanted = np.array([hash_word(text) for text in texts], np.uint64)
        at = np.searchsorted(keys, wanted)
        at[at == len(keys)] = 0
        return np.where(keys[at] == wanted, at, -1) if len(keys) else np.full(len(wanted), -1)


def windows(
    numbers: NDArray[np.int64], spans: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give for places in a text the numbers of the words in order, in the bag and in the form, and the form's length.

    ``spans`` has a row a place: first and last word (exclusive) of the form, and of its sentence.
    """
    import numpy as np

    reach = BAG.stop + int(max((spans[:, 1] - spans[:, 0]).max(initial=1), 1))
    padded = np.pad(numbers, reach)
    first, last, start, end = (spans[:, [column]] for column in range(4))
    before = first - np.arange(ORDERED, 0, -1)
    after = last + np.arange(ORDERED)
    left = np.where(before >= start, padded[before + reach], np.where(before == start - 1, START, PADDING))
    right = np.where(after < end, padded[after + reach], np.where(after == end, END, PADDING))
    far = np.arange(BAG.start, BAG.stop)
    bag = np.concatenate([padded[first - far + reach], padded[last - 1 + far + reach]], axis=1)
    inside = first + np.arange(int((spans[:, 1] - spans[:, 0]).max(initial=1)))
    form = np.where(inside < last, padded[inside + reach], PADDING)
    return np.concatenate([left, right], axis=1), bag, form, (spans[:, 1] - spans[:, 0])
