"""Leftovers of a scrape: lines and markers that no article was meant to hold. Reported, and removed only on request."""

from __future__ import annotations

from collections.abc import Iterator

from normalize.compiled import CompiledPhrasebook
from normalize.plan import Edit, Note

LONGEST_LINE = 160
"""A longer line is no leftover, however it begins: it holds text of its own. In characters."""
ENTRY = "leftovers/lines/whole"


def find_leftovers(text: str, book: CompiledPhrasebook) -> Iterator[Note]:
    """Give a note for each leftover line (kind ``leftover-line``) and marker inside a line (``leftover-marker``)."""
    whole = frozenset(book.leftover_lines)
    starts = tuple(book.leftover_starts)
    present = [marker for marker in book.leftover_markers if marker in text]
    longest = max(LONGEST_LINE, *map(len, whole)) if whole else LONGEST_LINE
    at = 0
    for line in text.splitlines(keepends=True):
        if len(line) > 2 * longest and not present and len(line.strip()) > 2 * longest:
            at += len(line)
            continue
        body = " ".join(line.lower().replace("’", "'").split())
        bare = body
        markers = [marker for marker in present if marker in line]
        for marker in markers:
            bare = bare.replace(marker.lower(), "")
        start = at + len(line) - len(line.lstrip())
        shown = line.strip()[:80]
        begins = bool(starts) and len(body) <= LONGEST_LINE and body.startswith(starts)
        if body and (body in whole or begins or (markers and not bare.strip())):
            yield Note(start, at + len(line.rstrip()), "leftover-line", f"a leftover of the scrape: “{shown}”")
        else:
            for marker in markers:
                found = at + line.find(marker)
                yield Note(found, found + len(marker), "leftover-marker", f"a leftover of the scrape: “{marker}”")
        at += len(line)


def strip_leftovers(text: str, notes: tuple[Note, ...], edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """Give edits that also remove whole leftover lines with their line ends; other edits in those lines are dropped."""
    cuts = []
    for note in notes:
        if note.kind == "leftover-line":
            start = max(text.rfind("\n", 0, note.start), text.rfind("\r", 0, note.start)) + 1
            end = note.end
            while end < len(text) and text[end] in " \t":
                end += 1
            end += 2 if text[end : end + 2] == "\r\n" else 1 if text[end : end + 1] in ("\n", "\r") else 0
            cuts.append(Edit(start, end, text[start:end], "", ENTRY, 1.0, note.message))
    kept = [edit for edit in edits if not any(cut.start < edit.end and edit.start < cut.end for cut in cuts)]
    return tuple(sorted([*kept, *cuts], key=lambda edit: edit.start))
