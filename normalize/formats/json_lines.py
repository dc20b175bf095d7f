"""JSON Lines: a JSON object a line. Only the strings that change are written anew; everything else keeps its bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, BinaryIO, NamedTuple

import regex

from normalize.formats.batches import (
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
from normalize.formats.lines import LineCutter, decoded, halves
from normalize.formats.view import View
from normalize.plan import Edit

_BLANK = regex.compile(r"[ \t\n\r]*+")
_ESCAPE = regex.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)")
# A number is never written anew, so its value does not matter, and float takes any length.
_DECODER = json.JSONDecoder(parse_int=float, strict=False)


class _Found(NamedTuple):
    """A string of a record: what it says, where its literal stands in the line, and for which of the paths."""

    value: str
    start: int
    end: int
    number: int


class JsonLines:
    """Reads and writes JSON Lines."""

    name = "jsonl"

    def batches(self, stream: BinaryIO, start: Mapping[str, int], work: Work) -> Iterator[Batch]:
        """Cut a source into batches of whole lines."""
        return LineCutter(stream, start, work.max_record).batches()

    def work(self, batch: Batch, work: Work) -> Result:
        """Work on a batch of lines."""
        result = Result()
        if batch.kind != "records":
            return self.give_up(batch, work, batch.reason)
        lines = []
        record, line = batch.record, batch.line
        for raw in _lines(batch.data):
            if raw.strip():
                lines.append(self._line(raw, record, line, work, result))
                record += 1
            else:
                lines.append(raw)
            line += 1
        result.output = b"".join(lines)
        return result

    def _line(self, raw: bytes, record: int, line: int, work: Work, result: Result) -> bytes:
        mark = b"\xef\xbb\xbf" if line == 1 and raw.startswith(b"\xef\xbb\xbf") else b""
        body = raw[len(mark) :]
        scan: _Scan | None = None
        try:
            text = decoded(body, work.encoding)
            scan = _Scan(text, work)
            outcome = work.record(scan.texts(), scan.identity(), where=Where(record, line, text))
            new = scan.rewrite(outcome, work)
            settle(result, outcome)
        except RecordError as error:
            result.reject(record, line, str(error), body.rstrip(b"\r\n"))
            if scan is None or not work.added_names or scan.clash:
                return raw
            new = scan.rewrite(Outcome([() for _ in scan.found], work.failed(str(error))), work)
        return raw if new is text else mark + new.encode(work.encoding)  # most lines are as they were

    def split(self, batch: Batch) -> list[Batch]:
        """Cut a batch in two, or give it alone when it holds one record."""
        return halves(batch, _lines(batch.data))

    def give_up(self, batch: Batch, work: Work, reason: str) -> Result:  # noqa: ARG002 - part of the interface
        """Pass the one record of a batch on as it is."""
        result = Result(batch.data)
        if reason:
            result.reject(batch.record, batch.line, reason, batch.data[:PREVIEW])
        return result


def _lines(data: bytes) -> list[bytes]:
    """Cut at line feeds only: a lone carriage return is a blank of JSON."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


class _Scan:
    """A line read: its texts, and where they stand.

    Raises:
        RecordError: the line is not a JSON object, a text is no string, or a field to add is there already.

    """

    def __init__(self, source: str, work: Work) -> None:
        self.source = source
        self.found: dict[str, _Found] = {}
        self.clash = ""
        self._identity: str | None = None
        self._empty = True
        wanted = [tuple(path.split(".")) for path in work.text_fields]
        named = tuple(work.id_field.split(".")) if work.id_field else None
        self._added = frozenset(work.added_names)
        try:
            at = _skip(source, 0)
            if source[at : at + 1] != "{":
                raise RecordError("not a JSON object")
            self._named = named
            self._wrong = ""
            end = self._object(at, [(path, "", number) for number, path in enumerate(wanted)], named, outermost=True)
            self._brace = end - 1
            if _skip(source, end) != len(source):
                raise RecordError(f"not JSON: more than one value (column {end + 1})")
        except json.JSONDecodeError as error:
            raise RecordError(f"not JSON: {error.msg} (column {error.colno})") from None
        except RecursionError:
            raise RecordError("not JSON: it is nested too deeply") from None

    def texts(self) -> list[Text]:
        """Give the texts in the order of the paths asked for, and below one path in that of the record.

        Raises:
            RecordError: one is no string, or a field to add is there already.

        """
        if self.clash:
            raise RecordError(f"it has a field {self.clash} already; choose another --prefix")
        if self._wrong:
            raise RecordError(self._wrong)
        self.found = dict(sorted(self.found.items(), key=lambda item: (item[1].number, item[1].start)))
        return [
            Text(path, found.value, found.start, partial(_written, self.source, found))
            for path, found in self.found.items()
        ]

    def identity(self) -> str | None:
        """Give the value of the id field as it is written."""
        return self._identity

    def rewrite(self, outcome: Outcome, work: Work) -> str:
        """Give the line with its texts changed and its fields added."""
        changes: list[tuple[int, int, str]] = []
        for number, found in enumerate(self.found.values()):
            if outcome.instead is not None:
                literal = json.dumps(outcome.instead[number], ensure_ascii=self.source.isascii())
                changes.append((found.start, found.end, literal))
            elif work.restores:
                changes += _literal_changes(self.source, found, outcome.edits[number])
        changes.sort()
        if outcome.added:
            members = ", ".join(f"{json.dumps(name)}: {self._json(value)}" for name, value in outcome.added.items())
            changes.append((self._brace, self._brace, members if self._empty else f", {members}"))
        return replace_spans(self.source, changes)

    def _json(self, value: Any) -> str:
        text = json.dumps(value, ensure_ascii=self.source.isascii())
        return text if text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text) else json.dumps(value)

    def _object(self, at: int, paths: Paths, named: Sequence[str] | None, *, outermost: bool = False) -> int:
        """Read the object at an offset; gives the offset behind it."""
        source = self.source
        at = _skip(source, at + 1)
        if source[at : at + 1] == "}":
            return at + 1
        while True:
            if source[at : at + 1] != '"':
                raise json.JSONDecodeError("a name in double quotes is needed", source, at)
            key, at = scanstring(source, at + 1, False)
            if outermost:
                self._empty = False
                if key in self._added:
                    self.clash = key
            at = _skip(source, at)
            if source[at : at + 1] != ":":
                raise json.JSONDecodeError("a colon is missing", source, at)
            at = _skip(source, at + 1)
            start = at
            at = self._value(at, _below(paths, key), named[1:] if named and named[0] == key else None)
            if named and named[0] == key and len(named) == 1:
                self._identity = _plain(source[start:at])
            at = _skip(source, at)
            mark = source[at : at + 1]
            if mark == "}":
                return at + 1
            if mark != ",":
                raise json.JSONDecodeError("a comma or a closing brace is missing", source, at)
            at = _skip(source, at + 1)

    def _list(self, at: int, paths: Paths) -> int:
        source = self.source
        at = _skip(source, at + 1)
        if source[at : at + 1] == "]":
            return at + 1
        index = 0
        while True:
            at = self._value(at, [(rest, f"{label}[{index}]", number) for rest, label, number in paths], None)
            index += 1
            at = _skip(source, at)
            mark = source[at : at + 1]
            if mark == "]":
                return at + 1
            if mark != ",":
                raise json.JSONDecodeError("a comma or a closing bracket is missing", source, at)
            at = _skip(source, at + 1)

    def _value(self, at: int, paths: Paths, named: Sequence[str] | None) -> int:
        """Read the value at an offset, noting it where a path ends here; gives the offset behind it."""
        source = self.source
        mark = source[at : at + 1]
        if mark == "{" and (any(rest for rest, _, _ in paths) or named):
            return self._object(at, paths, named)
        if mark == "[" and paths:
            return self._list(at, paths)
        value, end = _DECODER.raw_decode(source, at)
        for rest, label, number in paths:
            if rest or value is None:
                continue
            if isinstance(value, str):
                self.found.pop(label, None)
                self.found[label] = _Found(value, at, end, number)
            else:
                self._wrong = f"{label} is {_KINDS.get(type(value), 'no text')}, not a text"
        return end


Paths = Sequence[tuple[tuple[str, ...], str, int]]
"""What is left of each path from here on, the label of what led here, and the number of the path."""
_KINDS: Mapping[type, str] = {float: "a number", bool: "true or false", dict: "an object", list: "a list"}


def _skip(source: str, at: int) -> int:
    found = _BLANK.match(source, at)
    return found.end() if found else at


def _below(paths: Paths, key: str) -> Paths:
    """Give what is left of the paths below a name, which may itself hold dots."""
    found: list[tuple[tuple[str, ...], str, int]] = []
    for rest, label, number in paths:
        full = f"{label}.{key}" if label else key
        if rest[:1] == (key,):
            found.append((rest[1:], full, number))
        elif len(rest) > 1 and ".".join(rest) == key:
            found.append(((), full, number))
    return found


def _plain(literal: str) -> str:
    return str(json.loads(literal)) if literal.startswith('"') else literal


def _literal_changes(source: str, found: _Found, edits: Sequence[Edit]) -> list[tuple[int, int, str]]:
    """Give the edits of a string as changes of the line: escapes outside the edits keep their spelling."""
    if not edits:
        return []
    view = _written(source, found)
    changes = []
    for edit in edits:
        placed = view.place(edit)
        if placed is None:  # an edit that takes in half a character cannot be: every escape is one character
            raise RecordError("an edit does not fit the string")
        changes.append((found.start + placed.start, found.start + placed.end, placed.after))
    return changes


def _written(source: str, found: _Found) -> View:
    return string_view(source[found.start : found.end])


def string_view(literal: str) -> View:
    """Give what a JSON string says, with a map back to its literal."""
    ascii_only = literal.isascii()
    view = View(literal, lambda text: json.dumps(text, ensure_ascii=ascii_only)[1:-1])
    at = 1
    for escape in _ESCAPE.finditer(literal, 1, len(literal) - 1):
        view.show(at, escape.start())
        view.show_as(json.loads(f'"{escape[0]}"'), escape.start(), escape.end())
        at = escape.end()
    view.show(at, len(literal) - 1)
    return view
