"""How well a scorer tells an original from its rivals: the confusion sets, asked on honest prose.

Usage: python -m benchmarks.confusion HONEST.jsonl.gz from the checkout; --help lists the options.

"Choose" is the share of items whose true original scores above all other originals of its set; "original over spun"
the share whose true original scores above the spun form. A tie is a miss. Chance is the mean of 1 / number of
originals. The interval resamples whole sets (percentile bootstrap, Efron 1979), as the items of a set are not
independent.
Add a scorer by decorating its maker with ``scorer("name")``.
"""

from __future__ import annotations

import hashlib
import math
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from normalize.cli.exit_codes import ExitCode
from normalize.context_model import Query
from normalize.errors import InputError, UnspinError
from normalize.formats.corpora import read_corpus
from normalize.language_model import (
    BUILTIN_MODEL,
    SENTENCE_END,
    SENTENCE_START,
    LanguageModel,
    PocketsphinxModel,
    model_words,
    open_context_model,
    open_model,
    sequence_log_probability,
)
from normalize.restore import KNOWN_WEIGHTS, MODEL_WEIGHT
from normalize.segment import segment

SETS = Path(__file__).parent / "confusion_sets.toml"
ITEMS_PER_ORIGINAL = 20
SHORTEST_SENTENCE = 5
"""Words; a shorter sentence is mostly a heading, and gives nothing to choose by."""
RESAMPLES = 2000

Words = tuple[str, ...]
Scorer = Callable[[Sequence[str], Sequence[str], Sequence[str], Sequence[str]], float]
"""Gives a score in nats from (words to the left, words to the right, words of the candidate, words of the spun form);
higher is likelier."""

SCORERS: dict[str, Callable[[], Scorer]] = {}
"""Makers of scorers by name; a maker runs only when its scorer is asked for."""


class Half(StrEnum):
    """Which documents are used: weights are to be chosen on development, figures to be reported on test."""

    DEVELOPMENT = "development"
    TEST = "test"
    ALL = "all"


@dataclass(frozen=True)
class ConfusionSet:
    """A spun form and the originals that it may stand for, cut into the words that models are asked for."""

    topic: str
    spun: Words
    originals: tuple[Words, ...]

    @property
    def lengths_differ(self) -> bool:
        """Tell whether the forms have different numbers of words."""
        return len({len(form) for form in (self.spun, *self.originals)}) > 1


@dataclass(frozen=True)
class Item:
    """An occurrence of an original, between all other words of its sentence."""

    set: ConfusionSet
    left: Words
    original: Words
    right: Words


@dataclass(frozen=True)
class Result:
    """What a scorer made of an item: whether the true original beat its rivals, and whether it beat the spun form."""

    item: Item
    choose: bool
    over_spun: bool


def read_sets(path: Path = SETS) -> list[ConfusionSet]:
    """Read the confusion sets.

    Raises:
        InputError: the file is missing or malformed.

    """
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))["sets"]
        return [
            ConfusionSet(row["topic"], model_words(row["spun"]), tuple(map(model_words, row["originals"])))
            for row in rows
        ]
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: not a file of confusion sets: {error}") from None


def draw_items(texts: Iterable[str], sets: Sequence[ConfusionSet], half: Half = Half.ALL) -> list[Item]:
    """Draw up to 20 items for each original of each set from the documents of the half.

    Each document gives one item before any gives a second; which come first is decided by a hash of the text, so that
    the order of the documents does not matter.
    """
    forms: dict[str, list[tuple[ConfusionSet, Words]]] = defaultdict(list)
    for chosen in sets:
        for original in sorted(chosen.originals, key=len, reverse=True):
            forms[original[0]].append((chosen, original))
    found: dict[tuple[ConfusionSet, Words], list[tuple[int, bytes, int, Words, int]]] = defaultdict(list)
    for text in dict.fromkeys(texts):
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        if half is not Half.ALL and (half is Half.TEST) != bool(digest[0] & 1):
            continue
        seen: dict[tuple[ConfusionSet, Words], int] = defaultdict(int)
        for number, sentence in enumerate(segment(text).sentence_texts()):
            words = model_words(sentence)
            if len(words) < SHORTEST_SENTENCE:
                continue
            for key, at in _occurrences(words, forms):
                if seen[key] < ITEMS_PER_ORIGINAL:
                    found[key].append((seen[key], digest, number, words, at))
                seen[key] += 1
    return [
        Item(chosen, words[:at], original, words[at + len(original) :])
        for chosen in sets
        for original in chosen.originals
        for *_, words, at in sorted(found[chosen, original])[:ITEMS_PER_ORIGINAL]
    ]


def _occurrences(
    words: Words, forms: dict[str, list[tuple[ConfusionSet, Words]]]
) -> Iterator[tuple[tuple[ConfusionSet, Words], int]]:
    """Give each original and where it begins; within a set the longer one counts ("because of", not "because")."""
    free: dict[ConfusionSet, int] = {}
    for at, word in enumerate(words):
        for chosen, original in forms.get(word, ()):
            if free.get(chosen, 0) <= at and words[at : at + len(original)] == original:
                free[chosen] = at + len(original)
                yield (chosen, original), at


def scorer(name: str) -> Callable[[Callable[[], Scorer]], Callable[[], Scorer]]:
    """Register the maker of a scorer under a name."""

    def register(make: Callable[[], Scorer]) -> Callable[[], Scorer]:
        SCORERS[name] = make
        return make

    return register


@scorer("unigrams")
def unigrams() -> Scorer:
    """Score by plain word frequency: wordfreq where it is installed, else the phrasebook's counts of honest English."""
    try:
        from wordfreq import word_frequency
    except ImportError:
        from normalize.loading import load_compiled

        rates = load_compiled().clean_rate
        return _from_frequencies(lambda word: max(0.05, rates.get(word, 0.0)) / 1e6)
    return _from_frequencies(lambda word: max(1e-9, word_frequency(word, "en")))


def _from_frequencies(frequency: Callable[[str], float]) -> Scorer:
    def score(left: Sequence[str], right: Sequence[str], words: Sequence[str], spun: Sequence[str]) -> float:
        del left, right, spun
        return sum(math.log(frequency(word)) for word in words)

    return score


@scorer("pocketsphinx")
def pocketsphinx() -> Scorer:
    """Score by the built-in trigram alone."""
    return from_language_model(PocketsphinxModel())


@scorer("own trigram")
def own_trigram() -> Scorer:
    """Score by the trigram of our own alone."""
    return from_language_model(open_model(BUILTIN_MODEL))


@scorer("both trigrams")
def both_trigrams() -> Scorer:
    """Score by the built-in language model."""
    return from_language_model(open_model(None))


@scorer("context model")
def context() -> Scorer:
    """Score by the context model alone; a pair that it does not know gets the score of keeping the form."""
    model = open_context_model(None)

    def score(left: Sequence[str], right: Sequence[str], words: Sequence[str], spun: Sequence[str]) -> float:
        if words == spun:
            return 0.0
        text = [*left, *spun, *right]
        query = Query(len(left), len(left) + len(spun), (0, len(text)), " ".join(spun), [" ".join(words)])
        return model.gains(text, [query])[0][0] or 0.0

    return score


@scorer("all parts")
def all_parts() -> Scorer:
    """Score by both trigrams and the context model, weighed as the search weighs them."""
    language, surroundings = both_trigrams(), context()

    def score(left: Sequence[str], right: Sequence[str], words: Sequence[str], spun: Sequence[str]) -> float:
        asked = left, right, words, spun
        return MODEL_WEIGHT * language(*asked) + KNOWN_WEIGHTS.context * surroundings(*asked)

    return score


def from_language_model(model: LanguageModel) -> Scorer:
    """Score a candidate and the two words after it, given the two before: all that a trigram has to say of it."""

    def score(left: Sequence[str], right: Sequence[str], words: Sequence[str], spun: Sequence[str]) -> float:
        del spun
        two_before, before = ([SENTENCE_START, SENTENCE_START, *left[-2:]])[-2:]
        return sequence_log_probability(model, [*words, *[*right[:2], SENTENCE_END][:2]], two_before, before)

    return score


def ask(items: Sequence[Item], score: Scorer) -> tuple[list[Result], float]:
    """Give the results of all items, and the mean microseconds a query; a model may remember what it was asked."""
    results: list[Result] = []
    queries, began = 0, time.perf_counter()
    for item in items:
        around = item.left, item.right
        own = score(*around, item.original, item.set.spun)
        rivals = [score(*around, words, item.set.spun) for words in item.set.originals if words != item.original]
        spun = score(*around, item.set.spun, item.set.spun)
        results.append(Result(item, own > max(rivals), own > spun))
        queries += 2 + len(rivals)
    return results, (time.perf_counter() - began) / max(1, queries) * 1e6


def chance(items: Iterable[Item]) -> float:
    """Give the share that a blind choice gets right."""
    return float(np.mean([1 / len(item.set.originals) for item in items]))


def interval(results: Iterable[Result]) -> tuple[float, float]:
    """Give the 95 % interval of the share of right choices, from 2,000 resamplings of the sets."""
    by_set: dict[ConfusionSet, list[bool]] = defaultdict(list)
    for result in results:
        by_set[result.item.set].append(result.choose)
    right = np.array([sum(found) for found in by_set.values()])
    asked = np.array([len(found) for found in by_set.values()])
    drawn = np.random.default_rng(1).integers(len(asked), size=(RESAMPLES, len(asked)))
    low, high = np.percentile(right[drawn].sum(axis=1) / asked[drawn].sum(axis=1), [2.5, 97.5])
    return float(low), float(high)


def print_report(found: dict[str, tuple[list[Result], float]], items: Sequence[Item]) -> None:
    """Print one table for all items, one for each topic."""
    groups = {"all": items}
    for topic in sorted({item.set.topic for item in items}):
        groups[topic] = [item for item in items if item.set.topic == topic]
    groups["forms of equal length"] = [item for item in items if not item.set.lengths_differ]
    console = Console(width=200)
    table = _table("scorer", "choose", "95 % interval", "chance", "original over spun", "µs a query")
    for name, (results, microseconds) in found.items():
        low, high = interval(results)
        shares = _share(r.choose for r in results), _share(r.over_spun for r in results)
        table.add_row(
            name, shares[0], f"{low:.3f}–{high:.3f}", f"{chance(items):.3f}", shares[1], f"{microseconds:.1f}"
        )
    console.print(table)
    table = _table("topic", "items", "chance", *(f"{name}: choose / over spun" for name in found))
    for group, members in groups.items():
        inside = set(map(id, members))
        cells = []
        for results, _ in found.values():
            there = [result for result in results if id(result.item) in inside]
            cells.append(f"{_share(r.choose for r in there)} / {_share(r.over_spun for r in there)}")
        if members:
            table.add_row(group, str(len(members)), f"{chance(members):.3f}", *cells)
    console.print(table)


def _table(*headings: str) -> Table:
    table = Table(box=box.MARKDOWN)
    for column, heading in enumerate(headings):
        table.add_column(heading, justify="right" if column else "left")
    return table


def _share(found: Iterable[bool]) -> str:
    values = list(found)
    return f"{sum(values) / len(values):.3f}" if values else "–"


def run(
    corpus: Annotated[Path, typer.Argument(metavar="HONEST", help="Honest prose: JSON Lines with a text, or gzipped.")],
    half: Annotated[Half, typer.Option(help="Documents to draw from, split by a hash of the text.")] = Half.ALL,
    model: Annotated[list[Path] | None, typer.Option(help="A model file to compare too; may be repeated.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Registered scorers to run; all if not given.")] = None,
) -> None:
    """Print how well each scorer tells originals from their rivals and from the spun form."""
    names = list(SCORERS) if only is None else only
    if unknown := [name for name in names if name not in SCORERS]:
        raise InputError(f"--only {unknown[0]}: no such scorer; there are {', '.join(SCORERS)}")
    scorers = {name: SCORERS[name]() for name in names}
    scorers |= {str(path): from_language_model(open_model(path)) for path in model or ()}
    sets = read_sets()
    items = draw_items((text for _, text in read_corpus([corpus])), sets, half)
    if not items:
        raise InputError(f"{corpus}: no original of the confusion sets stands in its documents (--half {half})")
    print(f"{len(items)} items of {len({item.set for item in items})} of {len(sets)} sets (--half {half})")
    print_report({name: ask(items, score) for name, score in scorers.items()}, items)


def main() -> None:
    """Run the command line; bad input ends in one line and exit code 2."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(run)
    try:
        app()
    except UnspinError as error:
        print(f"confusion: {error}", file=sys.stderr)
        sys.exit(ExitCode.USAGE)


if __name__ == "__main__":
    main()
