"""The command ``unspin``. Commands import the engine only when they run, so that ``--help`` is quick."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and exit with one of ``ExitCode``."""
    from normalize.cli.app import app
    from normalize.cli.exit_codes import ExitCode
    from normalize.errors import UnspinError

    try:
        app(prog_name="unspin")
    except UnspinError as error:
        print(f"unspin: {error}", file=sys.stderr)
        sys.exit(ExitCode.USAGE)
    except BrokenPipeError:
        # The reader (head, less) went away: that is no fault. Python would complain again when flushing at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.CLEAN)
    except Exception as error:  # the last resort: a person must never meet a traceback
        if os.environ.get("UNSPIN_DEBUG"):
            raise
        print(
            f"unspin: internal error: {type(error).__name__}: {error}; please report it with the text that caused it "
            "(UNSPIN_DEBUG=1 shows where it happened)",
            file=sys.stderr,
        )
        sys.exit(ExitCode.INTERNAL)
