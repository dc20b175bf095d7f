"""Language models: log probabilities that behave, the model that pip installs, and files that are no model."""

from __future__ import annotations

import math
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalize import Normalizer
from normalize.errors import ModelError
from normalize.language_model import (
    SENTENCE_END,
    SENTENCE_START,
    LanguageModel,
    model_words,
    open_model,
    sequence_log_probability,
)


@pytest.fixture(scope="module")
def model(normalizer: Normalizer) -> LanguageModel:
    """The built-in model."""
    return normalizer.model


WORDS = st.sampled_from(
    ["the", "said", "hard", "drives", "malware", "zxqv", "5", "1,000", "don't", "é", "😀", "İ"]
) | st.text(min_size=1, max_size=8)


@given(WORDS, WORDS | st.sampled_from(["", SENTENCE_START]), WORDS | st.just(SENTENCE_START))
def test_a_log_probability_is_finite_and_at_most_zero(model: LanguageModel, word: str, two: str, one: str) -> None:
    found = model.log_probability(word, two, one)
    assert math.isfinite(found)
    assert found <= 0
    assert found == model.log_probability(word, two, one)


@pytest.mark.parametrize(
    ("likely", "unlikely"),
    [
        ("the hard drives of the", "the laborious drives of the"),
        ("of the united states", "of the united state"),
        ("according to the report", "accordance to the report"),
        ("he said on monday", "he say on monday"),
        ("last year", "final year"),
    ],
)
def test_plain_english_is_likelier_than_broken(model: LanguageModel, likely: str, unlikely: str) -> None:
    def score(text: str) -> float:
        return sequence_log_probability(model, [*text.split(), SENTENCE_END], SENTENCE_START, SENTENCE_START)

    assert score(likely) > score(unlikely) + 1


@pytest.mark.parametrize("word", ["malware", "ransomware", "phishing", "cybersecurity", "covid"])
def test_young_words_are_likelier_than_gibberish(model: LanguageModel, word: str) -> None:
    assert model.log_probability(word, "of", "the") > model.log_probability("zxqvkkj", "of", "the")


def test_a_sequence_adds_up(model: LanguageModel) -> None:
    together = sequence_log_probability(model, ["hard", "drives"], "on", "the")
    apart = model.log_probability("hard", "on", "the") + model.log_probability("drives", "the", "hard")
    assert together == pytest.approx(apart)
    assert sequence_log_probability(model, [], "on", "the") == 0


def test_a_pickled_model_says_the_same(model: LanguageModel) -> None:
    copy = pickle.loads(pickle.dumps(model))
    for words in (("said", "he", "has"), ("malware", "of", "the"), ("zxqv", "", "")):
        assert copy.log_probability(*words) == model.log_probability(*words)
    assert copy.name == model.name


def test_the_built_in_model_fits_the_interface(model: LanguageModel) -> None:
    assert isinstance(model, LanguageModel)
    assert model.name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hard drives", ("hard", "drives")),
        ("don’t", ("don't",)),
        ("zero-day", ("zero", "day")),
        ("U.S.", ("u", "s")),
        ("12 months", ("12", "months")),
        ("", ()),
        ("– …", ()),
        ("cafe\u0301", ("cafe\u0301",)),
    ],
)
def test_words_of_a_phrase(text: str, words: tuple[str, ...]) -> None:
    assert model_words(text) == words


def test_a_missing_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"missing\.arpa"):
        open_model(tmp_path / "missing.arpa")


@pytest.mark.parametrize("content", [b"", b"no model at all\n", b"\0" * 64, b"\\data\\\nngram 1=5\n"])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "some.arpa"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"some\.arpa"):
        open_model(path)


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        open_model(tmp_path)


class Flat:
    """A model of a user's own, for which every word is as likely as any other."""

    name = "flat"

    def log_probability(self, word: str, two_before: str, before: str) -> float:
        return -8.0


def test_a_model_of_ones_own_is_used(spun_article: str) -> None:
    normalizer = Normalizer(model=Flat())
    assert normalizer.model.name == "flat"
    assert normalizer.plan(spun_article).verdict.label in ("clean", "suspicious", "spun")
