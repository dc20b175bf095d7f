"""Files anywhere: paths and URLs of local disks, object stores and all else that fsspec opens."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, BinaryIO, cast

from normalize.errors import InputError, UnspinError


@contextmanager
def faults_told(what: str) -> Iterator[None]:
    """Tell whatever goes wrong as one line: each file system raises errors of its own, not only OSError."""
    try:
        yield
    except UnspinError:
        raise
    except Exception as error:
        raise InputError(f"{what}: {error}") from None


def file_system(url: str) -> tuple[Any, str]:
    """Give the file system of a path or URL, and what the path is called there.

    Raises:
        InputError: there is no such file system, or its package is not installed.

    """
    fsspec = _fsspec()
    try:
        system, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise InputError(f"{url}: cannot be used: {error}") from None
    return system, path


def open_url(source: str) -> closing[BinaryIO]:
    """Open a file for reading, to be closed at the end of a ``with``.

    A buffer of our own stands in front: not all files of fsspec can read a line of limited length.
    """
    system, path = file_system(source)
    return closing(cast(BinaryIO, io.BufferedReader(system.open(path, "rb"))))


def size_of(source: str) -> int:
    """Give the size of a file in bytes."""
    system, path = file_system(source)
    return int(system.size(path))


def _fsspec() -> Any:
    try:
        import fsspec
    except ImportError:
        raise InputError("--engine dask needs fsspec; install it with: pip install 'unspin[dask]'") from None
    return fsspec
