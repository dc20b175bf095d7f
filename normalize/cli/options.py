"""Options that several commands share, and the normalizer made from them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from normalize.cli.completion import selectors

if TYPE_CHECKING:
    from normalize.normalizer import Normalizer

EPILOG = "Exit codes: 0 clean, 1 findings, 2 usage or input error, 3 internal error."


class Quotations(StrEnum):
    """What happens to quotations of a spun document."""

    keep = "keep"
    judge = "judge"
    restore = "restore"


class Mode(StrEnum):
    """How much is changed."""

    safe = "safe"
    balanced = "balanced"
    eager = "eager"


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
    typer.Option(
        "--disable",
        metavar="ENTRY",
        help="Entry id, spun form or family that must not act. Repeatable.",
        autocompletion=selectors,
    ),
]
QuotationMode = Annotated[
    Quotations,
    typer.Option("--quotations", help="Leave quotations alone, judge each by its own evidence, or restore all."),
]
ModeChoice = Annotated[
    Mode,
    typer.Option("--mode", help="How much is changed: only what is nearly certain, what reduces errors most, or more."),
]
Confidence = Annotated[
    float | None,
    typer.Option(
        "--min-confidence",
        min=0.0,
        max=1.0,
        help="Least probability that an edit is right, instead of the mode's.",
        show_default=False,
    ),
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
    phrasebooks: list[Path],
    disabled: list[str],
    quotations: Quotations,
    model: Path | None,
    mode: Mode = Mode.balanced,
    min_confidence: float | None = None,
) -> Normalizer:
    """Make the normalizer that a command's options ask for."""
    from normalize.corpus.engine import EngineSettings

    return EngineSettings(
        tuple(phrasebooks), tuple(disabled), quotations.value, model, mode.value, min_confidence
    ).make()
