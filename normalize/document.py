"""A document: its text, and what is needed to give back its bytes exactly."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Document:
    """A text with where it came from. ``mark`` is its byte order mark, ``encoding`` what it was decoded with."""

    text: str
    name: str
    encoding: str = "utf-8"
    mark: bytes = b""

    def to_bytes(self, text: str) -> bytes:
        """Encode a restored text as this document was encoded.

        Raises:
            UnicodeEncodeError: the text has a character that the encoding lacks.

        """
        return self.mark + text.encode(self.encoding)

    def place(self, offset: int) -> tuple[int, int]:
        """Give line and column, both from 1, of a character offset; a line ends at \\n, \\r\\n or \\r."""
        return Places(self.text).of(offset)


class Places:
    """The lines of a text, found once, for many places in it."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in _LINE_END.finditer(text))]

    def of(self, offset: int) -> tuple[int, int]:
        """Give line and column, both from 1, of a character offset; a line ends at \\n, \\r\\n or \\r."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1
