"""Which format a corpus has, by name or by the ending of a file."""

from __future__ import annotations

from collections.abc import Sequence

from normalize.errors import InputError
from normalize.formats.batches import Format
from normalize.formats.packing import inner_suffix

CORPUS_SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".arrows": "arrow",
    ".warc": "warc",
}
"""Files with these endings, also with .gz or .zst behind them, hold many records."""
CORPUS_FORMATS = ("jsonl", "csv", "tsv", "parquet", "arrow", "warc")
TEXT_FORMATS = ("text", "markdown", "html")
FORMATS = (*TEXT_FORMATS, *CORPUS_FORMATS)


def corpus_format(name: str) -> str | None:
    """Give the format of a file that holds many records, by the ending of its name; None for a single text."""
    return CORPUS_SUFFIXES.get(inner_suffix(name))


def refuse_records(name: str, remedy: str, taken: Sequence[str] = ()) -> None:
    """Refuse a file that its name says holds many records, where a single text is wanted: it is no text.

    ``remedy`` says what to do instead; the formats ``taken`` are not refused.

    Raises:
        InputError: it is such a file.

    """
    if corpus_format(name) not in (None, *taken):
        raise InputError(f"{name}: holds many records; {remedy}")


def is_json_lines(text: str) -> bool:
    """Tell whether a text of unknown kind is JSON Lines, by its first line; no article begins with a JSON object."""
    head = text.lstrip()
    if not head.startswith("{"):
        return False
    import json

    try:
        return isinstance(json.loads(head.split("\n", 1)[0]), dict)
    except (ValueError, RecursionError):
        return False


def make_format(name: str) -> Format:
    """Give the reader and writer of a format.

    Raises:
        InputError: no format has this name, or what it needs is not installed.

    """
    if name == "jsonl":
        from normalize.formats.json_lines import JsonLines

        return JsonLines()
    if name in ("csv", "tsv"):
        from normalize.formats.delimited import Delimited

        return Delimited(name)
    if name in ("parquet", "arrow"):
        from normalize.formats.arrow_files import ArrowFiles

        return ArrowFiles(name)
    if name == "warc":
        from normalize.formats.web_archives import WebArchives

        return WebArchives()
    raise InputError(f"no format is called {name!r}; choose from {', '.join(FORMATS)}")
