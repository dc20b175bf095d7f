"""Remembered results: equal to fresh ones, dropped when anything they depend on changes, and never in the way."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from normalize import Normalizer
from normalize.corpus.result_cache import LAYOUT, ResultCache, pack, settings_digest, text_key, unpack
from normalize.plan import Plan, Verdict
from tests.conftest import Run

FILE = f"results-{LAYOUT}.sqlite"


@pytest.fixture
def plan(normalizer: Normalizer, spun_article: str) -> Plan:
    found = normalizer.plan(spun_article + "\nFeatured Advertisements\n", "a.txt")
    assert found.edits
    assert found.notes
    return found


def test_a_plan_comes_back_as_it_was(plan: Plan, tmp_path: Path) -> None:
    assert unpack(pack(plan), "a.txt") == plan
    with ResultCache(tmp_path) as cache:
        cache.put(b"key", plan)
    with ResultCache(tmp_path) as cache:
        assert cache.get(b"key", "a.txt") == plan
        found = cache.get(b"key", "b.txt")
        assert found is not None
        assert found.path == "b.txt"
        assert cache.get(b"other", "a.txt") is None
        assert cache.hits == 2


def small(number: int) -> Plan:
    return Plan(f"{number:064}", Verdict("clean", 0.0, None, -9.0, number), ())


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 1000, None], ids=["empty", "garbage", "folder"])
def test_a_broken_file_is_replaced_or_done_without(tmp_path: Path, damage: bytes | None) -> None:
    if damage is None:
        (tmp_path / FILE).mkdir()
    else:
        (tmp_path / FILE).write_bytes(damage)
    with ResultCache(tmp_path) as cache:
        assert cache.get(b"key", None) is None
        cache.put(b"key", small(1))
    with ResultCache(tmp_path) as cache:
        assert (cache.get(b"key", None) == small(1)) is (damage is not None)


def test_a_file_that_is_damaged_in_the_middle(tmp_path: Path) -> None:
    with ResultCache(tmp_path) as cache:
        for number in range(2000):
            cache.put(b"%d" % number, small(number))
    data = bytearray((tmp_path / FILE).read_bytes())
    data[5000:] = b"\xff" * (len(data) - 5000)
    (tmp_path / FILE).write_bytes(data)
    with ResultCache(tmp_path) as cache:
        assert all(cache.get(b"%d" % number, None) in (None, small(number)) for number in range(2000))
        cache.put(b"new", small(3))


def test_a_damaged_row_is_no_hit(tmp_path: Path) -> None:
    with ResultCache(tmp_path) as cache:
        cache.put(b"key", small(1))
    database = sqlite3.connect(tmp_path / FILE)
    database.execute("UPDATE plans SET plan = x'00ff'")
    database.commit()
    database.close()
    with ResultCache(tmp_path) as cache:
        assert cache.get(b"key", None) is None


def test_a_place_that_cannot_be_used_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with ResultCache(tmp_path / "file") as cache:
        cache.put(b"key", small(1))
        assert cache.get(b"key", None) is None


def test_the_size_is_bounded_and_the_newest_stay(tmp_path: Path) -> None:
    import os

    bound = 300_000
    for run in range(3):
        with ResultCache(tmp_path, bound) as cache:
            for number in range(600):
                noise = os.urandom(400).hex()
                verdict = Verdict("clean", 0.0, noise, 0.0, 1)
                cache.put(b"%d-%d" % (run, number), Plan("0" * 64, verdict, ()))
    assert (tmp_path / FILE).stat().st_size < 3 * bound
    with ResultCache(tmp_path, bound) as cache:
        assert cache.get(b"2-599", None) is not None
        assert cache.get(b"0-0", None) is None


def test_several_runs_at_once(tmp_path: Path) -> None:
    problems: list[BaseException] = []

    def work(name: int) -> None:
        try:
            for _ in range(5):
                with ResultCache(tmp_path) as cache:
                    for number in range(100):
                        assert cache.get(b"%d" % number, None) in (None, small(number))
                        cache.put(b"%d" % number, small(number))
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with ResultCache(tmp_path) as cache:
        assert [cache.get(b"%d" % number, None) for number in range(100)] == [small(number) for number in range(100)]


def test_keys_depend_on_all_that_matters(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("one")
    keys = set()
    for program in (b"1", b"2"):
        for settings in (["x"], ["y"]):
            for content in ("one", "two"):
                (tmp_path / "a.toml").write_text(content)
                digest = settings_digest(program, settings, [tmp_path])
                keys |= {text_key(digest, text) for text in ("a", "b", "\ud800")}
    assert len(keys) == 24


@pytest.fixture
def corpus(tmp_path: Path, spun_article: str, honest_article: str) -> Path:
    (tmp_path / "in").mkdir()
    for number in range(6):
        (tmp_path / f"in/{number}.txt").write_text(honest_article + "\n" * number)
    (tmp_path / "in/spun.txt").write_text(spun_article)
    return tmp_path


def test_a_second_run_prints_the_same_and_makes_no_engine(
    run: Run, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from normalize.cli import session

    arguments = ["check", "in", "--cache-dir", "kept"]
    first = run(*arguments)
    (corpus / "in/spun.txt").rename(corpus / "in/zz.txt")

    def refuse(task: object) -> None:
        raise AssertionError(task)

    monkeypatch.setattr(session, "plan_task", refuse)
    second = run(*arguments)
    assert (second.code, second.stderr) == (1, "")
    assert second.text == first.text.replace("spun.txt", "zz.txt")
    monkeypatch.undo()
    monkeypatch.chdir(corpus)
    fresh = run("check", "in", "--no-cache")
    assert fresh.text == second.text


def test_no_cache_leaves_no_file(run: Run, corpus: Path) -> None:
    run("check", "in", "--no-cache", "--cache-dir", "kept")
    assert not (corpus / "kept").exists()
    run("check", "in", "--cache-dir", "kept")
    assert (corpus / "kept" / FILE).is_file()


def test_a_page_and_a_text_of_the_same_characters_are_other_results(run: Run, corpus: Path) -> None:
    text = (corpus / "in/spun.txt").read_text().replace("mentioned", "<code>mentioned</code>")
    for name in ("a.txt", "a.html"):
        (corpus / name).write_text(text)
    common = ["check", "--cache-dir", "kept"]
    assert run(*common, "a.txt").text != run(*common, "a.html").text.replace("a.html", "a.txt")
    assert run(*common, "a.html").text == run("check", "a.html", "--no-cache").text


def test_other_settings_are_other_results(run: Run, corpus: Path) -> None:
    common = ["check", "in/spun.txt", "--cache-dir", "kept"]
    run(*common)
    extra = ["--min-confidence", "0.9"]
    assert run(*common, *extra).text == run("check", "in/spun.txt", "--no-cache", *extra).text
    (corpus / "mine.toml").write_text('family = "classic"\n[phrases]\n"town library" = "city library"\n')
    text = run(*common, "--phrasebook", "mine.toml").text
    assert text == run("check", "in/spun.txt", "--no-cache", "--phrasebook", "mine.toml").text
