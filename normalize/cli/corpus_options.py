"""Options for corpora that commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class InputFormat(StrEnum):
    """The formats that can be named."""

    text = "text"
    markdown = "markdown"
    html = "html"
    jsonl = "jsonl"
    csv = "csv"
    tsv = "tsv"
    parquet = "parquet"
    arrow = "arrow"
    warc = "warc"


class TextFormat(StrEnum):
    """What the texts of records may be written in."""

    text = "text"
    markdown = "markdown"
    html = "html"


class Engine(StrEnum):
    """Where the work is done."""

    processes = "processes"
    dask = "dask"


Format = Annotated[
    InputFormat | None,
    typer.Option(
        "--input-format", help="Format of the input where its name does not tell: .jsonl, .csv, .parquet, .html ..."
    ),
]
TextFields = Annotated[
    list[str],
    typer.Option(
        "--text-field",
        metavar="FIELD",
        help="Field or column with a text of a record; dots lead into objects, lists are gone through. Repeatable.",
        show_default="text",
    ),
]
IdField = Annotated[
    str | None,
    typer.Option("--id-field", metavar="FIELD", help="Field that names a record, in its plan and in reports."),
]
RecordText = Annotated[TextFormat, typer.Option("--text-format", help="What the texts of records are written in.")]
Extract = Annotated[
    bool, typer.Option("--extract", help="Take the main text of each HTML page instead of the page (unspin[html]).")
]
AddFields = Annotated[
    str | None,
    typer.Option(
        "--add-fields",
        metavar="LIST",
        help="Values to add to each record: verdict,probability,family,edits,plan,error.",
    ),
]
Prefix = Annotated[str, typer.Option("--prefix", help="What the names of added fields begin with.")]
NoRestore = Annotated[
    bool, typer.Option("--no-restore", help="Leave the texts of records as they are; only add fields.")
]
Rejects = Annotated[
    Path | None,
    typer.Option(
        "--rejects", metavar="FILE", help="List records and texts that could not be worked on, as JSON Lines."
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first record or text that cannot be worked on.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on where an interrupted run stopped.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notices.")]
MaxRecord = Annotated[
    float, typer.Option("--max-record", min=0.001, metavar="MB", help="Larger records are not worked on.")
]
EngineChoice = Annotated[Engine, typer.Option("--engine", help="Processes of this machine, or Dask on many.")]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="ADDRESS", help="Dask scheduler; left out, a local cluster is started."),
]
