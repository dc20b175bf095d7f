"""Read phrasebook files and give the compiled phrasebook, from the cache where one fits.

The cache is keyed by content: all phrasebook files, the counts, what is disabled, and the versions of this program and
of the inflection library. A broken cache is rebuilt; one that cannot be written is done without.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgpack

import phrasebook as builtin
from normalize.cache_location import cache_folder
from normalize.compiled import CompiledPhrasebook, compile_phrasebook
from normalize.counts import Counts, parse_counts
from normalize.errors import PhrasebookError
from normalize.phrasebook import Phrasebook, find_files, parse, selects

CACHE_FORMAT = 13
"""Raised whenever the packed form or the way of compiling changes."""
COUNTS_FILE = "counts.tsv"


def load_phrasebook(extra: Sequence[Path] = ()) -> Phrasebook:
    """Read the built-in phrasebook and the user's own files; an entry of the same id replaces an earlier one.

    Raises:
        PhrasebookError: a file is missing, unreadable or malformed.

    """
    return _parse(_read_sources(extra))


def load_compiled(extra: Sequence[Path] = (), disabled: Sequence[str] = ()) -> CompiledPhrasebook:
    """Give the compiled phrasebook: built-in entries and the user's own, without the disabled ones.

    Raises:
        PhrasebookError: a file is malformed, or a disabled entry does not exist.

    """
    sources = _read_sources(extra)
    counts_text = _read_counts()
    key = _key(sources, counts_text, disabled)
    path = _cache_file(key)
    if path is not None and (cached := _read_cache(path, key)) is not None:
        return cached
    book = _parse(sources)
    compiled = compile_phrasebook(book, _counts(counts_text), _disabled(book, disabled))
    if path is not None:
        _write_cache(path, key, compiled)
    return compiled


def _read_sources(extra: Sequence[Path]) -> list[tuple[Path, str]]:
    sources = []
    for root in (builtin.folder(), *extra):
        for path in find_files(root):
            try:
                sources.append((path, path.read_text(encoding="utf-8")))
            except UnicodeDecodeError as error:
                raise PhrasebookError(path, None, f"not UTF-8 at byte {error.start}", "save it as UTF-8") from None
            except OSError as error:
                raise PhrasebookError(path, None, f"cannot be read: {error.strerror}") from None
    return sources


def _read_counts() -> str:
    path = builtin.folder() / COUNTS_FILE
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _counts(text: str) -> Counts:
    return parse_counts(text) if text else Counts()


def _parse(sources: Sequence[tuple[Path, str]]) -> Phrasebook:
    book = parse(sources)
    unique = {(entry.id, entry.spun): entry for entry in book.entries}
    book.entries = list(unique.values())
    return book


def _disabled(book: Phrasebook, selectors: Sequence[str]) -> list[int]:
    chosen: list[int] = []
    for selector in selectors:
        found = [index for index, entry in enumerate(book.entries) if selects(selector, entry.id)]
        if not found:
            raise PhrasebookError(
                "--disable",
                None,
                f"no entry is called {selector!r}",
                "see which entries know a word with: unspin explain WORD",
            )
        chosen += found
    return chosen


def _key(sources: Sequence[tuple[Path, str]], counts: str, disabled: Sequence[str]) -> str:
    hasher = hashlib.sha256(f"{CACHE_FORMAT} {_version('unspin')} {_version('lemminflect')}".encode())
    for path, text in sources:
        hasher.update(f"\0{path}\0{text}".encode())
    hasher.update(f"\0{counts}\0{sorted(disabled)}".encode())
    return hasher.hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def _cache_file(key: str) -> Path | None:
    try:
        return cache_folder() / f"phrasebook-{key[:32]}.msgpack"
    except (OSError, RuntimeError):
        return None


def _read_cache(path: Path, key: str) -> CompiledPhrasebook | None:
    try:
        data = msgpack.unpackb(path.read_bytes())
        if data["key"] != key or data["digest"] != _digest(data["parts"]):
            return None
        return CompiledPhrasebook(data["parts"])
    except (OSError, ValueError, KeyError, TypeError, msgpack.UnpackException):
        return None


def _digest(parts: Mapping[str, bytes]) -> str:
    """Give a checksum of the parts: a file that was cut or changed must not be found out in the middle of a text."""
    hasher = hashlib.blake2b(digest_size=16)
    for name in CompiledPhrasebook.PARTS:
        hasher.update(parts[name])
    return hasher.hexdigest()


def _write_cache(path: Path, key: str, compiled: CompiledPhrasebook) -> None:
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(msgpack.packb({"key": key, "digest": _digest(compiled.parts), "parts": compiled.parts}))
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
