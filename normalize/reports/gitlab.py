"""The report for the code quality widget of GitLab.

Form: docs.gitlab.com, “Code Quality report format”. Fingerprints must differ, or GitLab shows one finding of several.
"""

from __future__ import annotations

from normalize.reports.findings import Checked, Severity, path_fingerprint
from normalize.reports.json_document import as_json
from normalize.reports.report import Report, Stream

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}


class GitlabReport(Report):
    """A JSON array, an object a finding."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._write("[")
        self._comma = ""

    def _add(self, checked: Checked) -> None:
        for finding in checked.findings:
            begin, end = checked.lines(finding) or (1, 1)  # lines are required, whatever the file
            issue = {
                "description": checked.message(finding),
                "check_name": finding.entry,
                "fingerprint": path_fingerprint(checked, finding),
                "severity": _SEVERITIES[finding.severity],
                "location": {"path": checked.path, "lines": {"begin": begin, "end": end}},
            }
            self._write(self._comma + as_json(issue))
            self._comma = ","

    def close(self) -> None:
        """Write the end of the array."""
        self._write("]")
