"""Runs over corpora: the same for any number of processes, killed and resumed, with faults of all kinds."""

from __future__ import annotations

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
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from normalize.corpus import run as running
from normalize.corpus.journal import Journal, Point
from normalize.corpus.processes import CRASHED, in_order
from normalize.formats.packing import pack
from tests import corpora
from tests.conftest import Run
from tests.corpora import MAKERS, NEEDS, json_lines

UNSPIN = str(Path(sys.executable).with_name("unspin"))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def unspin(*arguments: object, cwd: Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([UNSPIN, *map(str, arguments)], cwd=cwd, capture_output=True, check=False, **options)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small batches, each of them noted in the journal."""
    for module, need in (("lines", ""), ("delimited", ""), ("arrow_files", "pyarrow"), ("web_archives", "")):
        if not need or find_spec(need):
            monkeypatch.setattr(f"normalize.formats.{module}.BATCH_BYTES", 2000)
    monkeypatch.setattr(running, "COMMIT_SECONDS", 0.0)


@contextmanager
def broken_after(batches: int) -> Iterator[None]:
    """Make the run fail in the midst of writing, after so many batches were written, as if it were killed then."""
    left = [batches]
    write = running.PartialFile.write

    def fail(self: running.PartialFile, data: bytes) -> None:
        if not left[0]:
            write(self, data[: len(data) // 2])
            raise KeyboardInterrupt
        left[0] -= 1
        write(self, data)

    running.PartialFile.write = fail  # type: ignore[method-assign]
    try:
        yield
    finally:
        running.PartialFile.write = write  # type: ignore[method-assign]


@pytest.mark.parametrize("form", MAKERS)
def test_interrupted_and_resumed_is_the_same(run: Run, tmp_path: Path, often: None, form: str) -> None:
    if form in NEEDS:
        pytest.importorskip(NEEDS[form])
    (tmp_path / f"a.{form}").write_bytes(MAKERS[form](60))
    target = "jsonl" if form.startswith("warc") else form
    assert run("fix", f"a.{form}", "-o", f"whole.{target}", "-j", 1).code == 0
    options = ["fix", f"a.{form}", "-o", f"b.{target}", "-j", 1, "--resume"]
    for batches in (0, 1, 1):
        with broken_after(batches):
            assert run(*options).code != 0
        assert not (tmp_path / f"b.{target}").exists()
        assert (tmp_path / f"b.{target}.journal").exists()
    assert "--resume" in run(*options[:-1]).complaint()  # an interrupted run is not thrown away
    result = run(*options)
    assert result.code == 0
    assert digest(tmp_path / f"b.{target}") == digest(tmp_path / f"whole.{target}")
    assert "60 records: 20 spun" in result.stderr
    assert sorted(os.listdir(tmp_path)) == sorted([f"a.{form}", f"b.{target}", f"whole.{target}"])


def test_several_files_in_place(run: Run, tmp_path: Path, often: None) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_bytes(json_lines(40))
    (tmp_path / "bad.jsonl").write_bytes(b"{}\n" + json_lines(10))
    names = ["a.jsonl", "bad.jsonl", "b.jsonl"]
    assert run("fix", *names, "-o", "out", "-j", 1, "--rejects", "all.jsonl").code == 2
    options = ["fix", *names, "-i", "-j", 1, "--resume", "--rejects", "r.jsonl"]
    for batches in (2, 1, 2, 2, 0):
        with broken_after(batches):
            assert run(*options).code not in (0, 2)
    result = run(*options)
    assert result.code == 2
    assert "91 records: 32 spun" in result.stderr
    for name in names:
        assert digest(tmp_path / name) == digest(tmp_path / "out" / name)
    assert digest(tmp_path / "r.jsonl") == digest(tmp_path / "all.jsonl")
    assert sorted(os.listdir(tmp_path)) == ["a.jsonl", "all.jsonl", "b.jsonl", "bad.jsonl", "out", "r.jsonl"]


def test_a_run_that_was_killed_when_all_but_the_name_was_done(run: Run, tmp_path: Path, often: None) -> None:
    (tmp_path / "a.jsonl").write_bytes(json_lines(20))
    for step in ("finish", "remove"):
        owner = running.PartialFile if step == "finish" else Journal
        real = getattr(owner, step)

        def stop(self: Any, *arguments: Any, real: Any = real, step: str = step) -> None:
            if step == "finish" and self.target.name == "b.jsonl":
                real(self, *arguments)
            raise KeyboardInterrupt

        setattr(owner, step, stop)
        try:
            assert run("fix", "a.jsonl", "-o", "b.jsonl", "-j", 1, "--rejects", "r.jsonl", "--resume").code != 0
        finally:
            setattr(owner, step, real)
    assert run("fix", "a.jsonl", "-o", "b.jsonl", "-j", 1, "--rejects", "r.jsonl", "--resume").code == 0
    assert run("fix", "a.jsonl", "-o", "c.jsonl", "-j", 1).code == 0
    assert digest(tmp_path / "b.jsonl") == digest(tmp_path / "c.jsonl")
    assert (tmp_path / "r.jsonl").read_bytes() == b""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (["--text-field", "url"], "other settings"),
        (["--rejects", "r.jsonl"], "other rejects file"),
        (["--add-fields", "verdict"], "other settings"),
    ],
)
def test_resuming_with_other_settings_is_refused(
    run: Run, tmp_path: Path, often: None, change: list[str], words: str
) -> None:
    (tmp_path / "a.jsonl").write_bytes(json_lines(20))
    options = ["fix", "a.jsonl", "-o", "b.jsonl", "-j", 1, "--resume"]
    with broken_after(1):
        run(*options)
    assert words in run(*options, *change).complaint()
    (tmp_path / "a.jsonl").write_bytes(json_lines(21))
    assert "has changed" in run(*options).complaint()


def test_a_torn_journal(tmp_path: Path) -> None:
    header = {"settings": "x", "identities": []}
    journal = Journal.begin(tmp_path / "j", header)
    journal.note(Point(0, {"offset": 5}, 7, 0, {"records": 1}))
    journal.close()
    whole = (tmp_path / "j").read_bytes()
    for cut in range(len(whole)):
        (tmp_path / "j").write_bytes(whole[:cut] + b"\0" * (cut % 3))
        again, point, _ = Journal.resume(tmp_path / "j", header)
        assert point.output == 0
        again.note(Point(0, {"offset": 6}, 8, 0, {}))
        again.close()
        last, point, _ = Journal.resume(tmp_path / "j", header)
        last.close()
        assert point.output == 8


@pytest.mark.parametrize("form", ["jsonl.gz", "csv", "parquet"])
def test_any_number_of_processes_gives_the_same(tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if form in NEEDS:
        pytest.importorskip(NEEDS[form])
    monkeypatch.setattr(corpora, "SPUN_EVERY", 50)
    (tmp_path / f"a.{form}").write_bytes(MAKERS[form](800))  # several batches
    digests = set()
    for jobs in (1, 2, 3) if form == "jsonl.gz" else (1, 2):
        done = unspin(
            "fix", f"a.{form}", "-o", f"{jobs}.{form}", "-j", jobs, "-q", "--add-fields", "plan", cwd=tmp_path
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        digests.add(digest(tmp_path / f"{jobs}.{form}"))
    assert len(digests) == 1


def test_killed_at_any_moment_and_resumed(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(json_lines(500, spun_every=5) + b"{broken\n" + json_lines(100))
    whole = unspin("fix", "a.jsonl", "-o", "whole.jsonl", "-j", 2, "--rejects", "all.jsonl", cwd=tmp_path)
    assert whole.returncode == 2
    options = ["fix", "a.jsonl", "-o", "b.jsonl", "-j", "2", "--rejects", "r.jsonl", "--resume"]
    chance = random.Random(7)
    for _ in range(4):
        process = subprocess.Popen([UNSPIN, *options], cwd=tmp_path, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.8, 3.5))
        process.send_signal(signal.SIGKILL)
        if process.wait() == 2:
            break  # it was through before
    else:
        assert not (tmp_path / "b.jsonl").exists()
        done = unspin(*options, cwd=tmp_path)
        assert done.returncode == 2
        assert done.stderr.splitlines()[-1] == whole.stderr.splitlines()[-1]
    assert digest(tmp_path / "b.jsonl") == digest(tmp_path / "whole.jsonl")
    assert digest(tmp_path / "r.jsonl") == digest(tmp_path / "all.jsonl")


def children(parent: int) -> list[int]:
    return [int(pid) for path in Path(f"/proc/{parent}/task").glob("*/children") for pid in path.read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds workers in /proc")
def test_a_killed_worker_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(json_lines(500, spun_every=2))
    process = subprocess.Popen(
        [UNSPIN, "fix", "a.jsonl", "-o", "b.jsonl", "-j", "2", "-q"], cwd=tmp_path, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 20
    while not (workers := children(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert workers
    for worker in workers[:1]:
        os.kill(worker, signal.SIGKILL)
    assert process.communicate()[1] == b""
    assert process.returncode == 0
    assert unspin("fix", "a.jsonl", "-o", "c.jsonl", "-j", 1, "-q", cwd=tmp_path).returncode == 0
    assert digest(tmp_path / "b.jsonl") == digest(tmp_path / "c.jsonl")
    assert children(process.pid) == []


class Deadly:
    """A worker that dies on some numbers; a task is a list of numbers."""

    def __call__(self, task: list[int]) -> list[str]:
        if 13 in task:
            os._exit(9)
        return [str(number) for number in task]

    def split(self, task: list[int]) -> list[list[int]]:
        return [task[: len(task) // 2], task[len(task) // 2 :]] if len(task) > 1 else [task]

    def give_up(self, task: list[int], reason: str) -> list[str]:
        return [f"{number}: {reason}" for number in task]

    def merge(self, first: list[str], second: list[str]) -> list[str]:
        return first + second


def test_only_the_record_that_kills_its_worker_is_given_up() -> None:
    tasks = [list(range(at, at + 4)) for at in range(0, 24, 4)]
    done = list(in_order(tasks, Deadly(), 2))
    assert [task for task, _ in done] == tasks
    told = [text for _, outcome in done for text in outcome]
    assert told == [str(n) if n != 13 else f"13: {CRASHED}" for n in range(24)]


def test_strict_stops_at_the_first(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(json_lines(3) + b"{broken\n" + json_lines(3) + b"{worse\n")
    complaint = run("fix", "a.jsonl", "-o", "b.jsonl", "-j", 1, "--strict").complaint()
    assert complaint.startswith("unspin: a.jsonl:4: not JSON")
    assert not (tmp_path / "b.jsonl").exists()


def test_rejects_tell_position_reason_and_record(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"text":null}\n\n{"text":"fine"}\n\xff\n')
    result = run("fix", "a.jsonl", "-j", 1, "--rejects", "r.jsonl")
    assert result.code == 2
    assert result.stdout == (tmp_path / "a.jsonl").read_bytes()
    assert "a.jsonl:4: not valid UTF-8 at byte 1" in result.stderr
    assert "3 records: 0 spun, 0 suspicious, 1 clean; 0 edits in 0 records; 2 rejected" in result.stderr
    told = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert told == [
        {"source": "a.jsonl", "record": 1, "line": 1, "reason": "no text in text", "raw": '{"text":null}'},
        {
            "source": "a.jsonl", "record": 3, "line": 4, "reason": "not valid UTF-8 at byte 1 of the record",
            "raw_base64": "/w==",
        },
    ]  # fmt: skip


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_standard_output_that_is_full(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(json_lines(50))
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [UNSPIN, "fix", "a.jsonl", "-j", "1"], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == b"unspin: standard output: cannot be written: No space left on device"


def test_a_full_disk_leaves_what_can_be_resumed(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    (tmp_path / "a.jsonl").write_bytes(json_lines(600, spun_every=50))

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (70_000, 70_000))

    options = ["fix", "a.jsonl", "-o", "b.jsonl", "-j", "1", "-q"]
    done = unspin(*options, cwd=tmp_path, preexec_fn=limit)
    assert done.returncode == 2
    assert done.stderr == b"unspin: b.jsonl: cannot be written: File too large\n"
    assert not (tmp_path / "b.jsonl").exists()
    assert unspin(*options, "--resume", cwd=tmp_path).returncode == 0
    assert (tmp_path / "b.jsonl").read_bytes().count(b"\n") == 600


def test_a_broken_packed_file_is_told(run: Run, tmp_path: Path) -> None:
    for packing in ("gzip", "zstd"):
        name = "a.jsonl.gz" if packing == "gzip" else "a.jsonl.zst"
        (tmp_path / name).write_bytes(pack(json_lines(500), packing)[:-30])
        assert name in run("fix", name, "-o", "b.jsonl", "-j", 1, "-q").complaint()
        assert not (tmp_path / "b.jsonl").exists()
        (tmp_path / "b.jsonl.journal").unlink()


WRONG = {
    "missing": (["missing.jsonl"], "no such file"),
    "mixed": (["a.jsonl", "a.txt", "-o", "x"], "run them apart"),
    "two to standard output": (["a.jsonl", "b.jsonl"], "--output"),
    "two to one": (["a.jsonl", "d/a.jsonl", "-o", "x"], "run them apart"),
    "onto itself": (["a.jsonl", "-o", "a.jsonl"], "--in-place"),
    "rejects onto the output": (["a.jsonl", "-o", "x.jsonl", "--rejects", "x.jsonl"], "rejects"),
    "resume to standard output": (["a.jsonl", "--resume"], "--output"),
    "diff": (["a.jsonl", "--diff"], "--diff"),
    "plan": (["a.jsonl", "--plan", "p.json"], "--add-fields plan"),
    "cache": (["a.jsonl", "--no-cache"], "--cache/--no-cache is for single texts"),
    "name of standard input": (["-", "--input-format", "jsonl", "--stdin-filename", "x"], "is for single texts"),
    "scheduler without Dask": (["a.jsonl", "--scheduler", "x"], "--engine dask"),
    "prefix for a text": (["a.txt", "--prefix", "x"], "--input-format"),
    "no such value": (["a.jsonl", "--add-fields", "verdict,mood"], "mood"),
    "empty field": (["a.jsonl", "--text-field", "a..b"], "--text-field"),
    "UTF-16": (["a.jsonl", "--encoding", "utf-16"], "UTF-8 first"),
    "no such encoding": (["a.jsonl", "--encoding", "klingon"], "klingon"),
    "options of records for a text": (["a.txt", "--text-field", "x"], "--input-format"),
    "folder": (["a.jsonl", "d", "-o", "x"], "run them apart"),
    "folder without": (["d", "--input-format", "csv", "-o", "x"], "no files of the format (.csv)"),
    "missing folder": (["a.jsonl", "-o", "no/x.jsonl"], "cannot be written"),
    "no such phrasebook": (["a.jsonl", "-o", "x.jsonl", "--phrasebook", "none"], "none"),
}


@pytest.mark.parametrize(("arguments", "words"), WRONG.values(), ids=WRONG)
def test_wrong_use_is_one_line(run: Run, tmp_path: Path, arguments: list[str], words: str) -> None:
    (tmp_path / "d").mkdir()
    for name in ("a.jsonl", "b.jsonl", "d/a.jsonl", "a.txt"):
        (tmp_path / name).write_bytes(json_lines(1))
    assert words in run("fix", *arguments, "-j", 1).complaint()
    assert not list(tmp_path.rglob("*.partial"))


@pytest.mark.parametrize("name", ["b.jsonl", "b.jsonl.gz", "b.jsonl.zst"])
def test_an_empty_corpus(run: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "a.jsonl").touch()
    assert run("fix", "a.jsonl", "-o", name).code == 0
    assert run("fix", name, "-o", "c.jsonl").code == 0
    assert (tmp_path / "c.jsonl").read_bytes() == b""


def test_a_folder_of_corpora_and_a_pipe(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / "a.jsonl").write_bytes(json_lines(3))
    (tmp_path / "in" / "sub" / "b.jsonl.gz").write_bytes(pack(json_lines(3), "gzip"))
    (tmp_path / "in" / "c.txt").write_text("left alone")
    assert run("fix", "in", "--input-format", "jsonl", "-o", "out", "-j", 1).code == 0
    assert sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file()) == ["a.jsonl", "b.jsonl.gz"]
    piped = run("fix", "-", "--input-format", "jsonl", "-j", 1, stdin=json_lines(3))
    assert piped.stdout == (tmp_path / "out" / "a.jsonl").read_bytes()


def test_configuration_holds_for_corpora(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(json_lines(1))
    (tmp_path / "unspin.toml").write_text('disable = ["mention"]\nallow = ["laborious drives"]\n')
    text = run("fix", "a.jsonl").text
    assert "laborious drives" in text
    assert "matter mentioned" in text
    assert "security researchers" in text
    assert "hard drives" in run("fix", "a.jsonl", "--isolated").text
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.jsonl").write_bytes(json_lines(1))
    (tmp_path / "sub" / "unspin.toml").write_text('mode = "safe"\n')
    assert "configured differently" in run("fix", "a.jsonl", "sub/b.jsonl", "-o", "out").complaint()


def test_folders_of_corpora_are_searched_as_those_of_texts(run: Run, tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl.gz", "c.jsonl"):
        (tmp_path / name).write_bytes(pack(json_lines(1), "gzip") if name.endswith(".gz") else json_lines(1))
    (tmp_path / ".ignore").write_text("a.*\n")
    assert run("fix", ".", "--input-format", "jsonl", "-o", "out", "--exclude", "c.*").code == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.jsonl.gz"]


def test_progress_in_a_pipe_is_plain_lines(
    run: Run, tmp_path: Path, often: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("normalize.cli.progress.LINE_SECONDS", 0.0)
    (tmp_path / "a.jsonl").write_bytes(json_lines(60))
    lines = run("fix", "a.jsonl", "-o", "b.jsonl", "-j", 1).stderr.splitlines()
    assert len(lines) > 3
    assert "% of 0.0 MB, " in lines[0]
    assert "MB/s" in lines[0]
    assert lines[0].endswith("left")
    assert lines[-1].startswith("60 records: 20 spun")
    assert run("fix", "a.jsonl", "-o", "b.jsonl", "-j", 1, "--quiet").stderr == ""
