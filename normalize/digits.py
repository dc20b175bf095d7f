"""Digits two to nine that a spinner made of number words: "in accordance with 5 sources".

News style spells out one to nine in running text, and keeps figures for ages, money, measures, percentages, times,
dates, scores, votes, odds and names (Associated Press style, "numerals"). So a lone digit before a plain noun in a spun
text is likely the spinner's. Where the rule has exceptions nothing is proposed, nor for 1: "one" is hardly ever
exchanged, and a 1 in prose is mostly a label or a sample value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import regex

from normalize.plan import Edit
from normalize.segment import Segmented

FAMILIES = frozenset({"classic", "padded", "element", "wordnet"})
"""Families that were seen to write digits for number words."""
ENTRY = "numbers/digits/"
"""What ids of these edits begin with: they are no entries of the phrasebook."""
CONFIDENCE = 0.9
"""All 32 places that this proposes in the spun cases and the gold article are right (12 of them in cases that served
for nothing else); 0.9 leaves room for originals in another style than that of news."""

_WORDS = dict(zip("23456789", "two three four five six seven eight nine".split(), strict=True))
_DIGIT = regex.compile(
    r"(?<![\w.,:;/$€£#%+=*'’“\"&@^~<>|\\()\[\]–—-])[2-9](?=[ ]\p{Ll}{2})"
    r"|(?<![\w.,/$€£#-])[2-9](?=-\p{Ll})"
)
_MEASURES = frozenset(
    """million billion trillion thousand hundred dozen percent percentage per pc pct point points am pm a.m p.m o'clock
    degree degrees mile miles kilometer kilometers kilometre kilometres km meter meters metre metres cm mm inch inches
    foot feet ft yard yards acre acres hectare hectares square cubic kg kilo kilos kilogram kilograms gram grams mg ton
    tons tonne tonnes pound pounds ounce ounces oz lb lbs litre litres liter liters ml gallon gallons pint pints cup
    cups tablespoon tablespoons tbsp teaspoon teaspoons tsp watt watts volt volts amp amps gb mb tb kb gigabyte
    gigabytes
    megabyte megabytes terabyte terabytes gigabit gigabits megabit megabits mph kph knots bit bits byte bytes cent cents
    dollar dollars euro euros yen yuan rupee rupees sterling penny pence bn mn tn year-old years-old old older younger
    under over aged magnitude star stars tries runs goals wickets birdie iron january february march april june july
    august september october november december""".split()
)
"""Measures, money, scales, ages, scores and dates: after these and before them stands a figure."""
_NO_NOUNS = frozenset(
    """and or to in on at for from by with vs versus against up down out off plus minus times x is was were are has had
    but as than that the if when while because will would can through""".split()
)
"""What follows a figure that counts nothing: ranges, sums, labels, scores."""
_HYPHENED = frozenset("judge member person man woman day week month hour minute way party nation country part".split())
_LABELS = frozenset(
    """age aged ages number numbers no phase section chapter part level tier stage figure table article version class
    type group game round set match page step size channel route highway interstate grade day week year quarter season
    episode volume book act scene verse line row column item option question rule title appendix annex schedule form
    unit room floor gate pier platform track lane exit flight apollo formula windows iphone ps mark model generation
    january february march april may june july august september october november december jan feb mar apr jun jul aug
    sep sept oct nov dec spring summer autumn fall winter category zone district ward division pool seed seeded ranked
    top magnitude point times plus minus divided equals bus q release python beat beats won lost lead led leads score
    scored draw drew odds vote voted ratio""".split()
)
"""What stands before a figure that is a label, a date or a score."""
_MAY_OPEN_A_COUNT = frozenset({"the", "a", "all", "for"})
_RANGE = regex.compile(r"\d[\d.,]*\s*(?:and|or|to|,|-|–|versus)\s*\Z")
_TIMES = frozenset("hour hours minute minutes second seconds".split())
_FOLLOWING = regex.compile(r"[ -]([\p{L}.'’]{1,40}+(?:-\p{L}{1,40}+)*+)(?:[ ]+(\p{L}{1,40}+))?")
_PREVIOUS = regex.compile(r"([\p{L}\p{N}.'’-]+)[ ]+\Z")
_CLOCK_GOES_ON = regex.compile(r",? (?:and )?\d")
_CLOCK = regex.compile(r"\b(?:hours?|minutes?)\b[^.;]{0,12}\Z")
_LIST_ITEM = regex.compile(r"\s*\d{1,2}[.)] ")
MIN_WORDS = 6
"""A line of fewer words is a label or a list item, even with a full stop."""
WRAPPED = 60
"""Characters of a line from which it may be a sentence that goes on in the next one."""
_ENDS = (".", "!", "?", "…", ".”", '."', ",”", ',"')


def spell_digits(segmented: Segmented, edits: Sequence[Edit] = ()) -> Iterator[Edit]:
    """Propose an edit for each digit in prose where news style has a word: "4 people" becomes "four people".

    For texts that were spun by one of ``FAMILIES`` only. ``edits`` are those planned already, with offsets of the same
    text: what they touch is left to them. Left alone are headlines, captions, credits, quotations without an edit,
    protected spans, names ("Phase 2"), figures with signs and units, ages, times, dates, scores, ranges, and lines that
    are no sentences (lists, tables).
    """
    text = segmented.text
    is_prose = _prose(text)
    for match in _DIGIT.finditer(text):
        start, end = match.span()
        if segmented.is_protected(start, end) or any(edit.start < end and start < edit.end for edit in edits):
            continue
        zone = segmented.zone_at(start, end)
        if zone and zone.kind != "quotation":
            continue
        if zone and not any(zone.start <= edit.start < zone.end for edit in edits):
            continue
        if is_prose(start) and _counts(text, start, end):
            word = _WORDS[match[0]]
            word = word.capitalize() if _opens_sentence(text, start) else word
            reason = f"news style spells out one to nine, and the spinner writes figures for words: “{word}”"
            yield Edit(start, end, match[0], word, ENTRY + match[0], CONFIDENCE, reason)


def _counts(text: str, start: int, end: int) -> bool:
    """Tell whether the digit counts what follows, and is no part of a name, a measure, a range or a score."""
    following = _FOLLOWING.match(text, end)
    if following is None:
        return False
    word = following[1].lower().replace("’", "'").rstrip(".")
    head = word.split("-")[0]
    if text[end] == "-":
        return head in _HYPHENED
    if {word, head, (following[2] or "").lower()} & _MEASURES or head in _NO_NOUNS:
        return False
    before = text[max(0, start - 60) : start]
    in_time = head in _TIMES and (_CLOCK.search(before) or _CLOCK_GOES_ON.match(text, following.end(1)))
    if in_time or _RANGE.search(before):
        return False
    previous = _PREVIOUS.search(before)
    return previous is None or _may_precede(text, start - len(previous[0]), previous[1])


def _may_precede(text: str, start: int, token: str) -> bool:
    word = token.rstrip(".").lower()
    if word in _LABELS or token[0].isdigit():
        return False
    named = token[0].isupper() and not _opens_sentence(text, start)
    return not named or word in _MAY_OPEN_A_COUNT


def _prose(text: str) -> Callable[[int], bool]:
    """Give a function that tells whether the line that holds an offset is made of sentences; it remembers lines."""
    known: dict[int, bool] = {}

    def is_prose(offset: int) -> bool:
        first = text.rfind("\n", 0, offset) + 1
        if first not in known:
            last = text.find("\n", offset)
            known[first] = _is_prose(text, first, last if last >= 0 else len(text))
        return known[first]

    return is_prose


def _is_prose(text: str, first: int, last: int) -> bool:
    """Tell whether a line has some words, is no list item or table row, and ends like a sentence or wraps."""
    line = text[first:last].rstrip()
    if len(line.split()) < MIN_WORDS or line.lstrip()[:1] in "-*•|#>" or _LIST_ITEM.match(line):
        return False
    wraps = len(line) >= WRAPPED and text[last : last + 2] not in ("\n\n", "", "\n")
    return line.endswith(_ENDS) or line[-1:] in "”\"’')" or wraps


def _opens_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip(" ")
    return not before or before[-1] in "\n\r" or before.rstrip("\"”’'“‘(")[-1:] in (".", "!", "?", "\n", "")
