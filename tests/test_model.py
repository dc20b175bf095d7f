"""Models of one's own: building, asking, and refusing what is no model."""

from __future__ import annotations

import json
import math
import pickle
from collections import Counter
from pathlib import Path

import pytest

from normalize import ModelError
from normalize.language_model import LanguageModel, normal_word, open_model
from normalize.model_building import Settings, build, sentences
from normalize.ngram_model import COUNT_STEP, NgramModel, hash_ngram

DOCUMENTS = [
    ("news", "The police said on Monday that two men were held. He said so in 2019."),
    ("news", "The police said on Tuesday that the two men were free.\n\nNobody was hurt."),
    ("blog", "We said on Monday that 15 men came. The police came too!"),
]
ALL = Settings(name="test", min_word=1, min_bigram=1, min_trigram=1, min_documents=1)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a model with every count of the documents."""
    path = tmp_path_factory.mktemp("model") / "own.model"
    build(DOCUMENTS, ALL, path)
    return path


def _counted(size: int) -> Counter[tuple[str, ...]]:
    rows = [["<s>", *words, "</s>"] for _, text in DOCUMENTS for words in sentences(text)]
    return Counter(tuple(row[i : i + size]) for row in rows for i in range(len(row) - size + 1))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_counts_are_those_of_the_corpus(built: Path, size: int) -> None:
    model = NgramModel(built)
    for words, count in _counted(size).items():
        assert model.count(*words) == pytest.approx(count, rel=COUNT_STEP / 2 + 0.001), words
    assert model.count("no", "such", "words"[:size]) == 0


def test_sentences_end_where_they_should() -> None:
    assert list(sentences("He said so. She left in 1999, at 5!\n\nThe end")) == [
        ["he", "said", "so"],
        ["she", "left", "in", "<year>", "at", "<number>"],
        ["the", "end"],
    ]


def test_probabilities_of_all_words_add_up_to_about_one(built: Path) -> None:
    model = NgramModel(built)
    words = [word for (word,) in _counted(1)]
    for before in ("police", "said", "men"):
        assert sum(math.exp(model.log_probability(word, "", before)) for word in words) == pytest.approx(1, abs=0.1)


def test_context_counts(built: Path) -> None:
    model = NgramModel(built)
    assert isinstance(model, LanguageModel)
    assert model.log_probability("said", "the", "police") > model.log_probability("men", "the", "police")
    assert model.log_probability("zonkle", "", "") < model.log_probability("police", "", "")
    assert (model.knows("police"), model.knows("zonkle"), model.knows("1987")) == (True, False, True)


def test_weights_multiply_counts(tmp_path: Path) -> None:
    settings = Settings(weights={"blog": 10.0}, min_word=1, min_bigram=1, min_trigram=1, min_documents=1)
    build(DOCUMENTS, settings, tmp_path / "m")
    assert NgramModel(tmp_path / "m").count("too") == pytest.approx(10, rel=0.05)


def test_what_stands_in_one_document_is_left_out(tmp_path: Path) -> None:
    build(DOCUMENTS, Settings(min_word=1, min_bigram=1, min_trigram=1, min_documents=2), tmp_path / "m")
    model = NgramModel(tmp_path / "m")
    assert (model.knows("police"), model.knows("tuesday")) == (True, False)


def test_the_same_corpus_gives_the_same_bytes(built: Path, tmp_path: Path) -> None:
    build(DOCUMENTS, ALL, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == built.read_bytes()


def test_hashes_are_the_same_everywhere() -> None:
    assert hash_ngram("the", "police", "said") == 0xCB6050855CD0
    assert hash_ngram("a", "b") != hash_ngram("b", "a")
    assert [normal_word(word) for word in ("1999", "5", "1990s", "word")] == ["<year>", "<number>", "<year>", "word"]


def test_a_model_can_be_pickled_and_opened_by_path(built: Path) -> None:
    model = open_model(built)
    copy = pickle.loads(pickle.dumps(model))
    assert copy.log_probability("said", "the", "police") == model.log_probability("said", "the", "police")


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda data: data[:-40], "damaged"),
        (lambda data: data.replace(b'"format": 2', b'"format": 9'), "format 9"),
        (lambda data: b"something else" + data, "not a language model"),
        (lambda data: data[:25] + b"\xff" * 30 + data[55:], "damaged"),
        (lambda data: b"", "not a language model"),
    ],
)
def test_a_spoilt_model_is_refused(built: Path, tmp_path: Path, spoil: object, complaint: str) -> None:
    path = tmp_path / "spoilt"
    path.write_bytes(spoil(built.read_bytes()))  # type: ignore[operator]
    with pytest.raises(ModelError, match=complaint):
        NgramModel(path)


def test_the_commands(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from normalize.cli.app import app

    lines = [json.dumps({"source": source, "text": text}) for source, text in DOCUMENTS]
    (tmp_path / "corpus.jsonl").write_text("\n".join(lines))
    model = str(tmp_path / "own.model")
    arguments = [
        "model",
        "build",
        str(tmp_path / "corpus.jsonl"),
        "-o",
        model,
        "--min-count",
        "1",
        "--weight",
        "news=2",
    ]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    shown = json.loads(CliRunner().invoke(app, ["model", "info", model]).stdout)
    assert shown["corpus"]["documents"] == 3
    assert shown["weights"] == {"news": 2.0}
    text = tmp_path / "text.txt"
    text.write_text("The corporate mentioned on Monday that hackers had contaminated its laborious drives.\n")
    assert CliRunner().invoke(app, ["fix", "--model", model, str(text)]).exit_code == 0


ARPA = """\\data\\
ngram 1=6
ngram 2=3
ngram 3=1

\\1-grams:
-1.0\t<unk>\t0
-99\t<s>\t-0.3
-1.0\t</s>\t0
-0.7\the\t-0.3
-0.8\tsaid\t-0.3
-1.2\tmentioned\t-0.3

\\2-grams:
-0.2\t<s> he\t-0.1
-0.3\the said\t-0.1
-1.1\the mentioned\t-0.1

\\3-grams:
-0.1\t<s> he said

\\end\\
"""


def test_an_arpa_file_is_read_by_kenlm(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("kenlm")
    (tmp_path / "own.arpa").write_text(ARPA)
    model = open_model(tmp_path / "own.arpa")
    assert model.log_probability("said", "<s>", "he") == pytest.approx(-0.1 * math.log(10), rel=1e-4)
    assert model.log_probability("mentioned", "", "he") < model.log_probability("said", "", "he")
    assert pickle.loads(pickle.dumps(model)).name == "kenlm:own.arpa"
    assert capfd.readouterr() == ("", "")


def test_a_model_is_measured_on_honest_text(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from normalize.cli.app import app

    (tmp_path / "text.txt").write_text("The minister said on Monday that the talks had failed. " * 20, encoding="utf-8")
    score = json.loads(CliRunner().invoke(app, ["model", "evaluate", str(tmp_path / "text.txt")]).stdout)
    assert score["words"] == 20 * 11
    assert 1 < score["perplexity"] < 1000
    assert score["right"] > score["right by phrasebook alone"]
    assert score["places"] > 0
