"""Inflect entries: from lemmas to the forms that stand in a text, side by side for spun form and original.

Inflection comes from lemminflect (MIT), which is right for 99.25 % of 1,605 forms in our trial
(docs/decisions/0003-inflection.md). It is imported on first use only, because a compiled phrasebook needs it no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

TAGS = {
    "verbs": ("VB", "VBZ", "VBD", "VBN", "VBG"),
    "nouns": ("NN", "NNS"),
    "adjectives": ("JJ", "JJR", "JJS"),
}
"""Penn Treebank tags of the forms that each part of speech takes."""

_DEGREES = {"JJR": "more", "JJS": "most"}

RARE_SHARE = 0.02
"""An alternative form that honest writers use less often than this share of the commonest one is left out."""

Frequency = Callable[[str], float]


def no_frequency(form: str) -> float:
    """Know nothing of frequencies: all forms are alike."""
    del form
    return 0.0


def inflections(
    section: str, spun: str, original: str, frequency: Frequency = no_frequency
) -> Iterator[tuple[str, str]]:
    """Give each (spun form, original form) pair of an entry, base form first; fixed sections give just one.

    A spun form with several spellings (learned, learnt) gives a pair for each; the original takes the first spelling,
    which is the American one. ``frequency`` tells mass nouns (information) from countable ones (inquiry), because the
    library gives both a regular plural and the bare word.
    """
    if section not in TAGS:
        yield spun, original
        return
    for tag in TAGS[section]:
        forms = _usual(inflect(spun, section, tag), spun, tag, frequency)
        target = _usual(inflect(original, section, tag), original, tag, frequency)
        if forms and not target and tag in _DEGREES:
            target = [f"{_DEGREES[tag]} {original}"]
        for form in forms:
            if target:
                yield form, target[0]


def _usual(forms: tuple[str, ...], lemma: str, tag: str, frequency: Frequency) -> list[str]:
    """Leave out alternatives that honest writers hardly use, and the bare noun beside a regular plural.

    A noun given in the plural (details, earnings) has no other: nobody writes "detailses".
    """
    if tag == "NNS" and lemma.endswith("s") and frequency(lemma) and not any(map(frequency, forms)):
        return [lemma]
    if len(forms) < 2:
        return list(forms)
    counts = [frequency(form) for form in forms]
    least = RARE_SHARE * max(counts)
    usual = [form for form, count in zip(forms, counts, strict=True) if count >= least]
    if tag == "NNS" and len(usual) > 1:
        usual = [form for form in usual if form != lemma]
    return usual


def inflect(lemma: str, section: str, tag: str) -> tuple[str, ...]:
    """Inflect a lemma of one or several words: a verb phrase on its first word, others on their last."""
    if tag in ("VB", "NN", "JJ"):
        return (lemma,)
    before, after = "", ""
    head = lemma
    if " " in lemma:
        if section == "verbs":
            head, _, rest = lemma.partition(" ")
            after = " " + rest
        elif section == "nouns":
            start, _, head = lemma.rpartition(" ")
            before = start + " "
        else:
            return ()
    return tuple(before + form + after for form in _inflect_word(head, tag))


@lru_cache(maxsize=65536)
def _inflect_word(word: str, tag: str) -> tuple[str, ...]:
    from lemminflect import getInflection

    prefix, hyphen, last = word.rpartition("-")
    if hyphen and last.isalpha():
        return tuple(f"{prefix}-{form}" for form in _inflect_word(last, tag))
    gradable = tag.startswith("JJ")
    forms = tuple(getInflection(word, tag, inflect_oov=not gradable and word.isalpha()))
    if gradable:
        return tuple(form for form in forms if form != word)
    return forms
