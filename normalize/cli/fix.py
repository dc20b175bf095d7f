"""``unspin fix``: give the restored text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from normalize.cli import options
from normalize.cli.exit_codes import ExitCode
from normalize.cli.output import print_diff, unified_diff, write_stdout
from normalize.errors import InputError

if TYPE_CHECKING:
    from normalize.document import Document
    from normalize.plan import Plan


def fix(
    inputs: options.Inputs,
    in_place: Annotated[
        bool, typer.Option("--in-place", "-i", help="Write each restored text back to its file.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="PATH", help="Write to this file, or below this folder for several inputs."
        ),
    ] = None,
    diff: Annotated[
        bool, typer.Option("--diff", help="Print a unified diff instead; exit 1 when it changes something.")
    ] = False,
    plan: Annotated[
        Path | None, typer.Option("--plan", metavar="PLAN.json", help="Also write the plan (one input only).")
    ] = None,
    min_confidence: options.Confidence = 0.5,
    quotations: options.QuotationMode = options.Quotations.judge,
    strip_leftovers: Annotated[
        bool, typer.Option("--strip-leftovers", help="Also remove whole lines left over from a scrape.")
    ] = False,
    phrasebook: options.Phrasebooks = [],  # noqa: B006 - typer wants a list
    disable: options.Disabled = [],  # noqa: B006
    model: options.ModelPath = None,
    encoding: options.Encoding = None,
) -> None:
    """Put the original wording back into spun texts; honest texts come out as they are.

    One input goes to standard output. For several, or a folder, choose --in-place, --output or --diff.
    """
    from normalize.formats.files import STDIN, encode, find_texts, read_document, write_bytes

    if sum((in_place, output is not None, diff)) > 1:
        raise InputError("--in-place, --output and --diff exclude one another; choose one")
    if in_place and STDIN in inputs:
        raise InputError("--in-place needs files; standard input has no place to write back to")
    names = find_texts(inputs)
    many = len(names) > 1 or (inputs[0] != STDIN and Path(inputs[0]).is_dir())
    if many and not (in_place or output or diff):
        raise InputError(
            f"{len(names)} texts do not fit on one standard output; add --in-place, --output FOLDER or --diff"
        )
    if plan is not None and len(names) > 1:
        raise InputError("--plan takes one input; for more run: unspin plan FILE for each")
    # Everything is read before anything is written, so that a bad input changes nothing.
    documents = [read_document(name, encoding) for name in names]
    normalizer = options.make_normalizer(phrasebook, disable, quotations, min_confidence, model)
    normalizer.strip_leftovers = strip_leftovers
    changed = False
    for document in documents:
        found = normalizer.plan(document.text, document.name)
        restored = found.apply(document.text)
        changed = changed or restored != document.text
        if plan is not None:
            write_bytes(plan, found.to_json().encode())
        if diff:
            print_diff(unified_diff(document.text, restored, document.name))
        elif in_place:
            if restored != document.text:
                write_bytes(Path(document.name), encode(document, restored))
            _report(document, found)
        elif output is not None:
            write_bytes(_target(output, document.name, inputs, many), encode(document, restored))
            _report(document, found)
        else:
            write_stdout(encode(document, restored))
    if diff and changed:
        raise typer.Exit(ExitCode.FINDINGS)


def _report(document: Document, plan: Plan) -> None:
    edits = len(plan.edits)
    typer.echo(f"{document.name}: {plan.verdict.label}, {edits} edit{'s' * (edits != 1)}", err=True)


def _target(output: Path, name: str, inputs: list[str], many: bool) -> Path:
    """Give where a restored text goes: the file itself, or its place below the output folder."""
    if not many and not output.is_dir():
        return output
    if output.exists() and not output.is_dir():
        raise InputError(f"{output}: not a folder, and there are several texts to write")
    path = Path(name)
    roots = [Path(root) for root in inputs if Path(root).is_dir() and path.is_relative_to(root)]
    below = path.relative_to(roots[0]) if roots else Path("stdin.txt" if name.startswith("<") else path.name)
    target = output / below
    target.parent.mkdir(parents=True, exist_ok=True)
    return target
