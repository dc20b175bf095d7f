"""All notes on a block of a text: what to look at, and what is never rewritten."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from normalize.edits import Analysis
from normalize.facts import find_facts
from normalize.plan import Edit, Note, Verdict
from normalize.quoted import find_spun_quotations
from normalize.restore import Choice
from normalize.segment import Segmented
from normalize.traces import find_broken_grammar, find_rewritten, find_spintax

SHORT = 80
"""Words from which verdicts are reliable (docs/method.md)."""
OPEN_FROM, OPEN_TO = 0.01, 0.9
"""Probabilities between which a short text may be either: of passages of 40 words that were given 0.01 to 0.1, a third
were spun."""


def notes_on_clean(
    block: str, start: int, segmented: Segmented | None = None, choices: Sequence[Choice] = ()
) -> list[Note]:
    """Give the notes on a block that is called clean: only what no honest text holds.

    ``start`` is the place of the block in its text. ``segmented`` and ``choices`` (what a search would replace if the
    block was spun) are at hand when the block was looked at twice; without them quotations are not looked at.
    """
    found = [*find_facts(block, spun=False), *find_spintax(block, spun=False)]
    if segmented is not None:
        found += find_spun_quotations(segmented, choices, spun=False)
    return _placed(found, start)


def notes_on_length(text: str, verdict: Verdict) -> list[Note]:
    """Say that a document is too short to judge, where its verdict is open for want of words."""
    if not 0 < verdict.words < SHORT or not OPEN_FROM <= verdict.probability < OPEN_TO:
        return []
    message = f"too short to judge: {verdict.words} words, and verdicts are reliable from {SHORT} up"
    return [Note(0, len(text), "short", message)]


def notes_on_spun(
    analysis: Analysis,
    choices: Sequence[Choice],
    edits: Sequence[Edit],
    start: int,
    article_exceptions: Collection[str],
) -> list[Note]:
    """Give the notes on a block that is called spun or suspicious.

    ``analysis`` is what was decided, ``choices`` what the search chose before passages were judged, ``edits`` those
    planned for the block, with its offsets; ``start`` is the block's place in the text.
    """
    segmented = analysis.segmented
    found = [
        *find_facts(segmented.text, edits, spun=True),
        *find_spintax(segmented.text, spun=True),
        *find_spun_quotations(segmented, choices, edits, spun=True),
        *find_broken_grammar(segmented, edits, article_exceptions),
    ]
    if analysis.verdict.label == "spun":
        found += find_rewritten(segmented, analysis.candidates, analysis.choices, edits)
    return _placed(found, start)


def _placed(notes: list[Note], start: int) -> list[Note]:
    """Put notes in text order, with offsets of the whole text."""
    placed = [replace(note, start=note.start + start, end=note.end + start) for note in notes]
    return sorted(placed, key=lambda note: (note.start, note.end, note.kind))
