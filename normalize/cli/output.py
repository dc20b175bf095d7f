"""Printing for people and for pipes."""

from __future__ import annotations

import sys


def write_stdout(data: bytes) -> None:
    """Write bytes to standard output as they are: no added line, no changed line ending."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def unified_diff(before: str, after: str, name: str) -> str:
    """Give the unified diff of a text and its restored form, with file names as git shows them."""
    import difflib

    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def print_diff(diff: str) -> None:
    """Print a diff, in colour on a terminal."""
    if not sys.stdout.isatty():
        write_stdout(diff.encode("utf-8", "surrogateescape"))
        return
    from rich.syntax import Syntax

    from normalize.reports.terminal import console

    console().print(Syntax(diff, "diff", background_color="default", word_wrap=True))
