"""The verdict: was this document spun, and by which family?

Naive Bayes over families, with honest English as one of them. Every form that stands in the text is evidence: the
log of its rate in spun text over its rate in honest English. What a spun text of that length would be expected to
hold, and an honest one would not, is counted against the document, so that a few chance hits in a long text say little.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from normalize.match import Hit
from normalize.plan import Verdict

PRIOR_LOG_ODDS = -4.0
"""Before anything is read: about one document in fifty-five was spun."""
EXPECTED_PER_WORD = 0.16
"""Evidence in nats that a word of the text must bring on average to leave the odds as they are. Honest prose brings
0.03–0.08, spun prose 0.3–0.7 (docs/method.md)."""
MIN_EVIDENCE = 0.5
"""Weaker forms are left out: common words that spinners write a little more often than honest writers."""
SPUN, SUSPICIOUS = 0.9, 0.5
"""Least probability for the labels."""
PASSAGE_PRIOR_LOG_ODDS = -0.5
"""For a passage (quotation, headline) of a spun document: some spinners leave them alone, most do not."""
SHORT_PASSAGE = 12
"""Passages are expected to hold at least what this many words would, so that one chance hit does not decide."""


def disjoint(hits: Iterable[Hit]) -> list[Hit]:
    """Give hits that do not overlap, the longer before the shorter, in text order."""
    chosen: list[Hit] = []
    end = -1
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.start >= end:
            chosen.append(hit)
            end = hit.end
    return chosen


def judge(counts: Mapping[str, int], words: int, evidence: Mapping[str, Mapping[str, float]]) -> Verdict:
    """Give the verdict on a document of so many words in which the forms stand so often."""
    sums = _family_sums(counts, evidence)
    if not sums:
        return Verdict("clean", _probability(PRIOR_LOG_ODDS), None, PRIOR_LOG_ODDS, words)
    expected = EXPECTED_PER_WORD * words
    log_odds = PRIOR_LOG_ODDS + _log_sum(sums.values()) - expected
    family = max(sums, key=lambda name: (sums[name], name))
    probability = _probability(log_odds)
    label = "spun" if probability >= SPUN else "suspicious" if probability >= SUSPICIOUS else "clean"
    best = sorted(
        ((form, n, round(evidence[form].get(family, 0.0) * _repeated(n), 2)) for form, n in counts.items() if form in evidence),
        key=lambda item: (-item[2], item[0]),
    )
    return Verdict(
        label, round(probability, 4), family if label != "clean" else None, round(log_odds, 2), words,
        tuple(item for item in best[:8] if item[2] >= MIN_EVIDENCE),
    )  # fmt: skip


def passage_log_odds(hits: Iterable[Hit], words: int, family: str, evidence: Mapping[str, Mapping[str, float]]) -> float:
    """Give the log odds that a passage of a document spun by ``family`` was spun as well, from its own evidence."""
    total = 0.0
    for hit in disjoint(hits):
        strength = evidence.get(hit.form, {}).get(family, 0.0)
        if strength >= MIN_EVIDENCE:
            total += strength
    return PASSAGE_PRIOR_LOG_ODDS + total - EXPECTED_PER_WORD * max(words, SHORT_PASSAGE)


def _family_sums(counts: Mapping[str, int], evidence: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for form, count in counts.items():
        for family, strength in evidence.get(form, {}).items():
            if strength >= MIN_EVIDENCE:
                sums[family] = sums.get(family, 0.0) + strength * _repeated(count)
    return sums


def _repeated(count: int) -> float:
    """A form's repetitions are not independent: a term of the trade recurs. The n-th adds about 1/n."""
    return 1.0 + math.log(count)


def _probability(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, log_odds))))


def _log_sum(values: Iterable[float]) -> float:
    items = list(values)
    top = max(items)
    return top + math.log(sum(math.exp(item - top) for item in items))
