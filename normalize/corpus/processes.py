"""Work through many items in worker processes, giving results in the order of the items.

Built on ``concurrent.futures.ProcessPoolExecutor``, which notices a worker that dies (``multiprocessing.Pool`` would
wait for ever). The items of a broken pool are done one at a time, so that the one that kills its worker is named and no
other is lost.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:  # the modules take a while to import, and small or known corpora need no process
    from concurrent.futures import Future, ProcessPoolExecutor
    from multiprocessing.context import BaseContext

Item = TypeVar("Item")
Result = TypeVar("Result")
Known = TypeVar("Known")

BATCH = 8
"""Items that travel to a worker at a time: a few spun articles must not keep one worker busy when all others
are done."""
FEW = 12
"""With no more items than this, starting workers takes longer than they save."""
AHEAD = 4
"""Batches for each worker that are read ahead, so that none waits and memory stays bounded."""


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


def ordered_map(
    function: Callable[[Item], Result],
    items: Iterable[Item | Done[Known]],
    jobs: int,
    prepare: Callable[[], object] = lambda: None,
) -> Iterator[Result | Known | Crash]:
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
    prepare()
    workers: _Workers[Item, Result, Known] = _Workers(function, jobs)
    yield from workers.run(stream)


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


class _Workers(Generic[Item, Result, Known]):
    """A pool that is started anew when it breaks."""

    def __init__(self, function: Callable[[Item], Result], jobs: int) -> None:
        self._function = function
        self._jobs = jobs
        self._pool: ProcessPoolExecutor | None = None

    def run(self, stream: Iterator[Item | Done[Known]]) -> Iterator[Result | Known | Crash]:
        from concurrent.futures.process import BrokenProcessPool

        window: deque[tuple[list[Item | Done[Known]], Future[list[Result]] | None]] = deque()
        before = _ignore_broken_pipes()
        try:
            while True:
                while len(window) < self._jobs * AHEAD and (batch := list(islice(stream, BATCH))):
                    window.append((batch, self._submit(batch)))
                if not window:
                    return
                batch, future = window.popleft()
                try:
                    results = future.result() if future else []
                except BrokenProcessPool:
                    self._stop()
                    results_one_by_one = self._singly(_tasks(batch))
                    yield from _merged(batch, results_one_by_one)
                    # What was under way elsewhere is lost with the pool: it is sent again.
                    window = deque((waiting, self._again(waiting, future)) for waiting, future in window)
                    continue
                yield from _merged(batch, iter(results))
        finally:
            self._stop()
            if before is not None:
                signal.signal(signal.SIGPIPE, before)

    def _submit(self, batch: list[Item | Done[Known]]) -> Future[list[Result]] | None:
        from concurrent.futures import Future
        from concurrent.futures.process import BrokenProcessPool

        tasks = _tasks(batch)
        if not tasks:
            return None
        if self._pool is None:
            self._pool = _pool(self._jobs)
        try:
            return self._pool.submit(_work, self._function, tasks)
        except BrokenProcessPool as error:
            broken: Future[list[Result]] = Future()
            broken.set_exception(error)
            return broken

    def _again(
        self, batch: list[Item | Done[Known]], future: Future[list[Result]] | None
    ) -> Future[list[Result]] | None:
        from concurrent.futures.process import BrokenProcessPool

        lost = future is not None and isinstance(future.exception(), BrokenProcessPool)
        return self._submit(batch) if lost else future

    def _singly(self, tasks: list[Item]) -> Iterator[Result | Crash]:
        """Do the items of a broken batch one at a time, in a process that may die."""
        from concurrent.futures.process import BrokenProcessPool

        pool = _pool(1)
        try:
            for task in tasks:
                try:
                    yield pool.submit(_work, self._function, [task]).result()[0]
                except BrokenProcessPool:
                    yield Crash()
                    pool.shutdown()
                    pool = _pool(1)
        finally:
            pool.shutdown(cancel_futures=True)

    def _stop(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


def _tasks(batch: list[Item | Done[Known]]) -> list[Item]:
    return [item for item in batch if not isinstance(item, Done)]


def _merged(batch: list[Item | Done[Known]], results: Iterator[Result | Crash]) -> Iterator[Result | Known | Crash]:
    for item in batch:
        yield item.result if isinstance(item, Done) else next(results)


def _work(function: Callable[[Item], Result], tasks: list[Item]) -> list[Result]:
    return [function(task) for task in tasks]


def _pool(jobs: int) -> ProcessPoolExecutor:
    from concurrent.futures import ProcessPoolExecutor

    context = _context()
    if context.get_start_method() == "fork":
        gc.freeze()  # what is loaded now is never garbage; collecting would copy the shared pages in every worker
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker)


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


def _start_worker() -> None:
    """Leave the interrupt key to the parent process, and end with it, however it ends."""
    import multiprocessing

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    from multiprocessing.connection import wait

    wait([sentinel])
    os._exit(1)
