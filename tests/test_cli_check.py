"""``unspin check``: verdicts, places, exit codes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.conftest import Run

FINDING = re.compile(r"(?P<file>.+?):(?P<line>\d+):(?P<column>\d+): “(?P<spun>.+?)” → “(?P<original>.+?)” \((?P<confidence>[01]\.\d\d)\) \[(?P<entry>\S+/\S+)\]\Z")  # fmt: skip


def findings(text: str) -> list[dict[str, str]]:
    return [found.groupdict() for line in text.splitlines() if (found := FINDING.match(line))]


def test_a_spun_article(run: Run, tmp_path: Path, spun_article: str) -> None:
    (tmp_path / "a.txt").write_text(spun_article)
    result = run("check", "a.txt")
    assert (result.code, result.stderr) == (1, "")
    lines = result.text.splitlines()
    assert re.match(r"a\.txt: spun \(probability [01]\.\d\d, family classic\), \d+ findings\Z", lines[0])
    found = findings(result.text)
    assert lines[0].endswith(f", {len(found)} findings")
    assert re.match(rf"1 document: 1 spun; {len(found)} findings\Z", lines[-1])
    by_form = {item["spun"]: item for item in found}
    assert by_form["mentioned"]["original"] == "said"
    assert by_form["mentioned"]["entry"] == "classic/verbs/mention"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_places_are_lines_and_columns_from_one(run: Run, tmp_path: Path, spun_article: str, line_end: str) -> None:
    text = "😀 é\u0301 İ " + spun_article
    (tmp_path / "a.txt").write_bytes(text.replace("\n", line_end).encode())
    found = findings(run("check", "a.txt").text)
    assert len(found) > 10
    rows = text.split("\n")
    for item in found:
        row, column = rows[int(item["line"]) - 1], int(item["column"]) - 1
        assert " ".join(row[column : column + len(item["spun"])].split()) == item["spun"]


def test_findings_are_what_the_plan_holds(run: Run, tmp_path: Path, spun_article: str) -> None:
    (tmp_path / "a.txt").write_text(spun_article)
    edits = json.loads(run("plan", "a.txt").text)["edits"]
    found = findings(run("check", "a.txt").text)
    assert [(f["spun"], f["original"], f["entry"]) for f in found] == [
        (e["before"], e["after"], e["entry"]) for e in edits
    ]


def test_an_honest_article(run: Run, tmp_path: Path, honest_article: str) -> None:
    (tmp_path / "a.txt").write_text(honest_article)
    result = run("check", "a.txt")
    assert (result.code, result.stderr) == (0, "")
    assert re.match(r"a\.txt: clean \(probability 0\.\d\d\), 0 findings\Z", result.text.splitlines()[0])
    assert findings(result.text) == []


def test_several_documents_and_a_summary(run: Run, tmp_path: Path, spun_article: str, honest_article: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.txt").write_text(spun_article)
    (tmp_path / "sub" / "b.md").write_text(honest_article)
    result = run("check", "sub", "-", stdin=honest_article.encode())
    assert result.code == 1
    heads = [line for line in result.text.splitlines() if re.match(r"\S+: (spun|suspicious|clean) ", line)]
    assert [head.split(" ")[0] for head in heads] == ["sub/a.txt:", "sub/b.md:", "<stdin>:"]
    assert result.text.splitlines()[-1].startswith("3 documents: 1 spun, 2 clean; ")


def test_an_empty_text_is_clean(run: Run) -> None:
    result = run("check", "-")
    assert (result.code, result.stderr) == (0, "")
    assert "<stdin>: clean" in result.text


def test_leftovers_are_noted_but_no_finding(run: Run, tmp_path: Path, honest_article: str) -> None:
    (tmp_path / "a.txt").write_text(honest_article + "\nFeatured Advertisements\n")
    result = run("check", "a.txt")
    line = honest_article.count("\n") + 2
    assert f"a.txt:{line}:1: note: " in result.text
    assert result.code == 0


def test_nothing_is_changed(run: Run, tmp_path: Path, spun_article: str) -> None:
    (tmp_path / "a.txt").write_text(spun_article)
    run("check", "a.txt")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", spun_article)]


def test_no_colours_in_a_pipe(run: Run, spun_article: str) -> None:
    assert b"\x1b" not in run("check", "-", stdin=spun_article.encode()).stdout


def test_a_least_confidence_thins_the_findings(run: Run, spun_article: str) -> None:
    data = spun_article.encode()
    few, many = (findings(run("check", "-", "--min-confidence", least, stdin=data).text) for least in (0.95, 0.5))
    assert 0 < len(few) < len(many)
    assert all(float(item["confidence"]) >= 0.95 for item in few)


def test_markup_in_a_text_is_shown_as_it_stands(run: Run, tmp_path: Path, spun_article: str) -> None:
    (tmp_path / "[bold]a.txt").write_text(spun_article)
    assert run("check", "[bold]a.txt").text.startswith("[bold]a.txt: spun")


def test_a_missing_file_stops_before_anything_is_printed(run: Run, tmp_path: Path, spun_article: str) -> None:
    (tmp_path / "a.txt").write_text(spun_article)
    assert "missing.txt" in run("check", "a.txt", "missing.txt").complaint()
