"""The report in the XML of Checkstyle, which Jenkins and many editors read."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from normalize.reports.escaping import xml_text
from normalize.reports.findings import Checked, Severity
from normalize.reports.report import Report, Stream

CHECKSTYLE_VERSION = "4.3"
"""Version of the form: the one that linters other than Checkstyle itself write."""
_SEVERITIES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "info"}


class CheckstyleReport(Report):
    """An element a document with findings, and in it one a finding."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._write('<?xml version="1.0" encoding="utf-8"?>', f'<checkstyle version="{CHECKSTYLE_VERSION}">')

    def _add(self, checked: Checked) -> None:
        if not checked.findings:
            return
        file = Element("file", name=xml_text(checked.path))
        for finding in checked.findings:
            line = (checked.lines(finding) or (1, 1))[0]  # readers want a line, whatever the file
            SubElement(
                file, "error", line=str(line), column=str(finding.column if checked.placed else 1),
                severity=_SEVERITIES[finding.severity], message=xml_text(checked.message(finding)),
                source=xml_text(finding.entry),
            )  # fmt: skip
        self._write(tostring(file, encoding="unicode"))

    def close(self) -> None:
        """Write the end of the root element."""
        self._write("</checkstyle>")
