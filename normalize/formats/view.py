"""A text as its reader sees it, with a map back to the source that holds it.

HTML, Markdown, the strings of JSON and the fields of CSV all spell a text in another way than it reads. The engine is
given what reads; its edits are then made in the source, so that mark-up, escapes and entities stay byte for byte.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from normalize.anchors import Clean
from normalize.plan import Edit, Note, Plan, digest


class Piece(NamedTuple):
    """A stretch of the visible text, at ``at``, and the span of the source that spells it.

    ``plain`` says that both are the same characters, so that a part of one is a part of the other. A piece with an
    empty span stands for what the source only implies, such as the gap between two paragraphs.
    """

    at: int
    text: str
    start: int
    end: int
    plain: bool


class _Stretch(NamedTuple):
    """Part of an edit that lies in one piece of source without a gap."""

    start: int
    end: int
    text: str


@dataclass(slots=True)
class View:
    """What reads of a source, built piece by piece in the order of the text.

    ``escape`` spells new words as the source needs them. ``anchors`` are clean pieces of the source that do not read as
    part of its text: its title, descriptions of pictures, addresses.
    """

    source: str
    escape: Callable[[str], str] = str
    pieces: list[Piece] = field(default_factory=list)
    anchors: list[Clean] = field(default_factory=list)
    _size: int = 0
    _tail: str = ""

    def show(self, start: int, end: int) -> None:
        """Add a span of the source that reads as it stands."""
        if start < end:
            self._add(self.source[start:end], start, end, plain=True)

    def show_as(self, text: str, start: int, end: int) -> None:
        """Add a span of the source that reads as another text: an entity, an escape, a run of blanks."""
        self._add(text, start, end, plain=False)

    def imply(self, text: str) -> None:
        """Add a text that no character of the source spells."""
        at = self.pieces[-1].end if self.pieces else 0
        self._add(text, at, at, plain=False)

    def _add(self, text: str, start: int, end: int, *, plain: bool) -> None:
        self.pieces.append(Piece(self._size, text, start, end, plain))
        self._size += len(text)
        self._tail = text[-2:] if len(text) > 1 else (self._tail + text)[-2:]

    @property
    def tail(self) -> str:
        """The last two characters so far."""
        return self._tail

    @property
    def text(self) -> str:
        """The text as it reads."""
        return "".join(piece.text for piece in self.pieces)

    def place(self, edit: Edit) -> Edit | None:
        """Give an edit of the visible text as one of the source, or None when the source cannot take it.

        Mark-up inside an edit stays: the new words are dealt out to the stretches of text between it, in order, each
        getting as many as it had. An edit is refused when there are too few words to go round (a link would be left
        empty), when mark-up stands inside a word, and when the edit takes in half an entity.
        """
        touched = self._touched(edit.start, edit.end)
        stretches = self._stretches(touched, edit.start, edit.end)
        if not stretches:
            return None
        start, end = stretches[0].start, stretches[-1].end
        if len(stretches) == 1:
            after = self.escape(edit.after)
        else:
            dealt = _deal(stretches, edit.after)
            if dealt is None:
                return None
            pieces: list[str] = []
            at = start
            for stretch, words in zip(stretches, dealt, strict=True):
                kept = stretch.text if words is None else words
                pieces.append(self.source[at : stretch.start])
                pieces.append(self.source[stretch.start : stretch.end] if words is None else self.escape(kept))
                at = stretch.end
            after = "".join(pieces)
        return replace(edit, start=start, end=end, before=self.source[start:end], after=after)

    def place_note(self, note: Note) -> Note:
        """Give a note on the visible text as one on the source."""
        touched = self._touched(note.start, max(note.end, note.start + 1))
        stretches = self._stretches(touched, note.start, note.end, parts=True)
        if not stretches:
            return replace(note, start=0, end=0)
        return replace(note, start=stretches[0].start, end=stretches[-1].end)

    def _touched(self, start: int, end: int) -> list[Piece]:
        first = max(0, bisect_right(self.pieces, start, key=lambda piece: piece.at) - 1)
        found = []
        for piece in self.pieces[first:]:
            if piece.at >= end:
                break
            if piece.at + len(piece.text) > start:
                found.append(piece)
        return found

    def _stretches(self, touched: Iterable[Piece], start: int, end: int, *, parts: bool = False) -> list[_Stretch]:
        """Cut the pieces to the span, and join those that follow one another in the source without a gap.

        Gives nothing when the span takes in part of a piece that has no parts, unless ``parts`` lets it.
        """
        stretches: list[_Stretch] = []
        for piece in touched:
            left, right = max(0, start - piece.at), min(len(piece.text), end - piece.at)
            if piece.plain:
                new = _Stretch(piece.start + left, piece.start + right, piece.text[left:right])
            elif (left, right) == (0, len(piece.text)) or piece.start == piece.end or parts:
                new = _Stretch(piece.start, piece.end, piece.text[left:right])
            else:
                return []
            if stretches and stretches[-1].end == new.start and piece.start < piece.end and _is_spelt(stretches[-1]):
                new = _Stretch(stretches[-1].start, new.end, stretches.pop().text + new.text)
            stretches.append(new)
        return stretches


def _is_spelt(stretch: _Stretch) -> bool:
    return stretch.start < stretch.end


def _deal(stretches: list[_Stretch], after: str) -> list[str | None] | None:
    """Deal the words of a replacement out to stretches of text; None stands for a stretch that stays as it is.

    Gives None altogether when that is not possible.
    """
    for left, right in pairwise(stretches):
        if not left.text[-1:].isspace() and not right.text[:1].isspace():
            return None  # mark-up inside a word
    words = after.split()
    with_words = [stretch for stretch in stretches if stretch.text.strip() and _is_spelt(stretch)]
    if any(stretch.text.strip() and not _is_spelt(stretch) for stretch in stretches) or len(words) < len(with_words):
        return None
    dealt: list[str | None] = []
    waiting = len(with_words)
    for stretch in stretches:
        had = stretch.text.split()
        if not had:
            dealt.append(None)
            continue
        waiting -= 1
        taken = min(len(had), len(words) - waiting) if waiting else len(words)
        body = stretch.text.strip()
        at = stretch.text.index(body)
        dealt.append(stretch.text[:at] + " ".join(words[:taken]) + stretch.text[at + len(body) :])
        words = words[taken:]
    return dealt


def place_plan(view: View, plan: Plan) -> Plan:
    """Give a plan that was made for the visible text as one for the source; edits that it cannot take are left out."""
    edits = tuple(placed for edit in plan.edits if (placed := view.place(edit)) is not None)
    notes = tuple(view.place_note(note) for note in plan.notes)
    return replace(plan, sha256=digest(view.source), edits=edits, notes=notes)
