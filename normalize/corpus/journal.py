"""The journal of a run: what of the output is safe on disk, and where in the input to go on.

A run writes to ``NAME.partial`` and keeps ``NAME.journal`` beside it. Each line of the journal is a JSON object. It is
written, and brought to disk, only after the output that it tells of: at whatever moment the run is killed, the last
whole line is true. Resuming cuts the partial output to the size that line tells, and reads on from the place it tells.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from normalize.errors import InputError

VERSION = 1
_SAMPLE = 1 << 20


@dataclass(slots=True)
class Point:
    """A point that a run can go on from.

    ``file`` is the index of the input, ``place`` the ``end`` of its last batch, ``output`` and ``rejects`` the sizes in
    bytes of what was written, ``counts`` what was counted in all inputs so far; ``ended`` says that this input is
    through.
    """

    file: int = 0
    place: Mapping[str, int] = field(default_factory=dict)
    output: int = 0
    rejects: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    ended: bool = False


class Journal:
    """The journal of one run, open for writing."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self.path = path
        self._stream = stream

    @classmethod
    def begin(cls, path: Path, header: Mapping[str, Any]) -> Journal:
        """Begin a journal.

        Raises:
            InputError: there is one already, or it cannot be written.

        """
        return cls(path, create(path, header))

    @classmethod
    def resume(cls, path: Path, header: Mapping[str, Any]) -> tuple[Journal, Point, Sequence[str]]:
        """Open the journal of an interrupted run, and give the last point that is safe, and what the inputs were then.

        ``identities`` of the header are not compared: an input that was restored in place has changed since.

        Raises:
            InputError: the journal is of another run: other inputs, other settings, another version of the program.

        """
        try:
            lines = path.read_bytes().split(b"\n")[:-1]  # what follows the last line feed was cut off
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from None
        entries = []
        size = 0
        for line in lines:
            try:
                entries.append(json.loads(line))
            except ValueError:
                break
            size += len(line) + 1
        if not entries:
            path.unlink()
            return cls.begin(path, header), Point(), header["identities"]
        compare(path, entries[0], {name: value for name, value in header.items() if name != "identities"})
        try:
            point = Point(**entries[-1]) if len(entries) > 1 else Point()
            stream = path.open("r+b")
            stream.truncate(size)
            stream.seek(size)
        except (OSError, TypeError) as error:
            raise InputError(f"{path}: cannot be used: {error}; delete this file to begin anew") from None
        return cls(path, stream), point, entries[0].get("identities", ())

    def note(self, point: Point) -> None:
        """Note a point; what it speaks of must be on disk already.

        Raises:
            OSError: it cannot be written.

        """
        write_entry(
            self._stream,
            {
                "file": point.file,
                "place": dict(point.place),
                "output": point.output,
                "rejects": point.rejects,
                "counts": point.counts,
                "ended": point.ended,
            },
        )

    def close(self) -> None:
        """Close the file and leave it."""
        self._stream.close()

    def remove(self) -> None:
        """Close and remove the file: the run is through."""
        self._stream.close()
        self.path.unlink(missing_ok=True)


def refuse_interrupted(path: Path) -> None:
    """Refuse to begin a run where another was interrupted.

    Raises:
        InputError: there is a journal already.

    """
    if path.exists():
        raise InputError(
            f"{path}: an earlier run was interrupted; go on with --resume, or delete this file to begin anew"
        )


def create(path: Path, header: Mapping[str, Any]) -> BinaryIO:
    """Make a journal with its header, open for writing.

    Raises:
        InputError: there is one already, or it cannot be written.

    """
    refuse_interrupted(path)
    try:
        stream = path.open("xb")
        write_entry(stream, {"version": VERSION, **header})
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None
    return stream


def compare(path: Path, found: Any, header: Mapping[str, Any]) -> None:
    """Compare the header of a journal with that of the run that would go on with it.

    Raises:
        InputError: it is of another run: other inputs, other settings, another version of the program.

    """
    for name, value in {"version": VERSION, **header}.items():
        if not isinstance(found, dict) or found.get(name) != value:
            raise InputError(
                f"{path}: belongs to a run with other {name}; repeat that run, or delete this file to begin anew"
            )


def write_entry(stream: BinaryIO, entry: Mapping[str, Any]) -> None:
    """Add an entry to a journal and bring it to disk.

    Raises:
        OSError: it cannot be written.

    """
    stream.write(json.dumps(entry).encode() + b"\n")
    stream.flush()
    os.fsync(stream.fileno())


def identify(path: Path) -> str:
    """Give a text that tells one input from another: its size, and a hash of its first and last megabyte.

    Raises:
        InputError: the file cannot be read.

    """
    try:
        with path.open("rb") as file:
            hasher = hashlib.sha256(file.read(_SAMPLE))
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _SAMPLE))
            hasher.update(file.read(_SAMPLE))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    return f"{size}-{hasher.hexdigest()[:32]}"
