"""Files packed with gzip or zstd: read as if they were not, and written in pieces that can be joined.

Both formats allow several packed pieces in a row. Each batch becomes a piece of its own, so that workers pack in
parallel, a cut-off output can be continued, and the bytes do not depend on the number of processes.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from os.path import splitext
from typing import Any, BinaryIO, cast

SUFFIXES = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"}
FAULTS: tuple[type[Exception], ...] = (EOFError, zlib.error, gzip.BadGzipFile)
"""What reading a broken packed file may raise, beside OSError and ``zstd_fault``."""


def suffix_of(name: str) -> str:
    """Give the ending of a file name in lower case, with its dot. Quick: a corpus may have millions of names."""
    return splitext(name)[1].lower()  # noqa: PTH122


def packing_of(name: str) -> str:
    """Give how a file is packed, by the ending of its name: ``gzip``, ``zstd``, or an empty string."""
    return SUFFIXES.get(suffix_of(name), "")


def without_packing(name: str) -> str:
    """Give a file name without the ending that says how the file is packed."""
    return name[: -len(suffix_of(name))] if packing_of(name) else name


def inner_suffix(name: str) -> str:
    """Give the ending of a file name in lower case, without that of a packed file: ``.txt`` for ``A.TXT.gz``."""
    return suffix_of(without_packing(name))


def pack(data: bytes, packing: str) -> bytes:
    """Pack a piece; without time or name, so that the same data gives the same bytes."""
    if not packing or not data:
        return data
    if packing == "gzip":
        return gzip.compress(data, compresslevel=6, mtime=0)
    return cast(bytes, _zstd().compress(data, level=3))


def pack_nothing(packing: str) -> bytes:
    """Give what a packed file without content holds: an empty file is no packed file."""
    return gzip.compress(b"", mtime=0) if packing == "gzip" else cast(bytes, _zstd().compress(b"")) if packing else b""


def open_packed(raw: BinaryIO, packing: str) -> BinaryIO:
    """Give a stream of the unpacked bytes of an open file."""
    if packing == "gzip":
        return cast(BinaryIO, gzip.GzipFile(fileobj=raw))
    if packing == "zstd":
        return cast(BinaryIO, _zstd().ZstdFile(raw))
    return raw


def faults() -> tuple[type[Exception], ...]:
    """Give what reading a broken packed file may raise."""
    found: tuple[type[Exception], ...] = (OSError, *FAULTS)
    module = sys.modules.get("compression.zstd") or sys.modules.get("backports.zstd")
    return (*found, module.ZstdError) if module else found


def _zstd() -> Any:
    """Give the module for zstd: that of the standard library from Python 3.14 on."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd
