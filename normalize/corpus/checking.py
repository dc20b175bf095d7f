"""Check files of many records: judged in worker processes, and only what was found comes back.

A record without findings costs nothing but a count on its way back; a corpus has millions of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from normalize.corpus.baseline import Finding, record_findings
from normalize.corpus.engine import normalizer_for
from normalize.corpus.records import RecordWork, main_texts
from normalize.corpus.run import Job, RestoreWorker, Task, Watch, results
from normalize.corpus.settings import Settings
from normalize.formats.batches import Outcome, RecordError, Result, Text, Where
from normalize.plan import Edit, Note, Plan
from normalize.reports.findings import Checked, Part, Record, examine_record

IGNORED = "ignored"
"""Counted under this name: records that a comment in their text leaves out as a whole."""
LABELS = ("spun", "suspicious", "clean")


class CheckedRecord(NamedTuple):
    """What was found in a record, and for a baseline the names of its findings (empty where none is used)."""

    checked: Checked
    names: Sequence[Finding | None]


@dataclass(slots=True)
class CheckedBatch(Result):
    """A result with the records of a batch that have findings."""

    found: list[CheckedRecord] = field(default_factory=list)


class _Places:
    """Where the characters of a text stand in the file, through the quotation marks and escapes of its format."""

    def __init__(self, text: Text, where: Where) -> None:
        assert text.written is not None
        self._view = text.written()
        self._start = text.start
        self._where = where

    def span(self, start: int, end: int) -> tuple[int, int, int, int]:
        """Give line and column, both from 1, of the first character of a span and of its end."""
        placed = self._view.place_note(Note(start, end, "", ""))
        return (*self._of(placed.start), *self._of(placed.end))

    def _of(self, offset: int) -> tuple[int, int]:
        source, at = self._where.source, self._start + offset
        return self._where.line + source.count("\n", 0, at), at - source.rfind("\n", 0, at)

    def spelled(self, edit: Edit) -> str | None:
        """Give the new words of an edit as the file has to spell them; None where it cannot."""
        with suppress(RecordError):
            placed = self._view.place(edit)
            return None if placed is None else placed.after
        return None


class _CheckWork(RecordWork):
    """Work on records that makes findings; ``found`` are those of the batch at hand."""

    def __init__(self, settings: Settings, name: str, *, for_baseline: bool) -> None:
        super().__init__(settings, normalizer_for(settings.engine))
        self.found: list[CheckedRecord] = []
        self._name = name
        self._for_baseline = for_baseline

    def record(
        self, texts: Sequence[Text], identity: str | None = None, *, where: Where | None = None, ready: bool = False
    ) -> Outcome:
        """Check one record; it is left as it is."""
        if self.settings.extract and not ready:
            texts, ready = main_texts(texts), True
        silenced = self.silenced(texts, identity, "text" if ready else self.settings.text_format)
        plans = [found.plan for found in silenced]
        label = plans[0].verdict.label
        if silenced[0].whole:
            label = IGNORED
        elif label != "clean" or any(plan.edits or plan.notes for plan in plans):
            self.found.append(self._checked(texts, plans, identity, where or Where(0)))
        return Outcome([() for _ in texts], {}, label)

    def _checked(
        self, texts: Sequence[Text], plans: Sequence[Plan], identity: str | None, where: Where
    ) -> CheckedRecord:
        values = [text.value for text in texts]
        key = f"id {identity}" if identity is not None else f"text {_digest(values)}"
        parts = [
            Part(text.path, text.value, plan, None if text.written is None else _Places(text, where))
            for text, plan in zip(texts, plans, strict=True)
        ]
        checked = examine_record(self._name, Record(where.record, where.line, identity), parts, key)
        return CheckedRecord(checked, record_findings(key, values, plans) if self._for_baseline else ())


def _digest(values: Sequence[str]) -> str:
    """Give a hash of the texts of a record, which tells it from others where it has no id."""
    return hashlib.blake2b("\0".join(values).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


class CheckWorker(RestoreWorker):
    """Checks batches in a worker process; ``name`` is that of the file in reports."""

    def __init__(self, settings: Settings, name: str, *, for_baseline: bool = False) -> None:
        super().__init__(settings)
        self._state = (settings, name, for_baseline)

    def __getstate__(self) -> tuple[Settings, str, bool]:  # type: ignore[override]
        return self._state

    def __setstate__(self, state: tuple[Settings, str, bool]) -> None:  # type: ignore[override]
        settings, name, for_baseline = state
        self.__init__(settings, name, for_baseline=for_baseline)  # type: ignore[misc]

    @property
    def work(self) -> _CheckWork:
        """The work on a record, made on first use."""
        if not isinstance(self._work, _CheckWork):
            settings, name, for_baseline = self._state
            self._work = _CheckWork(settings, name, for_baseline=for_baseline)
        return self._work

    def __call__(self, task: Task) -> CheckedBatch:
        """Check a batch."""
        self.work.found = []
        result = self.format(task.format).work(task.batch, self.work)
        return CheckedBatch(b"", result.rejects, result.counts, self.work.found)

    def give_up(self, task: Task, reason: str) -> CheckedBatch:
        """Reject the one record of a task."""
        result = super().give_up(task, reason)
        return CheckedBatch(b"", result.rejects, result.counts)

    def merge(self, first: Result, second: Result) -> CheckedBatch:
        """Join the results of two parts of a task."""
        joined = super().merge(first, second)
        found = [record for part in (first, second) if isinstance(part, CheckedBatch) for record in part.found]
        return CheckedBatch(b"", joined.rejects, joined.counts, found)


def check_file(
    job: Job, settings: Settings, processes: int, watch: Watch, *, name: str, for_baseline: bool = False
) -> Generator[CheckedBatch, None, None]:
    """Check one file of records and give its batches in order.

    Args:
        job: the file; its target does not matter.
        settings: how records are read and judged.
        processes: at most so many worker processes.
        watch: is told how it goes.
        name: of the file in reports.
        for_baseline: whether the names that a baseline has for findings are wanted.

    Raises:
        InputError: the file cannot be read or is not of its format, when all before the fault is through.

    """
    chosen = replace(settings, add_fields=(), restore=False)
    worker = CheckWorker(chosen, name, for_baseline=for_baseline)
    with closing(results([job], chosen, worker, processes, watch)) as done:
        for _, result in done:
            if isinstance(result, CheckedBatch):
                yield result
