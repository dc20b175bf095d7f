"""Report formats by name and by file ending. Each format's module is imported only when it is used."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from normalize.reports.findings import Checked
    from normalize.reports.report import Report, Stream


class Format(StrEnum):
    """A format that ``unspin check`` reports in."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    SARIF = "sarif"
    GITHUB = "github"
    JUNIT = "junit"
    CHECKSTYLE = "checkstyle"
    GITLAB = "gitlab"
    MARKDOWN = "markdown"
    HTML = "html"


LOG_FORMATS = frozenset({Format.TEXT, Format.GITHUB})
"""Formats of single lines for people and for the log of a CI job: they can share standard output."""

_CLASSES = {
    Format.TEXT: ("text", "TextReport"),
    Format.JSON: ("json_document", "JsonReport"),
    Format.JSONL: ("json_lines", "JsonLinesReport"),
    Format.SARIF: ("sarif", "SarifReport"),
    Format.GITHUB: ("github", "GithubReport"),
    Format.JUNIT: ("junit", "JunitReport"),
    Format.CHECKSTYLE: ("checkstyle", "CheckstyleReport"),
    Format.GITLAB: ("gitlab", "GitlabReport"),
    Format.MARKDOWN: ("markdown", "MarkdownReport"),
    Format.HTML: ("html_page", "HtmlReport"),
}

ENDINGS = {
    "code-quality-report.json": Format.GITLAB,
    "checkstyle.xml": Format.CHECKSTYLE,
    "junit.xml": Format.JUNIT,
    ".sarif.json": Format.SARIF,
    ".sarif": Format.SARIF,
    ".json": Format.JSON,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".md": Format.MARKDOWN,
    ".markdown": Format.MARKDOWN,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".txt": Format.TEXT,
    ".log": Format.TEXT,
}
"""The format of a report file by the ending of its name, whatever its capitals; the first that fits."""


def format_of(name: str) -> Format | None:
    """Give the format that the ending of a file's name asks for, or None when it says nothing."""
    return next((found for ending, found in ENDINGS.items() if name.lower().endswith(ending)), None)


def make_report(chosen: Format, stream: Stream, fails: Callable[[Checked], bool] | None = None) -> Report:
    """Make a report in a format, to be written to a stream.

    ``fails`` tells whether a document makes the check fail, for formats that say so (junit); a spun one when None.
    """
    module, name = _CLASSES[chosen]
    extra = (fails,) if chosen is Format.JUNIT and fails is not None else ()
    report: Report = getattr(import_module(f"normalize.reports.{module}"), name)(stream, *extra)
    return report
