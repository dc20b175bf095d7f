"""Build a language model: count n-grams in a corpus, prune, quantise, write.

Counting is streaming: the corpus is worked through in stretches, each reduced to sorted keys with counts, so that
memory depends on the number of different n-grams and not on the size of the corpus. Needs numpy only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import regex
from numpy.typing import NDArray

from normalize.language_model import SENTENCE_END, SENTENCE_START, normal_word
from normalize.model_file import write_model
from normalize.ngram_model import (
    BUCKETS,
    COUNT_STEP,
    MULTIPLIERS,
    hash_word,
)

STRETCH = 1_000_000
"""Words that are counted at a time."""

_PIECES = regex.compile(
    r"[\p{L}\p{N}\p{M}]++(?:['’]\p{L}++)*+|[.!?…]++(?=[\"”’')\]]*+\s+[\"“‘'(\[]*+[\p{Lu}\p{N}])|\n\s*\n|\n(?=\s*[-*•#|])"
)

Keys = NDArray[np.uint64]
Weights = NDArray[np.float64]


@dataclass(slots=True)
class Settings:
    """How a model is built. Counts are true counts for pruning and weighted counts for probabilities."""

    name: str = "unspin-en"
    version: str = "1"
    weights: Mapping[str, float] = field(default_factory=dict)
    min_word: int = 3
    min_bigram: int = 3
    min_trigram: int = 3
    min_documents: int = 2
    smoothing: tuple[float, float] = (4.0, 3.0)


class _Reduced:
    """Sorted keys with true counts, weighted counts and document counts; grows by merging stretches."""

    def __init__(self) -> None:
        self._parts: list[tuple[Keys, Weights]] = []
        self._size = 0

    def add(self, keys: Keys, columns: Weights) -> None:
        """Add keys with one row of columns each (count, weight, documents)."""
        self._parts.append(_reduce(keys, columns))
        self._size += len(self._parts[-1][0])
        if self._size > 30_000_000 and len(self._parts) > 1:
            self._parts = [self.result()]
            self._size = len(self._parts[0][0])

    def result(self) -> tuple[Keys, Weights]:
        """Give all keys, sorted, with their summed columns."""
        if not self._parts:
            return np.zeros(0, np.uint64), np.zeros((0, 3))
        keys = np.concatenate([part[0] for part in self._parts])
        columns = np.concatenate([part[1] for part in self._parts])
        return _reduce(keys, columns)


def _reduce(keys: Keys, columns: Weights) -> tuple[Keys, Weights]:
    order = np.argsort(keys, kind="stable")
    keys, columns = keys[order], columns[order]
    first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))) if len(keys) else np.zeros(0, np.int64)
    return keys[first], np.add.reduceat(columns, first, axis=0) if len(keys) else columns


def sentences(text: str) -> Iterator[list[str]]:
    """Cut a text into sentences of model words, with figures and years as classes."""
    words: list[str] = []
    for piece in _PIECES.findall(text):
        if piece[0].isalnum():
            words.append(normal_word(piece.lower().replace("’", "'")))
        elif words:
            yield words
            words = []
    if words:
        yield words


def build(documents: Iterable[tuple[str, str]], settings: Settings, output: Path) -> dict[str, Any]:
    """Build a model from (source, text) documents and write it; give its header.

    ``settings.weights`` says how much a source's counts weigh. The file appears under its name only when complete.
    """
    corpus = _encode(documents, settings)
    vocabulary = corpus.vocabulary(settings.min_word)
    (keys, values), total = _count_ngrams(corpus, vocabulary, settings)
    header: dict[str, Any] = {
        "name": settings.name,
        "version": settings.version,
        "total": total,
        "vocabulary": int(vocabulary.sum()),
        "smoothing": list(settings.smoothing),
        "corpus": {"documents": corpus.documents, "words": corpus.words, "sources": dict(corpus.sources)},
        "weights": dict(settings.weights),
        "pruning": {
            "word": settings.min_word,
            "bigram": settings.min_bigram,
            "trigram": settings.min_trigram,
            "documents": settings.min_documents,
        },
    }
    return write_model(output, header, ngram_arrays(keys, values))


def ngram_arrays(keys: Keys, values: NDArray[np.uint8]) -> dict[str, NDArray[np.generic]]:
    """Give sorted 48-bit keys and their values as the arrays that ``NgramTable`` reads."""
    buckets = np.searchsorted(keys >> np.uint64(32), np.arange(BUCKETS + 1, dtype=np.uint64))
    return {
        "ngrams.offsets": buckets.astype(np.uint32),
        "ngrams.keys": (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32),
        "ngrams.values": values,
    }


@dataclass(slots=True)
class _Corpus:
    """A corpus as word numbers: sentences between boundary marks, with document and weight of each word."""

    words_by_number: list[str]
    numbers: list[NDArray[np.int32]]
    document_numbers: list[NDArray[np.int32]]
    weights: list[NDArray[np.float32]]
    counts: Counter[int]
    documents: int = 0
    words: int = 0
    sources: Counter[str] = field(default_factory=Counter)

    def vocabulary(self, least: int) -> NDArray[np.bool_]:
        """Tell for each word number whether the word is frequent enough."""
        kept = np.zeros(len(self.words_by_number), bool)
        for number, count in self.counts.items():
            kept[number] = count >= least
        kept[:2] = True
        return kept


def _encode(documents: Iterable[tuple[str, str]], settings: Settings) -> _Corpus:
    numbers: dict[str, int] = {SENTENCE_START: 0, SENTENCE_END: 1}
    corpus = _Corpus([], [], [], [], Counter())
    row: list[int] = []
    owners: list[int] = []
    weights: list[float] = []

    def flush() -> None:
        corpus.numbers.append(np.array(row, np.int32))
        corpus.document_numbers.append(np.array(owners, np.int32))
        corpus.weights.append(np.array(weights, np.float32))
        corpus.counts.update(dict(enumerate(np.bincount(corpus.numbers[-1]).tolist())) if row else {})
        row.clear()
        owners.clear()
        weights.clear()

    for source, text in documents:
        weight = settings.weights.get(source, 1.0)
        length = len(row)
        for words in sentences(text):
            row.append(0)
            for word in words:
                row.append(numbers.setdefault(word, len(numbers)))
            row.append(1)
            corpus.words += len(words)
            corpus.sources[source] += len(words)
        added = len(row) - length
        owners.extend([corpus.documents] * added)
        weights.extend([weight] * added)
        corpus.documents += 1
        if len(row) >= STRETCH:
            flush()
    flush()
    corpus.words_by_number = list(numbers)
    return corpus


def _hashes(corpus: _Corpus) -> Keys:
    return np.array([hash_word(word) for word in corpus.words_by_number], np.uint64)


def _hash_columns(*columns: Keys) -> Keys:
    """Hash rows of word hashes; the same as ``hash_ngram`` for each row."""
    mixed = np.full(len(columns[0]), (len(columns) * 0x27D4EB2F165667C5) & ((1 << 64) - 1), np.uint64)
    for column, multiplier in zip(columns, MULTIPLIERS, strict=False):
        mixed = (mixed ^ column) * np.uint64(multiplier)
        mixed ^= mixed >> np.uint64(29)
    return mixed >> np.uint64(16)


def _count_ngrams(
    corpus: _Corpus, vocabulary: NDArray[np.bool_], settings: Settings
) -> tuple[tuple[Keys, NDArray[np.uint8]], float]:
    hashes = _hashes(corpus)
    reduced = {1: _Reduced(), 2: _Reduced(), 3: _Reduced()}
    for row, owner, weight in zip(corpus.numbers, corpus.document_numbers, corpus.weights, strict=True):
        if not len(row):
            continue
        known = vocabulary[row]
        for order in (1, 2, 3):
            size = len(row) - order + 1
            if size <= 0:
                continue
            good = np.ones(size, bool)
            for shift in range(order):
                good &= known[shift : size + shift]
            for shift in range(order - 1):
                good &= row[shift : size + shift] != 1
            columns = [hashes[row[shift : size + shift]][good] for shift in range(order)]
            reduced[order].add(_hash_columns(*columns), _columns(columns, owner[:size][good], weight[:size][good]))
    keys: list[Keys] = []
    values: list[NDArray[np.uint8]] = []
    total = 0.0
    least = {1: settings.min_word, 2: settings.min_bigram, 3: settings.min_trigram}
    for order, table in reduced.items():
        found, columns_ = table.result()
        kept = (columns_[:, 0] >= least[order]) & (columns_[:, 2] >= settings.min_documents)
        if order == 1:
            total = float(columns_[:, 1].sum())
        keys.append(found[kept])
        values.append(_quantise_counts(columns_[kept, 1]))
    return _sorted(np.concatenate(keys), np.concatenate(values)), total


def _columns(grams: list[Keys], owner: NDArray[np.int32], weight: NDArray[np.float32]) -> Weights:
    """Give count, weight and document count of each occurrence; an n-gram counts once a document."""
    key = _hash_columns(*grams)
    order = np.lexsort((owner, key))
    ordered, owners = key[order], owner[order]
    new = (
        np.concatenate(([True], (ordered[1:] != ordered[:-1]) | (owners[1:] != owners[:-1])))
        if len(key)
        else np.zeros(0, bool)
    )
    columns = np.ones((len(key), 3))
    columns[:, 1] = weight
    columns[order, 2] = new
    return columns


def _quantise_counts(weights: Weights) -> NDArray[np.uint8]:
    logs = np.log(np.maximum(weights, 1e-9))
    return np.clip(np.round(logs / COUNT_STEP) + 1, 1, 255).astype(np.uint8)


def _sorted(keys: Keys, values: NDArray[np.uint8]) -> tuple[Keys, NDArray[np.uint8]]:
    order = np.argsort(keys, kind="stable")
    return keys[order], values[order]
