"""The terminal: one console for all that is printed for people."""

from __future__ import annotations

import sys

from rich.console import Console


def console() -> Console:
    """Give a rich console on standard output; it colours only on a terminal and never wraps in a pipe."""
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())
