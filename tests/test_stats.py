"""``unspin stats``: what is counted of a corpus, and how it is shown."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.corpora import MAKERS, json_lines


def test_what_is_counted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(json_lines(30))
    result = run("stats", "a.jsonl", "--by", "site", "--json", "-q", "-j", 1)
    assert (result.code, result.stderr) == (0, "")
    told = json.loads(result.text)
    assert (told["documents"], told["rejected"], told["spun_share"]) == (30, 0, pytest.approx(1 / 3))
    assert told["labels"] == {"clean": 20, "spun": 10}
    assert told["families"] == {"classic": 10}
    assert told["groups"][0] == {"name": "a", "documents": 10, "spun": 10}
    assert {(group["name"], group["clean"]) for group in told["groups"][1:]} == {("b", 10), ("c", 10)}
    assert told["substitutions"][0] == {"spun": "mentioned", "original": "said", "count": 20}
    changed = {row["term"]: (row["before"], row["after"]) for row in told["terms"]["changed"]}
    assert changed["hard drives"] == (0, 10)
    assert told["terms"]["after"] > told["terms"]["before"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl"]


def test_counts_are_the_same_for_all_formats(run: Run, tmp_path: Path) -> None:
    told = []
    for form in ("jsonl.gz", "csv", "tsv"):
        (tmp_path / f"a.{form}").write_bytes(MAKERS[form](12))
        told.append(run("stats", f"a.{form}", "--by", "site", "--json", "-q", "-j", 1).text)
    assert told[0] == told[1] == told[2]


def test_tables_and_records_that_cannot_be_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(json_lines(6) + b"{broken\n" + b'{"text":"No site."}\n')
    result = run("stats", "a.jsonl", "--by", "site", "-j", 1)
    assert result.code == 2
    assert result.text.startswith("7 documents of ")
    assert "2 spun (28.6%); records that could not be read: 1" in result.text
    for line in (r"mentioned +said +4", r"\(none\) +1 +0 +0\.0%", r"classic +2", r"hard drives +0 +2 +\+2"):
        assert re.search(line, result.text), line
    assert "a.jsonl:7: not JSON" in result.stderr


class _Addresses(HTMLParser):
    """Collects what a page would load from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {"src", "href", "xlink:href", "data"}
        self.found += [str(value) for name, value in attrs if name in names and not str(value).startswith("#")]
        if tag in ("script", "link", "img", "iframe"):
            self.found.append(tag)


def test_the_page_stands_alone_and_is_the_same_each_time(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    (tmp_path / "a.jsonl").write_bytes(json_lines(9).replace(b'"site": "a"', b'"site": "<a>&"'))
    pages = []
    for _ in range(2):
        assert run("stats", "a.jsonl", "--by", "site", "--html", "s.html", "-q", "-j", 1).code == 0
        pages.append((tmp_path / "s.html").read_text())
    assert pages[0] == pages[1]
    parser = _Addresses()
    parser.feed(pages[0])
    assert parser.found == []
    assert pages[0].count("<svg") == 5
    assert "&lt;a&gt;&amp;" in pages[0]
    assert "<a>" not in pages[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.jsonl"], "no such file"),
        (["a.txt"], "--input-format"),
        (["a.jsonl", "--html", "no/s.html"], "cannot be written"),
        (["a.csv", "--by", "mood"], "no column is called 'mood'"),
    ],
)
def test_wrong_use_is_one_line(run: Run, tmp_path: Path, arguments: list[str], words: str) -> None:
    for name in ("a.jsonl", "a.txt", "a.csv"):
        (tmp_path / name).write_text("text\nx\n")
    assert words in run("stats", *arguments, "-j", 1).complaint()
