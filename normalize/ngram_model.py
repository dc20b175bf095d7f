"""The n-gram part of a model that ``unspin model build`` makes: trigram counts in a memory-mapped file.

The file holds hashed n-grams. They are split into buckets by the upper 16 bits of a 48-bit hash; a bucket holds the
lower 32 bits, sorted, beside one byte a count. At a million entries a wrong match has a chance of about one in 10^8.

Probabilities are smoothed from counts: P(c | a b) = (n(a b c) + m P(c | b)) / (n(a b) + m), as with a Dirichlet prior
(MacKay and Peto, "A hierarchical Dirichlet language model", 1995), but m grows with the context's count, since what
may follow "of the" is open: m = k n(a b)^0.6, about as many as different words follow it (Witten and Bell, "The
zero-frequency problem", 1991; Heaps' law).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from normalize.language_model import REMEMBERED, RememberingModel, normal_word
from normalize.model_file import ModelFile

BUCKETS = 1 << 16
COUNT_STEP = 0.07
"""Counts are stored as logs in steps of this size: exact to 3.5 %."""
GROWTH = 0.6
"""How the mass kept for unseen words grows with the count of their context."""
FLOOR = -18.0
"""Least natural log probability that the model gives."""
MULTIPLIERS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)
MASK = (1 << 64) - 1
_SEED = 0x27D4EB2F165667C5


@lru_cache(maxsize=1 << 17)
def hash_word(word: str) -> int:
    """Give a 64-bit hash of a word, the same on every platform."""
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def hash_ngram(*words: str) -> int:
    """Give the 48-bit hash of an n-gram of one to three words."""
    mixed = len(words) * _SEED
    for word, multiplier in zip(words, MULTIPLIERS, strict=False):
        mixed = _mixed(mixed, word, multiplier)
    return mixed >> 16


def _mixed(mixed: int, word: str, multiplier: int) -> int:
    """Take one more word into the hash of an n-gram."""
    mixed = ((mixed ^ hash_word(word)) * multiplier) & MASK
    return mixed ^ (mixed >> 29)


class NgramTable:
    """Hashed n-grams with one byte each, over a memory-mapped file."""

    def __init__(self, file: ModelFile) -> None:
        self._offsets = file.view("ngrams.offsets")
        self._keys = file.view("ngrams.keys")
        self._values = file.view("ngrams.values")

    def get(self, key: int) -> int:
        """Give the byte of a hashed n-gram, 0 when it is not there (stored bytes are 1 to 255)."""
        bucket, rest = key >> 32, key & 0xFFFFFFFF
        end = self._offsets[bucket + 1]
        at = bisect_left(self._keys, rest, self._offsets[bucket], end)
        return self._values[at] if at < end and self._keys[at] == rest else 0


class NgramModel(RememberingModel):
    """Trigram model with Dirichlet smoothing over a model file."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._open()

    def _open(self) -> None:
        file = ModelFile(self.path)
        self.header = file.header
        self._counts = NgramTable(file)
        self._total = float(self.header["total"])
        self._vocabulary = int(self.header["vocabulary"])
        self._mass2, self._mass3 = (float(mass) for mass in self.header["smoothing"])
        self._log_count = [0.0] + [math.exp((value - 1) * COUNT_STEP) for value in range(1, 256)]
        self.name = f"{self.header['name']} {self.header['version']}"
        self._forget()

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.path = state["path"]
        self._open()

    def count(self, *words: str) -> float:
        """Give the weighted count of an n-gram of one to three words, 0 where it was pruned or never seen."""
        return self._log_count[self._counts.get(hash_ngram(*words))]

    def knows(self, word: str) -> bool:
        """Tell whether the word is in the model's vocabulary."""
        return self._counts.get(hash_ngram(normal_word(word))) > 0

    def ask(self, word: str, two_before: str, before: str) -> float:
        """Give the smoothed log probability; figures and years stand for their classes."""
        word, two_before, before = (normal_word(item) if item else "" for item in (word, two_before, before))
        probability = self._after_one(word, before)
        if before and two_before:
            begun, seen, mass = self._after_two(two_before, before)
            if seen:
                count = self._log_count[self._counts.get(_mixed(begun, word, MULTIPLIERS[2]) >> 16)]
                probability = (count + mass * probability) / (seen + mass)
        return max(FLOOR, math.log(probability))

    def _after_one(self, word: str, before: str) -> float:
        """Give the smoothed probability of a word after another one, or after nothing that is known."""
        key = (word, before)
        probability = self._bigrams.get(key)
        if probability is None:
            if len(self._bigrams) > REMEMBERED:
                self._bigrams.clear()
            probability = (self.count(word) + 0.5) / (self._total + 0.5 * self._vocabulary)
            seen = self.count(before) if before else 0.0
            if seen:
                mass = self._mass2 * seen**GROWTH
                probability = (self.count(before, word) + mass * probability) / (seen + mass)
            self._bigrams[key] = probability
        return probability

    def _after_two(self, two_before: str, before: str) -> tuple[int, float, float]:
        """Give what all trigrams after two words share: their hash so far, the count of the two, and its mass."""
        key = (two_before, before)
        found = self._contexts.get(key)
        if found is None:
            if len(self._contexts) > REMEMBERED:
                self._contexts.clear()
            seen = self.count(two_before, before)
            begun = _mixed(_mixed(_SEED * 3, two_before, MULTIPLIERS[0]), before, MULTIPLIERS[1])
            found = self._contexts[key] = begun, seen, self._mass3 * seen**GROWTH
        return found

    def _forget(self) -> None:
        super()._forget()
        self._bigrams: dict[tuple[str, str], float] = {}
        self._contexts: dict[tuple[str, str], tuple[int, float, float]] = {}
