"""Findings that the author of a text, or a team, wants left alone: comments in the text, and allowed phrases.

A comment holds ``unspin:`` and one of ``ignore``, ``ignore-next-line``, ``ignore-file``, ``off``, ``on``, with
selectors in brackets where only some entries are meant: ``<!-- unspin: ignore[mention, whilst] -->``. Selectors are
those of ``--disable``: an entry's id, a family, or a word; besides them the kind of a note (``leftover-line``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from normalize.phrasebook import selects
from normalize.plan import Edit, Note, Plan

UNUSED = "unused-ignore"
"""Kind of the notes on comments that silence nothing."""

_COMMENT = re.compile(
    r"(?:(?:^|(?<=\r))[ \t]*|(?:<!--|/\*|\{#|\#|//|%|;|\.\.|--|\()[ \t]*)unspin:[ \t]*"
    r"(?P<kind>ignore-next-line|ignore-file|ignore|off|on)(?![\w-])(?:[ \t]*\[(?P<selectors>[^\]\r\n]{0,1000})\])?",
    re.MULTILINE,
)
_LINE_END = re.compile(r"\r\n|\n|\r")
_BLANK_LINES = re.compile(r"(?:[ \t]*(?:\r\n|\n|\r))*")


@dataclass(slots=True)
class _Comment:
    """A comment with the characters that it covers. ``unused`` are its selectors that silenced nothing so far."""

    start: int
    end: int
    kind: str
    selectors: tuple[str, ...]
    covers: tuple[int, int]
    used: bool = False
    unused: set[str] = field(default_factory=set)

    def silences(self, start: int, end: int, entry: str) -> bool:
        """Tell whether a finding is meant, and remember that it was."""
        if not (start < self.covers[1] and end > self.covers[0]) and not self.covers[0] <= start < self.covers[1]:
            return False
        if not self.selectors:
            self.used = True
            return True
        meant = [selector for selector in self.selectors if selects(selector, entry)]
        self.unused.difference_update(meant)
        self.used = self.used or bool(meant)
        return bool(meant)


@dataclass(frozen=True, slots=True)
class Silenced:
    """A plan without what is to be left alone.

    ``whole`` says that the whole document is: its verdict is no finding either. ``count`` is the number of edits left
    out. Comments that silence nothing are notes of the plan, of the kind ``unused-ignore``.
    """

    plan: Plan
    count: int = 0
    whole: bool = False


def silence(text: str, plan: Plan, allowed: Sequence[str] = ()) -> Silenced:
    """Take from a plan the edits and notes that comments in the text ignore, and edits that touch allowed phrases."""
    comments = _comments(text) if "unspin:" in text else []
    if not comments and not (allowed and plan.edits):
        return Silenced(plan)
    # The words of a comment are no prose: they are not changed, and do not make the comment useful.
    own = [(comment.start, comment.end) for comment in comments]
    allowed_spans = _allowed_spans(text, tuple(allowed)) if plan.edits else []
    edits = tuple(
        edit
        for edit in plan.edits
        if not _touches(edit, own)
        and not _ignored(comments, edit.start, edit.end, edit.entry)
        and not _touches(edit, allowed_spans)
    )
    notes = [note for note in plan.notes if not _ignored(comments, note.start, note.end, note.kind)]
    whole = False
    for comment in comments:
        if comment.kind == "ignore-file" and not comment.selectors:
            whole = True
            comment.used = comment.used or plan.verdict.label != "clean"
    notes += _unused(comments)
    left = replace(plan, edits=edits, notes=tuple(sorted(notes, key=lambda note: (note.start, note.end))))
    return Silenced(left, len(plan.edits) - len(edits), whole)


def _ignored(comments: Iterable[_Comment], start: int, end: int, entry: str) -> bool:
    answers = [comment.silences(start, end, entry) for comment in comments]  # asking marks a comment as used
    return True in answers


def _touches(edit: Edit, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start < edit.end and edit.start < end for start, end in spans)


def _unused(comments: Iterable[_Comment]) -> Iterator[Note]:
    for comment in comments:
        if comment.kind != "on" and not comment.used:
            yield Note(comment.start, comment.end, UNUSED, f"“unspin: {comment.kind}” silences nothing; remove it")
        elif comment.kind != "on" and comment.unused:
            idle = ", ".join(selector for selector in comment.selectors if selector in comment.unused)
            message = f"“unspin: {comment.kind}” silences nothing for {idle}; remove that"
            yield Note(comment.start, comment.end, UNUSED, message)


def _comments(text: str) -> list[_Comment]:
    found: list[_Comment] = []
    off: list[_Comment] = []
    for match in _COMMENT.finditer(text):
        listed = (part.strip() for part in (match["selectors"] or "").split(","))
        selectors = tuple(dict.fromkeys(part for part in listed if part))
        kind = match["kind"]
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        comment = _Comment(start, match.end(), kind, selectors, (0, 0), unused=set(selectors))
        if kind == "ignore":
            comment.covers = _line(text, match.end())
        elif kind == "ignore-next-line":
            comment.covers = _line(text, _next_line(text, match.end()))
        elif kind == "ignore-file":
            comment.covers = (0, len(text) + 1)
        elif kind == "off":
            comment.covers = (match.end(), len(text) + 1)
            off.append(comment)
        else:
            off = _close(off, comment)
        found.append(comment)
    return found


def _close(off: Iterable[_Comment], on: _Comment) -> list[_Comment]:
    """End the passages that an ``on`` ends, all or those with the same selectors; give the others."""
    left = []
    for comment in off:
        if on.selectors in ((), comment.selectors):
            comment.covers = (comment.covers[0], on.start)
        else:
            left.append(comment)
    return left


def _line(text: str, at: int) -> tuple[int, int]:
    """Give where the line that holds a character begins and ends."""
    start = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
    end = _LINE_END.search(text, at)
    return start, end.start() if end else len(text)


def _next_line(text: str, at: int) -> int:
    """Give the start of the next line that is not blank; Markdown wants a blank line below a comment."""
    end = _LINE_END.search(text, at)
    if end is None:
        return len(text)
    blank = _BLANK_LINES.match(text, end.end())
    return blank.end() if blank else end.end()


def _allowed_spans(text: str, phrases: tuple[str, ...]) -> list[tuple[int, int]]:
    pattern = _allowed_pattern(phrases)
    return [match.span() for match in pattern.finditer(text)] if pattern else []


@lru_cache(maxsize=64)
def _allowed_pattern(phrases: tuple[str, ...]) -> re.Pattern[str] | None:
    """Give one pattern for all phrases: whole words, any white space between; capitals count only if there are some."""
    parts = []
    for phrase in sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase)):
        words = r"\s+".join(re.escape(word).replace("’", "'").replace("'", "['’]") for word in phrase.split())
        if words:
            parts.append(words if phrase != phrase.lower() else f"(?i:{words})")
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)") if parts else None
