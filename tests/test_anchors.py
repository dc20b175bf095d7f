"""Clean anchors: what stands untouched in links, addresses and titles decides between originals."""

from __future__ import annotations

import pytest

from normalize import Normalizer
from normalize.anchors import Anchor, anchors_in
from normalize.segment import segment


@pytest.fixture(scope="module")
def normalizer() -> Normalizer:
    """An engine that takes every text as spun."""
    return Normalizer(assume_family="classic")


def test_anchors_are_addresses_links_and_what_is_given() -> None:
    text = "See [the new phone](https://example.org/news/best-cheap-phones) and ![a red fox](fox.png)."
    assert anchors_in(segment(text), ["big-storm-hits"]) == [
        Anchor("title", ("big", "storm", "hits")),
        Anchor("address", ("best", "cheap", "phones")),
        Anchor("link", ("the", "new", "phone")),
        Anchor("link", ("a", "red", "fox")),
    ]


@pytest.mark.parametrize(
    ("title", "original"),
    [
        ("Shoppers stay away from the high street", "shoppers"),
        ("Customers stay away from the high street", "customers"),
    ],
)
def test_a_title_decides_between_originals(normalizer: Normalizer, title: str, original: str) -> None:
    text = "The mall lost a lot of consumers over the summer, the corporate mentioned on Monday."
    plan = normalizer.plan(text, anchors=[title])
    edit = next(edit for edit in plan.edits if edit.before == "consumers")
    assert edit.after == original
    assert "stands untouched elsewhere (title)" in edit.reason


def test_an_anchor_that_holds_the_form_says_nothing(normalizer: Normalizer) -> None:
    text = "The mall lost a lot of consumers over the summer, the corporate mentioned on Monday."
    plain, anchored = (normalizer.plan(text, anchors=given) for given in ([], ["Consumers and shoppers stay away"]))
    assert anchored.edits == plain.edits


def test_a_name_is_restored_in_all_its_places(normalizer: Normalizer) -> None:
    text = "Analysts at Wall Avenue banks were glad. Shares on Wall Avenue rose. Nobody on Wall Avenue complained."
    assert normalizer.restore(text).count("Wall Street") == 3
