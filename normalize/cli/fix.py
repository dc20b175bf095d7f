"""``unspin fix``: give the restored text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from normalize.cli import corpus_options, options, run_options
from normalize.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence


FOR_RECORDS = (
    "text_field", "id_field", "text_format", "add_fields", "prefix", "no_restore", "max_record", "engine", "scheduler",
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
        str | None,  # a Path would spoil a URL
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
    many records (JSON Lines, CSV, Parquet, Arrow, WARC, also with .gz or .zst) are streamed, whatever their size, and
    so are more than 100 texts: a bad one does not stop the others. Of up to 100, all are written or none.
    """
    from normalize.cli.fix_corpus import Wishes
    from normalize.cli.session import Session

    if sum((in_place, output is not None, diff)) > 1:
        raise InputError("--in-place, --output and --diff exclude one another; choose one")
    if in_place and "-" in (inputs or ()):
        raise InputError("--in-place needs files; standard input has no place to write back to")
    if output is not None and "://" in output and engine != corpus_options.Engine.dask:
        raise InputError(f"{output}: a URL can be written to with --engine dask only")
    session = Session(context)
    names = session.named(inputs or [], files_from)
    folder = Path(output) if output is not None else None
    wishes = Wishes(in_place, folder, rejects, strict, resume, session.run_setting("jobs"), quiet)
    if _are_texts(names, input_format, engine):
        session.refuse(FOR_RECORDS, "is for files of many records; say which they are with --input-format")
        if extract and (in_place or diff):
            raise InputError("--extract gives another text than the page; write it elsewhere with --output")
        from normalize.cli.fix_texts import fix_texts

        fix_texts(session, names, wishes, listed=files_from is not None, diff=diff, plan=plan)
        return
    session.refuse(FOR_TEXTS, "is for single texts; plans of records come with --add-fields plan")
    from normalize.cli.fix_corpus import fix_corpora, fix_with_dask, record_settings

    settings = record_settings(session, names)
    if engine == corpus_options.Engine.dask:
        session.refuse(("include", "exclude", "ignore"), "does not work with --engine dask; name files, or use globs")
        fix_with_dask(names, output, input_format, settings, wishes, scheduler)
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
