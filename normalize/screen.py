"""The screen: a look at single words that lets honest texts pass which are dense in phrases that spinners like, too.

Naive Bayes over words, for each family on its own: a word speaks for spinning by the log of its expected rate in spun
text over its rate in honest English. Words that spinners write count for it, and words that they replace (said, also)
against it. Nothing is decided here: a text that does not pass is judged properly (``normalize.judge``).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING

from normalize.counts import FLOOR_PER_MILLION
from normalize.folding import Folded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PASSES = 0.1
"""Mean evidence for spinning, in nats a word, up to which a text passes. Our spun cases bring 0.112 and more; of 894
honest documents seven in ten bring less (docs/method.md)."""
SHORTEST = 60
"""Shorter texts, in words, are never let pass: chance is too great."""
LEAST, MOST = -1.0, 3.0
"""Bounds of what one word says, in nats."""

Substitution = tuple[str, Sequence[str], Sequence[str], float]
"""Family, words of the form, words of the original, and the log probability that the form is written for it."""


def word_evidence(
    substitutions: Iterable[Substitution], rate: Mapping[str, float]
) -> tuple[list[str], list[str], list[list[float]]]:
    """Give families, words, and for each word what it says for each family in nats.

    ``rate`` is the rate per million words of honest English of words and of whole originals (joined by blanks).
    """
    gained: dict[tuple[str, str], float] = {}
    lost: dict[tuple[str, str], float] = {}
    families: set[str] = set()
    for family, form, original, channel in substitutions:
        families.add(family)
        moved = rate.get(" ".join(original), 0.0) * math.exp(channel)
        for side, changed in ((gained, form), (lost, original)):
            for word in changed:
                side[family, word] = side.get((family, word), 0.0) + moved
    names = sorted(families)
    words = sorted({word for _, word in (*gained, *lost)})
    table = [
        [_strength(rate.get(w, 0.0), gained.get((name, w), 0.0), lost.get((name, w), 0.0)) for name in names]
        for w in words
    ]
    return names, words, table


def _strength(honest: float, gained: float, lost: float) -> float:
    honest = max(honest, FLOOR_PER_MILLION)
    spun = max(honest + gained - min(lost, 0.8 * honest), FLOOR_PER_MILLION)
    return round(max(LEAST, min(MOST, math.log(spun / honest))), 2)


class Screen:
    """Lets honest texts pass by the words in them. Safe to share between threads.

    Args:
        words: words in lower case, of Latin-1 letters.
        table: what each says for each family, in nats; a row a word.

    """

    def __init__(self, words: Sequence[str], table: NDArray[np.float32]) -> None:
        import numpy as np

        self._rows = {word.encode("latin-1", "replace"): row for row, word in enumerate(words)}
        self._table = np.vstack([table, np.zeros((1, table.shape[1]), table.dtype)])  # the last row is for other words

    def passes(self, folded: Folded) -> bool:
        """Tell whether a text is so plainly honest that it need not be read."""
        words = folded.spaced.split()
        return len(words) >= SHORTEST and self._evidence(words) < PASSES

    def evidence(self, folded: Folded) -> float:
        """Give the mean evidence for the likeliest family, in nats a word; repetitions of a word count ever less."""
        return self._evidence(folded.spaced.split())

    def _evidence(self, words: Sequence[bytes]) -> float:
        import numpy as np

        counts = Counter(words)
        size, other = len(counts), len(self._table) - 1
        rows = np.fromiter(map(self._rows.get, counts, repeat(other)), np.int64, size)
        known = rows != other
        if not known.any():
            return LEAST
        weights = 1.0 + np.log(np.fromiter(counts.values(), np.float64, size))
        sums = weights @ self._table.take(rows, axis=0)
        unknown = size - int(known.sum())
        return float(sums.max()) / (float(weights[known].sum()) + unknown)
