"""Comments and the allow list: what they silence, in every syntax, for check and fix alike, and which silence nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalize.ignoring import UNUSED, Silenced, silence
from normalize.plan import Edit, Note, Plan, Verdict, digest
from tests.conftest import Run
from tests.test_cli_check import findings

ENTRIES = {"mentioned": "classic/verbs/mention", "laborious": "classic/phrases/laborious-drive", "whilst": "whilst/phrases/whilst"}  # fmt: skip


def planned(text: str, label: str = "spun") -> Plan:
    """A plan that changes every known word of a text, and notes every SHARE."""
    edits = tuple(
        Edit(found.start(), found.end(), found[0], "x", ENTRIES[found[0]], 0.9, "because")
        for found in re.finditer("|".join(ENTRIES), text)
    )
    notes = tuple(Note(found.start(), found.end(), "leftover-line", "left") for found in re.finditer("SHARE", text))
    return Plan(digest(text), Verdict(label, 0.9, "classic", 2.2, 100), edits, notes, "a.txt")


def left(text: str, *allowed: str) -> tuple[list[str], list[str], Silenced]:
    """Give the words still changed, the messages of unused comments, and everything."""
    silenced = silence(text, planned(text), allowed)
    words = [edit.before for edit in silenced.plan.edits]
    return words, [note.message for note in silenced.plan.notes if note.kind == UNUSED], silenced


LINES = [
    ("mentioned <!-- unspin: ignore -->\nwhilst", ["whilst"]),
    ("mentioned whilst <!-- unspin: ignore[mention] -->", ["whilst"]),
    ("mentioned whilst # unspin: ignore[classic/verbs/mention]", ["whilst"]),
    ("mentioned laborious whilst // unspin:ignore[classic]", ["whilst"]),
    ("mentioned laborious whilst % unspin: ignore[mention, whilst]", ["laborious"]),
    ("mentioned /* unspin: ignore */ whilst", []),
    ("a\nunspin: ignore-next-line\nmentioned\nwhilst", ["whilst"]),
    ("<!-- unspin: ignore-next-line -->\n\n  \nmentioned whilst\nwhilst", ["whilst"]),
    (".. unspin: ignore-next-line[whilst]\r\nmentioned whilst\r\nwhilst", ["mentioned", "whilst"]),
    ("whilst\runspin: ignore-next-line\rmentioned\rwhilst", ["whilst", "whilst"]),
    ("whilst\n[//]: # (unspin: off)\nmentioned\nwhilst\n[//]: # (unspin: on)\nwhilst", ["whilst", "whilst"]),
    ("unspin: off[mention]\nmentioned whilst\nunspin: on[mention]\nmentioned", ["whilst", "mentioned"]),
    ("unspin: off[mention]\nunspin: off[whilst]\nmentioned whilst\nunspin: on[mention]\nmentioned whilst", ["mentioned"]),
    ("mentioned\n<!-- unspin: off -->\nwhilst laborious", ["mentioned"]),
    ("mentioned whilst\nunspin: ignore-file[mention]\nmentioned", ["whilst"]),
    ("mentioned whilst\n# unspin: ignore-file", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), LINES, ids=ascii)
def test_what_comments_silence(text: str, words: list[str]) -> None:
    changed, unused, silenced = left(text)
    assert changed == words
    assert unused == []
    assert silenced.count == len(planned(text).edits) - len(words)
    assert silenced.whole is ("ignore-file" in text and "[" not in text)


NO_COMMENTS = ["mentioned (see unspin: it is ignored)", "mentioned unspin: ignore", "mentioned # unspin: ignored", "mentioned # unspin ignore", "mentioned # unspin: ignore-nothing", "mentioned # unspin: only"]  # fmt: skip


@pytest.mark.parametrize("text", NO_COMMENTS)
def test_what_is_no_comment(text: str) -> None:
    assert left(text)[:2] == (["mentioned"], [])


UNUSED_COMMENTS = [
    ("# unspin: ignore\nmentioned", "“unspin: ignore” silences nothing; remove it"),
    ("mentioned # unspin: ignore[mention, whilst]", "“unspin: ignore” silences nothing for whilst; remove that"),
    ("mentioned\nunspin: ignore-next-line", "“unspin: ignore-next-line” silences nothing; remove it"),
    ("mentioned\nunspin: off\nunspin: on\n", "“unspin: off” silences nothing; remove it"),
    ("mentioned\nunspin: ignore-file[whilst]\n", "“unspin: ignore-file” silences nothing; remove it"),
]


@pytest.mark.parametrize(("text", "message"), UNUSED_COMMENTS)
def test_comments_that_silence_nothing_are_noted(text: str, message: str) -> None:
    assert left(text)[1] == [message]


def test_a_clean_document_needs_no_ignore_file() -> None:
    text = "Nothing here.\n<!-- unspin: ignore-file -->\n"
    notes = silence(text, planned(text, "clean")).plan.notes
    assert [note.kind for note in notes] == [UNUSED]
    assert text[notes[0].start : notes[0].end] == "<!-- unspin: ignore-file"


def test_notes_are_silenced_by_their_kind() -> None:
    text = "SHARE <!-- unspin: ignore[leftover-line] -->\nSHARE\n"
    silenced = silence(text, planned(text))
    assert [note.start for note in silenced.plan.notes] == [text.rindex("SHARE")]


ALLOWED = [
    (["laborious drive"], "Laborious  Drive and a laborious\ndrive", []),
    (["Laborious Drive"], "laborious drive, Laborious Drive", ["laborious"]),
    (["mention"], "mentioned", ["mentioned"]),
    (["mentioned", "whilst"], "mentioned whilst laborious", ["laborious"]),
    (["he mentioned it's"], "he mentioned it’s so", []),
    ([" "], "mentioned", ["mentioned"]),
    (["(mentioned"], "(mentioned) mentioned", ["mentioned"]),
]


@pytest.mark.parametrize(("allowed", "text", "words"), ALLOWED)
def test_allowed_phrases(allowed: list[str], text: str, words: list[str]) -> None:
    assert left(text, *allowed)[0] == words


def test_the_words_of_a_comment_are_never_changed() -> None:
    assert left("<!-- unspin: ignore-file[mentioned] -->\nmentioned")[0] == ["mentioned"]


@given(st.lists(st.sampled_from(
    ["mentioned", "whilst", " ", "\n", "\r\n", "# unspin: ignore", "<!-- unspin: off -->", "unspin: on", "[mention]",
     "unspin: ignore-next-line", "// unspin: ignore-file[whilst]", "SHARE", "[", "]", "unspin:", "#", "é"]), max_size=30))  # fmt: skip
def test_what_is_left_is_part_of_the_plan_and_fits_the_text(parts: list[str]) -> None:
    text = "".join(parts)
    plan = planned(text)
    silenced = silence(text, plan, ["é"])
    assert set(silenced.plan.edits) <= set(plan.edits)
    assert silenced.plan.undo(silenced.plan.apply(text)) == text
    assert silence(text, silenced.plan, ["é"]).plan.edits == silenced.plan.edits


def test_hostile_text_takes_no_time() -> None:
    text = "# " * 20_000 + "unspin: on " * 2000 + " " * 20_000 + "\n" * 20_000 + "a " * 20_000 + "mentioned"
    assert left(text, *(f"{'a ' * 50}{number}" for number in range(50)))[0] == ["mentioned"]


def test_check_and_fix_and_plan_agree(run: Run, tmp_path: Path, spun_article: str) -> None:
    text = spun_article.replace("\n\n", "\n\n<!-- unspin: ignore-next-line[mention] -->\n\n", 1)
    (tmp_path / "a.md").write_text(text)
    arguments = ["--allow", "safety researchers"]
    result = run("check", "a.md", *arguments)
    found = [(item["spun"], item["original"]) for item in findings(result.text)]
    edits = json.loads(run("plan", "a.md", *arguments).text)["edits"]
    assert [(" ".join(edit["before"].split()), edit["after"]) for edit in edits] == found
    fixed = run("fix", "a.md", *arguments).text
    assert "safety researchers" in fixed
    assert "safety researchers" not in run("fix", "a.md").text
    first = text.index("mentioned on Monday")
    assert [edit for edit in edits if edit["start"] <= first < edit["end"]] == []
    assert sum(item == "mentioned" for item, _ in found) == text.count("mentioned") - text.count("/mentioned/") - 1
    assert run("check", "-", *arguments, stdin=fixed.encode()).code == run("check", "-", stdin=fixed.encode()).code


def test_a_file_that_is_ignored_is_left_out_and_counted(run: Run, tmp_path: Path, spun_article: str) -> None:
    (tmp_path / "a.txt").write_text(f"unspin: ignore-file\n{spun_article}")
    result = run("check", "a.txt")
    assert (result.code, result.stderr) == (0, "unspin: 1 document left out by “unspin: ignore-file”\n")
    assert run("fix", "a.txt").stdout == (tmp_path / "a.txt").read_bytes()


def test_unused_comments_are_reported_but_do_not_fail(run: Run, tmp_path: Path, honest_article: str) -> None:
    (tmp_path / "a.txt").write_text(f"{honest_article}\nunspin: ignore-next-line[mention]\nThe end.\n")
    result = run("check", "a.txt")
    line = honest_article.count("\n") + 2
    assert f"a.txt:{line}:1: note: “unspin: ignore-next-line” silences nothing; remove it [{UNUSED}]" in result.text
    assert result.code == 0
