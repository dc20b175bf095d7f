"""``unspin fix`` over trees of texts: streamed, killed and resumed, with faults of all kinds among them."""

from __future__ import annotations

import codecs
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from normalize.cli import fix_tree
from normalize.corpus import text_files, tree_run
from normalize.corpus.text_files import Written
from normalize.corpus.tree_journal import TreeJournal
from normalize.errors import InputError
from normalize.formats.packing import pack
from tests.conftest import Run
from tests.corpora import HONEST, SPUN

UNSPIN = str(Path(sys.executable).with_name("unspin"))


def grow(folder: Path, count: int, spun_every: int = 4) -> None:
    """Make a tree of short texts, some of them spun, of all that are read."""
    for number in range(count):
        text = f"{SPUN if number % spun_every == 0 else HONEST} Room {number} café.\n"
        path = folder / f"{number % 5}" / f"{number:03}"
        path.parent.mkdir(parents=True, exist_ok=True)
        kind = number % 7
        if kind == 1:
            path.with_suffix(".html").write_text(f"<title>x</title><p>{text}</p>")
        elif kind == 2:
            path.with_suffix(".txt.gz").write_bytes(pack(text.encode(), "gzip"))
        elif kind == 3:
            path.with_suffix(".txt").write_bytes(codecs.BOM_UTF16_LE + text.encode("utf-16-le"))
        else:
            path.with_suffix(".md" if kind == 4 else ".txt").write_text(text)


def hashes(folder: Path) -> dict[str, str]:
    """Everything below a folder, hidden files too, with hashes of what it holds."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def unspin(*arguments: object, cwd: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [UNSPIN, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, **options)


@pytest.fixture
def streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stream a few texts, too, two at a time."""
    monkeypatch.setattr(fix_tree, "ALL_OR_NOTHING", 0)
    monkeypatch.setattr(tree_run, "BATCH", 2)


@contextmanager
def killed_after(files: int, *, renamed: bool) -> Iterator[None]:
    """Make a run end when so many files were put in place, without cleaning up, before or after the next renaming."""
    left = [files]
    put, clean_up = tree_run.TreeRun._put_in_place, tree_run._clean_up

    def stop(self: tree_run.TreeRun, file: text_files.FileOutcome) -> str:
        if file.temporary is not None:
            left[0] -= 1
            if left[0] < 0:
                if renamed:
                    put(self, file)
                raise KeyboardInterrupt
        return put(self, file)

    tree_run.TreeRun._put_in_place = stop  # type: ignore[method-assign]
    tree_run._clean_up = lambda _: None
    try:
        yield
    finally:
        tree_run.TreeRun._put_in_place = put  # type: ignore[method-assign]
        tree_run._clean_up = clean_up


@pytest.mark.parametrize("how", ["--output", "--in-place"])
def test_interrupted_and_resumed_is_the_same(run: Run, tmp_path: Path, streamed: None, how: str) -> None:
    for name in ("in", "whole"):
        grow(tmp_path / name, 40)
        (tmp_path / name / "1" / "bad.txt").write_bytes(b"caf\xe9")
    assert run("fix", "whole", *(["-o", "unbroken"] if how == "--output" else ["-i"]), "-j", 1).code == 2
    options = ["fix", "in", *(["-o", "out"] if how == "--output" else ["-i"]), "-j", 1, "--resume"]
    for files, renamed in ((0, False), (0, True), (3, True), (2, False)):
        with killed_after(files, renamed=renamed):
            assert run(*options).code not in (0, 2)
    assert "--resume" in run(*options[:-1]).complaint()  # an interrupted run is not thrown away
    result = run(*options)
    assert result.code == 2
    assert result.stderr.splitlines()[-1].startswith("41 texts: 10 spun")
    if how == "--output":
        assert hashes(tmp_path / "out") == hashes(tmp_path / "unbroken")
    else:
        assert hashes(tmp_path / "in") == hashes(tmp_path / "whole")
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith((".unspin", ".journal", ".partial"))]


@pytest.mark.parametrize("how", ["--output", "--in-place"])
def test_killed_at_any_moment_and_resumed(tmp_path: Path, how: str) -> None:
    grow(tmp_path / "in", 160)
    (tmp_path / "in" / "1" / "bad.txt").write_bytes(b"caf\xe9")
    shared = ["--no-cache", "--rejects"]
    whole = unspin("fix", "in", "-o", "whole", "-j", 1, *shared, "all.jsonl", cwd=tmp_path)
    assert whole.returncode == 2
    goal = ["-o", "out"] if how == "--output" else ["-i"]
    options = ["fix", "in", *goal, "-j", "2", *shared, "r.jsonl", "--resume"]
    chance = random.Random(3)
    for _ in range(2):
        process = subprocess.Popen([UNSPIN, *options], cwd=tmp_path, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.7, 2.0))
        process.send_signal(signal.SIGKILL)
        if process.wait() == 2:
            break  # it was through before
    else:
        done = unspin(*options, cwd=tmp_path)
        assert done.returncode == 2
        counts = done.stderr.splitlines()[-1].replace("left", "passed on")
        assert counts == whole.stderr.splitlines()[-1]
    assert hashes(tmp_path / ("out" if how == "--output" else "in")) == hashes(tmp_path / "whole")
    assert (tmp_path / "r.jsonl").read_bytes() == (tmp_path / "all.jsonl").read_bytes()


def test_a_few_are_all_or_nothing_and_many_are_not(run: Run, tmp_path: Path) -> None:
    grow(tmp_path / "in", 8)
    (tmp_path / "in" / "9.txt").write_bytes(b"caf\xe9")
    before = hashes(tmp_path)
    assert "in/9.txt" in run("fix", "-i", "in", "-j", 1).complaint()
    assert "in/9.txt" in run("fix", "in", "-o", "out", "-j", 1, "-q").complaint()
    assert hashes(tmp_path) == before
    assert run("fix", "-i", "in", "-j", 1, "--rejects", "r.jsonl").code == 2
    assert hashes(tmp_path) != before
    assert run("fix", "in/0", "-o", "out", "-j", 1, "-q").stderr == ""


BAD = {
    "0/latin.txt": (b"caf\xe9", "not valid UTF-8 at byte 3"),
    "1/binary.txt": (b"PK\x03\0", "a binary file, not a text"),
    "2/cut.txt.gz": (pack(b"text" * 100, "gzip")[:-9], "cannot be read: Compressed file ended"),
    "3/lacks.txt": (b"\xff\xfe\x00\xd8", "not valid UTF-16-LE"),
}


@pytest.mark.parametrize("jobs", [1, 2])
def test_bad_texts_among_good_ones(run: Run, tmp_path: Path, streamed: None, jobs: int) -> None:
    grow(tmp_path / "in", 20)
    for name, (data, _) in BAD.items():
        (tmp_path / "in" / name).write_bytes(data)
    (tmp_path / "in" / "3" / "gone.txt").symlink_to("nowhere")
    (tmp_path / "out" / "4" / "004.md").mkdir(parents=True)
    result = run("fix", "in", "-o", "out", "-j", jobs, "--rejects", "r.jsonl")
    assert result.code == 2
    told = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    reasons = {f"in/{name}": reason for name, (_, reason) in BAD.items()} | {
        "in/3/gone.txt": "cannot be read: No such file",
        "in/4/004.md": "out/4/004.md: cannot be written: it is not a regular file",
    }
    assert [entry["source"] for entry in told] == sorted(reasons)
    for entry in told:
        assert entry["reason"].startswith(reasons[entry["source"]])
        assert f"{entry['source']}: {entry['reason']}" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("25 texts: 4 spun, 0 suspicious, 15 clean; ")
    assert result.stderr.endswith("; 6 rejected and passed on as they are\n")
    for name, (data, _) in BAD.items():  # nothing is lost
        assert (tmp_path / "out" / name).read_bytes() == data
    (tmp_path / "out" / "4" / "004.md").rmdir()
    assert run("fix", "in/4", "-o", "out/4", "-j", 1).code == 0
    alone = {name for name in hashes(tmp_path / "in") if name != "3/gone.txt"}
    assert set(hashes(tmp_path / "out")) == alone


def test_in_place_bad_texts_stay(run: Run, tmp_path: Path, streamed: None) -> None:
    grow(tmp_path / "in", 10)
    (tmp_path / "in" / "0" / "bad.txt").write_bytes(b"caf\xe9")
    (tmp_path / "in" / "0" / "000.txt").chmod(0o444)
    (tmp_path / "in" / "4" / "lacks.txt").write_bytes(f"{SPUN} zonkle zinkle".encode("latin-1"))
    before = hashes(tmp_path / "in")
    result = run("fix", "-i", "in", "-j", 1)
    assert result.code == 2
    assert "in/0/000.txt: cannot be written: it is write-protected" in result.stderr
    assert "left as they are" in result.stderr
    changed = {name for name, digest in hashes(tmp_path / "in").items() if digest != before[name]}
    assert changed == {"4/004.md", "4/lacks.txt", "3/008.html"}


def test_only_the_first_ten_are_named(run: Run, tmp_path: Path, streamed: None) -> None:
    for number in range(13):
        (tmp_path / f"{number:02}.txt").write_bytes(b"\xff")
    lines = run("fix", ".", "-i", "-j", 1, "--rejects", "r.jsonl").stderr.splitlines()
    assert len(lines) == 12
    assert lines[10] == "more texts could not be worked on; --rejects FILE lists them all"
    assert len((tmp_path / "r.jsonl").read_text().splitlines()) == 13


def test_strict_stops_at_the_first(run: Run, tmp_path: Path, streamed: None) -> None:
    for name in "abcdef":
        (tmp_path / f"{name}.txt").write_bytes(b"\xff" if name in "de" else SPUN.encode())
    complaint = run("fix", ".", "-o", "out", "-j", 1, "--strict").complaint()
    assert complaint.startswith("unspin: d.txt: not valid UTF-8")
    assert sorted(os.listdir(tmp_path / "out")) == ["a.txt", "b.txt", "c.txt", "unspin.journal"]
    for name in "de":
        (tmp_path / f"{name}.txt").write_text(HONEST)
    assert run("fix", ".", "-o", "out", "-j", 1, "--strict", "--resume").code == 0
    assert len(os.listdir(tmp_path / "out")) == 6


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (["--mode", "safe"], "other settings"),
        (["--strip-leftovers"], "other settings"),
        (["--exclude", "x"], "other settings"),
        (["--input-format", "markdown"], "other settings"),
        (["--rejects", "r.jsonl"], "other rejects file"),
        (["in/0"], "other inputs"),
    ],
)
def test_resuming_with_other_options_is_refused(
    run: Run, tmp_path: Path, streamed: None, change: list[str], words: str
) -> None:
    grow(tmp_path / "in", 8)
    options = ["fix", "in", "-i", "-j", 1, "--resume"]
    with killed_after(1, renamed=False):
        run(*options)
    assert words in run(*options, *change).complaint()
    assert run(*options).code == 0


def test_resuming_with_another_configuration_of_a_folder_is_refused(run: Run, tmp_path: Path, streamed: None) -> None:
    grow(tmp_path / "in", 8, spun_every=1)
    options = ["fix", "in", "-i", "-j", 1, "--resume"]
    with killed_after(3, renamed=False):
        run(*options)
    (tmp_path / "in" / "0" / "unspin.toml").write_text('mode = "safe"\n')
    assert "other settings for in/0/000.txt" in run(*options).complaint()


def test_a_text_that_changes_before_the_run_goes_on(run: Run, tmp_path: Path, streamed: None) -> None:
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text(f"{SPUN} {name}\n")
    with killed_after(2, renamed=False):
        run("fix", ".", "-i", "-j", 1, "--resume")
    (tmp_path / "a.txt").write_text(f"{SPUN} again\n")
    result = run("fix", ".", "-i", "-j", 1, "--resume")
    assert result.code == 2
    assert result.stderr.startswith("a.txt: has changed since the interrupted run wrote it; left as it is\n")
    assert (tmp_path / "a.txt").read_text() == f"{SPUN} again\n"
    assert "familiar" in (tmp_path / "c.txt").read_text()

    with killed_after(2, renamed=False):
        run("fix", ".", "-o", "out", "-j", 1, "--resume")
    (tmp_path / "b.txt").write_text("Another text.\n")
    (tmp_path / "out" / "a.txt").unlink()
    assert run("fix", ".", "-o", "out", "-j", 1, "--resume").code == 0  # the sources are there: both are done anew
    assert (tmp_path / "out" / "b.txt").read_text() == "Another text.\n"
    assert "familiar" in (tmp_path / "out" / "a.txt").read_text()


def test_a_torn_journal(tmp_path: Path) -> None:
    header = {"settings": "x"}
    notes = [(name, "s", Written(f"before {name}", "after", "spun", 3)) for name in ("a", "é\udce9", "c")]
    journal = TreeJournal.begin(tmp_path / "j", header)
    journal.note(notes, sync=True)
    journal.close()
    whole = (tmp_path / "j").read_bytes()
    assert whole.count(b"\n") == 4
    for cut in range(len(whole)):
        (tmp_path / "j").write_bytes(whole[:cut] + b"\0" * (cut % 3))
        again = TreeJournal.resume(tmp_path / "j", header)
        known = [again.known(name, settings) for name, settings, _ in notes]
        lines = max(0, whole[:cut].count(b"\n") - 1)
        assert known == [written if at < lines else None for at, (_, _, written) in enumerate(notes)]
        again.note(notes[lines:], sync=False)
        again.close()
        assert (tmp_path / "j").read_bytes() == whole
    with pytest.raises(InputError, match="other settings"):
        TreeJournal.resume(tmp_path / "j", {"settings": "y"})


FRAGILE = """
import os, signal
from normalize.cli import main
from normalize.corpus import text_files
plan = text_files.plan_document
def fragile(normalizer, document, kind):
    if "die" in document.name:
        os.kill(os.getpid(), signal.SIGKILL)
    if "fail" in document.name:
        raise ZeroDivisionError("by zero")
    return plan(normalizer, document, kind)
text_files.plan_document = fragile
if __name__ == "__main__":
    main()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs fork, so that workers know the function")
def test_a_text_on_which_a_worker_dies_or_the_engine_fails(tmp_path: Path) -> None:
    grow(tmp_path / "in", 24)
    (tmp_path / "in" / "1" / "die.txt").write_text(SPUN)
    (tmp_path / "in" / "2" / "fail.txt").write_text(SPUN)
    (tmp_path / "run.py").write_text(FRAGILE)
    command = [sys.executable, "run.py", "fix", "in", "-o", "out", "-j", "2", "--no-cache", "--rejects", "r.jsonl"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 2, done.stderr
    assert [line for line in done.stderr.splitlines() if line.startswith("in/")] == [
        "in/1/die.txt: the worker process died on it: it was killed, or memory ran out",
        "in/2/fail.txt: the program failed on it: ZeroDivisionError: by zero",
    ]
    assert (tmp_path / "out" / "1" / "die.txt").read_text() == SPUN
    assert set(hashes(tmp_path / "out")) == set(hashes(tmp_path / "in"))


def test_a_full_disk_stops_the_run_and_it_can_be_resumed(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    grow(tmp_path / "in", 10)
    (tmp_path / "in" / "3" / "long.txt").write_text(f"{HONEST}\n" * 1000)
    before = hashes(tmp_path / "in")

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (70_000, 70_000))

    options = ["fix", "in", "-o", "out", "-j", "1", "-q", "--no-cache", "--resume"]
    done = unspin(*options, cwd=tmp_path, preexec_fn=limit)
    assert (done.returncode, done.stderr) == (2, "unspin: out/3/long.txt: cannot be written: File too large\n")
    assert "3/long.txt" not in hashes(tmp_path / "out")
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith(".unspin")]
    assert unspin(*options, cwd=tmp_path).returncode == 0
    assert set(hashes(tmp_path / "out")) == set(before)


def test_links_and_folders_named_twice_are_restored_once(run: Run, tmp_path: Path, streamed: None) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "b.txt").write_text(SPUN)
    (tmp_path / "in" / "a.txt").symlink_to("b.txt")
    (tmp_path / "again").symlink_to("in")
    result = run("fix", "in", "again", tmp_path / "in", "-i", "-j", 1)
    assert result.stderr.splitlines()[-1].startswith("1 text: 1 spun")
    assert (tmp_path / "in" / "a.txt").is_symlink()
    assert run("fix", "in", "-o", "out", "-j", 1).stderr.startswith("2 texts: ")


def test_an_output_below_the_input_is_no_input(run: Run, tmp_path: Path, streamed: None) -> None:
    grow(tmp_path / "in", 6)
    for _ in range(2):
        assert run("fix", "in", "-o", "in/out", "-j", 1).stderr.startswith("6 texts: ")
    assert not (tmp_path / "in" / "out" / "out").exists()


def test_what_the_run_writes_is_no_input(run: Run, tmp_path: Path, streamed: None) -> None:
    grow(tmp_path / "in", 6)
    options = ["fix", "in", "-i", "--include", "*", "-j", 1, "--rejects", "in/rejects.txt", "--resume"]
    with killed_after(0, renamed=False):
        run(*options)
    for _ in range(2):
        assert run(*options).stderr.startswith("6 texts: ")


WRONG = {
    "to standard output": (["in/0/000.txt", "--resume"], "--resume needs --output or --in-place"),
    "rejects of a diff": (["in", "--diff", "--rejects", "r"], "leave out --diff"),
    "plan": (["in/0/000.txt", "-o", "x", "--plan", "p.json", "--resume"], "--plan"),
    "standard input": (["-", "-o", "x", "--resume"], "run it apart"),
    "onto itself": (["in", "-o", "in", "--resume"], "--in-place"),
    "one onto itself": (["in/0/000.txt", "-o", "in/0", "--resume"], "--in-place"),
    "over another": (["in/0", "in/0/sub/000.txt", "-o", "in/0", "--resume"], "--in-place"),
    "over an input": (["in/0/sub", "in/0/000.txt", "-o", "in/0", "--resume"], "would be"),
    "two to one": (["in/0/000.txt", "in/0/sub/000.txt", "-o", "x", "--resume"], "run them apart"),
    "folder below a file": (["in", "-o", "in/0/000.txt/x", "--resume"], "cannot be made"),
    "rejects in a missing folder": (["in", "-i", "--rejects", "no/r.jsonl"], "no/r.jsonl"),
    "no such phrasebook": (["in", "-i", "--resume", "--phrasebook", "none"], "none"),
    "no such model": (["in", "-i", "--resume", "--model", "none"], "none"),
    "missing": (["in", "missing", "-i", "--resume"], "no such file"),
}


@pytest.mark.parametrize(("arguments", "words"), WRONG.values(), ids=WRONG)
def test_wrong_use_is_one_line_and_changes_nothing(run: Run, tmp_path: Path, arguments: list[str], words: str) -> None:
    (tmp_path / "in" / "0" / "sub").mkdir(parents=True)
    for name in ("in/0/000.txt", "in/0/sub/000.txt"):
        (tmp_path / name).write_text(SPUN)
    before = hashes(tmp_path)
    assert words in run("fix", *arguments, "-j", 1).complaint()
    assert hashes(tmp_path) == before


def test_a_run_that_wrote_nothing_leaves_no_journal(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(SPUN)
    run("fix", "a.txt", "-i", "--resume", "--phrasebook", "none").complaint()
    run("fix", "a.txt", "-i", "--resume", "--model", "none").complaint()
    run("fix", "a.txt", "-i", "--rejects", "no/r.jsonl").complaint()
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_few_are_not_restored_again_where_a_run_was_interrupted(run: Run, tmp_path: Path) -> None:
    grow(tmp_path / "in", 8)
    with killed_after(0, renamed=True):
        run("fix", "in/0", "-i", "-j", 1, "--resume")
    assert "in/0/unspin.journal" in run("fix", "in/0", "-i", "-j", 1).complaint()
    for inputs in (["in"], ["in/0/000.txt"], ["in/1/001.html", "in/0/000.txt"]):
        for options in ([], ["--resume"]):
            assert "in/0/unspin.journal" in run("fix", *inputs, "-i", "-j", 1, *options).complaint()
    (tmp_path / "in" / "0" / "unspin.journal").rename(tmp_path / "in" / "unspin.journal")
    assert "in/unspin.journal" in run("fix", "in/1", "-i", "-j", 1).complaint()


def test_results_of_a_check_are_used(run: Run, tmp_path: Path, streamed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(tmp_path / "in", 12)
    monkeypatch.setenv("UNSPIN_CACHE_DIR", str(tmp_path / "cache"))
    assert run("fix", "in", "-o", "first", "-j", 1).code == 0  # remembers what it finds
    monkeypatch.setattr(text_files, "plan_document", lambda *_: pytest.fail("planned again"))
    assert run("fix", "in", "-o", "second", "-j", 1).code == 0
    assert hashes(tmp_path / "first") == hashes(tmp_path / "second")


def test_diffs_of_many_are_printed_as_they_come(run: Run, tmp_path: Path, streamed: None) -> None:
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text(SPUN)
    assert run("fix", ".", "--diff", "-j", 1).code == 1
    (tmp_path / "b.txt").write_bytes(b"\xff")
    result = run("fix", ".", "--diff", "-j", 1)
    assert result.code == 2
    assert result.text.count("--- a/") == 2
    assert result.stderr.startswith("unspin: b.txt: not valid UTF-8")


def test_progress_in_a_pipe_is_plain_lines(
    run: Run, tmp_path: Path, streamed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("normalize.cli.progress.LINE_SECONDS", 0.0)
    grow(tmp_path / "in", 10)
    lines = run("fix", "in", "-o", "out", "-j", 1).stderr.splitlines()
    assert len(lines) == 6
    assert lines[0].startswith("20% of 10 texts, ")
    assert lines[0].endswith(" left")
    assert run("fix", "in", "-o", "out", "-j", 1, "--quiet").stderr == ""


@pytest.mark.parametrize("how", ["-i", "-o"])
def test_one_text_by_name(run: Run, tmp_path: Path, how: str) -> None:
    (tmp_path / "a.txt").write_text(SPUN)
    result = run("fix", "a.txt", *([how, "b.txt"] if how == "-o" else [how]), "--resume")
    assert (result.code, result.stderr.splitlines()) == (
        0,
        ["1 text: 1 spun, 0 suspicious, 0 clean; 10 edits in 1 text"],
    )
    assert sorted(os.listdir(tmp_path)) == (["a.txt", "b.txt"] if how == "-o" else ["a.txt"])
