"""Report options and thresholds of ``unspin check``: what is written where, when it fails, and what is refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from normalize.cli.thresholds import parse_share
from normalize.errors import InputError
from normalize.plan import Plan, Verdict
from normalize.reports.formats import Format
from tests.conftest import Run
from tests.test_reports import READERS


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, spun_article: str, honest_article: str) -> Path:
    """A corpus of one spun and three honest texts, one of them with a leftover of a scrape."""
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "spun.txt").write_text(spun_article)
    (texts / "honest.txt").write_text(honest_article)
    (texts / "other.txt").write_text("Nothing to see here.\n")
    (texts / "leftover.txt").write_text(f"{honest_article}\nFeatured Advertisements\n")
    return tmp_path


@pytest.mark.parametrize("chosen", list(Format))
def test_a_format_on_standard_output_and_in_a_file(run: Run, tmp_path: Path, chosen: Format) -> None:
    printed = run("check", "texts", "--format", chosen)
    assert (printed.code, printed.stderr) == (1, "")
    entries = READERS[chosen](printed.text)
    assert len(entries) > 10
    assert entries.count("leftover-line") == 1
    both = run("check", "texts", "--output-file", f"{chosen}=report")
    assert (both.code, both.stderr) == (1, "")
    assert both.text == run("check", "texts").text
    assert (tmp_path / "report").read_bytes() == printed.stdout


def test_several_formats_in_one_run(run: Run, tmp_path: Path) -> None:
    files = {
        "a.sarif": Format.SARIF, "a.json": Format.JSON, "a.jsonl": Format.JSONL, "a-junit.xml": Format.JUNIT,
        "checkstyle.xml": Format.CHECKSTYLE, "gl-code-quality-report.json": Format.GITLAB, "a.md": Format.MARKDOWN,
        "A.HTML": Format.HTML, "a.log": Format.TEXT,
    }  # fmt: skip
    result = run("check", "texts", *(word for name in files for word in ("--output-file", name)))
    assert result.code == 1
    assert result.text == (tmp_path / "a.log").read_text()
    for name, chosen in files.items():
        assert len(READERS[chosen]((tmp_path / name).read_text())) > 10
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*files, "texts"])


def test_text_and_annotations_share_standard_output(run: Run) -> None:
    result = run("check", "texts", "--format", "text", "--format", "github")
    lines = result.text.splitlines()
    assert any(line.startswith("::error file=texts/spun.txt,") for line in lines)
    assert any(line.startswith("texts/spun.txt:") for line in lines)


def test_a_name_with_an_equals_sign_is_a_name(run: Run, tmp_path: Path) -> None:
    run("check", "texts/other.txt", "--output-file", "./v=1.json", "--output-file", "./json=1.json")
    assert json.loads((tmp_path / "v=1.json").read_text()) == json.loads((tmp_path / "json=1.json").read_text())


def test_an_old_report_is_replaced_and_a_link_kept(run: Run, tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("old")
    (tmp_path / "old.json").chmod(0o600)
    (tmp_path / "link.json").symlink_to("old.json")
    run("check", "texts/other.txt", "--output-file", "link.json")
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "old.json").read_text())["summary"]["documents"] == 1
    assert (tmp_path / "old.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("chosen", list(Format))
def test_after_an_error_no_report_file_is_there(run: Run, tmp_path: Path, chosen: Format) -> None:
    (tmp_path / "old").write_text("old")
    result = run("check", "texts", "--output-file", f"{chosen}=old", "--disable", "nosuchentry")
    assert result.code == 2
    assert "nosuchentry" in result.stderr.splitlines()[-1]
    assert (tmp_path / "old").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old", "texts"]


@pytest.mark.parametrize("chosen", list(Format))
def test_a_text_that_cannot_be_read_is_named_and_the_others_are_reported(
    run: Run, tmp_path: Path, chosen: Format
) -> None:
    (tmp_path / "texts" / "a.txt").write_bytes(b"caf\xe9")
    bad = run("check", "texts", "--output-file", f"{chosen}=with")
    (tmp_path / "texts" / "a.txt").unlink()
    assert bad.code == 2
    assert bad.stderr.startswith("unspin: texts/a.txt: not valid UTF-8 at byte 3")
    run("check", "texts", "--output-file", f"{chosen}=without")
    reports = [(tmp_path / name).read_text() for name in ("with", "without")]
    assert reports[0] == reports[1] != ""


REFUSED = {
    "two documents on one output": (["--format", "json", "--format", "sarif"], ["json", "--output-file"]),
    "text and a document on one output": (["--format", "text", "--format", "junit"], ["junit", "--output-file"]),
    "an ending that says nothing": (["--output-file", "report.xml"], ["report.xml", "FORMAT=PATH", "junit"]),
    "an unknown format": (["--output-file", "yaml=report"], ["yaml=report", "no format", "sarif"]),
    "a misspelt format": (["--output-file", "sarf=a.json"], ["'sarf'", "sarif", "./sarf=a.json"]),
    "no path": (["--output-file", "json="], ["--output-file", "names no file"]),
    "an empty path": (["--output-file", ""], ["--output-file", "names no file"]),
    "standard output": (["--output-file", "sarif=-"], ["--output-file", "--format"]),
    "a missing folder": (["--output-file", "nowhere/a.sarif"], ["nowhere/a.sarif", "cannot be written"]),
    "a folder": (["--output-file", "json=texts"], ["texts", "cannot be written"]),
    "below a file": (["--output-file", "texts/spun.txt/a.json"], ["cannot be written"]),
    "a text to be checked": (["--output-file", "texts/spun.txt"], ["texts/spun.txt", "to be checked"]),
    "a link to a text": (["--output-file", "link.txt"], ["link.txt", "to be checked"]),
    "the same file twice": (["--output-file", "a.json", "--output-file", "sarif=./a.json"], ["a.json", "twice"]),
    "a good file and a bad one": (["--output-file", "a.json", "--output-file", "nowhere/b"], ["nowhere/b"]),
    "a share and exit zero": (["--max-spun", "2%", "--exit-zero"], ["--max-spun", "--exit-zero"]),
    "a share and suspicious": (["--max-spun", "2%", "--fail-on", "suspicious"], ["--max-spun", "suspicious"]),
    "a share and any finding": (["--max-spun", "2%", "--fail-on", "finding"], ["--max-spun", "finding"]),
    "a share and never": (["--max-spun", "2%", "--fail-on", "never"], ["--max-spun", "never"]),
    "no share": (["--max-spun", "few"], ["--max-spun", "few", "2%"]),
}


@pytest.mark.parametrize(("arguments", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_before_any_text_is_read(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: list[str]
) -> None:
    (tmp_path / "link.txt").symlink_to("texts/spun.txt")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    monkeypatch.setattr("normalize.formats.files.read_document", None)
    complaint = run("check", "texts", *arguments).complaint()
    assert all(word in complaint for word in words), complaint
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_write_protected_report(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "a.json").chmod(0o444)
    assert "a.json: cannot be written" in run("check", "texts", "--output-file", "a.json").complaint()


def test_a_write_protected_folder(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert "write-protected" in run("check", "texts", "--output-file", "a.json").complaint()


def test_a_full_disk(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("normalize.cli.report_options.shutil.copyfileobj", fail)
    result = run("check", "texts", "--output-file", "a.json")
    assert result.code == 2
    assert result.stderr == "unspin: a.json: cannot be written: No space left on device\n"
    assert [path.name for path in tmp_path.iterdir()] == ["texts"]


@pytest.mark.parametrize("name", ["json=log", "json=/dev/stdout"])
def test_a_report_does_not_replace_the_file_behind_standard_output(tmp_path: Path, name: str) -> None:
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-m", "normalize", "check", "texts/other.txt", "--output-file", name]
        done = subprocess.run(command, stdout=log, stderr=subprocess.PIPE, text=True, cwd=tmp_path, check=False)
        inode = os.fstat(log.fileno()).st_ino
    assert done.returncode == 2
    assert "standard output goes" in done.stderr
    assert (tmp_path / "log").stat().st_ino == inode


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("chosen", [Format.TEXT, Format.JSON])
def test_a_full_disk_behind_standard_output(tmp_path: Path, chosen: Format) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "normalize", "check", "texts/other.txt", "--format", chosen]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path, check=False)
    message = "unspin: standard output: cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (2, message)


@pytest.mark.parametrize("arguments", [["--format", "yaml"], ["--fail-on", "much"], ["--output-file"]], ids=" ".join)
def test_usage_errors(run: Run, arguments: list[str]) -> None:
    result = run("check", "texts", *arguments)
    assert (result.code, result.stdout) == (2, b"")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "files", "code"),
    [
        ([], ["spun"], 1),
        ([], ["suspicious"], 0),
        ([], ["leftover", "honest"], 0),
        (["--fail-on", "spun"], ["spun", "honest"], 1),
        (["--fail-on", "spun"], ["suspicious"], 0),
        (["--fail-on", "suspicious"], ["spun"], 1),
        (["--fail-on", "suspicious"], ["suspicious"], 1),
        (["--fail-on", "suspicious"], ["leftover", "honest"], 0),
        (["--fail-on", "finding"], ["suspicious"], 1),
        (["--fail-on", "finding"], ["leftover"], 1),
        (["--fail-on", "finding"], ["honest"], 0),
        (["--fail-on", "never"], ["spun", "suspicious", "leftover"], 0),
        (["--exit-zero"], ["spun"], 0),
        (["--exit-zero", "--fail-on", "finding"], ["spun"], 0),
        (["--max-spun", "25%"], ["spun", "honest", "other", "leftover"], 0),
        (["--max-spun", "0.25"], ["spun", "honest", "other", "leftover"], 0),
        (["--max-spun", "24.9%", "--fail-on", "spun"], ["spun", "honest", "other", "leftover"], 1),
        (["--max-spun", "0"], ["spun", "honest"], 1),
        (["--max-spun", "0"], ["suspicious", "honest"], 0),
        (["--max-spun", "100%"], ["spun"], 0),
    ],
    ids=str,
)
def test_exit_codes(run: Run, tmp_path: Path, arguments: list[str], files: list[str], code: int) -> None:
    suspicious = Verdict("suspicious", 0.6, "classic", 0.4, 100)
    (tmp_path / "texts" / "suspicious.txt").write_text("Suspicious, by decree.\n")
    with pytest.MonkeyPatch.context() as patch:
        decree(patch, "Suspicious, by decree.\n", suspicious)
        result = run("check", *(f"texts/{name}.txt" for name in files), "--no-cache", *arguments)
    assert result.code == code
    exceeded = "--max-spun" in arguments and code
    assert result.stderr.startswith("unspin: 1 of ") if exceeded else result.stderr == ""


def decree(patch: pytest.MonkeyPatch, text: str, verdict: Verdict) -> None:
    """Let the normalizer give this verdict on this text."""
    from dataclasses import replace

    from normalize.corpus.engine import EngineSettings

    make = EngineSettings.make

    class Decreed:
        def __init__(self, settings: EngineSettings) -> None:
            self._normalizer = make(settings)

        def plan(self, found: str, path: str) -> Plan:
            plan = self._normalizer.plan(found, path)
            return replace(plan, verdict=verdict) if found == text else plan

    def decreed(settings: EngineSettings) -> Decreed:  # a class would not be bound as a method
        return Decreed(settings)

    patch.setattr(EngineSettings, "make", decreed)


def test_a_share_that_is_exceeded_is_said(run: Run) -> None:
    result = run("check", "texts", "--max-spun", "2%")
    assert result.stderr == "unspin: 1 of 4 documents are spun (25%), more than --max-spun 2%\n"


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("2%", Fraction(1, 50)), ("0.02", Fraction(1, 50)), (" 2 % ", Fraction(1, 50)), ("0", Fraction(0)),
        ("0%", Fraction(0)), ("100%", Fraction(1)), ("0.1%", Fraction(1, 1000)), (".5", Fraction(1, 2)),
    ],
)  # fmt: skip
def test_shares(text: str, share: Fraction) -> None:
    assert parse_share(text) == share


@pytest.mark.parametrize(
    "text",
    ["", "%", "two", "-1%", "2", "1", "101%", "1.01", "nan", "inf", "1e-2", "2%%", "٢%", "0.02.1", "2‰", "9" * 99],
)
def test_no_shares(text: str) -> None:
    with pytest.raises(InputError, match="--max-spun"):
        parse_share(text)


def test_failed_test_cases_are_what_makes_the_check_fail(run: Run, tmp_path: Path) -> None:
    for arguments, failures in (([], 1), (["--fail-on", "finding"], 2), (["--fail-on", "never"], 0)):
        report = run("check", "texts", "--format", "junit", *arguments).text
        assert f'tests="4" failures="{failures}"' in report


def test_hostile_file_names(run: Run, tmp_path: Path, spun_article: str) -> None:
    shutil.rmtree(tmp_path / "texts")
    (tmp_path / "texts").mkdir()
    names = ["a\nb.txt", "::error::%0A,=.txt", "<script>'\"&.txt", "\x1b[31m\x01.txt", "\udcff.txt", "😀 | `x`.txt"]
    for name in names:
        (tmp_path / "texts" / name).write_text(spun_article)
    outputs = [word for chosen in Format for word in ("--output-file", f"{chosen}=report.{chosen}")]
    assert run("check", "texts", *outputs).code == 1
    counts = {}
    for chosen in Format:
        entries = READERS[chosen]((tmp_path / f"report.{chosen}").read_text(encoding="utf-8"))
        counts[chosen] = len([entry for entry in entries if not entry.startswith("verdict/")])
    del counts[Format.MARKDOWN]  # has not room for all
    assert len(set(counts.values())) == 1


def test_exit_codes_are_in_the_help(run: Run) -> None:
    assert "Exit codes: 0 clean, 1 findings, 2 usage or input error, 3 internal error." in run("check", "--help").text
