"""``unspin phrasebook list``, ``show``, ``stats`` and ``count``: looking things up, and counting them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from normalize.compiled import compile_phrasebook
from normalize.counts import Counts, parse_counts
from normalize.phrasebook import parse
from normalize.phrasebook_statistics import Fact, band, choose_facts, coverage, read_facts, statistics, total_facts

BOOK = """\
family = "mine"

[verbs]
flurb = ["attack", "strike"]
learn = "find"

[nouns]
zorp = ["company", "firm"]

[names]
"Zorp Avenue" = "Wall Street"
"""
COUNTS = Counts(1_000_000, 0, {"flurbed": 100, "learned": 9, "zorp": 10})
HEADER = "spun\toriginal\toccurrences\tfamilies\n"
FACTS = (
    HEADER + "flurbed\tattacked\t5\tmine,other\nFlurbed\tstruck\t3\tmine\nflurbed\tbitten\t2\tmine\n"
    "zorps\tcompanies\t7\tother\nZorp avenue\twall street\t1\tmine\nblip\tword\t4\tmine\n"
)


def test_entries_are_counted_by_family_section_and_band() -> None:
    figures = statistics(compile_phrasebook(parse([(Path("mine.toml"), BOOK)]), COUNTS))
    assert figures["entries"] == 4
    assert figures["families"] == {
        "mine": {
            "entries": 4,
            "sections": {"names": 1, "nouns": 1, "verbs": 2},
            "bands": {"fingerprint": 1, "rare": 1, "common": 1, "ambiguous": 1},
        }
    }


@pytest.mark.parametrize(
    ("rate", "name"),
    [(0.05, "fingerprint"), (0.499, "fingerprint"), (0.5, "rare"), (9.9, "rare"), (10, "common"), (100, "ambiguous")],
)
def test_bands_have_edges(rate: float, name: str) -> None:
    assert band(rate) == name


def test_coverage_knows_inflected_forms_whatever_their_capitals() -> None:
    book = compile_phrasebook(parse([(Path("mine.toml"), BOOK)]), COUNTS)
    found = coverage(book, read_facts(FACTS, "facts.tsv"), COUNTS)
    assert (found.pairs, found.occurrences) == (6, 22)
    assert (found.known_pairs, found.known_occurrences) == (4, 16)
    assert (found.first_pairs, found.first_occurrences) == (3, 13)
    assert [(fact.spun, fact.original, why) for fact, why in found.missing] == [
        ("blip", "word", "no entry has the form"),
        ("flurbed", "bitten", "the form has other originals"),
    ]
    assert found.to_dict()["ranked_first"] == {"pairs": 3, "share_of_pairs": 0.5, "share_of_occurrences": 0.5909}


def test_coverage_of_nothing_has_no_shares() -> None:
    book = compile_phrasebook(parse([(Path("mine.toml"), BOOK)]), COUNTS)
    assert coverage(book, [], COUNTS).to_dict()["known"]["share_of_pairs"] is None


def test_facts_are_chosen_by_family_and_occurrences() -> None:
    facts = read_facts(FACTS, "facts.tsv")
    assert [fact.original for fact in choose_facts(facts, "other")] == ["attacked", "companies"]
    assert [fact.original for fact in choose_facts(facts, "mine", 4)] == ["attacked", "word"]
    assert list(choose_facts(facts, min_occurrences=5)) == [facts[0], facts[3]]
    assert facts[0] == Fact("flurbed", "attacked", 5, frozenset({"mine", "other"}))
    assert total_facts([facts[0], facts[0]]) == {("flurbed", "attacked"): 10}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "facts.tsv:1: no column is called 'spun'"),
        ("spun\toriginal\n", "facts.tsv:1: no column is called 'occurrences'"),
        (HEADER + "a\tb\t1\n\na\tb\n", "facts.tsv:4: a spun form, an original and a whole number"),
        (HEADER + "a\tb\tmany\t\n", "facts.tsv:2: a spun form"),
        (HEADER + "a\tb\t-1\t\n", "facts.tsv:2: a spun form"),
        (HEADER + "\tb\t1\t\n", "facts.tsv:2: a spun form"),
    ],
)
def test_malformed_facts_are_refused(run, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "facts.tsv").write_text(text)
    with pytest.raises(ValueError, match="facts") as caught:
        read_facts(text, "facts.tsv")
    assert str(caught.value).startswith(said)
    assert said in run("phrasebook", "stats", "--facts", "facts.tsv").complaint()


def test_quotation_marks_in_facts_are_plain_characters() -> None:
    assert read_facts(HEADER + '"a\tb"\t1\t\n', "facts.tsv")[0].spun == '"a'


def test_stats_as_json_has_the_coverage_and_what_is_missing(run, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(BOOK)
    (tmp_path / "facts.tsv").write_text(FACTS)
    options = ("--facts", "facts.tsv", "--phrasebook", "mine.toml", "--family", "mine", "--missing", "--format", "json")
    figures = json.loads(run("phrasebook", "stats", *options).text)
    assert figures["families"]["mine"]["entries"] == 4
    assert figures["coverage"]["pairs"] == 5
    assert figures["coverage"]["known"]["pairs"] == 3
    assert figures["coverage"]["missing"][0] == {
        "spun": "blip", "original": "word", "occurrences": 4, "reason": "no entry has the form",
    }  # fmt: skip


def test_stats_as_a_table_shows_the_same(run, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(BOOK)
    (tmp_path / "facts.tsv").write_text(FACTS)
    text = run(
        "phrasebook", "stats", "--facts", "facts.tsv", "--phrasebook", "mine.toml", "--missing", "--min-occurrences", 3
    ).text
    assert "coverage of 4 facts, seen 19 times" in text
    assert "75.0%" in text
    assert "4\tblip\tword\tno entry has the form" in text.splitlines()


def test_stats_refuses_to_choose_among_no_facts(run) -> None:
    assert "give --facts TSV" in run("phrasebook", "stats", "--missing").complaint()


def test_list_shows_the_entries_of_a_family_and_section(run, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        BOOK + '\n[phrases]\nblip = { is = "word", unless_after = ["a", "the"], swaps = true }\n'
    )
    chosen = ("--phrasebook", "mine.toml", "--family", "mine")
    assert (
        run("phrasebook", "list", *chosen, "--section", "nouns").text
        == "mine/nouns/zorp: “zorp” for “company”, “firm”\n"
    )
    lines = run("phrasebook", "list", *chosen).text.splitlines()
    assert len(lines) == 5
    assert lines[2] == "mine/phrases/blip: “blip” for “word”; unless after a, the; swaps"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("list", "--family", "clasic"), "no family is called 'clasic'; there are classic"),
        (("list", "--section", "verb"), "no section is called 'verb'; use one of phrases"),
        (("show", "mentionned"), "no entry knows 'mentionned'; near it are mention"),
        (("show", "qqqqqqqq"), "no entry knows 'qqqqqqqq'"),
        (("list", "--phrasebook", "none.toml"), "none.toml: no such phrasebook"),
        (("stats", "--facts", "none.tsv"), "none.tsv: cannot be read"),
    ],
)
def test_what_does_not_exist_is_refused(run, arguments: tuple[str, ...], said: str) -> None:
    assert said in run("phrasebook", *arguments).complaint()


@pytest.mark.parametrize("wanted", ["mine/verbs/flurb", "flurb", "Flurbing", "struck"])
def test_show_finds_an_entry_by_id_form_and_original(run, tmp_path: Path, wanted: str) -> None:
    example = '\n[examples]\nflurb = { change = "They {flurbed|attacked} it.", keep = "Flurb is a word." }\n'
    (tmp_path / "mine.toml").write_text(BOOK + example)
    text = run("phrasebook", "show", wanted, "--phrasebook", "mine.toml").text
    assert "mine/verbs/flurb  (mine.toml:4)" in text
    assert "“flurb” for “attack”, “strike”; 0 times in a million" in text
    assert any(line.split()[:2] == ["flurbing", "striking"] for line in text.splitlines())
    assert "  change: They {flurbed|attacked} it.\n  keep: Flurb is a word.\n" in text


def test_count_makes_the_counts_of_several_kinds_of_corpus(run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The greenback fell. Greenbacks rose.\n")
    (tmp_path / "b.jsonl").write_text('{"text": "A dollar is a dollar."}\n\n{"text": "Two dollars."}\n')
    with gzip.open(tmp_path / "c.jsonl.gz", "wt") as file:
        file.write('{"id": 1, "text": "The dollar."}\n')
    (tmp_path / "facts.tsv").write_text(
        HEADER + "Greenback\tdollar\t5\tclassic\ngreenback\tdollar\t2\tpatchy\nxyzzy\tno\t1\t\n"
    )
    options = ("--facts", "facts.tsv", "--spun-words", 1200, "-o", "counts.tsv")
    result = run("phrasebook", "count", "a.txt", "b.jsonl", "c.jsonl.gz", *options)
    assert result.code == 0, result.stderr
    counts = parse_counts((tmp_path / "counts.tsv").read_text())
    assert (counts.honest_words, counts.spun_words) == (14, 1200)
    assert {form: counts.honest[form] for form in ("greenback", "greenbacks", "dollar", "dollars")} == {
        "greenback": 1, "greenbacks": 1, "dollar": 3, "dollars": 1,
    }  # fmt: skip
    assert counts.pairs == {("greenback", "dollar"): 7}
    assert (tmp_path / "counts.tsv").read_text().startswith("# Generated by: unspin phrasebook count")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.jsonl", b'{"text": "x y"}\n{"text": \n', "a.jsonl:2: not JSON"),
        ("a.jsonl", b'{"body": "x"}\n', 'a.jsonl:1: a JSON object with the text "text"'),
        ("a.jsonl", b'{"text": 5}\n', "a.jsonl:1: a JSON object"),
        ("a.jsonl", b'["text"]\n', "a.jsonl:1: a JSON object"),
        ("a.jsonl", b'{"text": "\xff"}\n', "a.jsonl:1: not JSON"),
        ("a.jsonl.gz", b"not gzip", "a.jsonl.gz:1: cannot be read"),
        ("a.jsonl.gz", gzip.compress(b'{"text": "x"}\n' * 9, mtime=0)[:-9], "cannot be read"),
        ("a.txt", b"\xff\xfe\x00", "a.txt"),
        ("a.txt", b"", "the corpus holds no words"),
        ("b.txt", b"x", "a.txt: no such file"),
    ],
)
def test_count_refuses_a_broken_corpus_and_writes_nothing(
    run, tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(data)
    (tmp_path / "facts.tsv").write_text(HEADER)
    corpus = "a.txt" if name == "b.txt" else name
    result = run("phrasebook", "count", corpus, "--facts", "facts.tsv", "--spun-words", 9, "-o", "counts.tsv")
    assert said in result.complaint()
    assert not (tmp_path / "counts.tsv").exists()
