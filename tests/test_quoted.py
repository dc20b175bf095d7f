"""The quotation alarm: spun quotations are reported, untouched ones are not."""

from __future__ import annotations

from itertools import pairwise

import pytest

from normalize import Normalizer
from normalize.candidates import Candidate, Option
from normalize.plan import Note
from normalize.quoted import find_spun_quotations
from normalize.restore import Choice
from normalize.segment import segment
from tests.cases import spun_cases

SPUN_QUOTATION = """
The {c} mentioned on Monday that hackers had contaminated its servers, in accordance with two people acquainted with the
matter. The corporate mentioned it would not pay.

“Each greenback that went to the hackers is a greenback that we should not have for our folks,” {n} mentioned.

“We do not know yet how they came in,” the head of the harbour added.
""".format(c="corporate", n="Ilse Brandvold")


def alarms(notes: tuple[Note, ...]) -> list[Note]:
    return [note for note in notes if note.kind == "quotation"]


@pytest.mark.parametrize("mode", ["judge", "keep", "restore"])
def test_a_spun_quotation_is_reported_restored_or_not(mode: str) -> None:
    normalizer = Normalizer(quotations=mode)  # type: ignore[arg-type]
    plan = normalizer.plan(SPUN_QUOTATION)
    assert plan.verdict.label == "spun"
    (alarm,) = alarms(plan.notes)
    assert SPUN_QUOTATION[alarm.start : alarm.end].startswith("“Each greenback")
    assert SPUN_QUOTATION[alarm.start : alarm.end].endswith("folks,”")
    assert "not verbatim" in alarm.message
    restored = any(alarm.start <= edit.start < alarm.end for edit in plan.edits)
    assert restored == (mode != "keep")
    assert ("restored" in alarm.message) == restored


def test_the_gold_knows_which_quotations_were_spun(normalizer: Normalizer) -> None:
    right = wrong = 0
    for case in spun_cases():
        for note in alarms(normalizer.plan(case.text).notes):
            spun = any(note.start <= place.start < note.end for place in case.gold.places)
            right, wrong = right + spun, wrong + (not spun)
    assert right >= 30
    assert wrong <= right / 30


def chosen(text: str, forms: str, evidence: float) -> list[Choice]:
    segmented = segment(text)
    choices = []
    for form in forms.split():
        start = text.index(form)
        candidate = Candidate(start, start + len(form), 0, 1, form)
        candidate.zone = segmented.zone_at(start, start + len(form))
        candidate.evidence = evidence
        choices.append(Choice(candidate, Option("x", ("x",), "classic/nouns/x", -1.0), 0.9, 1.0))
    return choices


QUOTED = "He said: “The metropolis needs laborious greenback shoppers and paperwork,” and then he left."


@pytest.mark.parametrize(
    ("forms", "spun", "alarm"),
    [
        ("metropolis greenback", True, True),
        ("metropolis greenback", False, False),
        ("metropolis laborious greenback", False, False),
        ("metropolis laborious greenback shoppers", False, True),
    ],
)
def test_a_clean_text_needs_overwhelming_evidence(forms: str, spun: bool, alarm: bool) -> None:
    notes = list(find_spun_quotations(segment(QUOTED), chosen(QUOTED, forms, 4.5), spun=spun))
    assert bool(notes) == alarm


def test_weak_forms_raise_no_alarm() -> None:
    choices = chosen(QUOTED, "laborious shoppers", 1.0)
    assert list(find_spun_quotations(segment(QUOTED), choices, spun=True)) == []


def test_a_title_in_quotation_marks_is_no_quotation(normalizer: Normalizer) -> None:
    text = SPUN_QUOTATION.replace("“We do not know yet how they came in,”", "“Greenback Folks”")
    assert all("Greenback Folks" not in text[n.start : n.end] for n in alarms(normalizer.plan(text).notes))


def test_notes_are_in_order_and_fit(normalizer: Normalizer) -> None:
    for case in spun_cases():
        notes = normalizer.plan(case.text).notes
        assert all(first.start <= second.start for first, second in pairwise(notes))
        assert all(0 <= note.start < note.end <= len(case.text) for note in notes)
