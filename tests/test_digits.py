"""Digits that stand for number words: proposed in prose, and nowhere that news style wants a figure."""

from __future__ import annotations

import pytest

from normalize import Normalizer
from normalize.digits import FAMILIES, spell_digits
from normalize.plan import Edit, apply_edits
from normalize.segment import segment
from tests.cases import spun_cases

PROSE = [
    ("The report was written in accordance with 5 sources close to it.", "with five sources"),
    ("In total 4 people had been harmed when the bus left the road.", "total four people"),
    ("The plant will stay shut for 3 weeks, the company said.", "for three weeks"),
    ("5 different authors were on the list of the judges this year.", "Five different"),
    ("It is over. 5 of the 12 members voted against the plan.", "Five of the 12"),
    ("Some 2,000 people and 9 dogs were brought to safety.", "people and nine dogs"),
    ("A 3-judge panel heard the case in the morning.", "A three-judge panel"),
    ("He spent over 6 years in the northern part of the country.", "over six years"),
    ("The 7 others were released without charge on the next day.", "The seven others"),
]
KEPT = [
    "The share of such cases rose by 5 percent over the whole year.",
    "It paid about 5 million for the site near the old harbour.",
    "The road is closed for 9 miles between the two villages.",
    "The meeting begins at 9 a.m. and ends at 5 p.m. on most days.",
    "They have a boy aged 5 and a girl of the age of 7 at home.",
    "The 5 year old boy was found by a neighbour that same evening.",
    "The drug has passed Phase 2 and Section 4 of the long trial.",
    "On March 3 and on May 5 the court will hear the two parties.",
    "Windows 7 users and owners of a Boeing 7 model should update it.",
    "The team won 4 to 2 and then lost 3 against the other club.",
    "It has 3 or 4 rooms and between 5 and 9 doors, as it seems.",
    "They paid $5 each, and 5% of that went to the local school.",
    "The value is 1 by default and 3.5 at most in this release.",
    "- 3 eggs and 4 slices of bread for every guest at the table",
    "3. 5 ways to do it are shown in the picture at the left side.",
    "5 ways to cook rice",
    "Run `take 5 lines` or see https://example.org/5 for the details here.",
    "He ran it in 2 hours, 17 minutes and 4 seconds on that day.",
    "Add 2 cups of flour and 3 tablespoons of oil to the bowl now.",
    "It costs 5 dollars or 4 euros, as the sign at the door says.",
    "“We saw 5 people at the door,” the man told the police later.",
]


def spelled(text: str) -> str:
    return apply_edits(text, tuple(spell_digits(segment(text))))


@pytest.mark.parametrize(("text", "expected"), PROSE)
def test_a_digit_in_prose_becomes_a_word(text: str, expected: str) -> None:
    assert expected in spelled(text)


@pytest.mark.parametrize("text", KEPT)
def test_a_figure_that_news_style_wants_stays(text: str) -> None:
    assert spelled(text) == text


def test_a_line_that_wraps_is_prose() -> None:
    text = "A house is sold\n\nThe house at the end of the road, in which the mayor had lived with 4 other\nmembers of his family, was sold."
    assert "with four other" in spelled(text)


def test_what_is_edited_already_is_left_to_that_edit() -> None:
    text = "The report was written in accordance with 5 sources close to it."
    edit = Edit(26, 51, text[26:51], "by five sources", "x/y/z", 0.9, "")
    assert list(spell_digits(segment(text), [edit])) == []


def test_a_quotation_that_is_restored_is_no_longer_left_alone() -> None:
    text = "“We noticed 5 people at the door,” the man told the police later."
    edit = Edit(4, 11, "noticed", "saw", "classic/verbs/notice", 0.9, "")
    assert [proposed.after for proposed in spell_digits(segment(text), [edit])] == ["five"]


def test_what_is_proposed_in_the_spun_cases_is_mostly_right(normalizer: Normalizer) -> None:
    right = wrong = 0
    for case in spun_cases():
        if case.family not in FAMILIES:
            continue
        for edit in spell_digits(segment(case.text), normalizer.plan(case.text).edits):
            restored = {
                case.text[place.start : edit.start] + edit.after + case.text[edit.end : place.end]
                for place in case.gold.places
                if place.start <= edit.start < place.end
            }
            originals = {
                original.lower()
                for place in case.gold.places
                if place.start <= edit.start < place.end
                for original in place.originals
            }
            good = any(text.lower() in originals for text in restored)
            right, wrong = right + good, wrong + (not good)
    assert right >= 20
    assert wrong <= right / 10
