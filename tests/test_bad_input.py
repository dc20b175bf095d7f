"""Bad input from outside: one clear line on standard error, exit code 2, and nothing changed. And two texts of odd sizes."""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from tests.conftest import Run


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Everything below a folder: mode and content of each file and folder."""
    return {
        path.relative_to(folder).as_posix(): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, spun_article: str, honest_article: str) -> Path:
    """A folder with good texts and bad ones."""
    files = {
        "spun.txt": spun_article.encode(),
        "honest.txt": honest_article.encode(),
        "binary.txt": b"PK\x03\x04\0\0\0said",
        "latin.txt": "The corporate mentioned the café.".encode("latin-1"),
        "late.txt": spun_article.encode() + b"\xe9\n",
        "empty.toml": b"",
        "comment.toml": b"# nothing here\n",
        "bare.toml": b'family = "classic"\n[verbs]\n',
        "syntax.toml": b'family = "classic"\n[verbs]\nzorch = = "destroy"\n',
        "unclosed.toml": b'family = "classic"\n[verbs]\nzorch = "destroy\n',
        "twice.toml": b'family = "classic"\n[verbs]\nzorch = "destroy"\nzorch = "break"\n',
        "itself.toml": b'family = "classic"\n[verbs]\n\nzorch = ["destroy", "zorch"]\n',
        "cycle.toml": b'family = "classic"\n[verbs]\nzorch = "zonk"\nzonk = "zink"\nzink = "zorch"\n',
        "nofamily.toml": b'[verbs]\nzorch = "destroy"\n',
        "section.toml": b'family = "classic"\n[gerunds]\nzorch = "destroy"\n',
        "number.toml": b'family = "classic"\n[verbs]\nzorch = 5\n',
        "none.toml": b'family = "classic"\n[verbs]\nzorch = []\n',
        "key.toml": b'family = "classic"\n[verbs]\nzorch = { is = "destroy", unles_after = ["a"] }\n',
        "capital.toml": b'family = "classic"\n[verbs]\nZorch = "destroy"\n',
        "bytes.toml": b'family = "classic"\n[verbs]\nz\xffrch = "destroy"\n',
        "noplan.json": b'{"version": 1',
        "list.json": b"[]",
        "future.json": b'{"version": 99, "edits": []}',
        "model.arpa": b"this is no model\n",
        "folder/picture.png": b"\x89PNG\0",
        "folder/.hidden.txt": b"said",
        "books/readme.txt": b"no phrasebook here",
    }
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return tmp_path


@pytest.fixture(autouse=True)
def nothing_changes(folder: Path) -> Iterator[None]:
    """Every test here must leave the folder as it was."""
    before = snapshot(folder)
    yield
    assert snapshot(folder) == before


INPUTS = {
    "missing file": (["missing.txt"], ["missing.txt", "no such file"]),
    "missing file after a good one": (["spun.txt", "missing.txt", "-i"], ["missing.txt"]),
    "folder without texts": (["folder"], ["folder", "no text files"]),
    "binary file": (["binary.txt"], ["binary.txt", "binary"]),
    "binary file after a good one": (["spun.txt", "binary.txt", "-i"], ["binary.txt"]),
    "invalid UTF-8": (["latin.txt"], ["latin.txt", "byte 31", "--encoding"]),
    "invalid UTF-8 after a good one": (["-i", "spun.txt", "latin.txt"], ["latin.txt", "--encoding"]),
    "invalid UTF-8 at the end": (["late.txt"], ["late.txt", "byte ", "--encoding"]),
    "unknown encoding": (["latin.txt", "--encoding", "klingon"], ["klingon"]),
    "wrong encoding": (["latin.txt", "--encoding", "ascii"], ["byte 31"]),
    "folder as a file": (["spun.txt", "-o", "books/readme.txt/x.txt"], ["cannot be written"]),
    "output in a missing folder": (["spun.txt", "-o", "nowhere/x.txt"], ["nowhere/x.txt", "cannot be written"]),
    "several to one file": (["spun.txt", "honest.txt", "-o", "list.json"], ["list.json"]),
    "several to standard output": (["spun.txt", "honest.txt"], ["--in-place"]),
    "in place and diff": (["spun.txt", "-i", "--diff"], ["--in-place", "--diff"]),
    "in place and output": (["spun.txt", "-i", "-o", "x.txt"], ["--in-place", "--output"]),
    "output and diff": (["spun.txt", "--diff", "-o", "x.txt"], ["--output", "--diff"]),
    "in place of standard input": (["-", "-i"], ["--in-place"]),
    "one plan for several texts": (["spun.txt", "honest.txt", "--diff", "--plan", "x.json"], ["--plan"]),
    "plan in a missing folder": (["spun.txt", "-i", "--plan", "nowhere/x.json"], ["nowhere/x.json"]),
    "plan is a folder": (["spun.txt", "-i", "--plan", "books"], ["books", "cannot be written"]),
    "unknown entry": (["spun.txt", "-i", "--disable", "classic/verbs/zorch"], ["--disable", "classic/verbs/zorch"]),
    "empty entry": (["spun.txt", "-i", "--disable", ""], ["--disable"]),
    "missing model": (["spun.txt", "-i", "--model", "missing.arpa"], ["missing.arpa"]),
    "no model": (["spun.txt", "-i", "--model", "model.arpa"], ["model.arpa"]),
    "folder as a model": (["spun.txt", "-i", "--model", "books"], ["books"]),
}


@pytest.mark.parametrize(("arguments", "words"), INPUTS.values(), ids=INPUTS.keys())
def test_fix(run: Run, arguments: list[str], words: list[str]) -> None:
    complaint = run("fix", *arguments).complaint()
    assert all(word in complaint for word in words), complaint


BOOKS = {
    "missing.toml": ["missing.toml", "no such phrasebook"],
    "books": ["books", "empty"],
    "empty.toml": ["empty.toml"],
    "comment.toml": ["comment.toml"],
    "bare.toml": ["bare.toml", "empty"],
    "syntax.toml": ["syntax.toml:3:", "TOML"],
    "unclosed.toml": ["unclosed.toml:3:", "TOML"],
    "twice.toml": ["twice.toml:4:"],
    "itself.toml": ["itself.toml:4:", "zorch", "itself"],
    "cycle.toml": ["cycle.toml:5:", "cycle", "zorch → zonk → zink → zorch"],
    "nofamily.toml": ["nofamily.toml:1:", "family"],
    "section.toml": ["section.toml:2:", "gerunds"],
    "number.toml": ["number.toml:3:", "zorch"],
    "none.toml": ["none.toml:3:", "zorch"],
    "key.toml": ["key.toml:3:", "unles_after"],
    "capital.toml": ["capital.toml:3:", "Zorch"],
    "bytes.toml": ["bytes.toml", "byte 28"],
    "binary.txt": ["binary.txt"],
}


@pytest.fixture
def small_builtin(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A built-in phrasebook of one line, because reading the true one takes half a second."""
    folder = tmp_path_factory.mktemp("builtin")
    (folder / "verbs.toml").write_text('family = "classic"\n[verbs]\nmention = "say"\n')
    monkeypatch.setattr("phrasebook.folder", lambda: folder)


@pytest.mark.usefixtures("small_builtin")
@pytest.mark.parametrize(("name", "words"), BOOKS.items(), ids=BOOKS.keys())
def test_phrasebooks(run: Run, name: str, words: list[str]) -> None:
    complaint = run("fix", "-i", "spun.txt", "--phrasebook", name).complaint()
    assert all(word in complaint for word in words), complaint


@pytest.mark.usefixtures("small_builtin")
def test_an_empty_phrasebook_file_is_called_empty(run: Run) -> None:
    assert "the phrasebook is empty" in run("fix", "-i", "spun.txt", "--phrasebook", "empty.toml").complaint()


@pytest.mark.parametrize(
    "name", ["noplan.json", "list.json", "future.json", "spun.txt", "missing.json", "binary.txt", "latin.txt"]
)
@pytest.mark.parametrize("command", ["apply", "undo"])
def test_plans(run: Run, command: str, name: str) -> None:
    assert name in run(command, name, "spun.txt", "-i").complaint()


def test_a_plan_for_another_text(run: Run, tmp_path: Path) -> None:
    plan = run("plan", "spun.txt").stdout
    (tmp_path / "plan.json").write_bytes(plan)
    assert "honest.txt" in run("apply", "plan.json", "honest.txt", "-i").complaint()
    assert "honest.txt" in run("undo", "plan.json", "honest.txt", "-i").complaint()
    (tmp_path / "plan.json").unlink()


def test_a_plan_with_a_text_where_a_number_belongs(run: Run, tmp_path: Path) -> None:
    plan = json.loads(run("plan", "spun.txt").text)
    plan["edits"][0]["after"] = None
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    try:
        assert "plan.json" in run("apply", "plan.json", "spun.txt", "-i").complaint()
    finally:
        (tmp_path / "plan.json").unlink()


@pytest.mark.parametrize("arguments", [["-i", "-o", "x.txt"], ["-i"]])
@pytest.mark.parametrize("command", ["apply", "undo"])
def test_contradictions_of_apply(run: Run, command: str, arguments: list[str]) -> None:
    file = "-" if arguments == ["-i"] else "spun.txt"
    assert "--in-place" in run(command, "noplan.json", file, *arguments).complaint()


@pytest.mark.parametrize(
    "arguments",
    [
        ["fix"],
        ["fix", "spun.txt", "--min-confidence", "2"],
        ["fix", "spun.txt", "--min-confidence", "much"],
        ["fix", "spun.txt", "--min-confidence", "nan"],
        ["fix", "spun.txt", "--quotations", "maybe"],
        ["fix", "spun.txt", "--nonsense"],
        ["nonsense"],
        ["apply", "plan.json"],
        ["explain"],
        ["evaluate", "x.jsonl", "--format", "xml"],
    ],
    ids=" ".join,
)
def test_usage_errors(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.code == 2
    assert result.stdout == b""
    assert "Traceback" not in result.stderr
    assert result.stderr.strip()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
@pytest.mark.parametrize("command", ["fix", "check", "plan", "explain"])
def test_an_unreadable_file(run: Run, tmp_path: Path, command: str) -> None:
    (tmp_path / "honest.txt").chmod(0)
    try:
        assert "honest.txt: cannot be read" in run(command, "honest.txt").complaint()
    finally:
        (tmp_path / "honest.txt").chmod(0o644)


def test_a_read_that_fails(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str, *modes: str) -> IO[bytes]:
        if name == "honest.txt":
            raise PermissionError(13, "Permission denied")
        return open(name, *modes)  # noqa: PTH123

    monkeypatch.setattr("normalize.formats.files.open", fail, raising=False)
    complaint = run("fix", "-i", "spun.txt", "honest.txt").complaint()
    monkeypatch.undo()
    assert complaint == "unspin: honest.txt: cannot be read: Permission denied"


def test_a_write_protected_target(run: Run, tmp_path: Path) -> None:
    mode = (tmp_path / "spun.txt").stat().st_mode
    (tmp_path / "spun.txt").chmod(0o444)
    assert "spun.txt: cannot be written" in run("fix", "-i", "spun.txt").complaint()
    (tmp_path / "spun.txt").chmod(mode)


def complains(run: Run, *arguments: str) -> str:
    """Run and give the last line of standard error of a run that failed half-way, past its reports."""
    result = run(*arguments)
    assert result.code == 2, (result.code, result.stderr)
    return result.stderr.splitlines()[-1]


def test_one_write_protected_target_of_several(run: Run, tmp_path: Path, spun_article: str) -> None:
    many = tmp_path / "many"
    many.mkdir()
    for name in ("a.txt", "b.txt"):
        (many / name).write_text(spun_article)
    (many / "b.txt").chmod(0o444)
    try:
        assert "b.txt" in complains(run, "fix", "-i", "many")
        assert (many / "a.txt").read_text() == spun_article
    finally:
        shutil.rmtree(many)


def test_one_text_of_several_that_its_encoding_cannot_hold(run: Run, tmp_path: Path, spun_article: str) -> None:
    many = tmp_path / "many"
    many.mkdir()
    text = spun_article.replace("“", '"').replace("”", '"')
    (many / "a.txt").write_bytes(text.encode("latin-1"))
    (many / "b.txt").write_bytes((text + "They found the zonkle zinkle zunkle on Monday.\n").encode("latin-1"))
    (tmp_path / "mine.toml").write_text('family = "classic"\n[phrases]\n"zonkle zinkle zunkle" = "łost"\n')
    try:
        complaint = complains(run, "fix", "-i", "many", "--encoding", "latin-1", "--phrasebook", "mine.toml")
        assert "b.txt" in complaint
        assert "ł" in complaint
        assert (many / "a.txt").read_bytes() == text.encode("latin-1")
    finally:
        shutil.rmtree(many)
        (tmp_path / "mine.toml").unlink()


def test_an_output_folder_below_a_file(run: Run) -> None:
    complaint = run("fix", "spun.txt", "honest.txt", "-o", "list.json/out").complaint()
    assert "list.json/out" in complaint


def test_a_plan_is_not_left_behind_when_the_text_cannot_be_written(run: Run, tmp_path: Path) -> None:
    try:
        assert "nowhere" in run("fix", "spun.txt", "-o", "nowhere/x.txt", "--plan", "left.json").complaint()
        assert not (tmp_path / "left.json").exists()
    finally:
        (tmp_path / "left.json").unlink(missing_ok=True)


@pytest.mark.parametrize("command", ["check", "fix", "plan", "evaluate"])
@pytest.mark.parametrize("model", ["model.arpa", "missing.arpa"])
def test_a_bad_model_is_refused_even_when_an_honest_text_needs_none(
    run: Run, tmp_path: Path, honest_article: str, command: str, model: str
) -> None:
    (tmp_path / "long.txt").write_text(honest_article * 5)
    (tmp_path / "gold.jsonl").write_text(json.dumps({"id": "x", "text": honest_article * 5, "edits": []}) + "\n")
    try:
        assert (
            model in run(command, "gold.jsonl" if command == "evaluate" else "long.txt", "--model", model).complaint()
        )
    finally:
        (tmp_path / "long.txt").unlink()
        (tmp_path / "gold.jsonl").unlink()


@pytest.mark.parametrize("command", ["fix", "check"])
def test_an_empty_name_is_no_folder(
    run: Run, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    good = tmp_path_factory.mktemp("good")
    (good / "a.txt").write_text("A good text.\n")
    monkeypatch.chdir(good)
    run(command, "", *(["-i"] if command == "fix" else [])).complaint()


def test_a_line_break_in_a_name_keeps_the_message_on_one_line(run: Run) -> None:
    run("fix", "a\nb.txt").complaint()


@pytest.mark.parametrize("command", ["fix", "check", "plan", "explain"])
def test_an_empty_text_works(run: Run, tmp_path: Path, command: str) -> None:
    result = run(command, "-", stdin=b"")
    assert (result.code, result.stderr) == (0, "")


MEASURED = """
import sys
from normalize.cli import main
try:
    main()
finally:
    status = open("/proc/self/status").read()
    print(status.split("VmHWM:")[1].split()[0], file=sys.stderr)
"""
"""Runs the command line and prints the peak of its resident memory in KiB."""


def peak(arguments: list[str], source: Path, target: Path) -> int:
    """Run ``unspin`` on a file and give its peak memory in MiB."""
    with source.open("rb") as stdin, target.open("wb") as stdout:
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, *arguments],
            stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60, check=True,
        )  # fmt: skip
    return int(done.stderr) // 1024


needs_proc = pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="peak memory is read from /proc")


@needs_proc
def test_an_article_takes_less_than_300_megabytes(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert peak(["fix", "-"], folder / "spun.txt", tmp_path_factory.mktemp("out") / "out.txt") < 300


@needs_proc
def test_fifty_megabytes_in_one_line_work(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Honest words without a line end; a gigabyte is the text some twenty times over."""
    sentence = (
        "The committee meets on Tuesday to review the budget of the town library, and the mayor will speak at noon. "
    )
    big = tmp_path_factory.mktemp("big")
    (big / "line.txt").write_text((sentence * (50_000_000 // len(sentence) + 1))[:50_000_000])
    assert peak(["fix", "-"], big / "line.txt", big / "out.txt") < 1024
    assert filecmp.cmp(big / "line.txt", big / "out.txt", shallow=False)
    shutil.rmtree(big)


@pytest.mark.parametrize("blank", ["\n", " "], ids=["paragraphs", "one line"])
def test_every_copy_in_a_text_that_repeats_itself_is_restored(run: Run, spun_article: str, blank: str) -> None:
    """Counts the restored places: a verdict alone would pass when just the last block is restored."""
    result = run("fix", "-", stdin=(spun_article.replace("\n", blank) * 10).encode())
    assert result.text.count("hard drives") == 10


@pytest.mark.parametrize("unit", ["a", "said", "“", "'", "`x", "1.", "é\u0301", "😀", "\u202e"], ids=ascii)
def test_a_line_without_blanks_works(run: Run, unit: str) -> None:
    text = unit * (20_000 // len(unit))
    result = run("fix", "-", stdin=text.encode())
    assert (result.code, result.text) == (0, text)
