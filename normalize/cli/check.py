"""``unspin check``: verdicts and findings, changing nothing."""

from __future__ import annotations

import typer

from normalize.cli import options, report_options, thresholds


def check(
    inputs: options.Inputs,
    formats: report_options.Formats = [],  # noqa: B006 - typer wants a list
    output_files: report_options.OutputFiles = [],  # noqa: B006
    fail_on: thresholds.FailOnOption = None,
    max_spun: thresholds.MaxSpun = None,
    exit_zero: thresholds.ExitZero = False,
    min_confidence: options.Confidence = 0.5,
    quotations: options.QuotationMode = options.Quotations.judge,
    phrasebook: options.Phrasebooks = [],  # noqa: B006
    disable: options.Disabled = [],  # noqa: B006
    model: options.ModelPath = None,
    encoding: options.Encoding = None,
) -> None:
    """Say for each document whether it was spun, and list every finding; exit 1 when the check fails.

    Findings are exactly what fix would change. The check fails when a document was spun, unless --fail-on, --max-spun
    or --exit-zero say otherwise.
    """
    from normalize.formats.files import find_texts, read_document
    from normalize.reports.findings import examine

    threshold = thresholds.Threshold(fail_on, max_spun, exit_zero)
    names = find_texts(inputs)
    with report_options.Reports(formats, output_files, names, threshold.fails) as reports:
        normalizer = options.make_normalizer(phrasebook, disable, quotations, min_confidence, model)
        for name in names:
            document = read_document(name, encoding)
            checked = examine(document, normalizer.plan(document.text, document.name))
            threshold.add(checked)
            reports.add(checked)
    raise typer.Exit(threshold.exit_code())
