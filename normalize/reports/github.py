"""Annotations of a pull request, as workflow commands of GitHub Actions.

Form and escapes: docs.github.com, “Workflow commands for GitHub Actions”, and the function escapeProperty of
actions/toolkit. GitHub shows ten annotations of each severity a step.
"""

from __future__ import annotations

from normalize.reports.findings import Checked, Finding, Severity
from normalize.reports.report import Report

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


class GithubReport(Report):
    """A workflow command a finding, and nothing else."""

    def _add(self, checked: Checked) -> None:
        for finding in checked.findings:
            properties = ",".join(
                f"{name}={escape_property(str(value))}" for name, value in _properties(checked, finding).items()
            )
            self._write(f"::{_COMMANDS[finding.severity]} {properties}::{escape_message(checked.message(finding))}")

    def close(self) -> None:
        """Write nothing: there is no end to mark."""


def _properties(checked: Checked, finding: Finding) -> dict[str, object]:
    properties: dict[str, object] = {"file": checked.path}
    if lines := checked.lines(finding):
        properties |= {"line": lines[0], "endLine": lines[1]}
    if checked.placed and finding.line == finding.end_line:  # GitHub takes columns only on one line
        properties |= {"col": finding.column, "endColumn": max(finding.column, finding.end_column - 1)}
    return {**properties, "title": finding.entry}


def escape_message(text: str) -> str:
    """Escape what would end a command: per cent signs and line ends."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Escape what would end a property of a command: colons and commas as well."""
    return escape_message(text).replace(":", "%3A").replace(",", "%2C")
