"""``unspin fix``: give the restored text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from normalize.cli import corpus_options, options, run_options
from normalize.cli.exit_codes import ExitCode
from normalize.cli.output import plan_bytes, print_diff, unified_diff, write_stdout
from normalize.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from normalize.cli.session import Session
    from normalize.document import Document
    from normalize.plan import Plan

FOR_RECORDS = (
    "text_field", "id_field", "text_format", "add_fields", "prefix", "no_restore", "rejects", "resume", "strict",
    "quiet", "max_record", "engine", "scheduler",
)  # fmt: skip
"""Parameters that say nothing about single texts."""
FOR_TEXTS = ("diff", "plan", "stdin_filename", "cache", "cache_dir")
"""Parameters that say nothing about records."""


def fix(
    context: typer.Context,
    inputs: run_options.OptionalInputs = None,
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
    mode: options.ModeChoice = options.Mode.balanced,
    min_confidence: options.Confidence = None,
    quotations: options.QuotationMode = options.Quotations.judge,
    strip_leftovers: Annotated[
        bool, typer.Option("--strip-leftovers", help="Also remove whole lines left over from a scrape.")
    ] = False,
    phrasebook: options.Phrasebooks = [],  # noqa: B006 - typer wants a list
    disable: options.Disabled = [],  # noqa: B006
    model: options.ModelPath = None,
    encoding: options.Encoding = None,
    allow: run_options.Allow = [],  # noqa: B006
    include: run_options.Include = [],  # noqa: B006
    exclude: run_options.Exclude = [],  # noqa: B006
    ignore: run_options.IgnoreFiles = True,
    files_from: run_options.FilesFrom = None,
    stdin_filename: run_options.StdinFilename = None,
    input_format: corpus_options.Format = None,
    text_field: corpus_options.TextFields = [],  # noqa: B006
    id_field: corpus_options.IdField = None,
    text_format: corpus_options.RecordText = corpus_options.TextFormat.text,
    extract: corpus_options.Extract = False,
    add_fields: corpus_options.AddFields = None,
    prefix: corpus_options.Prefix = "unspin_",
    no_restore: corpus_options.NoRestore = False,
    rejects: corpus_options.Rejects = None,
    strict: corpus_options.Strict = False,
    resume: corpus_options.Resume = False,
    max_record: corpus_options.MaxRecord = 16.0,
    engine: corpus_options.EngineChoice = corpus_options.Engine.processes,
    scheduler: corpus_options.Scheduler = None,
    jobs: run_options.Jobs = None,
    quiet: corpus_options.Quiet = False,
    cache: run_options.Cache = True,
    cache_dir: run_options.CacheDir = None,
    config: run_options.Config = None,
    isolated: run_options.Isolated = False,
) -> None:
    """Put the original wording back into spun texts; honest texts come out as they are.

    One input goes to standard output. For several, or a folder, choose --in-place, --output or --diff. Files that hold
    many records (JSON Lines, CSV, Parquet, Arrow, WARC, also with .gz or .zst) are streamed, whatever their size.
    """
    from normalize.cli.session import Session

    if sum((in_place, output is not None, diff)) > 1:
        raise InputError("--in-place, --output and --diff exclude one another; choose one")
    if in_place and "-" in (inputs or ()):
        raise InputError("--in-place needs files; standard input has no place to write back to")
    session = Session(context)
    names = session.named(inputs or [], files_from)
    if _are_texts(names, input_format, engine):
        session.refuse(FOR_RECORDS, "is for files of many records; say which they are with --input-format")
        if extract and (in_place or diff):
            raise InputError("--extract gives another text than the page; write it elsewhere with --output")
        _fix_texts(session, names, files_from is not None, in_place, output, diff, plan)
        return
    session.refuse(FOR_TEXTS, "is for single texts; plans of records come with --add-fields plan")
    from normalize.cli.fix_corpus import Wishes, fix_corpora, fix_with_dask, record_settings

    settings = record_settings(session, names)
    wishes = Wishes(in_place, output, rejects, strict, resume, session.run_setting("jobs"), quiet)
    if engine == corpus_options.Engine.dask:
        session.refuse(("include", "exclude", "ignore"), "does not work with --engine dask; name files, or use globs")
        fix_with_dask(names, input_format, settings, wishes, scheduler)
    else:
        session.refuse(("scheduler",), "needs --engine dask")
        fix_corpora(names, input_format, session.selection(), settings, wishes)


def _are_texts(inputs: Sequence[str], chosen: str | None, engine: str) -> bool:
    """Tell whether the inputs are single texts.

    Raises:
        InputError: texts and files of many records are mixed.

    """
    from normalize.formats.kinds import TEXT_FORMATS, corpus_format

    if chosen is not None:
        return chosen in TEXT_FORMATS
    if engine == corpus_options.Engine.dask:
        return False
    records = [name for name in inputs if corpus_format(name) is not None and not Path(name).is_dir()]
    if records and len(records) < len(inputs):
        text = next(name for name in inputs if name not in records)
        raise InputError(f"{text} is not known to hold many records, {records[0]} does; run them apart")
    return not records


def _fix_texts(
    session: Session,
    inputs: Sequence[str],
    listed: bool,
    in_place: bool,
    output: Path | None,
    diff: bool,
    plan: Path | None,
) -> None:
    from normalize.cli.session import Failure
    from normalize.formats.files import STDIN, check_writable, encode, write_bytes

    names = session.texts(inputs, listed=listed, all_or_none=True)
    many = len(names) > 1 or any(Path(name).is_dir() for name in inputs if name != STDIN)
    if many and not (in_place or output or diff):
        raise InputError(
            f"{len(names)} texts do not fit on one standard output; add --in-place, --output FOLDER or --diff"
        )
    if plan is not None and len(names) > 1:
        raise InputError("--plan takes one input; for more run: unspin plan FILE for each")
    # Everything is read before anything is written, so that a bad input changes nothing.
    documents, plans = [], []
    for outcome in session.plan_all(names):
        if isinstance(outcome, Failure):
            raise outcome.error
        documents.append(outcome[0])
        plans.append(outcome[1].plan)
    restored = [found.apply(document.text) for document, found in zip(documents, plans, strict=True)]
    if plan is not None:
        check_writable(plan)
    if diff:
        for document, text in zip(documents, restored, strict=True):
            print_diff(unified_diff(document.text, text, document.name))
    elif in_place or output is not None:
        _write(documents, plans, restored, None if output is None else _targets(output, documents, inputs, many))
    else:
        write_stdout(encode(documents[0], restored[0]))
    if plan is not None:
        write_bytes(plan, plan_bytes(plans[0]))
    if diff and any(text != document.text for document, text in zip(documents, restored, strict=True)):
        raise typer.Exit(ExitCode.FINDINGS)


def _write(documents: list[Document], plans: list[Plan], restored: list[str], targets: list[Path] | None) -> None:
    """Write all restored texts. Everything is encoded and every target checked before the first one is written."""
    from normalize.formats.files import check_writable, encode, write_bytes

    paths = targets or [Path(document.name) for document in documents]
    data = [encode(document, text) for document, text in zip(documents, restored, strict=True)]
    for path, document, text in zip(paths, documents, restored, strict=True):
        if targets is not None or text != document.text:
            check_writable(path)
    for document, plan, text, path, content in zip(documents, plans, restored, paths, data, strict=True):
        if targets is not None or text != document.text:
            write_bytes(path, content)
        _report(document, plan)


def _report(document: Document, plan: Plan) -> None:
    edits = len(plan.edits)
    typer.echo(f"{document.name}: {plan.verdict.label}, {edits} edit{'s' * (edits != 1)}", err=True)


def _targets(output: Path, documents: list[Document], inputs: Sequence[str], many: bool) -> list[Path]:
    """Give where each restored text goes: the file itself, or its place below the output folder.

    Raises:
        InputError: the folder cannot be made, or two texts would go to one file.

    """
    if not many and not output.is_dir():
        return [output]
    folders = [Path(root) for root in inputs if Path(root).is_dir()]
    targets: dict[Path, str] = {}
    for document in documents:
        path = Path(document.name)
        root = next((folder for folder in folders if path.is_relative_to(folder)), None)
        below = path.relative_to(root) if root else Path("stdin.txt" if document.name.startswith("<") else path.name)
        target = output / below
        if target in targets:
            raise InputError(f"{targets[target]} and {document.name} would both be written to {target}; run them apart")
        targets[target] = document.name
    for target in targets:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{target.parent}: cannot be made: {error.strerror}") from None
    return list(targets)
