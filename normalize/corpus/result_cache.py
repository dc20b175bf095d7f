"""Plans of texts that were seen before, so that a second run over a corpus reads them instead of thinking again.

One SQLite file holds a row a text. SQLite brings locking between runs, crash safety, and one file that can be deleted.
The key is a hash of the text, of the settings, of the phrasebook and of the program; nothing is looked up by name or
date, so a renamed or copied file is known too. Any fault of the file (broken, locked, of a full disk) makes the run
work without it: a cache never stops a check.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import time
import zlib
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

import msgpack

import normalize
import phrasebook as builtin
from normalize.plan import Edit, Note, Plan, Verdict

LAYOUT = 1
"""Raised whenever the table or the packed form changes; it is part of the file name."""
MAX_BYTES = 200_000_000
"""Size of the packed plans that are kept, in bytes; the least recently used go first."""
WAIT_SECONDS = 2.0
"""How long a run waits for another that writes, before it goes on without storing."""
BATCH = 500
"""Rows that are written in one transaction."""


class Rows(NamedTuple):
    """What a worker process learned, for the one that writes: new rows, and keys that were used."""

    new: list[tuple[bytes, bytes, int]]
    used: list[bytes]


class ResultCache:
    """A store of plans by text and settings; use it as a context manager, or ``close`` it.

    Args:
        folder: where the file lies; it is made when missing.
        max_bytes: size that the stored plans are cut back to when the cache is closed.

    """

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self.hits = 0
        self._max_bytes = max_bytes
        self._new: list[tuple[bytes, bytes, int]] = []
        self._used: list[bytes] = []
        self._today = int(time.time() // 86_400)
        self._path = folder / f"results-{LAYOUT}.sqlite"
        self._open()

    def _open(self) -> None:
        self._database: sqlite3.Connection | None = None
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._database = _connect(self._path)
        except sqlite3.OperationalError:  # locked, or no place to write
            return
        except sqlite3.DatabaseError:  # not a database, or a damaged one: start anew
            with contextlib.suppress(OSError, sqlite3.Error):
                _remove(self._path)
                self._database = _connect(self._path)
        except OSError:
            return

    def __enter__(self) -> ResultCache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(self, key: bytes, path: str | None) -> Plan | None:
        """Give the stored plan, with ``path`` as where the text came from now; None when there is none."""
        if self._database is None:
            return None
        try:
            row = self._database.execute("SELECT plan, used FROM plans WHERE key = ?", (key,)).fetchone()
            plan = None if row is None else unpack(row[0], path)
        except sqlite3.DatabaseError as error:
            self._give_up(error)
            return None
        except (ValueError, TypeError, KeyError, zlib.error, msgpack.UnpackException):
            return None
        if plan is not None:
            self.hits += 1
            if row[1] != self._today:
                self._used.append(key)
        return plan

    def put(self, key: bytes, plan: Plan) -> None:
        """Store a plan; it is written with others, at the latest by ``close``."""
        if self._database is None:
            return
        self._new.append((key, pack(plan), self._today))
        if len(self._new) >= BATCH:
            self._write()

    def hand_over(self) -> Rows:
        """Give what is to be written, and forget it: one process writes for many that read."""
        rows = Rows(self._new, self._used)
        self._new, self._used = [], []
        return rows

    def take(self, handed: Iterable[Rows]) -> None:
        """Write, now or at the latest by ``close``, what other processes handed over."""
        for rows in handed:
            self._new += rows.new
            self._used += rows.used
        if len(self._new) + len(self._used) >= BATCH:
            self._write()

    def close(self) -> None:
        """Write what is left, cut the store back to its size, and close the file."""
        self._write()
        if self._database is not None:
            with contextlib.suppress(sqlite3.Error):
                self._database.close()
            self._database = None

    def _write(self) -> None:
        if self._database is None or not (self._new or self._used):
            return
        try:
            with self._database:
                self._database.executemany("INSERT OR REPLACE INTO plans VALUES (?, ?, ?)", self._new)
                self._database.executemany(
                    "UPDATE plans SET used = ? WHERE key = ?", [(self._today, key) for key in self._used]
                )
            if self._new:
                self._prune(self._database)
        except sqlite3.OperationalError:
            pass  # another run writes for long, or the disk is full: these plans are not stored
        except sqlite3.DatabaseError as error:
            self._give_up(error)
        self._new, self._used = [], []

    def _prune(self, database: sqlite3.Connection) -> None:
        size = _size(database)
        if size <= self._max_bytes:
            return
        with database:
            # The oldest rows go until nine tenths of the size are left, so that not every run has to prune.
            surplus = size - self._max_bytes * 9 // 10
            for key, length in database.execute("SELECT key, length(plan) FROM plans ORDER BY used, rowid").fetchall():
                if surplus <= 0:
                    break
                database.execute("DELETE FROM plans WHERE key = ?", (key,))
                surplus -= length
        database.execute("PRAGMA incremental_vacuum")

    def _give_up(self, error: sqlite3.DatabaseError) -> None:
        """Do without the file for the rest of the run; a damaged one is deleted."""
        database, self._database = self._database, None
        with contextlib.suppress(sqlite3.Error, OSError):
            if database is not None:
                database.close()
            if not isinstance(error, sqlite3.OperationalError):
                _remove(self._path)


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=WAIT_SECONDS)
    try:
        database.execute("PRAGMA auto_vacuum = incremental")
        database.execute("PRAGMA journal_mode = wal")  # readers do not wait for a writer
        database.execute("PRAGMA synchronous = off")  # a lost cache row costs nothing
        database.execute(
            "CREATE TABLE IF NOT EXISTS plans (key BLOB PRIMARY KEY, plan BLOB NOT NULL, used INTEGER NOT NULL)"
        )
    except sqlite3.Error:
        database.close()
        raise
    return database


def _size(database: sqlite3.Connection) -> int:
    pages, free, size = (
        database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def pack(plan: Plan) -> bytes:
    """Give a plan without its path as compressed bytes."""
    row = {field.name: getattr(plan, field.name) for field in fields(Plan) if field.name != "path"}
    row["verdict"] = _values(plan.verdict)
    row["edits"] = [_values(edit) for edit in plan.edits]
    row["notes"] = [_values(note) for note in plan.notes]
    packed = msgpack.packb(row, unicode_errors="surrogatepass")
    return zlib.compress(packed, 1) if isinstance(packed, bytes) else b""


def _values(record: Verdict | Edit | Note) -> list[object]:
    """Give all fields of a record, in their order, whatever fields it will have."""
    return [getattr(record, field.name) for field in fields(record)]


def unpack(data: bytes, path: str | None) -> Plan:
    """Give back what ``pack`` made.

    Raises:
        ValueError, TypeError, KeyError, zlib.error, msgpack.UnpackException: the data are damaged.

    """
    row = msgpack.unpackb(zlib.decompress(data), unicode_errors="surrogatepass", use_list=False)
    row["verdict"] = Verdict(*row["verdict"])
    row["edits"] = tuple(Edit(*edit) for edit in row["edits"])
    row["notes"] = tuple(Note(*note) for note in row["notes"])
    return Plan(path=path, **row)


def program_digest() -> bytes:
    """Give a hash of this program and its data: names, sizes and dates of all their files.

    A new version, an edited entry or a change to the code all give another value, without reading two megabytes.
    """
    hasher = hashlib.blake2b(f"{LAYOUT}".encode(), digest_size=16)
    roots = (Path(normalize.__file__).parent, builtin.folder())
    for path in sorted(path for root in roots for path in root.rglob("*") if path.suffix != ".pyc"):
        state = path.stat()
        if not path.is_dir():
            hasher.update(f"{path}\0{state.st_size}\0{state.st_mtime_ns}\0".encode("utf-8", "surrogateescape"))
    return hasher.digest()


def settings_digest(program: bytes, values: Iterable[object], files: Iterable[Path]) -> bytes:
    """Give a hash of the program, of settings (by their ``repr``) and of the content of the files that they name.

    Raises:
        OSError: a file cannot be read.

    """
    hasher = hashlib.blake2b(program, digest_size=16)
    for value in values:
        hasher.update(f"{value!r}\0".encode("utf-8", "surrogateescape"))
    for root in files:
        for path in sorted(root.rglob("*.toml")) if root.is_dir() else [root]:
            with path.open("rb") as file:
                hasher.update(f"{path}\0".encode("utf-8", "surrogateescape"))
                hasher.update(hashlib.file_digest(file, "blake2b").digest())
    return hasher.digest()


def text_key(settings: bytes, text: str) -> bytes:
    """Give the key of a text under some settings."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20, key=settings).digest()
