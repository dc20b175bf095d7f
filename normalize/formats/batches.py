"""What a corpus is cut into for the workers, and what they give back. Plain data that travels between processes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Protocol

from normalize.plan import Edit

if TYPE_CHECKING:
    from normalize.formats.view import View

BATCH_BYTES = 1 << 16
"""Bytes of records that go to a worker at a time: about a second of work where all of it is spun."""
PIECE_BYTES = 1 << 20
"""Bytes of an over-long record that are copied at a time."""
PREVIEW = 4096
"""Bytes of an over-long record that go to the rejects."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive records of a source as they stand.

    ``record`` and ``line`` are the numbers, from 1, of the first record and of its line (0 where a format has no
    lines). ``end`` is where the reader stands after it, in a form that ``Format.batches`` takes up
    again; it is empty inside a record that comes in pieces.  ``kind`` says what it holds: ``records``, a ``header``, or
    a piece that is passed on ``verbatim``. ``context`` is what a worker must know of the source (column names).
    """

    data: bytes
    record: int
    line: int
    end: Mapping[str, int]
    kind: str = "records"
    context: Any = None
    reason: str = ""
    """For a verbatim piece that begins a record that cannot be worked on: why."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that was passed on as it is, and why. ``raw`` is the record, or its beginning where it is over-long."""

    record: int
    line: int
    reason: str
    raw: bytes

    def to_json(self, source: str) -> bytes:
        """Give the line of the rejects file, as JSON; a record that is not UTF-8 is given as Base64."""
        data: dict[str, Any] = {"source": source, "record": self.record}
        if self.line:
            data["line"] = self.line
        data["reason"] = self.reason
        try:
            data["raw"] = self.raw.decode()
        except UnicodeDecodeError:
            data["raw_base64"] = base64.b64encode(self.raw).decode()
        return json.dumps(data, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


COUNTED = ("records", "spun", "suspicious", "clean", "changed", "edits", "rejected")
"""What is counted of a corpus; ``changed`` counts records with an edit."""


@dataclass(slots=True)
class Result:
    """What became of a batch: bytes for the output, rejects, and counts under the names of ``COUNTED``."""

    output: bytes = b""
    rejects: list[Reject] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, name: str, number: int = 1) -> None:
        """Add to a count."""
        self.counts[name] = self.counts.get(name, 0) + number

    def reject(self, record: int, line: int, reason: str, raw: bytes) -> None:
        """Note a record that could not be worked on."""
        self.count("records")
        self.count("rejected")
        self.rejects.append(Reject(record, line, reason, raw))


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a record, with the path that led to it (``body``, ``sections[2].text``).

    ``written`` gives how it is written in the source of the record, from the character ``start`` on, with its quotation
    marks and escapes; None where a format does not write it as characters. It is only asked for where a place in the
    file is wanted.
    """

    path: str
    value: str
    start: int = 0
    written: Callable[[], View] | None = field(default=None, compare=False)


class Where(NamedTuple):
    """Where a record stands: its number, its line in the file, both from 1, and its source.

    The line is 0 and the source empty where a format has no lines.
    """

    record: int
    line: int = 0
    source: str = ""


@dataclass(slots=True)
class Outcome:
    """What became of a record.

    ``edits`` lists those of each of its texts, ``added`` the values to add by field name, ``label`` is the verdict.
    ``instead`` holds whole new texts where the old ones were not edited but extracted from; None otherwise.
    """

    edits: Sequence[Sequence[Edit]]
    added: Mapping[str, Any]
    label: str = "clean"
    instead: Sequence[str] | None = None


class RecordError(Exception):
    """A record cannot be worked on; the text says why."""


class Work(Protocol):
    """What a format asks of a worker."""

    @property
    def max_record(self) -> int:
        """Largest record in bytes that is worked on."""

    @property
    def encoding(self) -> str:
        """Encoding of the source."""

    @property
    def text_fields(self) -> Sequence[str]:
        """Paths of the fields that hold the texts."""

    @property
    def id_field(self) -> str | None:
        """Path of the field that names a record, for its plan."""

    @property
    def restores(self) -> bool:
        """Tell whether restored texts are written back."""

    @property
    def extracts(self) -> bool:
        """Tell whether only the main text of pages is wanted."""

    @property
    def added_names(self) -> Sequence[str]:
        """Names of the fields that are added to each record."""

    def record(
        self, texts: Sequence[Text], identity: str | None = None, *, where: Where | None = None, ready: bool = False
    ) -> Outcome:
        """Work on the texts of one record, which stands ``where``; ``ready`` says that they are prose already.

        Raises:
            RecordError: they cannot be worked on.

        """

    def failed(self, reason: str) -> Mapping[str, Any]:
        """Give the values to add to a record that could not be worked on."""


class Format(Protocol):
    """A file format of corpora: how to cut a file into batches, and how to work on one."""

    name: str

    def batches(self, stream: BinaryIO, start: Mapping[str, int], work: Work) -> Iterator[Batch]:
        """Cut a source into batches, from ``start`` on (the ``end`` of an earlier batch, or nothing).

        How it is cut depends on the source alone, so that results are the same for any number of processes.

        Raises:
            InputError: the source as a whole cannot be read.

        """

    def work(self, batch: Batch, work: Work) -> Result:
        """Work on a batch."""

    def split(self, batch: Batch) -> list[Batch]:
        """Cut a batch in two, or give it alone when it holds one record."""

    def give_up(self, batch: Batch, work: Work, reason: str) -> Result:
        """Pass the one record of a batch on as it is."""


def settle(result: Result, outcome: Outcome) -> None:
    """Count a record that was worked on."""
    edits = sum(map(len, outcome.edits))
    result.count("records")
    result.count(outcome.label)
    result.count("edits", edits)
    result.count("changed", edits > 0)


def replace_spans(source: str, changes: Sequence[tuple[int, int, str]]) -> str:
    """Give a text with spans, in order and apart, replaced."""
    pieces: list[str] = []
    at = 0
    for start, end, new in changes:
        pieces += (source[at:start], new)
        at = end
    pieces.append(source[at:])
    return "".join(pieces)
