"""Make docs/commands.md from the command line's own help: python -m tests.command_reference > docs/commands.md."""

from __future__ import annotations

import os
from collections.abc import Iterator

import typer
from typer.testing import CliRunner

from normalize.cli.app import app

INTRODUCTION = """# Commands

Made from `--help` by `python -m tests.command_reference`; a test compares. Every command exits with 0 when clean, 1 with
findings, 2 on a usage or input error and 3 on an internal error.
"""


def reference() -> str:
    """Give the reference as Markdown: the help of every command, in the order of the application."""
    os.environ["COLUMNS"] = "100"
    parts = [INTRODUCTION]
    for path in (["unspin"], *_commands(typer.main.get_command(app), ["unspin"])):
        shown = CliRunner().invoke(app, [*path[1:], "--help"], prog_name="unspin").stdout
        lines = "\n".join(line.rstrip() for line in shown.strip("\n").splitlines())
        parts.append(f"## {' '.join(path)}\n\n```text\n{lines}\n```\n")
    return "\n".join(parts)


def _commands(command: object, path: list[str]) -> Iterator[list[str]]:
    for name, found in getattr(command, "commands", {}).items():
        yield [*path, name]
        yield from _commands(found, [*path, name])


if __name__ == "__main__":
    print(reference(), end="")
