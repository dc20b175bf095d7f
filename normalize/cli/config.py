"""``unspin config``: what the settings are, and where they come from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from normalize.cli import run_options
from normalize.cli.options import EPILOG

app = typer.Typer(help="Show the settings, and the schema of configuration files.", no_args_is_help=True)


@app.command("show", epilog=EPILOG)
def show(
    context: typer.Context,
    path: Annotated[
        Path | None,
        typer.Argument(metavar="PATH", help="File or folder whose settings are shown.  [default: working folder]"),
    ] = None,
    config: run_options.Config = None,
    isolated: run_options.Isolated = False,
) -> None:
    """Print every setting with its value and where that comes from: file and line, or default."""
    from normalize.cli.session import Session
    from normalize.cli.settings import SETTINGS
    from normalize.errors import InputError

    chosen = path or Path.cwd()
    if not chosen.exists():
        raise InputError(f"{chosen}: no such file or folder")
    # The settings of a folder are those of a file in it that no per-path table names.
    name = str(chosen / "-") if chosen.is_dir() else str(chosen)
    values = Session(context).settings_for(name)
    for setting in SETTINGS:
        value = values[setting.name]
        shown = "(not set)" if value.value is None else json.dumps(value.value, ensure_ascii=False)
        typer.echo(f"{setting.name} = {shown}  # {value.origin}")


@app.command("schema", epilog=EPILOG)
def schema() -> None:
    """Print the JSON schema of unspin.toml, which editors use to complete and check it."""
    from normalize.cli.settings import json_schema

    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
