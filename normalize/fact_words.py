"""Words that carry facts: numbers, dates, negations, and each, every and both.

Spinning changes facts, and guessing them back would invent: such words are never learned.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from normalize.align import Token

_NUMBERS = frozenset(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion "
    "dozen half third thirds quarter quarters fourth fifth sixth seventh eighth ninth tenth twice thrice "
    "tens hundreds thousands millions billions trillions dozens halves first second".split()
)
_DATES = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays "
    "saturdays sundays january february april june july august september october november december jan feb mar apr jun "
    "jul aug sep sept oct nov dec today yesterday tomorrow tonight".split()
)
_MONTH_NAMES = frozenset({"may", "march"})
_NEGATIONS = frozenset(
    "no not nor neither never none nobody nothing nowhere cannot can't nary ain't dont didnt doesnt".split()
)
_ALL_OR_EACH = frozenset("each every both".split())
_UNITS = {
    "second": ("seconds", "secs"),
    "minute": ("minutes", "mins"),
    "hour": ("hours", "hrs"),
    "day": ("days",),
    "week": ("weeks",),
    "month": ("months",),
    "year": ("years", "yr", "yrs"),
    "decade": ("decades",),
    "century": ("centuries",),
}
_UNIT_OF = {form: unit for unit, forms in _UNITS.items() for form in (unit, *forms)}
_FACT_WORDS = _NUMBERS | _DATES | _NEGATIONS | _ALL_OR_EACH
_WORD = re.compile(r"\d+(?:st|nd|rd|th)\b|\d[\d.,]*\d|[^\W_]+(?:['’][^\W_]+)?")
_SAME = {
    **dict(zip("one two three four five six seven eight nine ten".split(), map(str, range(1, 11)), strict=True)),
    **dict(zip("first second third fourth fifth".split(), "1st 2nd 3rd 4th 5th".split(), strict=True)),
    **dict.fromkeys(_NEGATIONS, "not"),
    "every": "each", "thirds": "3rd",
}  # fmt: skip
_NO_FACT = re.compile(
    r"\b(?:12 months|whether or not|no matter|no less than|not less than|on a daily basis|every (?:day|week|month|year)"
    r"|each (?:day|week|month|year))\b",
    re.IGNORECASE,
)


def facts_of(phrase: str) -> frozenset[str]:
    """Give the fact words of a phrase in one spelling each: five as 5, third as 3rd, every as each, never as not.

    Phrases that say no more than a plain word does hold none (whether or not, every year; "12 months" is how the
    classic family writes a year), nor does "one": it is a pronoun as often.
    """
    found = set()
    for match in _WORD.finditer(_NO_FACT.sub("", phrase)):
        word = match[0].lower().replace("’", "'")
        named = match[0][0].isupper() and word in _MONTH_NAMES
        if named or word in _FACT_WORDS or word[0].isdigit() or word.endswith("n't"):
            found.add("not" if word.endswith("n't") else _SAME.get(word, word))
    return frozenset(found - {"1"})


def touches_facts(spun: Sequence[Token], original: Sequence[Token]) -> bool:
    """Tell whether a number, a date, a negation, or each, every or both stands on either side of a substitution.

    Different units of time count as well. A word that is the same on both sides is no excuse: the entry would be about
    it all the same.
    """
    if any(_is_fact(token) for token in (*spun, *original)):
        return True
    units = [{_UNIT_OF[token.key] for token in side if token.key in _UNIT_OF} for side in (spun, original)]
    return bool(units[0] and units[1] and units[0] != units[1])


def _is_fact(token: Token) -> bool:
    if token.named and token.key in _MONTH_NAMES:
        return True
    return any(
        part in _FACT_WORDS or part.endswith("n't") or any(char.isdigit() for char in part)
        for part in token.key.split("-")
    )
