"""``unspin phrasebook export``, ``import`` and ``add``: nothing is lost on the way, and bad rows change nothing."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import phrasebook as builtin
from normalize.errors import InputError, PhrasebookError
from normalize.loading import load_phrasebook
from normalize.phrasebook import Conditions, Entry, Example, Phrasebook, parse
from normalize.phrasebook_exchange import add_entry, format_csv, format_json, from_rows, read_csv, read_json, to_rows
from normalize.phrasebook_source import read_source
from normalize.phrasebook_writer import format_file

BOOK = """\
family = "mine"

[phrases]
"a \\"b\\", c" = { is = ["x, y", "z"], unless_after = ["<number>", "the last"], only_near = ["w"] }

[verbs]
mention = { is = ["say", "note"], swaps = true }

[nouns]
mention = "naming"

[examples]
mention = { change = ["He {mentioned|said} so.", "She {mentions|says} {it|that}."], keep = "He did not mention it." }
"""
HEADER = "family,section,spun,originals,unless_after,only_after,swaps,change,keep\n"


def plain(book: Phrasebook) -> tuple[list[Entry], list[Example]]:
    """Give entries and examples without their places, in a fixed order; a row holds all examples of a form."""
    entries = [replace(entry, path="", line=0) for entry in book.entries]
    examples: dict[tuple[str, str], Example] = {}
    for example in book.examples:
        old = examples.get((example.family, example.spun))
        change, keep = (example.change, example.keep) if old is None else (
            (*old.change, *example.change), (*old.keep, *example.keep)
        )  # fmt: skip
        examples[example.family, example.spun] = replace(example, change=change, keep=keep, path="", line=0)
    return sorted(entries, key=lambda e: e.id), [examples[key] for key in sorted(examples)]


def there_and_back(book: Phrasebook, kind: str) -> Phrasebook:
    rows = to_rows(book)
    read = read_csv(format_csv(rows), "x.csv") if kind == "csv" else read_json(format_json(rows), "x.json")
    return parse([(Path(family), text) for family, text in from_rows(read, "x").items()])


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_book_comes_back_as_it_was(kind: str) -> None:
    book = parse([(Path("mine.toml"), BOOK)])
    assert plain(there_and_back(book, kind)) == plain(book)
    assert from_rows(read_json(format_json(to_rows(book)), "x"), "x") == {"mine": BOOK}


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_the_built_in_phrasebook_comes_back_as_it_was(kind: str) -> None:
    book = load_phrasebook()
    assert plain(there_and_back(book, kind)) == plain(book)


words = st.text(
    st.characters(codec="utf-8", exclude_characters="|\x7f", exclude_categories=("Cc", "Cs")), min_size=1
).filter(lambda text: text == text.strip())
lists = st.lists(words, max_size=3).map(tuple)


@given(
    spun=words.filter(lambda text: text == text.lower()), originals=st.lists(words, min_size=1, max_size=4),
    near=lists, after=lists, keep=lists, swaps=st.booleans(), kind=st.sampled_from(["csv", "json"]),
)  # fmt: skip
def test_any_entry_comes_back_as_it_was(spun, originals, near, after, keep, swaps, kind) -> None:
    originals = tuple(original for original in originals if original != spun) or (spun + "x",)
    entry = Entry("mine", "phrases", spun, originals, Conditions(unless_near=near, only_after=after), swaps)
    examples = [Example("mine", spun, ("A {b|c}.",), keep)]
    book = Phrasebook([entry], examples)
    assert plain(there_and_back(book, kind)) == plain(book)


def test_examples_of_an_entry_elsewhere_come_back_too() -> None:
    book = Phrasebook([], [Example("mine", "mention", (), ("He did not mention it.",))])
    assert plain(there_and_back(book, "csv")) == plain(book)


@pytest.mark.parametrize("original", ["a | b", "a|b"])
def test_what_csv_cannot_hold_is_refused_and_json_holds_it(original: str) -> None:
    book = Phrasebook([Entry("mine", "phrases", "x", (original,))])
    with pytest.raises(InputError, match=r"mine/phrases/x: an item of originals does not fit into CSV.*--format json"):
        format_csv(to_rows(book))
    assert plain(there_and_back(book, "json")) == plain(book)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "x.csv:1: no column 'family'"),
        ("family,section,spun,originals,colour\n", "x.csv:1: unknown column 'colour'"),
        ("family,section,spun,originals,spun\n", "x.csv:1: a column twice"),
        (HEADER, "x.csv: no entries"),
        (HEADER + "mine,verbs,go,run\n", "x.csv:2: 4 cells, but the header has 9"),
        (HEADER + 'mine,verbs,"go\nover",run,,,,,\nmine,verb,go,run,,,,,\n', "x.csv:4: unknown section [verb]"),
        (HEADER + "mine,verbs,go,,,,,,\n", "x.csv:2: the entry 'go' names no original"),
        (HEADER + "mine,verbs,go,run | ,,,,,\n", "x.csv:2: go: '' is not a non-empty string"),
        (HEADER + "mine,verbs,go,run|walk,,,,,\n", "x.csv:2: originals must be separated by ' | '"),
        (HEADER + "mine,verbs,go,go,,,,,\n", "x.csv:2: the entry 'go' maps to itself"),
        (HEADER + "mine,verbs,Go,run,,,,,\n", "x.csv:2: the spun form 'Go' has capitals"),
        (HEADER + "Mine,verbs,go,run,,,,,\n", "x.csv:2: no family"),
        (HEADER + "mine,verbs,go,run,,,maybe,,\n", "x.csv:2: swaps must be true, false or empty"),
        (HEADER + "mine,examples,go,run,,,,,\n", "x.csv:2: a row of examples takes no originals"),
        (HEADER + "mine,verbs,go,run,,,,,\nmine,verbs,go,walk,,,,,\n", "x.csv:3: 'go' stands at line 2 already"),
        (HEADER + "mine,verbs,go,run,,,,,a\nmine,nouns,go,turn,,,,,b\n", "x.csv:3: examples of 'go' stand at line 2"),
        (HEADER + "mine,verbs,go,run,,,,,\nmine,verbs,run,go,,,,,\n", "x.csv:3: the entries make a cycle"),
        (HEADER + 'mine,verbs,"go"x,run,,,,,\n', "x.csv:2: not CSV"),
    ],
)
def test_a_bad_csv_row_imports_nothing(run, tmp_path: Path, rows: str, said: str) -> None:
    (tmp_path / "x.csv").write_text(rows)
    (tmp_path / "mine.toml").write_text("as it was")
    assert said in run("phrasebook", "import", "x.csv", "--output", "mine.toml").complaint()
    assert (tmp_path / "mine.toml").read_text() == "as it was"


GOOD = '{"family": "mine", "section": "verbs", "spun": "go", "originals": ["run"]}'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[\n", "x.json:2: not JSON"),
        ("{}", "x.json:1: a JSON array of entries is expected"),
        ("[]", "x.json: no entries"),
        (f"[{GOOD},\n\n 5]", "x.json:3: an entry must be a JSON object"),
        (f"[{GOOD},\n [[1]]]", "x.json:2: an entry must be a JSON object"),
        (f"[\n{GOOD},\n" + GOOD.replace('"spun"', '"spin"') + "]", "x.json:3: unknown field 'spin'"),
        ("[" + GOOD.replace('"go"', "5") + "]", "x.json:1: spun must be a string"),
        ("[" + GOOD.replace('["run"]', '"run"') + "]", "x.json:1: originals must be a list of strings"),
        ("[" + GOOD.replace('["run"]', '["run", 5]') + "]", "x.json:1: originals must be a list of strings"),
        ("[" + GOOD.replace("}", ', "swaps": 1}') + "]", "x.json:1: swaps must be true or false"),
        ("[" + GOOD.replace("run", "\\ud800") + "]", "x.json:1: half of a surrogate pair"),
        ("[" + GOOD.replace("run", "\\u007f") + "]", "x.json:1: not valid TOML"),
        ("[" * 100_000, "x.json"),
    ],
)
def test_a_bad_json_row_imports_nothing(run, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "x.json").write_text(text)
    assert said in run("phrasebook", "import", "x.json", "--output", "mine.toml").complaint()
    assert not (tmp_path / "mine.toml").exists()


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_the_commands_take_a_family_there_and_back(run, tmp_path: Path, kind: str) -> None:
    assert run("phrasebook", "export", "--family", "element", "--format", kind, "-o", f"x.{kind}").code == 0
    assert run("phrasebook", "import", f"x.{kind}", "--output", "element.toml").code == 0
    wanted = [entry for entry in load_phrasebook().entries if entry.family == "element"]
    text = (tmp_path / "element.toml").read_text()
    assert plain(parse([(Path("element.toml"), text)]))[0] == plain(Phrasebook(wanted))[0]
    assert run("phrasebook", "lint", "element.toml").code == 0


def test_export_prints_what_it_would_write(run, tmp_path: Path) -> None:
    printed = run("phrasebook", "export", "--family", "patchy")
    run("phrasebook", "export", "--family", "patchy", "-o", "x.csv")
    assert printed.stdout == (tmp_path / "x.csv").read_bytes()
    rows = list(csv.DictReader(printed.text.splitlines()))
    mention = next(row for row in rows if row["spun"] == "mention" and row["section"] == "verbs")
    assert (mention["family"], mention["originals"], mention["swaps"]) == ("patchy", "say | note", "")
    as_json = json.loads(run("phrasebook", "export", "--family", "patchy", "--format", "json").text)
    assert [row["spun"] for row in as_json] == [row["spun"] for row in rows]


def test_several_families_need_a_folder(run, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("family,section,spun,originals\nmine,verbs,go,run\nyours,verbs,go,walk\n")
    assert "name a folder with --output" in run("phrasebook", "import", "x.csv", "--output", "mine.toml").complaint()
    (tmp_path / "folder").mkdir()
    assert run("phrasebook", "import", "x.csv", "--output", "folder").code == 0
    assert (tmp_path / "folder" / "yours.toml").read_text() == 'family = "yours"\n\n[verbs]\ngo = "walk"\n'


def test_a_file_from_a_spreadsheet_may_have_a_mark_and_crlf(run, tmp_path: Path) -> None:
    (tmp_path / "x.CSV").write_bytes(b"\xef\xbb\xbffamily,section,spun,originals\r\nmine,verbs,go,run | walk\r\n")
    assert run("phrasebook", "import", "x.CSV", "--output", "mine.toml").code == 0
    assert (tmp_path / "mine.toml").read_text() == 'family = "mine"\n\n[verbs]\ngo = ["run", "walk"]\n'


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "x.txt", "--output", "y.toml"), "x.txt: the name must end in .csv or .json"),
        (("import", "none.csv", "--output", "y.toml"), "none.csv: cannot be read"),
        (("export", "--family", "none"), "no family is called 'none'"),
        (("export", "-o", "none/x.csv"), "none/x.csv: cannot be written"),
    ],
)
def test_what_cannot_be_exchanged_is_refused(run, arguments: tuple[str, ...], said: str) -> None:
    assert said in run("phrasebook", *arguments).complaint()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Put a phrasebook of two entries, in what looks like a checkout, in place of the built-in one."""
    folder = tmp_path / "checkout" / "phrasebook"
    (folder / "classic").mkdir(parents=True)
    (folder / "classic" / "verbs.toml").write_text('# Ours.\nfamily = "classic"\n\n[verbs]\nmention = "say"\n')
    (folder / "classic" / "more.toml").write_text('family = "classic"\n\n[verbs]\nnote = "write"\n')
    (folder.parent / "pyproject.toml").write_text("")
    monkeypatch.setattr(builtin, "folder", lambda: folder)
    return folder


def test_add_makes_a_file_and_puts_entries_in_their_place(run, tmp_path: Path) -> None:
    chosen = ("--family", "mine", "--section", "phrases", "--file", "mine.toml")
    first = run("phrasebook", "add", "most cancers", "cancer", *chosen)
    assert first.text == "mine.toml:4: added mine/phrases: “most cancers” for “cancer”\n"
    assert run("phrasebook", "add", "a number of", "several", "many", *chosen).code == 0
    assert (tmp_path / "mine.toml").read_text() == format_file(
        "mine",
        [
            Entry("mine", "phrases", "a number of", ("several", "many")),
            Entry("mine", "phrases", "most cancers", ("cancer",)),
        ],
    )
    assert run("phrasebook", "lint", "mine.toml").code == 0


def test_add_without_a_file_edits_the_checkout(run, small: Path) -> None:
    result = run("phrasebook", "add", "assail", "attack", "--family", "classic", "--section", "verbs")
    assert result.code == 0, result.stderr
    assert (small / "classic" / "verbs.toml").read_text() == (
        '# Ours.\nfamily = "classic"\n\n[verbs]\nassail = "attack"\nmention = "say"\n'
    )
    assert run("phrasebook", "add", "assault", "attack", "--family", "classic", "--section", "nouns").code == 0
    assert (small / "classic" / "nouns.toml").is_file()


@pytest.mark.parametrize(
    ("spun", "original", "options", "said"),
    [
        ("mention", "cite", ("classic", "verbs"), "verbs.toml:5: has the entry 'mention' already"),
        ("note", "jot", ("classic", "verbs"), "more.toml:4: has the entry 'note' already"),
        ("say", "mention", ("classic", "verbs"), "the entries make a cycle"),
        ("write", "note", ("classic", "verbs"), "the entries make a cycle"),
        ("go", "go", ("classic", "verbs"), "maps to itself"),
        ("Go", "run", ("classic", "verbs"), "has capitals"),
        ("go", "", ("classic", "verbs"), "is not a non-empty string"),
        ("go", "run", ("clasic", "verbs"), "no family is called 'clasic'; there are classic"),
        ("go", "run", ("classic", "verb"), "no section is called 'verb'"),
    ],
)
def test_add_refuses_what_does_not_fit(
    run, small: Path, spun: str, original: str, options: tuple[str, str], said: str
) -> None:
    before = {path: path.read_bytes() for path in small.rglob("*.toml")}
    family, section = options
    assert said in run("phrasebook", "add", spun, original, "--family", family, "--section", section).complaint()
    assert {path: path.read_bytes() for path in small.rglob("*.toml")} == before


def test_add_wants_a_file_where_the_phrasebook_is_installed(run, small: Path) -> None:
    (small.parent / "pyproject.toml").unlink()
    result = run("phrasebook", "add", "go", "run", "--family", "classic", "--section", "verbs")
    assert "name a file of your own with --file" in result.complaint()


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ('family = "other"\n[verbs]\na = "b"\n', InputError, "the file is of the family 'other'"),
        ('family = "mine"\n[verbs]\na = "b" # why\n', InputError, "mine.toml:3: this comment would be lost"),
        ('family = "mine"\n[verbs]\na = "a"\n', InputError, "put it right first with: unspin phrasebook lint"),
        ('kind = "term"\n[x]\nterms = ["y"]\n', InputError, "put it right first"),
        ('family = "mine"\n[verbs]\ngo = "b"\n', PhrasebookError, "mine.toml:3: has the entry 'go' already"),
    ],
)
def test_add_entry_spoils_no_file(text: str, error: type[Exception], said: str) -> None:
    path = Path("mine.toml")
    with pytest.raises(error) as caught:
        add_entry(read_source(path, text), Entry("mine", "verbs", "go", ("run",), path=str(path)))
    assert said in str(caught.value)
