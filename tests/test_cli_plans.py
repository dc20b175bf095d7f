"""``unspin plan``, ``apply`` and ``undo``: there and back again, and never on another text."""

from __future__ import annotations

import codecs
import json
import stat
from hashlib import sha256
from pathlib import Path

import pytest

from tests.conftest import Run


@pytest.fixture
def planned(run: Run, tmp_path: Path, spun_article: str) -> bytes:
    """A spun file a.txt with its plan in plan.json; gives the bytes of the file."""
    data = spun_article.encode()
    (tmp_path / "a.txt").write_bytes(data)
    assert run("plan", "a.txt", "-o", "plan.json").code == 0
    return data


def test_the_plan_has_the_form_of_the_design(run: Run, tmp_path: Path, planned: bytes, spun_article: str) -> None:
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert plan["version"] == 1
    assert plan["source"] == {"path": "a.txt", "sha256": sha256(planned).hexdigest()}
    assert plan["verdict"]["label"] == "spun"
    assert plan["verdict"]["family"] == "classic"
    assert 0 <= plan["verdict"]["probability"] <= 1
    at = 0
    for edit in plan["edits"]:
        assert set(edit) == {"start", "end", "before", "after", "entry", "confidence", "reason"}
        assert at <= edit["start"] < edit["end"]
        assert spun_article[edit["start"] : edit["end"]] == edit["before"] != edit["after"]
        assert 0 <= edit["confidence"] <= 1
        assert edit["reason"]
        at = edit["end"]
    assert isinstance(plan["notes"], list)


def test_plan_goes_to_standard_output(run: Run, tmp_path: Path, planned: bytes) -> None:
    result = run("plan", "a.txt")
    assert (result.code, result.stderr) == (0, "")
    assert result.stdout == (tmp_path / "plan.json").read_bytes()


def test_a_plan_of_standard_input_is_the_same(run: Run, tmp_path: Path, planned: bytes) -> None:
    plan = json.loads(run("plan", "-", stdin=planned).text)
    assert plan["source"]["path"] == "<stdin>"
    assert plan["edits"] == json.loads((tmp_path / "plan.json").read_text())["edits"]


def test_apply_is_what_fix_does(run: Run, planned: bytes) -> None:
    assert run("apply", "plan.json", "a.txt").stdout == run("fix", "a.txt").stdout


def test_apply_and_undo_in_place(run: Run, tmp_path: Path, planned: bytes) -> None:
    (tmp_path / "a.txt").chmod(0o600)
    result = run("apply", "plan.json", "a.txt", "--in-place")
    assert (result.code, result.stdout, result.stderr) == (0, b"", "")
    assert b"hard drives" in (tmp_path / "a.txt").read_bytes()
    assert run("undo", "plan.json", "a.txt", "-i").code == 0
    assert (tmp_path / "a.txt").read_bytes() == planned
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o600


def test_apply_and_undo_through_pipes(run: Run, planned: bytes) -> None:
    restored = run("apply", "plan.json", "-", stdin=planned).stdout
    assert restored != planned
    assert run("undo", "plan.json", "-", stdin=restored).stdout == planned


def test_output(run: Run, tmp_path: Path, planned: bytes) -> None:
    assert run("apply", "plan.json", "a.txt", "-o", "b.txt").code == 0
    assert run("undo", "plan.json", "b.txt", "-o", "c.txt").code == 0
    assert (tmp_path / "c.txt").read_bytes() == planned == (tmp_path / "a.txt").read_bytes()


@pytest.mark.parametrize(
    ("encoding", "mark", "option"),
    [
        ("utf-8", codecs.BOM_UTF8, ()),
        ("utf-16-le", codecs.BOM_UTF16_LE, ()),
        ("cp1252", b"", ("--encoding", "cp1252")),
    ],
)
def test_round_trip_in_other_encodings(
    run: Run, tmp_path: Path, spun_article: str, encoding: str, mark: bytes, option: tuple[str, ...]
) -> None:
    data = mark + spun_article.replace("\n", "\r\n").encode(encoding)
    (tmp_path / "a.txt").write_bytes(data)
    assert run("plan", "a.txt", "-o", "plan.json", *option).code == 0
    assert run("apply", "plan.json", "a.txt", "-i", *option).code == 0
    assert (tmp_path / "a.txt").read_bytes() == run("fix", "-", *option, stdin=data).stdout != data
    assert run("undo", "plan.json", "a.txt", "-i", *option).code == 0
    assert (tmp_path / "a.txt").read_bytes() == data


def test_a_plan_without_edits_round_trips(run: Run, tmp_path: Path, honest_article: str) -> None:
    (tmp_path / "a.txt").write_text(honest_article)
    run("plan", "a.txt", "-o", "plan.json")
    assert json.loads((tmp_path / "plan.json").read_text())["edits"] == []
    assert run("apply", "plan.json", "a.txt").text == honest_article
    assert run("undo", "plan.json", "a.txt").text == honest_article


@pytest.mark.parametrize("command", ["apply", "undo"])
@pytest.mark.parametrize("change", [b"x", b"\n", b" "])
def test_another_text_is_refused_and_stays(
    run: Run, tmp_path: Path, planned: bytes, command: str, change: bytes
) -> None:
    (tmp_path / "b.txt").write_bytes(planned + change)
    complaint = run(command, "plan.json", "b.txt", "-i").complaint()
    assert complaint.startswith("unspin: b.txt: ")
    assert "a.txt" in complaint
    assert (tmp_path / "b.txt").read_bytes() == planned + change


def test_apply_twice_and_undo_first_are_refused(run: Run, tmp_path: Path, planned: bytes) -> None:
    assert "b.txt" not in run("undo", "plan.json", "a.txt", "-i").complaint()
    run("apply", "plan.json", "a.txt", "-i")
    once = (tmp_path / "a.txt").read_bytes()
    assert "not the text that the plan was made for" in run("apply", "plan.json", "a.txt", "-i").complaint()
    assert (tmp_path / "a.txt").read_bytes() == once


def test_the_name_of_the_text_does_not_matter(run: Run, tmp_path: Path, planned: bytes) -> None:
    (tmp_path / "a.txt").rename(tmp_path / "moved.txt")
    assert run("apply", "plan.json", "moved.txt").code == 0
