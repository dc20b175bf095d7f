"""From choices to edits: the words, capitals, articles and line breaks of a replacement, and the reason for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from normalize.article import takes_an
from normalize.calibration import EDITS, Calibration
from normalize.candidates import Candidate
from normalize.compiled import CompiledPhrasebook
from normalize.plan import Edit, Verdict
from normalize.restore import Choice, bonus
from normalize.segment import Segmented

_OPENS_SENTENCE = frozenset(".!?:“”\"'‘’")


@dataclass(slots=True)
class Analysis:
    """Everything the engine thought about a block of text; ``explain`` shows it, the plan is made from it.

    ``offset`` is what the verdict adds to the score of every replacement, in nats (at most 0).
    """

    segmented: Segmented
    verdict: Verdict
    candidates: list[Candidate]
    offset: float
    choices: list[Choice]


def make_edits(analysis: Analysis, book: CompiledPhrasebook, calibration: Calibration = EDITS) -> list[Edit]:
    """Give the edits for what was chosen, with offsets of the block.

    ``calibration`` turns the posterior of the search into the confidence of the edit.
    """
    text = analysis.segmented.text
    edits = []
    for choice in analysis.choices:
        candidate = choice.candidate
        first, last, after = _trim(text, candidate.start, candidate.end, choice.option.after)
        after = _keep_line_break(text[first:last], after)
        first, after = mend_article(text, first, after, book.article_exceptions)
        reason = _reason(analysis, choice, book)
        confidence = round(calibration(choice.confidence), 4)
        edits.append(Edit(first, last, text[first:last], after, choice.option.entry, confidence, reason))
    return edits


def _trim(text: str, start: int, end: int, after: str) -> tuple[int, int, str]:
    """Leave out words that are the same at either end, so that an edit is no longer than the change."""
    before, new = text[start:end].split(" "), after.split(" ")
    while len(before) > 1 and len(new) > 1 and before[0] == new[0]:
        start += len(before[0]) + 1
        before, new = before[1:], new[1:]
    while len(before) > 1 and len(new) > 1 and before[-1] == new[-1]:
        end -= len(before[-1]) + 1
        before, new = before[:-1], new[:-1]
    return start, end, " ".join(new)


def _keep_line_break(before: str, after: str) -> str:
    """Put a line break inside the replaced words back at the first blank of the replacement."""
    for line_break in ("\r\n", "\n"):
        if line_break in before:
            return after.replace(" ", line_break, 1)
    return after


def mend_article(text: str, start: int, after: str, exceptions: Collection[str]) -> tuple[int, str]:
    """Widen an edit over the a or an before it where its first word now asks for the other one.

    Gives the new start and replacement; both are as they were where no article stands or it fits.
    """
    words = text[max(0, start - 4) : start].split(" ")
    if len(words) < 2 or words[-1] or words[-2].lower() not in ("a", "an") or not after.strip():
        return start, after
    article = words[-2]
    at = start - len(article) - 1
    if at and (text[at - 1].isalnum() or text[at - 1] in "'’-."):
        return start, after
    wanted = "an" if takes_an(after.split(maxsplit=1)[0], exceptions) else "a"
    if article.lower() == wanted or (
        article == "A" and text[:at].strip() and text[:at].rstrip()[-1] not in _OPENS_SENTENCE
    ):
        return start, after  # it fits, or a capital A inside a sentence is a name (vitamin A)
    return at, f"{wanted.capitalize() if article[0].isupper() else wanted} {after}"


def _reason(analysis: Analysis, choice: Choice, book: CompiledPhrasebook) -> str:
    candidate, option = choice.candidate, choice.option
    family = option.entry.partition("/")[0]
    if family == "vocabulary":
        return f"a known term with a word exchanged: “{option.after}”"
    anchored = f"; “{option.after}” stands untouched elsewhere ({option.anchor})" if option.anchor else ""
    rate = book.clean_rate.get(candidate.form)
    seen = f"; about {rate:.3g} times in a million words of honest English" if rate is not None else ""
    score = bonus(candidate, option, analysis.offset)
    writes = f"the {family} family writes “{candidate.form}” for “{option.after}”"
    return f"{writes}{seen}{anchored} (phrasebook score {score:+.1f})"
