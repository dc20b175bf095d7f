"""Traces of rewriting: broken grammar, spintax, and sentences that stay rewritten."""

from __future__ import annotations

import pytest

from normalize import Normalizer
from normalize.candidates import Candidate, Option
from normalize.plan import Edit, Note
from normalize.restore import Choice
from normalize.segment import segment
from normalize.traces import find_broken_grammar, find_rewritten, find_spintax

SPINTAX = ["He said {that a} deal was near.", "It was {good|fine|in order}.", "Read more (*11*) here."]
NO_SPINTAX = ["Use {name} here.", "f(*args) and (*1a*)", "{ a: 1, b: 2 }", "{a|b", "an empty {} pair", "a set {1, 2}"]
BROKEN = [
    ("They sold a assortment of tools.", "a assortment"),
    ("It was an brand new idea.", "an brand"),
    ("There was an improve in sales.", "an improve"),
    ("The firm put in in place.", "in in"),
    ("He did not mentioned it.", "did not mentioned"),
    ("A analyst said so.", "A analyst"),
]
SOUND = [
    "They sold an assortment of tools in an hour at a university.",
    "They improve a lot. It helps to improve on it.",
    "The log in in-house tools had had that that effect.",
    "He did not need it, did not feed it and didn\u2019t proceed.",
    "An MP, a UK firm, an x86_64 host, a U.S. judge, vitamin A alone, an HBase table, a u-turn.",
    "`a assortment` and https://example.org/in-in/a_assortment",
]


def spans(text: str, notes: list[Note]) -> list[str]:
    return [text[note.start : note.end] for note in notes]


@pytest.mark.parametrize("text", SPINTAX)
def test_forgotten_alternatives_are_reported(text: str) -> None:
    (note,) = find_spintax(text, spun=True)
    assert note.severity == "high"
    assert text[note.start : note.end] in note.message


@pytest.mark.parametrize("text", NO_SPINTAX)
@pytest.mark.parametrize("spun", [True, False])
def test_other_braces_are_not_reported(text: str, spun: bool) -> None:
    assert list(find_spintax(text, spun=spun)) == []


def test_in_an_honest_text_braces_are_templates() -> None:
    assert [list(find_spintax(text, spun=False)) for text in SPINTAX[:2]] == [[], []]
    assert len(list(find_spintax(SPINTAX[2], spun=False))) == 1


@pytest.mark.parametrize(("text", "span"), BROKEN)
def test_broken_grammar_is_reported(normalizer: Normalizer, text: str, span: str) -> None:
    notes = list(find_broken_grammar(segment(text), (), normalizer.book.article_exceptions))
    assert spans(text, notes) == [span]


@pytest.mark.parametrize("text", SOUND)
def test_sound_grammar_is_not_reported(normalizer: Normalizer, text: str) -> None:
    assert spans(text, list(find_broken_grammar(segment(text), (), normalizer.book.article_exceptions))) == []


def test_grammar_that_an_edit_repairs_is_not_reported(normalizer: Normalizer) -> None:
    text = "There was an improve in sales."
    repair = Edit(13, 20, "improve", "increase", "classic/nouns/improve", 0.9, "")
    assert list(find_broken_grammar(segment(text), [repair], normalizer.book.article_exceptions)) == []


def left(text: str, *forms: tuple[str, float]) -> list[Candidate]:
    segmented = segment(text)
    starts = [token.start for token in segmented.tokens]
    made = []
    for form, evidence in forms:
        start = text.index(form)
        first = starts.index(start)
        candidate = Candidate(start, start + len(form), first, first + 1, form)
        candidate.options = [Option("other", ("other",), "classic/nouns/x", -1.0)]
        candidate.evidence = evidence
        made.append(candidate)
    return made


TEXT = "It is sunny. The metropolis has laborious greenback worries. It rains."
SENTENCE = "The metropolis has laborious greenback worries."


def test_a_sentence_in_which_fingerprints_stay_is_reported() -> None:
    candidates = left(TEXT, ("metropolis", 4.4), ("greenback", 4.5))
    assert spans(TEXT, list(find_rewritten(segment(TEXT), candidates, (), ()))) == [SENTENCE]


def test_one_fingerprint_is_not_enough() -> None:
    assert list(find_rewritten(segment(TEXT), left(TEXT, ("metropolis", 4.4), ("laborious", 1.0)), (), ())) == []


def test_restored_fingerprints_do_not_count() -> None:
    candidates = left(TEXT, ("metropolis", 4.4), ("greenback", 4.5))
    start = TEXT.index("greenback")
    edit = Edit(start, start + 9, "greenback", "dollar", "classic/nouns/greenback", 0.9, "")
    assert list(find_rewritten(segment(TEXT), candidates, (), (edit,))) == []


def test_a_place_that_was_surely_exchanged_counts_without_evidence_of_its_own() -> None:
    candidates = left(TEXT, ("metropolis", 4.4), ("laborious", 1.0))
    choices = [Choice(candidates[1], candidates[1].options[0], 0.4, 0.95)]
    assert spans(TEXT, list(find_rewritten(segment(TEXT), candidates, choices, ()))) == [SENTENCE]
