"""Findings: what a check reports of a document, made once from its plan and the same in every report format."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path, PurePath

from normalize.document import Document, Places
from normalize.plan import Edit, Note, Plan, Verdict

WORDS_AROUND = 3
"""How many words on either side of a finding are part of its fingerprint."""
CHARACTERS_AROUND = 80
"""How far those words are looked for, in characters: a text need not have blanks."""


class Severity(StrEnum):
    """How much a finding weighs, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Kind(StrEnum):
    """What a finding is about: the document as a whole, a place to be restored, or something only to look at."""

    VERDICT = "verdict"
    EDIT = "edit"
    NOTE = "note"


def severity_of(kind: Kind, label: str, note: str = "") -> Severity:
    """Give the severity of a finding of a kind in a document with a verdict's label; the only place that decides.

    A spun document is one error, whatever the number of its edits: they, and a document that is only suspicious, are
    warnings. ``note`` is a note's own severity: a high one is a warning.
    """
    if kind is Kind.NOTE:
        return Severity.WARNING if note == "high" else Severity.NOTE
    return Severity.ERROR if kind is Kind.VERDICT and label == "spun" else Severity.WARNING


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    ``entry`` is the id of the phrasebook entry of an edit, ``verdict/spun`` or ``verdict/suspicious``, or the kind of a
    note. ``start`` and ``end`` are offsets, lines and columns count from 1, all in characters (Unicode code points) of
    the text, the end exclusive; a verdict stands at the very beginning. ``before`` and ``after`` are the words of an
    edit, ``confidence`` (0 to 1) the probability that it is right. ``fingerprint`` tells the finding from all others
    of its document and stays the same when lines shift.
    """

    kind: Kind
    entry: str
    severity: Severity
    message: str
    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int
    fingerprint: str
    before: str | None = None
    after: str | None = None
    confidence: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found in one document: all that a report needs, without the text. Picklable.

    ``name`` is the document's name as it was given.
    """

    name: str
    verdict: Verdict
    findings: tuple[Finding, ...]

    @property
    def path(self) -> str:
        """The name with slashes, relative to the working folder when it is below it, as other programs want it."""
        path = PurePath(self.name)
        if path.is_absolute() and path.is_relative_to(Path.cwd()):
            path = path.relative_to(Path.cwd())
        return path.as_posix()

    @property
    def edits(self) -> int:
        """How many edits were found."""
        return sum(finding.kind is Kind.EDIT for finding in self.findings)

    @property
    def notes(self) -> int:
        """How many notes were made."""
        return sum(finding.kind is Kind.NOTE for finding in self.findings)


@dataclass(slots=True)
class Summary:
    """Counts over all documents of a run: ``labels`` by verdict, and all edits and notes."""

    labels: Counter[str] = field(default_factory=Counter)
    edits: int = 0
    notes: int = 0

    def add(self, checked: Checked) -> None:
        """Count a document."""
        self.labels[checked.verdict.label] += 1
        self.edits += checked.edits
        self.notes += checked.notes

    @property
    def documents(self) -> int:
        """How many documents were checked."""
        return self.labels.total()

    def to_dict(self) -> dict[str, int]:
        """Give the counts as plain data."""
        labels = {label: self.labels[label] for label in ("spun", "suspicious", "clean")}
        return {"documents": self.documents, **labels, "edits": self.edits, "notes": self.notes}

    def sentence(self) -> str:
        """Give the counts in words: ``3 documents: 1 spun, 2 clean; 44 findings``."""
        labels = ", ".join(
            f"{self.labels[label]} {label}" for label in ("spun", "suspicious", "clean") if self.labels[label]
        )
        notes = f", {counted(self.notes, 'note')}" if self.notes else ""
        documents = counted(self.documents, "document")
        return f"{documents}{': ' if labels else ''}{labels}; {counted(self.edits, 'finding')}{notes}"


def examine(document: Document, plan: Plan, verdict_known: bool = False) -> Checked:
    """Make the findings of a document from its plan: first the verdict unless it is clean, then edits and notes.

    With ``verdict_known`` the verdict is no finding: somebody has seen and accepted it.
    """
    findings: list[Finding] = []
    if plan.verdict.label != "clean" and not verdict_known:
        findings.append(_verdict_finding(plan.verdict))
    if plan.edits or plan.notes:
        findings += _place_findings(document.text, plan)
    return Checked(document.name, plan.verdict, tuple(findings))


def verdict_words(verdict: Verdict) -> str:
    """Give a verdict in words: ``spun (probability 1.00, family classic)``."""
    family = f", family {verdict.family}" if verdict.family else ""
    return f"{verdict.label} (probability {verdict.probability:.2f}{family})"


def counted(number: int, noun: str) -> str:
    """Give a number with its noun in the right form: ``1 finding``, ``2 findings``."""
    return f"{number} {noun}{'s' * (number != 1)}"


def flat(text: str) -> str:
    """Give a text on one line, its white space as single blanks."""
    return " ".join(text.split())


def _verdict_finding(verdict: Verdict) -> Finding:
    entry = f"verdict/{verdict.label}"
    message = f"the document is {verdict_words(verdict)}"
    severity = severity_of(Kind.VERDICT, verdict.label)
    return Finding(Kind.VERDICT, entry, severity, message, 0, 0, 1, 1, 1, 1, _hash(entry))


def _place_findings(text: str, plan: Plan) -> Iterator[Finding]:
    places = Places(text)
    seen: Counter[tuple[str, ...]] = Counter()
    items: tuple[Edit | Note, ...] = (*plan.edits, *plan.notes)
    for item in items:
        kind = Kind.EDIT if isinstance(item, Edit) else Kind.NOTE
        place = (item.start, item.end, *places.of(item.start), *places.of(item.end))
        fingerprint = _fingerprint(text, item, seen)
        severity = severity_of(kind, plan.verdict.label, item.severity if isinstance(item, Note) else "")
        if isinstance(item, Edit):
            message = f"“{flat(item.before)}” likely stands for “{flat(item.after)}” (confidence {item.confidence:.2f})"
            extra = (item.before, item.after, item.confidence, item.reason)
            yield Finding(kind, item.entry, severity, message, *place, fingerprint, *extra)
        else:
            yield Finding(kind, item.kind, severity, flat(item.message), *place, fingerprint)


def _fingerprint(text: str, item: Edit | Note, seen: Counter[tuple[str, ...]]) -> str:
    """Hash an entry with the words of the place and around it, and how many of the same came before it."""
    before = text[max(0, item.start - CHARACTERS_AROUND) : item.start].split()[-WORDS_AROUND:]
    after = text[item.end : item.end + CHARACTERS_AROUND].split()[:WORDS_AROUND]
    entry = item.entry if isinstance(item, Edit) else item.kind
    key = (entry, flat(text[item.start : item.end]), " ".join(before), " ".join(after))
    seen[key] += 1
    return _hash(*key, str(seen[key]))


def _hash(*parts: str) -> str:
    """Give the first 32 hexadecimal digits of the SHA-256 of texts, kept apart."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def path_fingerprint(checked: Checked, finding: Finding) -> str:
    """Give a fingerprint that also tells the document, for readers that do not look at the path beside it."""
    return _hash(checked.path, finding.fingerprint)
