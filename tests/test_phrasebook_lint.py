"""``unspin phrasebook lint``: every rule has a file that breaks it and one beside it that does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import phrasebook as builtin
from normalize.counts import Counts
from normalize.errors import PhrasebookError
from normalize.phrasebook import find_files, parse
from normalize.phrasebook_lint import lint
from normalize.phrasebook_source import Finding, comments, fix, read_source, statements

COUNTS = Counts(
    10_000_000, 0, {"say": 9000, "mention": 400, "attack": 900, "learned": 500, "strived": 16, "widget": 5, "gadget": 6}
)


def check(*texts: str, counts: Counts | None = None, families: tuple[str, ...] = ("classic",)) -> list[Finding]:
    sources = [read_source(Path(f"{name}.toml"), text) for name, text in zip("abc", texts, strict=False)]
    return lint(sources, counts or Counts(), families)


def rules(*texts: str, counts: Counts | None = None) -> list[tuple[str, int, str, str]]:
    return [(finding.path, finding.line, finding.severity, finding.rule) for finding in check(*texts, counts=counts)]


def book(*lines: str, section: str = "phrases") -> str:
    return f'family = "classic"\n\n[{section}]\n' + "\n".join(lines) + "\n"


CLEAN = book('"a number of" = ["several", "multiple"]', 'greenback = { is = "dollar", unless_after = ["old"] }')


def test_a_file_in_normal_form_has_no_findings() -> None:
    assert check(CLEAN) == []


@pytest.mark.parametrize(
    ("text", "line", "rule"),
    [
        pytest.param(book('beta = "b"', 'alpha = "a"'), 5, "order", id="order"),
        pytest.param(book("alpha = 'a'"), 4, "form", id="quotes"),
        pytest.param(book('alpha = "a"') + "\n", 5, "form", id="blank line at the end"),
        pytest.param(book('alpha = "a"').rstrip("\n"), 4, "form", id="no line end"),
        pytest.param(book('alpha = ["a"]'), 4, "form", id="list of one"),
        pytest.param(book('alpha = "a"', 'alpha = "a"', 'beta = "b"'), 5, "duplicate", id="exact duplicate"),
        pytest.param(book('alpha = "a"', 'alpha = "b"'), 5, "duplicate", id="other duplicate"),
        pytest.param(book('alpha = "alpha"'), 4, "self-map", id="self-map"),
        pytest.param(book('alpha = ["b", "Alpha"]'), 4, "self-map", id="self-map but for capitals"),
        pytest.param(book('alpha = "beta"', 'beta = "alpha"'), 5, "cycle", id="cycle"),
        pytest.param(book('"24/7" = "always"'), 4, "never", id="no letters"),
        pytest.param(book('Alpha = "a"'), 4, "capitals", id="capitals in a phrase"),
        pytest.param(book('"wall avenue" = "Wall Street"', section="names"), 4, "capitals", id="name in lower case"),
        pytest.param(book('alpha = ["a", "b", "a"]'), 4, "repetition", id="original twice"),
        pytest.param(
            book('alpha = { is = "a", unless_after = ["x"], only_after = ["y", "x"] }'),
            4,
            "condition",
            id="contradiction",
        ),
        pytest.param(book('alpha = { is = "a", unless_near = ["<number>"] }'), 4, "condition", id="class near"),
        pytest.param(book('alpha = { is = "a", unless_after = ["<digit>"] }'), 4, "condition", id="unknown class"),
        pytest.param(book('alpha = { is = "a", unless_after = ["The"] }'), 4, "condition", id="neighbour in capitals"),
        pytest.param(book('alpha = { is = "a", unless_after = ["x", "x"] }'), 4, "repetition", id="neighbour twice"),
        pytest.param(book('alpha = { is = "a", unlike = ["x"] }'), 4, "entry", id="unknown key"),
        pytest.param(book("alpha = 1"), 4, "entry", id="number as original"),
        pytest.param(book('" alpha" = "a"'), 4, "entry", id="padded"),
        pytest.param(book('alpha = "a"', section="verb"), 4, "section", id="unknown section"),
        pytest.param('[phrases]\nalpha = "a"\n', 2, "family", id="no family"),
        pytest.param(book('alpha = "a'), 4, "toml", id="open string"),
        pytest.param(book('alpha = "a"', "beta"), 5, "toml", id="no value"),
        pytest.param('kind = "spells"\n', 1, "entry", id="unknown kind"),
        pytest.param(
            CLEAN + '\n[examples]\nalpha = { change = "The {alpha|a} came." }\n', 8, "example", id="example of nothing"
        ),
        pytest.param(
            CLEAN + '\n[examples]\ngreenback = { change = "The greenback fell." }\n',
            8,
            "example",
            id="no mark to change",
        ),
        pytest.param(
            CLEAN + '\n[examples]\ngreenback = { keep = "The {greenback|dollar} fell." }\n',
            8,
            "example",
            id="mark to keep",
        ),
    ],
)
def test_an_error_is_found_at_its_line(text: str, line: int, rule: str) -> None:
    assert rules(text) == [("a.toml", line, "error", rule)]


@pytest.mark.parametrize("lines", [('alpha = "a" # why',), ("# why", 'alpha = "a"')])
def test_a_comment_among_entries_is_a_note(lines: tuple[str, ...]) -> None:
    assert rules(book(*lines)) == [("a.toml", 4, "note", "comment")]


def test_one_run_finds_all_mistakes_of_a_file_and_reads_the_rest() -> None:
    text = book('alpha = "alpha"', 'Beta = "b"', 'gamma = "c"', "delta = 4")
    assert [(line, rule) for _, line, _, rule in rules(text)] == [(4, "self-map"), (5, "capitals"), (7, "entry")]
    assert [entry.spun for entry in read_source(Path("a.toml"), text).entries] == ["gamma"]


def test_duplicates_are_found_across_files_but_not_across_sections_or_families() -> None:
    assert rules(book('run = "go"'), book('run = "walk"')) == [("b.toml", 4, "error", "duplicate")]
    assert check(book('run = "go"'), book('run = "walk"', section="adverbs")) == []
    assert (
        check(book('run = "go"'), book('run = "walk"').replace("classic", "other"), families=("classic", "other")) == []
    )


def test_a_cycle_is_found_across_files_and_allowed_when_marked() -> None:
    assert rules(book('data = "info"'), book('info = "data"')) == [("b.toml", 4, "error", "cycle")]
    assert check(book('data = { is = "info", swaps = true }', 'info = "data"')) == []


def test_a_chain_is_only_a_note() -> None:
    assert rules(book('greenback = "dollar"', 'dollar = "money"')) == [
        ("a.toml", 4, "note", "chain"),
        ("a.toml", 5, "error", "order"),
    ]


def test_an_unknown_family_is_a_note_for_a_user_and_an_error_in_the_built_in_phrasebook(tmp_path: Path) -> None:
    text = CLEAN.replace("classic", "mine")
    assert [finding.severity for finding in check(text)] == ["note"]
    inside = read_source(tmp_path / "mine" / "phrases.toml", text)
    assert [(f.severity, f.rule) for f in lint([inside], Counts(), ["classic"], tmp_path)] == [("error", "family")]
    assert lint([inside], Counts(), ["classic", "mine"], tmp_path) == []
    moved = read_source(tmp_path / "classic" / "phrases.toml", text)
    assert [(f.severity, f.rule) for f in lint([moved], Counts(), ["classic", "mine"], tmp_path)] == [
        ("error", "family")
    ]


def test_a_rare_original_is_a_note_unless_its_family_is_science_or_nobody_counted() -> None:
    text = book('gizmo = "widget"', 'thing = "gadget"')
    assert rules(text, counts=COUNTS) == [("a.toml", 4, "note", "rare-original")]
    assert check(text) == []
    assert check(text.replace("classic", "science"), counts=COUNTS, families=("science",)) == []


def test_odd_inflections_are_notes() -> None:
    text = book('mentioned = "say"', '"strive to" = "attack"', section="verbs")
    counts = Counts(1000, 0, {"say": 10, "attack": 10, "strived to": 3})
    found = check(text, counts=counts)
    assert [(finding.line, finding.severity, finding.rule) for finding in found] == [
        (4, "note", "base-form"),
        (5, "note", "inflection"),
    ]
    assert "'striven to'" in found[1].message
    assert "'strived to' does 3 times" in found[1].message


def test_word_lists_are_only_parsed() -> None:
    assert check('kind = "term"\n\n[attacks]\nterms = [\n    "brute force", # here too\n]\n') == []


def test_fix_sorts_merges_and_keeps_the_comment_at_the_head() -> None:
    text = (
        '# Written by hand.\n#  Twice indented.\nfamily = "classic"  # ours\n[verbs]\nzap = [ "kill" ]\n\n'
        "ask = 'request'\nzap = \"kill\"\n[phrases]\nalpha = ['a', 'b', 'a']\n"
    )
    source = read_source(Path("a.toml"), text)
    fixed = fix([source])[Path("a.toml")]
    assert fixed == (
        '# Written by hand.\n#  Twice indented.\n# ours\nfamily = "classic"\n\n[phrases]\nalpha = ["a", "b"]\n\n'
        '[verbs]\nask = "request"\nzap = "kill"\n'
    )
    again = read_source(Path("a.toml"), fixed)
    assert fix([again]) == {}
    assert [finding for finding in lint([again], Counts(), ["classic"]) if finding.severity == "error"] == []


def test_fix_merges_exact_duplicates_of_several_files_into_the_first() -> None:
    first, second = book('alpha = "a"'), book('alpha = "a"', 'beta = "b"')
    sources = [read_source(Path("a.toml"), first), read_source(Path("b.toml"), second)]
    assert fix(sources) == {Path("b.toml"): book('beta = "b"')}


def test_fix_does_not_merge_what_a_file_between_has_changed() -> None:
    texts = [book('alpha = "a"'), book('alpha = "b"'), book('alpha = "a"', 'beta = "b"')]
    assert fix([read_source(Path(f"{n}.toml"), text) for n, text in enumerate(texts)]) == {}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(book('beta = "b"', 'alpha = "a" # why'), id="a comment would be lost"),
        pytest.param(book('beta = "b"', 'alpha = "alpha"'), id="an entry would be lost"),
        pytest.param(book('beta = "b"', 'alpha = "a"', 'alpha = "c"'), id="two meanings"),
        pytest.param(book('beta = "b"', "alpha = "), id="not TOML"),
        pytest.param('kind = "term"\n[z]\nterms = ["b", "a"]\n', id="a word list"),
    ],
)
def test_fix_leaves_alone_what_it_could_spoil(text: str) -> None:
    assert fix([read_source(Path("a.toml"), text)]) == {}


LINES = (
    'family = "classic"', "", "[phrases]", "[verbs]", "[examples]", "[verbs.go]", "[[nouns]]", 'alpha = "a"', "alpha = 'alpha'",
    'alpha = "b"', 'a = "alpha"', 'is = "run"', "beta = [", '  "b", # c', "]", 'go = { change = "The {a|b}." }', "x = {", '"""',
    "# comment", 'go = { is = "a", swaps = 5 }', 'Go = "b"', "= 5", "\u0000",
)  # fmt: skip


@given(st.lists(st.sampled_from(LINES), max_size=12))
def test_what_the_program_refuses_to_load_is_an_error_and_fix_never_breaks_a_file(lines: list[str]) -> None:
    text = "\n".join(lines) + "\n"
    source = read_source(Path("a.toml"), text)
    errors = [finding for finding in lint([source], Counts(), ["classic"]) if finding.severity == "error"]
    try:
        book = parse([(Path("a.toml"), text)])
    except PhrasebookError:
        assert errors
        return
    fixed = fix([source]).get(Path("a.toml"), text)
    again = parse([(Path("a.toml"), fixed)])
    assert {(e.id, e.originals) for e in again.entries} == {(e.id, e.originals) for e in book.entries}
    assert len(again.examples) == len(book.examples)


def test_comments_do_not_begin_inside_strings() -> None:
    assert comments('# head\nfamily = "classic"\n[phrases]\n"a # b" = \'c # d\'\n') == ("head", [])


def test_statements_span_lines_and_keep_sections_of_sections_together() -> None:
    text = 'family = "x"\n[phrases]\na = [\n  "b", # c\n]\n\n[verbs.go]\nis = "run"\nswaps = true\n[verbs]\nc = "d"\n'
    assert [(header, line, part.count("\n")) for header, line, part in statements(text)] == [
        ("", 1, 0),
        ("[phrases]", 3, 2),
        ("", 7, 2),
        ("[verbs]", 11, 0),
    ]


def test_the_built_in_phrasebook_is_in_normal_form() -> None:
    sources = [read_source(path, path.read_text(encoding="utf-8")) for path in find_files(builtin.folder())]
    form = {"toml", "order", "form", "comment", "duplicate", "entry", "section"}
    assert [str(f) for source in sources for f in source.findings] == []
    findings = lint(sources, Counts(), {path.parent.name for path in find_files(builtin.folder())}, builtin.folder())
    assert [str(finding) for finding in findings if finding.rule in form] == []


def test_the_command_prints_errors_and_exits_with_1(run, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(book('beta = "alpha"', 'alpha = "gamma"'))
    result = run("phrasebook", "lint", "mine.toml")
    assert result.code == 1
    assert result.text.splitlines() == [
        "mine.toml:5: error: 'alpha' must stand before 'beta'; --fix sorts [order]",
        "2 entries in 1 file: 1 error, 2 notes; --notes shows them",
    ]
    fixed = run("phrasebook", "lint", "--fix", "--notes", tmp_path)
    assert fixed.code == 0
    assert (
        "mine.toml:5: note: a chain: beta → alpha → gamma (the second step is not taken) [chain]"
        in fixed.text.splitlines()
    )
    assert (tmp_path / "mine.toml").read_text() == book('alpha = "gamma"', 'beta = "alpha"')


def test_a_file_named_twice_is_read_once(run, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(CLEAN)
    assert run("phrasebook", "lint", "mine.toml", tmp_path).code == 0


def test_examples_may_belong_to_a_built_in_entry(run, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'family = "classic"\n\n[examples]\nmention = { keep = "He did not mention it." }\n'
    )
    assert run("phrasebook", "lint", "mine.toml").code == 0


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("none.toml", None, "no such phrasebook"),
        ("folder", b"", "the phrasebook is empty"),
        ("mine.toml", b'family = "\xff"\n', "not UTF-8 at byte 10"),
    ],
)
def test_what_cannot_be_read_is_refused(run, tmp_path: Path, name: str, data: bytes | None, said: str) -> None:
    if name == "folder":
        (tmp_path / name).mkdir()
    elif data is not None:
        (tmp_path / name).write_bytes(data)
    assert said in run("phrasebook", "lint", name).complaint()


# A bug of normalize/phrasebook.py (_parse_file, _parse_leftovers, _parse_entries): a value in place of a table is not
# refused but raises AttributeError, which the command line reports as an internal error. Take the mark off with the fix.
@pytest.mark.parametrize(
    "text",
    [
        'kind = "term"\nterms = ["brute force"]\n',
        'kind = "article"\narticles = ["hour"]\n',
        'kind = "leftover"\nlines = ["also read:"]\n',
        'family = "classic"\nexamples = "none"\n',
    ],
)
def test_a_value_in_place_of_a_table_is_an_error(text: str) -> None:
    assert [finding.severity for finding in check(text)] == ["error"]
