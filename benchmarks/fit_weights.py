"""Fit the weights of the search (normalize/restore.py) by conditional logit on the written cases with even numbers.

Usage: python -m benchmarks.fit_weights from the checkout. Prints the weights, and the mean loss on both halves.

Every place where a candidate stands is a choice between keeping the form and its originals (McFadden, "Conditional
logit analysis of qualitative choice behavior", 1974). The language model is asked among the true neighbours; the
context model among the spun ones, as it is in use.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from normalize import Normalizer
from normalize.candidates import Candidate
from normalize.edits import Analysis
from normalize.evaluate import GoldText, normal_tokens
from normalize.language_model import SENTENCE_END, SENTENCE_START, LanguageModel, model_words, sequence_log_probability
from tests.cases import Case, spun_cases

FEATURES = (
    "language model",
    "known: bias", "known: context", "known: channel", "known: evidence", "known: several",
    "unknown: bias", "unknown: channel", "unknown: evidence", "unknown: several",
)  # fmt: skip
PENALTY = 1e-3
"""Ridge penalty, so that weights that the data say nothing about stay small."""

Vector = NDArray[np.float64]
Place = tuple[Vector, NDArray[np.bool_]]
"""Features, a row a choice (the first is to keep the form, all zero), and which choices are right."""


def places(cases: Sequence[Case], normalizer: Normalizer) -> Iterator[Place]:
    """Give the places of the cases where a candidate stands, unless it only overlaps what was replaced."""
    for case in cases:
        for start, analysis in normalizer.analyse(case.text):
            for candidate in analysis.candidates:
                if not candidate.blocked and (place := _place(case.gold, start, analysis, candidate, normalizer.model)):
                    yield place


def _place(gold: GoldText, start: int, analysis: Analysis, candidate: Candidate, model: LanguageModel) -> Place | None:
    low, high = candidate.start + start, candidate.end + start
    touching = [place for place in gold.places if place.start < high and low < place.end]
    accepted = {normal_tokens(text) for place in touching for text in place.originals}
    if touching and [(place.start, place.end) for place in touching] != [(low, high)]:
        return None
    right = [False] + [normal_tokens(option.after) in accepted for option in candidate.options]
    # Where the right original is not to be had, leaving the form alone is best.
    right[0] = not any(right)
    first, end = next(s for s in analysis.segmented.sentences if s[0] <= candidate.first < s[1])
    tokens = analysis.segmented.tokens
    left = model_words(gold.original(tokens[first].start + start, low))
    after = [*model_words(gold.original(high, tokens[end - 1].end + start))[:2], SENTENCE_END][:2]
    two_before, before = ([SENTENCE_START, SENTENCE_START, *left])[-2:]

    def score(words: Sequence[str]) -> float:
        return sequence_log_probability(model, [*words, *after], two_before, before)

    kept = score(model_words(gold.text[low:high]))
    rows = [np.zeros(len(FEATURES))]
    for option in candidate.options:
        several = float(" " in candidate.form)
        known = option.context is not None
        row = np.zeros(len(FEATURES))
        row[0] = score(option.words) - kept
        if known:
            row[1:6] = 1, option.context or 0.0, option.channel, candidate.evidence, several
        else:
            row[6:] = 1, option.channel, candidate.evidence, several
        rows.append(row)
    return np.array(rows), np.array(right)


def loss(weights: Vector, items: Sequence[Place]) -> tuple[float, Vector, Vector]:
    """Give the mean negative log likelihood in nats a place, its gradient and its curvature."""
    total, gradient, curvature = 0.0, np.zeros(len(weights)), np.zeros((len(weights),) * 2)
    for features, right in items:
        scores = features @ weights
        shares = np.exp(scores - scores.max())
        among = shares * right
        total -= np.log(among.sum() / shares.sum())
        shares, among = shares / shares.sum(), among / among.sum()
        gradient += features.T @ (shares - among)
        curvature += _spread(features, shares)
    size = len(items)
    return (
        total / size + PENALTY * float(weights @ weights),
        gradient / size + 2 * PENALTY * weights,
        curvature / size + 2 * PENALTY * np.eye(len(weights)),
    )


def _spread(features: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    mean = shares @ features
    spread: NDArray[np.float64] = (features * shares[:, None]).T @ features - np.outer(mean, mean)
    return spread


def fit(items: Sequence[Place]) -> NDArray[np.float64]:
    """Give the weights of least loss, by Newton's method with halved steps."""
    weights = np.zeros(len(FEATURES))
    value, gradient, curvature = loss(weights, items)
    for _ in range(50):
        step = np.linalg.solve(curvature, gradient)
        while loss(weights - step, items)[0] > value and np.abs(step).max() > 1e-6:
            step /= 2
        weights = weights - step
        value, gradient, curvature = loss(weights, items)
        if np.abs(step).max() < 1e-5:
            break
    return weights


def main() -> None:
    """Print weights and losses."""
    cases = spun_cases("classic*.toml")
    normalizer = Normalizer(assume_family="classic", quotations="restore")
    learned, held_out = (list(places(half, normalizer)) for half in (cases[::2], cases[1::2]))
    weights = fit(learned)
    for name, weight in zip(FEATURES, weights, strict=True):
        print(f"{name}: {weight:.2f}")
    print(f"{len(learned)} places, loss {loss(weights, learned)[0]:.4f}; others {loss(weights, held_out)[0]:.4f}")


if __name__ == "__main__":
    main()
