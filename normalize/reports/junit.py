"""The report in the XML of JUnit: a test case a document. Form: junit-10.xsd of the Jenkins xUnit plug-in.

Of a file of many records, each record with findings is a test case, and all others together are one that passes.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from xml.etree.ElementTree import Element, SubElement, tostring
from xml.sax.saxutils import quoteattr

from normalize.reports.escaping import xml_text
from normalize.reports.findings import Checked, Severity, counted, shown_path, verdict_words
from normalize.reports.report import Report, Stream
from normalize.reports.text import finding_line

IN_MEMORY = 1_000_000
"""Characters of test cases kept in memory before they go to a temporary file."""
CLASS_NAME = "unspin.check"


def has_error(checked: Checked) -> bool:
    """Tell whether a document has a finding of severity error: it was spun."""
    return any(finding.severity is Severity.ERROR for finding in checked.findings)


class JunitReport(Report):
    """A test case a document; it has failed when ``fails`` says so. Findings of the others stand in its output.

    The counts of cases and failures come before the cases, which therefore wait in a temporary file.
    """

    def __init__(self, stream: Stream, fails: Callable[[Checked], bool] = has_error) -> None:
        super().__init__(stream)
        self._fails = fails
        self._tests = self._failures = 0
        self._cases = tempfile.SpooledTemporaryFile(IN_MEMORY, "w+", encoding="utf-8", newline="\n")  # noqa: SIM115

    def _add(self, checked: Checked) -> None:
        case = Element("testcase", classname=CLASS_NAME, name=xml_text(checked.title(checked.path)))
        lines = "\n".join(finding_line(checked, finding) for finding in checked.findings)
        if self._fails(checked):
            self._failures += 1
            worst = checked.findings[0].entry
            notes = f", {counted(checked.notes, 'note')}" if checked.notes else ""
            message = f"{verdict_words(checked.verdict)}, {counted(checked.edits, 'finding')}{notes}"
            SubElement(case, "failure", type=xml_text(worst), message=xml_text(message)).text = xml_text(lines)
        elif lines:
            SubElement(case, "system-out").text = xml_text(lines)
        self._write_case(case)

    def _count(self, name: str, labels: Mapping[str, int]) -> None:
        number = sum(labels.values())
        if not number:
            return
        case = Element("testcase", classname=CLASS_NAME, name=xml_text(shown_path(name)))
        SubElement(case, "system-out").text = f"{counted(number, 'record')} without findings"
        self._write_case(case)

    def _write_case(self, case: Element) -> None:
        self._tests += 1
        self._cases.write(tostring(case, encoding="unicode") + "\n")

    def close(self) -> None:
        """Write the whole report."""
        counts = {"name": "unspin", "tests": self._tests, "failures": self._failures, "errors": 0}
        attributes = " ".join(f"{name}={quoteattr(str(value))}" for name, value in counts.items())
        self._write('<?xml version="1.0" encoding="utf-8"?>', "<testsuites>", f"<testsuite {attributes}>")
        with self._cases as cases:
            cases.seek(0)
            shutil.copyfileobj(cases, self._stream)
        self._write("</testsuite>", "</testsuites>")

    def discard(self) -> None:
        """Take the temporary file away."""
        self._cases.close()
