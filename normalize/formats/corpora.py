"""Corpora to count in: JSON Lines, packed or not, and text files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from normalize.errors import InputError
from normalize.formats.files import read_document
from normalize.formats.kinds import corpus_format, refuse_records
from normalize.formats.packing import faults, open_packed, packing_of


def read_corpus(paths: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Give (source, text) of each document, one at a time: a corpus need not fit into memory.

    ``.jsonl`` and ``.ndjson``, packed or not, hold objects with a ``text`` and, if known, a ``source``; any other file
    is one text, and its name the source.

    Raises:
        InputError: a file is missing, holds records in another format, or a record is malformed; the message names file
            and line.

    """
    for path in paths:
        if not path.is_file():
            raise InputError(f"{path}: no such file")
        refuse_records(str(path), "only those of JSON Lines are read here", taken=("jsonl",))
        if corpus_format(path.name) == "jsonl":
            yield from _records(path)
        else:
            yield path.name, read_document(str(path)).text


def _records(path: Path) -> Iterator[tuple[str, str]]:
    number = 0
    try:
        with path.open("rb") as raw:
            for number, line in enumerate(open_packed(raw, packing_of(path.name)), 1):
                if line.strip():
                    yield _document(line, path, number)
    except faults() as error:
        raise InputError(f"{path}:{number + 1}: cannot be read: {error}") from None


def _document(line: bytes, path: Path, number: int) -> tuple[str, str]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}:{number}: not JSON: {error}") from None
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise InputError(f'{path}:{number}: a JSON object with the text "text" is needed')
    return str(record.get("source", path.name)), record["text"]
