"""``unspin plan``, ``unspin apply`` and ``unspin undo``: plans as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from normalize.cli import options, run_options
from normalize.cli.output import plan_bytes, write_stdout

_PlanPath = Annotated[str, typer.Argument(metavar="PLAN.json", help="A plan, as written by: unspin plan FILE.")]
_TextPath = Annotated[str, typer.Argument(metavar="FILE", help="The text, or - for standard input.")]
_InPlace = Annotated[bool, typer.Option("--in-place", "-i", help="Write the result back to the file.")]
_Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="PATH", help="Write to this file instead of standard output.")
]


def plan(
    context: typer.Context,
    file: _TextPath,
    output: _Output = None,
    mode: options.ModeChoice = options.Mode.balanced,
    min_confidence: options.Confidence = None,
    quotations: options.QuotationMode = options.Quotations.judge,
    phrasebook: options.Phrasebooks = [],  # noqa: B006 - typer wants a list
    disable: options.Disabled = [],  # noqa: B006
    model: options.ModelPath = None,
    encoding: options.Encoding = None,
    allow: run_options.Allow = [],  # noqa: B006
    stdin_filename: run_options.StdinFilename = None,
    config: run_options.Config = None,
    isolated: run_options.Isolated = False,
) -> None:
    """Print the plan for a text as JSON: verdict, edits with reasons, notes.

    Plans of many records come with: unspin fix FILE --no-restore --add-fields plan.
    """
    from normalize.cli.session import RECORD_PLANS, Session
    from normalize.formats.files import write_bytes
    from normalize.formats.kinds import refuse_records

    session = Session(context)
    refuse_records(session.stdin_name or file, RECORD_PLANS)
    data = plan_bytes(session.plan(session.read(file)).plan)
    if output is None:
        write_stdout(data)
    else:
        write_bytes(output, data)


def apply(
    plan_file: _PlanPath,
    file: _TextPath,
    in_place: _InPlace = False,
    output: _Output = None,
    encoding: options.Encoding = None,
) -> None:
    """Apply a plan to the text that it was made for; any other text is refused."""
    _run(plan_file, file, in_place, output, encoding, backwards=False)


def undo(
    plan_file: _PlanPath,
    file: _TextPath,
    in_place: _InPlace = False,
    output: _Output = None,
    encoding: options.Encoding = None,
) -> None:
    """Take a plan back: give the text that it was applied to."""
    _run(plan_file, file, in_place, output, encoding, backwards=True)


def _run(
    plan_file: str, file: str, in_place: bool, output: Path | None, encoding: str | None, *, backwards: bool
) -> None:
    from normalize.errors import InputError, PlanError
    from normalize.formats.files import STDIN, encode, read_document, write_bytes
    from normalize.plan import Plan

    if in_place and (output is not None or file == STDIN):
        raise InputError("--in-place needs a file and no --output")
    source = read_document(plan_file, "utf-8")
    document = read_document(file, encoding)
    try:
        found = Plan.from_json(source.text)
    except PlanError as error:
        raise PlanError(f"{plan_file}: {error}") from None
    try:
        result = found.undo(document.text) if backwards else found.apply(document.text)
    except PlanError as error:
        raise PlanError(f"{document.name}: {error}") from None
    data = encode(document, result)
    if in_place:
        write_bytes(Path(file), data)
    elif output is not None:
        write_bytes(output, data)
    else:
        write_stdout(data)
