"""Cut a source into batches of whole lines, with memory bounded whatever the length of a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO

from normalize.formats.batches import BATCH_BYTES, PIECE_BYTES, Batch, RecordError


class LineCutter:
    """Reads a source line by line and gives batches of about ``BATCH_BYTES`` bytes.

    A line of more than ``max_record`` bytes is one record that is passed on in pieces.
    """

    def __init__(self, stream: BinaryIO, start: Mapping[str, int], max_record: int) -> None:
        self.offset, self.record, self.line = start.get("offset", 0), start.get("record", 1), start.get("line", 1)
        self._stream = stream
        self._longest = max_record
        self._pending: list[bytes] = []
        self._size = 0
        self._first = (self.record, self.line)
        skip_to(stream, self.offset)

    def batches(self) -> Iterator[Batch]:
        """Give the batches in order."""
        while raw := self._stream.readline(self._longest + 1):
            if len(raw) > self._longest:
                if self._pending:
                    yield self._flush()
                yield from self._long_line(raw)
                continue
            self._take(raw)
            self.record += bool(raw.strip())
            self.line += 1
            if self._size >= BATCH_BYTES:
                yield self._flush()
        if self._pending:
            yield self._flush()

    def _take(self, raw: bytes) -> None:
        self._pending.append(raw)
        self._size += len(raw)
        self.offset += len(raw)

    def _flush(self, kind: str = "records", reason: str = "", *, ends: bool = True) -> Batch:
        end = {"offset": self.offset, "record": self.record, "line": self.line} if ends else {}
        batch = Batch(b"".join(self._pending), *self._first, end, kind=kind, reason=reason)
        self._pending, self._size = [], 0
        if ends:
            self._first = (self.record, self.line)
        return batch

    def _long_line(self, raw: bytes) -> Iterator[Batch]:
        """Pass a long line on, piece by piece; only the first one names the reason, only the last one has an end."""
        reason = too_long(self._longest)
        while raw:
            self._take(raw)
            following = b"" if raw.endswith(b"\n") else self._stream.readline(PIECE_BYTES)
            if not following:
                self.record += 1
                self.line += 1
            yield self._flush("verbatim", reason, ends=not following)
            reason, raw = "", following


def too_long(longest: int) -> str:
    """Say why a record of more than so many bytes was not worked on."""
    return f"longer than {longest:,} bytes; see --max-record"


def skip_to(stream: BinaryIO, offset: int) -> None:
    """Bring a fresh stream to an offset; a packed one is read up to there."""
    if offset:
        stream.seek(offset)


def decoded(data: bytes, encoding: str) -> str:
    """Decode a record.

    Raises:
        RecordError: it is not in its encoding; the message says at which of its bytes.

    """
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise RecordError(f"not valid {encoding.upper()} at byte {error.start + 1} of the record") from None


def halves(batch: Batch, lines: Sequence[bytes]) -> list[Batch]:
    """Cut a batch of lines in two, or give it alone when it holds one record."""
    full = [number for number, line in enumerate(lines) if line.strip()]
    if len(full) < 2 or batch.kind != "records":
        return [batch]
    middle = full[len(full) // 2]
    return [
        replace(batch, data=b"".join(lines[:middle])),
        replace(
            batch,
            data=b"".join(lines[middle:]),
            record=batch.record + len(full) // 2,
            line=batch.line + middle,
        ),
    ]
