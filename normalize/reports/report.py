"""What all reports of ``unspin check`` have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Protocol

from normalize.reports.findings import Checked, Summary


class Stream(Protocol):
    """Where a report is written: a text file or a terminal."""

    def write(self, text: str, /) -> object:
        """Write a text."""


class Report(ABC):
    """A report in one format, written as documents come. It holds no document longer than it must.

    The stream stays open: whoever opened it closes it.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.summary = Summary()

    def add(self, checked: Checked) -> None:
        """Report on one more document."""
        self.summary.add(checked)
        self._add(checked)

    def count(self, name: str, labels: Mapping[str, int]) -> None:
        """Count the records of a file that have no finding, by verdict: there may be millions, so none is listed."""
        self.summary.labels.update(labels)
        self._count(name, labels)

    def reject(self, number: int) -> None:
        """Count records that could not be checked."""
        self.summary.rejected += number

    @abstractmethod
    def _add(self, checked: Checked) -> None:
        """Write what stands of this document in the report."""

    def _count(self, name: str, labels: Mapping[str, int]) -> None:  # noqa: B027 - most formats only sum up
        """Write what stands of records without findings in the report, besides the summary."""

    @abstractmethod
    def close(self) -> None:
        """Write what comes at the end; without it the report is not complete."""

    def discard(self) -> None:  # noqa: B027 - most formats hold nothing
        """Give up an unfinished report: free what it holds besides its stream."""

    def _write(self, *lines: str) -> None:
        """Write lines, each with a line end."""
        self._stream.write("".join(f"{line}\n" for line in lines))
