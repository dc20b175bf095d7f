"""Precision and recall of each mode, and of rising ``min_confidence``, on the written cases.

Usage: python -m benchmarks.modes from the checkout. Prints Markdown tables. Figures are for the classic cases that
weights were fitted on, for the classic cases that were held out, and for false edits on the honest cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from normalize import Normalizer
from normalize.evaluate import Score
from normalize.normalizer import MODES
from tests.cases import Case, honest_cases, spun_cases

CONFIDENCES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def score(cases: Sequence[Case], normalizer: Normalizer) -> Score:
    """Give the score of a normalizer on cases."""
    found = Score()
    for case in cases:
        found.add(case.gold, normalizer.plan(case.text))
    return found


def print_table(settings: dict[str, dict[str, Any]]) -> None:
    """Print a row for each setting."""
    print("| setting | classic: P | R | F0.5 | ERR | held out: P | R | F0.5 | ERR | false edits, honest |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    groups = spun_cases("classic*.toml"), spun_cases("held_out_classic*.toml")
    for name, arguments in settings.items():
        normalizer = Normalizer(**arguments)
        cells = []
        for cases in groups:
            found = score(cases, normalizer)
            cells += [found.precision, found.recall, found.f_half, found.error_reduction_rate]
        honest = score(honest_cases(), normalizer)
        print(f"| {name} | {' | '.join(f'{cell:.3f}' for cell in cells)} | {honest.clean_edits} |")


def main() -> None:
    """Print both tables."""
    print_table({f"`--mode {mode}`": {"mode": mode} for mode in MODES})
    print()
    print_table({f"`--min-confidence {least}`": {"min_confidence": least} for least in CONFIDENCES})


if __name__ == "__main__":
    main()
