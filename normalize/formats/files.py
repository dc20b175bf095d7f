"""Text files: read them, write them back without ever losing one."""

from __future__ import annotations

import codecs
import hashlib
import io
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from normalize.document import Document
from normalize.errors import InputError
from normalize.formats.packing import faults, open_packed, pack, pack_nothing, packing_of

STDIN = "-"
STDIN_NAME = "<stdin>"

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WITHOUT_MARK = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}
"""These codecs would add a byte order mark that the file did not have."""
_BINARY_SAMPLE = 8192


def read_document(name: str, encoding: str | None = None) -> Document:
    """Read a file, or standard input for ``-``.

    Raises:
        InputError: it cannot be read, is binary, or is not in its encoding.

    """
    return decode(read_bytes(name), STDIN_NAME if name == STDIN else name, encoding)


def read_bytes(name: str) -> bytes:
    """Read all bytes of a file, unpacked where its name ends in .gz or .zst, or of standard input for ``-``.

    Raises:
        InputError: it cannot be read.

    """
    try:
        if name == STDIN:
            import sys

            return sys.stdin.buffer.read()
        with open(name, "rb") as file:  # noqa: PTH123 - making a path of each of a million names takes longer
            data = file.read()
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror or error}") from None
    return unpacked(data, name)


def unpacked(data: bytes, name: str) -> bytes:
    """Give the bytes of a file unpacked, where its name ends in .gz or .zst.

    Raises:
        InputError: they are cut off or no such packing.

    """
    packing = packing_of(name)
    if not packing:
        return data
    try:
        return open_packed(io.BytesIO(data), packing).read()
    except faults() as error:
        raise InputError(f"{name}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def decode(data: bytes, name: str, encoding: str | None = None) -> Document:
    """Decode the bytes of a text: by its byte order mark, else by ``encoding``, else as UTF-8.

    Raises:
        InputError: the bytes are binary or not in that encoding; the message names the byte offset.

    """
    mark, found = next(((mark, by) for mark, by in _MARKS if data.startswith(mark)), (b"", ""))
    if not found and encoding is None and b"\0" in data[:_BINARY_SAMPLE]:
        offset = data.index(b"\0")
        raise InputError(f"{name}: a binary file, not a text (byte {offset} is NUL)")
    chosen = found or _WITHOUT_MARK.get(encoding or "", encoding) or "utf-8"
    try:
        return Document(data[len(mark) :].decode(chosen), name, chosen, mark)
    except UnicodeDecodeError as error:
        label = chosen.upper() if chosen.startswith("utf") else chosen
        offset = error.start + len(mark)
        hint = "say which encoding it has with --encoding, for example --encoding cp1252"
        raise InputError(f"{name}: not valid {label} at byte {offset}; {hint}") from None
    except (UnicodeError, ValueError):
        raise InputError(f"{name}: not valid {chosen}; say which encoding it has with --encoding") from None
    except LookupError:
        raise InputError(f"{name}: no encoding is called {chosen!r}; try utf-8, cp1252 or latin-1") from None


def encode(document: Document, text: str) -> bytes:
    """Encode a restored text as its document was.

    Raises:
        InputError: the encoding lacks a character of the restored text.

    """
    try:
        return document.to_bytes(text)
    except UnicodeEncodeError as error:
        char = text[error.start]
        raise InputError(
            f"{document.name}: {document.encoding} has no character {char!r}, which an original needs"
        ) from None


def check_writable(path: Path) -> None:
    """Make sure that a file can be written, as far as can be told without writing.

    Raises:
        InputError: it is no regular file, is write-protected, or its folder is missing.

    """
    target = Path(os.path.realpath(path))
    try:
        mode = target.stat().st_mode if target.exists() else None
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None
    if mode is None:
        if not target.parent.is_dir():
            raise InputError(f"{path}: cannot be written: there is no folder {target.parent}")
        if not os.access(target.parent, os.W_OK):
            raise InputError(f"{path}: cannot be written: the folder {target.parent} is write-protected")
    elif not stat.S_ISREG(mode):
        raise InputError(f"{path}: cannot be written: it is not a regular file")
    elif not (mode & 0o222 and os.access(target, os.W_OK)):
        # Replacing would work on a read-only file, and always does for root: the mode is the owner's wish.
        raise InputError(f"{path}: cannot be written: it is write-protected")


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file as a whole or not at all, as ``replacing`` does; packed where its name ends in .gz or .zst.

    Raises:
        InputError: it cannot be written; the old file is as it was.

    """
    packing = packing_of(path.name)
    with replacing(path) as file:
        file.write(pack(data, packing) or pack_nothing(packing))


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Give a temporary file beside a path to write to; it takes the path's place at the end. Keeps an old one's mode.

    A link is followed, so that the file it names is replaced and the link stays. When the block is left by an
    exception, the old file stays as it was.

    Raises:
        InputError: it cannot be written; the old file is as it was.

    """
    target = Path(os.path.realpath(path))
    name = None
    try:
        check_writable(path)
        old = target.exists()
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if old:
            _keep_owner(Path(name), target)
        else:
            mask = os.umask(0)
            os.umask(mask)
            Path(name).chmod(0o666 & ~mask)
        Path(name).replace(target)
        name = None
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        if name is not None:
            Path(name).unlink(missing_ok=True)


def _keep_owner(new: Path, old: Path) -> None:
    """Give a file the mode of the one whose place it takes, and its owner where the system lets us."""
    shutil.copymode(old, new)
    with suppress(OSError, AttributeError):
        state = old.stat()
        os.chown(new, state.st_uid, state.st_gid)


def temporary_path(target: Path) -> Path:
    """Give the name, always the same, under which the new content of a file waits beside it.

    It begins with a dot, so that no walk through the folder takes it for a text.
    """
    short = hashlib.blake2b(os.fsencode(target.name), digest_size=6).hexdigest()
    return target.with_name(f".{target.name[:50]}.{short}.unspin")


def prepare(path: Path, data: bytes, *, sync: bool = True) -> Path:
    """Write the new content of a file under a name of its own; give that name. To replace the file is left.

    A link is followed. The mode of an old file is kept. ``sync`` brings the content to disk.

    Raises:
        InputError: the file may not be written.
        OSError: the new content cannot be written.

    """
    check_writable(path)
    target = Path(os.path.realpath(path))
    made = temporary_path(target)
    with made.open("wb") as file:
        file.write(data)
        if sync:
            file.flush()
            os.fsync(file.fileno())
    if target.exists():
        _keep_owner(made, target)
    return made
