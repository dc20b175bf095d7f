"""Facts at risk: numbers, dates, negations, and each for both, where spinning damages them.

They are reported, never rewritten: putting a fact back by guessing would invent one. A spun text is full of numbers
that nobody touched, so only what spinners are known to break is reported, and each form once in a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import regex

from normalize.fact_words import facts_of
from normalize.plan import Edit, Note, Severity
from normalize.segment import protected_spans

KIND = "fact"

_DIGIT_WORDS = "one|two|three|four|five|six|seven|eight|nine"
_NUMBER_WORDS = (
    f"{_DIGIT_WORDS}|zero|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty|thirty|forty|fifty|sixty"
    "|seventy|eighty|ninety|hundred"
)
_SCALES = "hundred|thousand|million|billion|trillion"
_MONTH_BEFORE = "in|by|since|until|till|of|this|last|final|next|early|late|mid|from|through|throughout|on"
_PAIRS = (
    "sides|parties|companies|firms|corporations|countries|nations|men|women|groups|teams|cases|houses|chambers|events"
    "|leaders|occasions|sexes|genders|governments|players|papers|studies|drugs|vaccines|offices|sites|options"
)
_MAY = "(?:Might|Could)"
_DAY_OR_YEAR = r"(?:\d{1,2}|(?:19|20)\d\d)"
_PLURAL_VERB = r"(?:(?:have|are|were|will|would|can|could|said|had)|\w{3,20}ed)"
_HALF_WORD = "part of a figure has become a word"
_NO_FIGURE = "a word stands where a figure was"


class _Shape(NamedTuple):
    """What a broken figure looks like. ``anchor`` is a string that every one holds, and ``sign`` finds what every one
    holds, more quickly than the pattern: texts without are not searched.

    ``always`` marks shapes that honest writers never produce: they are reported whatever the verdict.
    """

    pattern: regex.Pattern[str]
    severity: Severity
    problem: str
    anchor: str = ""
    always: bool = False
    sign: re.Pattern[str] | None = None


def _any(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern, regex.IGNORECASE)


_LETTER_PERCENT = re.compile(r"%(?<=[A-Za-z]%)")

_SHAPES = (
    _Shape(_any(rf"(?<![\w.-])(?:{_NUMBER_WORDS})%"), "high", _NO_FIGURE, "%", always=True, sign=_LETTER_PERCENT),
    _Shape(
        _any(rf"[$€£](?:{_NUMBER_WORDS})[ -][mbt]r?illion\b(?!-)"), "high", _NO_FIGURE, "illion",
        always=True,
    ),
    _Shape(
        regex.compile(r"\b(?:Eighteen|Nineteen) (?:Twen|Thir|For|Fif|Six|Seven|Eigh|Nine)ties\b"), "medium",
        "a decade in words, which was in figures", "teen ", always=True,
    ),
    _Shape(
        _any(rf"(?<![\w.])\d{{1,3}}\.(?:{_DIGIT_WORDS})(?=%|[ -](?:{_SCALES}|percent|points?)\b)"), "high", _HALF_WORD
    ),
    _Shape(regex.compile(rf"(?<![\w.])\d{{1,3}}\.(?:{_DIGIT_WORDS})\b"), "high", _HALF_WORD),
    _Shape(
        _any(rf"(?<![\w.])(?:{_DIGIT_WORDS})(?:\.\d{{1,3}}(?=%|[ -](?:{_SCALES}|percent|points?)\b)|,\d{{3}}\b)"),
        "high", _HALF_WORD,
    ),
    _Shape(_any(rf"(?<![\w-])(?:{_DIGIT_WORDS}|ten|eleven|twelve):[0-5]\d(?!\d)"), "high", _HALF_WORD),
    _Shape(_any(r"(?<![\w/])(?:9/eleven|24/seven)\b"), "high", _HALF_WORD),
    _Shape(
        regex.compile(rf"(?<![\w-])[A-Z]{{1,5}}-(?:{_DIGIT_WORDS}|ten|eleven|twelve|\w{{3,5}}teen|twenty)\b(?!-)"),
        "high", "the number in a name has become a word",
    ),
    _Shape(
        regex.compile(rf"(?<![\w-])(?:{_NUMBER_WORDS}) (?:%|(?:k[gmW]|[cm]m|[KMGT]B|[kMG]Hz|[MG]W)\b)"), "medium",
        "a number word stands before the sign of a unit",
    ),
    _Shape(_any(r"(?<![\w$€£.,])[1-9] hundred\b"), "low", "half figure, half words"),
    _Shape(
        _any(r"(?<![\w,.$€£])10{1,3}['’]s of\b"), "medium", "a rough number; thousands and its like are often exchanged"
    ),
    _Shape(
        _any(r"\b(hundreds|thousands|millions|billions) and \1\b"), "medium",
        "a rough number that stands for another one, most often millions",
    ),
    _Shape(
        _any(r"\bcountless numbers\b"), "medium", "a rough number that stands for another one, most often thousands"
    ),
    _Shape(
        _any(r"\b(?:tens of (?:thousands|millions) of|hundreds(?: of)?)\b(?! (?:of )?(?:thousands|millions|billions))"),
        "low", "a rough number; some spinners write hundreds for thousands, and tens of millions for millions",
    ),
    _Shape(
        regex.compile(rf"\b(?:{_MONTH_BEFORE}) {_MAY}\b|(?<=[a-z,] ){_MAY} {_DAY_OR_YEAR}\b|\b\d{{1,2}} {_MAY}\b"),
        "high", "a date: this was the month of May",
    ),
    _Shape(
        regex.compile(r"(?<=[a-z,;’'] )This (?:fall|autumn)\b"), "high",
        "a date: a capital inside a sentence; this may have been a quarter (Q3, Q4)",
    ),
    _Shape(_any(rf"\beach (?!of\b)(?:\w+ )?(?:{_PAIRS})\b"), "high", "“each” before several of them: this was “both”"),
    _Shape(
        _any(rf"\beach \w{{3,20}}s(?<!ss|us|is|process|gets) {_PLURAL_VERB}\b"), "high",
        "“each” before several of them: this was “both”",
    ),
    _Shape(_any(r"\ba whole (?:lot|bunch) of\b"), "low", "a rough number that may stand for hundreds or thousands"),
    _Shape(_any(r"(?<=\w )0\.5 of\b"), "medium", "a fraction: this was half"),
    _Shape(_any(r"\b(?<!\bthe )(?<!\ba )quarter-hour\b"), "low", "a time: this may have been 15 minutes"),
    _Shape(
        _any(r"\b(?:has|have|had|to|repeatedly|consistently) did(?: not|n['’]t)\b"), "high",
        "a negation: this was “failed to” or its like",
    ),
    _Shape(_any(r"\bnobelium\b"), "high", "a negation: this was “no”"),
    _Shape(_any(r"\bunder no circumstances\b"), "low", "a negation that may have been “by no means”"),
)  # fmt: skip

_PRONOUN = regex.compile(
    r"\bthe (?:former|latter)\b(?=[ ]?[,.;:)]|[ ](?:is|are|was|were|has|have|had|will|would|of)\b)"
)
_SURE = 0.9
"""Confidence from which an edit that changes a fact is of low severity."""
_NEAR = 120
"""Characters from "the former" or "the latter" within which an exchanged word may be what it stands for."""


def find_facts(text: str, edits: Sequence[Edit] = (), *, spun: bool) -> list[Note]:
    """Give notes (kind ``fact``) for the facts at risk in a text, in order.

    ``edits`` are those planned for the text: each that changes a fact word is reported, and the shapes that it repairs
    are not. ``spun`` tells whether the text is taken as spun; in others only figures that no honest writer produces are
    reported. A form that stands in several places gives one note, at the first of them.
    """
    found = list(_broken(text, edits, spun))
    if spun:
        found += _changed(edits)
        found += _pronouns(text, edits)
    return sorted(_once_each(text, found), key=lambda note: (note.start, note.end))


def _broken(text: str, edits: Sequence[Edit], spun: bool) -> Iterator[Note]:
    taken: bytearray | None = None  # one for each character that is protected, edited or reported already
    for shape in _SHAPES:
        if not (spun or shape.always) or shape.anchor not in text or (shape.sign and not shape.sign.search(text)):
            continue
        for match in shape.pattern.finditer(text):
            start, end = match.span()
            if taken is None:
                taken = bytearray(len(text))
                left_alone = [span[:2] for span in protected_spans(text)]
                for first, last in [*left_alone, *((edit.start, edit.end) for edit in edits)]:
                    taken[first:last] = b"\1" * (last - first)
            if any(taken[start:end]):
                continue
            taken[start:end] = b"\1" * (end - start)
            yield Note(start, end, KIND, f"fact at risk: “{match[0]}”: {shape.problem}", shape.severity)


def _changed(edits: Sequence[Edit]) -> Iterator[Note]:
    """Report edits that put another number, date or negation in the place of one."""
    for edit in edits:
        before, after = facts_of(edit.before), facts_of(edit.after)
        if before != after:
            message = f"fact at risk: “{edit.before}” is restored to “{edit.after}”: compare with another report"
            yield Note(edit.start, edit.end, KIND, message, "low" if edit.confidence >= _SURE else "medium")


def _pronouns(text: str, edits: Sequence[Edit]) -> Iterator[Note]:
    for match in _PRONOUN.finditer(text):
        near = any(
            match.start() - _NEAR <= edit.start < match.start() and "\n" not in text[edit.start : match.start()]
            for edit in edits
        )
        if near:
            message = f"fact at risk: “{match[0]}”: a word that it may stand for is restored"
            yield Note(*match.span(), KIND, message, "low")


def _once_each(text: str, notes: Sequence[Note]) -> list[Note]:
    groups: dict[tuple[str, str], list[Note]] = {}
    for note in notes:
        groups.setdefault((text[note.start : note.end].lower(), note.message.lower()), []).append(note)
    return [
        Note(first.start, first.end, first.kind, f"{first.message} ({len(group)} places)", first.severity)
        if len(group) > 1 else first
        for group in groups.values() for first in group[:1]
    ]  # fmt: skip
