"""Cut a text into tokens, sentences and zones, all with character offsets.

Zones say what kind of text a passage is (headline, dateline, body, quotation, caption, credit line), and which spans
are protected: URL, e-mail address, code, hash, IP address, CVE or ATT&CK id, file path, @handle, #tag, quantity.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeGuard

import regex

MAX_TOKEN = 200
"""Longer runs of letters are cut: no word is that long, and a 50 MB line of letters must not stall anything."""

_TOKEN = regex.compile(
    rf"(?P<word>[\p{{L}}\p{{N}}][\p{{L}}\p{{N}}\p{{M}}]{{0,{MAX_TOKEN - 1}}}+"
    r"(?:['’][\p{L}]{1,20}+)*+)|(?P<mark>[^\s\p{L}\p{N}])"
)

_PROTECTED = regex.compile(
    r"""
    (?P<code>(?m:^(?P<fence>`{3,}+|~{3,}+)[^\n]*+\n(?:(?!(?P=fence))[^\n]*+\n)*+(?:(?P=fence)[^\n]*+)?)
        | (?<!`)`[^`\n]{1,300}+`(?!`))
  | (?P<url>\b(?:https?|hxxps?|ftp|file)(?:://|\[:\]//)[^\s<>"“”]{1,2000}+
        | \bwww\.[^\s<>"“”]{1,2000}+)
  | (?P<email>\b[\w.+-]{1,64}+@[\w-]{1,63}+(?:\.[\w-]{1,63}+){1,8}+)
  | (?P<identifier>\b(?:CVE-\d{4}-\d{3,7}|CWE-\d{1,5}|CAPEC-\d{1,5}|TA?\d{4}(?:\.\d{3})?|GHSA(?:-\w{4}){3}
        |MS\d\d-\d{3}|KB\d{6,7})\b)
  | (?P<ip>\b\d{1,3}(?:\[?\.\]?\d{1,3}){3}(?:/\d{1,2})?\b
        | \b[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){7}\b)
  | (?P<hash>\b(?=[a-fA-F]*\d)[0-9a-fA-F]{32,128}\b)
  | (?P<handle>(?<![\w@#&])[@\#][\w]{1,60}+)
  | (?P<path>(?<![\w/\\.])(?:[A-Za-z]:\\|\\\\|~/|\.{1,2}/|/)[\w.$%@+-]{1,100}+(?:[\\/][\w.$%@+-]{1,100}+)*+)
  | (?P<domain>\b[\w-]{1,63}(?:(?:\.|\[\.\])[\w-]{1,63}){0,5}(?:\.|\[\.\])
        (?:com|net|org|io|gov|edu|mil|int|info|biz|ru|cn|uk|de|onion
        |exe|dll|py|js|php|html?|txt|pdf|zip|docx?|xlsx?|json|xml|toml|md)\b)
  | (?P<placeholder>\{[^{}\n]{1,200}+\}|\[/?[a-z_]{2,30}\d{0,3}(?:\ [^\]\n]{0,200}+)?\])
    """,
    regex.VERBOSE,
)

_OPENERS = {"“": "”", "«": "»", "„": "“"}
_CREDIT = regex.compile(
    r"""\s*+(?:(?:additional\ )?(?:reporting|writing|editing)\ by\b|our\ standards:|source(?:\ link|:)
    |image(?:\ credit|:)|photo(?:\ credit|:)|\(?photo(?:graph)?\ by\b|credit:|©|\(c\)|copyright\b
    |read\ more\b|related:|published\b|by\ [A-Z][\w.'-]+\ [A-Z][\w.'-]+\s*$
    |featured\ advertisements?|leave\ a\ reply|your\ email\ address\ will\ not\ be\ published)""",
    regex.IGNORECASE | regex.VERBOSE,
)
_AGENCY = regex.compile(r"(?:REUTERS|AP|AFP|EPA|Getty Images|Shutterstock|Bloomberg)/[^\n]{0,200}")
_DATELINE = regex.compile(
    r"""\s*+[A-Z][A-Z\ .,/’'-]{2,80}(?:,\ [A-Z][a-z]{2,8}\.?\ \d{1,2}(?:,\ \d{4})?)?\ ?
    (?:\((?:Reuters|AP|AFP|UPI|CNN|[A-Z][A-Za-z\ ]{1,30})\))?\ ?[–—-]{1,2}\ """,
    regex.VERBOSE,
)
_ABBREVIATIONS = frozenset(
    (
        "mr mrs ms dr prof sen rep gov gen col lt sgt capt st jr sr inc corp co ltd llc plc no vs etc e.g i.e u.s u.k "
        "u.n jan feb mar apr jun jul aug sep sept oct nov dec mt ft dept est fig al approx a.m p.m d.c "
    ).split()
)
_END = frozenset(".!?…")
_CLOSERS = frozenset("\"'”’)]}»")


class Token(NamedTuple):
    """A word or a mark, with character offsets."""

    start: int
    end: int
    text: str
    is_word: bool

    @property
    def plain(self) -> str:
        """The token in lower case with straight apostrophes, as models and phrasebook have it."""
        return self.text.lower().replace("’", "'")


class Span(NamedTuple):
    """A stretch of the text of one kind."""

    start: int
    end: int
    kind: str


def is_quotation(zone: Span | None) -> TypeGuard[Span]:
    """Tell whether a zone is a quotation; no zone is none."""
    return zone is not None and zone.kind == "quotation"


@dataclass(slots=True)
class Segmented:
    """A text cut up. ``sentences`` are token ranges; ``zones`` cover headline, dateline, quotation, caption and credit
    (everything else is body); ``protected`` spans are never changed. All lists are in text order.
    """

    text: str
    tokens: list[Token]
    sentences: list[tuple[int, int]]
    zones: list[Span]
    protected: list[Span]

    def sentence_texts(self) -> Iterator[str]:
        """Give the text of each sentence."""
        for first, end in self.sentences:
            yield self.text[self.tokens[first].start : self.tokens[end - 1].end]

    def zone_at(self, start: int, end: int) -> Span | None:
        """Give the innermost zone that the span touches, or None for plain body text."""
        touching = [zone for zone in self.zones if zone.start < end and start < zone.end]
        return min(touching, key=lambda zone: zone.end - zone.start, default=None)

    def is_protected(self, start: int, end: int) -> bool:
        """Tell whether the span touches a protected one."""
        index = bisect_right(self.protected, (end,)) - 1
        return any(span.start < end and start < span.end for span in self.protected[max(0, index - 1) : index + 1])


def segment(text: str) -> Segmented:
    """Cut a text into tokens, sentences, zones and protected spans."""
    protected = protected_spans(text)
    tokens = [Token(m.start(), m.end(), m[0], m.lastgroup == "word") for m in _TOKEN.finditer(text)]
    sentences = list(_sentences(text, tokens))
    zones = _line_zones(text)
    zones += quotations(text, protected)
    return Segmented(text, tokens, sentences, sorted(zones), protected)


def blocks(text: str, size: int) -> Iterator[tuple[int, int]]:
    """Cut a long text into blocks of at most ``size`` characters, at a paragraph, line, sentence or blank."""
    at = 0
    while len(text) - at > size:
        for mark in ("\n\n", "\n", ". ", " "):
            cut = text.rfind(mark, at + size // 2, at + size)
            if cut >= 0:
                cut += len(mark)
                break
        else:
            cut = at + size
        yield at, cut
        at = cut
    yield at, len(text)


def protected_spans(text: str) -> list[Span]:
    """Give the spans that are never changed, in order, not overlapping."""
    return [Span(m.start(), m.end(), m.lastgroup or "code") for m in _PROTECTED.finditer(text)]


def word_count(text: str) -> int:
    """Count the words of a text, as runs between blanks."""
    return len(text.split())


def _sentences(text: str, tokens: list[Token]) -> list[tuple[int, int]]:
    """Give sentences as token ranges: they end at . ! ? before a capital, and at a line that ends a paragraph."""
    sentences: list[tuple[int, int]] = []
    first = 0
    for index in range(len(tokens)):
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        if following is None or _ends_sentence(text, tokens, index, following):
            sentences.append((first, index + 1))
            first = index + 1
    return sentences


def _ends_sentence(text: str, tokens: list[Token], index: int, following: Token) -> bool:
    token = tokens[index]
    gap = text[token.end : following.start]
    if gap.count("\n") > 1 or ("\n" in gap and _is_short_line(text, token.end)):
        return True
    if not gap or following.text[0].islower() or following.text in _CLOSERS:
        return False
    last = index
    while last > 0 and tokens[last].text in _CLOSERS and tokens[last].start == tokens[last - 1].end:
        last -= 1
    if tokens[last].text not in _END:
        return False
    if tokens[last].text == "." and last and tokens[last - 1].is_word:
        word = tokens[last - 1].text.lower()
        initial = len(word) == 1 and tokens[last - 1].text.isupper()
        return not (initial or word in _ABBREVIATIONS)
    return True


def _is_short_line(text: str, end: int) -> bool:
    """Tell whether the line that holds this offset is far from full: then its break ends a sentence."""
    start = text.rfind("\n", 0, end) + 1
    return end - start < 50


def _line_zones(text: str) -> list[Span]:
    zones: list[Span] = []
    at = 0
    first = True
    for line in text.splitlines(keepends=True):
        body = line.strip()
        if body:
            start = at + len(line) - len(line.lstrip())
            end = at + len(line.rstrip())
            if len(body) <= 300 and _CREDIT.match(body):
                zones.append(Span(start, end, "credit"))
            elif _AGENCY.search(body):
                zones.append(Span(start, end, "caption"))
            elif _is_headline(body, first):
                zones.append(Span(start, end, "headline"))
            elif dateline := _DATELINE.match(body):
                zones.append(Span(start, start + dateline.end(), "dateline"))
            for credit in _AGENCY.finditer(text, at, at + len(line)):
                zones.append(Span(credit.start(), credit.end(), "credit"))
            first = False
        at += len(line)
    return zones


def _is_headline(line: str, first: bool) -> bool:
    """Tell whether a line reads like a headline: short, no full stop, and first or with most words capitalised."""
    if len(line) > 160 or line[-1] in ".!?,;:" or (line[-1] in _CLOSERS and len(line) > 2 and line[-2] in ".!?,"):
        return False
    if line.startswith("#"):
        return True
    words = [word for word in line.split() if len(word) > 3 and word[0].isalpha()]
    capitals = sum(word[0].isupper() for word in words)
    return len(words) >= 3 and (capitals >= 0.7 * len(words) or (first and len(line.split()) <= 20))


def quotations(text: str, protected: list[Span]) -> list[Span]:
    """Pair quotation marks paragraph by paragraph; an unclosed quotation ends at its paragraph.

    Apostrophes ('90s, James') are no quotation marks: a single mark opens only after a blank and closes only before
    one, and only where its partner stands in the same paragraph.
    """
    blocked = [(span.start, span.end) for span in protected]
    zones: list[Span] = []
    at = 0
    for paragraph in regex.split(r"(\n[ \t\r]*+\n)", text):
        zones += _quotations_of_paragraph(paragraph, at, blocked)
        at += len(paragraph)
    return zones


_ELIDED = regex.compile(r"(?:\d|em|tis|twas|til|till|cause|round|bout|n|cos|ere|neath)\b|\d", regex.IGNORECASE)
"""What follows an apostrophe that stands for left-out letters: '90s, 'em, 'tis."""
_MARK = regex.compile(r"""["“”„«»]|(?<!\w)[‘'](?=\w)|(?<=[\w.,!?])[’'](?!\w)""")


def _quotations_of_paragraph(paragraph: str, base: int, blocked: list[tuple[int, int]]) -> list[Span]:
    zones: list[Span] = []
    open_at: int | None = None
    closer = ""
    single_at: int | None = None
    for mark in _MARK.finditer(paragraph):
        position = base + mark.start()
        index = bisect_right(blocked, (position + 1,)) - 1
        if index >= 0 and blocked[index][0] <= position < blocked[index][1]:
            continue
        char = mark[0]
        if char in "‘’'" and _ELIDED.match(paragraph, mark.end()):
            continue
        if open_at is not None:
            if char == closer or (closer == "”" and char == '"'):
                zones.append(Span(open_at, position + 1, "quotation"))
                open_at = None
        elif char in _OPENERS:
            open_at, closer = position, _OPENERS[char]
        elif char == '"':
            open_at, closer = position, '"'
        elif char in "‘'" and mark.start() + 1 < len(paragraph) and paragraph[mark.start() + 1].isalpha():
            single_at = position
        elif char in "’'" and single_at is not None:
            zones.append(Span(single_at, position + 1, "quotation"))
            single_at = None
    if open_at is not None:
        zones.append(Span(open_at, base + len(paragraph.rstrip()), "quotation"))
    return zones
