"""The simulated spinner: what it writes, and what it says that it wrote."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalize.segment import segment
from normalize.spinning import Place, Sentence, Spinner, Substitution, sentences_of

ALWAYS = math.log(1.0)
CHANNEL = {
    ("mentioned",): {("said",): ALWAYS},
    ("in", "accordance", "with"): {("according", "to"): ALWAYS},
    ("tale",): {("story",): math.log(0.5)},
}


def _spinner(seed: int = 1) -> Spinner:
    return Spinner(CHANNEL, random.Random(seed))


def _sentence(text: str) -> Sentence:
    words = text.split()
    return Sentence(words, [False] * len(words))


def test_originals_are_replaced_and_remembered() -> None:
    spun, substitutions = _spinner().spin(_sentence("according to him he said so"))
    assert " ".join(spun.words) == "in accordance with him he mentioned so"
    assert substitutions == [Substitution(0, 3, ("according", "to")), Substitution(5, 6, ("said",))]


def test_names_are_left_alone() -> None:
    (sentence,) = sentences_of(segment("He met Mary Said in the Story Museum, and said that I write a story."))
    assert [word for word, fixed in zip(*sentence, strict=True) if fixed] == ["mary", "said", "story", "museum"]
    spun, substitutions = _spinner().spin(sentence)
    assert next(substitution.original for substitution in substitutions) == ("said",)
    assert "said" in spun.words


def test_places_say_what_the_writer_wrote_himself() -> None:
    spinner = _spinner()
    sentence = _sentence("mentioned said")
    spun, substitutions = spinner.spin(sentence)
    assert list(spinner.places(spun, substitutions)) == [
        Place(0, 1, ("mentioned",), None),
        Place(1, 2, ("mentioned",), ("said",)),
    ]


def test_rates_are_those_of_the_channel() -> None:
    spinner = _spinner()
    replaced = sum(len(spinner.spin(_sentence("story"))[1]) for _ in range(2000))
    assert replaced == pytest.approx(1000, abs=100)
    assert not any(spinner.spin(_sentence("story"), zeal=0)[1] for _ in range(50))


@given(st.lists(st.sampled_from("said according to story him in accordance with mentioned tale".split()), max_size=12))
def test_substitutions_give_the_sentence_back(words: list[str]) -> None:
    spun, substitutions = _spinner().spin(Sentence(words, [False] * len(words)))
    restored, at = [], 0
    for first, last, original in substitutions:
        restored += [*spun.words[at:first], *original]
        at = last
    assert restored + spun.words[at:] == words
