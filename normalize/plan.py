"""Plans: the list of edits for a text, with the verdict behind them. Applying a plan is the only way a text changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args

from normalize.errors import PlanError

PLAN_VERSION = 1

Severity = Literal["low", "medium", "high"]
"""How much a note matters: ``low`` when there is time, ``medium`` wants a look, ``high`` is damage for certain."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement: ``before`` at ``start``–``end`` (characters of the spun text) becomes ``after``.

    ``entry`` is the id of the phrasebook entry, ``confidence`` the probability from 0 to 1 that the edit is right.
    """

    start: int
    end: int
    before: str
    after: str
    entry: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something to look at that is never rewritten, such as a fact at risk; offsets as in ``Edit``.

    Kinds: ``leftover-line`` and ``leftover-marker`` (of a scrape), ``fact`` (a number, date or negation at risk),
    ``quotation`` (not verbatim), ``spintax``, ``grammar`` (broken by a replacement), ``rewritten`` (not restorable).
    Plans that were written before notes had a severity read as ``low``.
    """

    start: int
    end: int
    kind: str
    message: str
    severity: Severity = "low"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a document is: ``label`` clean, suspicious or spun, with a probability from 0 to 1 that it was spun.

    ``family`` names the likeliest spinner family, None for a clean document. ``log_odds`` is the natural log of the
    odds for spun. ``words`` is the length of the document. ``evidence`` lists the forms that say most, best first,
    as (form, occurrences, nats).
    """

    label: str
    probability: float
    family: str | None
    log_odds: float
    words: int
    evidence: tuple[tuple[str, int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Edits of one text in order, not overlapping, with the SHA-256 of the text (as UTF-8) that they belong to."""

    sha256: str
    verdict: Verdict
    edits: tuple[Edit, ...]
    notes: tuple[Note, ...] = ()
    path: str | None = None

    def apply(self, text: str) -> str:
        """Give the restored text.

        Raises:
            PlanError: the plan belongs to another text.

        """
        if digest(text) != self.sha256:
            raise PlanError(_mismatch(self, "is not the text that the plan was made for"))
        for edit in self.edits:
            if text[edit.start : edit.end] != edit.before:
                raise PlanError(_mismatch(self, f"does not hold {edit.before!r} at character {edit.start}"))
        return apply_edits(text, self.edits)

    def undo(self, restored: str) -> str:
        """Give back the text that the plan was applied to.

        Raises:
            PlanError: the text is not what the plan makes.

        """
        pieces: list[str] = []
        at = shift = 0
        for edit in self.edits:
            start = edit.start + shift
            end = start + len(edit.after)
            if restored[start:end] != edit.after:
                raise PlanError(_mismatch(self, f"does not hold {edit.after!r} at character {start}"))
            pieces += (restored[at:start], edit.before)
            at = end
            shift += len(edit.after) - len(edit.before)
        text = "".join(pieces) + restored[at:]
        if digest(text) != self.sha256:
            raise PlanError(_mismatch(self, "is not what the plan made"))
        return text

    def keep_confident(self, minimum: float) -> Plan:
        """Give the plan without edits of lower confidence than ``minimum`` (0 to 1)."""
        return replace(self, edits=tuple(edit for edit in self.edits if edit.confidence >= minimum))

    def to_json(self) -> str:
        """Write the plan in the form of the design (docs/plan.md), two blanks to a level."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Give the plan as plain data, as it stands in JSON."""
        return {
            "version": PLAN_VERSION,
            "source": {"path": self.path, "sha256": self.sha256},
            "verdict": asdict(self.verdict),
            "edits": [asdict(edit) for edit in self.edits],
            "notes": [asdict(note) for note in self.notes],
        }

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read what ``to_json`` wrote.

        Raises:
            PlanError: the text is no plan, or one of another version.

        """
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise PlanError(f"not a plan: line {error.lineno}, column {error.colno}: {error.msg}") from None
        except RecursionError:
            raise PlanError("not a plan: it is nested too deeply") from None
        if not isinstance(data, dict) or "edits" not in data:
            raise PlanError("not a plan: make one with: unspin plan FILE")
        if data.get("version") != PLAN_VERSION:
            raise PlanError(f"a plan of version {data.get('version')!r}; this program reads version {PLAN_VERSION}")
        try:
            return cls._from_dict(data)
        except (KeyError, TypeError, ValueError) as error:
            raise PlanError(f"not a plan: {type(error).__name__}: {error}") from None

    @classmethod
    def _from_dict(cls, data: Mapping[str, Any]) -> Plan:
        verdict = dict(data["verdict"])
        verdict["evidence"] = tuple((form, int(n), float(nats)) for form, n, nats in verdict.get("evidence", ()))
        edits = tuple(_typed(Edit, edit) for edit in data["edits"])
        at = 0
        for edit in edits:
            if not at <= edit.start <= edit.end or edit.end - edit.start != len(edit.before):
                message = f"the edit at {edit.start} overlaps another or does not fit its text"
                raise ValueError(message)
            at = edit.end
        notes = tuple(_typed(Note, note) for note in data.get("notes", ()))
        for note in notes:
            if note.severity not in get_args(Severity):
                message = f"severity is {note.severity!r}; it must be low, medium or high"
                raise ValueError(message)
        source = data["source"]
        return cls(str(source["sha256"]), _typed(Verdict, verdict), edits, notes, source.get("path"))


_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,), "float": (int, float), "str": (str,), "str | None": (str, type(None)),
}  # fmt: skip


def _typed(kind: Any, values: Any) -> Any:
    """Make a record from plain data, refusing values of another type than the record's fields have."""
    if not isinstance(values, dict):
        message = f"{values!r} is no {kind.__name__.lower()}"
        raise TypeError(message)
    for item in fields(kind):
        wanted = _TYPES.get(str(item.type))
        if wanted and item.name in values and type(values[item.name]) not in wanted:
            message = f"{item.name} is {values[item.name]!r}"
            raise TypeError(message)
    return kind(**values)


def digest(text: str) -> str:
    """Give the SHA-256 of a text as hexadecimal, over its UTF-8 form (lone surrogates as they are)."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def apply_edits(text: str, edits: tuple[Edit, ...]) -> str:
    """Replace the spans of edits that are in order and do not overlap; everything else stays as it is."""
    pieces: list[str] = []
    at = 0
    for edit in edits:
        pieces += (text[at : edit.start], edit.after)
        at = edit.end
    pieces.append(text[at:])
    return "".join(pieces)


def _mismatch(plan: Plan, problem: str) -> str:
    origin = f" (made for {plan.path})" if plan.path else ""
    return f"the text {problem}; make a new plan, or give the text that this one belongs to{origin}"
