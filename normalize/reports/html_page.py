"""The report as one HTML page without scripts or files beside it: a table of all findings."""

from __future__ import annotations

from normalize.reports.escaping import html_text
from normalize.reports.findings import Checked, Finding, Kind, flat, verdict_words
from normalize.reports.report import Report, Stream

_HEAD = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>unspin check</title>
<style>
body { font-family: sans-serif; margin: 2em; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #ccc; overflow-wrap: anywhere; padding: 0.3em 0.6em; text-align: left; }
tr.document { background: #eee; }
tr.error td:nth-child(2) { color: #b00020; font-weight: bold; }
tr.warning td:nth-child(2) { color: #8a5a00; }
</style>
</head>
<body>
<h1>unspin check</h1>
<table>
<thead><tr><th>place</th><th>severity</th><th>finding</th><th>original</th><th>confidence</th><th>entry</th></tr></thead>
<tbody>"""


class HtmlReport(Report):
    """A table: a row a document with its verdict, below it a row a finding. The summary stands below the table."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._write(_HEAD)

    def _add(self, checked: Checked) -> None:
        title = f"{html_text(checked.title(checked.path))}: {html_text(verdict_words(checked.verdict))}"
        self._write(f'<tr class="document"><th colspan="6" scope="rowgroup">{title}</th></tr>')
        for finding in checked.findings:
            if finding.kind is Kind.VERDICT:
                cells = ["", finding.severity, finding.message, "", "", finding.entry]
            else:
                cells = _cells(checked, finding)
            row = "".join(f"<td>{html_text(cell)}</td>" for cell in cells)
            self._write(f'<tr class="{finding.severity}">{row}</tr>')

    def close(self) -> None:
        """Write the summary and the end of the page."""
        self._write("</tbody>", "</table>", f"<p>{html_text(self.summary.sentence())}</p>", "</body>", "</html>")


def _cells(checked: Checked, finding: Finding) -> list[str]:
    confidence = "" if finding.confidence is None else f"{finding.confidence:.2f}"
    words = flat(finding.before) if finding.before is not None else finding.message
    return [checked.inner_place(finding), finding.severity, words, flat(finding.after or ""), confidence, finding.entry]
