"""The Python API: typed, reusable, picklable, the same in every thread."""

from __future__ import annotations

import copy
import pickle
import typing
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import normalize
from normalize import InputError, ModelError, Normalizer, PhrasebookError, Plan, PlanError, UnspinError, Verdict


def test_every_public_name_is_there_and_documented() -> None:
    for name in normalize.__all__:
        found = getattr(normalize, name)
        assert found.__doc__, name
    for name in ("plan", "restore", "judge"):
        assert getattr(Normalizer, name).__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = normalize.nonsense


def test_the_package_is_typed() -> None:
    assert resources.files("normalize").joinpath("py.typed").is_file()
    assert typing.get_type_hints(Normalizer.restore) == {"text": str, "return": str}
    assert typing.get_type_hints(Normalizer.judge) == {"text": str, "return": Verdict}
    assert typing.get_type_hints(Normalizer.plan)["return"] is Plan


@pytest.mark.parametrize("error", [InputError, ModelError, PlanError, PhrasebookError])
def test_errors_share_a_base(error: type[Exception]) -> None:
    assert issubclass(error, UnspinError)


def test_a_phrasebook_error_survives_pickling() -> None:
    error = PhrasebookError("a.toml", 3, "problem", "remedy")
    found = pickle.loads(pickle.dumps(error))
    assert (str(found), found.path, found.line, found.problem, found.remedy) == (
        "a.toml:3: problem; remedy", "a.toml", 3, "problem", "remedy",
    )  # fmt: skip


def test_plan_restore_and_judge_agree(normalizer: Normalizer, spun_article: str) -> None:
    plan = normalizer.plan(spun_article, "a.txt")
    assert plan.path == "a.txt"
    assert plan.verdict == normalizer.judge(spun_article)
    assert plan.verdict.label == "spun"
    assert plan.verdict.family == "classic"
    assert plan.apply(spun_article) == normalizer.restore(spun_article)
    assert plan.undo(normalizer.restore(spun_article)) == spun_article


def test_an_honest_text_comes_back_as_it_is(normalizer: Normalizer, honest_article: str) -> None:
    assert normalizer.judge(honest_article).label == "clean"
    assert normalizer.plan(honest_article).edits == ()
    assert normalizer.restore(honest_article) == honest_article


def test_reuse_leaves_no_trace(normalizer: Normalizer, spun_article: str, honest_article: str) -> None:
    first = normalizer.plan(spun_article)
    normalizer.plan(honest_article)
    normalizer.restore("")
    assert normalizer.plan(spun_article) == first


@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
def test_a_pickled_normalizer_does_the_same(normalizer: Normalizer, spun_article: str, protocol: int) -> None:
    assert pickle.loads(pickle.dumps(normalizer, protocol)).plan(spun_article) == normalizer.plan(spun_article)


def test_a_copy_keeps_its_settings(normalizer: Normalizer, spun_article: str) -> None:
    strict = Normalizer(min_confidence=0.9, quotations="keep")
    again = copy.deepcopy(strict)
    assert (again.min_confidence, again.quotations) == (0.9, "keep")
    assert again.plan(spun_article) == strict.plan(spun_article) != normalizer.plan(spun_article)


def test_plans_and_verdicts_pickle(normalizer: Normalizer, spun_article: str) -> None:
    plan = normalizer.plan(spun_article)
    assert pickle.loads(pickle.dumps(plan)) == plan


def test_eight_threads_give_the_same_plans(spun_article: str, honest_article: str) -> None:
    """A fresh normalizer, so that the threads also race for what is made on first use."""
    texts = [spun_article, honest_article, spun_article[:600], spun_article[300:], "", spun_article.upper()]
    serial, fresh = Normalizer(), Normalizer()
    wanted = [serial.plan(text) for text in texts]
    barrier = Barrier(8)

    def work(shift: int) -> list[Plan]:
        barrier.wait()
        order = [(index + shift) % len(texts) for index in range(len(texts))]
        found = {index: fresh.plan(texts[index]) for index in order}
        return [found[index] for index in range(len(texts))]

    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(work, range(8)):
            assert found == wanted


def test_blocks_of_a_long_text_fit_together(
    monkeypatch: pytest.MonkeyPatch, normalizer: Normalizer, spun_article: str
) -> None:
    """A text longer than a block, with and without line ends."""
    monkeypatch.setattr("normalize.normalizer.BLOCK", 1000)
    for text in (spun_article * 4, spun_article.replace("\n", " ") * 4):
        plan = normalizer.plan(text)
        assert plan.apply(text).count("hard drives") == 4
        assert all(text[edit.start : edit.end] == edit.before for edit in plan.edits)
        assert plan.undo(plan.apply(text)) == text


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_a_confidence_out_of_range_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="min_confidence"):
        Normalizer(min_confidence=value)


def test_an_unknown_mode_of_quotations_is_refused() -> None:
    with pytest.raises(ValueError, match="quotations"):
        Normalizer(quotations="maybe")  # type: ignore[arg-type]


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        Normalizer(assume_family="nonsense")


def test_assuming_a_family_restores_what_would_be_clean(normalizer: Normalizer) -> None:
    text = "The corporate mentioned on Monday that laborious drives had been contaminated."
    assert "hard drives" in Normalizer(assume_family="classic").restore(text)


SCRAPS = st.sampled_from(
    ["laborious drives", "the corporate mentioned", "contaminated", "an assault", "An", "a", "most cancers", "in accordance with",
     "“", "”", '"', "'", "’s", ". ", ", ", " ", "\n", "\r\n", "\n\n", "\r", "\u2028", "e\u0301", "İ", "😀", "שלום", "\u00ad", "_", "-",
     "https://a.example/mentioned", "`mentioned`", "{that a}", "[ad_1]", "WALL AVENUE", "Wall Avenue", "\ufeff", "\ud800"]
)  # fmt: skip


@settings(max_examples=40)
@given(st.lists(SCRAPS | st.text(max_size=3), max_size=25).map(" ".join))
def test_any_text_gives_a_plan_that_fits_it(assuming: Normalizer, text: str) -> None:
    plan = assuming.plan(text)
    at = 0
    for edit in plan.edits:
        assert at <= edit.start < edit.end <= len(text)
        assert text[edit.start : edit.end] == edit.before
        assert 0 <= edit.confidence <= 1
        at = edit.end
    assert plan.undo(plan.apply(text)) == text
    assert plan.apply(text) == assuming.restore(text)
    assert Plan.from_json(plan.to_json()) == plan
    assert all(0 <= note.start <= note.end <= len(text) for note in plan.notes)


@pytest.fixture(scope="module")
def assuming() -> Normalizer:
    """A normalizer that takes every text for spun, so that every text is worked through."""
    return Normalizer(assume_family="classic", min_confidence=0.0, quotations="restore")
