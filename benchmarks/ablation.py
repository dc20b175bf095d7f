"""What each part is worth: quality on the classic cases and false edits on the honest ones, part by part.

Usage: python -m benchmarks.ablation from the checkout. Prints a Markdown table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

from normalize import Normalizer, normalizer
from normalize.evaluate import Score
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


@contextmanager
def _no_terms() -> Iterator[None]:
    with mock.patch.object(normalizer, "damaged_candidates", lambda *_: iter(())):
        yield


@contextmanager
def _all_parts() -> Iterator[None]:
    yield


def main() -> None:
    """Print the table."""
    rows: list[tuple[str, Callable[[], Normalizer], bool]] = [
        ("phrasebook alone", lambda: Normalizer(assume_family="classic", model=NoModel()), False),
        ("+ language model", lambda: Normalizer(assume_family="classic"), False),
        ("+ verdict", Normalizer, False),
        ("+ damaged terms (all parts)", Normalizer, True),
    ]
    spun, honest = spun_cases("classic*.toml"), honest_cases()
    print("| parts | precision | recall | F0.5 | error reduction rate | false edits per 1,000 honest words |")
    print("|---|---|---|---|---|---|")
    for name, make, terms in rows:
        score, clean = Score(), Score()
        with _all_parts() if terms else _no_terms():
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
