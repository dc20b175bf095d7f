"""What each part is worth: quality on the classic cases and false edits on the honest ones, part by part.

Usage: python -m benchmarks.ablation from the checkout. Prints a Markdown table.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any
from unittest import mock

from normalize import Normalizer, normalizer
from normalize.evaluate import Score
from normalize.language_model import BUILTIN_MODEL, PocketsphinxModel
from normalize.ngram_model import NgramModel
from tests.cases import honest_cases, spun_cases


class NoModel:
    """Finds every word equally likely, so that the phrasebook alone decides."""

    name = "none"

    def log_probability(self, word: str, two_before: str, before: str) -> float:
        """See ``LanguageModel.log_probability``."""
        del word, two_before, before
        return 0.0

    def knows(self, word: str) -> bool:
        """Take every word for known, so that none is compared by spelling."""
        del word
        return True


Part = tuple[str, Callable[[], Normalizer], dict[str, Any]]
"""Name of a row, how its engine is made, and what stands in for parts of ``normalize.normalizer``."""

NO_TERMS = {"damaged_candidates": lambda *_: iter(())}
NO_CONTEXT = {"weigh_by_context": lambda *_: None}


def parts() -> list[Part]:
    """Give the rows of the table; each adds something to the one before."""
    classic = partial(Normalizer, assume_family="classic")
    return [
        ("phrasebook alone", partial(classic, model=NoModel()), NO_TERMS | NO_CONTEXT),
        ("+ newswire trigram (pocketsphinx)", lambda: classic(model=PocketsphinxModel()), NO_TERMS | NO_CONTEXT),
        ("+ our own trigram", classic, NO_TERMS | NO_CONTEXT),
        ("+ context model", classic, NO_TERMS),
        ("+ verdict", Normalizer, NO_TERMS),
        ("+ damaged terms (all parts)", Normalizer, {}),
        ("all parts but the newswire trigram", lambda: Normalizer(model=NgramModel(BUILTIN_MODEL)), {}),
    ]


def main() -> None:
    """Print the table."""
    spun, honest = spun_cases("classic*.toml"), honest_cases()
    print("| parts | precision | recall | F0.5 | error reduction rate | false edits per 1,000 honest words |")
    print("|---|---|---|---|---|---|")
    for name, make, replaced in parts():
        score, clean = Score(), Score()
        with mock.patch.multiple(normalizer, **replaced) if replaced else nullcontext():
            engine = make()
            for case in spun:
                score.add(case.gold, engine.plan(case.text))
            for case in honest:
                clean.add(case.gold, engine.plan(case.text))
        print(
            f"| {name} | {score.precision:.3f} | {score.recall:.3f} | {score.f_half:.3f} | "
            f"{score.error_reduction_rate:.3f} | {clean.false_edits_per_1000_words:.2f} |"
        )


if __name__ == "__main__":
    main()
