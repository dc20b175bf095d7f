"""A document: its text, and what is needed to give back its bytes exactly."""

from __future__ import annotations

from dataclasses import dataclass


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
        before = self.text[:offset]
        start = max(before.rfind("\n"), before.rfind("\r")) + 1
        lines = before.count("\n") + before.count("\r") - before.count("\r\n")
        return lines + 1, offset - start + 1
