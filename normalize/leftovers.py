"""Leftovers of a scrape: lines and markers that no article was meant to hold. Reported, not rewritten."""

from __future__ import annotations

from collections.abc import Iterator

from normalize.compiled import CompiledPhrasebook


def find_leftovers(text: str, book: CompiledPhrasebook) -> Iterator[tuple[int, int, str, str]]:
    """Give (start, end, "leftover", message) for each leftover line or marker, in text order."""
    whole = frozenset(book.leftover_lines)
    starts = tuple(book.leftover_starts)
    at = 0
    for line in text.splitlines(keepends=True):
        body = " ".join(line.lower().replace("’", "'").split())
        if body and (body in whole or (starts and body.startswith(starts) and len(body) < 300)):
            start = at + len(line) - len(line.lstrip())
            yield start, at + len(line.rstrip()), "leftover", f"a leftover of the scrape: “{line.strip()[:80]}”"
        else:
            for marker in book.leftover_markers:
                found = line.find(marker)
                if found >= 0:
                    yield at + found, at + found + len(marker), "leftover", f"a leftover marker: “{marker}”"
        at += len(line)
