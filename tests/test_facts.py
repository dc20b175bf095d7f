"""Facts at risk: reported where spinners break them, and nowhere else."""

from __future__ import annotations

import pytest

from normalize.fact_words import facts_of
from normalize.facts import find_facts
from normalize.plan import Edit

ALWAYS = [
    ("Visits rose by three% in May.", "three%", "high"),
    ("The deal is worth $four billion.", "$four billion", "high"),
    ("It lost €Two million.", "€Two million", "high"),
    ("Built in the Nineteen Nineties, it stands empty.", "Nineteen Nineties", "medium"),
]
IN_SPUN_TEXTS = [
    ("Sales grew 5.Three% and fell.", "5.Three", "high"),
    ("It needs TLS 1.three to work.", "1.three", "high"),
    ("A loss of one.5 million was booked.", "one.5", "high"),
    ("They sold two,400 cars.", "two,400", "high"),
    ("Kick-off is at seven:30 tonight.", "seven:30", "high"),
    ("The shop is open 24/seven.", "24/seven", "high"),
    ("Cases of COVID-nineteen fell.", "COVID-nineteen", "high"),
    ("A file of three GB was sent.", "three GB", "medium"),
    ("It paid 5 hundred people.", "5 hundred", "low"),
    ("It put 1000\u2019s of jobs at risk.", "1000\u2019s of", "medium"),
    ("Thousands and thousands of accounts were sold.", "Thousands and thousands", "medium"),
    ("Details of countless numbers of buyers leaked.", "countless numbers", "medium"),
    ("The fine runs to tens of millions of euros.", "tens of millions of", "low"),
    ("Hundreds of messages were read.", "Hundreds of", "low"),
    ("The book comes out in Might, he wrote.", "in Might", "high"),
    ("From the Might 4 meeting on.", "Might 4", "high"),
    ("The firm published its This fall figures.", "This fall", "high"),
    ("Talks between each sides failed.", "each sides", "high"),
    ("Each rival firms denied it.", "Each rival firms", "high"),
    ("Each armies blamed the other.", "Each armies blamed", "high"),
    ("He was arrested in Could.", "in Could", "high"),
    ("Nearly 0.5 of the members left.", "0.5 of", "medium"),
    ("A whole lot of buyers fled.", "A whole lot of", "low"),
    ("It took 9 hours and quarter-hour.", "quarter-hour", "low"),
    ("The board has repeatedly did not act.", "repeatedly did not", "high"),
    ("It had nobelium comment.", "nobelium", "high"),
]
HONEST = [
    "Visits rose by 3% in May, and three per cent in June.",
    "The deal is worth $4 billion, or four billion dollars.",
    "In bash, $one and $two million-row tables are variables.",
    "In the 1990s, and in the nineteen-nineties of her novel, nobody asked.",
    "They run TLS 1.3. Three of them fail.",
    "It was 2015.Three years later nothing had changed.",
    "He left at seven. 30 people stayed.",
    "Twenty-One and Forty-five are titles; Catch-22 is another.",
    "Hundreds of thousands of people marched.",
    "This fall the leaves came early. We leave this fall.",
    "She thinks he Might 'n' Main sings well, and might in time.",
    "Each of the firms has a lawyer. Each side has one, each year.",
    "Both companies agreed, and each company signed.",
    "What we had didn't work, and what we had to did not matter.",
    "Each site's access is logged; each event is stored. Each guess can win, each bus was late, each gets one.",
    "Could 2020 be the year? Could she? A ratio of 0.5 is half, and the quarter-hour passed.",
    "A five-year plan, 500 people, 5 hundredweight.",
]
PROTECTED = ["See https://example.org/three%/x and `grow three%` here.", "```\n$four billion\n```\n"]


def found(text: str, *, spun: bool) -> list[tuple[str, str]]:
    return [(text[note.start : note.end], note.severity) for note in find_facts(text, spun=spun)]


@pytest.mark.parametrize(("text", "shape", "severity"), ALWAYS + IN_SPUN_TEXTS)
def test_a_broken_fact_is_reported_in_a_spun_text(text: str, shape: str, severity: str) -> None:
    assert found(text, spun=True) == [(shape, severity)]


@pytest.mark.parametrize(("text", "shape", "severity"), ALWAYS)
def test_what_nobody_writes_is_reported_in_any_text(text: str, shape: str, severity: str) -> None:
    assert found(text, spun=False) == [(shape, severity)]


@pytest.mark.parametrize("text", [text for text, _, _ in IN_SPUN_TEXTS] + HONEST + PROTECTED)
def test_an_honest_text_is_left_in_peace(text: str) -> None:
    assert found(text, spun=False) == []


@pytest.mark.parametrize("text", [*(text for text in HONEST if "had to did" not in text), *PROTECTED])
def test_honest_shapes_are_not_reported_in_a_spun_text_either(text: str) -> None:
    assert found(text, spun=True) == []


def edit(text: str, before: str, after: str, confidence: float = 0.8) -> Edit:
    start = text.index(before)
    return Edit(start, start + len(before), before, after, "classic/phrases/x", confidence, "")


@pytest.mark.parametrize(
    ("before", "after", "confidence", "expected"),
    [
        ("primary", "first", 0.8, "medium"),
        ("primary", "first", 0.95, "low"),
        ("hundreds", "thousands", 0.6, "medium"),
        ("both", "either", 0.6, "medium"),
        ("Might", "May", 0.6, "medium"),
        ("5", "five", 0.6, None),
        ("3rd", "third", 0.6, None),
        ("every", "each", 0.6, None),
        ("by no means", "never", 0.6, None),
        ("didn't", "did not", 0.6, None),
        ("12 months", "year", 0.6, None),
        ("whether or not", "whether", 0.6, None),
        ("mentioned", "said", 0.6, None),
    ],
)
def test_an_edit_that_changes_a_fact_is_reported(before: str, after: str, confidence: float, expected: str) -> None:
    text = f"So {before} it was."
    notes = find_facts(text, [edit(text, before, after, confidence)], spun=True)
    assert [note.severity for note in notes] == ([expected] if expected else [])


def test_what_an_edit_repairs_is_not_reported_as_broken() -> None:
    text = "Talks between each sides failed."
    assert [note.message for note in find_facts(text, [edit(text, "each", "both")], spun=True)] == [
        "fact at risk: “each” is restored to “both”: compare with another report"
    ]


def test_each_form_is_reported_once_with_its_number_of_places() -> None:
    text = "It rose three%, then three%, then four%."
    notes = find_facts(text, spun=False)
    assert [(text[note.start : note.end], note.message.endswith("(2 places)")) for note in notes] == [
        ("three%", True),
        ("four%", False),
    ]


def test_the_latter_is_reported_near_a_restored_word() -> None:
    text = "Thieves and businesses met; the latter were surprised."
    assert [note.message for note in find_facts(text, [edit(text, "businesses", "agencies")], spun=True)] == [
        "fact at risk: “the latter”: a word that it may stand for is restored"
    ]
    assert find_facts(text, spun=True) == []


@pytest.mark.parametrize(
    ("phrase", "facts"),
    [
        ("five of 20", {"5", "20"}), ("a third", {"3rd"}), ("in May", {"may"}), ("it may", set()), ("1.5 million", {"1.5", "million"}),
        ("never", {"not"}), ("can’t", {"not"}), ("every one", {"each"}), ("no matter", set()), ("", set()),
    ],
)  # fmt: skip
def test_facts_of_a_phrase(phrase: str, facts: set[str]) -> None:
    assert facts_of(phrase) == facts
