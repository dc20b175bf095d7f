"""The report for people: a line a finding, in colour on a terminal, fit for grep in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from normalize.reports.escaping import visible
from normalize.reports.findings import Checked, Finding, Kind, counted, flat, verdict_words
from normalize.reports.report import Report, Stream

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {"clean": "green", "suspicious": "yellow", "spun": "bold red"}

Piece = str | tuple[str, str]
"""A piece of a line: a text, or a text with its style."""


class TextReport(Report):
    """Verdicts and findings as they come, and a summary at the end, which also counts records without findings.

    With a console the lines are in colour; without, they are written as they are, which is a good deal quicker.
    """

    def __init__(self, stream: Stream, console: Console | None = None) -> None:
        super().__init__(stream)
        self._console = console

    def _add(self, checked: Checked) -> None:
        verdict = checked.verdict
        name = visible(checked.title(checked.name))
        words = verdict_words(verdict).removeprefix(verdict.label)
        count = counted(checked.edits, "finding")
        self._line((name, "bold"), ": ", (verdict.label, _STYLES[verdict.label]), f"{words}, {count}")
        for finding in checked.findings:
            if finding.kind is not Kind.VERDICT:  # the line above says it
                self._line(f"{visible(checked.place(checked.name, finding))}: ", *finding_pieces(finding))

    def close(self) -> None:
        """Write the summary."""
        self._line(self.summary.sentence())

    def _line(self, *pieces: Piece) -> None:
        if self._console is None:
            self._write("".join(piece if isinstance(piece, str) else piece[0] for piece in pieces))
        else:
            from rich.text import Text

            self._console.print(Text.assemble(*pieces))


def finding_pieces(finding: Finding) -> list[Piece]:
    """Give what a line says of a finding after its place."""
    if finding.kind is Kind.EDIT:
        before, after = (visible(flat(words or "")) for words in (finding.before, finding.after))
        return [
            (f"“{before}”", "red"), " → ", (f"“{after}”", "green"), f" ({finding.confidence:.2f}) ",
            (f"[{finding.entry}]", "dim"),
        ]  # fmt: skip
    return [f"{finding.severity}: {visible(finding.message)} [{finding.entry}]"]


def finding_line(checked: Checked, finding: Finding) -> str:
    """Give a line on a finding, without the name of its document: ``3:34: “mentioned” → “said” (0.99) [entry]``."""
    pieces = finding_pieces(finding)
    is_whole = finding.kind is Kind.VERDICT and not checked.placed
    place = "" if is_whole else visible(f"{checked.inner_place(finding)}: ")
    return place + "".join(piece if isinstance(piece, str) else piece[0] for piece in pieces)
