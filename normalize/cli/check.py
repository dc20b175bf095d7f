"""``unspin check``: verdicts and findings, changing nothing."""

from __future__ import annotations

import typer

from normalize.cli import corpus_options, options, report_options, run_options, thresholds
from normalize.cli.exit_codes import ExitCode


def check(
    context: typer.Context,
    inputs: run_options.OptionalInputs = None,
    formats: report_options.Formats = [],  # noqa: B006 - typer wants a list
    output_files: report_options.OutputFiles = [],  # noqa: B006
    fail_on: thresholds.FailOnOption = None,
    max_spun: thresholds.MaxSpun = None,
    exit_zero: thresholds.ExitZero = False,
    mode: options.ModeChoice = options.Mode.balanced,
    min_confidence: options.Confidence = None,
    quotations: options.QuotationMode = options.Quotations.judge,
    phrasebook: options.Phrasebooks = [],  # noqa: B006
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
    rejects: corpus_options.Rejects = None,
    strict: corpus_options.Strict = False,
    max_record: corpus_options.MaxRecord = 16.0,
    quiet: corpus_options.Quiet = False,
    baseline: run_options.BaselineFile = None,
    write_baseline: run_options.WriteBaseline = None,
    prune_baseline: run_options.PruneBaseline = False,
    jobs: run_options.Jobs = None,
    cache: run_options.Cache = True,
    cache_dir: run_options.CacheDir = None,
    config: run_options.Config = None,
    isolated: run_options.Isolated = False,
) -> None:
    """Say for each document whether it was spun, and list every finding; exit 1 when the check fails.

    Findings are exactly what fix would change. The check fails when a document was spun, unless --fail-on, --max-spun
    or --exit-zero say otherwise. In files of many records (JSON Lines, CSV, Parquet, Arrow, WARC, also with .gz or
    .zst) each record is a document; only those with findings are listed.
    """
    from normalize.cli.check_corpus import RecordCheck, find_inputs
    from normalize.cli.known_findings import KnownFindings
    from normalize.cli.session import Session
    from normalize.reports.findings import examine
    from normalize.reports.formats import Format

    session = Session(context)
    threshold = thresholds.from_session(session)
    known = KnownFindings(session.run_path("baseline"), write_baseline, prune_baseline)
    names = session.named(inputs or [], files_from)
    found = find_inputs(session, names, input_format, listed=files_from is not None)
    chosen = [Format(name) for name in session.run_setting("format")]
    with report_options.Reports(chosen, output_files, found.names, threshold.fails) as reports:
        for document, silenced in session.checked(found.texts):
            new = known.filter(document, silenced.plan)
            checked = examine(document, new.plan, new.verdict_known, placed=not extract)
            threshold.add(checked)
            reports.add(checked)
        RecordCheck(session, found, known, threshold, reports).run()
        if not session.any_checked:
            session.close()  # nothing but failures: they are all there is to say
    known.close()
    session.close()
    raise typer.Exit(ExitCode.CLEAN if known.writes else threshold.exit_code())
