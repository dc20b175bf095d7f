"""Worker processes: the same output for any number of them, and a worker that dies is an error line, not a hang."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from normalize.corpus.processes import BATCH, FEW, Crash, Done, ordered_map
from tests.conftest import Run


def square(number: int) -> int:
    return number * number


def square_or_die(number: int) -> int:
    if number in (20, 21):
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def square_or_fail(number: int) -> int:
    if number == 40:
        message = "forty"
        raise ValueError(message)
    return number * number


@pytest.mark.parametrize("jobs", [1, 2, 3])
@pytest.mark.parametrize("count", [0, 1, FEW, FEW + 1, 10 * BATCH + 3])
def test_results_come_in_order(jobs: int, count: int) -> None:
    if count > FEW + 1 or jobs < 3:
        assert list(ordered_map(square, range(count), jobs)) == [number * number for number in range(count)]


def test_known_results_keep_their_places() -> None:
    items: list[int | Done[int]] = [Done(-number) if number % 3 else number for number in range(200)]
    expected = [-number if number % 3 else number * number for number in range(200)]
    assert list(ordered_map(square, items, 2)) == expected
    assert list(ordered_map(square, [Done(1)] * 500, 2)) == [1] * 500


def test_items_are_read_only_as_far_as_needed() -> None:
    read = 0

    def items() -> Iterator[int]:
        nonlocal read
        for number in range(100_000):
            read += 1
            yield number

    results = ordered_map(square, items(), 2)
    assert next(results) == 0
    assert read < 1000
    results.close()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_worker_that_dies_costs_only_its_item() -> None:
    results = list(ordered_map(square_or_die, range(100), 2))
    assert [number for number, result in enumerate(results) if isinstance(result, Crash)] == [20, 21]
    assert [r for r in results if not isinstance(r, Crash)] == [n * n for n in range(100) if n not in (20, 21)]


def test_an_exception_arrives() -> None:
    with pytest.raises(ValueError, match="forty"):
        list(ordered_map(square_or_fail, range(100), 2))


CHECK = """
import os, signal, sys
from normalize.cli import main
from normalize.corpus import engine
plan = engine.plan_task
def fragile(task):
    if "die" in task.name:
        os.kill(os.getpid(), signal.SIGKILL)
    return plan(task)
if __name__ == "__main__":
    from normalize.cli import session
    session.plan_task = fragile
    main()
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="needs fork, so that workers know the fragile function"
)
def test_a_crash_is_an_error_line_of_the_check(tmp_path: Path, honest_article: str) -> None:
    for number in range(30):
        (tmp_path / f"{number:02}{'-die' if number == 17 else ''}.txt").write_text(honest_article)
    (tmp_path / "run.py").write_text(CHECK)
    done = subprocess.run(
        [sys.executable, "run.py", "check", ".", "--no-cache", "--jobs", "2"],
        cwd=tmp_path, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("unspin: 17-die.txt: the worker process died on it")
    assert done.stdout.splitlines()[-1].startswith("29 documents: ")


def test_output_is_the_same_for_any_number_of_processes(tmp_path: Path, spun_article: str, honest_article: str) -> None:
    for number in range(FEW + 10):
        text = spun_article if number % 10 == 0 else honest_article
        (tmp_path / f"{number:02}.txt").write_text(text + f"\nNumber {number}.\n")
    (tmp_path / "05-bad.txt").write_bytes(b"\xff")
    outputs = set()
    for jobs in ("1", "3"):
        command = [sys.executable, "-m", "normalize", "check", ".", "--no-cache", "--jobs", jobs]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)
        assert done.returncode == 2
        outputs.add((done.stdout, done.stderr))
    assert len(outputs) == 1


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds processes by /proc")
def test_no_worker_outlives_a_killed_check(tmp_path: Path, spun_article: str) -> None:
    for number in range(200):
        (tmp_path / f"{number:03}.txt").write_text(spun_article + f"\nNumber {number}.\n")
    command = [sys.executable, "-m", "normalize", "check", ".", "--no-cache", "--jobs", "2"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)
    workers: list[int] = []
    end = time.monotonic() + 60
    while not workers and time.monotonic() < end:
        time.sleep(0.05)
        for task in Path(f"/proc/{process.pid}/task").glob("*/children"):
            workers += [int(pid) for pid in task.read_text().split()]
    process.kill()
    process.wait()
    assert workers
    while any(Path(f"/proc/{pid}").is_dir() and "Z" not in _state(pid) for pid in workers) and time.monotonic() < end:
        time.sleep(0.05)
    assert not [pid for pid in workers if Path(f"/proc/{pid}").is_dir() and "Z" not in _state(pid)]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_few_texts_stay_in_one_process(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from normalize.corpus import processes

    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(processes, "_executor", refuse)
    for number in range(FEW):
        (tmp_path / f"{number}.txt").write_text("A good text.\n")
    assert run("check", ".", "--no-cache", "--jobs", "4").code == 0
