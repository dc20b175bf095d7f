"""Baselines: known findings do not fail, survive shifted lines and renamed files, and are pruned when they are gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.test_cli_check import findings


@pytest.fixture
def corpus(run: Run, tmp_path: Path, spun_article: str, honest_article: str) -> Path:
    """A spun and an honest article, and a baseline that knows the spun one."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text(spun_article)
    (tmp_path / "in/b.txt").write_text(honest_article)
    result = run("check", "in", "--write-baseline", "known.json")
    assert result.code == 0
    count = len(findings(result.text)) + 1
    assert result.stderr == f"unspin: {count} findings written to known.json\n"
    return tmp_path


def test_known_findings_do_not_fail_and_are_counted(run: Run, corpus: Path) -> None:
    result = run("check", "in", "--baseline", "known.json")
    count = len(json.loads((corpus / "known.json").read_text())["findings"])
    assert result.code == 0
    assert findings(result.text) == []
    assert result.stderr.startswith("unspin: ")
    assert result.stderr.endswith(" findings known from known.json not shown\n")
    assert int(result.stderr.split()[1]) >= count


def test_a_baseline_reads_well_in_a_diff(corpus: Path) -> None:
    text = (corpus / "known.json").read_text()
    data = json.loads(text)
    assert data["version"] == 1
    keys = [(row["path"], row["entry"], row["hash"]) for row in data["findings"]]
    assert keys == sorted(set(keys))
    assert {"in/a.txt"} == {row["path"] for row in data["findings"]}
    assert "verdict/spun" in {row["entry"] for row in data["findings"]}
    assert len(text.splitlines()) == len(keys) + 5, "one finding a line"


def test_it_works_from_another_folder(run: Run, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(corpus / "in")
    assert run("check", ".", "--baseline", "../known.json").code == 0


def test_shifted_lines_are_known(run: Run, corpus: Path, spun_article: str) -> None:
    head, _, rest = spun_article.partition("\n\n")
    (corpus / "in/a.txt").write_text(f"{head}\n\nA line was added here by the desk, and it is a plain one.\n\n{rest}")
    assert run("check", "in", "--baseline", "known.json").code == 0


@pytest.mark.parametrize("new", ["z.txt", "deep/a.txt"])
def test_renamed_files_are_known(run: Run, corpus: Path, new: str) -> None:
    (corpus / "in" / new).parent.mkdir(exist_ok=True)
    (corpus / "in/a.txt").rename(corpus / "in" / new)
    result = run("check", "in", "--baseline", "known.json")
    assert (result.code, findings(result.text)) == (0, [])
    assert "no longer found" not in result.stderr
    before = json.loads((corpus / "known.json").read_text())["findings"]
    assert run("check", "in", "--baseline", "known.json", "--prune-baseline").code == 0
    after = json.loads((corpus / "known.json").read_text())["findings"]
    assert [row | {"path": ""} for row in after] == [row | {"path": ""} for row in before]
    assert {row["path"] for row in after} == {f"in/{new}"}


def test_a_copy_is_new(run: Run, corpus: Path, spun_article: str) -> None:
    (corpus / "in/copy.txt").write_text(spun_article)
    result = run("check", "in", "--baseline", "known.json")
    assert result.code == 1
    assert {item["file"] for item in findings(result.text)} == {"in/copy.txt"}


def test_a_new_finding_fails(run: Run, corpus: Path, spun_article: str) -> None:
    (corpus / "in/a.txt").write_text(
        f"{spun_article}\nThe corporate was hit once more, its spokesman mentioned on Friday.\n"
    )
    result = run("check", "in", "--baseline", "known.json", "--fail-on", "finding")
    assert result.code == 1
    assert {item["line"] for item in findings(result.text)} == {str(spun_article.count("\n") + 2)}
    assert run("check", "in", "--baseline", "known.json").code == 0, "that it was spun is known"


def test_another_article_under_the_name_is_a_new_verdict(run: Run, corpus: Path, spun_article: str) -> None:
    (corpus / "in/a.txt").write_text("Other news of the day\n\n" + spun_article.partition("\n\n")[2])
    result = run("check", "in", "--baseline", "known.json")
    assert result.code == 1


def test_what_is_gone_is_reported_and_pruned(run: Run, corpus: Path, honest_article: str) -> None:
    (corpus / "in/a.txt").write_text(honest_article)
    result = run("check", "in", "--baseline", "known.json")
    assert result.code == 0
    assert "no longer found; take them out with --prune-baseline" in result.stderr
    before = (corpus / "known.json").read_text()
    assert run("check", "in/b.txt", "--baseline", "known.json", "--prune-baseline").stderr.endswith(
        "0 findings pruned from known.json\n"
    )
    assert (corpus / "known.json").read_text() == before, "files that were not checked stay"
    assert "findings pruned" in run("check", "in", "--baseline", "known.json", "--prune-baseline").stderr
    assert json.loads((corpus / "known.json").read_text())["findings"] == []


def test_a_deleted_file_is_pruned(run: Run, corpus: Path) -> None:
    (corpus / "in/a.txt").unlink()
    run("check", "in", "--baseline", "known.json", "--prune-baseline")
    assert json.loads((corpus / "known.json").read_text())["findings"] == []


def test_the_baseline_of_the_configuration(run: Run, corpus: Path) -> None:
    (corpus / "unspin.toml").write_text('baseline = "known.json"\n')
    assert run("check", "in").code == 0
    assert run("check", "in", "--isolated").code == 1


def test_ignored_findings_are_not_written(run: Run, corpus: Path, spun_article: str) -> None:
    (corpus / "in/a.txt").write_text(f"unspin: off\n{spun_article}")
    run("check", "in", "--write-baseline", "known.json")
    assert [row["entry"] for row in json.loads((corpus / "known.json").read_text())["findings"]] == ["verdict/spun"]


def test_nothing_found_makes_an_empty_baseline(run: Run, corpus: Path) -> None:
    assert run("check", "in/b.txt", "--write-baseline", "none.json").code == 0
    assert json.loads((corpus / "none.json").read_text()) == {"version": 1, "findings": []}


BROKEN = {
    "not JSON": "{",
    "a list": "[]",
    "other version": '{"version": 2, "findings": []}',
    "no version": '{"findings": []}',
    "no findings": '{"version": 1}',
    "a number": '{"version": 1, "findings": [3]}',
    "no hash": '{"version": 1, "findings": [{"path": "a", "entry": "b"}]}',
    "no count": '{"version": 1, "findings": [{"path": "a", "entry": "b", "hash": "c", "count": 0}]}',
    "nested": "[" * 100_000,
    "bytes": "\0",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_baseline_is_one_clear_line(run: Run, corpus: Path, text: str) -> None:
    (corpus / "known.json").write_text(text)
    complaint = run("check", "in", "--baseline", "known.json").complaint()
    assert "known.json" in complaint
    assert "--write-baseline" in complaint
    assert (corpus / "known.json").read_text() == text


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--baseline", "missing.json"], "missing.json"),
        (["--prune-baseline"], "needs a baseline"),
        (["--write-baseline", "x.json", "--prune-baseline", "--baseline", "known.json"], "choose one"),
        (["--write-baseline", "nowhere/x.json"], "nowhere"),
        (["--write-baseline", "in"], "regular file"),
    ],
)
def test_contradictions(run: Run, corpus: Path, arguments: list[str], word: str) -> None:
    assert word in run("check", "in", *arguments).complaint()
