"""``unspin check``: verdicts and findings, changing nothing."""

from __future__ import annotations

import typer

from normalize.cli import options
from normalize.cli.exit_codes import ExitCode


def check(
    inputs: options.Inputs,
    min_confidence: options.Confidence = 0.5,
    quotations: options.QuotationMode = options.Quotations.judge,
    phrasebook: options.Phrasebooks = [],  # noqa: B006 - typer wants a list
    disable: options.Disabled = [],  # noqa: B006
    model: options.ModelPath = None,
    encoding: options.Encoding = None,
) -> None:
    """Say for each document whether it was spun, and list every finding; exit 1 when there is one.

    Findings are exactly what fix would change.
    """
    from normalize.formats.files import find_texts, read_document
    from normalize.formats.views import plan_document
    from normalize.reports.text import TextReport

    names = find_texts(inputs)
    normalizer = options.make_normalizer(phrasebook, disable, quotations, min_confidence, model)
    report = TextReport()
    found = False
    for name in names:
        document = read_document(name, encoding)
        plan = plan_document(normalizer, document)
        report.add(document, plan)
        found = found or plan.verdict.label == "spun" or bool(plan.edits)
    report.close()
    if found:
        raise typer.Exit(ExitCode.FINDINGS)
