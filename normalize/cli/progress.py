"""How a long run goes: a bar on a terminal, a plain line every so often elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from normalize.formats.batches import Reject

LINE_SECONDS = 10.0
"""Time between two plain lines."""
SHOWN_REJECTS = 10
"""So many rejected records are named on standard error; the rejects file has them all."""


class RunProgress:
    """Shows progress on standard error. Use as a context."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._name = ""
        self._size = self._rejects = 0
        self._began = self._last = time.monotonic()

    def __enter__(self) -> Self:
        if not self._quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(*self._columns(), console=Console(stderr=True, highlight=False))
            self._bar.start()
        return self

    def _columns(self) -> tuple[Any, ...]:
        from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn

        name, records = TextColumn("{task.description}"), TextColumn("{task.fields[records]} records")
        return name, BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(), records

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def begin(self, name: str, size: int) -> None:
        """Take note that an input of ``size`` bytes (0: unknown) is begun."""
        self._name, self._size = name, size
        self._began = self._last = time.monotonic()
        if self._bar is not None:
            self._task = self._bar.add_task(name, total=size or None, records="0")

    def advance(self, read: int, counts: Mapping[str, int]) -> None:
        """Take note of how many bytes of the input are through, and of all counts so far."""
        records = counts.get("records", 0)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=read, records=f"{records:,}")
            return
        now = time.monotonic()
        if self._quiet or now - self._last < LINE_SECONDS:
            return
        self._last = now
        print(self._line(read, records, read / (now - self._began)), file=sys.stderr, flush=True)

    def _line(self, read: int, records: int, rate: float) -> str:
        parts = [f"{read / self._size:.0%} of {self._size / 1e6:,.1f} MB"] if self._size else []
        parts += [f"{records:,} records", f"{rate / 1e6:.2f} MB/s"]
        if self._size and rate:
            parts.append(f"{_duration((self._size - read) / rate)} left")
        return f"{self._name}: {', '.join(parts)}"

    def reject(self, source: str, reject: Reject) -> None:
        """Name a record that was passed on as it is; only the first few."""
        place = f"{source}:{reject.line}" if reject.line else f"{source}: record {reject.record}"
        self._name_reject(f"{place}: {reject.reason}", "records")

    def _name_reject(self, line: str, unit: str) -> None:
        self._rejects += 1
        if self._quiet or self._rejects > SHOWN_REJECTS + 1:
            return
        if self._rejects > SHOWN_REJECTS:
            line = f"more {unit} could not be worked on; --rejects FILE lists them all"
        if self._bar is not None:
            self._bar.console.print(line, markup=False, soft_wrap=True)
        else:
            print(line, file=sys.stderr, flush=True)


class TextProgress(RunProgress):
    """Shows how a run over texts that are files goes: how many are through. Use as a context."""

    def _columns(self) -> tuple[Any, ...]:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

        return BarColumn(), MofNCompleteColumn(), TextColumn("texts"), TimeRemainingColumn()

    def _line(self, read: int, records: int, rate: float) -> str:  # noqa: ARG002 - texts are all that is counted
        left = f", {_duration((self._size - read) / rate)} left" if rate else ""
        return f"{read / self._size:.0%} of {self._size:,} texts, {rate:,.0f} a second{left}"

    def reject_text(self, line: str) -> None:
        """Name a text that could not be worked on; only the first few."""
        self._name_reject(" ".join(line.splitlines()), "texts")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{rest} s"
