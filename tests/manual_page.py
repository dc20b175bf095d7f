"""Make docs/unspin.1, the manual page, from the command line's own help: python -m tests.manual_page > docs/unspin.1."""

from __future__ import annotations

import re
from collections.abc import Iterator

import typer

from normalize.cli.app import app
from normalize.cli.exit_codes import ExitCode

ENVIRONMENT = {
    "UNSPIN_CACHE_DIR": "Folder for the compiled phrasebook and for remembered results, instead of the user's cache "
    "folder.",
    "UNSPIN_DEBUG": "When set, an internal error shows where it happened.",
    "NO_COLOR": "When set, nothing is printed in colour.",
}
FILES = {
    "unspin.toml": "Configuration, in the folder of a text or above it; unspin config show lists the settings.",
    "pyproject.toml": "The same in the table [tool.unspin].",
}
EXIT_STATUS = {
    ExitCode.CLEAN: "All went well, and nothing was found that counts.",
    ExitCode.FINDINGS: "The check failed because of its findings, or fix --diff would change something.",
    ExitCode.USAGE: "An option, an input, a target or a phrasebook is wrong; no text was changed.",
    ExitCode.INTERNAL: "A fault of the program.",
}


def manual_page() -> str:
    """Give the manual page in the man macros, without a date, so that it only changes when the help does."""
    root = typer.main.get_command(app)
    summary = (root.help or "").strip()
    lines = [
        '.\\" Made by python -m tests.manual_page; a test compares.',
        '.TH UNSPIN 1 "" unspin "User Commands"',
        ".SH NAME",
        f"unspin \\- {_roff(summary[0].lower() + summary[1:].rstrip('.'))}",
        ".SH SYNOPSIS",
        ".B unspin",
        '.RI [ options ] " command " [ arguments ]',
        ".SH OPTIONS",
        *_options(root),
        ".SH COMMANDS",
    ]
    for path, command in _commands(root, ""):
        lines += [f".SS unspin {_roff(path)}", *_synopsis(path, command), *_paragraphs(command.help or "")]
        lines += _options(command)
    for title, rows in (
        ("EXIT STATUS", {str(int(code)): text for code, text in EXIT_STATUS.items()}),
        ("ENVIRONMENT", ENVIRONMENT),
        ("FILES", FILES),
    ):
        lines.append(f".SH {title}")
        for name, text in rows.items():
            lines += [".TP", f".B {_roff(name)}", _roff(text)]
    return "\n".join(lines) + "\n"


def _commands(group: object, prefix: str) -> Iterator[tuple[str, typer.core.TyperCommand]]:
    for name, command in getattr(group, "commands", {}).items():
        path = f"{prefix} {name}".strip()
        if hasattr(command, "commands"):
            yield from _commands(command, path)
        else:
            yield path, command


def _synopsis(path: str, command: typer.core.TyperCommand) -> list[str]:
    context = typer.Context(command, info_name=f"unspin {path}")
    words = " ".join(command.collect_usage_pieces(context))
    return [".PP", f".B unspin {_roff(path)}", f"\\fI{_roff(words)}\\fR"]


def _paragraphs(text: str) -> list[str]:
    lines = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines += [".PP", _roff(" ".join(paragraph.split()))]
    return lines


def _options(command: object) -> list[str]:
    lines = []
    context = typer.Context(command, info_name="unspin", help_option_names=["-h", "--help"])  # type: ignore[arg-type]
    for parameter in command.get_params(context):  # type: ignore[attr-defined]
        record = parameter.get_help_record(context)
        if record is not None:
            lines += [".TP", f".B {_roff(record[0])}", _roff(" ".join(record[1].split())) or "\\&"]
    return lines


def _roff(text: str) -> str:
    """Escape what the man macros would take for commands."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("“", "\\(lq").replace("”", "\\(rq")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    import os

    os.environ["COLUMNS"] = "100"
    print(manual_page(), end="")
