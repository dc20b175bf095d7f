"""Clean anchors: places of a document that spinners leave alone, and that tell its true vocabulary.

Spinners keep addresses, link texts, image descriptions and often the title as they were. An original that stands there
outweighs its rivals in the text around: where a link says "technology-companies", "know-how firms" are technology
companies. (Observed on real spun pages; WP Auto Spinner, for one, never spins link elements.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import regex

from normalize.candidates import Candidate
from normalize.language_model import model_words
from normalize.segment import Segmented

ANCHOR_GAIN = 4.0
"""What an anchor is worth for an original, in nats."""
MAX_WORDS = 40
"""Words of one anchor that are read: longer ones are no titles or links."""

MAX_CHARACTERS = 2000
"""Characters of one anchor that are looked at."""

_LINK = regex.compile(r"!?\[([^\[\]\n]{1,300}+)\]\((?:[^()\s]{1,2000}+)[^()\n]{0,300}+\)")
_COMMON = frozenset(
    "a an and are as at be but by for from has have he her his if in into is it its more not of on one or our out over "
    "she so some than that the their them then there they this to up was we were what when which who will with "
    "you".split()
)


class Clean(NamedTuple):
    """A piece of a document that stands beside its text, untouched: a ``title``, ``picture``, ``link`` or ``address``.

    ``text`` is what it says; of an address, the address itself.
    """

    kind: str
    text: str


class Anchor(NamedTuple):
    """A clean stretch of words, and what it is: a link, an address, a title."""

    kind: str
    words: tuple[str, ...]


def anchors_in(segmented: Segmented, given: Iterable[str | Clean] = ()) -> list[Anchor]:
    """Give the anchors of a text: addresses and link texts in it, and those that are given with it.

    What is given as a string counts as a title.
    """
    found: list[Anchor] = []
    for piece in given:
        kind, text = ("title", piece) if isinstance(piece, str) else piece
        if kind == "address":
            found += _slugs(text)
        else:
            found.append(Anchor(kind, model_words(text[:MAX_CHARACTERS].replace("-", " "))[:MAX_WORDS]))
    for span in segmented.protected:
        if span.kind in ("url", "domain"):
            found += _slugs(segmented.text[span.start : span.end])
    found += [Anchor("link", model_words(link[1])[:MAX_WORDS]) for link in _LINK.finditer(segmented.text)]
    return [anchor for anchor in found if anchor.words]


def _slugs(address: str) -> list[Anchor]:
    """Give the words of an address: the parts of its path that are several words."""
    path = address.partition("://")[2] or address
    slugs = path[:MAX_CHARACTERS].partition("/")[2].replace("_", "-").split("/")
    return [Anchor("address", model_words(slug)[:MAX_WORDS]) for slug in slugs if "-" in slug]


def lean_on_anchors(candidates: Iterable[Candidate], anchors: Sequence[Anchor]) -> None:
    """Let anchors speak for originals that stand in them, where the spun form itself does not."""
    if not anchors:
        return
    known: dict[tuple[str, ...], str] = {}
    for anchor in anchors:
        for phrase in _phrases(anchor.words):
            known.setdefault(phrase, anchor.kind)
    for candidate in candidates:
        if model_words(candidate.form) not in known:
            candidate.options = [option._replace(anchor=known.get(option.words, "")) for option in candidate.options]


def _phrases(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Give all phrases of up to four words, except those that are common words only."""
    for first in range(len(words)):
        for last in range(first + 1, min(len(words), first + 4) + 1):
            phrase = words[first:last]
            if not _COMMON.issuperset(phrase):
                yield phrase
