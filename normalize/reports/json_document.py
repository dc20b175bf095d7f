"""The report as one JSON document. Its form is docs/schemas/check-report-1.json."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from normalize.reports.findings import Checked, Finding
from normalize.reports.report import Report, Stream

REPORT_VERSION = 1
"""Version of the form of JSON and JSON Lines reports: raised when a field changes its meaning or goes away."""


def as_json(data: object) -> str:
    """Give data as JSON on one line, letters beyond ASCII as they are."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False)


def document_data(checked: Checked) -> dict[str, Any]:
    """Give what was found in a document as plain data."""
    verdict = asdict(checked.verdict)
    findings = [_finding_data(finding) for finding in checked.findings]
    return {"path": checked.path, **_record_data(checked), "verdict": verdict, "findings": findings}


def _finding_data(finding: Finding) -> dict[str, Any]:
    data = {name: value for name, value in asdict(finding).items() if value is not None}
    if finding.spelled == finding.after:
        data.pop("spelled", None)
    return data


def _record_data(checked: Checked) -> dict[str, Any]:
    """Give which record of its file a document is, and what its lines count in; nothing where the file is the text."""
    record = checked.record
    data: dict[str, Any] = {}
    if record is not None:
        data = {"record": record.number, "line": record.line or None, "id": record.id}
    if record is not None or not checked.placed:
        data["lines_of"] = "file" if checked.placed else "text"
    return {name: value for name, value in data.items() if value is not None}


def tool_data() -> dict[str, str]:
    """Give name and version of this program."""
    return {"name": "unspin", "version": version("unspin")}


class JsonReport(Report):
    """One JSON object: version, tool, documents, summary. A document stands on a line of its own."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._write(f'{{"version": {REPORT_VERSION}, "tool": {as_json(tool_data())}, "documents": [')

    def _add(self, checked: Checked) -> None:
        comma = "," if self.summary.documents > 1 else ""
        self._write(comma + as_json(document_data(checked)))

    def close(self) -> None:
        """Write the summary and the end of the object."""
        self._write(f'], "summary": {as_json(self.summary.to_dict())}}}')
