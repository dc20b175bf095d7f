"""Options that several commands share, and the normalizer made from them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from normalize.normalizer import Normalizer

EPILOG = "Exit codes: 0 clean, 1 findings, 2 usage or input error, 3 internal error."


class Quotations(StrEnum):
    """What happens to quotations of a spun document."""

    keep = "keep"
    judge = "judge"
    restore = "restore"


Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE...", help="Text files, folders of text files, or - for standard input.", show_default=False
    ),
]
Phrasebooks = Annotated[
    list[Path],
    typer.Option(
        "--phrasebook", metavar="PATH", help="Phrasebook file or folder added to the built-in one. Repeatable."
    ),
]
Disabled = Annotated[
    list[str],
    typer.Option("--disable", metavar="ENTRY", help="Entry id, spun form or family that must not act. Repeatable."),
]
QuotationMode = Annotated[
    Quotations,
    typer.Option("--quotations", help="Leave quotations alone, judge each by its own evidence, or restore all."),
]
Confidence = Annotated[
    float, typer.Option("--min-confidence", min=0.0, max=1.0, help="Least probability that an edit is right.")
]
ModelPath = Annotated[
    Path | None,
    typer.Option(
        "--model", metavar="PATH", help="A model of unspin model build, KenLM or ARPA instead of the built-in one."
    ),
]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="Encoding of the input where it is not UTF-8.", show_default=False)
]


def make_normalizer(
    phrasebooks: list[Path], disabled: list[str], quotations: Quotations, min_confidence: float, model: Path | None
) -> Normalizer:
    """Make the normalizer that a command's options ask for."""
    from normalize.normalizer import Normalizer

    return Normalizer(**engine_options(phrasebooks, disabled, quotations, min_confidence, model))


def engine_options(
    phrasebooks: list[Path], disabled: list[str], quotations: Quotations, min_confidence: float, model: Path | None
) -> dict[str, Any]:
    """Give the keyword arguments of ``Normalizer`` that a command's options ask for."""
    return {
        "phrasebooks": phrasebooks,
        "disabled": disabled,
        "quotations": quotations.value,
        "min_confidence": min_confidence,
        "model": model,
    }
