"""Compare language models that pip installs on the marked places of the classic cases (tests/cases/spun).

Usage: pip install wordfreq wordsegment symspellpy, then python -m benchmarks.language_models from the checkout.

"Choose" is the share of places where the model ranks an accepted original first among the phrasebook's originals;
"original over spun" the share where the true original scores better than the spun form. Neighbours are the original
words of the text, so that only the place itself is judged.
"""

from __future__ import annotations

import importlib.resources
import math
import time
from collections.abc import Callable, Iterator

from normalize import Normalizer
from normalize.language_model import LanguageModel, PocketsphinxModel, model_words, sequence_log_probability
from tests.cases import spun_cases


class Bigrams:
    """A bigram model from plain counts, backing off to unigrams (factor 0.4)."""

    def __init__(self, name: str, unigrams: dict[str, float], bigrams: dict[str, float]) -> None:
        self.name = name
        self._unigrams, self._bigrams = unigrams, bigrams
        self._total = sum(unigrams.values())

    def log_probability(self, word: str, two_before: str, before: str) -> float:
        """See ``LanguageModel.log_probability``."""
        del two_before
        both = self._bigrams.get(f"{before} {word}", 0.0)
        if both and self._unigrams.get(before):
            return math.log(min(1.0, both / self._unigrams[before]))
        return math.log(0.4 * max(self._unigrams.get(word, 0.0), 0.5) / self._total)


class Unigrams:
    """Plain word frequency from wordfreq."""

    name = "wordfreq unigrams"

    def log_probability(self, word: str, two_before: str, before: str) -> float:
        """See ``LanguageModel.log_probability``."""
        from wordfreq import word_frequency

        del two_before, before
        return math.log(max(1e-9, word_frequency(word, "en")))


def models() -> Iterator[Callable[[], LanguageModel]]:
    """Give a maker for each model, so that loading can be timed."""
    yield Unigrams
    yield _wordsegment
    yield _symspell
    yield PocketsphinxModel


def _wordsegment() -> LanguageModel:
    import wordsegment

    wordsegment.load()
    return Bigrams("wordsegment bigrams", wordsegment.UNIGRAMS, wordsegment.BIGRAMS)


def _symspell() -> LanguageModel:
    folder = importlib.resources.files("symspellpy")
    tables: list[dict[str, float]] = []
    for name, columns in (("frequency_dictionary_en_82_765.txt", 1), ("frequency_bigramdictionary_en_243_342.txt", 2)):
        rows = (line.split() for line in (folder / name).read_text(encoding="utf-8-sig").splitlines())
        tables.append({" ".join(row[:columns]): float(row[columns]) for row in rows if len(row) > columns})
    return Bigrams("symspellpy bigrams", *tables)


Place = tuple[list[str], tuple[str, ...], list[tuple[str, ...]], set[tuple[str, ...]], list[str]]


def places(normalizer: Normalizer) -> list[Place]:
    """Give (words before, spun words, options, accepted originals, words after) for each usable place."""
    found: list[Place] = []
    for case in spun_cases("classic*.toml"):
        for candidate in next(normalizer.analyse(case.text))[1].candidates:
            gold = next((p for p in case.gold.places if (p.start, p.end) == (candidate.start, candidate.end)), None)
            if gold is None:
                continue
            options = list(dict.fromkeys(option.words for option in candidate.options))
            accepted = {model_words(original) for original in gold.originals}
            if not accepted.intersection(options):
                continue
            before = list(model_words(case.gold.original(0, gold.start)[-200:]))[-2:]
            after = list(model_words(case.gold.original(gold.end, len(case.text))[:200]))[:2]
            found.append((before, model_words(candidate.form), options, accepted, after))
    return found


def main() -> None:
    """Print one line a model."""
    normalizer = Normalizer(assume_family="classic")
    items = places(normalizer)
    several = [item for item in items if len(item[2]) > 1]
    chance = sum(len(item[3].intersection(item[2])) / len(item[2]) for item in several) / len(several)
    print(f"{len(items)} places, {len(several)} with a choice; chance {chance:.3f}")
    for make in models():
        began = time.perf_counter()
        model = make()
        loaded = time.perf_counter() - began

        def score(item: Place, words: tuple[str, ...], model: LanguageModel = model) -> float:
            before, after = item[0], item[4]
            context = ["", "", *before]
            return sequence_log_probability(model, [*words, *after], context[-2], context[-1])

        began = time.perf_counter()
        right = sum(max(item[2], key=lambda words, item=item: score(item, words)) in item[3] for item in several)
        over = sum(max(score(item, words) for words in item[3]) > score(item, item[1]) for item in items)
        each = (time.perf_counter() - began) / (len(items) + len(several)) * 1000
        print(
            f"{model.name}: choose {right / len(several):.3f}, original over spun {over / len(items):.3f}, "
            f"loads in {loaded:.2f} s, {each:.3f} ms a place"
        )


if __name__ == "__main__":
    main()
