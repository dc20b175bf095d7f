"""Worker processes: batches out, results back in order, and no batch lost when a worker dies.

The pool is that of ``concurrent.futures``. Workers are started afresh (``spawn``) on every platform: a copy of a
process with threads, which the progress bar and pyarrow have, may hang.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import Any, Generic, Protocol, TypeVar

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")

WAITING = 2
"""Batches a worker that are read ahead: enough to keep all busy, few enough to bound memory."""
CRASHED = "the worker process died on it"


class Worker(Protocol[Task, Outcome]):
    """The work of one process. Must be picklable, and hold nothing heavy until it is first called."""

    def __call__(self, task: Task) -> Outcome:
        """Do a task."""

    def split(self, task: Task) -> list[Task]:
        """Cut a task in two, or give it alone when it cannot be cut."""

    def give_up(self, task: Task, reason: str) -> Outcome:
        """Give the outcome of a task that kills its worker."""

    def merge(self, first: Outcome, second: Outcome) -> Outcome:
        """Join the outcomes of the two parts of a task."""


def usable_processors() -> int:
    """Give how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(
    tasks: Iterable[Task], worker: Worker[Task, Outcome], processes: int
) -> Generator[tuple[Task, Outcome], None, None]:
    """Do tasks and give each with its outcome, in the order of the tasks, whatever the number of processes.

    One process means this one, and so does a single task: starting workers would take longer. Where a worker dies, the
    tasks that were under way are done again one at a time, each cut down to the part that kills its worker.
    """
    waiting = iter(tasks)
    ahead = list(islice(waiting, 2)) if processes > 1 else []
    if len(ahead) < 2:
        for task in _chain(ahead, waiting):
            yield task, worker(task)
        return
    pool = _Pool(worker, processes)
    try:
        yield from pool.run(_chain(ahead, waiting))
    finally:
        pool.close()


def _chain(first: list[Task], rest: Iterator[Task]) -> Iterator[Task]:
    yield from first
    yield from rest


class _Pool(Generic[Task, Outcome]):
    """A pool that is started again when it breaks."""

    def __init__(self, worker: Worker[Task, Outcome], processes: int) -> None:
        self._worker = worker
        self._processes = processes
        # What is written to a worker that has just died must fail, not end this process.
        self._pipe_signal = _handle_pipe_signal(signal.SIG_IGN) if hasattr(signal, "SIGPIPE") else None
        self._executor = self._start(processes)

    def _start(self, processes: int) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(self._worker,))

    def close(self) -> None:
        """End the workers; what they have not begun is dropped."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        if self._pipe_signal is not None:
            _handle_pipe_signal(self._pipe_signal)

    def run(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, Outcome]]:
        """Give outcomes in order, with a bounded number of tasks under way."""
        pending: deque[tuple[Task, Future[Outcome] | None]] = deque()
        exhausted = False
        failure: Exception | None = None
        while pending or not exhausted:
            while not exhausted and len(pending) < self._processes * (WAITING + 1):
                try:
                    task = next(tasks, None)
                except Exception as error:  # raised again below, when all before it is through
                    task, failure = None, error
                if task is None:
                    exhausted = True
                else:
                    pending.append((task, self._submit(task)))
            if not pending:
                break
            task, future = pending.popleft()
            try:
                if future is None:
                    raise BrokenProcessPool
                outcome = future.result()
            except BrokenProcessPool:
                outcomes = list(self._one_at_a_time([(task, None), *pending]))
                pending.clear()
                self._executor = self._start(self._processes)
                yield from outcomes
                continue
            yield task, outcome
        if failure is not None:
            raise failure

    def _submit(self, task: Task) -> Future[Outcome] | None:
        try:
            return self._executor.submit(_do, task)
        except BrokenProcessPool:
            return None

    def _one_at_a_time(self, unsure: Iterable[tuple[Task, Future[Outcome] | None]]) -> Iterator[tuple[Task, Outcome]]:
        """Do again what a dying worker took with it, each task alone, so that the guilty one is known."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        for task, future in unsure:
            done = future is not None and future.done() and not future.cancelled() and future.exception() is None
            yield task, future.result() if done and future is not None else self._alone(task)
        self._executor.shutdown(wait=True)

    def _alone(self, task: Task) -> Outcome:
        self._executor.shutdown(wait=True)
        self._executor = self._start(1)
        try:
            outcome: Outcome = self._executor.submit(_do, task).result()
            return outcome
        except BrokenProcessPool:
            parts = self._worker.split(task)
            if len(parts) < 2:
                return self._worker.give_up(task, CRASHED)
            return self._worker.merge(self._alone(parts[0]), self._alone(parts[1]))


def _handle_pipe_signal(handler: Any) -> Any:
    """Set what a broken pipe does to this process; gives what it did before, None outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        return None
    return signal.signal(signal.SIGPIPE, handler)


_worker: Any = None


def _begin(worker: Any) -> None:
    """Begin a worker process."""
    global _worker  # noqa: PLW0603 - what a worker process is made for
    _worker = worker
    # Ctrl-C goes to all processes of a terminal; the main one decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker when the main process is gone: killed, it cannot tell."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(task: Any) -> Any:
    return _worker(task)
