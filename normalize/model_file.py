"""The file of a language model: a header that says what it is, and named arrays that are mapped into memory.

A model file begins with ``MAGIC``, the length of the header in eight bytes, and the header as JSON. The arrays follow,
each at a multiple of eight bytes, little-endian. Only the header is read at start, and processes share the pages.
"""

from __future__ import annotations

import hashlib
import json
import math
import mmap
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from normalize.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAGIC = b"unspin-model\n"
FORMAT = 2
ALIGNMENT = 8
_CODES = {"u1": "B", "i1": "b", "u4": "I", "u8": "Q", "i4": "i", "f4": "f"}
"""Types of arrays in a file, and their codes for a memoryview."""


class ModelFile:
    """A model file, opened. Close to free: only the header is read.

    Raises:
        ModelError: the file cannot be read, is no model, is damaged, or has another format.

    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.header, self._view = _read_header(self.path)

    def __contains__(self, name: str) -> bool:
        return name in self.header["arrays"]

    def view(self, name: str) -> memoryview:
        """Give an array as a flat memoryview of its type."""
        layout = self.header["arrays"][name]
        code = _CODES[layout["type"]]
        size = math.prod(layout["shape"]) * int(layout["type"][1])
        whole: Any = self._view  # the stubs know only literal codes
        part: memoryview = whole[layout["start"] : layout["start"] + size].cast(code)
        return part

    def array(self, name: str) -> NDArray[Any]:
        """Give an array for numpy, without copying it."""
        import numpy as np

        layout = self.header["arrays"][name]
        flat: NDArray[Any] = np.frombuffer(self.view(name), dtype=np.dtype("<" + layout["type"]))
        return flat.reshape(layout["shape"])

    def is_whole(self) -> bool:
        """Tell whether the bytes of the arrays are those that were written: reads the whole file."""
        start = min((layout["start"] for layout in self.header["arrays"].values()), default=0)
        return bool(_checksum(self._view[start:]) == self.header["checksum"])


def write_model(path: Path, header: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> dict[str, Any]:
    """Write a model file, whole or not at all, and give its full header."""
    full: dict[str, Any] = {**header, "format": FORMAT, "length": 0, "checksum": "0" * 32}
    layouts = {
        name: {"type": array.dtype.str[1:], "shape": list(array.shape), "start": 0} for name, array in arrays.items()
    }
    full["arrays"] = layouts
    size = _round_up(len(json.dumps(full)) + 16 * (len(layouts) + 1))
    at = first = _round_up(len(MAGIC) + 8 + size)
    body = bytearray()
    for name, array in arrays.items():
        layouts[name]["start"] = at
        data = array.astype(array.dtype.newbyteorder("<")).tobytes()
        body += data.ljust(_round_up(len(data)), b"\0")
        at = first + len(body)
    full["length"] = at
    full["checksum"] = _checksum(body)
    head = MAGIC + size.to_bytes(8, "little") + json.dumps(full).encode().ljust(size)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        file.write(head.ljust(first, b"\0"))
        file.write(body)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)
    return full


def is_model_file(path: Path) -> bool:
    """Tell whether a file begins as a model file does."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _read_header(path: Path) -> tuple[dict[str, Any], memoryview]:
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size < len(MAGIC) + 8:
                raise ModelError(f"{path}: not a language model of unspin")
            view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except OSError as error:
        raise ModelError(f"{path}: the language model cannot be read: {error.strerror}") from None
    if view[: len(MAGIC)] != MAGIC:
        raise ModelError(f"{path}: not a language model of unspin")
    start = len(MAGIC) + 8
    size = int.from_bytes(view[len(MAGIC) : start], "little")
    try:
        header = json.loads(bytes(view[start : start + size]))
        version, length = header["format"], header["length"]
    except (ValueError, KeyError, TypeError):
        raise ModelError(f"{path}: the language model is damaged: its header cannot be read") from None
    if version != FORMAT:
        raise ModelError(f"{path}: a language model of format {version}; this program reads format {FORMAT}")
    if len(view) != length:
        raise ModelError(f"{path}: the language model is damaged: {len(view)} bytes instead of {length}")
    return header, view


def _checksum(data: memoryview | bytearray) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _round_up(number: int) -> int:
    return math.ceil(number / ALIGNMENT) * ALIGNMENT
