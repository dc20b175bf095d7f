"""The report for people: a line a finding, in colour on a terminal, fit for grep in a pipe."""

from __future__ import annotations

from collections import Counter

from rich.text import Text

from normalize.document import Document
from normalize.plan import Plan
from normalize.reports.terminal import console

_STYLES = {"clean": "green", "suspicious": "yellow", "spun": "bold red"}


class TextReport:
    """Prints verdicts and findings as they come, and a summary at the end."""

    def __init__(self) -> None:
        self._console = console()
        self._labels: Counter[str] = Counter()
        self._findings = 0

    def add(self, document: Document, plan: Plan) -> None:
        """Print the verdict on a document and its findings."""
        verdict = plan.verdict
        self._labels[verdict.label] += 1
        self._findings += len(plan.edits)
        family = f", family {verdict.family}" if verdict.family else ""
        line = Text.assemble(
            (document.name, "bold"), ": ", (verdict.label, _STYLES[verdict.label]),
            f" (probability {verdict.probability:.2f}{family}), {_count(len(plan.edits), 'finding')}",
        )  # fmt: skip
        self._console.print(line)
        for edit in plan.edits:
            row, column = document.place(edit.start)
            self._console.print(
                Text.assemble(
                    f"{document.name}:{row}:{column}: ",
                    ("“" + _flat(edit.before) + "”", "red"),
                    " → ",
                    ("“" + _flat(edit.after) + "”", "green"),
                    f" ({edit.confidence:.2f}) ",
                    (f"[{edit.entry}]", "dim"),
                )
            )
        for note in plan.notes:
            row, column = document.place(note.start)
            self._console.print(
                Text(f"{document.name}:{row}:{column}: note: {_flat(note.message)} [{note.kind}, {note.severity}]")
            )

    def close(self) -> None:
        """Print the summary."""
        labels = ", ".join(
            f"{self._labels[label]} {label}" for label in ("spun", "suspicious", "clean") if self._labels[label]
        )
        documents = _count(sum(self._labels.values()), "document")
        self._console.print(f"{documents}: {labels}; {_count(self._findings, 'finding')}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _flat(text: str) -> str:
    return " ".join(text.split())
