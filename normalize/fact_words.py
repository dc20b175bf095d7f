"""Words that carry facts: numbers, dates, negations, and each, every and both.

Spinning changes facts, and guessing them back would invent: such words are never learned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from normalize.align import Token

_NUMBERS = frozenset(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion dozen "
    "half third thirds quarter quarters fourth fifth sixth seventh eighth ninth tenth twice thrice "
    "tens hundreds thousands millions billions trillions dozens halves first second".split()
)
_DATES = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays sundays "
    "january february april june july august september october november december jan feb mar apr jun jul aug sep sept oct "
    "nov dec today yesterday tomorrow tonight".split()
)
_MONTH_NAMES = frozenset({"may", "march"})
_NEGATIONS = frozenset(
    "no not nor neither never none nobody nothing nowhere cannot can't nary ain't dont didnt doesnt".split()
)
_ALL_OR_EACH = frozenset("each every both".split())
_UNITS = {
    unit: base
    for base, units in {
        "second": "secs", "minute": "minutes mins", "hour": "hours hrs", "day": "days", "week": "weeks", "month": "months",
        "year": "years yr yrs", "decade": "decades", "century": "centuries",
    }.items()
    for unit in (base, *units.split())
}  # fmt: skip


def changes_facts(spun: Sequence[Token], original: Sequence[Token]) -> bool:
    """Tell whether a substitution touches a number, a date, a negation, or each, every and both.

    Such words may stand in it only where they are the same on both sides. Different units of time count as well.
    """
    sides = (spun, original)
    risky = [Counter(part for token in side for part in _risky_parts(token)) for side in sides]
    units = [{_UNITS[token.key] for token in side if token.key in _UNITS} for side in sides]
    return risky[0] != risky[1] or bool(units[0] and units[1] and units[0] != units[1])


def _risky_parts(token: Token) -> Iterator[str]:
    if token.named and token.key in _MONTH_NAMES:
        yield token.key
    for part in token.key.split("-"):
        if part.endswith("n't") or part in _NEGATIONS:
            yield part
        elif any(char.isdigit() for char in part) or part in _NUMBERS or part in _DATES or part in _ALL_OR_EACH:
            yield part
