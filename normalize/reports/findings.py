"""Findings: what a check reports of a document, made once from its plan and the same in every report format."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path, PurePath
from typing import Protocol

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

    In a record, ``field`` is the path of the text that the finding is in, and offsets are those of that text; lines and
    columns are those of the file where ``Checked.placed`` says so. ``spelled`` is ``after`` as the file has to spell
    it, with its escapes; None where the file cannot hold it as it is.
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
    field: str | None = None
    spelled: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """Which record of a file a document is.

    ``number`` counts from 1, as does ``line``, where it begins in the file (0 where the format has no lines); ``id`` is
    the value of its id field, if it has one.
    """

    number: int
    line: int = 0
    id: str | None = None

    @property
    def named(self) -> str:
        """The record in words: ``record 12 (id 4711)``."""
        return f"record {self.number}{self._id}"

    @property
    def suffix(self) -> str:
        """What follows the name of the file: ``:12 (id 4711)``, or ``: record 12 (id 4711)`` without lines."""
        return f":{self.line}{self._id}" if self.line else f": {self.named}"

    @property
    def _id(self) -> str:
        return "" if self.id is None else f" (id {self.id})"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found in one document: all that a report needs, without the text. Picklable.

    ``name`` is the name of the document's file as it was given, ``record`` which record of it the document is; None for
    a file that is one document. ``placed`` says that lines and columns of findings are those of the file; otherwise
    they are those of a text that was taken out of it.
    """

    name: str
    verdict: Verdict
    findings: tuple[Finding, ...]
    record: Record | None = None
    placed: bool = True

    @property
    def path(self) -> str:
        """The name with slashes, relative to the working folder when it is below it, as other programs want it."""
        return shown_path(self.name)

    def title(self, shown: str) -> str:
        """Give what the document is called, ``shown`` being the name of its file: ``news.jsonl:12 (id 4711)``."""
        return shown if self.record is None else shown + self.record.suffix

    def place(self, shown: str, finding: Finding) -> str:
        """Give where a finding is, ``shown`` being the name of the file.

        ``news.jsonl:12:34`` is a place in the file, ``news.parquet: record 12, body 3:34`` one in a text.
        """
        if self.placed:
            return f"{shown}:{finding.line}:{finding.column}"
        record = "" if self.record is None else replace(self.record, id=None).suffix
        return f"{shown}{record}, {self.inner_place(finding)}"

    def inner_place(self, finding: Finding) -> str:
        """Give the place of a finding without the file: ``3:34``, after the field where it is a place in a text."""
        place = f"{finding.line}:{finding.column}"
        return place if self.placed else f"{finding.field or 'text'} {place}"

    def lines(self, finding: Finding) -> tuple[int, int] | None:
        """Give the first and the last line of the file that a finding is on; None when the file has no lines."""
        if self.placed:
            return finding.line, finding.end_line
        if self.record is not None and self.record.line:
            return self.record.line, self.record.line
        return None

    def message(self, finding: Finding) -> str:
        """Give the message of a finding, with the record and the field for readers that have no place for them."""
        if self.record is None:
            return finding.message
        field = "" if finding.field is None else f", {finding.field}"
        return f"{flat(self.record.named + field)}: {finding.message}"

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
    """Counts over all documents of a run: ``labels`` by verdict, and all edits and notes.

    ``rejected`` counts records that could not be checked.
    """

    labels: Counter[str] = field(default_factory=Counter)
    edits: int = 0
    notes: int = 0
    rejected: int = 0

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
        rejected = {"rejected": self.rejected} if self.rejected else {}
        return {"documents": self.documents, **labels, "edits": self.edits, "notes": self.notes, **rejected}

    def sentence(self) -> str:
        """Give the counts in words: ``3 documents: 1 spun, 2 clean; 44 findings``."""
        labels = ", ".join(
            f"{self.labels[label]} {label}" for label in ("spun", "suspicious", "clean") if self.labels[label]
        )
        notes = f", {counted(self.notes, 'note')}" if self.notes else ""
        documents = counted(self.documents, "document")
        rejected = f"; {counted(self.rejected, 'record')} could not be checked" if self.rejected else ""
        return f"{documents}{': ' if labels else ''}{labels}; {counted(self.edits, 'finding')}{notes}{rejected}"


class PlacesInFile(Protocol):
    """Where the characters of a text stand in its file."""

    def span(self, start: int, end: int) -> tuple[int, int, int, int]:
        """Give line and column, both from 1, of the first character of a span and of its end."""

    def spelled(self, edit: Edit) -> str | None:
        """Give the new words of an edit as the file has to spell them; None where it cannot."""


class _OwnPlaces:
    """Places in a text that is a file of its own, or that has no place in a file."""

    def __init__(self, text: str) -> None:
        self._places = Places(text)

    def span(self, start: int, end: int) -> tuple[int, int, int, int]:
        return (*self._places.of(start), *self._places.of(end))

    def spelled(self, edit: Edit) -> None:  # noqa: ARG002 - part of the interface
        return None


@dataclass(frozen=True, slots=True)
class Part:
    """A text of a record with its plan, the path of its field, and its places in the file if it has some there."""

    field: str
    text: str
    plan: Plan
    places: PlacesInFile | None = None


def examine(document: Document, plan: Plan, verdict_known: bool = False, *, placed: bool = True) -> Checked:
    """Make the findings of a document from its plan: first the verdict unless it is clean, then edits and notes.

    With ``verdict_known`` the verdict is no finding: somebody has seen and accepted it. ``placed`` says that the text
    is the whole file, so that its lines are those of the file.
    """
    findings: list[Finding] = []
    if plan.verdict.label != "clean" and not verdict_known:
        findings.append(_verdict_finding(plan.verdict))
    if plan.edits or plan.notes:
        findings += _place_findings(document.text, plan, _OwnPlaces(document.text))
    return Checked(document.name, plan.verdict, tuple(findings), placed=placed)


def examine_record(name: str, record: Record, parts: Sequence[Part], key: str) -> Checked:
    """Make the findings of a record of a file: first its verdict unless it is clean, then those of its texts in order.

    ``key`` tells the record from others of its file and is part of the fingerprints. The verdict stands where the
    record begins.
    """
    findings: list[Finding] = []
    verdict = parts[0].plan.verdict
    placed = all(part.places is not None for part in parts)
    if verdict.label != "clean":
        line = record.line if placed else 1
        findings.append(replace(_verdict_finding(verdict, (key,)), line=line, end_line=line))
    seen: Counter[tuple[str, ...]] = Counter()
    for part in parts:
        if part.plan.edits or part.plan.notes:
            places = part.places if placed and part.places is not None else _OwnPlaces(part.text)
            findings += (
                replace(finding, field=part.field)
                for finding in _place_findings(part.text, part.plan, places, (key, part.field), seen)
            )
    return Checked(name, verdict, tuple(findings), record, placed)


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


def shown_path(name: str) -> str:
    """Give a file name with slashes, relative to the working folder when it is below it."""
    path = PurePath(name)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return path.as_posix()


def _verdict_finding(verdict: Verdict, owner: tuple[str, ...] = ()) -> Finding:
    entry = f"verdict/{verdict.label}"
    message = f"the document is {verdict_words(verdict)}"
    severity = severity_of(Kind.VERDICT, verdict.label)
    return Finding(Kind.VERDICT, entry, severity, message, 0, 0, 1, 1, 1, 1, _hash(*owner, entry))


def _place_findings(
    text: str,
    plan: Plan,
    places: PlacesInFile,
    owner: tuple[str, ...] = (),
    seen: Counter[tuple[str, ...]] | None = None,
) -> Iterator[Finding]:
    """Give the findings of a text; ``owner`` says whose it is, ``seen`` counts what was found in texts before it."""
    seen = Counter() if seen is None else seen
    items: tuple[Edit | Note, ...] = (*plan.edits, *plan.notes)
    for item in items:
        kind = Kind.EDIT if isinstance(item, Edit) else Kind.NOTE
        place = (item.start, item.end, *places.span(item.start, item.end))
        fingerprint = _fingerprint(text, item, owner, seen)
        severity = severity_of(kind, plan.verdict.label, item.severity if isinstance(item, Note) else "")
        if isinstance(item, Edit):
            message = f"“{flat(item.before)}” likely stands for “{flat(item.after)}” (confidence {item.confidence:.2f})"
            extra = (item.before, item.after, item.confidence, item.reason, None, places.spelled(item))
            yield Finding(kind, item.entry, severity, message, *place, fingerprint, *extra)
        else:
            yield Finding(kind, item.kind, severity, flat(item.message), *place, fingerprint)


def _fingerprint(text: str, item: Edit | Note, owner: tuple[str, ...], seen: Counter[tuple[str, ...]]) -> str:
    """Hash an entry with the words of the place and around it, and how many of the same came before it."""
    before = text[max(0, item.start - CHARACTERS_AROUND) : item.start].split()[-WORDS_AROUND:]
    after = text[item.end : item.end + CHARACTERS_AROUND].split()[:WORDS_AROUND]
    entry = item.entry if isinstance(item, Edit) else item.kind
    key = (*owner, entry, flat(text[item.start : item.end]), " ".join(before), " ".join(after))
    seen[key] += 1
    return _hash(*key, str(seen[key]))


def _hash(*parts: str) -> str:
    """Give the first 32 hexadecimal digits of the SHA-256 of texts, kept apart."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def path_fingerprint(checked: Checked, finding: Finding) -> str:
    """Give a fingerprint that also tells the document, for readers that do not look at the path beside it."""
    return _hash(checked.path, finding.fingerprint)
