"""Does a probability mean what it says? Reliability of edit confidences and of verdicts on the written cases.

Usage: python -m benchmarks.calibration from the checkout. Prints Markdown tables, and the calibration that
``normalize/calibration.py`` should hold, fitted on the cases with even numbers (Platt, "Probabilistic outputs for
support vector machines", 1999).

Verdicts are read on passages of 40, 80 and 160 words, cut from the cases: whole cases are all judged right.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from normalize import Normalizer
from normalize.calibration import IDENTITY, Calibration, log_odds
from normalize.evaluate import Score
from tests.cases import Case, honest_cases, spun_cases

EDIT_BINS = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.001)
VERDICT_BINS = (0.0, 0.01, 0.1, 0.5, 0.9, 0.99, 1.001)
PASSAGES = (40, 80, 160)

Pairs = list[tuple[float, bool]]
"""Stated probabilities with what was the case."""


def edit_pairs(cases: Iterable[Case], normalizer: Normalizer) -> Pairs:
    """Give the confidence of each edit, and whether it was right."""
    pairs: Pairs = []
    for case in cases:
        plan = normalizer.plan(case.text)
        for edit in plan.edits:
            score = Score()
            score.add(case.gold, replace(plan, edits=(edit,)))
            pairs.append((edit.confidence, score.true_positives > 0 and not score.false))
    return pairs


def verdict_pairs(normalizer: Normalizer, spun: Iterable[Case], honest: Iterable[Case], size: int) -> Pairs:
    """Give the probability of each passage of so many words, and whether it was spun."""
    return [
        (normalizer.judge(passage).probability, was_spun)
        for was_spun, cases in ((True, spun), (False, honest))
        for case in cases
        for passage in _passages(case.text, size)
    ]


def _passages(text: str, size: int) -> Iterator[str]:
    words = text.split(" ")
    for first in range(0, len(words) - size + 1, size):
        yield " ".join(words[first : first + size])


def fit(pairs: Pairs) -> Calibration:
    """Give the logistic calibration of least loss, by Newton's method."""
    odds = np.array([log_odds(stated) for stated, _ in pairs])
    right = np.array([was for _, was in pairs], float)
    rows: NDArray[np.float64] = np.stack([odds, np.ones(len(odds))], axis=1)
    weights = np.array([1.0, 0.0])
    for _ in range(30):
        shares = 1 / (1 + np.exp(-rows @ weights))
        curvature = (rows * (shares * (1 - shares))[:, None]).T @ rows + 1e-6 * np.eye(2)
        weights += np.linalg.solve(curvature, rows.T @ (right - shares))
    return Calibration(round(float(weights[0]), 2), round(float(weights[1]), 2))


def print_table(name: str, pairs: Pairs, bins: Sequence[float]) -> None:
    """Print how often what was given a probability came true."""
    print(f"\n| {name} | number | mean stated | came true |\n|---|---|---|---|")
    for low, high in itertools.pairwise(bins):
        inside = [(stated, was) for stated, was in pairs if low <= stated < high]
        if inside:
            stated = sum(pair[0] for pair in inside) / len(inside)
            true = sum(pair[1] for pair in inside) / len(inside)
            print(f"| {low:.2f}–{min(high, 1):.2f} | {len(inside)} | {stated:.3f} | {true:.3f} |")


def area_under_curve(pairs: Pairs) -> float:
    """Give the area under the ROC curve: the chance that a spun passage is given more than an honest one."""
    spun = np.array([stated for stated, was in pairs if was])
    honest = np.array([stated for stated, was in pairs if not was])
    above = (spun[:, None] > honest).mean() + (spun[:, None] == honest).mean() / 2
    return float(above)


def main() -> None:
    """Print the tables."""
    normalizer = Normalizer(min_confidence=0.0)
    classic = spun_cases("classic*.toml")
    raw = Normalizer(min_confidence=0.0, calibration=IDENTITY)
    print("fitted on even cases:", fit(edit_pairs(classic[::2], raw)))
    print_table("confidence of edits, odd cases", edit_pairs(classic[1::2], normalizer), EDIT_BINS)
    spun, honest = spun_cases(), honest_cases()
    for size in PASSAGES:
        pairs = verdict_pairs(normalizer, spun, honest, size)
        print_table(f"probability of passages of {size} words", pairs, VERDICT_BINS)
        print(f"area under the curve {area_under_curve(pairs):.4f}")
    whole = [(normalizer.judge(c.text).log_odds, c.family is not None) for c in (*spun, *honest)]
    print(f"whole cases: area under the curve {area_under_curve(whole):.4f}")


if __name__ == "__main__":
    main()
