"""The first look's counts: those of the automaton, for all forms that it knows."""

from __future__ import annotations

import pytest
from hypothesis import example, given

from normalize.folding import fold
from normalize.form_evidence import FormEvidence
from normalize.match import Matcher, patterns_of
from normalize.phrase_table import MOST_WORDS, PhraseTable
from tests.test_match import FORMS, TEXTS

KNOWN = [form for form in FORMS if form not in ("u.s.", "łódź")]
TABLE = PhraseTable(*PhraseTable.pack(KNOWN))
MATCHER = Matcher(patterns_of(KNOWN))


def counted(text: str, table: PhraseTable = TABLE, forms: list[str] = KNOWN) -> dict[str, int]:
    """Give the counts of a table by form."""
    rows, counts = table.count(fold(text))
    return {forms[row]: count for row, count in zip(rows.tolist(), counts.tolist(), strict=True)}


@given(TEXTS)
@example("In in in, said a number of men. No. 1 12 months")
def test_counts_are_those_of_the_automaton(text: str) -> None:
    assert counted(text) == dict(MATCHER.tally(fold(text)))


@pytest.mark.parametrize(
    ("forms", "text", "found"),
    [
        (["u.s."], "the U.S. and the U.S, not us", {"u.s.": 2}),
        (["people'"], "people people's people'", {}),
        (["łódź"], "łódź", {}),
        (["one two three four five six"], "one two three four five six", {}),
        (
            ["one two three four five"],
            "one two three four five, one two three four  five",
            {"one two three four five": 1},
        ),
        (["Decide", "decide"], "Decide to decide", {"decide": 2}),
        ([], "anything", {}),
        (["said"], "", {}),
    ],
)
def test_what_is_left_out(forms: list[str], text: str, found: dict[str, int]) -> None:
    assert counted(text, PhraseTable(*PhraseTable.pack(forms)), forms) == found
    assert MOST_WORDS == 5


def test_texts_of_any_length() -> None:
    assert counted("word " * 40_000 + "a number\nof men") == {"a number of": 1, "number": 1, "men": 1}


def test_evidence_adds_up_by_family() -> None:
    evidence = FormEvidence(*FormEvidence.pack({"said": {"a": 1.0, "b": 0.4}, "men": {"a": 0.5}}))
    assert evidence["said"] == {"a": 1.0, "b": 0.4}
    assert (evidence.strongest("said"), evidence.strongest("other")) == (1.0, 0.0)
    assert evidence.sums(fold("He said so to men.")) == {"a": 1.5}  # less than half a nat does not count
    twice = evidence.sums(fold("He said so, she said so."))["a"]
    assert 1.0 < twice < 2.0
    assert evidence.sums(fold("Nothing of it.")) == {}
