"""From a corpus and a model file with n-grams to one with a context model as well. Needs PyTorch."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from normalize.context_examples import ExampleMaker, log_frequencies, make_choices
from normalize.context_model import MARKS
from normalize.context_training import Network, TrainingSettings, held_out, mean_loss, quantise, spell, train
from normalize.errors import InputError
from normalize.loading import load_compiled
from normalize.model_file import ModelFile, write_model
from normalize.segment import segment
from normalize.spinning import Sentence, channel_of, sentences_of

VOCABULARY_SHARE = 0.25
"""Share of the corpus from which words are counted: enough to tell the most frequent ones."""
MIN_EXAMPLES = 1000
"""From fewer examples nothing can be learned."""
Corpus = Callable[[], Iterable[tuple[str, str]]]


def train_context(
    model: Path,
    corpus: Corpus,
    output: Path,
    family: str,
    weights: Mapping[str, float],
    vocabulary_size: int,
    settings: TrainingSettings,
    report: Callable[[int, int, float], None],
) -> dict[str, Any]:
    """Train the context model on (source, text) documents and write it with the n-grams of ``model``; give the header.

    ``weights`` say how often the texts of a source are spun (1 where nothing is said). ``corpus`` is called twice.

    Raises:
        InputError: the corpus gives too few examples.
        ModelError: ``model`` is no model file.

    """
    base = ModelFile(model)
    channel = channel_of(load_compiled(), family)
    choices = make_choices(channel)
    counts: Counter[str] = Counter()
    sources: set[str] = set()

    def noted() -> Iterator[tuple[str, str]]:
        for source, text in corpus():
            sources.add(source)
            yield source, text

    for document in _documents(noted, weights, settings.seed, VOCABULARY_SHARE):
        for sentence in document:
            counts.update(sentence.words)
    vocabulary = [word for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:vocabulary_size]]
    maker = ExampleMaker(channel, choices, vocabulary, settings.seed)
    examples = maker.make(_documents(corpus, weights, settings.seed))
    if len(examples) < MIN_EXAMPLES:
        raise InputError(f"the corpus gives {len(examples)} examples, too few to learn from: {MIN_EXAMPLES} are needed")
    frequencies = log_frequencies(choices.phrases, counts)
    network = Network(MARKS + len(vocabulary), choices, spell(choices.phrases, vocabulary), frequencies, settings)
    prior_loss = mean_loss(network, examples, held_out(examples, settings))
    loss = train(network, examples, settings, report)
    arrays, steps = quantise(network, choices, vocabulary, examples)
    kept = {name: base.array(name) for name in base.header["arrays"] if not name.startswith("context.")}
    header = {name: value for name, value in base.header.items() if name not in ("arrays", "checksum", "length")}
    header["context"] = {
        **steps,
        "family": family,
        "examples": len(examples),
        "prior_loss": round(prior_loss, 4),
        "loss": round(loss, 4),
        "epochs": settings.epochs,
        "seed": settings.seed,
        "weights": dict(weights),
        "sources": sorted(sources),
    }
    return write_model(output, header, {**kept, **arrays})


def _documents(corpus: Corpus, weights: Mapping[str, float], seed: int, share: float = 1.0) -> Iterator[list[Sentence]]:
    """Give documents as sentences, each as often as the weight of its source says, times ``share``."""
    chance = random.Random(seed)  # noqa: S311 - chance, not secrecy
    for source, text in corpus():
        weight = weights.get(source, 1.0) * share
        times = int(weight) + (chance.random() < weight % 1)
        if times:
            sentences = list(sentences_of(segment(text)))
            for _ in range(times):
                yield sentences
