"""The report as a summary for a pull request, in GitHub's Markdown, which GitLab reads as well."""

from __future__ import annotations

from normalize.reports.escaping import markdown_code
from normalize.reports.findings import Checked, Finding, Kind, counted
from normalize.reports.report import Report, Stream

ROOM_FOR_DOCUMENTS = 20_000
ROOM_FOR_FINDINGS = 40_000
"""How many characters each table may take: a comment on GitHub may have 65,536."""


class MarkdownReport(Report):
    """Counts, a table of the first documents that are not clean, and the first findings in them."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._documents = _Table(ROOM_FOR_DOCUMENTS)
        self._findings = _Table(ROOM_FOR_FINDINGS)

    def _add(self, checked: Checked) -> None:
        verdict = checked.verdict
        if verdict.label != "clean":
            probability, edits = f"{verdict.probability:.2f}", str(checked.edits)
            family = markdown_code(verdict.family) if verdict.family else ""
            title = markdown_code(checked.title(checked.path))
            self._documents.add(_row(title, verdict.label, probability, family, edits))
        for finding in checked.findings:
            if finding.kind is not Kind.VERDICT:
                self._findings.add(_finding_row(checked, finding))

    def close(self) -> None:
        """Write the whole summary."""
        self._write("## unspin check", "", f"{self.summary.sentence()}.")
        if self._documents.number:
            self._write("", _row("document", "verdict", "probability", "family", "findings"), "|---|---|---:|---|---:|")
            self._write(*self._documents.lines("document"))
        if self._findings.number:
            self._write("", "<details>", "<summary>Findings</summary>", "")
            self._write(_row("place", "found", "likely original", "confidence", "entry"), "|---|---|---|---:|---|")
            self._write(*self._findings.lines("finding"), "", "</details>")


class _Table:
    """The first rows of a table, as many as there is room for, and how many there were."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._rows: list[str] = []
        self.number = 0

    def add(self, row: str) -> None:
        self.number += 1
        self._room -= len(row)
        if self._room >= 0:
            self._rows.append(row)

    def lines(self, noun: str) -> list[str]:
        left_out = self.number - len(self._rows)
        return [*self._rows, "", f"And {counted(left_out, f'more {noun}')}."] if left_out else self._rows


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _finding_row(checked: Checked, finding: Finding) -> str:
    place = markdown_code(checked.place(checked.path, finding))
    entry = markdown_code(finding.entry)
    if finding.kind is Kind.NOTE:
        return _row(place, markdown_code(finding.message), "", "", entry)
    before, after = markdown_code(finding.before or ""), markdown_code(finding.after or "")
    return _row(place, before, after, f"{finding.confidence:.2f}", entry)
