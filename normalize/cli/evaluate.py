"""``unspin evaluate``: how good are the restorations, measured against gold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from normalize.cli import options
from normalize.errors import InputError

if TYPE_CHECKING:
    from normalize.evaluate import GoldText, Score


class Format(StrEnum):
    """How the figures are printed."""

    table = "table"
    json = "json"


def evaluate(
    gold: Annotated[
        list[str],
        typer.Argument(
            metavar="[GOLD.jsonl]...", help='Records {"id", "text", "edits": [{"start", "end", "originals"}]}.'
        ),
    ] = [],  # noqa: B006 - typer wants a list
    pairs: Annotated[
        list[Path], typer.Option("--pairs", metavar="PAIRS.jsonl", help='Records {"spun", "original"}. Repeatable.')
    ] = [],  # noqa: B006
    output_format: Annotated[Format, typer.Option("--format", help="A table, or JSON.")] = Format.table,
    mistakes: Annotated[bool, typer.Option("--mistakes", help="List every missed, wrong and false edit.")] = False,
    mode: options.ModeChoice = options.Mode.balanced,
    min_confidence: options.Confidence = None,
    quotations: options.QuotationMode = options.Quotations.judge,
    phrasebook: options.Phrasebooks = [],  # noqa: B006
    disable: options.Disabled = [],  # noqa: B006
    model: options.ModelPath = None,
) -> None:
    """Measure precision, recall, F0.5 and error reduction rate on gold, and false edits on clean texts.

    A record without edits is a clean text. Pairs are aligned token by token.
    """
    from normalize.evaluate import Score

    if not gold and not pairs:
        raise InputError("nothing to evaluate; give GOLD.jsonl files or --pairs PAIRS.jsonl")
    texts = [text for name in gold for text in _gold_texts(name)]
    texts += [text for path in pairs for text in _paired_texts(str(path))]
    normalizer = options.make_normalizer(phrasebook, disable, quotations, model, mode, min_confidence)
    score = Score()
    for text in texts:
        score.add(text, normalizer.plan(text.text))
    if output_format is Format.json:
        data = score.to_dict()
        if mistakes:
            data["mistakes"] = [
                {"id": m.text_id, "kind": m.kind, "spun": m.spun, "original": m.original, "got": m.got}
                for m in score.mistakes
            ]
        typer.echo(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        _print_table(score, mistakes)


def _gold_texts(name: str) -> Iterator[GoldText]:
    from normalize.evaluate import gold_from_record

    for number, record in _records(name):
        try:
            yield gold_from_record(record)
        except (KeyError, TypeError, ValueError) as error:
            problem = f"no key {error}" if isinstance(error, KeyError) else str(error)
            raise InputError(f"{name}:{number}: not a gold record: {problem}") from None


def _paired_texts(name: str) -> Iterator[GoldText]:
    from normalize.evaluate import gold_from_pair

    for number, record in _records(name):
        spun, original = record.get("spun"), record.get("original")
        if not isinstance(spun, str) or not isinstance(original, str):
            raise InputError(f'{name}:{number}: not a pair: the texts "spun" and "original" are needed')
        yield gold_from_pair(spun, original, str(record.get("id", number)))


def _records(name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    from normalize.formats.files import read_document
    from normalize.formats.kinds import refuse_records

    refuse_records(name, "only those of JSON Lines are read here", taken=("jsonl",))
    for number, line in enumerate(read_document(name).text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"{name}:{number}:{error.colno}: not JSON: {error.msg}") from None
        if not isinstance(record, dict):
            raise InputError(f"{name}:{number}: not a JSON object")
        yield number, record


def _print_table(score: Score, mistakes: bool) -> None:
    from rich.table import Table

    from normalize.reports.terminal import console

    table = Table(title=f"{score.texts} texts, {score.gold} gold places")
    table.add_column("measure")
    table.add_column("value", justify="right")
    for name, value in (
        ("true positives", score.true_positives),
        ("wrong", score.wrong),
        ("false", score.false),
        ("missed", score.missed),
    ):
        table.add_row(name, str(value))
    for name, share in (
        ("precision", score.precision),
        ("recall", score.recall),
        ("F0.5", score.f_half),
        ("error reduction rate", score.error_reduction_rate),
    ):
        table.add_row(name, f"{share:.3f}" if score.gold else "–")
    clean = f"{score.false_edits_per_1000_words:.3f}" if score.clean_texts else "–"
    table.add_row(f"false edits per 1,000 words ({score.clean_texts} clean texts)", clean)
    out = console()
    if mistakes:
        for mistake in score.mistakes:
            wanted = f" (original: {mistake.original!r})" if mistake.original else ""
            out.print(f"{mistake.text_id}: {mistake.kind}: {mistake.spun!r} → {mistake.got!r}{wanted}", markup=False)
    out.print(table)
