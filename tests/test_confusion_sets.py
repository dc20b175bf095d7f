"""The confusion sets of the language-model benchmark: well-formed, and drawn and judged as the benchmark says."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lemminflect import getAllInflections, getAllLemmas

from benchmarks.confusion import SETS, ConfusionSet, Half, ask, chance, draw_items, interval, read_sets
from normalize.errors import InputError
from normalize.language_model import model_words

ROWS: list[dict[str, Any]] = tomllib.loads(SETS.read_text(encoding="utf-8"))["sets"]
TOPICS = {
    "business",
    "function words",
    "health",
    "modifiers",
    "politics",
    "science",
    "security",
    "sport",
    "verbs",
}
SAID = ConfusionSet("politics", ("mentioned",), (("said",), ("told",)))
CAUSE = ConfusionSet("function words", ("due", "to"), (("because",), ("because", "of")))


def _inflections(word: str) -> set[str]:
    lemmas = {lemma for found in getAllLemmas(word, upos="VERB").values() for lemma in found}
    return {tag for lemma in lemmas for tag, forms in getAllInflections(lemma, upos="VERB").items() if word in forms}


def test_there_are_enough_sets_spread_over_the_topics() -> None:
    sizes = Counter(row["topic"] for row in ROWS)
    assert set(sizes) == TOPICS
    assert len(ROWS) >= 250
    assert min(sizes.values()) >= 30


def test_sets_are_sorted_and_no_spun_form_comes_twice() -> None:
    keys = [(row["topic"], row["spun"]) for row in ROWS]
    assert all(one < two for one, two in pairwise(keys))
    assert max(Counter(row["spun"] for row in ROWS).values()) == 1


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["spun"])
def test_a_set_is_well_formed(row: dict[str, Any]) -> None:
    assert set(row) <= {"topic", "spun", "originals", "lengths_differ"}
    forms = [row["spun"], *row["originals"]]
    assert 2 <= len(row["originals"]) <= 5
    assert len(set(forms)) == len(forms)
    for form in forms:
        assert form == form.lower() == form.strip()
        assert model_words(form) == tuple(form.replace("-", " ").split())
    assert row.get("lengths_differ", False) == (len({len(model_words(form)) for form in forms}) > 1)


@pytest.mark.parametrize("row", [row for row in ROWS if row["topic"] == "verbs"], ids=lambda row: row["spun"])
def test_verbs_of_a_set_share_an_inflection(row: dict[str, Any]) -> None:
    assert set.intersection(*(_inflections(form.split()[0]) for form in (row["spun"], *row["originals"])))


def test_no_verb_has_more_than_three_spun_forms() -> None:
    lemmas = [lemma for row in ROWS for lemma in getAllLemmas(row["spun"], upos="VERB").get("VERB", ())]
    assert max(Counter(lemmas).values()) <= 3


def test_an_item_keeps_the_whole_sentence_and_the_longest_original() -> None:
    items = draw_items(["It rained. The match was off because of the rain, he SAID on Friday."], [SAID, CAUSE])
    assert [(item.set, item.original) for item in items] == [(SAID, ("said",)), (CAUSE, ("because", "of"))]
    assert items[0].left == model_words("the match was off because of the rain he")
    assert items[0].right == ("on", "friday")


def test_items_are_spread_over_documents_whatever_their_order() -> None:
    texts = [f"He said it {word} times to the press. " * 15 for word in ("two", "three", "four")]
    items = draw_items(texts, [SAID])
    assert sorted(Counter(item.right[1] for item in items).values()) == [6, 7, 7]
    assert draw_items(texts[::-1], [SAID]) == items


def test_the_halves_share_no_document_and_lose_none() -> None:
    texts = [f"He said it {number} times to the press." for number in range(16)]
    halves = [draw_items(texts, [SAID], half) for half in (Half.DEVELOPMENT, Half.TEST)]
    assert all(halves)
    assert Counter(halves[0] + halves[1]) == Counter(draw_items(texts, [SAID]))


def test_scorers_are_judged_by_choice_and_against_the_spun_form() -> None:
    def prefer_said(left: Sequence[str], right: Sequence[str], words: Sequence[str], spun: Sequence[str]) -> float:
        return {"mentioned": 0.0, "said": 1.0, "told": -1.0}[words[0]]

    items = draw_items(["He said it to the press. She told it to the press."], [SAID])
    results, _ = ask(items, prefer_said)
    assert [(result.choose, result.over_spun) for result in results] == [(True, True), (False, False)]
    ties, _ = ask(items, lambda left, right, words, spun: 0.0)
    assert not any(result.choose or result.over_spun for result in ties)
    assert chance(items) == 0.5
    assert interval(results) == (0.5, 0.5)


def test_a_file_that_holds_no_sets_is_named(tmp_path: Path) -> None:
    path = tmp_path / "sets.toml"
    path.write_text("sets = 3")
    with pytest.raises(InputError, match=r"sets\.toml: not a file of confusion sets"):
        read_sets(path)
