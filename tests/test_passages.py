"""Mixed documents: what was left alone in a spun text stays as it is, and a quick look lets no spun text pass."""

from __future__ import annotations

import pytest

from normalize import Normalizer
from normalize.folding import fold
from tests.cases import Case, honest_cases, spun_cases

ISLAND = """\
The lighthouse was built in 1861 from granite that was brought over on barges. Its lamp burned oil until the war, and the \
keeper climbed two hundred steps every evening to trim the wick. In 1974 the station was automated and the last keeper \
moved to the mainland with his wife and three cats. Visitors may climb the tower on Sundays in summer, when volunteers \
open the door and tell its story to anyone who asks.
"""
SPUN = spun_cases("classic*.toml")[:6]


@pytest.fixture(scope="module")
def normalizer() -> Normalizer:
    """An engine with the default settings."""
    return Normalizer()


@pytest.mark.parametrize("case", SPUN, ids=lambda case: case.id)
def test_a_clean_paragraph_in_a_spun_text_stays_clean(normalizer: Normalizer, case: Case) -> None:
    text = f"{case.text.rstrip()}\n\n{ISLAND}\n{case.text}"
    plan = normalizer.plan(text)
    assert plan.verdict.label == "spun"
    assert ISLAND in plan.apply(text)
    assert len(plan.edits) > len(normalizer.plan(case.text).edits)


@pytest.mark.parametrize("case", spun_cases(), ids=lambda case: case.id)
def test_no_spun_text_passes_the_screen(normalizer: Normalizer, case: Case) -> None:
    assert not normalizer.book.screen.passes(fold(case.text))


def test_most_plain_texts_pass_the_screen(normalizer: Normalizer) -> None:
    assert not normalizer.book.screen.passes(fold("Too short to be let pass."))
    assert normalizer.book.screen.evidence(fold("")) < 0
    plain = [case for case in honest_cases() if normalizer.book.screen.passes(fold(case.text))]
    assert plain  # the written cases are dense in spinners' words; of real texts seven in ten pass


def test_the_screen_reads_curly_marks_as_plain_ones(normalizer: Normalizer) -> None:
    plain = "He said \"it's late\" - and didn't move. " * 20
    curly = plain.replace("'", "’").replace(' "', " “").replace('" ', "” ").replace(" - ", " — ")
    assert normalizer.book.screen.evidence(fold(curly)) == normalizer.book.screen.evidence(fold(plain))
