"""Passages of a spun document that were left alone: quotations, headlines, paragraphs pasted in.

Each is judged on its own evidence, with the document's verdict as prior.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Literal

from normalize.calibration import log_odds
from normalize.candidates import Candidate
from normalize.judge import PARAGRAPH_PRIOR_LOG_ODDS, PASSAGE_PRIOR_LOG_ODDS, passage_log_odds
from normalize.restore import Choice
from normalize.segment import Segmented, Span, is_quotation, word_count

Quotations = Literal["keep", "judge", "restore"]
LONG_PARAGRAPH = 50
"""Words from which a paragraph is judged on its own: shorter ones hold too little evidence."""


def judge_passages(
    segmented: Segmented,
    candidates: Sequence[Candidate],
    choices: Sequence[Choice],
    quotations: Quotations,
    judged: bool = True,
) -> None:
    """Block candidates in passages that were left alone by the spinner, or are to be kept.

    ``choices`` are what a search of the whole text would change. Nothing but kept quotations is blocked unless
    ``judged``.
    """
    passages: dict[Span, list[Candidate]] = {}
    paragraphs = list(_paragraphs(segmented.text)) if judged else []
    starts = [paragraph.start for paragraph in paragraphs]
    for candidate in candidates:
        zone = candidate.zone
        if zone and zone.kind in ("quotation", "headline"):
            passages.setdefault(zone, []).append(candidate)
        at = bisect_right(starts, candidate.start) - 1
        if at >= 0 and candidate.end <= paragraphs[at].end:
            passages.setdefault(paragraphs[at], []).append(candidate)
    for passage, inside in passages.items():
        reason = _why_keep(segmented, passage, choices, quotations, judged)
        for candidate in inside if reason else ():
            candidate.blocked = candidate.blocked or reason


def _why_keep(
    segmented: Segmented, passage: Span, choices: Sequence[Choice], quotations: Quotations, judged: bool
) -> str:
    """Say why a passage stays as it is, or give an empty string when it is restored."""
    if passage.kind == "quotation" and quotations == "keep":
        return "inside a quotation, and quotations are kept"
    if not judged or (passage.kind == "quotation" and quotations == "restore"):
        return ""
    words = word_count(segmented.text[passage.start : passage.end])
    if passage.kind == "paragraph":
        # Quotations in it are judged apart.
        zones = [zone for zone in segmented.zones if is_quotation(zone)]
        words -= sum(word_count(segmented.text[z.start : z.end]) for z in zones if _holds(passage, z.start, z.end))
        if words < LONG_PARAGRAPH:
            return ""
        own = [c for c in choices if _holds(passage, c.candidate.start, c.candidate.end)]
        inside = [c for c in own if not is_quotation(c.candidate.zone)]
        prior = PARAGRAPH_PRIOR_LOG_ODDS
    else:
        inside = [c for c in choices if c.candidate.zone == passage]
        prior = PASSAGE_PRIOR_LOG_ODDS
    odds = passage_log_odds([log_odds(choice.changed) for choice in inside], words, prior)
    return "" if odds > 0 else f"inside a {passage.kind} that reads unspun (log odds {odds:+.1f})"


def _holds(span: Span, start: int, end: int) -> bool:
    return span.start <= start and end <= span.end


def _paragraphs(text: str) -> Iterator[Span]:
    """Give the long paragraphs of a text: between blank lines, or lines where there are none."""
    mark = "\n\n" if "\n\n" in text else "\n"
    at = 0
    for paragraph in text.split(mark):
        if word_count(paragraph) >= LONG_PARAGRAPH:
            yield Span(at, at + len(paragraph), "paragraph")
        at += len(paragraph) + len(mark)
