"""The context model: the one that ships, and a small one made here where PyTorch is installed."""

from __future__ import annotations

import json
import pickle
import random
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from normalize.cli.app import app
from normalize.context_model import BAG_DIVISOR, SCALE, ContextModel, Query, windows
from normalize.language_model import BUILTIN_MODEL, open_context_model
from normalize.model_building import Settings, build
from normalize.model_file import ModelFile

EXACT = 1 << 24


@pytest.fixture(scope="module")
def model() -> ContextModel:
    """The built-in model."""
    return open_context_model(None)


def _ask(model: ContextModel, sentence: str, form: str, *originals: str) -> list[float | None]:
    words = sentence.split()
    size = len(form.split())
    first = next(at for at in range(len(words)) if words[at : at + size] == form.split())
    (gains,) = model.gains(words, [Query(first, first + size, (0, len(words)), form, originals)])
    return gains


@pytest.mark.parametrize(
    ("sentence", "form", "better", "worse"),
    [
        ("the minister mentioned on monday that talks would resume", "mentioned", "said", ""),
        ("the names are mentioned in the appendix of the book", "mentioned", "", "said"),
        ("the worm had contaminated thousands of computers and phones", "contaminated", "infected", ""),
        ("her knowledge of medieval music is deep and wide", "knowledge", "", "data"),
        ("hackers gained entry to the servers and databases of the bank", "entry", "access", ""),
        ("croatia's entry into the european union took ten years", "entry", "", "access"),
        ("he won in accordance with two people who know him", "in accordance with", "according to", ""),
    ],
)
def test_context_decides(model: ContextModel, sentence: str, form: str, better: str, worse: str) -> None:
    (gain,) = _ask(model, sentence, form, better or worse)
    assert gain is not None
    assert gain > 0 if better else gain < 0


def test_what_is_not_known_is_said(model: ContextModel) -> None:
    known, unknown = _ask(model, "he mentioned that it rains", "mentioned", "said", "zonkled")
    assert known is not None
    assert unknown is None
    assert model.gains(["a", "b"], []) == []


def test_answers_do_not_depend_on_what_else_is_asked(model: ContextModel) -> None:
    words = "officials mentioned that the company had contaminated its servers".split()
    queries = [
        Query(1, 2, (0, len(words)), "mentioned", ["said", "noted"]),
        Query(6, 7, (0, len(words)), "contaminated", ["infected"]),
    ]
    assert model.gains(words, queries) == [model.gains(words, [query])[0] for query in queries]


def test_sums_are_exact_in_single_precision(model: ContextModel) -> None:
    """No sum of products can reach 2^24, so that the order of adding does not matter."""
    file = ModelFile(BUILTIN_MODEL)
    hidden, last = (file.array(name).astype(np.int64) for name in ("context.hidden", "context.last"))
    assert (np.abs(hidden).sum(axis=0) * SCALE + np.abs(file.array("context.hidden_bias"))).max() < EXACT
    assert (np.abs(last).sum(axis=0) * SCALE + np.abs(file.array("context.last_bias"))).max() < EXACT


def test_a_copy_answers_the_same(model: ContextModel) -> None:
    copy = pickle.loads(pickle.dumps(model))
    assert _ask(copy, "he mentioned it", "mentioned", "said") == _ask(model, "he mentioned it", "mentioned", "said")


def test_windows_read_both_sides_up_to_the_sentence() -> None:
    numbers = np.arange(10, 50)
    ordered, bag, form, sizes = windows(numbers, np.array([[12, 14, 10, 16], [0, 1, 0, 40]]))
    assert ordered[0].tolist() == [0, 0, 2, 20, 21, 24, 25, 3, 0, 0]
    assert ordered[1].tolist() == [0, 0, 0, 0, 2, 11, 12, 13, 14, 15]
    assert bag[0].tolist() == [16, 15, 14, 13, 12, 11, 10, 0, 0, 0, 0, *range(29, 40)]
    assert form.tolist() == [[22, 23], [10, 0]]
    assert sizes.tolist() == [2, 1]
    assert BAG_DIVISOR > 0


def test_the_shipped_model_is_whole_and_small() -> None:
    assert ModelFile(BUILTIN_MODEL).is_whole()
    assert BUILTIN_MODEL.stat().st_size <= 10_500_000


def _made_up(size: int) -> list[dict[str, str]]:
    chance = random.Random(1)
    people = "officials analysts ministers farmers drivers".split()
    ends = "prices rose|rain fell|ships left|roads closed|talks failed".split("|")
    others = "the story began here|a large crowd came|they need more help".split("|")
    return [
        {
            "source": "made",
            "text": " ".join(
                chance.choice(
                    [
                        f"The {chance.choice(people)} said that {chance.choice(ends)}.",
                        f"{chance.choice(others)}.".capitalize(),
                    ]
                )
                for _ in range(12)
            ),
        }
        for _ in range(size)
    ]


def test_training(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text("".join(json.dumps(record) + "\n" for record in _made_up(400)), encoding="utf-8")
    build([(r["source"], r["text"]) for r in _made_up(400)], Settings(name="small"), tmp_path / "base")
    arguments = ["model", "train", str(tmp_path / "base"), str(corpus), "--words", "50", "--epochs", "30"]
    result = CliRunner().invoke(app, [*arguments, "--output", str(tmp_path / "trained")])
    assert result.exit_code == 0, result.output
    header = ModelFile(tmp_path / "trained").header
    assert header["context"]["loss"] < header["context"]["prior_loss"]
    trained = open_context_model(tmp_path / "trained")
    assert trained.path == tmp_path / "trained"
    (gain,) = _ask(trained, "the officials mentioned that prices rose", "mentioned", "said")
    assert gain is not None
    assert gain > 1


def test_too_little_to_learn_from(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    (tmp_path / "text.txt").write_text("He said so.", encoding="utf-8")
    build([("a", "He said so.")], Settings(min_word=1, min_documents=1), tmp_path / "base")
    result = CliRunner().invoke(
        app, ["model", "train", str(tmp_path / "base"), str(tmp_path / "text.txt"), "-o", str(tmp_path / "out")]
    )
    assert result.exit_code != 0
    assert "too few" in str(result.exception)
    assert not (tmp_path / "out").exists()
