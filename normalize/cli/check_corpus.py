"""``unspin check`` over files of many records: which inputs these are, and what becomes of their records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from normalize.cli.fix_corpus import record_settings
from normalize.errors import InputError
from normalize.formats.discovery import TEXT_SUFFIXES
from normalize.formats.files import STDIN, STDIN_NAME
from normalize.formats.kinds import CORPUS_SUFFIXES, TEXT_FORMATS, corpus_format, make_format

if TYPE_CHECKING:
    from normalize.cli.known_findings import KnownFindings
    from normalize.cli.progress import RunProgress
    from normalize.cli.report_options import Reports
    from normalize.cli.session import Session
    from normalize.cli.thresholds import Threshold
    from normalize.corpus.checking import CheckedBatch
    from normalize.corpus.outputs import PartialFile
    from normalize.corpus.settings import Settings

FOR_RECORDS = ("text_field", "id_field", "text_format", "rejects", "strict", "max_record", "quiet")
"""Parameters that say nothing about single texts."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is to be checked: texts by name, and files of records by name and format."""

    texts: Sequence[str]
    records: Sequence[tuple[str, str]]
    given: frozenset[str] = frozenset()
    """Names that were written out, and not found in a folder."""

    @property
    def names(self) -> list[str]:
        """All names."""
        return [*self.texts, *(name for name, _ in self.records)]


def find_inputs(session: Session, names: Sequence[str], chosen: str | None, *, listed: bool) -> Inputs:
    """Give what the names stand for; in folders, texts and files of records, or those of the chosen format.

    Raises:
        InputError: an input does not exist, a folder holds none, or an option would do nothing.

    """
    if chosen in TEXT_FORMATS:
        inputs = Inputs(session.texts(names, listed=listed), ())
    else:
        wanted = frozenset(ending for ending, form in CORPUS_SUFFIXES.items() if chosen in (None, form))
        endings = wanted if chosen is not None else wanted | TEXT_SUFFIXES
        found = session.texts(names, listed=listed, endings=endings)
        formats = {name: chosen or corpus_format(_own_name(session, name)) for name in found}
        records = [(name, form) for name, form in formats.items() if form is not None]
        texts = [name for name in found if formats[name] is None]
        inputs = Inputs(texts, records, frozenset(names))
    idle = [] if inputs.records or listed else [name for name in FOR_RECORDS if session.is_given(name)]
    if idle and not any(Path(name).is_dir() for name in names):
        session.refuse(idle, "is for files of many records; say which they are with --input-format")
    for name, form in inputs.records:
        if form in ("parquet", "arrow") and (name == STDIN or (Path(name).exists() and not Path(name).is_file())):
            raise InputError(f"{_own_name(session, name)}: {form} cannot be read from a pipe; name the file")
    return inputs


def _own_name(session: Session, name: str) -> str:
    return session.stdin_name or STDIN_NAME if name == STDIN else name


def _check_installed(shown: str, form: str) -> None:
    try:
        make_format(form)
    except InputError as error:
        raise InputError(f"{shown}: {error}") from None


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"--rejects {path}: cannot be written: {error.strerror}") from None


class RecordCheck:
    """Checks files of records within one run of the command, and counts what could not be checked.

    Args:
        session: settings, and where failures wait.
        known: the baseline.
        threshold: counts failing documents.
        reports: where findings go.

    Raises:
        InputError: the file for rejects cannot be written, or is one of the inputs.

    """

    def __init__(
        self, session: Session, inputs: Inputs, known: KnownFindings, threshold: Threshold, reports: Reports
    ) -> None:
        self._session = session
        self._inputs = inputs
        self._known = known
        self._threshold = threshold
        self._reports = reports
        self._rejected = 0
        self._rejects: PartialFile | None = None

    def run(self) -> None:
        """Check all files; one that cannot be read is a failure of the session, and the others are checked.

        Raises:
            InputError: the file for rejects cannot be written, or a record is rejected in strict mode.

        """
        from normalize.cli.progress import RunProgress
        from normalize.corpus.outputs import PartialFile

        if not self._inputs.records:
            return
        settings = [record_settings(self._session, [name]) for name, _ in self._inputs.records]
        path = self._session.parameter("rejects")
        if path is not None:
            self._check_target(path)
            self._rejects = PartialFile(path)
        try:
            with RunProgress(quiet=bool(self._session.parameter("quiet"))) as progress:
                for (name, form), chosen in zip(self._inputs.records, settings, strict=True):
                    self._file(name, form, chosen, progress)
            if self._rejects is not None:
                with _writing(path):
                    self._rejects.sync()
                    self._rejects.finish()
        finally:
            if self._rejects is not None:  # after an error nothing is left that could be taken for all rejects
                self._rejects.close()
                self._rejects.path.unlink(missing_ok=True)
        self._session.reject(self._rejected)
        self._reports.reject(self._rejected)

    def _check_target(self, path: Path) -> None:
        taken = {Path(name).resolve() for name in self._inputs.names if name != STDIN}
        if path.resolve() in taken:
            raise InputError(f"--rejects {path} is one of the files to be checked; choose another name or folder")
        if path.resolve() in {target.resolve() for target in self._reports.paths}:
            raise InputError(f"--rejects {path} is also named by --output-file; give each a file of its own")

    def _file(self, name: str, form: str, settings: Settings, progress: RunProgress) -> None:
        """Check one file; what is wrong with the file as a whole waits for the end, as with texts."""
        from normalize.corpus.checking import check_file
        from normalize.corpus.processes import processors
        from normalize.corpus.run import Job

        session, shown, job = self._session, _own_name(self._session, name), Job(name, None, form)
        labels: Counter[str] = Counter()
        rejected = self._rejected
        try:
            _check_installed(shown, form)
            jobs = session.run_setting("jobs") or processors()
            for_baseline = self._known.is_used
            with closing(check_file(job, settings, jobs, progress, name=shown, for_baseline=for_baseline)) as batches:
                for batch in batches:
                    self._batch(shown, batch, labels, progress)
            if self._rejected == rejected:
                self._known.through(shown)
        except InputError as error:
            if session.parameter("strict"):
                raise
            hint = "" if name in self._inputs.given else ", or leave the file out with --exclude"
            session.fail(shown, InputError(f"{error}{hint}"))
        self._threshold.count(labels.total())
        self._reports.count(shown, labels)

    def _batch(self, shown: str, batch: CheckedBatch, labels: Counter[str], progress: RunProgress) -> None:
        """Report what was found in a batch; ``labels`` counts the records that are not reported."""
        from normalize.corpus.checking import IGNORED, LABELS
        from normalize.corpus.run import refusal

        for reject in batch.rejects:
            if self._session.parameter("strict"):
                raise refusal(shown, reject)
            progress.reject(shown, reject)
            if self._rejects is not None:
                with _writing(self._rejects.target):
                    self._rejects.write(reject.to_json(shown))
        self._rejected += len(batch.rejects)
        labels.update({label: batch.counts[label] for label in LABELS if label in batch.counts})
        self._session.note_records(batch.counts.get("records", 0) - len(batch.rejects), batch.counts.get(IGNORED, 0))
        for record in batch.found:
            checked = self._known.filter_record(record.checked, record.names)
            if checked.findings:
                labels[checked.verdict.label] -= 1
                self._threshold.add(checked)
                self._reports.add(checked)
