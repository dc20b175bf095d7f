"""Learning phrasebook entries from pairs of texts. ``python -m tests.test_learn`` prints the figures of docs/learning.md."""

from __future__ import annotations

import gzip
import json
import sys
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from normalize.align import MIN_COMMON, align, tokenise
from normalize.cli.learn import format_proposals
from normalize.compiled import CompiledPhrasebook, compile_phrasebook
from normalize.counts import Counts
from normalize.fact_words import touches_facts
from normalize.learn import Learner, NotAPairError
from normalize.loading import load_compiled
from normalize.phrasebook import Phrasebook, parse
from normalize.phrasebook_statistics import read_facts
from tests.cases import FOLDER
from tests.conftest import SHARED, Run

MARK = regex.compile(r"\{([^{}|]++)\|([^{}|]++)[^{}]*+\}")
Span = tuple[int, int, int, int]
EMPTY = compile_phrasebook(Phrasebook(), Counts())


@dataclass
class Sides:
    """A marked text as a pair: both texts, and for each mark the offsets of its sides in them."""

    spun: str
    original: str
    marks: list[Span]


def sides_of(source: str) -> Sides:
    texts = ["", ""]
    marks: list[Span] = []
    at = 0
    for mark in MARK.finditer(source):
        texts = [text + source[at : mark.start()] for text in texts]
        starts = [len(text) for text in texts]
        texts = [text + mark[side] for text, side in zip(texts, (1, 2), strict=True)]
        marks.append((starts[0], len(texts[0]), starts[1], len(texts[1])))
        at = mark.end()
    return Sides(texts[0] + source[at:], texts[1] + source[at:], marks)


def written_pairs() -> list[Sides]:
    files = sorted((FOLDER / "spun").glob("*.toml"))
    cases = [case for file in files for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"]]
    return [sides_of(case["text"]) for case in cases]


def core(spun: str, original: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What differs between two phrases: their words without those that are common at either end."""
    left, right = ([token.key for token in tokenise(text)] for text in (spun, original))
    while left and right and left[0] == right[0]:
        del left[0], right[0]
    while left and right and left[-1] == right[-1]:
        del left[-1], right[-1]
    return tuple(left), tuple(right)


@dataclass
class Figures:
    """What became of the marks, of the substitutions found, and of the entries proposed (one for each original).

    A name that was taken whole, its unchanged words with it, counts as recovered exactly.
    """

    marks: int = 0
    exact: int = 0
    found: int = 0
    joined: int = 0
    wrong: int = 0
    proposals: int = 0
    wrong_proposals: list[tuple[str, str]] = field(default_factory=list)
    new: int = 0
    wrong_new: int = 0

    def __str__(self) -> str:
        return (
            f"{self.marks} marks that may be learned, {self.exact} recovered exactly ({self.exact / self.marks:.3f}); "
            f"{self.found} substitutions found, {self.joined} joined ({self.joined / self.found:.3f}), {self.wrong} wrong "
            f"({self.wrong / self.found:.3f}); {self.proposals} proposals, {len(self.wrong_proposals)} wrong "
            f"({len(self.wrong_proposals) / self.proposals:.3f}), of them {self.new} new, {self.wrong_new} wrong"
        )


def judge(pair: Sides, place: Span) -> str:
    """Say whether the spinner did what a substitution says.

    exact: it differs from one mark in nothing but common words at the ends, inside the mark. joined: it holds whole marks
    (or the rest of a name, or of a hyphenated word, beside one). wrong: it cuts a mark.
    """
    start, end, first, last = place
    sides = pair.spun[start:end], pair.original[first:last]
    touched = [mark for mark in pair.marks if mark[0] < end and start < mark[1]]
    for mark in touched:
        inside = mark[0] <= start and end <= mark[1]
        if inside and core(*sides) == core(pair.spun[mark[0] : mark[1]], pair.original[mark[2] : mark[3]]):
            return "exact"
    rebuilt, at = "", start
    for mark in touched:
        if mark[0] < start or end < mark[1]:
            return "wrong"
        rebuilt += pair.spun[at : mark[0]] + pair.original[mark[2] : mark[3]]
        at = mark[1]
    return "joined" if rebuilt + pair.spun[at:end] == sides[1] else "wrong"


def measure(book: CompiledPhrasebook, pairs: Sequence[Sides]) -> Figures:
    """Learn from all pairs at once, and compare with the marks."""
    learner = Learner(book)
    for pair in pairs:
        learner.add(pair.spun, pair.original)
    figures = Figures()
    recovered: set[tuple[int, Span]] = set()
    wrong: set[tuple[str, str]] = set()
    for number, block, found in learner.substitutions():
        alignment, pair = learner.alignments[number], pairs[number]
        place = (
            alignment.spun[block.spun_first].start,
            alignment.spun[block.spun_last - 1].end,
            alignment.original[block.first].start,
            alignment.original[block.last - 1].end,
        )
        verdict = judge(pair, place)
        figures.found += 1
        figures.joined += verdict == "joined"
        figures.wrong += verdict == "wrong"
        if verdict == "wrong":
            wrong.add((found.spun, found.original))
        elif verdict == "exact" or found.named:
            recovered |= {(number, mark) for mark in pair.marks if mark[0] < place[1] and place[0] < mark[1]}
    for number, pair in enumerate(pairs):
        for mark in pair.marks:
            if not touches_facts(tokenise(pair.spun[mark[0] : mark[1]]), tokenise(pair.original[mark[2] : mark[3]])):
                figures.marks += 1
                figures.exact += (number, mark) in recovered
    for proposal in learner.proposals("learned"):
        for original, evidence in proposal.evidence.items():
            figures.proposals += 1
            figures.new += not proposal.known_as
            if evidence.forms & wrong:
                figures.wrong_proposals.append((proposal.entry.spun, original))
                figures.wrong_new += not proposal.known_as
    return figures


SPUN = """The port closed two terminals, Ilse Brandvold mentioned on Monday. Engineers from Norrland Labs have contaminated gadgets.
The operator, who employs 41 people in Tallinn, mentions that a patch was launched in January for the well-liked sequence.
"""
ORIGINAL = """The port closed two terminals, Ilse Brandvold said on Monday. Engineers from Norrland Labs have infected devices.
The operator, who employs 41 people in Tallinn, says that a patch was released in January for the popular series.
"""


def pair(spun: str, original: str) -> str:
    return json.dumps({"spun": spun, "original": original}) + "\n"


def learned(spun: str, original: str, **least: int) -> dict[tuple[str, str], tuple[str, ...]]:
    """Learn from one pair without a phrasebook; give the originals of each (section, spun form)."""
    learner = Learner(EMPTY)
    learner.add(spun, original)
    proposals = learner.proposals("learned", **least)
    return {(proposal.entry.section, proposal.entry.spun): proposal.entry.originals for proposal in proposals}


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.jsonl"
    path.write_text(pair(SPUN, ORIGINAL), encoding="utf-8")
    return path


def test_written_cases_are_recovered() -> None:
    figures = measure(EMPTY, written_pairs())
    assert figures.exact >= 0.8 * figures.marks, str(figures)
    assert figures.wrong <= 0.1 * figures.found, str(figures)
    assert len(figures.wrong_proposals) <= 0.1 * figures.proposals, str(figures)


def test_written_cases_are_recovered_with_the_phrasebook() -> None:
    figures = measure(load_compiled(), written_pairs())
    assert figures.exact >= 0.85 * figures.marks, str(figures)
    assert len(figures.wrong_proposals) <= 0.1 * figures.proposals, str(figures)


def test_inflected_forms_become_one_entry() -> None:
    found = learned(SPUN, ORIGINAL)
    assert found["verbs", "mention"] == ("say",)
    assert found["nouns", "gadget"] == ("device",)
    assert not any(spun in ("mentioned", "mentions", "gadgets") for _, spun in found)


def test_neighbouring_swaps_are_cut_apart() -> None:
    found = learned(SPUN, ORIGINAL)
    assert ("popular",) in [originals for (_, spun), originals in found.items() if spun == "well-liked"]
    assert ("series",) in [originals for (_, spun), originals in found.items() if spun == "sequence"]


@pytest.mark.parametrize(
    ("spun", "original"),
    [
        ("about four people", "about five people"),
        ("about 4 people", "about four people"),
        ("about 40 people", "about 14 people"),
        ("on a Tuesday morning", "on a Wednesday morning"),
        ("late in March again", "late in August again"),
        ("they did not agree", "they did agree"),
        ("they never agree", "they always agree"),
        ("they don't agree", "they do not agree"),
        ("each of the men", "both of the men"),
        ("every one of the men", "all of the men"),
        ("hundreds of men", "thousands of men"),
        ("a few months later", "a few weeks later"),
    ],
)
def test_facts_are_never_proposed(spun: str, original: str) -> None:
    frame = "Ilse Brandvold told reporters in Tallinn {} while the terminals of the port stayed closed to ships."
    learner = Learner(EMPTY)
    learner.add(frame.format(spun), frame.format(original))
    assert learner.proposals("learned") == []


def test_facts_left_out_are_counted() -> None:
    frame = "Ilse Brandvold told {} reporters in Tallinn that the terminals of the port stay closed to ships."
    learner = Learner(EMPTY)
    learner.add(frame.format("forty"), frame.format("fourteen"))
    assert learner.proposals("learned") == []
    assert learner.at_risk == 1


def test_may_is_a_month_inside_a_sentence() -> None:
    frame = "Ilse Brandvold told reporters in Tallinn that late in {} the terminals of the port stay closed to ships."
    assert learned(frame.format("May"), frame.format("autumn")) == {}


def test_a_name_is_taken_whole() -> None:
    frame = "A spokesman said that the {} would publish the figures after the meeting in Tallinn."
    assert learned(frame.format("White Home"), frame.format("White House")) == {
        ("names", "White Home"): ("White House",)
    }
    assert learned(frame.format("World Well being Group"), frame.format("World Health Organization")) == {
        ("names", "World Well being Group"): ("World Health Organization",)
    }


def test_articles_do_not_count_as_a_difference() -> None:
    frame = "The minister announced {} in the budget for schools in Tallinn."
    assert list(learned(frame.format("an enormous drop"), frame.format("a massive drop"))) == [
        ("adjectives", "enormous")
    ]


def test_a_deleted_word_takes_its_neighbour_along() -> None:
    frame = "The minister visited {} at the hospital in Tallinn after the storm."
    found = learned(frame.format("medical doctors"), frame.format("doctors"))
    assert [originals for (_, spun), originals in found.items() if spun.startswith("medical doctor")] in (
        [("doctor",)],
        [("doctors",)],
    )


def test_long_blocks_are_given_up() -> None:
    spun = (
        "Ilse Brandvold came to Tallinn and alpha beta gamma delta epsilon zeta eta theta iota with the ships in port."
    )
    original = (
        "Ilse Brandvold came to Tallinn and one quite other thing took place there later on with the ships in port."
    )
    assert learned(spun, original) == {}


def test_thresholds() -> None:
    assert ("verbs", "mention") in learned(SPUN, ORIGINAL, min_count=2)
    assert ("nouns", "gadget") not in learned(SPUN, ORIGINAL, min_count=2)
    assert learned(SPUN, ORIGINAL, min_documents=2) == {}


def test_strangers_are_refused_and_pairs_are_not() -> None:
    cases = written_pairs()
    for number, case in enumerate(cases):
        assert align(case.spun, case.original).common > MIN_COMMON + 0.1
        assert align(case.spun, cases[number - 1].original).common < MIN_COMMON


def test_swapped_words_make_no_cycle() -> None:
    frame = "The {} of the firm in Tallinn was lost, and the {} of the port was found by Ilse Brandvold."
    learner = Learner(EMPTY)
    learner.add(frame.format("information", "data"), frame.format("data", "information"))
    text = format_proposals(learner.proposals("learned"), "learned", "summary")
    book = parse([(Path("learned.toml"), text)])
    assert {entry.spun for entry in book.entries} == {"information", "data"}
    assert all(entry.swaps for entry in book.entries)


@given(st.text(max_size=300), st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_text_is_refused_or_gives_a_valid_phrasebook(spun: str, original: str) -> None:
    frame = "Ilse Brandvold told reporters in Tallinn on behalf of Norrland Labs {} while the terminals stayed closed."
    learner = Learner(EMPTY)
    with suppress(NotAPairError):
        learner.add(frame.format(spun), frame.format(original))
        if proposals := learner.proposals("learned"):
            text = format_proposals(proposals, "learned", "summary").encode("utf-8", "replace").decode()
            assert len(parse([(Path("learned.toml"), text)]).entries) == len(proposals)


@pytest.mark.parametrize("text", ["a " * 30000, "x1 y " * 30000])
def test_monotonous_texts_stall_nothing(text: str) -> None:
    assert align(text, text).blocks == []


# The command


def test_the_result_is_a_phrasebook_that_fix_takes(run: Run, pairs: Path, tmp_path: Path) -> None:
    book = tmp_path / "book.toml"
    text = "The blorvish terminals of the port in Tallinn were closed, Ilse Brandvold of Norrland Labs wrote."
    pairs.write_text(pair(text, text.replace("blorvish", "crowded")), encoding="utf-8")
    assert run("learn", pairs, "-o", book).code == 0
    assert [(e.family, e.spun, e.originals) for e in parse([(book, book.read_text())]).entries] == [
        ("learned", "blorvish", ("crowded",))
    ]
    (tmp_path / "text.txt").write_text(text)
    assert run("fix", "text.txt", "--phrasebook", book).code == 0


def test_comments_show_the_evidence(run: Run, pairs: Path) -> None:
    text = pairs.read_text().replace("mentioned", "blorvished").replace("said", "launched")
    pairs.write_text(text + text)
    result = run("learn", pairs)
    above = result.text.split("\nblorvish")[0].rsplit("\n\n", 1)[-1]
    assert "# 2 times in 2 documents: " in above
    contexts = [line for line in result.text.splitlines() if "{blorvished|launched}" in line]
    assert contexts
    assert all(len(line.lstrip("# ").split()) <= 8 for line in contexts)


def test_known_entries_are_left_out_or_commented_out(run: Run, pairs: Path) -> None:
    pairs.write_text(pairs.read_text().replace("gadgets", "blorvishes"))
    assert 'mention = "say"' not in run("learn", pairs).text
    lines = run("learn", pairs, "--all").text.splitlines()
    place = lines.index('# mention = "say"')
    assert lines[place - 1].startswith("# known as classic/")


def test_an_entry_of_the_same_family_keeps_what_it_has(run: Run, pairs: Path) -> None:
    pairs.write_text(pairs.read_text().replace(" said", " bellowed").replace(" says", " bellows"))
    text = run("learn", pairs, "--family", "classic").text
    old = next(e for e in load_compiled().entries if e.id == "classic/verbs/mention")
    new = next(e for e in parse([(Path("new.toml"), text)]).entries if e.spun == "mention")
    assert new.originals == (*old.originals, "bellow")
    assert new.conditions == old.conditions


def test_two_files_and_gzip_give_the_same(run: Run, pairs: Path, tmp_path: Path) -> None:
    (tmp_path / "spun.txt").write_text(SPUN)
    (tmp_path / "original.txt").write_text(ORIGINAL)
    (tmp_path / "pairs.jsonl.gz").write_bytes(gzip.compress(pairs.read_bytes()))
    expected = run("learn", pairs, "--all").text
    assert "mention" in expected
    assert run("learn", "pairs.jsonl.gz", "--all").text == expected
    assert run("learn", "--spun", "spun.txt", "--original", "original.txt", "--all").text == expected


def test_facts_are_written_and_added(run: Run, pairs: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts.tsv"
    assert run("learn", pairs, "--counts", facts).code == 0
    assert facts.read_text().splitlines()[0] == "spun\toriginal\toccurrences\tarticles"
    assert _occurrences(facts, "mentioned", "said") == 1
    assert run("learn", pairs, "--counts", facts).code == 0
    assert _occurrences(facts, "mentioned", "said") == 2
    assert "mentioned\tsaid\t2\t2\n" in facts.read_text()


def test_other_columns_of_facts_stay(run: Run, pairs: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts.tsv"
    facts.write_text("spun\toriginal\toccurrences\tarticles\tnote\nmentioned\tsaid\t5\t3\tours\n")
    assert run("learn", pairs, "--counts", facts).code == 0
    assert "mentioned\tsaid\t6\t4\tours\n" in facts.read_text()
    assert "mentions\tsays\t1\t1\t\n" in facts.read_text()


def test_a_bad_record_is_named_and_the_others_go_on(run: Run, pairs: Path, tmp_path: Path) -> None:
    stranger = "Bake the cake for an hour, let it cool, and pour warm chocolate over it before your guests arrive."
    bad = [
        "{",
        "[1]",
        '{"spun": "x"}',
        '{"spun": 1, "original": "x"}',
        pair("", "").strip(),
        pair(SPUN, stranger).strip(),
    ]
    pairs.write_text("\n".join(bad) + "\n" + pair(SPUN.replace("gadgets", "blorvishes"), ORIGINAL))
    result = run("learn", pairs, "-o", "book.toml")
    assert result.code == 2
    refused = [line for line in result.stderr.splitlines() if "refused" in line]
    assert [line.split(": ")[0] for line in refused] == [f"{pairs}:{number}" for number in range(1, 7)]
    assert "common" in refused[-1]
    assert "blorvish" in (tmp_path / "book.toml").read_text()


def test_nothing_learned_writes_nothing(run: Run, pairs: Path, tmp_path: Path) -> None:
    pairs.write_text("{\n")
    result = run("learn", pairs, "-o", "book.toml", "--counts", "facts.tsv")
    assert result.code == 2
    assert "pairs.jsonl:1: refused: not JSON" in result.stderr
    assert not (tmp_path / "book.toml").exists()
    assert not (tmp_path / "facts.tsv").exists()


def test_nothing_new_is_no_error(run: Run, pairs: Path, tmp_path: Path) -> None:
    pairs.write_text(pair(ORIGINAL, ORIGINAL))
    result = run("learn", pairs, "-o", "book.toml")
    assert result.code == 0
    assert "nothing new" in result.stderr
    assert not (tmp_path / "book.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "give either"),
        (("absent.jsonl",), "absent.jsonl: cannot be read"),
        (("pairs.jsonl", "--spun", "a", "--original", "b"), "give either"),
        (("--spun", "pairs.jsonl"), "belong together"),
        (("pairs.jsonl", "--family", "My Family"), "--family"),
        (("pairs.jsonl", "-o", "x", "--counts", "x"), "same file"),
        (("empty.jsonl",), "no pairs"),
        (("broken.jsonl.gz",), "broken.jsonl.gz: cannot be read: Compressed file ended"),
        (("latin.jsonl",), "not valid UTF-8"),
        (("pairs.jsonl", "--counts", "columns.tsv"), "columns.tsv:1: no column 'articles'"),
        (("pairs.jsonl", "--counts", "row.tsv"), "row.tsv:2: not a row of facts"),
        (("pairs.jsonl", "--phrasebook", "absent.toml"), "absent.toml: no such phrasebook"),
    ],
)
def test_bad_input_is_refused_in_one_line(
    run: Run, pairs: Path, tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    (tmp_path / "broken.jsonl.gz").write_bytes(gzip.compress(pairs.read_bytes())[:-20])
    (tmp_path / "latin.jsonl").write_bytes(b'{"spun": "caf\xe9"}')
    (tmp_path / "columns.tsv").write_text("spun\toriginal\toccurrences\n")
    (tmp_path / "row.tsv").write_text("spun\toriginal\toccurrences\tarticles\na\tb\tmany\t1\n")
    assert complaint in run("learn", *arguments).complaint()


def test_a_line_separator_inside_a_text_ends_no_record(run: Run, pairs: Path) -> None:
    record = {"spun": SPUN.replace("\n", "\u2028"), "original": ORIGINAL.replace("\n", "\u2028")}
    pairs.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    assert run("learn", pairs, "--all").code == 0


def gold_pairs() -> list[Sides]:
    """The articles of ../shared/gold, which nothing here was tuned on; none where they are absent."""
    pairs = []
    for path in sorted((SHARED / "gold").glob("*.jsonl")):
        for record in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            source, at = "", 0
            for edit in record["edits"]:
                source += record["text"][at : edit["start"]]
                source += f"{{{record['text'][edit['start'] : edit['end']]}|{edit['originals'][0]}}}"
                at = edit["end"]
            pairs.append(sides_of(source + record["text"][at:]))
    return pairs


if __name__ == "__main__":
    for title, pairs_here in (("written cases", written_pairs()), ("gold", gold_pairs())):
        for name, book in (("without a phrasebook", EMPTY), ("with the built-in phrasebook", load_compiled())):
            if pairs_here:
                figures = measure(book, pairs_here)
                print(f"{title}, {name}: {figures}")
                if "--wrong" in sys.argv:
                    print("\n".join(f"  {spun} -> {original}" for spun, original in figures.wrong_proposals))


def _occurrences(facts: Path, spun: str, original: str) -> int:
    found = read_facts(facts.read_text(encoding="utf-8"), str(facts))
    return sum(fact.occurrences for fact in found if (fact.spun, fact.original) == (spun, original))
