"""The report as JSON Lines: an object a document, and the summary last. Form: docs/schemas/check-report-line-1.json."""

from __future__ import annotations

from normalize.reports.findings import Checked
from normalize.reports.json_document import REPORT_VERSION, as_json, document_data, tool_data
from normalize.reports.report import Report


class JsonLinesReport(Report):
    """A line a document, or a record with findings, with ``type`` ``document``, then one with ``type`` ``summary``."""

    def _add(self, checked: Checked) -> None:
        self._write(as_json({"version": REPORT_VERSION, "type": "document", **document_data(checked)}))

    def close(self) -> None:
        """Write the summary; a report without it was broken off."""
        summary = self.summary.to_dict()
        self._write(as_json({"version": REPORT_VERSION, "type": "summary", "tool": tool_data(), **summary}))
