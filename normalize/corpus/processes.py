"""Worker processes: tasks out, results back in order, and none lost when a worker dies.

Built on ``concurrent.futures.ProcessPoolExecutor``, which notices a worker that dies (``multiprocessing.Pool`` would
wait for ever). When a pool breaks, the tasks that its workers had in hand are done again one at a time, each cut down
to the part that kills its worker; what waited behind them is sent to a new pool.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:  # the modules take a while to import, and small or known corpora need no process
    from concurrent.futures import Future, ProcessPoolExecutor
    from multiprocessing.context import BaseContext
    from typing import TypeAlias

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")
Item = TypeVar("Item")
Result = TypeVar("Result")
Known = TypeVar("Known")

if TYPE_CHECKING:
    _Window: TypeAlias = deque[tuple[Task | "Done[Outcome]", Future[Outcome] | None]]
    """Tasks under way, each with what will be its outcome; nothing where the pool broke before it was sent."""

BATCH = 8
"""Items of ``ordered_map`` that travel to a worker at a time: a few spun articles must not keep one worker busy when
all others are done."""
FEW = 12
"""With no more items than this, starting workers takes longer than they save."""
AHEAD = 4
"""Tasks for each worker that are read ahead, so that none waits and memory stays bounded."""
CRASHED = "the worker process died on it: it was killed, or memory ran out"


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


@dataclass(frozen=True, slots=True)
class Done(Generic[Known]):
    """An item whose result is known already; it only waits for its turn."""

    result: Known


@dataclass(frozen=True, slots=True)
class Crash:
    """Given in place of a result: the worker process died on this item (killed, or out of memory)."""


def processors() -> int:
    """Give the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(
    tasks: Iterable[Task], worker: Worker[Task, Outcome], jobs: int
) -> Generator[tuple[Task, Outcome], None, None]:
    """Do tasks and give each with its outcome, in the order of the tasks, whatever the number of processes.

    Args:
        tasks: read only as far ahead as the workers need.
        worker: does them. Forked workers share what it has loaded; others get it pickled.
        jobs: 1 works in this process, and so does a single task: starting workers would take longer.

    Raises:
        Exception: what the worker, or reading the tasks, raised, when all before it is through.

    """
    under_way: deque[Task] = deque()

    def noted() -> Iterator[Task]:
        for task in tasks:
            under_way.append(task)
            yield task

    pool: _Pool[Task, Outcome] = _Pool(worker, jobs)
    with closing(pool.outcomes(noted())) as done:
        for outcome in done:
            yield under_way.popleft(), outcome


def ordered_map(
    function: Callable[[Item], Result],
    items: Iterable[Item | Done[Known]],
    jobs: int,
    prepare: Callable[[], object] = lambda: None,
) -> Generator[Result | Known | Crash, None, None]:
    """Apply a function to all items, in at most ``jobs`` processes, and give the results in order.

    Args:
        function: defined at the top of a module, so that it can be sent to a worker.
        items: read only as far ahead as the workers need.
        jobs: 1 works in this process, as do few items whatever the number.
        prepare: called once in this process before workers start; what it loads, forked workers share.

    Raises:
        Exception: whatever the function raised, at the place of its item.

    """
    stream = iter(items)
    if jobs > 1:
        head: list[Item | Done[Known]] = _first_tasks(stream, FEW + 1)
        stream = chain(head, stream)
        if sum(not isinstance(item, Done) for item in head) <= FEW:
            jobs = 1
    if jobs <= 1:
        for item in stream:
            yield item.result if isinstance(item, Done) else function(item)
        return
    batches: deque[list[Item | Done[Known]]] = deque()

    def tasks() -> Iterator[list[Item] | Done[list[Result | Crash]]]:
        while batch := list(islice(stream, BATCH)):
            batches.append(batch)
            yield [item for item in batch if not isinstance(item, Done)] or Done([])

    pool: _Pool[list[Item], list[Result | Crash]] = _Pool(_Each(function), jobs, prepare)
    with closing(pool.outcomes(tasks())) as done:
        for outcome in done:
            results = iter(outcome)
            for item in batches.popleft():
                yield item.result if isinstance(item, Done) else next(results)


def _first_tasks(stream: Iterator[Item | Done[Known]], count: int) -> list[Item | Done[Known]]:
    """Read ahead until a number of items that need work has come, but no further than a full window."""
    head: list[Item | Done[Known]] = []
    tasks = 0
    for item in stream:
        head.append(item)
        tasks += not isinstance(item, Done)
        if tasks == count or len(head) >= 10 * BATCH * AHEAD:
            break
    return head


class _Each(Generic[Item, Result]):
    """The worker of ``ordered_map``: a task is a list of items."""

    def __init__(self, function: Callable[[Item], Result]) -> None:
        self._function = function

    def __call__(self, task: list[Item]) -> list[Result | Crash]:
        return [self._function(item) for item in task]

    def split(self, task: list[Item]) -> list[list[Item]]:
        middle = len(task) // 2
        return [task[:middle], task[middle:]] if middle else [task]

    def give_up(self, task: list[Item], reason: str) -> list[Result | Crash]:  # noqa: ARG002 - the caller words it
        return [Crash() for _ in task]

    def merge(self, first: list[Result | Crash], second: list[Result | Crash]) -> list[Result | Crash]:
        return first + second


class _Pool(Generic[Task, Outcome]):
    """A pool that is started anew when it breaks."""

    def __init__(self, worker: Worker[Task, Outcome], jobs: int, prepare: Callable[[], object] = lambda: None) -> None:
        self._worker = worker
        self._jobs = jobs
        self._prepare = prepare
        self._executor: ProcessPoolExecutor | None = None

    def outcomes(self, tasks: Iterable[Task | Done[Outcome]]) -> Generator[Outcome, None, None]:
        """Give the outcomes of tasks, in their order; the workers end with the generator."""
        stream = iter(tasks)
        ahead = list(islice(stream, 2)) if self._jobs > 1 else []
        if len(ahead) < 2:
            for task in chain(ahead, stream):
                yield task.result if isinstance(task, Done) else self._worker(task)
            return
        self._prepare()
        before = _ignore_broken_pipes()
        try:
            yield from self._run(chain(ahead, stream))
        finally:
            self._stop()
            if before is not None:
                signal.signal(signal.SIGPIPE, before)

    def _run(self, stream: Iterator[Task | Done[Outcome]]) -> Iterator[Outcome]:
        """Give outcomes in order, with a bounded number of tasks under way."""
        from concurrent.futures.process import BrokenProcessPool

        window: _Window[Task, Outcome] = deque()
        reading = True
        failure: Exception | None = None
        while True:
            while reading and len(window) < self._jobs * AHEAD:
                try:
                    task = next(stream)
                except StopIteration:
                    reading = False
                except Exception as error:  # raised again below, when all before it is through
                    reading, failure = False, error
                else:
                    window.append((task, self._submit(task)))
            if not window:
                break
            task, future = window.popleft()
            if isinstance(task, Done):
                yield task.result
                continue
            try:
                if future is None:
                    raise BrokenProcessPool
                outcome = future.result()
            except BrokenProcessPool:
                window.appendleft((task, None))
                window = self._mended(window)
                continue
            yield outcome
        if failure is not None:
            raise failure

    def _submit(self, task: Task | Done[Outcome]) -> Future[Outcome] | None:
        """Send a task to a worker; gives nothing when there is nothing to do, or the pool has broken."""
        from concurrent.futures.process import BrokenProcessPool

        if isinstance(task, Done):
            return None
        if self._executor is None:
            self._executor = _executor(self._worker, self._jobs)
        try:
            return self._executor.submit(_do, task)
        except BrokenProcessPool:
            return None

    def _mended(self, window: _Window[Task, Outcome]) -> _Window[Task, Outcome]:
        """Do again what was lost with a pool; what was done before it broke stays.

        Workers take tasks in order, so that the guilty one is among the first that are lost, one for each worker.
        """
        from concurrent.futures import Future

        self._stop()
        mended: _Window[Task, Outcome] = deque()
        suspects = self._jobs
        for task, future in window:
            if isinstance(task, Done) or (future is not None and not _is_lost(future)):
                mended.append((task, future))
            elif suspects:
                suspects -= 1
                done: Future[Outcome] = Future()
                done.set_result(self._alone(task))
                mended.append((task, done))
            else:
                mended.append((task, None))
        self._stop()
        return deque((task, future or self._submit(task)) for task, future in mended)

    def _alone(self, task: Task) -> Outcome:
        """Do a task in a process of its own that may die, and cut it down to the part on which it does."""
        from concurrent.futures.process import BrokenProcessPool

        if self._executor is None:
            self._executor = _executor(self._worker, 1)
        try:
            outcome: Outcome = self._executor.submit(_do, task).result()
            return outcome
        except BrokenProcessPool:
            self._stop()
            parts = self._worker.split(task)
            if len(parts) < 2:
                return self._worker.give_up(task, CRASHED)
            return self._worker.merge(self._alone(parts[0]), self._alone(parts[1]))

    def _stop(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)
            self._executor = None


def _is_lost(future: Future[Any]) -> bool:
    """Tell whether a task went down with its pool; what the work itself raised is no loss."""
    from concurrent.futures.process import BrokenProcessPool

    return future.cancelled() or isinstance(future.exception(), BrokenProcessPool)


def _executor(worker: Any, jobs: int) -> ProcessPoolExecutor:
    from concurrent.futures import ProcessPoolExecutor

    context = _context()
    if context.get_start_method() == "fork":
        gc.freeze()  # what is loaded now is never garbage; collecting would copy the shared pages in every worker
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(worker,))


def _context() -> BaseContext:
    """Choose how workers start: by fork where that is safe, since they then share the loaded phrasebook."""
    import multiprocessing

    methods = multiprocessing.get_all_start_methods()
    if "fork" in methods and sys.platform != "darwin" and _single_threaded():
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")


def _ignore_broken_pipes() -> Any:
    """Let the pipe to a dead worker be an error and not the end of this process; give what was set before."""
    if hasattr(signal, "SIGPIPE") and threading.current_thread() is threading.main_thread():
        return signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    return None


def _single_threaded() -> bool:
    """Tell whether no other thread runs, of Python or of a library: a fork could catch one holding a lock."""
    threads = Path("/proc/self/task")
    return threading.active_count() == 1 and (not threads.is_dir() or len(list(threads.iterdir())) == 1)


_worker: Any = None


def _begin(worker: Any) -> None:
    """Begin a worker process: leave the interrupt key to the parent process, and end with it, however it ends."""
    import multiprocessing

    global _worker  # noqa: PLW0603 - what a worker process is made for
    _worker = worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    from multiprocessing.connection import wait

    wait([sentinel])
    os._exit(1)


def _do(task: Any) -> Any:
    return _worker(task)
