"""Arrow tables: restore the text columns of a table, row by row, and leave all other columns as they are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from normalize.errors import InputError
from normalize.formats.batches import RecordError, Result, Text, Where, Work, settle
from normalize.formats.lines import too_long
from normalize.plan import apply_edits

if TYPE_CHECKING:
    import pyarrow as pa

_ADDED_TYPES = {"probability": "float64", "edits": "int64"}
"""Arrow types of added columns; all others are strings, a plan as JSON."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A column that texts are in: its index, its name, and what of the path is left inside it."""

    index: int
    name: str
    rest: tuple[str, ...]


@dataclass(slots=True)
class _Slot:
    """A text of a row, and where to put a new one: in ``holder`` under ``key``."""

    text: Text
    holder: Any
    key: Any


def find_columns(schema: pa.Schema, work: Work) -> list[_Column]:
    """Give the columns that hold the texts.

    Raises:
        InputError: a column does not exist or holds no text, or one to be added is there already.

    """
    names = schema.names
    columns = []
    for path in work.text_fields:
        parts = path.split(".")
        name = path if path in names else parts[0]
        if name not in names:
            shown = ", ".join(names[:20]) + (" …" if len(names) > 20 else "")
            raise InputError(f"no column is called {path!r}; there are {shown}; say which with --text-field")
        rest = () if name == path else tuple(parts[1:])
        kind = schema.field(name).type
        if not _may_hold_text(kind):
            raise InputError(f"the column {name} is {kind}, not text")
        columns.append(_Column(names.index(name), name, rest))
    for name in work.added_names:
        if name in names:
            raise InputError(f"there is a column {name} already; choose another --prefix")
    if work.id_field and work.id_field.split(".")[0] not in names:
        raise InputError(f"no column is called {work.id_field!r}; say which with --id-field")
    return columns


def _may_hold_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _may_hold_text(kind.value_type)
    views = getattr(pa.types, "is_string_view", lambda _: False)
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or views(kind) or pa.types.is_nested(kind)
        or pa.types.is_null(kind)
    )  # fmt: skip


def restore_table(table: pa.Table, work: Work, first: int = 1) -> tuple[pa.Table, Result]:
    """Give the table with restored texts and added columns, and what was counted; ``first`` numbers its first row.

    Rows whose text is missing stay as they are, and are among the rejects of the result.

    Raises:
        InputError: a column does not exist or holds no text, or one to be added is there already.

    """
    columns = find_columns(table.schema, work)
    values = {column.index: table.column(column.index).to_pylist() for column in columns}
    names = _identities(table, work.id_field)
    result = Result()
    added: list[Mapping[str, Any]] = []
    changed: set[int] = set()
    for row in range(table.num_rows):
        try:
            slots = list(_slots(columns, values, row))
            if any(len(slot.text.value) > work.max_record for slot in slots):
                raise RecordError(too_long(work.max_record))
            identity = names[row] if names else None
            outcome = work.record([slot.text for slot in slots], identity, where=Where(first + row))
            settle(result, outcome)
            added.append(outcome.added)
            for number, slot in enumerate(slots):
                new = slot.text.value
                if outcome.instead is not None:
                    new = outcome.instead[number]
                elif work.restores:
                    new = apply_edits(new, tuple(outcome.edits[number]))
                if new != slot.text.value:
                    slot.holder[slot.key] = new
                    changed.update(column.index for column in columns if _leads_to(column, slot.text.path))
        except RecordError as error:
            result.reject(first + row, 0, str(error), _raw(columns, values, row))
            added.append(work.failed(str(error)))
    return _with_added(_with_changed(table, values, changed), added, work.added_names), result


def _leads_to(column: _Column, path: str) -> bool:
    return path == column.name or path.startswith((f"{column.name}.", f"{column.name}["))


def _slots(columns: Sequence[_Column], values: Mapping[int, list[Any]], row: int) -> Iterator[_Slot]:
    for column in columns:
        yield from _inside(values[column.index], row, column.name, column.rest)


def _inside(holder: Any, key: Any, label: str, rest: tuple[str, ...]) -> Iterator[_Slot]:
    """Give the texts at the end of a path through objects and lists.

    Raises:
        RecordError: what is there is no text.

    """
    value = holder[key]
    if value is None:
        return
    if isinstance(value, list):
        for index in range(len(value)):
            yield from _inside(value, index, f"{label}[{index}]", rest)
    elif rest:
        if not isinstance(value, dict):
            raise RecordError(f"{label} has no field {rest[0]}")
        if rest[0] in value:
            yield from _inside(value, rest[0], f"{label}.{rest[0]}", rest[1:])
    elif isinstance(value, str):
        yield _Slot(Text(label, value), holder, key)
    else:
        raise RecordError(f"{label} is {type(value).__name__}, not a text")


def _identities(table: pa.Table, path: str | None) -> list[str | None] | None:
    if path is None:
        return None
    name, *rest = [path] if path in table.schema.names else path.split(".")
    found = []
    for value in table.column(name).to_pylist():
        inner = value
        for part in rest:
            inner = inner.get(part) if isinstance(inner, dict) else None
        found.append(None if inner is None else str(inner))
    return found


def _raw(columns: Sequence[_Column], values: Mapping[int, list[Any]], row: int) -> bytes:
    shown = {column.name: values[column.index][row] for column in columns}
    return json.dumps(shown, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace")


def _with_changed(table: pa.Table, values: Mapping[int, list[Any]], changed: set[int]) -> pa.Table:
    import pyarrow as pa

    for index in sorted(changed):
        field = table.schema.field(index)
        table = table.set_column(index, field, pa.array(values[index], type=field.type))
    return table


def _with_added(table: pa.Table, added: Sequence[Mapping[str, Any]], names: Sequence[str]) -> pa.Table:
    import pyarrow as pa

    for name in names:
        values = [row[name] for row in added]
        shown = [json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value for value in values]
        table = table.append_column(added_field(name), pa.array(shown, type=added_field(name).type))
    return table


def added_field(name: str) -> pa.Field:
    """Give the Arrow field of an added column."""
    import pyarrow as pa

    kind = next((kind for ending, kind in _ADDED_TYPES.items() if name.endswith(ending)), "string")
    return pa.field(name, getattr(pa, kind)())
