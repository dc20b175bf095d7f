"""``unspin phrasebook pages``: pages that say what the phrasebook says, and a check that they still do."""

from __future__ import annotations

from pathlib import Path

import pytest

import phrasebook as builtin
from normalize.counts import Counts
from normalize.phrasebook import parse
from normalize.reports.phrasebook_pages import MARK, phrasebook_pages

BOOK = """\
family = "mine"

[phrases]
"a|b*" = { is = "c_d", unless_after = ["<number>"], only_before = ["x", "y"] }

[verbs]
mention = { is = ["say", "note"], swaps = true }
"""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Put a phrasebook of one entry in place of the built-in one."""
    folder = tmp_path / "small"
    (folder / "classic").mkdir(parents=True)
    (folder / "classic" / "verbs.toml").write_text('family = "classic"\n\n[verbs]\nmention = "say"\n')
    monkeypatch.setattr(builtin, "folder", lambda: folder)
    return folder


def test_pages_show_entries_conditions_and_rates() -> None:
    pages = phrasebook_pages(parse([(Path("mine.toml"), BOOK)]), Counts(1_000_000, 0, {"mention": 83}))
    assert sorted(pages) == ["index.md", "mine.md"]
    assert all(text.startswith(MARK) and text.endswith("\n") for text in pages.values())
    lines = pages["mine.md"].splitlines()
    assert "## Verbs (1)" in lines
    assert "| mention | say, note | swaps | 83 |" in lines
    assert r"| a\|b\* | c\_d | unless after: &lt;number&gt;; only before: x, y | 0 |" in lines
    assert "| [mine](mine.md) | 1 | 1 | – | – | – | – | 2 |" in pages["index.md"].splitlines()


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0"), (1, "0.1"), (12, "1.2"), (99, "9.9"), (123, "12"), (98765, "9,876")]
)
def test_rates_are_rounded_for_reading(count: int, shown: str) -> None:
    pages = phrasebook_pages(parse([(Path("mine.toml"), BOOK)]), Counts(10_000_000, 0, {"mention": count}))
    assert f"| mention | say, note | swaps | {shown} |" in pages["mine.md"].splitlines()


def test_without_counts_there_is_a_dash() -> None:
    pages = phrasebook_pages(parse([(Path("mine.toml"), BOOK)]), Counts())
    assert "| mention | say, note | swaps | – |" in pages["mine.md"].splitlines()


def test_check_fails_until_the_pages_are_written_and_again_when_an_entry_changes(
    run, small: Path, tmp_path: Path
) -> None:
    assert run("phrasebook", "pages", "-o", "pages", "--check").code == 1
    assert not (tmp_path / "pages").exists()
    assert run("phrasebook", "pages", "-o", "pages").code == 0
    assert sorted(path.name for path in (tmp_path / "pages").iterdir()) == ["classic.md", "index.md"]
    assert run("phrasebook", "pages", "-o", "pages", "--check").code == 0
    (small / "classic" / "verbs.toml").write_text('family = "classic"\n\n[verbs]\nmention = "note"\n')
    result = run("phrasebook", "pages", "-o", "pages", "--check")
    assert result.code == 1
    assert result.text.startswith("pages/classic.md: not up to date")


def test_only_our_own_stale_pages_are_taken_away(run, small: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "gone.md").write_text(MARK + "\n\n# Family gone\n")
    (folder / "hand.md").write_text("# Written by hand\n")
    assert "pages/gone.md" in run("phrasebook", "pages", "-o", "pages", "--check").text
    assert run("phrasebook", "pages", "-o", "pages").code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["classic.md", "hand.md", "index.md"]


def test_a_file_in_place_of_the_folder_is_refused(run, small: Path, tmp_path: Path) -> None:
    (tmp_path / "pages").write_text("")
    assert "pages: not a folder" in run("phrasebook", "pages", "-o", "pages").complaint()
    assert "pages/below: " in run("phrasebook", "pages", "-o", "pages/below").complaint()
