"""Evaluation: the figures of the project's own scoring tool, exactly."""

from __future__ import annotations

import importlib.util
import json
import random
from collections.abc import Mapping
from dataclasses import asdict
from types import ModuleType
from typing import Any

import pytest

from normalize import Normalizer
from normalize.evaluate import GoldPlace, GoldText, Score, gold_from_pair, gold_from_record
from normalize.plan import Edit, Plan, Verdict, digest
from tests.conftest import SHARED

VERDICT = Verdict("spun", 1.0, "classic", 9.0, 9)
TOOL = SHARED / "tools" / "score.py"
GOLD = SHARED / "gold" / "cloudhopper.jsonl"
WORDS = ["said", "Said", "mentioned", "don't", "don’t", "U.S.", "e-mail", "a", "number", "of", "café", "“yes”", '"yes"',
         "–", "-", "R&D", "3.5", "snake_case", "😀", "İ", "co-op", "x,y", "...", "10"]  # fmt: skip
ODD_WORDS = ["cafe\u0301", "10²", "½", "Ⅷ", "a\u200db", "naı̈ve"]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """The scoring tool that the figures must agree with."""
    if not TOOL.is_file():
        pytest.skip("the shared folder is not here")
    spec = importlib.util.spec_from_file_location("score", TOOL)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def invented(seed: int, words: list[str]) -> tuple[dict[str, Any], Plan]:
    """A random gold record, and a random plan for its text that often hits, widens or misses its places."""
    chance = random.Random(seed)
    text = ""
    starts, ends = [], []
    for word in chance.choices(words, k=chance.randint(4, 25)):
        text += chance.choice([" ", " ", " ", "\n", ", "]) if text else ""
        starts.append(len(text))
        text += word
        ends.append(len(text))

    def spans(share: float) -> list[tuple[int, int]]:
        found, at = [], 0
        while at < len(starts):
            size = chance.choice([1, 1, 1, 2, 3])
            if chance.random() < share and at + size <= len(starts):
                found.append((starts[at], ends[at + size - 1]))
                at += size
            else:
                at += 1
        return found

    def variant(start: int, end: int) -> str:
        return chance.choice(
            [
                text[start:end],
                text[start:end].upper(),
                *chance.choices(words, k=3),
                " ".join(chance.choices(words, k=2)),
            ]
        )

    places = [
        {"start": a, "end": b, "spun": text[a:b], "originals": [variant(a, b) for _ in range(chance.randint(1, 3))]}
        for a, b in spans(chance.choice([0.0, 0.3, 0.6]))
    ]
    wanted = {(place["start"], place["end"]): place["originals"] for place in places}
    edits = []
    for a, b in spans(chance.choice([0.0, 0.3, 0.6])) if chance.random() < 0.5 else list(wanted):
        if chance.random() < 0.8:
            after = chance.choice(wanted[a, b]) if (a, b) in wanted and chance.random() < 0.7 else variant(a, b)
            edits.append(Edit(a, b, text[a:b], after, "mine/phrases/x", 0.5, ""))
    return {"id": str(seed), "text": text, "edits": places}, Plan(digest(text), VERDICT, tuple(edits))


def ours(records: list[tuple[Mapping[str, Any], Plan]]) -> Score:
    score = Score()
    for record, plan in records:
        score.add(gold_from_record(record), plan)
    return score


def agrees(tool: ModuleType, records: list[tuple[dict[str, Any], Plan]]) -> None:
    score = ours(list(records))
    rows = [tool.score_plan(record, {"edits": [asdict(edit) for edit in plan.edits]}) for record, plan in records]
    counts = tuple(sum(row[i] for row in rows) for i in range(5))
    assert (score.true_positives, score.wrong, score.false, score.missed, score.gold) == counts
    assert (score.precision, score.recall, score.f_half, score.error_reduction_rate) == tool.report(rows, False)
    details = sorted(
        (kind.replace("fp", "false"), spun, original) for row in rows for kind, spun, original, _ in row[5]
    )
    assert sorted((mistake.kind, mistake.spun, mistake.original) for mistake in score.mistakes) == details


@pytest.mark.parametrize("seed", range(60))
def test_agrees_with_the_tool_on_random_plans(tool: ModuleType, seed: int) -> None:
    agrees(tool, [invented(seed * 20 + i, WORDS) for i in range(20)])


@pytest.mark.parametrize("seed", range(10))
def test_agrees_with_the_tool_on_odd_characters(tool: ModuleType, seed: int) -> None:
    agrees(tool, [invented(10_000 + seed * 40 + i, WORDS[:6] + ODD_WORDS * 3) for i in range(40)])


def test_superscripts_are_letters_to_the_tool(tool: ModuleType) -> None:
    text = "about 10 ² of"
    record = {"id": "x", "text": text, "edits": [{"start": 6, "end": 10, "spun": "10 ²", "originals": ["10²"]}]}
    agrees(tool, [(record, Plan(digest(text), VERDICT, ()))])


def test_the_random_plans_hold_every_outcome() -> None:
    score = ours([invented(seed, WORDS) for seed in range(400)])
    assert min(score.true_positives, score.wrong, score.false, score.missed, score.clean_texts) > 20


def test_agrees_with_the_tool_on_the_gold_article(tool: ModuleType, normalizer: Normalizer) -> None:
    records = [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]
    agrees(tool, [(record, normalizer.plan(record["text"])) for record in records])


def test_perfect_and_idle_plans() -> None:
    text = "He mentioned it on Monday."
    gold = GoldText("x", text, (GoldPlace(3, 12, ("said", "noted")),))
    right = Plan(digest(text), VERDICT, (Edit(3, 12, "mentioned", "noted", "x", 0.9, ""),))
    perfect, idle = Score(), Score()
    perfect.add(gold, right)
    idle.add(gold, Plan(digest(text), VERDICT, ()))
    assert (perfect.precision, perfect.recall, perfect.f_half, perfect.error_reduction_rate) == (1, 1, 1, 1)
    assert (idle.missed, idle.recall, idle.error_reduction_rate) == (1, 0, 0)


def test_false_edits_are_counted_per_thousand_words_of_clean_text() -> None:
    text = "word " * 500
    score = Score()
    score.add(GoldText("x", text, ()), Plan(digest(text), VERDICT, (Edit(0, 4, "word", "term", "x", 0.9, ""),)))
    assert (score.clean_texts, score.clean_words, score.clean_edits) == (1, 500, 1)
    assert score.false_edits_per_1000_words == 2
    assert score.false == 1


def test_nothing_at_all_divides_by_no_zero() -> None:
    score = Score()
    assert (score.precision, score.recall, score.f_half, score.error_reduction_rate) == (0, 0, 0, 0)
    assert score.false_edits_per_1000_words == 0


def test_a_pair_becomes_gold_places() -> None:
    gold = gold_from_pair("The corporate mentioned it doesn’t pay.", "The company said it doesn't pay.", "x")
    assert [(gold.text[p.start : p.end], p.originals) for p in gold.places] == [
        ("corporate mentioned", ("company said",))
    ]


def test_a_pair_of_equal_texts_is_clean() -> None:
    assert gold_from_pair("The same text.", "The same text.").places == ()


def test_a_long_difference_of_a_pair_is_a_cut_and_no_gold() -> None:
    spun = "It begins. " + "one two three four five six seven eight nine ten " + "It ends."
    assert gold_from_pair(spun, "It begins. Another eleven. It ends.").places == ()


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"text": "abc"},
        {"text": "abc", "edits": [{"start": 0, "end": 9, "originals": ["x"]}]},
        {"text": "abc", "edits": [{"start": 2, "end": 1, "originals": ["x"]}]},
        {"text": "abc", "edits": [{"start": -1, "end": 1, "originals": ["x"]}]},
        {"text": "abc", "edits": [{"start": 0, "end": 1, "originals": []}]},
        {"text": "abc", "edits": [{"start": "a", "end": 1, "originals": ["x"]}]},
        {"text": None, "edits": [{"start": 0, "end": 1, "originals": ["x"]}]},
        {"text": "abc", "edits": 5},
    ],
    ids=str,
)
def test_a_record_of_another_form_is_refused(record: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        gold_from_record(record)


@pytest.mark.parametrize(
    "record",
    [
        {"text": "abc", "edits": [{"start": 0, "end": 1, "originals": "xyz"}]},
        {"text": "abc", "edits": [{"start": 0, "end": 1, "originals": [5]}]},
        {"text": ["a", "b"], "edits": []},
        {"text": 5, "edits": []},
    ],
    ids=str,
)
def test_a_record_with_values_of_the_wrong_type_is_refused(record: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        gold_from_record(record)
