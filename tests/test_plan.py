"""Plans: applied, undone, written, read, and refused."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalize.errors import PlanError
from normalize.plan import Edit, Note, Plan, Verdict, digest

TEXT = "He mentioned it twice."
EDIT = Edit(3, 12, "mentioned", "said", "classic/verbs/mention", 0.9, "because")
VERDICT = Verdict("spun", 0.97, "classic", 3.5, 4, (("mentioned", 1, 2.5),))
PLAN = Plan(digest(TEXT), VERDICT, (EDIT,), (Note(0, 2, "leftover", "look"),), "a.txt")


@st.composite
def planned(draw: st.DrawFn) -> tuple[str, Plan]:
    """A text of any characters, lone surrogates too, and a plan of random edits for it, insertions and deletions too."""
    characters = st.characters(exclude_categories=()) if draw(st.booleans()) else st.sampled_from("aab \n\r\u0301😀")
    text = draw(st.text(characters, max_size=60))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    edits = [
        Edit(start, end, text[start:end], draw(st.text(characters, max_size=6)), "mine/phrases/x", 0.5, "")
        for start, end in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    return text, Plan(digest(text), VERDICT, tuple(edits))


@given(planned())
def test_undo_reverses_apply(case: tuple[str, Plan]) -> None:
    text, plan = case
    assert plan.undo(plan.apply(text)) == text


@given(planned())
def test_apply_changes_the_edits_and_nothing_else(case: tuple[str, Plan]) -> None:
    text, plan = case
    rest = text
    for edit in reversed(plan.edits):
        assert rest[edit.start : edit.end] == edit.before
        rest = rest[: edit.start] + edit.after + rest[edit.end :]
    assert plan.apply(text) == rest


@given(planned())
def test_json_gives_the_same_plan(case: tuple[str, Plan]) -> None:
    _, plan = case
    assert Plan.from_json(plan.to_json()) == plan


def test_json_has_the_form_of_the_design() -> None:
    data = json.loads(PLAN.to_json())
    assert list(data) == ["version", "source", "verdict", "edits", "notes"]
    assert data["version"] == 1
    assert data["source"] == {"path": "a.txt", "sha256": digest(TEXT)}
    assert data["edits"] == [asdict(EDIT)]
    assert list(data["edits"][0]) == ["start", "end", "before", "after", "entry", "confidence", "reason"]
    assert {"label", "probability", "family"} <= set(data["verdict"])


def test_a_note_of_before_severities_reads_as_low() -> None:
    data = broken()
    del data["notes"][0]["severity"]
    assert Plan.from_json(json.dumps(data)).notes == (Note(0, 2, "leftover", "look", "low"),)


@pytest.mark.parametrize("severity", ["low", "medium", "high"])
def test_severity_survives(severity: Any) -> None:
    plan = replace(PLAN, notes=(Note(0, 2, "fact", "look", severity),))
    assert Plan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize("severity", ["", "urgent", 3, None, ["low"]])
def test_an_unknown_severity_is_refused(severity: Any) -> None:
    data = broken()
    data["notes"][0]["severity"] = severity
    with pytest.raises(PlanError, match="severity"):
        Plan.from_json(json.dumps(data))


def test_the_hash_is_the_usual_one() -> None:
    assert digest("é") == "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"


@pytest.mark.parametrize("other", ["", TEXT + " ", TEXT.upper(), "He said it twice."])
def test_another_text_is_refused(other: str) -> None:
    with pytest.raises(PlanError, match="not the text that the plan was made for.*a.txt"):
        PLAN.apply(other)


@pytest.mark.parametrize("other", ["", TEXT, "He said it once.", "He said it twice. "])
def test_undoing_on_another_text_is_refused(other: str) -> None:
    with pytest.raises(PlanError, match="a.txt"):
        PLAN.undo(other)


def test_a_least_confidence_keeps_what_reaches_it() -> None:
    assert PLAN.keep_confident(0.9).edits == (EDIT,)
    assert PLAN.keep_confident(0.901).edits == ()


def broken(**changes: Any) -> dict[str, Any]:
    return json.loads(PLAN.to_json()) | changes


def with_edit(**changes: Any) -> dict[str, Any]:
    return broken(edits=[asdict(EDIT) | changes])


MALFORMED = {
    "no JSON": "{",
    "empty": "",
    "a list": "[]",
    "a number": "5",
    "no edits": json.dumps({"version": 1}),
    "another version": json.dumps(broken(version=2)),
    "no version": json.dumps({key: value for key, value in broken().items() if key != "version"}),
    "edits are a number": json.dumps(broken(edits=5)),
    "edits are none": json.dumps(broken(edits=None)),
    "edit is a list": json.dumps(broken(edits=[[1, 2]])),
    "edit lacks a key": json.dumps(broken(edits=[{"start": 1}])),
    "edit has another key": json.dumps(with_edit(colour="red")),
    "start is a text": json.dumps(with_edit(start="3")),
    "start is negative": json.dumps(with_edit(start=-6)),
    "end does not fit": json.dumps(with_edit(end=40)),
    "overlap": json.dumps(broken(edits=[asdict(EDIT), asdict(EDIT)])),
    "out of order": json.dumps(broken(edits=[asdict(EDIT), asdict(replace(EDIT, start=0, end=2, before="He"))])),
    "no verdict": json.dumps(broken(verdict=None)),
    "no source": json.dumps(broken(source=None)),
    "source lacks the hash": json.dumps(broken(source={"path": "a.txt"})),
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_plan_is_refused(text: str) -> None:
    with pytest.raises(PlanError):
        Plan.from_json(text)


SUBTLY_MALFORMED = {
    "after is none": with_edit(after=None),
    "after is a number": with_edit(after=7),
    "before is a list": with_edit(before=list("mentioned")),
    "start and end are fractions": with_edit(start=3.0, end=12.0),
    "confidence is a text": with_edit(confidence="high"),
}


@pytest.mark.parametrize("data", SUBTLY_MALFORMED.values(), ids=SUBTLY_MALFORMED.keys())
def test_a_value_of_the_wrong_type_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(PlanError):
        Plan.from_json(json.dumps(data))


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(PlanError):
        Plan.from_json("[" * 100_000)


def test_an_edit_whose_before_is_not_in_the_text_is_refused() -> None:
    plan = Plan.from_json(json.dumps(with_edit(before="whispered")))
    with pytest.raises(PlanError):
        plan.apply(TEXT)
