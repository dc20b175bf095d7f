"""What ``unspin check`` does with a baseline: write one, or leave out what it knows and say how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from normalize.corpus.baseline import Baseline, Unknown, check_target
from normalize.errors import InputError

if TYPE_CHECKING:
    from normalize.corpus.baseline import Finding
    from normalize.document import Document
    from normalize.plan import Plan
    from normalize.reports.findings import Checked


class KnownFindings:
    """The baseline of one run, if there is one.

    Args:
        read: the baseline whose findings are left out.
        write: where a new baseline goes, made of all findings.
        prune: write ``read`` back without what occurs no longer.

    Raises:
        InputError: the options contradict one another, or a file cannot be read or written.
        BaselineError: the file is no baseline.

    """

    def __init__(self, read: Path | None, write: Path | None, prune: bool) -> None:
        if write is not None and prune:
            raise InputError("--write-baseline and --prune-baseline exclude one another; choose one")
        if prune and read is None:
            raise InputError("--prune-baseline needs a baseline; name it with --baseline FILE")
        self.writes = write is not None
        self._prune = prune
        self._known = 0
        if write is not None:
            check_target(write)
        source = None if write is not None else read
        self._baseline = Baseline.read(source) if source else Baseline(write) if write else None

    def filter(self, document: Document, plan: Plan) -> Unknown:
        """Give what is new in a plan; all of it where there is no baseline or a new one is written."""
        if self._baseline is None or self.writes:
            if self._baseline is not None:
                self._baseline.add(document.name, document.text, plan)
            return Unknown(plan, 0, False)
        unknown = self._baseline.filter(document.name, document.text, plan)
        self._known += unknown.known
        return unknown

    @property
    def is_used(self) -> bool:
        """Whether there is a baseline to read or to write."""
        return self._baseline is not None

    def filter_record(self, checked: Checked, names: Sequence[Finding | None]) -> Checked:
        """Give what is new of a record; ``names`` are those of its findings, from ``record_findings``."""
        if self._baseline is None:
            return checked
        if self.writes:
            self._baseline.add_findings(checked.name, names)
            return checked
        known = self._baseline.which_known(checked.name, names)
        self._known += sum(known)
        pairs = zip(checked.findings, known, strict=True)
        return replace(checked, findings=tuple(finding for finding, is_known in pairs if not is_known))

    def through(self, name: str) -> None:
        """Take note that all records of a file were checked."""
        if self._baseline is not None:
            self._baseline.through(name)

    def close(self) -> None:
        """Write what is to be written, and say on standard error what was left out.

        Raises:
            InputError: the file cannot be written.

        """
        if self._baseline is None:
            return
        file = self._baseline.file
        if self.writes:
            typer.echo(f"unspin: {_counted(self._baseline.write(), 'finding')} written to {file}", err=True)
            return
        if self._known:
            typer.echo(f"unspin: {_counted(self._known, 'finding')} known from {file} not shown", err=True)
        stale = self._baseline.stale()
        if self._prune:
            pruned = self._baseline.prune()
            typer.echo(f"unspin: {_counted(pruned, 'finding')} pruned from {file}", err=True)
        elif stale:
            typer.echo(
                f"unspin: {_counted(stale, 'finding')} of {file} no longer found; take them out with --prune-baseline",
                err=True,
            )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
