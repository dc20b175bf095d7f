"""``unspin phrasebook test``: examples that hold, that fail, and that are missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from normalize.compiled import compile_phrasebook
from normalize.counts import Counts
from normalize.phrasebook import Example, parse
from normalize.phrasebook_examples import AMBIGUOUS_RATE, run_examples, sides, without_examples

BOOK = """\
family = "mine"

[verbs]
flurb = "attack"
mention = "say"
zorp = { is = "find", unless_after = ["never"] }
"""


def test_a_marked_sentence_has_two_sides() -> None:
    sentence = "{A flurb|An attack} hit the {laborious drive|hard drive}."
    assert sides(sentence) == ("A flurb hit the laborious drive.", "An attack hit the hard drive.")


@pytest.mark.parametrize("sentence", ["No mark.", "One {only}.", "Open {a|b", "{same|same}", "{a|b|c}", "{a|b} and }"])
def test_a_badly_marked_sentence_is_refused(sentence: str) -> None:
    with pytest.raises(ValueError, match="mark each place"):
        sides(sentence)


def test_examples_run_as_their_family_and_report_what_came_out() -> None:
    asked: list[tuple[str, str]] = []

    def restore(family: str, text: str) -> str:
        asked.append((family, text))
        return text.replace("flurb", "attack")

    examples = [
        Example("mine", "flurb", ("The {flurb|attack} began.", "The {flurb|raid} began."), ("A flurb.", "A raid.")),
    ]
    failures = list(run_examples(examples, restore))
    assert [(f.kind, f.text, f.got, f.wanted) for f in failures] == [
        ("change", "The flurb began.", "The attack began.", "The raid began."),
        ("keep", "A flurb.", "A attack.", "A flurb."),
    ]
    assert asked == [("mine", text) for text in ("The flurb began.", "The flurb began.", "A flurb.", "A raid.")]


def test_a_badly_marked_example_is_named_by_file_and_line() -> None:
    with pytest.raises(ValueError, match=r"mine\.toml:7: mark each place"):
        list(run_examples([Example("mine", "flurb", ("No mark.",), (), "mine.toml", 7)], lambda _family, text: text))


@pytest.mark.parametrize(
    ("examples", "lacks"),
    [
        ("", "an example to change and an example to keep and has no conditions"),
        ('mention = { change = "He {mentioned|said} so." }', "an example to keep and has no conditions"),
        ('mention = { keep = "He mentioned it." }', "an example to change and has no conditions"),
        ('mention = { change = "He {mentioned|said} so.", keep = "He mentioned it." }', None),
    ],
)
def test_an_ambiguous_entry_needs_an_example_of_either_kind(examples: str, lacks: str | None) -> None:
    book = parse([(Path("mine.toml"), BOOK + "\n[examples]\n" + examples)])
    counts = Counts(1_000_000, 0, {"mentioned": int(AMBIGUOUS_RATE), "zorp": int(AMBIGUOUS_RATE) - 1})
    found = list(without_examples(compile_phrasebook(book, counts), book.examples))
    assert [entry.spun for entry, _ in found] == (["mention"] if lacks else [])
    assert all(message.endswith(str(lacks)) and "“mentioned” stands 100 times" in message for _, message in found)


def test_the_command_runs_examples_of_a_users_file(run, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        BOOK + '\n[examples]\nflurb = { change = "Hackers {flurbed|attacked} the servers of a hospital on Monday." }\n'
        'zorp = { keep = "They never zorp the weather." }\n'
    )
    result = run("phrasebook", "test", "mine.toml")
    assert result.text == "2 sentences: 0 failed\n"
    assert result.code == 0
    path.write_text(BOOK + '\n[examples]\nflurb = { keep = "Hackers flurbed the servers of a hospital on Monday." }\n')
    result = run("phrasebook", "test", "mine.toml")
    assert result.code == 1
    assert result.text.splitlines() == [
        "mine.toml:9: error: mine “flurb” must stay: Hackers flurbed the servers of a hospital on Monday.",
        "    got:    Hackers attacked the servers of a hospital on Monday.",
        "    wanted: Hackers flurbed the servers of a hospital on Monday.",
        "1 sentence: 1 failed",
    ]


def test_the_command_asks_for_examples_of_ambiguous_entries(run, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(BOOK)
    result = run("phrasebook", "test", "--require-examples", "mine.toml")
    assert result.code == 1
    assert result.text.splitlines()[0].startswith("mine.toml:5: error: mine/verbs/mention: “mentioned” stands ")
    assert result.text.splitlines()[-1] == "0 sentences: 0 failed, 1 ambiguous entry without examples"


def test_the_command_refuses_a_badly_marked_example(run, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(BOOK + '\n[examples]\nflurb = { change = "No mark." }\n')
    assert "mine.toml:9: mark each place" in run("phrasebook", "test", "mine.toml").complaint()


def test_the_examples_of_the_built_in_phrasebook_hold(run) -> None:
    """But for those that are known to fail, which must go on failing: strike out what is mended."""
    known = (Path(__file__).parent / "cases" / "known_failures" / "examples.txt").read_text(encoding="utf-8")
    found = run("phrasebook", "test").text
    failed = re.findall(r"^(?:\S*/)?phrasebook/(\S+?\.toml):\d+: error: (.*)$", found, re.MULTILINE)
    assert {f"{file}: {words}" for file, words in failed} == set(known.splitlines()[1:])
