"""A run over corpora on one machine: batches to worker processes, results to the output, a journal of what is safe."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from normalize.corpus.journal import Journal, Point, identify
from normalize.corpus.outputs import PartialFile, Pipe, partial_path
from normalize.corpus.processes import in_order
from normalize.corpus.records import RecordWork
from normalize.corpus.settings import Settings
from normalize.errors import InputError
from normalize.formats.batches import Batch, Format, Reject, Result
from normalize.formats.files import STDIN, STDIN_NAME
from normalize.formats.kinds import make_format
from normalize.formats.packing import faults, open_packed, pack, pack_nothing, packing_of

COMMIT_SECONDS = 1.0
"""How often what was written is brought to disk and noted in the journal: what a killed run loses at most."""


class Job(NamedTuple):
    """One input and where it goes; no target means standard output."""

    source: str
    target: Path | None
    format: str

    @property
    def shown(self) -> str:
        """The name of the input in messages."""
        return STDIN_NAME if self.source == STDIN else self.source

    @property
    def form_needs_file(self) -> bool:
        """Tell whether the format cannot be read from or written to a pipe."""
        return self.format in ("parquet", "arrow")


class Task(NamedTuple):
    """A batch on its way to a worker; ``read`` counts the bytes of the file read so far."""

    format: str
    batch: Batch
    packing: str
    read: int


class RestoreWorker:
    """Restores batches. The normalizer is made in the process that uses it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._work: RecordWork | None = None
        self._formats: dict[str, Format] = {}

    def __getstate__(self) -> Settings:
        return self.settings

    def __setstate__(self, settings: Settings) -> None:
        self.__init__(settings)  # type: ignore[misc]

    @property
    def work(self) -> RecordWork:
        """The work on a record, made on first use."""
        if self._work is None:
            self._work = RecordWork(self.settings)
        return self._work

    def format(self, name: str) -> Format:
        """Give a format, made on first use."""
        if name not in self._formats:
            self._formats[name] = make_format(name)
        return self._formats[name]

    def __call__(self, task: Task) -> Result:
        """Restore a batch, and pack the output."""
        return self._packed(self.format(task.format).work(task.batch, self.work), task)

    def split(self, task: Task) -> list[Task]:
        """Cut a task in two, or give it alone when it holds one record."""
        return [task._replace(batch=batch) for batch in self.format(task.format).split(task.batch)]

    def give_up(self, task: Task, reason: str) -> Result:
        """Pass the one record of a task on as it is."""
        return self._packed(self.format(task.format).give_up(task.batch, self.work, reason), task)

    def _packed(self, result: Result, task: Task) -> Result:
        return replace(result, output=pack(result.output, task.packing))

    def merge(self, first: Result, second: Result) -> Result:
        """Join the results of two parts of a task."""
        counts = dict(first.counts)
        add_counts(counts, second.counts)
        return Result(first.output + second.output, [*first.rejects, *second.rejects], counts)


class Watch(Protocol):
    """Is told how a run goes."""

    def begin(self, name: str, size: int) -> None:
        """Take note that an input of ``size`` bytes (0: unknown) is begun."""

    def advance(self, read: int, counts: Mapping[str, int]) -> None:
        """Take note of how many bytes of the input are through, and of all counts so far."""

    def reject(self, source: str, reject: Reject) -> None:
        """Take note of a record that was passed on as it is."""


@dataclass(slots=True)
class Run:
    """A run over some inputs with fixed settings.

    ``rejects`` is a file for what could not be worked on. ``strict`` stops at the first such record. ``resume`` goes on
    where an interrupted run stopped, or begins where there was none. ``journal`` is where the run keeps its journal; it
    is needed for outputs that are files.
    """

    jobs: Sequence[Job]
    settings: Settings
    watch: Watch
    processes: int = 1
    rejects: Path | None = None
    strict: bool = False
    resume: bool = False
    journal: Path | None = None
    _journal: Journal | None = None
    _rejects: PartialFile | None = None
    _point: Point = field(default_factory=Point)

    def run(self) -> Mapping[str, int]:
        """Do all inputs and give the counts.

        Raises:
            InputError: an input cannot be read, an output cannot be written, or a record is rejected in strict mode.

        """
        worker = RestoreWorker(self.settings)
        worker.work  # noqa: B018 - a bad phrasebook is reported before anything is written, and compiled once for all
        identities = self._open()
        try:
            for number in range(self._point.file, len(self.jobs)):
                self._one(number, identities, worker)
                self._point = Point(number + 1, rejects=self._point.rejects, counts=self._point.counts)
            if self._rejects is not None:
                self._rejects.finish()
            if self._journal is not None:
                self._journal.remove()
        finally:
            if self._journal is not None:
                self._journal.close()
            if self._rejects is not None:
                self._rejects.close()
        return self._point.counts

    def _open(self) -> Sequence[str]:
        """Open the journal and the rejects; gives what each input was when the run began."""
        identities: Sequence[str] = [self._identity(job) for job in self.jobs]
        if self.journal is not None:
            header = {
                "inputs": [job.source for job in self.jobs],
                "outputs": [str(job.target) for job in self.jobs],
                "rejects file": str(self.rejects),
                "settings": self.settings.fingerprint(),
                "identities": identities,
            }
            if self.resume and self.journal.exists():
                self._journal, self._point, identities = Journal.resume(self.journal, header)
            else:
                self._journal = Journal.begin(self.journal, header)
        through = self._point.ended and self._point.file == len(self.jobs) - 1
        if self.rejects is not None and not (
            through and self.rejects.exists() and not partial_path(self.rejects).exists()
        ):
            self._rejects = PartialFile(self.rejects, self._point.rejects)
        return identities

    def _identity(self, job: Job) -> str:
        if job.source == STDIN or job.target is None:
            return ""
        return identify(Path(job.source))

    def _one(self, number: int, identities: Sequence[str], worker: RestoreWorker) -> None:
        """Do one input, or what is left of it."""
        job = self.jobs[number]
        point = self._point
        if point.ended and job.target is not None and not partial_path(Path(os.path.realpath(job.target))).exists():
            return  # killed between the renaming and the note of it
        output: PartialFile | Pipe = Pipe() if job.target is None else PartialFile(job.target, point.output)
        try:
            form = worker.format(job.format)
            if not point.ended:
                if self._identity(job) != identities[number]:
                    raise InputError(
                        f"{job.shown}: has changed since the run began; delete {self.journal} to begin anew"
                    )
                self._restore(job, form, worker, output)
            self._finish(job, form, output)
        except OSError as error:
            raise InputError(f"{job.target or 'standard output'}: cannot be written: {error.strerror}") from None
        finally:
            output.close()

    def _restore(self, job: Job, form: Format, worker: RestoreWorker, output: PartialFile | Pipe) -> None:
        counts = dict(self._point.counts)
        last = time.monotonic()
        place: Mapping[str, int] = self._point.place
        with (
            open_source(job) as raw,
            closing(in_order(self.tasks(job, form, worker, raw), worker, self.processes)) as done,
        ):
            for task, result in done:
                output.write(result.output)
                add_counts(counts, result.counts)
                self._reject(job, result)
                self.watch.advance(task.read, counts)
                place = task.batch.end
                if place and time.monotonic() - last >= COMMIT_SECONDS:
                    self._commit(output, place, counts, ended=False)
                    last = time.monotonic()
        if not output.size and job.target is not None:
            output.write(pack_nothing(packing_of(job.target.name)))
        self._commit(output, place, counts, ended=True)

    def tasks(self, job: Job, form: Format, worker: RestoreWorker, raw: BinaryIO) -> Iterator[Task]:
        """Give the tasks of one open input, from where the run stands.

        Raises:
            InputError: the input is broken or not of its format.

        """
        packing = packing_of(job.target.name) if job.target is not None else ""
        self.watch.begin(job.shown, _size(raw))
        try:
            stream = open_packed(raw, packing_of(job.source))
            for batch in form.batches(stream, self._point.place, worker.work):
                yield Task(job.format, batch, packing, _tell(raw))
        except InputError as error:
            raise InputError(f"{job.shown}: {error}") from None
        except faults() as error:
            raise InputError(f"{job.shown}: broken after byte {_tell(raw):,} of the file: {error}") from None

    def _reject(self, job: Job, result: Result) -> None:
        for reject in result.rejects:
            if self.strict:
                raise refusal(job.shown, reject)
            self.watch.reject(job.shown, reject)
            if self._rejects is not None:
                self._rejects.write(reject.to_json(job.shown))

    def _commit(
        self, output: PartialFile | Pipe, place: Mapping[str, int], counts: dict[str, int], *, ended: bool
    ) -> None:
        """Bring all that was written to disk, and note in the journal how far that is."""
        output.sync()
        if self._rejects is not None:
            self._rejects.sync()
        rejects = self._rejects.size if self._rejects is not None else 0
        self._point = Point(self._point.file, place, output.size, rejects, dict(counts), ended)
        if self._journal is not None:
            self._journal.note(self._point)

    def _finish(self, job: Job, form: Format, output: PartialFile | Pipe) -> None:
        complete = None
        make = getattr(form, "make_complete", None)
        if make is not None and isinstance(output, PartialFile):
            output.close()
            complete = output.path.with_name(f"{output.path.name}.complete")
            make(output.path, complete, Path(job.source), list(RecordWork.names(self.settings).values()))
        output.finish(complete)


def refusal(name: str, reject: Reject) -> InputError:
    """Give the error that says which record of a file stopped a strict run."""
    place = f"{name}:{reject.line}" if reject.line else f"{name}: record {reject.record}"
    return InputError(f"{place}: {reject.reason} (--strict stops at the first such record)")


def results(
    jobs: Sequence[Job], settings: Settings, worker: RestoreWorker, processes: int, watch: Watch
) -> Generator[tuple[Job, Result], None, None]:
    """Look through inputs without writing any: give each batch's result with its input, in order.

    Raises:
        InputError: an input cannot be read, or is not of its format, when all before the fault is through.

    """
    worker.work  # noqa: B018 - a bad phrasebook is reported first
    run = Run(jobs, settings, watch)
    counts: dict[str, int] = {}
    for job in jobs:
        form = worker.format(job.format)
        with open_source(job) as raw, closing(in_order(run.tasks(job, form, worker, raw), worker, processes)) as done:
            for task, result in done:
                add_counts(counts, result.counts)
                watch.advance(task.read, counts)
                yield job, result


def add_counts(counts: dict[str, int], more: Mapping[str, int]) -> None:
    """Add counts to others."""
    for name, number in more.items():
        counts[name] = counts.get(name, 0) + number


def open_source(job: Job) -> closing[BinaryIO]:
    """Open an input, to be closed at the end of a ``with``.

    Raises:
        InputError: it cannot be read.

    """
    if job.source == STDIN:
        import sys

        return closing(sys.stdin.buffer)
    try:
        return closing(Path(job.source).open("rb"))
    except OSError as error:
        raise InputError(f"{job.source}: cannot be read: {error.strerror}") from None


def _size(raw: BinaryIO) -> int:
    with suppress(OSError, ValueError):
        return os.fstat(raw.fileno()).st_size
    return 0


def _tell(raw: BinaryIO) -> int:
    with suppress(OSError, ValueError):
        return raw.tell()
    return 0
