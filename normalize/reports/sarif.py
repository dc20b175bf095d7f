"""The report in SARIF 2.1.0, the OASIS standard that GitHub code scanning and many editors read."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from normalize.reports.findings import Checked, Finding, Kind
from normalize.reports.json_document import as_json, tool_data
from normalize.reports.report import Report, Stream

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
"""Where the standard's own schema is; readers use it as a name."""
FINGERPRINT = "unspinFinding/v1"
"""Name of our fingerprint among the partial ones, with the version of how it is made."""

_NO_FILE_NAME = re.compile(r"[\ud800-\udc7f\udd00-\udfff]")
"""Surrogates that stand for no byte of a file name, and cannot be encoded."""


class SarifReport(Report):
    """A log with one run. The rules follow the results, so that only the rules are kept in memory."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._rules: dict[str, dict[str, Any]] = {}
        self._indexes: dict[str, int] = {}
        self._comma = ""
        run = {"columnKind": "unicodeCodePoints", "newlineSequences": ["\r\n", "\n", "\r"]}
        self._write(f'{{"$schema": "{SCHEMA}", "version": "2.1.0", "runs": [{as_json(run)[:-1]}, "results": [')

    def _add(self, checked: Checked) -> None:
        for finding in checked.findings:
            self._write(self._comma + as_json(self._result(checked, finding)))
            self._comma = ","

    def close(self) -> None:
        """Write the rules and the end of the log."""
        driver = {**tool_data(), "rules": list(self._rules.values())}
        self._write(f'], "tool": {{"driver": {as_json(driver)}}}}}]}}')

    def _result(self, checked: Checked, finding: Finding) -> dict[str, Any]:
        if finding.entry not in self._rules:
            self._rules[finding.entry] = _rule(finding)
            self._indexes[finding.entry] = len(self._indexes)
        result: dict[str, Any] = {
            "ruleId": finding.entry,
            "ruleIndex": self._indexes[finding.entry],
            "level": str(finding.severity),
            "message": {"text": escape_message(checked.message(finding))},
            "locations": [_location(checked, finding)],
            "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        }
        properties = _record_properties(checked, finding)
        if finding.kind is Kind.EDIT:
            if checked.placed and (checked.record is None or finding.spelled is not None):
                result["fixes"] = [_fix(checked, finding)]
            properties = {"confidence": finding.confidence, "reason": finding.reason, **properties}
        if properties:
            result["properties"] = properties
        return result


def _location(checked: Checked, finding: Finding) -> dict[str, Any]:
    """Give the place of a finding: file and region, and for a record which one it is and the path of the field."""
    physical: dict[str, Any] = {"artifactLocation": location(checked)}
    lines = checked.lines(finding)
    if checked.placed:
        physical["region"] = _region(finding)
    elif lines:
        physical["region"] = {"startLine": lines[0], "endLine": lines[1]}
    if checked.record is None:
        return {"physicalLocation": physical}
    record = f"record {checked.record.number}"
    field = finding.field
    logical = {"name": field or record, "fullyQualifiedName": record if field is None else f"{record}/{field}"}
    return {"physicalLocation": physical, "logicalLocations": [logical]}


def _record_properties(checked: Checked, finding: Finding) -> dict[str, Any]:
    if checked.record is None:
        return {}
    values = {"record": checked.record.number, "id": checked.record.id, "field": finding.field}
    return {name: value for name, value in values.items() if value is not None}


def location(checked: Checked) -> dict[str, str]:
    """Give where a document is: a URI relative to the root of the sources, or a file URI for one outside of it.

    Bytes of a file name that are not UTF-8 are kept, as a URI can hold them.
    """
    path = _NO_FILE_NAME.sub("?", checked.path)
    if Path(path).is_absolute():
        return {"uri": Path(path).as_uri()}
    return {"uri": quote(os.fsencode(path), safe="/"), "uriBaseId": "%SRCROOT%"}


def escape_message(text: str) -> str:
    """Escape what a message would take for a placeholder or a link (SARIF 2.1.0, 3.11.5 and 3.11.6)."""
    for mark in "\\[]":
        text = text.replace(mark, f"\\{mark}")
    return text.replace("{", "{{").replace("}", "}}")


def _region(finding: Finding) -> dict[str, int]:
    return {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
    }


def _fix(checked: Checked, finding: Finding) -> dict[str, Any]:
    replacement = {"deletedRegion": _region(finding), "insertedContent": {"text": _inserted(finding)}}
    change = {"artifactLocation": location(checked), "replacements": [replacement]}
    return {"description": {"text": escape_message(finding.message)}, "artifactChanges": [change]}


def _inserted(finding: Finding) -> str | None:
    return finding.after if finding.spelled is None else finding.spelled


def _rule(finding: Finding) -> dict[str, Any]:
    """Give the rule of an entry, with help: what it says, and how it is looked at or turned off."""
    short, full, tags = _RULES.get(finding.entry) or _rule_of_kind(finding)
    return {
        "id": finding.entry,
        "shortDescription": {"text": escape_message(short)},
        "fullDescription": {"text": escape_message(full)},
        "help": {"text": escape_message(f"{short}\n\n{full}"), "markdown": f"**{escape_message(short)}**\n\n{full}"},
        "defaultConfiguration": {"level": str(finding.severity)},
        "properties": {"tags": tags},
    }


_RULES = {
    "verdict/spun": (
        "The document was machine-spun.",
        "Its words were swapped for near-synonyms, as the evidence of the whole text shows. "
        "`unspin explain FILE` shows that evidence, `unspin fix FILE` puts the likely original wording back.",
        ["verdict"],
    ),
    "verdict/suspicious": (
        "The document may have been machine-spun.",
        "There is evidence for it, but not enough to be sure. `unspin explain FILE` shows that evidence.",
        ["verdict"],
    ),
}


def _rule_of_kind(finding: Finding) -> tuple[str, str, list[str]]:
    if finding.kind is Kind.NOTE:
        return (
            "Something left over from a scrape.",
            "A line or a marker that no article was meant to hold. "
            "`unspin fix --strip-leftovers FILE` takes whole lines of this kind away.",
            ["note"],
        )
    family, _, rest = finding.entry.partition("/")
    form = rest.rpartition("/")[2].replace("-", " ")
    look = "`unspin explain FILE:LINE:COLUMN` shows why it was found."
    if family == "vocabulary":
        full = f"A word of this term was swapped for a near-synonym. {look}"
        return f"A known term with a word exchanged: {form}.", full, [family]
    full = f"Spinners of the {family} family write this form in the place of another wording. {look}"
    turn_off = f"`--disable {finding.entry}` turns it off."
    return f"A spun form of the {family} family: {form}.", f"{full} {turn_off}", [family]
