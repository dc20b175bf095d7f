"""A run over many files that each hold one text: worker processes restore them, and a journal tells which are done."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from normalize.corpus.engine import normalizer_for
from normalize.corpus.outputs import PartialFile, sync_folder
from normalize.corpus.processes import BATCH, in_order
from normalize.corpus.result_cache import ResultCache, settings_digest
from normalize.corpus.settings import program
from normalize.corpus.text_files import (
    NO_SPACE,
    SYNCS_ALL,
    FileOutcome,
    FilesOutcome,
    TextFile,
    TextSettings,
    TextWorker,
)
from normalize.corpus.tree_journal import TreeJournal
from normalize.errors import InputError
from normalize.formats.files import check_writable, temporary_path


class TextWatch(Protocol):
    """Is told how a run goes."""

    def begin(self, name: str, size: int) -> None:
        """Take note that a run over ``size`` texts is begun."""

    def advance(self, read: int, counts: Mapping[str, int]) -> None:
        """Take note of how many texts are through, and of all counts so far."""

    def reject_text(self, line: str) -> None:
        """Take note of a text that could not be worked on: its name, and why."""


@dataclass(slots=True)
class TreeRun:
    """A run over texts that are files.

    Args:
        names: of the texts.
        settings: gives those of a text.
        target: gives where a text goes; its own name when ``in_place``.
        in_place: texts are written back, and only those that change.
        journal: the file that tells what is done.
        header: what must be the same for a run to be gone on with.
        watch: is told how it goes.
        processes: number of workers.
        rejects: file for the texts that could not be worked on.
        strict: stop at the first of them.
        resume: go on where an interrupted run stopped, or begin where there was none.
        cache: folder of remembered results; None does without.
        problems: folders that could not be searched, with the reasons; they are counted as rejected.

    """

    names: Sequence[str]
    settings: Callable[[str], TextSettings]
    target: Callable[[str], Path]
    in_place: bool
    journal: Path
    header: Mapping[str, Any]
    watch: TextWatch
    processes: int = 1
    rejects: Path | None = None
    strict: bool = False
    resume: bool = False
    cache: Path | None = None
    problems: Sequence[tuple[str, str]] = ()
    counts: dict[str, int] = field(default_factory=dict)
    _folder: Path | None = None
    _digests: dict[TextSettings, str] = field(default_factory=dict)
    _program: bytes = b""
    _rejects: PartialFile | None = None

    def run(self) -> Mapping[str, int]:
        """Do all texts and give the counts, under the names of ``normalize.formats.batches.COUNTED``.

        Raises:
            InputError: the disk is full, the journal or the rejects cannot be written, or a text is rejected in strict
                mode.
            UnspinError: a phrasebook or the model cannot be used.

        """
        self._program = program()
        if self.names:
            # A bad phrasebook is told before anything is written, and what is loaded now, all workers share.
            normalizer_for(self.settings(self.names[0]).engine)
        if self.rejects is not None:
            check_writable(self.rejects)
        resumes = self.resume and self.journal.exists()
        journal = (TreeJournal.resume if resumes else TreeJournal.begin)(self.journal, self.header)
        with ExitStack() as stack:
            stack.callback(journal.close)
            if self.rejects is not None:
                self._rejects = PartialFile(self.rejects)
                stack.callback(self._rejects.close)
            store = None if self.cache is None else stack.enter_context(ResultCache(self.cache))
            self._all(journal, store)
            self._sync_folder(None)
            if not self.in_place and SYNCS_ALL:
                os.sync()
            if self._rejects is not None:
                self._rejects.sync()
                self._rejects.finish()
            journal.remove()
        return self.counts

    def _all(self, journal: TreeJournal, store: ResultCache | None) -> None:
        under_way: deque[list[TextFile]] = deque()
        worker = TextWorker(in_place=self.in_place, cache=self.cache)
        self.watch.begin("", len(self.names))
        for folder, reason in self.problems:
            self._reject(folder, reason)
        try:
            with closing(in_order(self._tasks(journal, under_way), worker, self.processes)) as done:
                for task, outcome in done:
                    self._settle(task, outcome, journal)
                    under_way.popleft()
                    if store is not None:
                        store.take(outcome.rows)
        finally:
            _clean_up(under_way)

    def _tasks(self, journal: TreeJournal, under_way: deque[list[TextFile]]) -> Iterator[list[TextFile]]:
        names = iter(self.names)
        while batch := list(islice(names, BATCH)):
            task = []
            for name in batch:
                settings = self.settings(name)
                task.append(TextFile(name, self.target(name), settings, journal.known(name, self._digest(settings))))
            under_way.append(task)
            yield task

    def _digest(self, settings: TextSettings) -> str:
        """Give a hash of all that a restored text depends on besides itself.

        Raises:
            InputError: a file that the settings name cannot be read.

        """
        found = self._digests.get(settings)
        if found is None:
            try:
                found = settings_digest(self._program, [settings], settings.engine.files).hex()[:16]
            except OSError as error:
                raise InputError(f"{error.filename}: cannot be read: {error.strerror}") from None
            self._digests[settings] = found
        return found

    def _settle(self, task: Sequence[TextFile], outcome: FilesOutcome, journal: TreeJournal) -> None:
        """Note what became of some texts, and give their new files their names."""
        files = outcome.files
        bad = next((at for at, file in enumerate(files) if file.reason), len(files)) if self.strict else len(files)
        fresh = [
            (file.name, self._digest(one.settings), file.written)
            for one, file in zip(task[:bad], files, strict=False)
            if file.written is not None and not file.confirmed
        ]
        journal.note(fresh, sync=self.in_place and any(file.temporary for file in files[:bad]))
        for file in files[:bad]:
            reason = self._put_in_place(file)
            self._count(file, reason)
        if bad < len(files):
            raise InputError(f"{_told(files[bad].name, files[bad].reason)} (--strict stops at the first such text)")
        self.watch.advance(self.counts["records"], self.counts)

    def _put_in_place(self, file: FileOutcome) -> str:
        """Give a new file its name; gives the reason why the text could not be worked on, if so."""
        if file.temporary is None:
            return file.reason
        target = Path(os.path.realpath(file.target))
        try:
            file.temporary.replace(target)
        except OSError as error:
            if error.errno in NO_SPACE:
                raise InputError(f"{file.target}: cannot be written: {error.strerror}") from None
            file.temporary.unlink(missing_ok=True)
            problem = f"{file.target}: cannot be written: {error.strerror}"
            if self.strict:
                raise InputError(f"{problem} (--strict stops at the first such text)") from None
            return file.reason or problem
        if self.in_place or not SYNCS_ALL:
            self._sync_folder(target.parent)
        return file.reason

    def _sync_folder(self, folder: Path | None) -> None:
        """Bring the new names in a folder to disk when the run leaves it."""
        if self._folder is not None and folder != self._folder:
            sync_folder(self._folder)
        self._folder = folder

    def _count(self, file: FileOutcome, reason: str) -> None:
        written = file.written
        self._add("records")
        if reason or written is None:
            self._reject(file.name, reason)
            return
        self._add(written.label)
        self._add("edits", written.edits)
        self._add("changed", written.edits > 0)

    def _reject(self, name: str, reason: str) -> None:
        self._add("rejected")
        self.watch.reject_text(_told(name, reason))
        if self._rejects is None:
            return
        line = json.dumps({"source": name, "reason": reason}, ensure_ascii=False)
        try:
            self._rejects.write(line.encode("utf-8", "backslashreplace") + b"\n")
        except OSError as error:
            raise InputError(f"{self.rejects}: cannot be written: {error.strerror}") from None

    def _add(self, name: str, number: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + number


def _told(name: str, reason: str) -> str:
    return reason if reason.startswith(f"{name}: ") else f"{name}: {reason}"


def _clean_up(under_way: Sequence[Sequence[TextFile]] | deque[list[TextFile]]) -> None:
    """Remove what workers wrote for texts that the run did not come to."""
    for task in under_way:
        for file in task:
            with suppress(OSError):
                temporary_path(Path(os.path.realpath(file.target))).unlink(missing_ok=True)
