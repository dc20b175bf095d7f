"""``unspin evaluate``: figures for gold and pairs, as a table and as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SHARED, Run

GOLD = SHARED / "gold" / "cloudhopper.jsonl"
TOOL = SHARED / "tools" / "score.py"


def lines(*records: dict[str, Any]) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


@pytest.fixture
def gold(tmp_path: Path, spun_article: str, honest_article: str) -> str:
    """A gold file with one spun and one clean text; gives its name."""
    places = [("contaminated", "infected"), ("laborious", "hard"), ("harbour master", "port director")]
    edits = [
        {"start": spun_article.index(a), "end": spun_article.index(a) + len(a), "spun": a, "originals": [b]}
        for a, b in places
    ]
    records = lines(
        {"id": "one", "text": spun_article, "edits": edits}, {"id": "two", "text": honest_article, "edits": []}
    )
    (tmp_path / "gold.jsonl").write_text(records)
    return "gold.jsonl"


def test_json(run: Run, gold: str) -> None:
    result = run("evaluate", gold, "--format", "json")
    assert (result.code, result.stderr) == (0, "")
    data = json.loads(result.text)
    assert (data["texts"], data["gold"], data["true_positives"], data["wrong"], data["missed"]) == (2, 3, 2, 0, 1)
    assert (data["clean_texts"], data["clean_edits"], data["false_edits_per_1000_words"]) == (1, 0, 0)
    assert data["recall"] == round(2 / 3, 4)
    assert data["precision"] == round(2 / (2 + data["false"]), 4)
    assert data["error_reduction_rate"] == round((2 - data["false"]) / 3, 4)
    assert set(data) >= {"f0.5", "false"}


def test_a_table(run: Run, gold: str) -> None:
    result = run("evaluate", gold)
    assert (result.code, result.stderr) == (0, "")
    for word in (
        "precision",
        "recall",
        "F0.5",
        "error reduction rate",
        "false edits per 1,000 words",
        "2 texts, 3 gold places",
    ):
        assert word in result.text
    assert "0.667" in result.text


def test_mistakes_are_listed(run: Run, gold: str) -> None:
    assert "one: missed: 'harbour master'" in run("evaluate", gold, "--mistakes").text
    data = json.loads(run("evaluate", gold, "--mistakes", "--format", "json").text)
    missed = [item for item in data["mistakes"] if item["kind"] == "missed"]
    assert [(item["id"], item["spun"], item["original"]) for item in missed] == [
        ("one", "harbour master", "port director")
    ]


def test_pairs(run: Run, tmp_path: Path, spun_article: str, honest_article: str) -> None:
    original = spun_article.replace("contaminated", "infected").replace("laborious drives", "hard drives")
    pairs = lines({"spun": spun_article, "original": original}, {"spun": honest_article, "original": honest_article})
    (tmp_path / "pairs.jsonl").write_text(pairs)
    data = json.loads(run("evaluate", "--pairs", "pairs.jsonl", "--format", "json").text)
    assert (data["texts"], data["gold"], data["true_positives"], data["clean_texts"]) == (2, 3, 3, 1)


def test_gold_and_pairs_add_up(run: Run, tmp_path: Path, gold: str, honest_article: str) -> None:
    (tmp_path / "pairs.jsonl").write_text(lines({"spun": honest_article, "original": honest_article}))
    data = json.loads(run("evaluate", gold, gold, "--pairs", "pairs.jsonl", "--format", "json").text)
    assert (data["texts"], data["gold"], data["clean_texts"]) == (5, 6, 3)


@pytest.mark.skipif(not (GOLD.is_file() and TOOL.is_file()), reason="the shared folder is not here")
def test_agrees_with_the_scoring_tool(run: Run) -> None:
    unspin = str(Path(sys.executable).with_name("unspin"))
    printed = subprocess.run(
        [sys.executable, TOOL, "--plan", GOLD, "--", unspin, "plan", "-"], capture_output=True, text=True, check=True
    ).stdout
    data = json.loads(run("evaluate", GOLD, "--format", "json").text)
    assert printed == (
        f"docs {data['texts']} gold {data['gold']} TP {data['true_positives']} wrong {data['wrong']} FP {data['false']} "
        f"missed {data['missed']}  P {data['precision']:.3f} R {data['recall']:.3f} F0.5 {data['f0.5']:.3f} "
        f"ERR {data['error_reduction_rate']:.3f}\n"
    )


def test_an_empty_file_is_no_gold_at_all(run: Run, tmp_path: Path) -> None:
    (tmp_path / "gold.jsonl").write_text("\n\n")
    result = run("evaluate", "gold.jsonl", "--format", "json")
    assert (result.code, json.loads(result.text)["texts"]) == (0, 0)


@pytest.mark.parametrize("char", ["\u2028", "\u0085"])
def test_only_line_feeds_end_a_record(run: Run, tmp_path: Path, char: str) -> None:
    (tmp_path / "gold.jsonl").write_text(lines({"id": "x", "text": f"One.{char}Two.", "edits": []}))
    assert run("evaluate", "gold.jsonl").code == 0


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("{\n", "gold.jsonl:1:"),
        ('{"text": "a", "edits": []}\nnot json\n', "gold.jsonl:2:1"),
        ("[]\n", "gold.jsonl:1"),
        ('{"text": "a"}\n', "gold.jsonl:1"),
        ('{"edits": []}\n', "gold.jsonl:1"),
        ('{"text": "abc", "edits": [{"start": 0, "end": 9, "originals": ["x"]}]}\n', "gold.jsonl:1"),
        ('{"text": "abc", "edits": [{"start": 0, "end": 1, "originals": []}]}\n', "gold.jsonl:1"),
    ],
)
def test_a_malformed_gold_file_is_refused_with_its_line(run: Run, tmp_path: Path, content: str, place: str) -> None:
    (tmp_path / "gold.jsonl").write_text(content)
    assert place in run("evaluate", "gold.jsonl").complaint()


@pytest.mark.parametrize("content", ['{"spun": "a"}\n', '{"original": "a"}\n', '{"spun": 5, "original": "a"}\n', "5\n"])
def test_a_malformed_pair_is_refused_with_its_line(run: Run, tmp_path: Path, content: str) -> None:
    (tmp_path / "pairs.jsonl").write_text('{"spun": "a", "original": "a"}\n' + content)
    assert "pairs.jsonl:2" in run("evaluate", "--pairs", "pairs.jsonl").complaint()


def test_missing_files_are_refused(run: Run) -> None:
    assert "missing.jsonl" in run("evaluate", "missing.jsonl").complaint()
    assert "missing.jsonl" in run("evaluate", "--pairs", "missing.jsonl").complaint()
    assert "--pairs" in run("evaluate").complaint()
