"""The command-line application: every command, in the order of the help."""

from __future__ import annotations

from typing import Annotated

import typer

from normalize.cli import check, config, evaluate, explain, fix, learn, model, phrasebook, plans, stats
from normalize.cli.options import EPILOG

app = typer.Typer(
    name="unspin",
    help="Decide whether articles were machine-spun, and put the original wording back with a reason for every change.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"unspin {version('unspin')}")
        raise typer.Exit


@app.callback(epilog=EPILOG)
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Decide whether articles were machine-spun, and put the original wording back with a reason for every change."""


app.command("fix", epilog=EPILOG)(fix.fix)
app.command("check", epilog=EPILOG)(check.check)
app.command("explain", epilog=EPILOG)(explain.explain)
app.command("plan", epilog=EPILOG)(plans.plan)
app.command("apply", epilog=EPILOG)(plans.apply)
app.command("undo", epilog=EPILOG)(plans.undo)
app.command("evaluate", epilog=EPILOG)(evaluate.evaluate)
app.command("learn", epilog=EPILOG)(learn.learn)
app.command("stats", epilog=EPILOG)(stats.stats)
app.add_typer(phrasebook.app, name="phrasebook")
app.add_typer(model.app, name="model")
app.add_typer(config.app, name="config")
