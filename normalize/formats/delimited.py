"""CSV and TSV with a header: only the fields that change are written anew, quoted as they were."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, BinaryIO, NamedTuple

import regex

from normalize.errors import InputError
from normalize.formats.batches import (
    BATCH_BYTES,
    PIECE_BYTES,
    PREVIEW,
    Batch,
    Outcome,
    RecordError,
    Result,
    Text,
    Where,
    Work,
    replace_spans,
    settle,
)
from normalize.formats.lines import decoded, skip_to, too_long
from normalize.formats.view import View
from normalize.plan import Edit, apply_edits

_MARK = b"\xef\xbb\xbf"
_DELIMITERS = {"csv": ",;\t|", "tsv": "\t"}
_MAX_HEADER = 1 << 20


class _Header(NamedTuple):
    """What the first row says: the columns, and how fields are parted."""

    delimiter: str
    columns: tuple[str, ...]


class _Rows(NamedTuple):
    """What a worker must know of a batch: the header, and the size of each row in bytes."""

    header: _Header
    sizes: tuple[int, ...]


class _TooLongError(Exception):
    """A row is longer than a record may be."""


class Delimited:
    """Reads and writes CSV or TSV in UTF-8 or any encoding that spells ASCII as ASCII, with double quotes."""

    def __init__(self, name: str) -> None:
        self.name = name

    def batches(self, stream: BinaryIO, start: Mapping[str, int], work: Work) -> Iterator[Batch]:
        """Cut a source into batches of whole rows, the header first.

        Raises:
            InputError: there is no header, or a column that is asked for is not in it.

        """
        return _Cutter(stream, start, work, self.name).batches()

    def work(self, batch: Batch, work: Work) -> Result:
        """Work on a batch of rows."""
        if batch.kind == "header":
            return Result(_widened_header(batch, work))
        result = Result()
        if batch.kind != "records":
            return self.give_up(batch, work, batch.reason)
        rows = []
        record, line, at = batch.record, batch.line, 0
        for size in batch.context.sizes:
            raw = batch.data[at : at + size]
            at += size
            if raw.strip(b"\r\n"):
                rows.append(_row(raw, record, line, batch.context.header, work, result))
                record += 1
            else:
                rows.append(raw)
            line += raw.count(b"\n")
        result.output = b"".join(rows)
        return result

    def split(self, batch: Batch) -> list[Batch]:
        """Cut a batch in two, or give it alone when it holds one row."""
        if batch.kind != "records" or len(batch.context.sizes) < 2:
            return [batch]
        header, sizes = batch.context
        middle = len(sizes) // 2
        cut = sum(sizes[:middle])
        before = batch.data[:cut]
        full, at = 0, 0
        for size in sizes[:middle]:
            full += bool(before[at : at + size].strip(b"\r\n"))
            at += size
        return [
            replace(batch, data=before, context=_Rows(header, sizes[:middle])),
            replace(
                batch,
                data=batch.data[cut:],
                record=batch.record + full,
                line=batch.line + before.count(b"\n"),
                context=_Rows(header, sizes[middle:]),
            ),
        ]

    def give_up(self, batch: Batch, work: Work, reason: str) -> Result:  # noqa: ARG002 - part of the interface
        """Pass the one row of a batch on as it is."""
        result = Result(batch.data)
        if reason:
            result.reject(batch.record, batch.line, reason, batch.data[:PREVIEW])
        return result


class _Cutter:
    """Reads a source and cuts it into batches of whole rows.

    The rows are found by the csv module itself. It is given each byte as one character, so that sizes are bytes.
    """

    def __init__(self, stream: BinaryIO, start: Mapping[str, int], work: Work, name: str) -> None:
        self._stream = stream
        self._start = start
        self._work = work
        self._name = name
        self._taken: list[bytes] = []
        """Lines of the row that is being read."""
        self._taken_size = 0
        self._offset = self._line = 0
        self._record = 1

    def batches(self) -> Iterator[Batch]:
        """Give the batches in order."""
        csv.field_size_limit(max(self._work.max_record, _MAX_HEADER) * 2)
        header = self._read_header()
        raw = self._end_row()
        if not self._start:
            yield Batch(raw, 0, 1, self._place(), kind="header", context=header)
        else:
            self._offset, self._record, self._line = (self._start[key] for key in ("offset", "record", "line"))
            skip_to(self._stream, self._offset)
        yield from self._rows(header)

    def _place(self) -> dict[str, int]:
        return {"offset": self._offset, "record": self._record, "line": self._line}

    def _lines(self, longest: int) -> Iterator[str]:
        """Give the lines for the csv module, and keep what was given since the last row ended."""
        while raw := self._stream.readline(longest + 1):
            self._taken.append(raw)
            self._taken_size += len(raw)
            if self._taken_size > longest:
                raise _TooLongError
            yield raw.decode("latin-1")

    def _end_row(self) -> bytes:
        raw = b"".join(self._taken)
        self._taken, self._taken_size = [], 0
        self._offset += len(raw)
        self._line += raw.count(b"\n") or bool(raw)
        return raw

    def _read_header(self) -> _Header:
        wanted = [*self._work.text_fields, *([self._work.id_field] if self._work.id_field else [])]
        try:
            first = next(self._lines(_MAX_HEADER), "")
        except _TooLongError:
            raise InputError(f"{self._name.upper()}: the first line is too long to be a header") from None
        if "\r" in first.rstrip("\r\n"):
            raise InputError("lines end with a lone carriage return, which is not supported; convert them first")
        raw = self._taken[0].removeprefix(_MARK) if self._taken else b""
        try:
            text = decoded(raw, self._work.encoding)
        except RecordError as error:
            raise InputError(f"the header is {error}") from None
        headers = [
            _Header(delimiter, tuple(next(csv.reader([text], delimiter=delimiter), [])))
            for delimiter in _DELIMITERS[self._name]
        ]
        delimiter, columns = max(headers, key=lambda header: sum(name in header.columns for name in wanted))
        if missing := [name for name in wanted if name not in columns]:
            shown = text.strip()[:200]
            option = "--text-field" if missing[0] in self._work.text_fields else "--id-field"
            raise InputError(f"no column is called {missing[0]!r}; the header is {shown!r}; say which with {option}")
        for name in self._work.added_names:
            if name in columns:
                raise InputError(f"there is a column {name} already; choose another --prefix")
        return _Header(delimiter, columns)

    def _rows(self, header: _Header) -> Iterator[Batch]:
        pending: list[bytes] = []
        size = 0
        first = (self._record, self._line + 1)
        longest = self._work.max_record

        def flush() -> Batch:
            sizes = tuple(map(len, pending))
            return Batch(b"".join(pending), *first, self._place(), context=_Rows(header, sizes))

        reader = csv.reader(self._lines(longest), delimiter=header.delimiter)
        while True:
            too_long = False
            try:
                next(reader)
            except StopIteration:
                break
            except _TooLongError:
                too_long = True
            except csv.Error:
                # The row is found to be broken anew by the worker, which says so.
                reader = csv.reader(self._lines(longest), delimiter=header.delimiter)
            if too_long:
                if pending:
                    yield flush()
                    pending, size = [], 0
                first = (self._record, self._line + 1)
                yield from self._long_row(first)
                first = (self._record, self._line + 1)
                reader = csv.reader(self._lines(longest), delimiter=header.delimiter)
                continue
            raw = self._end_row()
            pending.append(raw)
            size += len(raw)
            self._record += bool(raw.strip(b"\r\n"))
            if size >= BATCH_BYTES:
                yield flush()
                pending, size, first = [], 0, (self._record, self._line + 1)
        if self._taken:  # the csv module gives no row for an unclosed quotation at the end
            pending.append(self._end_row())
        if pending:
            yield flush()

    def _long_row(self, first: tuple[int, int]) -> Iterator[Batch]:
        """Pass a row on that is too long, piece by piece, up to a line end outside quotation marks.

        Only the first piece names the reason, only the last one has an end.
        """
        reason = too_long(self._work.max_record)
        start, lines, quotes = self._line, 0, 0
        data = b"".join(self._taken)
        self._taken, self._taken_size = [], 0
        while data:
            lines += data.count(b"\n")
            quotes += data.count(b'"')
            self._offset += len(data)
            following = b"" if data.endswith(b"\n") and quotes % 2 == 0 else self._piece(quotes)
            if not following:
                self._record += 1
                self._line = start + max(1, lines)
            end = {} if following else self._place()
            yield Batch(data, *first, end, kind="verbatim", reason=reason)
            reason, data = "", following

    def _piece(self, quotes: int) -> bytes:
        """Read on to where the row may end, given the quotation marks so far, or until the piece is large enough."""
        lines: list[bytes] = []
        size = 0
        while size < PIECE_BYTES and (line := self._stream.readline(PIECE_BYTES)):
            lines.append(line)
            size += len(line)
            quotes += line.count(b'"')
            if quotes % 2 == 0 and line.endswith(b"\n"):
                break
        return b"".join(lines)


def _widened_header(batch: Batch, work: Work) -> bytes:
    """Give the header with the names of the added columns."""
    if not work.added_names:
        return batch.data
    body = batch.data.rstrip(b"\r\n")
    names = _cells(list(work.added_names), batch.context.delimiter).encode(work.encoding)
    return body + names + batch.data[len(body) :]


def _cells(values: Sequence[Any], delimiter: str) -> str:
    """Write values as further fields of a row."""
    buffer = io.StringIO()
    shown = [json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value for value in values]
    csv.writer(buffer, delimiter=delimiter, lineterminator="").writerow(["", *shown])
    return buffer.getvalue()


def _row(raw: bytes, record: int, line: int, header: _Header, work: Work, result: Result) -> bytes:
    whole = False
    try:
        text = decoded(raw, work.encoding)
        fields = _fields(text, header.delimiter)
        if len(fields) != len(header.columns):
            raise RecordError(f"{len(fields)} fields where the header has {len(header.columns)}")
        whole = True
        indexes = [header.columns.index(name) for name in work.text_fields]
        texts = [
            Text(name, fields[index].value, fields[index].start, partial(_field_view, text, fields[index], header))
            for name, index in zip(work.text_fields, indexes, strict=True)
        ]
        named = fields[header.columns.index(work.id_field)].value if work.id_field else None
        outcome = work.record(texts, named, where=Where(record, line, text))
        new = _rewritten(text, [fields[index] for index in indexes], outcome, header.delimiter, work)
        settle(result, outcome)
    except RecordError as error:
        result.reject(record, line, str(error), raw.rstrip(b"\r\n"))
        if not whole or not work.added_names:
            return raw
        new = _with_cells(text, work.failed(str(error)), header.delimiter)
    return new.encode(work.encoding, "surrogateescape")


class _Field(NamedTuple):
    """A field of a row: what it says, and where it stands."""

    value: str
    start: int
    end: int
    quoted: bool


def _fields(row: str, delimiter: str) -> list[_Field]:
    """Give the fields of a row as the csv module reads them, with their places.

    Raises:
        RecordError: the row is malformed.

    """
    try:
        values = next(csv.reader(io.StringIO(row, newline=""), delimiter=delimiter, strict=False))
    except (csv.Error, StopIteration) as error:
        raise RecordError(f"not a row: {error}") from None
    pattern = regex.compile(rf'(?P<quoted>"(?:[^"]++|"")*+"?+)?+[^{regex.escape(delimiter)}\r\n]*+')
    fields: list[_Field] = []
    at = 0
    for value in values:
        found = pattern.match(row, at)
        quoted = found is not None and found["quoted"] is not None
        end = found.end() if found is not None else at
        if _unquoted(row[at:end]) != value:
            raise RecordError("not a row: its quotation marks are out of order")
        fields.append(_Field(value, at, end, quoted))
        at = end + 1
    if row[at - 1 :].strip("\r\n"):
        raise RecordError("not a row: its quotation marks are out of order")
    return fields


def _unquoted(field: str) -> str:
    if not field.startswith('"'):
        return field
    close = len(field) - 1 if field.endswith('"') and len(field) > 1 else len(field)
    return field[1:close].replace('""', '"')


def _rewritten(row: str, fields: Sequence[_Field], outcome: Outcome, delimiter: str, work: Work) -> str:
    changes: list[tuple[int, int, str]] = []
    for number, field in enumerate(fields):
        if outcome.instead is not None:
            changes.append((field.start, field.end, _written(outcome.instead[number], delimiter, field.quoted)))
        elif work.restores and outcome.edits[number]:
            changes += _changes(row, field, outcome.edits[number], delimiter)
    return _with_cells(replace_spans(row, sorted(changes)), outcome.added, delimiter)


def _changes(row: str, field: _Field, edits: Sequence[Edit], delimiter: str) -> list[tuple[int, int, str]]:
    if not field.quoted:
        new = _written(apply_edits(field.value, tuple(edits)), delimiter, quoted=False)
        return [(field.start, field.end, new)]
    view = quoted_view(row[field.start : field.end])
    changes = []
    for edit in edits:
        placed = view.place(edit)
        if placed is None:
            raise RecordError("an edit does not fit the field")
        changes.append((field.start + placed.start, field.start + placed.end, placed.after))
    return changes


def _field_view(row: str, field: _Field, header: _Header) -> View:
    """Give what a field says, with a map back to it; raises RecordError for new words that need quotation marks."""
    literal = row[field.start : field.end]
    if field.quoted:
        return quoted_view(literal)

    def unquoted(text: str) -> str:
        if _written(text, header.delimiter, quoted=False) != text:
            raise RecordError("new words need quotation marks around the field")
        return text

    view = View(literal, unquoted)
    view.show(0, len(literal))
    return view


def quoted_view(field: str) -> View:
    """Give what a quoted field says, with a map back to it."""
    view = View(field, lambda text: text.replace('"', '""'))
    at = 1
    while (quote := field.find('""', at, len(field) - 1)) >= 0:
        view.show(at, quote)
        view.show_as('"', quote, quote + 2)
        at = quote + 2
    view.show(at, len(field) - field.endswith('"'))
    return view


def _written(value: str, delimiter: str, quoted: bool) -> str:
    if quoted or any(mark in value for mark in (delimiter, '"', "\r", "\n")):
        return '"' + value.replace('"', '""') + '"'
    return value


def _with_cells(row: str, added: Mapping[str, Any], delimiter: str) -> str:
    if not added:
        return row
    body = row.rstrip("\r\n")
    return body + _cells(list(added.values()), delimiter) + row[len(body) :]
