"""``unspin model``: build a language model from a corpus of one's own, and look at one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from normalize.cli.options import EPILOG
from normalize.errors import InputError

MIN_VOCABULARY = 10

app = typer.Typer(help="Build a language model from a corpus, and say what is in one.", no_args_is_help=True)


@app.command(epilog=EPILOG)
def build(
    corpus: Annotated[
        list[Path],
        typer.Argument(metavar="CORPUS...", help="JSON Lines (.jsonl, .jsonl.gz) with text and source, or texts."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="MODEL", help="The model file to write.")],
    name: Annotated[str, typer.Option("--name", help="What the model calls itself.")] = "own",
    weight: Annotated[
        list[str],
        typer.Option("--weight", metavar="SOURCE=NUMBER", help="How much a source's counts weigh. Repeatable."),
    ] = [],  # noqa: B006 - typer wants a list
    min_count: Annotated[
        int, typer.Option("--min-count", min=1, help="Least occurrences of a word, pair or triple that is kept.")
    ] = 3,
    min_documents: Annotated[
        int, typer.Option("--min-documents", min=1, help="Least documents that a word, pair or triple stands in.")
    ] = 2,
) -> None:
    """Count words, pairs and triples of words in a corpus, and write a model for --model.

    The text itself does not enter the model: only counts, hashed, of what occurred often enough.
    """
    from normalize.formats.corpora import read_corpus
    from normalize.formats.files import check_writable
    from normalize.model_building import Settings
    from normalize.model_building import build as build_model

    check_writable(output)
    settings = Settings(
        name=name,
        weights=dict(_weight(item) for item in weight),
        min_word=min_count,
        min_bigram=min_count,
        min_trigram=min_count,
        min_documents=min_documents,
    )
    header = build_model(read_corpus(corpus), settings, output)
    _name_strangers(settings.weights, header["corpus"]["sources"])
    if not header["corpus"]["words"]:
        output.unlink()
        raise InputError("the corpus holds no words")
    entries = header["arrays"]["ngrams.keys"]["shape"][0]
    typer.echo(
        f"{output}: {header['corpus']['words']} words, {entries} word sequences, {header['length']} bytes", err=True
    )


@app.command(epilog=EPILOG)
def train(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A model file made by build.")],
    corpus: Annotated[
        list[Path],
        typer.Argument(metavar="CORPUS...", help="Honest text: JSON Lines (.jsonl, .jsonl.gz) or texts."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="MODEL", help="The model file to write.")],
    family: Annotated[str, typer.Option("--family", help="The spinner family that is simulated.")] = "classic",
    weight: Annotated[
        list[str],
        typer.Option(
            "--weight", metavar="SOURCE=NUMBER", help="How often a source is spun: 3 thrice, 0.4 two texts in five."
        ),
    ] = [],  # noqa: B006 - typer wants a list
    words: Annotated[int, typer.Option("--words", min=MIN_VOCABULARY, help="Words that the network knows.")] = 20_000,
    epochs: Annotated[float, typer.Option("--epochs", min=0.01, help="How often each example is learned.")] = 2.0,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same examples.")] = 1,
) -> None:
    """Teach a model what forms stand for in context, from honest text that a simulated spinner spins.

    Needs PyTorch: pip install 'unspin[train]'.
    """
    from rich.progress import Progress

    from normalize.formats.corpora import read_corpus
    from normalize.formats.files import check_writable

    check_writable(output)
    try:
        from normalize.context_training import TrainingSettings
        from normalize.model_training import train_context
    except ImportError as error:
        if error.name != "torch":
            raise
        raise InputError("training needs PyTorch; install it with: pip install 'unspin[train]'") from None
    weights = dict(_weight(item) for item in weight)
    with Progress() as progress:
        task = progress.add_task("training", total=None)
        header = train_context(
            model, lambda: read_corpus(corpus), output, family, weights, words,
            TrainingSettings(epochs=epochs, seed=seed),
            lambda step, steps, loss: progress.update(
                task, completed=step, total=steps, description=f"loss {loss:.4f}"
            ),
        )  # fmt: skip
    context = header["context"]
    _name_strangers(weights, context["sources"])
    typer.echo(
        f"{output}: {context['examples']} examples, loss {context['loss']:.4f} nats a place "
        f"({context['prior_loss']:.4f} before), {header['length']} bytes",
        err=True,
    )


@app.command(epilog=EPILOG)
def evaluate(
    corpus: Annotated[
        list[Path],
        typer.Argument(metavar="CORPUS...", help="Honest text that no model was made from: JSON Lines or texts."),
    ],
    model: Annotated[
        Path | None, typer.Option("--model", metavar="FILE", help="A model file instead of the built-in model.")
    ] = None,
    family: Annotated[str, typer.Option("--family", help="The spinner family that is simulated.")] = "classic",
) -> None:
    """Measure a model on honest text: perplexity, and how often it tells what a simulated spinner replaced.

    "right" is the share of places where a form stands, and the model says rightly what it stands for or that the writer
    wrote it.
    """
    from normalize.formats.corpora import read_corpus
    from normalize.language_model import open_context_model, open_model
    from normalize.loading import load_compiled
    from normalize.model_evaluation import ModelEvaluation

    evaluation = ModelEvaluation(open_model(model), open_context_model(model), load_compiled(), family)
    for _, text in read_corpus(corpus):
        evaluation.add(text)
    typer.echo(json.dumps(evaluation.score.to_dict(), indent=2))


@app.command(epilog=EPILOG)
def info(model: Annotated[Path, typer.Argument(metavar="MODEL", help="A model file.")]) -> None:
    """Print what a model says of itself as JSON: corpus, sources, weights, pruning, sizes."""
    from normalize.ngram_model import NgramModel

    typer.echo(json.dumps(NgramModel(model).header, ensure_ascii=False, indent=2))


def _name_strangers(weights: Mapping[str, float], sources: Iterable[str]) -> None:
    """Say which weights were given for sources that the corpus does not have."""
    for source in sorted(weights.keys() - set(sources)):
        typer.echo(f"unspin: warning: no text of the corpus has the source {source!r}", err=True)


def _weight(item: str) -> tuple[str, float]:
    source, _, number = item.rpartition("=")
    try:
        value = float(number)
    except ValueError:
        value = -1.0
    if not source or not 0 <= value < float("inf"):
        raise InputError(f"--weight {item}: SOURCE=NUMBER is expected, with a number of at least 0")
    return source, value
