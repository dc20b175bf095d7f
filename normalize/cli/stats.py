"""``unspin stats``: how much of a corpus was spun, where, and with which words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from normalize.cli import corpus_options, options, run_options
from normalize.cli.exit_codes import ExitCode


def stats(
    context: typer.Context,
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Files of many records, folders of them, or -.", show_default=False),
    ],
    by: Annotated[
        str | None, typer.Option("--by", metavar="FIELD", help="Field to group by: a source, a site.")
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="Rows of each table.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Also write a page with plots (unspin[plots]).")
    ] = None,
    input_format: corpus_options.Format = None,
    text_field: corpus_options.TextFields = [],  # noqa: B006 - typer wants a list
    text_format: corpus_options.RecordText = corpus_options.TextFormat.text,
    jobs: run_options.Jobs = None,
    quiet: corpus_options.Quiet = False,
    max_record: corpus_options.MaxRecord = 16.0,
    mode: options.ModeChoice = options.Mode.balanced,
    min_confidence: options.Confidence = None,
    quotations: options.QuotationMode = options.Quotations.judge,
    phrasebook: options.Phrasebooks = [],  # noqa: B006
    disable: options.Disabled = [],  # noqa: B006
    model: options.ModelPath = None,
    encoding: options.Encoding = None,
    allow: run_options.Allow = [],  # noqa: B006
    config: run_options.Config = None,
    isolated: run_options.Isolated = False,
) -> None:
    """Count a corpus: spun documents by source, families, substitutions, and security terms before and after.

    Nothing is changed. Exit code 2 when records could not be read; the others are counted.
    """
    from normalize.cli.fix_corpus import corpus_inputs, record_settings
    from normalize.cli.output import write_stdout
    from normalize.cli.progress import RunProgress
    from normalize.cli.session import Session
    from normalize.corpus.processes import processors
    from normalize.corpus.run import Job
    from normalize.corpus.statistics import collect, to_json
    from normalize.errors import InputError
    from normalize.formats.files import check_writable, write_bytes
    from normalize.reports.corpus_statistics import page, print_tables
    from normalize.reports.terminal import console

    session = Session(context)
    chosen = corpus_inputs(inputs, input_format, session.selection())
    found = [Job(name, None, form) for name, form in chosen]
    for job in found:
        if not job.format:
            raise InputError(f"{job.shown}: is not known to hold many records; say what it is with --input-format")
    if html is not None:
        check_writable(html)
    settings = record_settings(session, inputs)
    with RunProgress(quiet=quiet) as progress:
        statistics = collect(found, settings, by, session.run_setting("jobs") or processors(), progress)
    if html is not None:
        title = f"Spun documents in {', '.join(Path(job.shown).name for job in found[:3])}"
        write_bytes(html, page(statistics, by, top, title).encode())
    if json:
        write_stdout(to_json(statistics, top).encode("utf-8", "backslashreplace"))
    else:
        print_tables(console(), statistics, by, top)
    if statistics.rejected:
        raise typer.Exit(ExitCode.USAGE)
