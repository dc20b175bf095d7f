"""Phrasebook entries as CSV or JSON and back, without loss, and one entry added to a file.

A row is an entry with its examples. Examples that belong to no entry are a row of the section ``examples``.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from normalize.errors import InputError, PhrasebookError
from normalize.phrasebook import NEIGHBOUR_CONDITIONS, Conditions, Entry, Example, Phrasebook, parse
from normalize.phrasebook_source import Source, comments, normal_form, place
from normalize.phrasebook_writer import format_entry, format_example, format_file

SEPARATOR = " | "
LISTS = ("originals", *NEIGHBOUR_CONDITIONS, "change", "keep")
COLUMNS = ("family", "section", "spun", "originals", *NEIGHBOUR_CONDITIONS, "swaps", "change", "keep")
EXAMPLES = "examples"
"""The section of a row that holds examples only."""

Row = dict[str, Any]


def to_rows(book: Phrasebook) -> list[Row]:
    """Give the entries of a phrasebook as rows, sorted; lists are lists, ``swaps`` is a bool."""
    examples: dict[tuple[str, str], dict[str, list[str]]] = {}
    for example in book.examples:
        both = examples.setdefault((example.family, example.spun), {"change": [], "keep": []})
        both["change"] += example.change
        both["keep"] += example.keep
    rows: list[Row] = []
    for entry in sorted(book.entries, key=place):
        row: Row = {"family": entry.family, "section": entry.section, "spun": entry.spun}
        row |= {"originals": list(entry.originals), "swaps": entry.swaps}
        row |= {name: list(getattr(entry.conditions, name)) for name in NEIGHBOUR_CONDITIONS}
        rows.append(row | examples.pop((entry.family, entry.spun), {"change": [], "keep": []}))
    for (family, spun), both in sorted(examples.items()):
        rows.append({"family": family, "section": EXAMPLES, "spun": spun, **both})
    return rows


def format_csv(rows: Iterable[Row]) -> str:
    """Give rows as CSV with a header; the items of a list are joined by ``" | "``.

    Raises:
        InputError: an item holds the separator or blanks at its edges, and would not come back as it is.

    """
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    for row in rows:
        cells = {name: row.get(name, "") for name in ("family", "section", "spun")}
        for name in LISTS:
            items = row.get(name, [])
            cells[name] = SEPARATOR.join(items)
            if _split(cells[name]) != items or _holds_bar(name, items):
                where = f"{row['family']}/{row['section']}/{row['spun']}"
                raise InputError(
                    f"{where}: an item of {name} does not fit into CSV: {cells[name]!r}; use --format json"
                )
        writer.writerow(cells | {"swaps": "true" if row.get("swaps") else ""})
    return out.getvalue()


def format_json(rows: Iterable[Row]) -> str:
    """Give rows as a JSON array, one row a line; empty fields are left out."""
    lines = [json.dumps({name: row[name] for name in COLUMNS if row.get(name)}, ensure_ascii=False) for row in rows]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def read_csv(text: str, name: str) -> Iterator[tuple[int, Row]]:
    """Give the rows of a CSV text with the line each begins on.

    Raises:
        InputError: the header or a row is malformed; the message names file and line.

    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        lacking = [column for column in ("family", "section", "spun", "originals") if column not in header]
        unknown = [column for column in header if column not in COLUMNS]
        if lacking or unknown or len(set(header)) < len(header):
            problem = (
                f"no column {lacking[0]!r}"
                if lacking
                else f"unknown column {unknown[0]!r}"
                if unknown
                else "a column twice"
            )
            raise InputError(f"{name}:1: {problem}; the columns are {', '.join(COLUMNS)}")
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                if len(cells) != len(header):
                    raise InputError(f"{name}:{line}: {len(cells)} cells, but the header has {len(header)}")
                yield line, _from_cells(dict(zip(header, cells, strict=True)), f"{name}:{line}")
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{name}:{reader.line_num}: not CSV: {error}") from None


def _from_cells(cells: dict[str, str], where: str) -> Row:
    swaps = cells.get("swaps", "").strip().lower()
    if swaps not in ("", "true", "false"):
        raise InputError(f"{where}: swaps must be true, false or empty, not {swaps!r}")
    row: Row = {name: cells[name] for name in ("family", "section", "spun")} | {"swaps": swaps == "true"}
    for name in LISTS:
        row[name] = _split(cells.get(name, ""))
        if _holds_bar(name, row[name]):
            raise InputError(f"{where}: {name} must be separated by {SEPARATOR!r}, with blanks: {cells[name]!r}")
    return row


def _split(cell: str) -> list[str]:
    return [item.strip() for item in cell.split(SEPARATOR)] if cell.strip() else []


def _holds_bar(name: str, items: Iterable[str]) -> bool:
    """Tell a bar that was meant as a separator; in sentences it stands between the sides of a mark."""
    return name not in ("change", "keep") and any("|" in item for item in items)


def read_json(text: str, name: str) -> Iterator[tuple[int, Row]]:
    """Give the rows of a JSON array with the line each begins on.

    Raises:
        InputError: the text is no JSON array of objects with the known fields; the message names file and line.

    """
    try:
        rows = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{name}:{error.lineno}: not JSON: {error.msg}") from None
    except RecursionError:
        raise InputError(f"{name}: not a phrasebook: nested too deeply") from None
    if not isinstance(rows, list):
        raise InputError(f"{name}:1: a JSON array of entries is expected")
    decoder, blank = json.JSONDecoder(), re.compile(r"[\s,]*")
    at = text.index("[") + 1
    line, counted = 1, 0
    for _ in rows:
        gap = blank.match(text, at)
        at = gap.end() if gap else at
        line, counted = line + text.count("\n", counted, at), at
        row, at = decoder.raw_decode(text, at)
        yield line, _checked(row, f"{name}:{line}")


def _checked(row: object, where: str) -> Row:
    if not isinstance(row, dict):
        raise InputError(f"{where}: an entry must be a JSON object")
    if unknown := sorted(set(row) - set(COLUMNS)):
        raise InputError(f"{where}: unknown field {unknown[0]!r}; the fields are {', '.join(COLUMNS)}")
    for name in ("family", "section", "spun"):
        if not isinstance(row.get(name), str):
            raise InputError(f"{where}: {name} must be a string")
    for name in LISTS:
        value = row.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise InputError(f"{where}: {name} must be a list of strings")
    if any(0xD800 <= ord(char) < 0xE000 for char in json.dumps(row, ensure_ascii=False)):
        raise InputError(f"{where}: half of a surrogate pair, which no file can hold")
    if not isinstance(row.get("swaps", False), bool):
        raise InputError(f"{where}: swaps must be true or false")
    return row


def from_rows(rows: Iterable[tuple[int, Row]], name: str) -> dict[str, str]:
    """Give the phrasebook text of each family among the rows.

    Raises:
        InputError: a row makes no entry, or stands twice; the message names ``name`` and the line.

    """
    entries: dict[tuple[str, str, str], Entry] = {}
    examples: dict[tuple[str, str], Example] = {}
    for line, row in rows:
        entry, example = _from_row(row, name, line)
        if entry is not None:
            if place(entry) in entries:
                raise InputError(f"{name}:{line}: {entry.spun!r} stands at line {entries[place(entry)].line} already")
            entries[place(entry)] = entry
        if example is not None:
            if (example.family, example.spun) in examples:
                first = examples[example.family, example.spun].line
                raise InputError(f"{name}:{line}: examples of {example.spun!r} stand at line {first} already")
            examples[example.family, example.spun] = example
    families = sorted({key[0] for key in entries} | {key[0] for key in examples})
    if not families:
        raise InputError(f"{name}: no entries")
    return {family: _family_text(family, list(entries.values()), list(examples.values()), name) for family in families}


def _from_row(row: Row, name: str, line: int) -> tuple[Entry | None, Example | None]:
    """Make an entry and its examples of a row, through the parser, so that the same rules hold as for files."""
    family, section, spun = row["family"], row["section"], row["spun"]
    conditions = Conditions(**{key: tuple(row.get(key, [])) for key in NEIGHBOUR_CONDITIONS})
    entry = Entry(family, section, spun, tuple(row.get("originals", [])), conditions, bool(row.get("swaps", False)))
    example = Example(family, spun, tuple(row.get("change", [])), tuple(row.get("keep", [])))
    text = f"family = {json.dumps(family)}\n"
    if section != EXAMPLES:
        if not entry.originals:
            raise InputError(f"{name}:{line}: the entry {spun!r} names no original")
        text += f"[{json.dumps(section)}]\n{format_entry(entry)}\n"
    elif entry.originals or conditions or entry.swaps:
        raise InputError(f"{name}:{line}: a row of examples takes no originals, conditions or swaps")
    if example.change or example.keep:
        text += f"[{EXAMPLES}]\n{format_example(example)}\n"
    try:
        book = parse([(Path(name), text)])
    except PhrasebookError as error:
        raise InputError(f"{name}:{line}: {error.problem}" + (f"; {error.remedy}" if error.remedy else "")) from None
    read = [replace(item, line=line) for item in book.entries]
    shown = [replace(item, line=line) for item in book.examples]
    return (read[0] if read else None), (shown[0] if shown else None)


def _family_text(family: str, entries: Sequence[Entry], examples: Sequence[Example], name: str) -> str:
    mine = [entry for entry in entries if entry.family == family]
    text = format_file(family, mine, [example for example in examples if example.family == family])
    try:
        parse([(Path(name), text)])
    except PhrasebookError as error:  # only rows that are right by themselves and wrong together: a cycle
        lines = {format_entry(entry): entry.line for entry in mine}
        line = lines.get(text.splitlines()[(error.line or 1) - 1], 0)
        raise InputError(f"{name}:{line}: {error.problem}; {error.remedy}") from None
    return text


def add_entry(source: Source | None, entry: Entry) -> str:
    """Give the new text of a phrasebook file with one more entry; ``source`` is None for a new file.

    Raises:
        InputError: the file cannot take the entry without loss.
        PhrasebookError: the entry is malformed; the file already has it.

    """
    path = Path(entry.path)
    if source is None:
        return format_file(entry.family, [entry])
    if source.broken or source.findings or not source.holds_entries:
        raise InputError(f"{path}: cannot take an entry: put it right first with: unspin phrasebook lint {path}")
    if others := comments(source.text)[1]:
        raise InputError(f"{path}:{others[0]}: this comment would be lost; move it to the head of the file")
    if source.family != entry.family:
        raise InputError(f"{path}: the file is of the family {source.family!r}, the entry of {entry.family!r}")
    found = next((old for old in source.entries if place(old) == place(entry)), None)
    if found is not None:
        raise PhrasebookError(path, found.line, f"has the entry {entry.spun!r} already", "edit that line instead")
    return normal_form(replace(source, entries=[*source.entries, entry]))
