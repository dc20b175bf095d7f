"""The terminal: one console for all that is printed for people."""

from __future__ import annotations

import sys

from rich.console import Console

PIPE_WIDTH = 240
"""Width of tables that go to a pipe or a file, in characters."""


def console() -> Console:
    """Give a rich console on standard output; it colours only on a terminal and cuts no line in a pipe."""
    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, soft_wrap=True, width=PIPE_WIDTH)
