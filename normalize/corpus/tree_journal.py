"""The journal of a run over files that each hold one text: what each file was, and what it is to become.

A line is a JSON object: a header, then one for each text that was worked on, with digests of its file before and of its
output after. The line of a text is on disk before its file is replaced. When a run was killed, the digest of a file
therefore tells whether it was replaced: a text is neither lost nor restored twice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from normalize.corpus.journal import compare, create
from normalize.corpus.text_files import Written
from normalize.errors import InputError


class TreeJournal:
    """The journal of one run, open for writing.

    Of a journal that is gone on with, only where the line of each text begins is kept in memory.
    """

    def __init__(self, path: Path, stream: BinaryIO, places: dict[str, int] | None = None) -> None:
        self.path = path
        self._stream = stream
        self._places = places or {}
        self._earlier = path.open("rb") if places else None

    @classmethod
    def begin(cls, path: Path, header: Mapping[str, Any]) -> TreeJournal:
        """Begin a journal.

        Raises:
            InputError: there is one already, or it cannot be written.

        """
        return cls(path, create(path, header))

    @classmethod
    def resume(cls, path: Path, header: Mapping[str, Any]) -> TreeJournal:
        """Open the journal of an interrupted run.

        Raises:
            InputError: it is of another run, or cannot be read and written.

        """
        try:
            places: dict[str, int] = {}
            with path.open("rb") as earlier:
                size = _read(path, earlier, header, places)
            if not size:
                path.unlink()
                return cls.begin(path, header)
            stream = path.open("r+b")
            stream.truncate(size)
            stream.seek(size)
        except OSError as error:
            raise InputError(f"{path}: cannot be used: {error.strerror}") from None
        return cls(path, stream, places)

    def known(self, name: str, settings: str) -> Written | None:
        """Give what was noted of a text, None where nothing was; each is given once.

        Raises:
            InputError: it was worked on with other settings.

        """
        place = self._places.pop(name, None)
        if place is None or self._earlier is None:
            return None
        self._earlier.seek(place)
        entry = json.loads(self._earlier.readline())
        if entry["settings"] != settings:
            raise InputError(
                f"{self.path}: belongs to a run with other settings for {name}; repeat that run, or delete this file "
                "to begin anew"
            )
        return Written(entry["before"], entry["after"], entry["label"], entry["edits"])

    def note(self, texts: Iterable[tuple[str, str, Written]], *, sync: bool) -> None:
        """Note names of texts, their settings, and what they are to become; ``sync`` brings it to disk.

        Raises:
            InputError: it cannot be written.

        """
        try:
            for name, settings, written in texts:
                entry = {"name": name, "settings": settings, **written._asdict()}
                self._stream.write(json.dumps(entry).encode() + b"\n")
            self._stream.flush()
            if sync:
                os.fsync(self._stream.fileno())
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written: {error.strerror}") from None

    def close(self) -> None:
        """Close the file and leave it."""
        self._stream.close()
        if self._earlier is not None:
            self._earlier.close()

    def remove(self) -> None:
        """Close and remove the file: the run is through."""
        self.close()
        self.path.unlink(missing_ok=True)


def _read(path: Path, stream: BinaryIO, header: Mapping[str, Any], places: dict[str, int]) -> int:
    """Note where the lines of texts begin; gives the size of what is whole, 0 when the header is not.

    Raises:
        InputError: the journal is of another run.

    """
    size = 0
    for line in stream:
        try:
            entry = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            entry = None
        if entry is None:
            break  # cut off when the run was killed
        if not size:
            compare(path, entry, header)
        else:
            places[entry["name"]] = size
        size += len(line)
    return size
