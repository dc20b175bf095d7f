"""Reports of check: each format against its schema, and with names and texts that try to break it."""

from __future__ import annotations

import io
import json
import pickle
import re
import urllib.parse
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft202012Validator
from lxml import etree
from referencing import Registry, Resource

from normalize.cli.thresholds import FailOn, Threshold
from normalize.document import Document
from normalize.plan import Edit, Note, Plan, Verdict, digest
from normalize.reports.escaping import markdown_code, visible
from normalize.reports.findings import Checked, Kind, Part, Record, Severity, examine, examine_record, severity_of
from normalize.reports.formats import ENDINGS, LOG_FORMATS, Format, format_of, make_report
from normalize.reports.markdown import ROOM_FOR_DOCUMENTS, ROOM_FOR_FINDINGS

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = ROOT / "tests" / "schemas"
OWN_SCHEMAS = ROOT / "docs" / "schemas"

SPUN = Verdict("spun", 0.998, "classic", 6.2, 120, (("mentioned", 2, 4.7),))
SUSPICIOUS = Verdict("suspicious", 0.61, "stars", 0.4, 90)
CLEAN = Verdict("clean", 0.01, None, -5.0, 80)


def checked(
    text: str = "He mentioned it.",
    name: str = "a.txt",
    verdict: Verdict = SPUN,
    edits: tuple[tuple[str, str], ...] = (("mentioned", "said"),),
    notes: tuple[tuple[str, str], ...] = (),
    entry: str = "classic/verbs/mention",
) -> Checked:
    """Examine a text with a plan made here: an edit for each (before, after), a note for each (place, message)."""
    made, at = [], 0
    for before, after in edits:
        start = text.index(before, at)
        at = start + len(before)
        made.append(Edit(start, at, before, after, entry, 0.97, f"“{before}” for “{after}”"))
    noted = [Note(text.index(at), text.index(at) + len(at), "leftover-line", message) for at, message in notes]
    return examine(Document(text, name), Plan(digest(text), verdict, tuple(made), tuple(noted), name))


def render(chosen: Format, *documents: Checked) -> str:
    """Give a report as the text that is written to a file."""
    stream = io.StringIO()
    report = make_report(chosen, stream)
    for document in documents:
        report.add(document)
    report.close()
    return stream.getvalue().encode("utf-8", "replace").decode()


@cache
def own_schema(name: str) -> Draft202012Validator:
    loaded = {path.name: json.loads(path.read_text()) for path in OWN_SCHEMAS.glob("*.json")}
    registry: Registry[Any] = Registry().with_resources(
        (name, Resource.from_contents(schema)) for name, schema in loaded.items()
    )
    return Draft202012Validator(loaded[name], registry=registry)


@cache
def sarif_schema() -> Draft4Validator:
    return Draft4Validator(json.loads((SCHEMAS / "sarif-2.1.0-rtm.5.json").read_text()))


@cache
def junit_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd"))


GITLAB = Draft202012Validator(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": {"type": "string", "minLength": 1},
                "check_name": {"type": "string", "minLength": 1},
                "fingerprint": {"type": "string", "pattern": "^[0-9a-f]+$"},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "properties": {
                        "path": {"type": "string", "pattern": r"^(?!\./)"},
                        "lines": {"required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}},
                    },
                },
            },
        },
    }
)
"""What the documentation of GitLab asks for."""


class Page(HTMLParser):
    """Collects the elements and the text of a page, and complains about what is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read_text(report: str) -> list[str]:
    lines = report.splitlines()
    assert re.match(r"\d+ documents?(: |; )", lines[-1])
    return re.findall(r"\[([^\[\]]+)\]$", report, re.MULTILINE)


def read_json(report: str) -> list[str]:
    data = json.loads(report)
    own_schema("check-report-1.json").validate(data)
    return [finding["entry"] for document in data["documents"] for finding in document["findings"]]


def read_jsonl(report: str) -> list[str]:
    records = [json.loads(line) for line in report.split("\n")[:-1]]
    for record in records:
        own_schema("check-report-line-1.json").validate(record)
    assert [record["type"] for record in records] == ["document"] * (len(records) - 1) + ["summary"]
    return [finding["entry"] for record in records[:-1] for finding in record["findings"]]


def read_sarif(report: str) -> list[str]:
    data = json.loads(report)
    sarif_schema().validate(data)
    run = data["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    assert all(rule["help"]["text"] and rule["help"]["markdown"] for rule in run["tool"]["driver"]["rules"])
    for result in run["results"]:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"(file://)?[A-Za-z0-9/._~%-]+", uri)
    return [result["ruleId"] for result in run["results"]]


COMMAND = re.compile(
    r"::(error|warning|notice) file=([^\n:,]+),line=\d+,endLine=\d+(?:,col=\d+,endColumn=\d+)?,title=([^\n:,]+)::([^\n\r]+)"
)


def read_github(report: str) -> list[str]:
    found = [COMMAND.fullmatch(line) for line in report.split("\n")[:-1]]
    assert all(found)
    return [urllib.parse.unquote(match[3]) for match in found if match]


def read_junit(report: str) -> list[str]:
    root = etree.fromstring(report.encode())
    junit_schema().assertValid(root)
    suite = root.find("testsuite")
    assert suite is not None
    assert suite.get("tests") == str(len(suite.findall("testcase")))
    assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
    texts = [element.text or "" for element in suite.iter("failure", "system-out")]
    return [entry for text in texts for entry in re.findall(r"\[([^\[\]]+)\]$", text, re.MULTILINE)]


def read_checkstyle(report: str) -> list[str]:
    root = etree.fromstring(report.encode())
    assert root.tag == "checkstyle"
    assert {element.tag for element in root} <= {"file"}
    errors = root.findall("file/error")
    assert all(set(error.attrib) == {"line", "column", "severity", "message", "source"} for error in errors)
    assert all(error.get("severity") in ("error", "warning", "info") for error in errors)
    return [str(error.get("source")) for error in errors]


def read_gitlab(report: str) -> list[str]:
    data = json.loads(report)
    GITLAB.validate(data)
    prints = [issue["fingerprint"] for issue in data]
    assert len(set(prints)) == len(prints)
    return [issue["check_name"] for issue in data]


def read_markdown(report: str) -> list[str]:
    rows = [line for line in report.split("\n") if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 6 for row in rows)
    found = [re.search(r"<code>([^<]*)</code> \|$", row) for row in rows]
    return [re.sub(r"&#(\d+);", lambda code: chr(int(code[1])), match[1]) for match in found if match]


def read_html(report: str) -> list[str]:
    page = Page()
    page.feed(report)
    page.close()
    assert page.open == []
    assert not page.seen & {"script", "img", "a", "link", "iframe", "b"}
    return re.findall(r"<td>([^<]*)</td></tr>$", report, re.MULTILINE)


READERS: dict[Format, Callable[[str], list[str]]] = {chosen: globals()[f"read_{chosen}"] for chosen in Format}
"""For each format, what reads a report strictly and gives the entries of its findings."""
WITHOUT_VERDICT = {Format.TEXT, Format.MARKDOWN}
"""Formats that show the verdict on a document in another way than as a finding."""

every_format = pytest.mark.parametrize("chosen", list(Format))


@every_format
def test_no_documents(chosen: Format) -> None:
    assert READERS[chosen](render(chosen)) == []


@every_format
def test_clean_documents_have_no_findings(chosen: Format) -> None:
    documents = [checked(name=f"{number}.txt", verdict=CLEAN, edits=()) for number in range(3)]
    assert READERS[chosen](render(chosen, *documents)) == []


@every_format
def test_all_formats_have_the_same_entries(chosen: Format) -> None:
    text = "Share on Faces\nHe mentioned it.\rShe mentioned\r\nthe matter."
    notes = (("Share on Faces", "a leftover of the scrape: “Share on Faces”"),)
    documents = [
        checked(text, "spun.txt", edits=(("mentioned", "said"), ("mentioned", "noted")), notes=notes),
        checked(text, "suspicious.txt", SUSPICIOUS),
        checked(text, "clean.txt", CLEAN, (), notes),
    ]
    expected = [finding.entry for document in documents for finding in document.findings]
    assert expected == [
        "verdict/spun", "classic/verbs/mention", "classic/verbs/mention", "leftover-line",
        "verdict/suspicious", "classic/verbs/mention", "leftover-line",
    ]  # fmt: skip
    if chosen in WITHOUT_VERDICT:
        expected = [entry for entry in expected if not entry.startswith("verdict/")]
    assert READERS[chosen](render(chosen, *documents)) == expected


HOSTILE = {
    "line ends": "a\nb\r\nc\rd\u2028e\x85f\x0bg",
    "quotes": "\"double\" 'single' `back` “curly”",
    "commands": "::error file=x::y %0A%25,=:",
    "markup": "<script>alert(1)</script><b>&amp;]]>--><img src=x onerror=alert(1)>",
    "cells": "a | b \\| c || # head * _ [x](http://example.org) ~~ @name #1 $x$",
    "controls": "\x00\x01\x08\x1b[31m\x7f\x9b\ufffe\uffff",
    "surrogates": "bad \udcff\udce4 \ud800",
    "emoji": "👩‍👩‍👧 𝒳 é\u0301 \u202eleft\u202c",
    "braces": "{0} {x} [text](1) \\[ \\\\",
    "long": "word" * 3000,
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
@every_format
def test_hostile_names_and_texts(chosen: Format, hostile: str) -> None:
    """Whatever stands in names, texts and messages, the report stays well-formed and has just the findings there are."""
    name = f"{hostile}.txt"
    text = f"{hostile} He mentioned it. {hostile}"
    documents = [
        checked(text, name, edits=((hostile, hostile + "!"), ("mentioned", "said")), notes=((hostile, hostile),)),
        checked(text, f"/{name}", SUSPICIOUS, ()),
    ]
    expected = [finding.entry for document in documents for finding in document.findings]
    if chosen in WITHOUT_VERDICT:
        expected = [entry for entry in expected if not entry.startswith("verdict/")]
    found = READERS[chosen](render(chosen, *documents))
    if chosen is Format.MARKDOWN and hostile == HOSTILE["long"]:
        expected = expected[: len(found)]  # not all have room
    assert found == expected


@given(name=st.text(min_size=1), words=st.text(min_size=1), other=st.text())
def test_any_text_leaves_every_report_well_formed(name: str, words: str, other: str) -> None:
    document = checked(f"{other}{words}", name, edits=((words, other),), notes=((words, words),))
    for chosen in Format:
        READERS[chosen](render(chosen, document))


@every_format
def test_many_documents(chosen: Format, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than there is room for in memory, where a format has to wait for its end."""
    monkeypatch.setattr("normalize.reports.junit.IN_MEMORY", 1000)
    text = "He mentioned it. " * 100
    documents = [checked(text, f"{number}.txt", edits=(("mentioned", "said"),) * 100) for number in range(15)]
    report = render(chosen, *documents)
    edits = [entry for entry in READERS[chosen](report) if not entry.startswith("verdict/")]
    if chosen is Format.MARKDOWN:
        assert 0 < len(edits) < 1500
        assert len(report) < ROOM_FOR_DOCUMENTS + ROOM_FOR_FINDINGS + 2000
        assert f"And {1500 - len(edits)} more findings." in report
    else:
        assert len(edits) == 1500


def test_a_gigantic_name_leaves_the_markdown_report_within_a_comment() -> None:
    document = checked(name="n" * 100_000)
    assert "1 document: 1 spun; 1 finding." in render(Format.MARKDOWN, document)
    assert "And 1 more document." in render(Format.MARKDOWN, document)
    assert len(render(Format.MARKDOWN, document)) < 1000


TEXTS = {
    "plain": ("one\ntwo mentioned three", (2, 5, 2, 14)),
    "carriage returns": ("one\rtwo\r\nmentioned", (3, 1, 3, 10)),
    "astral": ("😀😀 mentioned", (1, 4, 1, 13)),
    "combining": ("e\u0301 mentioned", (1, 4, 1, 13)),
    "at the end of a line": ("mentioned\n", (1, 1, 1, 10)),
}


@pytest.mark.parametrize(("text", "place"), TEXTS.values(), ids=TEXTS.keys())
def test_places_are_characters_in_every_format(text: str, place: tuple[int, int, int, int]) -> None:
    line, column, end_line, end_column = place
    document = checked(text)
    edit = json.loads(render(Format.JSON, document))["documents"][0]["findings"][1]
    assert text[edit["start"] : edit["end"]] == "mentioned"
    assert (edit["line"], edit["column"], edit["end_line"], edit["end_column"]) == place
    run = json.loads(render(Format.SARIF, document))["runs"][0]
    region = {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["results"][1]["locations"][0]["physicalLocation"]["region"] == region
    assert run["results"][1]["fixes"][0]["artifactChanges"][0]["replacements"] == [
        {"deletedRegion": region, "insertedContent": {"text": "said"}}
    ]
    assert f"line={line},endLine={end_line},col={column},endColumn={end_column - 1}," in render(Format.GITHUB, document)
    error = etree.fromstring(render(Format.CHECKSTYLE, document).encode()).findall("file/error")[1]
    assert (error.get("line"), error.get("column")) == (str(line), str(column))
    assert f"a.txt:{line}:{column}: “mentioned”" in render(Format.TEXT, document)


def test_sarif_fixes_restore_the_text(normalizer: Any, spun_article: str) -> None:
    """Applying all fixes of a report to the text gives what ``fix`` gives."""
    plan = normalizer.plan(spun_article, "a.txt")
    run = json.loads(render(Format.SARIF, examine(Document(spun_article, "a.txt"), plan)))["runs"][0]
    lines = spun_article.split("\n")
    for result in reversed(run["results"]):
        for fix in result.get("fixes", ()):
            (replacement,) = fix["artifactChanges"][0]["replacements"]
            region = replacement["deletedRegion"]
            assert region["startLine"] == region["endLine"]
            row = lines[region["startLine"] - 1]
            start, end = region["startColumn"] - 1, region["endColumn"] - 1
            lines[region["startLine"] - 1] = row[:start] + replacement["insertedContent"]["text"] + row[end:]
    assert "\n".join(lines) == plan.apply(spun_article)


NAMES = {
    "./a/b.txt": ("a/b.txt", "a/b.txt"),
    "a b/ü.txt": ("a b/ü.txt", "a%20b/%C3%BC.txt"),
    "c:d.txt": ("c:d.txt", "c%3Ad.txt"),
    "100%?#.txt": ("100%?#.txt", "100%25%3F%23.txt"),
    "../up.txt": ("../up.txt", "../up.txt"),
    "\udcff.txt": ("?.txt", "%FF.txt"),
    "<stdin>": ("<stdin>", "%3Cstdin%3E"),
}


@pytest.mark.parametrize(("name", "path", "uri"), [(name, *found) for name, found in NAMES.items()])
def test_paths_and_uris(name: str, path: str, uri: str) -> None:
    document = checked(name=name)
    assert json.loads(render(Format.JSON, document))["documents"][0]["path"] == path
    run = json.loads(render(Format.SARIF, document))["runs"][0]
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": uri, "uriBaseId": "%SRCROOT%"}


def test_an_absolute_name_below_the_working_folder_is_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert checked(name=str(tmp_path / "a" / "b.txt")).path == "a/b.txt"
    outside = checked(name=str(tmp_path.parent / "x y.txt"))
    assert outside.path == (tmp_path.parent / "x y.txt").as_posix()
    run = json.loads(render(Format.SARIF, outside))["runs"][0]
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": (tmp_path.parent / "x y.txt").as_uri()}


def test_fingerprints_survive_shifted_lines_and_differ_within_a_document() -> None:
    text = "Alpha beta gamma mentioned delta epsilon zeta. " * 3
    first = checked(text, edits=(("mentioned", "said"),) * 3)
    prints = [finding.fingerprint for finding in first.findings]
    assert len(set(prints)) == 4
    shifted = checked(f"A new line.\n\n{text}", edits=(("mentioned", "said"),) * 3)
    assert [finding.fingerprint for finding in shifted.findings][2:] == prints[2:]
    other = checked(text.replace("delta", "omega"), edits=(("mentioned", "said"),) * 3)
    assert not {finding.fingerprint for finding in other.findings[1:]} & set(prints)


def test_fingerprints_of_gitlab_differ_between_documents() -> None:
    report = json.loads(render(Format.GITLAB, checked(name="a.txt"), checked(name="b.txt")))
    assert len({issue["fingerprint"] for issue in report}) == len(report) == 4


def test_severities() -> None:
    found = {(kind, label): severity_of(kind, label) for kind in Kind for label in ("spun", "suspicious")}
    assert found == {
        (Kind.VERDICT, "spun"): Severity.ERROR,
        (Kind.VERDICT, "suspicious"): Severity.WARNING,
        (Kind.EDIT, "spun"): Severity.WARNING,
        (Kind.EDIT, "suspicious"): Severity.WARNING,
        (Kind.NOTE, "spun"): Severity.NOTE,
        (Kind.NOTE, "suspicious"): Severity.NOTE,
    }


class Escaped:
    """Places of a text that a file spells with escapes, on its fourth line."""

    def span(self, start: int, end: int) -> tuple[int, int, int, int]:
        return 4, start + 11, 4, end + 11

    def spelled(self, edit: Edit) -> str:
        return f"\\u0022{edit.after}"


def checked_record(*, placed: bool = True) -> Checked:
    """Examine the record of a file, in a format with lines or without."""
    edit = Edit(3, 12, "mentioned", "said", "classic/verbs/mention", 0.97, "so")
    plan = Plan(digest("He mentioned it."), SPUN, (edit,), (Note(13, 15, "fact", "look"),))
    part = Part("body", "He mentioned it.", plan, Escaped() if placed else None)
    return examine_record("a.jsonl", Record(3, 4 if placed else 0, "4711"), [part], "id 4711")


def test_schemas_describe_every_field_of_a_report() -> None:
    """The schemas let fields be added later; so what they do not name has to be found here."""
    stream = io.StringIO()
    report = make_report(Format.JSON, stream)
    report.add(checked(notes=(("it", "look"),)))
    report.add(checked_record())
    report.reject(1)
    report.close()
    data = json.loads(stream.getvalue())
    schema = own_schema("check-report-1.json").schema
    plain, record = data["documents"]
    of_records = {"record", "line", "id", "lines_of"}
    assert set(plain) == set(schema["$defs"]["document"]["properties"]) - of_records
    for kind, found in {"document": record, "verdict": plain["verdict"], "summary": data["summary"]}.items():
        assert set(found) == set(schema["$defs"][kind]["properties"])
    names = [{key for found in document["findings"] for key in found} for document in (plain, record)]
    assert names[1] == set(schema["$defs"]["finding"]["properties"])
    assert names[0] == names[1] - {"field", "spelled"}
    assert set(data) == set(schema["properties"])


@every_format
@pytest.mark.parametrize("placed", [True, False])
def test_records_that_have_no_findings_are_only_counted(chosen: Format, placed: bool) -> None:
    stream = io.StringIO()
    report = make_report(chosen, stream)
    report.add(checked_record(placed=placed))
    report.count("a.jsonl", {"clean": 1_000_000, "spun": 0})
    report.close()
    expected = ["verdict/spun", "classic/verbs/mention", "fact"]
    if chosen is Format.GITHUB and not placed:
        assert "::error file=a.jsonl,title=verdict/spun::record 3 (id 4711): the document is" in stream.getvalue()
    else:
        assert READERS[chosen](stream.getvalue()) == expected[chosen in WITHOUT_VERDICT :]
    assert report.summary.to_dict()["documents"] == 1_000_001
    assert len(stream.getvalue().splitlines()) < 60


@pytest.mark.parametrize("spoil", ["severity", "start", "fingerprint", "before", "kind"])
def test_schemas_refuse_what_is_no_report(spoil: str) -> None:
    data = json.loads(render(Format.JSON, checked()))
    assert own_schema("check-report-1.json").is_valid(data)
    del data["documents"][0]["findings"][1][spoil]
    assert not own_schema("check-report-1.json").is_valid(data)


def test_own_schemas_are_schemas() -> None:
    for path in OWN_SCHEMAS.glob("*.json"):
        Draft202012Validator.check_schema(json.loads(path.read_text()))


def test_a_verdict_that_is_known_is_no_finding() -> None:
    text = "He mentioned it."
    edit = Edit(3, 12, "mentioned", "said", "classic/verbs/mention", 0.9, "why")
    known = examine(Document(text, "a.txt"), Plan(digest(text), SPUN, (edit,)), verdict_known=True)
    assert [finding.kind for finding in known.findings] == [Kind.EDIT]
    assert not Threshold(None, None, False).fails(known)
    assert Threshold(FailOn.finding, None, False).fails(known)


def test_findings_can_be_pickled() -> None:
    document = checked(notes=(("it", "look"),))
    assert pickle.loads(pickle.dumps(document)) == document


@given(st.text())
def test_visible_text_stays_on_its_line(text: str) -> None:
    assert len(f"{visible(text)}x".splitlines()) == 1
    assert "\x1b" not in visible(text)


@given(st.text())
def test_markdown_code_has_no_marks(text: str) -> None:
    inner = markdown_code(text).removeprefix("<code>").removesuffix("</code>")
    assert not set(re.sub(r"&#\d+;", "", inner)) & set("<>&`|[]*_\\@#:\n\r")


def test_every_format_has_an_ending_but_for_logs() -> None:
    assert set(ENDINGS.values()) | LOG_FORMATS == set(Format)
    assert format_of("Report.SARIF") is Format.SARIF
    assert format_of("out/gl-code-quality-report.json") is Format.GITLAB
    assert format_of("TEST-junit.xml") is Format.JUNIT
    assert format_of("report.xml") is None


def test_the_guide_names_every_format_with_its_endings() -> None:
    guide = (ROOT / "docs" / "reports.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]*)\|", guide, re.MULTILINE))
    assert {name: set(re.findall(r"`([^`]+)`", endings)) for name, endings in rows.items() if name in list(Format)} == {
        chosen: {ending for ending, found in ENDINGS.items() if found is chosen} for chosen in Format
    }


def test_the_example_in_the_guide_fits_the_schema() -> None:
    guide = (ROOT / "docs" / "reports.md").read_text()
    (example,) = re.findall(r"```json\n(.*?)```", guide, re.DOTALL)
    own_schema("check-report-1.json").validate(json.loads(example))


def test_the_python_example_in_the_guide_runs(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "reports.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    target = tmp_path / "report.sarif"
    source = example.replace("report.sarif", str(target)).replace("docs/examples", str(ROOT / "docs" / "examples"))
    exec(compile(source, "docs/reports.md", "exec"), {})
    assert len(read_sarif(target.read_text())) > 10
