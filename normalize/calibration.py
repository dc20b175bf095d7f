"""Calibration: turn the probabilities of the search into ones that come true as often as they say.

Logistic calibration of the log odds (Platt, "Probabilistic outputs for support vector machines", 1999), fitted by
``python -m benchmarks.calibration``.
"""

from __future__ import annotations

import math
from typing import NamedTuple


def log_odds(probability: float) -> float:
    """Give the log odds of a probability, kept within ±9.2."""
    bounded = min(0.9999, max(0.0001, probability))
    return math.log(bounded / (1 - bounded))


class Calibration(NamedTuple):
    """New log odds = ``slope`` × old log odds + ``shift``."""

    slope: float
    shift: float

    def __call__(self, probability: float) -> float:
        """Give the calibrated probability, from 0 to 1; it rises with the one given."""
        return 1 / (1 + math.exp(-(self.slope * log_odds(probability) + self.shift)))


IDENTITY = Calibration(1.0, 0.0)
"""Leaves probabilities as they are (but for the very ends)."""
EDITS = IDENTITY
"""For the confidence of edits: the posteriors of the search need no correction (docs/method.md)."""
