"""Words that carry facts: numbers, dates, negations, and each, every and both.

Spinning changes facts, and guessing them back would invent: such words are never learned.
"""

from __future__ import annotations

from collections.abc import Sequence

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
