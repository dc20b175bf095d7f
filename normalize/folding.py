"""Fold a text for matching: one byte a character, lower case, so that an automaton reads it at full speed.

Latin-1 letters keep their code. Other letters, combining marks and invisible joiners all become one code for "part of a
word", everything else a blank or a mark. So offsets in the folded text are offsets of characters.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import regex

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LETTER = 1
"""Code of a letter, mark or joiner beyond Latin-1: part of a word, but which one the folded text does not say."""
_MARK = 2
"""Code of any other character beyond Latin-1."""
BLANK, _APOSTROPHE, _HYPHEN = b" '-"
_MAPPED = {
    **dict.fromkeys(map(ord, "’‘ʼ´`"), _APOSTROPHE),
    **dict.fromkeys(map(ord, "‐‑"), _HYPHEN),
}
_WORD_CHARACTER = regex.compile(r"[\p{L}\p{N}\p{M}_'\u00ad\u200c\u200d\u2060]")
"""Underscores, combining marks and invisible joiners are parts of words: nothing ends or begins beside them."""


def _code(number: int) -> int:
    """Give the folded code of a character."""
    if number in _MAPPED:
        return _MAPPED[number]
    char = chr(number)
    if char.isspace():
        return BLANK
    # A few capitals (İ) become two characters: those stay as they are, so that offsets hold.
    low = ord(char.lower()) if len(char.lower()) == 1 else number
    if low < 256:
        return BLANK if low < 32 else low
    return LETTER if _WORD_CHARACTER.match(char) else _MARK


_LATIN = bytes(_code(number) for number in range(256))
_SPACED = bytes(
    code if code == LETTER or (code != _MARK and _WORD_CHARACTER.match(chr(code))) else BLANK for code in range(256)
)
"""Turns folded codes into those of words between blanks: everything that is no part of a word becomes a blank."""
_IN_WORD = bytes(code for code in range(256) if code == LETTER or chr(code).isalnum())
_BOUNDARY = b"[" + re.escape(_IN_WORD) + b"]"
_LOOSE_APOSTROPHE = re.compile(b"'(?:(?<!%(in)s')|(?!%(in)s)|(?=s(?!%(in)s|')))" % {b"in": _BOUNDARY})
"""An apostrophe is part of a word (it'll) but for the possessive's and those at the edge of a word."""
_WRAP = re.compile(r"(?<=\S)(?:[ \t]+\r?\n[ \t]*|\r\n[ \t]*|\n[ \t]+)(?=\S)")
_WIDE_BREAK = re.compile(r"\n(?:[ \t]|(?<=[ \t\r]\n))")
"""What every line break of several characters holds. It begins with its rarest character, so most texts cost little."""


class Folded(NamedTuple):
    """A text made fit for matching, a byte a character.

    ``light`` is lower case with plain apostrophes and blanks; ``spaced`` has blanks for everything but letters and
    digits. ``text`` is what was folded: as long as both, and the original text unless that wraps lines with more than
    one character; then ``cuts`` holds the folded positions after which ``dropped`` characters are missing.
    """

    text: str
    light: bytes
    spaced: bytes
    cuts: tuple[int, ...]
    dropped: tuple[int, ...]

    def word_count(self) -> int:
        """Count the words of the text, as runs between blanks: quicker than by splitting it."""
        import numpy as np

        inside = np.frombuffer(b" " + self.light, np.uint8) != BLANK
        return int(np.count_nonzero(inside[1:] > inside[:-1]))

    def offset(self, position: int) -> int:
        """Translate a folded position into an offset of the text."""
        if not self.cuts:
            return position
        index = bisect_right(self.cuts, position)
        return position + (self.dropped[index - 1] if index else 0)


def fold(text: str) -> Folded:
    """Fold a text for matching; a line break inside a paragraph counts as one space."""
    cuts: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()
    if _WIDE_BREAK.search(text):
        text, cuts, dropped = _unwrapped(text)
    light = text.encode("ascii").translate(_LATIN) if text.isascii() else _by_table(text)
    spaced = light.translate(_SPACED)
    if b"'" in spaced:
        spaced = _LOOSE_APOSTROPHE.sub(b" ", spaced)
    return Folded(text, light, spaced, cuts, dropped)


def _unwrapped(text: str) -> tuple[str, tuple[int, ...], tuple[int, ...]]:
    """Give a text with one blank for each line break of several characters, and where others were left out."""
    pieces: list[str] = []
    cuts: list[int] = []
    dropped: list[int] = []
    at = total = 0
    for wrap in _WRAP.finditer(text):
        pieces += (text[at : wrap.start()], " ")
        at = wrap.end()
        cuts.append(wrap.start() - total + 1)
        total += wrap.end() - wrap.start() - 1
        dropped.append(total)
    pieces.append(text[at:])
    return "".join(pieces), tuple(cuts), tuple(dropped)


def _by_table(text: str) -> bytes:
    """Fold any text by one look-up in a table for each character; the table grows with the characters that it meets."""
    import numpy as np

    table = _table()
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    folded = table.take(codes)
    if not folded.all():
        for number in set(codes[folded == 0].tolist()):
            table[number] = _code(number)
        folded = table.take(codes)
    return folded.tobytes()


@cache
def _table() -> NDArray[np.uint8]:
    import numpy as np

    table = np.zeros(0x110000, np.uint8)
    table[:256] = np.frombuffer(_LATIN, np.uint8)
    return table
