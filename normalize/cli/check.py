"""``unspin check``: verdicts and findings, changing nothing."""

from __future__ import annotations

import typer

from normalize.cli import options, run_options
from normalize.cli.exit_codes import ExitCode


def check(
    context: typer.Context,
    inputs: run_options.OptionalInputs = None,
    min_confidence: options.Confidence = 0.5,
    quotations: options.QuotationMode = options.Quotations.judge,
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
    baseline: run_options.BaselineFile = None,
    write_baseline: run_options.WriteBaseline = None,
    prune_baseline: run_options.PruneBaseline = False,
    jobs: run_options.Jobs = None,
    cache: run_options.Cache = True,
    cache_dir: run_options.CacheDir = None,
    config: run_options.Config = None,
    isolated: run_options.Isolated = False,
) -> None:
    """Say for each document whether it was spun, and list every finding; exit 1 when there is one.

    Findings are exactly what fix would change.
    """
    from normalize.cli.known_findings import KnownFindings
    from normalize.cli.session import Session
    from normalize.reports.text import TextReport

    session = Session(context)
    known = KnownFindings(session.run_path("baseline"), write_baseline, prune_baseline)
    names = session.find(inputs or [], files_from)
    report = TextReport()
    found = False
    for document, silenced in session.checked(names):
        unknown = known.filter(document, silenced.plan)
        report.add(document, unknown.plan)
        spun = unknown.plan.verdict.label == "spun" and not unknown.verdict_known
        found = found or spun or bool(unknown.plan.edits)
    if session.any_checked:
        report.close()
        known.close()
    session.close()
    if found and not known.writes:
        raise typer.Exit(ExitCode.FINDINGS)
