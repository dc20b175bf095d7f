"""Texts that are files of their own: restore one, and make its new content ready beside where it goes.

All of it is done by worker processes: reading, planning, and writing under another name. What is left is to give the
new file its name, once the journal knows of it (``normalize.corpus.tree_run``).
"""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from normalize.corpus.engine import EngineSettings, TextTask, normalizer_for
from normalize.corpus.keys import Keys
from normalize.document import Document
from normalize.errors import InputError
from normalize.formats.files import decode, encode, prepare, temporary_path, unpacked
from normalize.formats.packing import pack, pack_nothing, packing_of
from normalize.formats.views import plan_document, text_format
from normalize.ignoring import silence

if TYPE_CHECKING:
    from normalize.corpus.result_cache import ResultCache, Rows
    from normalize.plan import Plan

CHANGED = "has changed since the interrupted run wrote it; left as it is"
SYNCS_ALL = hasattr(os, "sync")
"""Whether all can be brought to disk at once. Then new outputs need not be one by one: the journal tells by their
digests which of them a power cut lost. In place each must be, since the new file takes the place of the only copy."""
FAILED = "the program failed on it"
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EMFILE, errno.ENFILE})
"""What goes wrong for one file and would for all after it: the run stops, to be resumed when it is put right."""


@dataclass(frozen=True, slots=True)
class TextSettings:
    """Everything that the restored text of a file depends on.

    ``kind`` is how it is read (``text``, ``markdown``, ``html``), or empty where its name decides. ``extract`` says
    that the main text of a page is wanted instead of the page.
    """

    engine: EngineSettings = field(default_factory=EngineSettings)
    encoding: str | None = None
    allow: tuple[str, ...] = ()
    kind: str = ""
    extract: bool = False


class Written(NamedTuple):
    """What a journal says of a text: digests of its file before and of its output after, verdict, number of edits."""

    before: str
    after: str
    label: str
    edits: int


class TextFile(NamedTuple):
    """A text to restore. ``known`` is what an interrupted run noted of it."""

    name: str
    target: Path
    settings: TextSettings
    known: Written | None = None


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of a text.

    ``reason`` says why it could not be worked on, and is empty otherwise. ``written`` is what to note of it.
    ``temporary`` holds the new content where some is to be put in place. ``confirmed`` says that all was done before.
    """

    name: str
    target: Path
    reason: str = ""
    written: Written | None = None
    temporary: Path | None = None
    confirmed: bool = False


@dataclass(slots=True)
class FilesOutcome:
    """What became of several texts; ``rows`` go to the store of results."""

    files: list[FileOutcome] = field(default_factory=list)
    rows: list[Rows] = field(default_factory=list)


class TextWorker:
    """Restores texts that are files. Loads nothing before its first text.

    ``in_place`` says that each text is its own target: then it is written only when it changes, and left alone when it
    cannot be worked on. Otherwise it is written whatever happens, as it is where it cannot be worked on.
    ``cache`` is the folder of remembered results.
    """

    def __init__(self, *, in_place: bool, cache: Path | None = None) -> None:
        self.in_place = in_place
        self.cache = cache
        self._store: ResultCache | None = None
        self._keys: Keys | None = None

    def __getstate__(self) -> tuple[bool, Path | None]:
        return self.in_place, self.cache

    def __setstate__(self, state: tuple[bool, Path | None]) -> None:
        self.__init__(in_place=state[0], cache=state[1])  # type: ignore[misc]

    def __call__(self, task: list[TextFile]) -> FilesOutcome:
        """Restore texts.

        Raises:
            UnspinError: a phrasebook or the model cannot be used, or the disk is full.

        """
        outcome = FilesOutcome([self._one(file) for file in task])
        if self._store is not None:
            outcome.rows.append(self._store.hand_over())
        return outcome

    def split(self, task: list[TextFile]) -> list[list[TextFile]]:
        """Cut a task in two, or give it alone when it is one text."""
        middle = len(task) // 2
        return [task[:middle], task[middle:]] if middle else [task]

    def give_up(self, task: list[TextFile], reason: str) -> FilesOutcome:
        """Pass on the one text of a task as it is."""
        file = task[0]
        try:
            return FilesOutcome([self._rejected(file, reason, Path(file.name).read_bytes())])
        except OSError as error:
            return FilesOutcome([self._rejected(file, f"cannot be read: {error.strerror}")])

    def merge(self, first: FilesOutcome, second: FilesOutcome) -> FilesOutcome:
        """Join the outcomes of two parts of a task."""
        return FilesOutcome(first.files + second.files, first.rows + second.rows)

    def _one(self, file: TextFile) -> FileOutcome:
        try:
            raw = Path(file.name).read_bytes()
        except OSError as error:
            return self._rejected(file, f"cannot be read: {error.strerror}")
        before = digest(raw)
        if file.known is not None and self._is_done(file, before):
            return FileOutcome(file.name, file.target, written=file.known, confirmed=True)
        if file.known is not None and self.in_place and before != file.known.before:
            return self._rejected(file, CHANGED)
        normalizer_for(file.settings.engine)  # what is wrong with it stops the run, and is no fault of this text
        try:
            new, plan = self._restored(file, raw)
        except Exception as error:  # whatever one text does to the engine, the others must go on
            reason = str(error) if isinstance(error, InputError) else f"{FAILED}: {type(error).__name__}: {error}"
            return self._rejected(file, reason.removeprefix(f"{file.name}: "), raw)
        outcome = self._ready(file, raw, new)
        if outcome.reason:
            return outcome
        return replace(outcome, written=Written(before, digest(new), plan.verdict.label, len(plan.edits)))

    def _is_done(self, file: TextFile, before: str) -> bool:
        """Tell whether a file on disk is what an interrupted run noted to have made of a text."""
        assert file.known is not None
        if self.in_place:
            return before == file.known.after
        try:
            return before == file.known.before and digest(file.target.read_bytes()) == file.known.after
        except OSError:
            return False

    def _restored(self, file: TextFile, raw: bytes) -> tuple[bytes, Plan]:
        """Give the new content of a file, and the plan that led to it.

        Raises:
            InputError: the file is no text, is not in its encoding, or its encoding lacks a character of the original.

        """
        settings = file.settings
        document = decode(unpacked(raw, file.name), file.name, settings.encoding)
        if settings.extract:
            from normalize.formats.main_text import main_text_of

            document = main_text_of(document)
        kind = settings.kind or text_format(file.name)
        plan = self._plan(TextTask(document.text, file.name, settings.engine, kind), document)
        plan = silence(document.text, plan, settings.allow).plan
        packing = packing_of(file.target.name)
        if not plan.edits and not settings.extract and packing == packing_of(file.name):
            return raw, plan
        return pack(encode(document, plan.apply(document.text)), packing) or pack_nothing(packing), plan

    def _plan(self, task: TextTask, document: Document) -> Plan:
        normalizer = normalizer_for(task.settings)
        if self.cache is None:
            return plan_document(normalizer, document, task.kind)
        if self._store is None or self._keys is None:
            from normalize.corpus.result_cache import ResultCache

            self._store, self._keys = ResultCache(self.cache), Keys()
        key = self._keys.of(task)
        plan = self._store.get(key, task.name) if key else None
        if plan is None:
            plan = plan_document(normalizer, document, task.kind)
            if key:
                self._store.put(key, plan)
        return plan

    def _ready(self, file: TextFile, raw: bytes, new: bytes) -> FileOutcome:
        """Write the new content of a file beside its target, where any is to be written."""
        if self.in_place and new == raw:
            _drop(file)
            return FileOutcome(file.name, file.target)
        try:
            file.target.parent.mkdir(parents=True, exist_ok=True)
            made = prepare(file.target, new, sync=self.in_place or not SYNCS_ALL)
            return FileOutcome(file.name, file.target, temporary=made)
        except InputError as error:
            return FileOutcome(file.name, file.target, str(error))
        except OSError as error:
            _drop(file)
            if error.errno in NO_SPACE:
                raise InputError(f"{file.target}: cannot be written: {error.strerror}") from None
            return FileOutcome(file.name, file.target, f"{file.target}: cannot be written: {error.strerror}")

    def _rejected(self, file: TextFile, reason: str, raw: bytes | None = None) -> FileOutcome:
        """Give up a text; it is passed on as it is, where it goes elsewhere and could be read."""
        if self.in_place or raw is None:
            _drop(file)
            return FileOutcome(file.name, file.target, reason)
        outcome = self._ready(file, raw, raw)
        return replace(outcome, reason=f"{reason}; {outcome.reason}" if outcome.reason else reason)


def _drop(file: TextFile) -> None:
    """Remove what a run that was killed may have left beside a target."""
    with suppress(OSError):
        temporary_path(Path(os.path.realpath(file.target))).unlink(missing_ok=True)


def digest(data: bytes) -> str:
    """Give a hash that tells contents of files apart."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()
