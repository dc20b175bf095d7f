"""``unspin check`` over files of many records: what is found, where, what is left out, and when it fails."""

from __future__ import annotations

import csv
import io
import json
import pickle
import re
from pathlib import Path
from typing import Any

import pytest

from normalize import Normalizer
from normalize.corpus.checking import CheckWorker
from normalize.corpus.processes import CRASHED
from normalize.corpus.run import Task
from normalize.corpus.settings import Settings
from normalize.formats.batches import Batch
from normalize.reports.formats import Format
from tests import corpora
from tests.conftest import Run
from tests.corpora import HONEST, MAKERS, NEEDS, SPUN, json_lines, records
from tests.test_cli_check import findings
from tests.test_corpus_run import unspin
from tests.test_reports import READERS

COUNT = 7
"""Records of a small corpus; three of them are spun."""
EDITS = len(Normalizer().plan(SPUN).edits)
"""Edits of each spun record; with its verdict there is one finding more."""
LINES = ("jsonl", "jsonl.gz", "jsonl.zst", "csv", "tsv")
"""Formats with lines."""


@pytest.fixture(params=MAKERS)
def form(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each format in turn, by its ending; a small corpus of it is in ``a.<ending>``."""
    form = str(request.param)
    if form in NEEDS:
        pytest.importorskip(NEEDS[form])
    (tmp_path / f"a.{form}").write_bytes(MAKERS[form](COUNT))
    return form


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A small corpus of JSON Lines."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(json_lines(COUNT))
    return path


def told(run: Run, *arguments: object, **options: Any) -> dict[str, Any]:
    """Run a check and give its report as JSON."""
    result = run("check", *arguments, "-j", 1, "--format", "json", **options)
    report: dict[str, Any] = json.loads(result.text)
    READERS[Format.JSON](result.text)  # against the schema
    return report


def edits(document: dict[str, Any]) -> list[tuple[object, ...]]:
    """Give what the edits of a document are, without their place in the file."""
    names = ("start", "end", "entry", "before", "after", "confidence")
    return [tuple(found[name] for name in names) for found in document["findings"] if found["kind"] == "edit"]


def test_findings_are_those_of_the_same_texts_as_files(run: Run, tmp_path: Path, form: str) -> None:
    (tmp_path / "texts").mkdir()
    texts = [record["text"] for record in records(COUNT)]
    if form.startswith("warc"):
        texts = [f"Home\n\n{text}\n" for text in texts]
    for number, text in enumerate(texts, 1):
        (tmp_path / "texts" / f"{number}.txt").write_text(text)
    files, corpus = told(run, "texts"), told(run, f"a.{form}")
    assert corpus["summary"] == files["summary"]
    spun = [document for document in files["documents"] if document["findings"]]
    assert [document["record"] for document in corpus["documents"]] == [1, 4, 7]
    assert len(spun) == 3
    for one, other in zip(spun, corpus["documents"], strict=True):
        assert one["verdict"] == other["verdict"]
        shift = 0 if not form.startswith("warc") else one["findings"][1]["start"] - other["findings"][1]["start"]
        moved = [(found[0] - shift, found[1] - shift, *found[2:]) for found in edits(one)]  # type: ignore[operator]
        assert moved == edits(other)
    for document in corpus["documents"]:
        header = 0 if form.startswith("jsonl") else 1
        assert document.get("line") == (document["record"] + header if form in LINES else None)
        assert document["lines_of"] == ("file" if form in LINES else "text")
        assert {found.get("field") for found in document["findings"]} == {None, "text"}


@pytest.mark.parametrize("chosen", list(Format))
@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_every_report_format(
    run: Run, tmp_path: Path, form: str, chosen: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    if form in NEEDS:
        pytest.importorskip(NEEDS[form])
    monkeypatch.setattr(
        "tests.test_reports.COMMAND",
        re.compile(r"::(error|warning|notice) file=(a\.\w+),(?:line=\d+,endLine=\d+,col=\d+,endColumn=\d+,)?title=([^\n:,]+)::record \d+ \(id http://x/\d\)[^\n\r]+"),
    )  # fmt: skip
    (tmp_path / f"a.{form}").write_bytes(MAKERS[form](COUNT))
    result = run("check", f"a.{form}", "--id-field", "url", "--format", chosen, "-j", 1)
    assert (result.code, result.stderr) == (1, "")
    entries = [entry for entry in READERS[chosen](result.text) if not entry.startswith("verdict/")]
    assert len(entries) == 3 * EDITS
    title = f"a.{form}:4 (id http" if form in LINES else f"a.{form}: record 4 (id http"
    if chosen is Format.JUNIT:
        assert 'tests="4" failures="3"' in result.text
        assert f'name="a.{form}"><system-out>4 records without findings<' in result.text
    if chosen in (Format.TEXT, Format.MARKDOWN, Format.HTML, Format.JUNIT):
        assert title in result.text.replace("&#58;", ":")
    if chosen in (Format.TEXT, Format.MARKDOWN):
        assert f"7 documents: 3 spun, 4 clean; {3 * EDITS} findings" in result.text


def test_the_text_report_lists_records_with_findings_only(run: Run, corpus: Path) -> None:
    lines = run("check", "a.jsonl", "--id-field", "url", "-j", 1).text.splitlines()
    heads = [line for line in lines if re.match(r"\S+ \(id ", line)]
    assert heads[1] == f"a.jsonl:4 (id http://x/3): spun (probability 1.00, family classic), {EDITS} findings"
    assert len(lines) == 3 * (EDITS + 1) + 1
    assert {item["line"] for item in findings("\n".join(lines))} == {"1", "4", "7"}


def test_nothing_but_the_summary_is_printed_of_clean_records(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(f'{{"text": "{HONEST}"}}\n' * 9)
    result = run("check", "a.jsonl", "-j", 1)
    assert (result.code, result.text, result.stderr) == (0, "9 documents: 9 clean; 0 findings\n", "")


def test_an_empty_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"")
    result = run("check", "a.jsonl")
    assert (result.code, result.text, result.stderr) == (0, "0 documents; 0 findings\n", "")


TWISTED = SPUN.replace("The corporate", '“Café” 😀 "x"\n\nThe corporate')
"""A spun text with what JSON and CSV have to escape, on several lines."""


def twisted(form: str) -> bytes:
    """A corpus whose texts are hard to spell."""
    if form == "csv":
        buffer = io.StringIO()
        csv.writer(buffer).writerows([["text", "n"], [TWISTED, 1], [HONEST, 2], [TWISTED, 3], [SPUN.split(",")[0], 4]])
        return buffer.getvalue().encode()
    rows = [{"é": "\n", "text": TWISTED}, {"text": HONEST}, {"n": 1, "text": TWISTED}]
    return b"\xef\xbb\xbf" + b"".join(
        json.dumps(row, ensure_ascii=form == "ascii.jsonl").encode() + b"\r\n" for row in rows
    )


@pytest.mark.parametrize("form", ["jsonl", "ascii.jsonl", "csv"])
def test_places_and_fixes_are_those_of_the_file(run: Run, tmp_path: Path, form: str) -> None:
    """Done by hand, the fixes of the report give what ``unspin fix`` gives."""
    (tmp_path / f"a.{form}").write_bytes(twisted(form))
    text = twisted(form).decode("utf-8-sig")
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    report = json.loads(run("check", f"a.{form}", "--format", "sarif", "-j", 1).text)
    changes = []
    for result in report["runs"][0]["results"]:
        region = result["locations"][0]["physicalLocation"]["region"]
        start = starts[region["startLine"] - 1] + region["startColumn"] - 1
        end = starts[region["endLine"] - 1] + region["endColumn"] - 1
        if result["ruleId"].startswith("verdict/"):
            assert region["startColumn"] == 1
            continue
        new = result["fixes"][0]["artifactChanges"][0]["replacements"][0]
        assert new["deletedRegion"] == region
        assert f"“{text[start:end]}”" in result["message"]["text"]
        changes.append((start, end, new["insertedContent"]["text"]))
    assert len(changes) > 15
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    mark = b"\xef\xbb\xbf" if form.endswith("jsonl") else b""
    assert mark + text.encode() == run("fix", f"a.{form}", "-q", "-j", 1).stdout


def test_lines_of_csv_count_lines_inside_fields(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'id,text\n1,"{HONEST}\nand\nmore"\n2,"one\ntwo, {SPUN}"\n')
    result = run("check", "a.csv", "--id-field", "id", "-j", 1).text
    assert result.startswith("a.csv:5 (id 2): spun")
    assert {item["line"] for item in findings(result)} == {"6"}


def test_several_fields_are_one_document(run: Run, tmp_path: Path) -> None:
    record = {"other": SPUN, "story": {"parts": [HONEST, SPUN]}, "head": f"“{SPUN}"}
    (tmp_path / "a.jsonl").write_text(json.dumps(record) + "\n")
    report = told(run, "a.jsonl", "--text-field", "head", "--text-field", "story.parts")
    (document,) = report["documents"]
    assert {found.get("field") for found in document["findings"]} >= {None, "head", "story.parts[1]"}
    texts = {"head": record["head"], "story.parts[0]": HONEST, "story.parts[1]": SPUN}
    for found in (found for found in document["findings"] if found["kind"] == "edit"):
        assert texts[found["field"]][found["start"] : found["end"]] == found["before"]
    assert len({found["fingerprint"] for found in document["findings"]}) == len(document["findings"])


@pytest.mark.parametrize("options", [["--text-format", "html"], ["--extract"]], ids=" ".join)
def test_texts_in_html(run: Run, tmp_path: Path, options: list[str]) -> None:
    if "--extract" in options:
        pytest.importorskip("trafilatura")
    page = (
        f"<html><body><nav>Home</nav><article><p>{SPUN}</p>\n<p>{SPUN} Again &amp; again.</p></article></body></html>"
    )
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": HONEST}) + "\n" + json.dumps({"text": page}) + "\n")
    args = ["a.jsonl", *options]
    if "--extract" in options:
        (tmp_path / "a.jsonl").write_text("\n" + json.dumps({"text": page}) + "\n")
    (document,) = told(run, *args)["documents"]
    assert document["line"] == 2
    assert document["lines_of"] == ("text" if "--extract" in options else "file")
    sarif = json.loads(run("check", *args, "--format", "sarif", "-j", 1).text)
    regions = [result["locations"][0]["physicalLocation"]["region"] for result in sarif["runs"][0]["results"]]
    assert {region["startLine"] for region in regions} == {2}
    assert any("fixes" in result for result in sarif["runs"][0]["results"]) == ("--extract" not in options)


def test_a_page_that_is_extracted_has_no_lines_of_its_own(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("trafilatura")
    (tmp_path / "a.html").write_text(f"<html><body><article><p>{SPUN}</p>\n<p>{SPUN}</p></article></body></html>")
    result = run("check", "a.html", "--extract").text
    assert "\na.html, text 1:1: “Folks” → “People”" in result
    assert "fixes" not in run("check", "a.html", "--extract", "--format", "sarif").text


BAD = b'{broken\n{"text": null}\n{"text": "caf\xe9"}\n{"body": "x"}\n' + b'{"text": "' + b"x" * 2000 + b'"}\n'


def test_records_that_cannot_be_checked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(json_lines(2) + BAD + json_lines(1))
    result = run("check", "a.jsonl", "--rejects", "r.jsonl", "--max-record", 0.001, "-j", 1)
    assert result.code == 2
    assert (
        result.text.splitlines()[-1]
        == f"3 documents: 2 spun, 1 clean; {2 * EDITS} findings; 5 records could not be checked"
    )
    rejects = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert [(row["source"], row["line"], row["record"]) for row in rejects] == [
        ("a.jsonl", line, line) for line in range(3, 8)
    ]
    lines = result.stderr.splitlines()
    assert [line.partition(": ")[0] for line in lines[:-1]] == [f"a.jsonl:{line}" for line in range(3, 8)]
    assert lines[-1] == "unspin: 5 records could not be checked"
    quiet = run("check", "a.jsonl", "-q", "--max-record", 0.001, "-j", 1, "--exit-zero")
    assert (quiet.code, quiet.stdout, quiet.stderr) == (2, result.stdout, "")
    assert told(run, "a.jsonl", "-q")["summary"]["rejected"] == 4
    assert not list(tmp_path.glob("*.partial"))


def test_strict_stops_at_the_first(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(json_lines(1) + BAD)
    result = run("check", "a.jsonl", "--strict", "-j", 1, "--output-file", "r.json", "--rejects", "r.jsonl")
    assert result.code == 2
    assert result.stderr.startswith("unspin: a.jsonl:2: not JSON: ")
    assert result.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_no_report_when_nothing_could_be_checked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(BAD)
    result = run("check", "a.jsonl", "-j", 1, "--max-record", 0.001, "--output-file", "r.json")
    assert (result.code, result.stdout) == (2, b"")
    assert not (tmp_path / "r.json").exists()


def test_a_file_that_is_cut_off_is_named_and_the_others_are_checked(run: Run, tmp_path: Path, corpus: Path) -> None:
    whole = MAKERS["jsonl.gz"](COUNT)
    (tmp_path / "b.jsonl.gz").write_bytes(whole[:-20])
    (tmp_path / "c.csv").write_text("a,b\n1,2\n")
    result = run("check", "b.jsonl.gz", "c.csv", "a.jsonl", "-j", 1)
    assert result.code == 2
    assert re.search(r"^unspin: b\.jsonl\.gz: broken after byte ", result.stderr, re.MULTILINE)
    assert "unspin: c.csv: no column is called 'text'; " in result.stderr
    assert "a.jsonl:4: spun" in result.text


def test_texts_and_records_of_a_folder_in_one_run(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in/deep").mkdir(parents=True)
    (tmp_path / "in/a.txt").write_text(HONEST)
    (tmp_path / "in/z.txt").write_text(SPUN)
    (tmp_path / "in/deep/b.jsonl.gz").write_bytes(MAKERS["jsonl.gz"](COUNT))
    (tmp_path / "in/c.csv").write_bytes(MAKERS["csv"](COUNT))
    (tmp_path / "in/d.json").write_text("{}")
    report = told(run, "in")
    assert report["summary"]["documents"] == 2 + 2 * COUNT
    paths = [document["path"] for document in report["documents"]]
    assert paths == ["in/a.txt", "in/z.txt", *["in/c.csv"] * 3, *["in/deep/b.jsonl.gz"] * 3]
    named = told(run, "in/c.csv", "in/z.txt")
    assert [document["path"] for document in named["documents"]] == ["in/z.txt", *["in/c.csv"] * 3]
    assert told(run, "in", "--input-format", "csv")["summary"]["documents"] == COUNT
    assert told(run, "in", "--input-format", "text")["summary"]["documents"] == 2
    assert told(run, "in", "--exclude", "*.csv")["summary"]["documents"] == 2 + COUNT


def test_a_table_in_a_folder_that_holds_no_texts_can_be_left_out(run: Run, tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "links.csv").write_text("from,to\n1,2\n")
    result = run("check", ".", "-j", 1)
    assert result.code == 2
    assert result.stderr.endswith("; say which with --text-field, or leave the file out with --exclude\n")
    assert run("check", ".", "-j", 1, "--exclude", "links.csv").code == 1


@pytest.mark.parametrize(
    "arguments", [["--input-format", "jsonl", "-"], ["--stdin-filename", "feed.jsonl", "-"]], ids=" ".join
)
def test_standard_input(run: Run, arguments: list[str]) -> None:
    result = run("check", *arguments, "-j", 1, stdin=json_lines(COUNT))
    name = "feed.jsonl" if "feed.jsonl" in arguments else "<stdin>"
    assert (result.code, result.stderr) == (1, "")
    assert {item["file"] for item in findings(result.text)} == {name}
    assert result.text.splitlines()[-1] == f"7 documents: 3 spun, 4 clean; {3 * EDITS} findings"


REFUSED = {
    "records in a pipe, as a text": (["check", "-"], "say what it is with --input-format"),
    "fix of records in a pipe": (["fix", "-"], "say what it is with --input-format"),
    "fix of records in a pipe with a name": (["fix", "-", "--stdin-filename", "x.jsonl"], "--input-format"),
    "a plan of records in a pipe": (["plan", "-"], "--add-fields plan"),
    "a plan of records": (["plan", "a.jsonl"], "--add-fields plan"),
    "records to explain": (["explain", "a.jsonl"], "jq"),
    "a record to explain": (["explain", "a.jsonl:4"], "jq"),
    "records in a pipe to explain": (["explain", "-"], "jq"),
    "a table to evaluate": (["evaluate", "a.csv"], "JSON Lines"),
    "a model of a table": (["model", "build", "a.csv", "-o", "m.model"], "JSON Lines"),
    "an option for records with a text": (["check", "a.txt", "--text-field", "body"], "--text-field is for files of"),
    "quiet with a text": (["check", "a.txt", "-q"], "--quiet is for files of"),
    "a malformed field": (["check", "a.jsonl", "--text-field", "a..b"], "--text-field"),
    "a field of no column": (["check", "a.csv", "--text-field", "body"], "no column is called 'body'"),
    "an id of no column": (["check", "a.csv", "--id-field", "body"], "no column is called 'body'"),
    "an unknown format": (["check", "a.jsonl", "--input-format", "xml"], ""),
    "a pipe of a format that needs a file": (["check", "-", "--input-format", "parquet"], "cannot be read from a pipe"),
    "a missing file": (["check", "b.jsonl"], "no such file"),
    "rejects over the input": (["check", "a.jsonl", "--rejects", "a.jsonl"], "one of the files to be checked"),
    "rejects over a report": (
        ["check", "a.jsonl", "--rejects", "r.jsonl", "--output-file", "./r.jsonl"], "also named by --output-file",
    ),
    "rejects nowhere": (["check", "a.jsonl", "--rejects", "no/r.jsonl"], "cannot be written"),
    "a report over the input": (["check", "a.jsonl", "--output-file", "a.jsonl"], "to be checked"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "words"), REFUSED.values(), ids=REFUSED)
def test_refused(run: Run, tmp_path: Path, corpus: Path, arguments: list[str], words: str) -> None:
    if "parquet" in arguments:
        pytest.importorskip("pyarrow")
    (tmp_path / "a.csv").write_bytes(MAKERS["csv"](2))
    (tmp_path / "a.txt").write_text(HONEST)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    result = run(*arguments, stdin=json_lines(2))
    assert (result.code, result.stdout) == (2, b"")
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 1),
        (["--fail-on", "never"], 0),
        (["--exit-zero"], 0),
        (["--max-spun", "42%"], 1),
        (["--max-spun", "43%"], 0),
        (["--fail-on", "finding", "--text-field", "site"], 0),
    ],
    ids=str,
)
def test_exit_codes_count_clean_records(run: Run, corpus: Path, arguments: list[str], code: int) -> None:
    assert run("check", "a.jsonl", "-j", 1, *arguments).code == code


def test_comments_and_allowed_phrases(run: Run, tmp_path: Path) -> None:
    texts = [
        {"text": f"unspin: ignore-file\n\n{SPUN}"},
        {"text": f"unspin: off[mention]\n\n{SPUN}"},
        {"text": HONEST, "more": f"{SPUN}\n\nunspin: ignore-file\n"},
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(text) + "\n" for text in texts))
    options = ["--text-field", "more", "--text-field", "text", "-j", 1]
    result = run("check", "a.jsonl", *options, "--allow", "laborious drives")
    assert result.stderr == "unspin: 2 documents left out by “unspin: ignore-file”\n"
    assert result.text.splitlines()[-1].startswith("1 document: 1 spun; ")
    forms = {item["spun"] for item in findings(result.text)}
    assert "corporate" in forms
    assert not {"mentioned", "laborious"} & forms
    fixed = run("fix", "a.jsonl", *options, "-q").stdout.splitlines()
    assert [json.loads(fixed[number]) for number in (0, 2)] == [texts[0], texts[2]]


@pytest.mark.parametrize("named", [[], ["--id-field", "url"]], ids=["by text", "by id"])
def test_a_baseline_outlives_new_records(run: Run, corpus: Path, named: list[str]) -> None:
    arguments = ["a.jsonl", *named, "-j", 1]
    written = run("check", *arguments, "--write-baseline", "known.json")
    assert (written.code, written.stderr) == (0, f"unspin: {3 * (EDITS + 1)} findings written to known.json\n")
    lines = corpus.read_text().splitlines()
    corpus.write_text("\n".join([json.dumps({"url": "new", "text": HONEST}), *reversed(lines)]))
    same = run("check", *arguments, "--baseline", "known.json")
    assert (same.code, same.text) == (0, "8 documents: 3 spun, 5 clean; 0 findings\n")
    assert same.stderr == f"unspin: {3 * (EDITS + 1)} findings known from known.json not shown\n"
    corpus.write_text("\n".join([json.dumps({"url": "new", "text": SPUN}), *lines[1:]]))
    other = run("check", *arguments, "--baseline", "known.json")
    assert other.code == 1
    assert {item["line"] for item in findings(other.text)} == {"1"}
    assert f"unspin: {EDITS + 1} findings of known.json no longer found" in other.stderr
    assert (
        f"{EDITS + 1} findings pruned"
        in run("check", *arguments, "--baseline", "known.json", "--prune-baseline").stderr
    )
    assert len(json.loads((corpus.parent / "known.json").read_text())["findings"]) == 2 * (EDITS + 1)


def test_a_record_with_an_id_may_change_elsewhere(run: Run, corpus: Path) -> None:
    run("check", "a.jsonl", "--id-field", "url", "-j", 1, "--write-baseline", "known.json")
    corpus.write_text(corpus.read_text().replace("caf\\u00e9.", "caf\\u00e9. The library will open on Sundays."))
    assert run("check", "a.jsonl", "--id-field", "url", "-j", 1, "--baseline", "known.json").code == 0


def test_fingerprints_tell_records_apart_and_stay_when_they_move(run: Run, corpus: Path) -> None:
    def prints() -> dict[str, str]:
        return {
            found["fingerprint"]: found["message"]
            for document in told(run, "a.jsonl")["documents"]
            for found in document["findings"]
        }

    before = prints()
    assert len(before) == 3 * (EDITS + 1)
    corpus.write_text("\n".join(reversed(corpus.read_text().splitlines())))
    assert prints() == before


def test_files_with_settings_of_their_own(run: Run, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_bytes(json_lines(1))
    (tmp_path / "unspin.toml").write_text('[[per-path]]\npaths = ["b.jsonl"]\nallow = ["mentioned"]\n')
    found = findings(run("check", ".", "-j", 1).text)
    assert {item["file"] for item in found if item["spun"] == "mentioned"} == {"a.jsonl"}
    assert {item["file"] for item in found if item["spun"] == "corporate"} == {"a.jsonl", "b.jsonl"}


def test_fields_from_the_configuration(run: Run, tmp_path: Path) -> None:
    (tmp_path / "unspin.toml").write_text('text-field = ["body"]\nid-field = "name"\n')
    (tmp_path / "news.jsonl").write_text(json.dumps({"name": "n7", "body": SPUN, "text": HONEST}) + "\n")
    assert "news.jsonl:1 (id n7): spun" in run("check", "news.jsonl").text
    assert run("check", "news.jsonl", "--text-field", "text").code == 0
    restored = json.loads(run("fix", "news.jsonl").text)
    assert restored["text"] == HONEST
    assert restored["body"] != SPUN


def test_any_number_of_processes_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpora, "SPUN_EVERY", 100)
    (tmp_path / "a.jsonl.gz").write_bytes(MAKERS["jsonl.gz"](700))  # several batches
    done = [unspin("check", "a.jsonl.gz", "--format", "jsonl", "-q", "-j", jobs, cwd=tmp_path) for jobs in (1, 2)]
    assert [(run.returncode, run.stderr) for run in done] == [(1, b"")] * 2
    assert done[0].stdout == done[1].stdout
    assert done[0].stdout.count(b"\n") == 8


def test_what_comes_back_of_clean_records_is_small() -> None:
    data = b"".join(json.dumps({"text": HONEST}).encode() + b"\n" for _ in range(300))
    worker: CheckWorker = pickle.loads(pickle.dumps(CheckWorker(Settings(), "a.jsonl")))
    result = worker(Task("jsonl", Batch(data, 1, 1, {}), "", 0))
    assert result.counts == {"records": 300, "clean": 300, "edits": 0, "changed": 0}
    assert len(pickle.dumps(result)) < 500


def test_a_record_that_kills_its_worker_is_rejected_and_the_others_stay() -> None:
    worker = CheckWorker(Settings(), "a.jsonl")
    task = Task("jsonl", Batch(json_lines(4), 1, 1, {}), "", 0)
    first, second = worker.split(task)
    merged = worker.merge(worker(first), worker.give_up(second._replace(batch=worker.split(second)[0].batch), CRASHED))
    assert [record.checked.record.number for record in merged.found if record.checked.record] == [1]
    assert [(reject.record, reject.reason) for reject in merged.rejects] == [(3, CRASHED)]
