"""The verdict: was this document spun, and by which family?

It is reached in two looks. The first is naive Bayes over families on bare counts: every form that stands in the text is
evidence, the log of its rate in spun text over its rate in honest English. It is quick, and lets no spun document pass,
but an honest text about mattresses or arsenic looks spun to it. The second asks the language model at every place: how
much likelier is the sentence if the form stands for one of its originals? The sum of these log odds, less what an
honest text of that length would collect, is the verdict.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from normalize.candidates import Candidate
from normalize.plan import Verdict
from normalize.segment import is_quotation

PRIOR_LOG_ODDS = -4.0
"""Before anything is read: about one document in fifty-five was spun."""
SCREENED_LOG_ODDS = -10.0
"""What is said of a text that passes the screen: it was not read closely, so no closer figure is to be had."""
EXPECTED_PER_WORD = 0.10
"""First look: evidence in nats that a word of the text must bring on average to leave the odds as they are."""
PASSES_FIRST_LOOK = -6.0
"""Log odds of the first look from which a second one is taken: spun documents of 100 words and more lie far above."""
GAIN_PER_WORD = 0.28
"""Second look: gain in nats that a word must bring on average to leave the odds as they are. Our honest cases bring
0.03–0.25, the spun ones 0.39–0.71 (docs/method.md)."""
GAIN_WEIGHT = 0.5
"""Places in a text are not independent: a topic favours its own words everywhere."""
MAX_GAIN = 6.0
"""Cap on the log odds of one place, so that no single word decides."""
UNHEARD_GAIN = 1.25
"""Second look: nats for each phrase that stands nowhere in 33 million words of honest text. Of 894 honest documents 57
hold one such phrase or more, 3 hold two or three, none more; texts of the science family hold ten to fifteen."""
MANY_UNHEARD = 4
"""Context look: with so many different phrases of that kind a document is looked at closely, whatever its context."""
UNHEARD_PER_WORD = 0.0005
"""Such phrases that an honest text holds by chance, a word."""
CONTEXT_FAMILY = "classic"
"""The family whose forms the built-in context model knows."""
READS_HONEST = -0.12
"""Context look: log odds in nats a word below which a document is honest. Of our spun cases that look classic the least
brings -0.06, and passages of them less; most honest cases lie between -0.4 and -0.1."""
LEAST_CONTEXT_GAIN = 3.0
"""Context look: bound of what one place says for honesty, in nats."""
FAMILY_WEIGHT = 0.1
"""How much of the first look's evidence tells families apart: their lists overlap."""
MAX_FAMILY_PENALTY = 4.0
"""What an entry of a family that the document does not belong to loses at most, in nats."""
SPUN, SUSPICIOUS = 0.9, 0.5
"""Least probability for the labels."""
PASSAGE_PRIOR_LOG_ODDS = 0.5
"""For a passage (quotation, headline) of a spun document: some spinners leave them alone, most do not. Higher values
gain little on our cases, and begin to touch quotations that were left alone."""
PARAGRAPH_PRIOR_LOG_ODDS = 3.0
"""The same for a long paragraph: clean blocks are pasted into spun texts, but not often."""
SHORT_PASSAGE = 20
"""Passages are expected to hold at least what this many words would, so that one chance hit does not decide."""


def first_look(sums: Mapping[str, float], words: int) -> tuple[Verdict, dict[str, float]]:
    """Judge a document of so many words by the forms that stand in it, without their context.

    ``sums`` is the evidence for each family that has any, in nats. Gives the verdict, and for each of these families
    what its entries lose against the likeliest family's, in nats (0 to ``MAX_FAMILY_PENALTY``).
    """
    if not sums:
        return verdict_from(PRIOR_LOG_ODDS, None, words, ()), {}
    top = max(sums.values())
    penalties = {name: min(MAX_FAMILY_PENALTY, FAMILY_WEIGHT * (top - found)) for name, found in sums.items()}
    log_odds = PRIOR_LOG_ODDS + _log_sum(sums.values()) - EXPECTED_PER_WORD * words
    family = max(sums, key=lambda name: (sums[name], name))
    return verdict_from(log_odds, family, words, ()), penalties


def reads_honest(candidates: Iterable[Candidate], words: int) -> bool:
    """Tell whether a document reads honest by the context model alone: what its forms say where they stand.

    Much quicker than a search, it spares most honest texts the second look; it lets no text pass that might be spun.
    """
    gains: dict[str, list[float]] = {}
    reach = 0
    for candidate in sorted(candidates, key=lambda item: (item.start, -item.end)):
        if candidate.blocked or candidate.start < reach or is_quotation(candidate.zone):
            continue
        known = [option.context for option in candidate.options if option.context is not None]
        if known:
            reach = candidate.end
            gains.setdefault(candidate.form, []).append(max(-LEAST_CONTEXT_GAIN, _log_sum(known)))
    return sum(map(_sum_of_repeated, gains.values())) < READS_HONEST * words


def second_look(gains: Mapping[str, list[float]], words: int, family: str | None, unheard: float = 0.0) -> Verdict:
    """Judge a document by what each form gains from being replaced, in nats, at each of its places.

    ``unheard`` is how many different phrases it holds that no honest text has (each weighed by how surely it is to be
    replaced): a few of those are enough, however much of the text was left alone.
    """
    weighed = {form: (len(found), _sum_of_repeated(found)) for form, found in gains.items()}
    log_odds = PRIOR_LOG_ODDS + GAIN_WEIGHT * (sum(gain for _, gain in weighed.values()) - GAIN_PER_WORD * words)
    log_odds = max(log_odds, PRIOR_LOG_ODDS + UNHEARD_GAIN * (unheard - UNHEARD_PER_WORD * words))
    best = sorted(weighed.items(), key=lambda item: (-item[1][1], item[0]))
    evidence = tuple((form, count, round(GAIN_WEIGHT * gain, 2)) for form, (count, gain) in best[:8] if gain > 0)
    return verdict_from(log_odds, family, words, evidence)


def passage_log_odds(gains: Iterable[float], words: int, prior: float) -> float:
    """Give the log odds that a passage of a spun document was spun as well, from prior log odds and gains in nats."""
    total = sum(min(MAX_GAIN, gain) for gain in gains)
    return prior + GAIN_WEIGHT * (total - GAIN_PER_WORD * max(words, SHORT_PASSAGE))


def verdict_from(
    log_odds: float, family: str | None, words: int, evidence: tuple[tuple[str, int, float], ...]
) -> Verdict:
    """Put log odds into a verdict."""
    probability = 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, log_odds))))
    label = "spun" if probability >= SPUN else "suspicious" if probability >= SUSPICIOUS else "clean"
    return Verdict(
        label, round(probability, 4), family if label != "clean" else None, round(log_odds, 2), words, evidence
    )


def _sum_of_repeated(gains: list[float]) -> float:
    """Add up the gains of one form; its repetitions are not independent, so the n-th adds about 1/n of the mean."""
    capped = [min(MAX_GAIN, gain) for gain in gains]
    return sum(capped) / len(capped) * (1.0 + math.log(len(capped)))


def effective_words(words: int, sentences: Iterable[str]) -> int:
    """Count the words of a block without sentences that stand in it more than once: they say nothing new."""
    seen: set[str] = set()
    repeated = 0
    for sentence in sentences:
        if sentence in seen:
            repeated += len(sentence.split())
        seen.add(sentence)
    return max(0, words - repeated)


def _log_sum(values: Iterable[float]) -> float:
    items = list(values)
    top = max(items)
    return top + math.log(sum(math.exp(item - top) for item in items))
