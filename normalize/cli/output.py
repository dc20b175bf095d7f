"""Printing for people and for pipes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from normalize.plan import Plan


def write_stdout(data: bytes) -> None:
    """Write bytes to standard output as they are: no added line, no changed line ending."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def unified_diff(before: str, after: str, name: str) -> str:
    """Give the unified diff of a text and its restored form, with file names as git shows them."""
    import difflib

    # Only line feeds end a line of a diff: splitlines would cut at more, and no tool could apply the result.
    lines = difflib.unified_diff(_lines(before), _lines(after), f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def plan_bytes(plan: Plan) -> bytes:
    """Give a plan as JSON in UTF-8; what a file name holds of other bytes is replaced."""
    return plan.to_json().encode("utf-8", "replace")


def print_diff(diff: str) -> None:
    """Print a diff, in colour on a terminal."""
    if not sys.stdout.isatty():
        write_stdout(diff.encode("utf-8", "surrogateescape"))
        return
    from rich.syntax import Syntax

    from normalize.reports.terminal import console

    console().print(Syntax(diff, "diff", background_color="default", word_wrap=True))
