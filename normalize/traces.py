"""Traces that rewriting leaves in a text beyond exchanged words: broken grammar, spintax, passages not restorable.

They are reported, never rewritten.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence

import regex

from normalize.article import takes_an
from normalize.candidates import Candidate
from normalize.plan import Edit, Note
from normalize.restore import Choice
from normalize.segment import Segmented

SPINTAX, GRAMMAR, REWRITTEN = "spintax", "grammar", "rewritten"

CERTAINLY_EXCHANGED = 0.8
"""Least probability that a place was exchanged, for what no original is likely enough."""
FINGERPRINT = 4.0
"""Evidence (nats) from which a form that stays is no honest word, whatever the search thinks of the place."""
LEFT_BEHIND = 2
"""Exchanged forms that must stay in a sentence before it is called rewritten."""

_STARS = regex.compile(r"\(\*\d{1,2}\*\)")
_SPINTAX = regex.compile(r"\{[\p{L}'’-]{1,30}+(?:[ |][\p{L}'’-]{1,30}+){1,12}\}")
_DOUBLED = regex.compile(
    r"(?<![\w-])(in|to|of|the|an?|for|on|with|by|from|at|and|or|is|are|was|were|be|this|their|its)[ ]+\1(?![\w-])"
)
_ARTICLE = regex.compile(r"(?<![\w.'’-])([Aa]n?) (\p{Ll}{2,}+)(?![\w.'’/+-])")
_VERB_AS_NOUN = regex.compile(
    r"\b(?:a|an|the) (?:\p{Ll}+ )?(?:improve|enhance|obtain|acquire|reveal|uncover|permit|deliver|accomplish|comprise"
    r"|enable|deliver|examine|analyze|confirm)(?= (?:in|of|on|for|from|by|over)\b|[,;.])"
)
_PAST_AFTER_DID = regex.compile(r"\bdid(?: not|n['’]t) (?!\p{L}*(?:eed|bed|shed|wed|led)\b)\p{Ll}{2,}+(?<=ed)\b")


def find_spintax(text: str, *, spun: bool) -> Iterator[Note]:
    """Give a note (kind ``spintax``) for each alternative that a spinner forgot to choose from: {that a}, (*11*).

    In a text that is not taken as spun only the starred kind is looked for: templates have braces too.
    """
    for pattern, anchor in ((_STARS, "(*"), (_SPINTAX, "{")):
        if anchor not in text or not (spun or pattern is _STARS):
            continue
        for match in pattern.finditer(text):
            message = f"left over from the spinner's own markup: “{match[0]}”"
            yield Note(*match.span(), SPINTAX, message, "high")


def find_broken_grammar(
    segmented: Segmented, edits: Sequence[Edit], article_exceptions: Collection[str]
) -> Iterator[Note]:
    """Give a note (kind ``grammar``) for each place where an exchanged word no longer agrees with its neighbours.

    Meant for spun texts only: honest writers slip as well. What an edit repairs is not reported.
    """
    text = segmented.text
    found = [(match.span(), "a word stands twice") for match in _DOUBLED.finditer(text)]
    found += [(match.span(), "a verb where a noun was") for match in _VERB_AS_NOUN.finditer(text)]
    found += [(match.span(), "two past tenses") for match in _PAST_AFTER_DID.finditer(text)]
    for match in _ARTICLE.finditer(text):
        capital = match[1] == "A" and not _opens(text, match.start())
        if not capital and match[1].lower() != ("an" if takes_an(match[2], article_exceptions) else "a"):
            found.append((match.span(), "the article does not fit"))
    for (start, end), problem in sorted(found):
        repaired = any(edit.start <= end and start <= edit.end for edit in edits)
        if not repaired and not segmented.is_protected(start, end):
            message = f"broken by a replacement: “{text[start:end]}”: {problem}"
            yield Note(start, end, GRAMMAR, message, "medium")


def _opens(text: str, start: int) -> bool:
    before = text[:start].rstrip()
    return not before or before[-1] in ".!?:“”\"'‘’\n"


def find_rewritten(
    segmented: Segmented, candidates: Sequence[Candidate], choices: Sequence[Choice], edits: Sequence[Edit]
) -> Iterator[Note]:
    """Give a note (kind ``rewritten``) for each sentence of a spun text that was rewritten and cannot be restored.

    That is one in which several exchanged forms stay after all edits: it is no honest sentence, and what it stands for
    is not known well enough to put back. ``choices`` are those of the search, whatever their confidence.
    """
    tokens = segmented.tokens
    changed = {id(choice.candidate): choice.changed for choice in choices}
    remaining = [
        candidate
        for candidate in sorted(candidates, key=lambda candidate: (candidate.start, -candidate.end))
        if (candidate.evidence >= FINGERPRINT or changed.get(id(candidate), 0.0) >= CERTAINLY_EXCHANGED)
        and not any(edit.start < candidate.end and candidate.start < edit.end for edit in edits)
    ]
    starts = [candidate.start for candidate in remaining]
    for first, end in segmented.sentences:
        start, stop = tokens[first].start, tokens[end - 1].end
        forms: dict[str, None] = {}
        reach = start
        for candidate in remaining[bisect_left(starts, start) : bisect_left(starts, stop)]:
            if candidate.start >= reach and candidate.end <= stop:
                forms[candidate.form] = None
                reach = candidate.end
        if len(forms) >= LEFT_BEHIND:
            shown = ", ".join(f"“{form}”" for form in forms)
            message = f"rewritten, not restorable: {shown} stay in “{_short(segmented.text[start:stop])}”"
            yield Note(start, stop, REWRITTEN, message, "medium")


def _short(passage: str) -> str:
    flat = " ".join(passage.split())
    return flat if len(flat) <= 100 else flat[:99].rsplit(" ", 1)[0] + " …"
