"""Where reports of ``unspin check`` go: formats on standard output, and report files."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Annotated, NamedTuple, Self

import typer

from normalize.errors import InputError
from normalize.reports.formats import LOG_FORMATS, Format, format_of, make_report

if TYPE_CHECKING:
    from normalize.reports.findings import Checked
    from normalize.reports.report import Report

IN_MEMORY = 1_000_000
"""Bytes of a report file kept in memory before they go to a temporary file."""
STDOUT = "standard output"

Formats = Annotated[
    list[Format],
    typer.Option(
        "--format",
        metavar="FORMAT",
        help=f"Format of the report on standard output: {', '.join(Format)}. Repeatable for text and github, which can "
        "share it.  [default: text]",
        show_default=False,
    ),
]
OutputFiles = Annotated[
    list[str],
    typer.Option(
        "--output-file",
        metavar="[FORMAT=]PATH",
        help="Also write a report to this file, in the named format or that of its ending (.sarif, .json, .jsonl, "
        ".md, .html, .txt, junit.xml, checkstyle.xml). Repeatable.",
        show_default=False,
    ),
]


class Target(NamedTuple):
    """A report file to be written."""

    format: Format
    path: Path


def parse_target(text: str) -> Target:
    """Read what ``--output-file`` was given: ``PATH`` with an ending that tells the format, or ``FORMAT=PATH``.

    A path with an equals sign in its first part needs a folder before it (``./a=b.json``), so that no misspelt format
    becomes a file.

    Raises:
        InputError: the format is unknown, or the ending does not tell it, or there is no path.

    """
    prefix, equals, rest = text.partition("=")
    named = prefix if equals and "/" not in prefix and os.sep not in prefix else ""
    if named and named not in list(Format):
        raise InputError(
            f"--output-file {text!r}: no format is called {named!r}; use one of {', '.join(Format)}, "
            f"or write ./{text} for a file of that name"
        )
    path = rest if named else text
    if path in ("", "-"):
        raise InputError(f"--output-file {text!r} names no file; standard output gets what --format says")
    chosen = Format(named) if named else format_of(path)
    if chosen is None:
        raise InputError(
            f"--output-file {text!r}: the name does not tell the format; write FORMAT=PATH, where FORMAT is one of "
            f"{', '.join(Format)}"
        )
    return Target(chosen, Path(path))


class Reports:
    """All reports of one run, as a context: at its end report files appear, whole or, after an error, not at all.

    What can be wrong with the options and targets is found out here, before any text is read.

    Args:
        formats: formats on standard output; text when empty.
        output_files: values of ``--output-file``.
        inputs: names of the texts to be checked, which no report may overwrite.
        fails: whether a document makes the check fail, for formats that say so.

    Raises:
        InputError: formats do not fit on one standard output, or a report file cannot be written.

    """

    def __init__(
        self,
        formats: Sequence[Format],
        output_files: Sequence[str],
        inputs: Iterable[str],
        fails: Callable[[Checked], bool],
    ) -> None:
        self._formats = list(dict.fromkeys(formats)) or [Format.TEXT]
        self._targets = [parse_target(text) for text in output_files]
        self._fails = fails
        self._stack = ExitStack()
        self._reports: list[Report] = []
        self._files: list[tuple[Path, IO[bytes]]] = []
        self._check(inputs)

    def _check(self, inputs: Iterable[str]) -> None:
        from normalize.formats.files import check_writable

        alone = [name for name in self._formats if name not in LOG_FORMATS]
        if alone and len(self._formats) > 1:
            raise InputError(
                f"--format {alone[0]} needs standard output to itself; write it to a file with --output-file"
            )
        texts = {os.path.realpath(name) for name in inputs} if self._targets else set()
        seen: set[str] = set()
        for target in self._targets:
            real = os.path.realpath(target.path)
            if real in texts:
                raise InputError(
                    f"--output-file {target.path} is one of the texts to be checked; choose another name or folder"
                )
            if real in seen:
                raise InputError(f"--output-file {target.path} is named twice; give each report a file of its own")
            seen.add(real)
            check_writable(target.path)
            if _is_stdout(target.path):
                raise InputError(f"--output-file {target.path} is where standard output goes; use --format for that")

    def __enter__(self) -> Self:
        for name in self._formats:
            self._reports.append(self._on_stdout(name))
        for target in self._targets:
            # Not beside the target: a run that is killed leaves nothing behind.
            file = self._stack.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY))
            self._files.append((target.path, file))
            self._reports.append(
                make_report(target.format, _utf8(file, f"temporary file for {target.path}"), self._fails)
            )
        return self

    def _on_stdout(self, name: Format) -> Report:
        if name is Format.TEXT and sys.stdout.isatty():
            from normalize.reports.terminal import console
            from normalize.reports.text import TextReport

            return TextReport(sys.stdout, console())
        if name in LOG_FORMATS:
            return make_report(name, _Output(sys.stdout.write, STDOUT), self._fails)
        sys.stdout.flush()
        return make_report(name, _utf8(sys.stdout.buffer, STDOUT), self._fails)

    def add(self, checked: Checked) -> None:
        """Report on one more document, in every format."""
        for report in self._reports:
            report.add(checked)

    def count(self, name: str, labels: Mapping[str, int]) -> None:
        """Count the records of a file that have no finding, by verdict, in every format."""
        for report in self._reports:
            report.count(name, labels)

    def reject(self, number: int) -> None:
        """Count records that could not be checked, in every format."""
        for report in self._reports:
            report.reject(number)

    @property
    def paths(self) -> list[Path]:
        """The report files."""
        return [target.path for target in self._targets]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        from normalize.formats.files import replacing

        with self._stack:
            if error is not None:
                for report in self._reports:
                    report.discard()
                return
            for report in self._reports:
                report.close()
            _Output(lambda _: sys.stdout.flush(), STDOUT).write("")
            for path, file in self._files:
                file.seek(0)
                with replacing(path) as target:
                    shutil.copyfileobj(file, target)


def _is_stdout(path: Path) -> bool:
    """Tell whether a path is the file that standard output was sent to, which replacing would cut off."""
    try:
        return os.path.samestat(path.stat(), os.fstat(sys.stdout.fileno()))
    except (OSError, ValueError):  # there is no such file yet, or standard output is no file
        return False


class _Output:
    """A stream whose errors say what could not be written."""

    def __init__(self, write: Callable[[str], object], name: str) -> None:
        self._write = write
        self._name = name

    def write(self, text: str, /) -> object:
        try:
            return self._write(text)
        except BrokenPipeError:  # workers run, so that it is an error and not a signal
            from normalize.corpus.outputs import end_as_filter

            end_as_filter()
            raise InputError(f"{self._name}: cannot be written: its reader has gone away") from None
        except OSError as error:
            raise InputError(f"{self._name}: cannot be written: {error.strerror}") from None


def _utf8(file: IO[bytes], name: str) -> _Output:
    """Give a stream on a binary file, in UTF-8; what a file name holds of other bytes becomes a question mark."""
    return _Output(lambda text: file.write(text.encode("utf-8", "replace")), name)
