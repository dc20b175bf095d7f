"""From forms as they stand in a text back to base forms: what ``normalize.inflect`` does, the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from normalize.align import FUNCTION_WORDS
from normalize.inflect import inflections

_PARTICLES = frozenset(
    "in out up off on down away back over through around for to of with into about by at as from upon along".split()
)
_AUXILIARIES = frozenset("be have do can will may shall must need".split())
_UPOS = {"verbs": "VERB", "nouns": "NOUN", "adjectives": "ADJ", "adverbs": "ADV"}

UNLIKELY_FITNESS = -3.0
ODD_FITNESS = -2.0
"""Nats against swapping two function words, and two words that have no part of speech in common."""


@lru_cache(maxsize=65536)
def lemmas_of(word: str) -> dict[str, tuple[str, ...]]:
    """Give the lemmas of a word by part of speech (VERB, NOUN, ADJ, ADV); nothing for a word that the library lacks."""
    from lemminflect import getAllLemmas

    return dict(getAllLemmas(word)) if word.isalpha() else {}


def base_forms(spun: str, original: str) -> Iterator[tuple[str, str, str]]:
    """Give each (section, spun base form, original base form) whose inflections yield exactly this pair of forms."""
    for section in ("verbs", "nouns", "adjectives"):
        for spun_base in _base(spun, section):
            for base in _base(original, section):
                if spun_base != base and (spun, original) in inflections(section, spun_base, base):
                    yield section, spun_base, base
    if all(" " not in side and "ADV" in lemmas_of(side) for side in (spun, original)):
        yield "adverbs", spun, original


def _base(phrase: str, section: str) -> list[str]:
    """Give the base forms of a phrase as a verb, noun or adjective; none where it does not read as one."""
    words = phrase.split()
    place = 0 if section == "verbs" else -1
    others = words[1:] if section == "verbs" else words[:-1]
    if section == "verbs":
        fits = all(word in _PARTICLES for word in others)
    elif section == "nouns":
        lemmas = lemmas_of(words[-1])
        plural = words[-1] not in lemmas.get("NOUN", ())
        fits = not others or (not set(others) & FUNCTION_WORDS and (plural or set(lemmas) == {"NOUN"}))
    else:
        fits = not others
    if not fits or words[place] in FUNCTION_WORDS:
        return []
    lemmas = lemmas_of(words[place])
    found = [lemma for lemma in lemmas.get(_UPOS[section], ()) if lemma not in _AUXILIARIES]
    return [" ".join([lemma, *others] if section == "verbs" else [*others, lemma]) for lemma in found]


def word_fitness(spun: str, original: str) -> float:
    """Give how well two words go together by their part of speech, in nats."""
    functions = (spun in FUNCTION_WORDS) + (original in FUNCTION_WORDS)
    if functions:
        return UNLIKELY_FITNESS if functions == 2 else ODD_FITNESS
    here, there = lemmas_of(spun), lemmas_of(original)
    return ODD_FITNESS if here and there and not here.keys() & there.keys() else 0.0
