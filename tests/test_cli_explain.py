"""``unspin explain``: a text, a place in one, or a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Run


@pytest.fixture
def place(tmp_path: Path, spun_article: str) -> tuple[int, int]:
    """Write the spun article to a.txt and give line and column of its “contaminated”."""
    (tmp_path / "a.txt").write_text(spun_article)
    before = spun_article[: spun_article.index("contaminated")]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def test_a_file(run: Run, place: tuple[int, int]) -> None:
    result = run("explain", "a.txt")
    assert (result.code, result.stderr) == (0, "")
    assert result.text.startswith("a.txt: spun (probability ")
    assert "family classic" in result.text.splitlines()[0]
    assert "evidence in nats" in result.text
    assert f"a.txt:{place[0]}:{place[1]}: “contaminated” changed to “infected”" in result.text
    assert ": “mentioned” changed to “said”" in result.text


def test_what_was_left_says_why(run: Run, place: tuple[int, int]) -> None:
    left = [line for line in run("explain", "a.txt").text.splitlines() if "” left: " in line]
    assert left
    assert any("protected" in line for line in left)
    assert all(line.split("” left: ")[1] for line in left)


def test_the_four_parts_of_the_score_are_shown(run: Run, place: tuple[int, int]) -> None:
    lines = run("explain", f"a.txt:{place[0]}:{place[1]}").text.splitlines()
    heading = next(line for line in lines if "phrasebook" in line)
    assert heading.split() == [
        "original", "phrasebook", "context", "language", "model", "verdict", "total", "entry"
    ]  # fmt: skip
    row = next(line for line in lines if "“infected”" in line and "changed" not in line)
    *parts, total = (float(cell) for cell in row.split()[1:6])
    assert total == pytest.approx(sum(parts), abs=0.03)


def test_a_line(run: Run, place: tuple[int, int]) -> None:
    result = run("explain", f"a.txt:{place[0]}")
    places = [line for line in result.text.splitlines() if line.startswith("a.txt:") and "“" in line]
    assert places
    assert all(line.startswith(f"a.txt:{place[0]}:") for line in places)


@pytest.mark.parametrize("shift", [0, 5, 11])
def test_a_column_anywhere_in_the_word(run: Run, place: tuple[int, int], shift: int) -> None:
    result = run("explain", f"a.txt:{place[0]}:{place[1] + shift}")
    assert f"a.txt:{place[0]}:{place[1]}: “contaminated”" in result.text
    assert "“mentioned”" not in result.text.split("\n", 2)[2]


@pytest.mark.parametrize("where", ["999", "2", "1:999"])
def test_a_place_without_a_candidate(run: Run, place: tuple[int, int], where: str) -> None:
    result = run("explain", f"a.txt:{where}")
    assert result.code == 0
    assert "no candidate at line " in result.text


def test_standard_input(run: Run, spun_article: str) -> None:
    assert "“contaminated” changed" in run("explain", "-", stdin=spun_article.encode()).text


def test_an_honest_text(run: Run, tmp_path: Path, honest_article: str) -> None:
    (tmp_path / "a.txt").write_text(honest_article)
    result = run("explain", "a.txt")
    assert result.code == 0
    assert result.text.startswith("a.txt: clean")
    assert "changed to" not in result.text


def test_an_empty_text(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("")
    result = run("explain", "a.txt")
    assert (result.code, result.stderr) == (0, "")
    assert "no candidate" in result.text


@pytest.mark.parametrize(
    ("word", "entry"),
    [
        ("mention", "classic/verbs/mention"),
        ("mentioned", "classic/verbs/mention"),
        ("MENTIONED", "classic/verbs/mention"),
        ("say", "classic/verbs/mention"),
        ("in accordance with", "classic/phrases/in-accordance-with"),
        ("by way of", "classic/phrases/by-way-of"),
        ("Wall Avenue", "classic/names/wall-avenue"),
    ],
)
def test_a_word(run: Run, word: str, entry: str) -> None:
    result = run("explain", word)
    assert (result.code, result.stderr) == (0, "")
    assert any(line.startswith(f"{entry}: ") and ".toml:" in line for line in result.text.splitlines())


def test_a_word_nobody_knows(run: Run) -> None:
    result = run("explain", "zinklezonk")
    assert result.code == 0
    assert result.text == "no entry knows 'zinklezonk'\n"


def test_a_file_that_is_called_like_a_place(run: Run, tmp_path: Path, spun_article: str) -> None:
    (tmp_path / "a.txt:3").write_text(spun_article)
    assert run("explain", "a.txt:3").text.startswith("a.txt:3: spun")


@pytest.mark.parametrize("name", ["missing.txt", "missing.md", "missing.txt:3", "sub/missing", "missing:3:4"])
def test_a_missing_file(run: Run, name: str) -> None:
    assert "missing" in run("explain", name).complaint()


@pytest.mark.parametrize("name", ["missing.rst", "missing.text", "missing.markdown"])
def test_a_missing_file_with_any_text_ending(run: Run, name: str) -> None:
    assert "missing" in run("explain", name).complaint()


@pytest.mark.parametrize("content", [b"\xff\xfe\0", b"abc\0", b"caf\xe9"])
def test_a_file_that_is_no_text(run: Run, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    assert "a.txt" in run("explain", "a.txt:1").complaint()
