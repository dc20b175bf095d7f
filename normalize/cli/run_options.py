"""Options of commands over many texts: which files, which configuration, how many processes, what is known already."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

OptionalInputs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILE...", help="Texts, files of many records, folders, or - for standard input.", show_default=False
    ),
]
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Take the configuration from this file.", show_default=False),
]
Isolated = Annotated[bool, typer.Option("--isolated", help="Read no configuration file.")]
Allow = Annotated[
    list[str],
    typer.Option("--allow", metavar="PHRASE", help="Phrase or name that is right as it stands. Repeatable."),
]
Include = Annotated[
    list[str],
    typer.Option(
        "--include", metavar="GLOB", help="Take these files from folders, instead of known endings. Repeatable."
    ),
]
Exclude = Annotated[
    list[str],
    typer.Option("--exclude", metavar="GLOB", help="Leave these files and folders out of folders. Repeatable."),
]
IgnoreFiles = Annotated[
    bool, typer.Option("--ignore/--no-ignore", help="Honour .gitignore, .ignore and .git/info/exclude in folders.")
]
FilesFrom = Annotated[
    str | None,
    typer.Option(
        "--files-from",
        metavar="FILE|-",
        help="Read names of inputs from a file, one a line or NUL-separated.",
        show_default=False,
    ),
]
StdinFilename = Annotated[
    str | None,
    typer.Option(
        "--stdin-filename", metavar="NAME", help="What standard input is called, and whose settings it has.",
        show_default=False,
    ),
]  # fmt: skip
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs", "-j", min=1, help="Worker processes.  [default: the number of processors]", show_default=False
    ),
]
Cache = Annotated[bool, typer.Option("--cache/--no-cache", help="Remember results, and use those of earlier runs.")]
CacheDir = Annotated[
    Path | None,
    typer.Option(
        "--cache-dir",
        metavar="FOLDER",
        help="Where results are remembered.  [default: UNSPIN_CACHE_DIR, or the user's cache folder]",
        show_default=False,
    ),
]
BaselineFile = Annotated[
    Path | None,
    typer.Option("--baseline", metavar="FILE", help="Leave out the findings that this file knows.", show_default=False),
]
WriteBaseline = Annotated[
    Path | None,
    typer.Option(
        "--write-baseline", metavar="FILE", help="Write all findings to this file as known, and exit with 0.",
        show_default=False,
    ),
]  # fmt: skip
PruneBaseline = Annotated[
    bool, typer.Option("--prune-baseline", help="Take out of the baseline what occurs no longer.")
]
