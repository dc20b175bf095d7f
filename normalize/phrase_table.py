"""Count the phrases of a fixed table in a text in bulk: rolling hashes of all word sequences, looked up by numpy.

The hash of a phrase is the difference of two prefix sums of a polynomial in its characters (Karp and Rabin, "Efficient
randomized pattern-matching algorithms", IBM Journal of Research and Development 31, 1987), here modulo 2^64. So all
phrases of two words, of three words and so on cost a few operations on whole arrays, and nothing in Python for a word.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import TYPE_CHECKING

from normalize.folding import BLANK, LETTER, Folded, fold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BASE = 0x9E3779B97F4A7C15
"""Base of the polynomial: odd, so that it has an inverse modulo 2^64."""
_MODULUS = 1 << 64
_LEADING = 44
"""A hash is first looked up by its leading bits, all but so many: in a table of a megabyte, which most words miss."""
MOST_WORDS = 5
"""Words of the longest phrases that are kept: of thirty thousand forms fewer than a hundred are longer."""


class PhraseTable:
    """Finds which phrases of a table stand in a text, and how often. Safe to share between threads.

    Args:
        keys: hashes of the phrases, in order, as 64-bit numbers.
        rows: for each hash the number of its phrase, as 32-bit numbers.
        longest: words of the longest phrase.

    """

    def __init__(self, keys: bytes, rows: bytes, longest: int) -> None:
        import numpy as np

        self._keys = np.frombuffer(keys, np.uint64)
        self._rows = np.frombuffer(rows, np.uint32)
        self._longest = longest
        self._leading = np.zeros(1 << (64 - _LEADING), np.bool_)
        self._leading[self._keys >> np.uint64(_LEADING)] = True
        self._powers, self._inverses = _powers(1 << 15)

    @staticmethod
    def pack(phrases: Iterable[str]) -> tuple[bytes, bytes, int]:
        """Give what ``PhraseTable`` is made of.

        Left out are phrases with letters beyond Latin-1, those of more than ``MOST_WORDS`` words, and those that begin
        or end with a mark; a full stop at the end is not looked at. Case is not looked at either: of two phrases that
        differ in it only, the one in lower case is kept.
        """
        numbers: dict[int, int] = {}
        longest = 0
        for number, phrase in enumerate(phrases):
            folded = fold(phrase.removesuffix("."))
            words = len(folded.spaced.split())
            bare = folded.spaced.strip() and len(folded.spaced.strip()) == len(folded.light)
            if bare and words <= MOST_WORDS and LETTER not in folded.light:
                key = _hash(folded.light)
                if key not in numbers or phrase.islower():
                    numbers[key] = number
                longest = max(longest, words)
        keys = sorted(numbers)
        return array("Q", keys).tobytes(), array("I", [numbers[key] for key in keys]).tobytes(), longest

    def count(self, folded: Folded) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """Give the numbers of the phrases that stand in a text as whole words, and how often each does."""
        import numpy as np

        starts, ends = _words(folded.spaced)
        if not len(starts) or not len(self._keys):
            return np.empty(0, np.uint32), np.empty(0, np.int64)
        sums, inverses = self._prefix_sums(folded.light)
        after = np.concatenate([sums.take(ends), np.zeros(self._longest, np.uint64)])
        # Row by row the ends of the phrases that begin with a word; the last rows hold a few that end nowhere.
        hashes = np.ndarray((len(starts), self._longest), np.uint64, after, strides=(8, 8)) - sums.take(starts)[:, None]
        hashes *= inverses.take(starts)[:, None]
        hashes = hashes[self._leading.take(hashes >> np.uint64(_LEADING))]
        hashes, counts = _counted(hashes)
        at = np.minimum(self._keys.searchsorted(hashes), len(self._keys) - 1)
        known = self._keys.take(at) == hashes
        return self._rows.take(at[known]), counts[known]

    def _prefix_sums(self, light: bytes) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Give the sums of the polynomial up to each character, and what brings a difference to its first power."""
        import numpy as np

        powers, inverses = self._powers, self._inverses
        if len(light) >= len(powers):
            powers, inverses = self._powers, self._inverses = _powers(2 * len(light))
        sums = np.zeros(len(light) + 1, np.uint64)
        codes = np.frombuffer(light, np.uint8).astype(np.uint64)
        np.multiply(codes, powers[: len(light)], out=codes)
        np.cumsum(codes, out=sums[1:])
        return sums, inverses


def _counted(hashes: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Give each value once, in order, and how often it stands there; ``np.unique`` would load ``numpy.ma`` for it."""
    import numpy as np

    ordered = np.sort(hashes)
    is_new = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=is_new[1:])
    at = np.flatnonzero(is_new)
    return ordered.take(at), np.diff(at, append=len(ordered))


def _words(spaced: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give where the words of a folded text start and end."""
    import numpy as np

    inside = np.frombuffer(b" %b " % spaced, np.uint8) != BLANK
    changes = np.flatnonzero(inside[1:] != inside[:-1])
    return changes[::2], changes[1::2]


def _powers(count: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Give the powers of the base, from the first on, and the inverses of those from the zeroth on."""
    import numpy as np

    powers = np.full(count, _BASE, np.uint64)
    inverses = np.full(count, pow(_BASE, -1, _MODULUS), np.uint64)
    inverses[0] = 1
    return np.multiply.accumulate(powers), np.multiply.accumulate(inverses)


def _hash(light: bytes) -> int:
    """Give the hash of one phrase: its characters times the first, second, third … power of the base."""
    total, power = 0, 1
    for code in light:
        power = power * _BASE % _MODULUS
        total += code * power
    return total % _MODULUS
