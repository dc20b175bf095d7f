"""Outputs of a run: a partial file that becomes the real one when it is complete, or a pipe."""

from __future__ import annotations

import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from normalize.errors import InputError
from normalize.formats.files import check_writable


def partial_path(target: Path) -> Path:
    """Give the name of the partial output beside a target."""
    return target.with_name(f"{target.name}.partial")


class PartialFile:
    """A file that is written under a name of its own until it is complete.

    ``size`` cuts what an interrupted run left to what is known to be good.

    Raises:
        InputError: it cannot be written.

    """

    def __init__(self, target: Path, size: int = 0) -> None:
        self.target = Path(os.path.realpath(target))
        self.path = partial_path(self.target)
        check_writable(target)
        try:
            self._stream: BinaryIO = self.path.open("r+b" if size else "wb")
            if self._stream.seek(0, os.SEEK_END) < size:
                raise InputError(f"{self.path}: shorter than its journal says; delete both to begin anew")
            self._stream.truncate(size)
            self._stream.seek(size)
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written: {error.strerror}") from None
        self.size = size

    def write(self, data: bytes) -> None:
        """Write bytes.

        Raises:
            OSError: they cannot be written.

        """
        self._stream.write(data)
        self.size += len(data)

    def sync(self) -> None:
        """Bring all that was written to disk."""
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def close(self) -> None:
        """Close the partial file and leave it."""
        with suppress(OSError):
            self._stream.close()

    def finish(self, complete: Path | None = None) -> None:
        """Give the complete file its name. ``complete`` is a file made from the partial one that takes its place."""
        self.close()
        made = complete or self.path
        if self.target.exists():
            shutil.copymode(self.target, made)
        made.replace(self.target)
        if complete is not None:
            self.path.unlink(missing_ok=True)
        sync_folder(self.target.parent)


def sync_folder(folder: Path) -> None:
    """Bring a renaming to disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def end_as_filter() -> None:
    """End this process as other filters do when the reader of their output has gone away; where the system can."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGPIPE)


class Pipe:
    """Standard output: written as it comes, nothing to resume."""

    def __init__(self) -> None:
        import sys

        self._stream = sys.stdout.buffer
        self.size = 0

    def write(self, data: bytes) -> None:
        """Write bytes; when the reader (head, less) has gone away, end silently, as other filters do."""
        try:
            self._stream.write(data)
            self._stream.flush()
        except BrokenPipeError:
            end_as_filter()
            raise
        self.size += len(data)

    def sync(self) -> None:
        """Pass on what was written."""
        self._stream.flush()

    def close(self) -> None:
        """Pass on what was written."""
        with suppress(OSError):
            self._stream.flush()

    def finish(self, complete: Path | None = None) -> None:  # noqa: ARG002 - as PartialFile
        """Pass on what was written."""
        self._stream.flush()
