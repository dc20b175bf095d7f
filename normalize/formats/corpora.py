"""Corpora to count in: JSON Lines, plain or gzipped, and text files."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from normalize.errors import InputError
from normalize.formats.files import read_document


def read_corpus(paths: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Give (source, text) of each document, one at a time: a corpus need not fit into memory.

    ``.jsonl`` and ``.jsonl.gz`` hold objects with a ``text`` and, if known, a ``source``; any other file is one text,
    and its name the source.

    Raises:
        InputError: a file is missing or a record is malformed; the message names file and line.

    """
    for path in paths:
        if not path.is_file():
            raise InputError(f"{path}: no such file")
        if path.name.endswith((".jsonl", ".jsonl.gz")):
            yield from _records(path)
        else:
            yield path.name, read_document(str(path)).text


def _records(path: Path) -> Iterator[tuple[str, str]]:
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _document(line, path, number)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}:{number + 1}: cannot be read: {error}") from None


def _document(line: bytes, path: Path, number: int) -> tuple[str, str]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}:{number}: not JSON: {error}") from None
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise InputError(f'{path}:{number}: a JSON object with the text "text" is needed')
    return str(record.get("source", path.name)), record["text"]
