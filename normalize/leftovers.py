"""Leftovers of a scrape: lines and markers that no article was meant to hold. Reported, and removed only on request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ahocorasick_rs import BytesAhoCorasick

from normalize.plan import Edit, Note

LONGEST_LINE = 160
"""A longer line is no leftover, however it begins: it holds text of its own. In characters."""
_HEAD = 3
"""By so many characters of its first word most lines are known not to be left over."""
ENTRY = "leftovers/lines/whole"


class Leftovers:
    """Finds what a scrape left over.

    Args:
        lines: whole lines, in lower case.
        starts: how such lines begin, in lower case.
        markers: strings that are left over wherever they stand.

    """

    def __init__(self, lines: Iterable[str], starts: Iterable[str], markers: Iterable[str]) -> None:
        self._lines = frozenset(lines)
        self._starts = tuple(starts)
        self._longest = max(LONGEST_LINE, *map(len, self._lines)) if self._lines else LONGEST_LINE
        self._markers = list(markers)
        self._automaton = BytesAhoCorasick([marker.encode() for marker in self._markers])
        self._heads = frozenset(text.split()[0][:_HEAD] for text in (*self._lines, *self._starts) if text.strip())

    def find(self, text: str) -> Iterator[Note]:
        """Give a note for each leftover line (kind ``leftover-line``) and marker in a line (``leftover-marker``)."""
        found = self._automaton.find_matches_as_indexes(text.encode("utf-8", "surrogatepass"), overlapping=True)
        present = [self._markers[index] for index in sorted({hit[0] for hit in found})]
        at = 0
        for line in text.splitlines(keepends=True):
            if present or self._may_be_one(line):
                yield from self._in_line(line, at, present)
            at += len(line)

    def _may_be_one(self, line: str) -> bool:
        """Tell, by how its first word begins, whether a line without markers may be left over."""
        first = line.partition(" ")[0].split()
        if not first:  # a blank line, or an indented one
            return not line.isspace()
        return first[0][:_HEAD].lower() in self._heads and len(line.strip()) <= 2 * self._longest

    def _in_line(self, line: str, at: int, present: Sequence[str]) -> Iterator[Note]:
        body = " ".join(line.lower().replace("’", "'").split())
        bare = body
        markers = [marker for marker in present if marker in line]
        for marker in markers:
            bare = bare.replace(marker.lower(), "")
        shown = line.strip()[:80]
        begins = bool(self._starts) and len(body) <= LONGEST_LINE and body.startswith(self._starts)
        if body and (body in self._lines or begins or (markers and not bare.strip())):
            start = at + len(line) - len(line.lstrip())
            yield Note(start, at + len(line.rstrip()), "leftover-line", f"a leftover of the scrape: “{shown}”")
            return
        for marker in markers:
            found = at + line.find(marker)
            yield Note(found, found + len(marker), "leftover-marker", f"a leftover of the scrape: “{marker}”")


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
