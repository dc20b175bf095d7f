"""The command ``unspin``. Commands import the engine only when they run, so that ``--help`` is quick."""

from __future__ import annotations

import atexit
import gc
import io
import os
import signal
import sys
import threading

COLLECT_AFTER = 50_000, 20, 500
"""Thresholds of the garbage collector. The phrasebook is millions of objects that are never garbage: looking through
them over and over takes longer than restoring an article."""


def main() -> None:
    """Run the command line and exit with one of ``ExitCode``."""
    from normalize.cli.app import app
    from normalize.cli.exit_codes import ExitCode
    from normalize.errors import UnspinError

    gc.set_threshold(*COLLECT_AFTER)
    atexit.register(gc.freeze)  # what is left at the end need not be looked through either
    # No command multiplies matrices: without threads of numpy's own it starts quicker, and workers can be forked.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if hasattr(signal, "SIGPIPE") and threading.current_thread() is threading.main_thread():
        # When the reader (head, less) goes away, end silently, as other filters do.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app(prog_name="unspin")
    except UnspinError as error:
        print(f"unspin: {' '.join(str(error).splitlines())}", file=sys.stderr)
        sys.exit(ExitCode.USAGE)
    except Exception as error:  # the last resort: a person must never meet a traceback
        if os.environ.get("UNSPIN_DEBUG"):
            raise
        print(
            f"unspin: internal error: {type(error).__name__}: {error}; please report it with the text that caused it "
            "(UNSPIN_DEBUG=1 shows where it happened)",
            file=sys.stderr,
        )
        sys.exit(ExitCode.INTERNAL)
