"""Language models that ``unspin model build`` makes: trigram counts and word associations in one memory-mapped file.

The file holds tables of hashed n-grams. A table is split into buckets by the upper 16 bits of a 48-bit hash; a bucket
holds the lower 32 bits, sorted, beside one byte a value. At a million entries a wrong match has a chance of about one
in 10^8. Nothing is read at start but the header, and processes share the pages.

Probabilities are Dirichlet-smoothed from counts (MacKay and Peto, "A hierarchical Dirichlet language model", 1995):
P(c | a b) = (n(a b c) + m P(c | b)) / (n(a b) + m).
"""

from __future__ import annotations

import json
import math
import mmap
import os
from bisect import bisect_left
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from normalize.errors import ModelError
from normalize.language_model import RememberingModel

MAGIC = b"unspin-model\n"
FORMAT = 1
ALIGNMENT = 8
BUCKETS = 1 << 16
COUNT_STEP = 0.07
"""Counts are stored as logs in steps of this size: exact to 3.5 %."""
ASSOCIATION_STEP = 0.05
"""Associations (pointwise mutual information in nats) are stored in steps of this size, from -6.4 to 6.35."""
FLOOR = -18.0
"""Least natural log probability that the model gives."""
MULTIPLIERS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)
MASK = (1 << 64) - 1


@lru_cache(maxsize=1 << 17)
def hash_word(word: str) -> int:
    """Give a 64-bit hash of a word, the same on every platform."""
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def hash_ngram(*words: str) -> int:
    """Give the 48-bit hash of an n-gram of one to three words."""
    mixed = len(words) * 0x27D4EB2F165667C5
    for word, multiplier in zip(words, MULTIPLIERS, strict=False):
        mixed = ((mixed ^ hash_word(word)) * multiplier) & MASK
        mixed ^= mixed >> 29
    return mixed >> 16


def normal_word(word: str) -> str:
    """Put words that stand for many into classes: figures and years."""
    if word[0].isdigit():
        digits = word.rstrip("s")
        if len(digits) == 4 and digits.isdigit() and digits[:2] in ("19", "20"):
            return "<year>"
        return "<number>"
    return word


class Table:
    """A table of hashed n-grams with one byte each, over a memory-mapped file."""

    def __init__(self, view: memoryview, layout: dict[str, int]) -> None:
        entries, start = layout["entries"], layout["start"]
        self.entries = entries
        keys = start + 4 * (BUCKETS + 1)
        self._offsets = view[start:keys].cast("I")
        self._keys = view[keys : keys + 4 * entries].cast("I")
        self._values = view[keys + 4 * entries : keys + 5 * entries]

    def get(self, key: int) -> int:
        """Give the byte of a hashed n-gram, 0 when it is not there (stored bytes are 1 to 255)."""
        bucket, rest = key >> 32, key & 0xFFFFFFFF
        end = self._offsets[bucket + 1]
        at = bisect_left(self._keys, rest, self._offsets[bucket], end)
        return self._values[at] if at < end and self._keys[at] == rest else 0


class NgramModel(RememberingModel):
    """Trigram model with Dirichlet smoothing, and associations between words that stand near one another."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._open()

    def _open(self) -> None:
        self.header, self._view = _read_header(self.path)
        tables = self.header["tables"]
        self._counts = Table(self._view, tables["ngrams"])
        self._associations = Table(self._view, tables["associations"])
        self._total = float(self.header["total"])
        self._vocabulary = int(self.header["vocabulary"])
        self._m2, self._m3 = (float(mass) for mass in self.header["smoothing"])
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

    def _ask(self, word: str, two_before: str, before: str) -> float:
        return self._probability(*(normal_word(item) if item else "" for item in (word, two_before, before)))

    def _probability(self, word: str, two_before: str, before: str) -> float:
        probability = (self.count(word) + 0.5) / (self._total + 0.5 * self._vocabulary)
        if before:
            seen = self.count(before)
            if seen:
                probability = (self.count(before, word) + self._m2 * probability) / (seen + self._m2)
            if two_before:
                seen = self.count(two_before, before)
                if seen:
                    both = self.count(two_before, before, word)
                    probability = (both + self._m3 * probability) / (seen + self._m3)
        return max(FLOOR, math.log(probability))

    def association(self, word: str, near: str) -> float:
        """Give the pointwise mutual information, in nats, of a word and another within ten words; 0 where unknown."""
        value = self._associations.get(hash_ngram(word, near))
        return (value - 128) * ASSOCIATION_STEP if value else 0.0


def _read_header(path: Path) -> tuple[dict[str, Any], memoryview]:
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size < len(MAGIC) + 8:
                raise ModelError(f"{path}: not a language model of unspin")
            view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except OSError as error:
        raise ModelError(f"{path}: the language model cannot be read: {error.strerror}") from None
    if view[: len(MAGIC)] != MAGIC:
        raise ModelError(f"{path}: not a language model of unspin")
    size = int.from_bytes(view[len(MAGIC) : len(MAGIC) + 8], "little")
    start = len(MAGIC) + 8
    try:
        header = json.loads(bytes(view[start : start + size]))
        version, length = header["format"], header["length"]
    except (ValueError, KeyError, TypeError):
        raise ModelError(f"{path}: the language model is damaged: its header cannot be read") from None
    if version != FORMAT:
        raise ModelError(f"{path}: a language model of format {version}; this program reads format {FORMAT}")
    if len(view) != length:
        raise ModelError(f"{path}: the language model is damaged: {len(view)} bytes instead of {length}")
    return header, view
