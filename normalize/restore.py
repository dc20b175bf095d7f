"""Search for the likeliest original: Viterbi over a lattice of candidates where "keep" is always one of them.

Each sentence is a lattice over its words. An arc keeps one word, or puts an original in the place of one or more.
A path's score is the language model's log probability of its words plus the channel's log probability of its
replacements (Shannon's noisy channel, as in Brill and Moore, "An improved error model for noisy channel spelling
correction", ACL 2000). The state is the last two words. Confidence is the posterior of the chosen arc, by the
forward-backward algorithm over the same lattice (Rabiner, "A tutorial on hidden Markov models", 1989).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from normalize.anchors import ANCHOR_GAIN
from normalize.candidates import Candidate, Option
from normalize.language_model import SENTENCE_END, SENTENCE_START, LanguageModel, sequence_log_probability
from normalize.segment import Segmented

MODEL_WEIGHT = 0.5
"""Weight of the language model against the channel; n-gram models are overconfident. This and the next three were
fitted by conditional logit on the spun cases of ``tests/cases`` with even numbers (docs/method.md)."""


class Weights(NamedTuple):
    """Weights of what speaks for a replacement beside the language model, in a document known to be spun.

    ``bias`` and ``several`` (for a form of several words, where chance agreement is rarer) are nats; the others
    multiply the context model's log odds, the channel's log probability, and the form's own evidence of spinning.
    """

    bias: float
    context: float
    channel: float
    evidence: float
    several: float


KNOWN_WEIGHTS = Weights(bias=0.7, context=0.23, channel=0.61, evidence=0.1, several=0.3)
"""For pairs of form and original that the context model knows."""
UNKNOWN_WEIGHTS = Weights(bias=1.35, context=0.0, channel=1.0, evidence=0.2, several=0.5)
"""For pairs that it does not know."""
CONTEXT_WORDS = 2
"""Kept words after the last candidate that still feel its replacement: the model is a trigram."""

State = tuple[str, str]


class Arc(NamedTuple):
    """A way over part of the lattice: ``first``–``last`` in words of the sentence, the words it puts there."""

    first: int
    last: int
    words: tuple[str, ...]
    bonus: float
    candidate: Candidate | None
    option: Option | None


class Choice(NamedTuple):
    """A candidate that the search decided to replace, with the chosen original.

    ``confidence`` is the posterior probability of this original, ``changed`` that of any of the candidate's originals.
    """

    candidate: Candidate
    option: Option
    confidence: float
    changed: float


@dataclass(slots=True)
class _Node:
    position: int
    state: State
    best: float = -math.inf
    best_from: tuple[_Node, Arc] | None = None
    forward: float = -math.inf
    backward: float = -math.inf
    incoming: list[tuple[_Node, Arc, float]] = field(default_factory=list)


def restore(
    segmented: Segmented, candidates: Sequence[Candidate], model: LanguageModel, offset: float = 0.0
) -> list[Choice]:
    """Choose which candidates to replace, and by what.

    ``candidates`` are those that may act, in text order. ``offset`` is what the verdict adds to the score of every
    replacement, in nats.
    """
    choices: list[Choice] = []
    for cluster, first, last in _clusters(segmented, candidates):
        choices += _search(segmented, cluster, first, last, model, offset)
    return choices


def bonus(candidate: Candidate, option: Option, offset: float) -> float:
    """Give the score of replacing without the language model: context, channel, evidence of the form, verdict."""
    several = " " in candidate.form
    if option.context is None:
        weights, context = UNKNOWN_WEIGHTS, 0.0
    else:
        weights, context = KNOWN_WEIGHTS, option.context
    return (
        weights.bias
        + weights.context * context
        + weights.channel * option.channel
        + weights.evidence * candidate.evidence
        + weights.several * several
        + (ANCHOR_GAIN if option.anchor else 0.0)
        + offset
    )


def _clusters(segmented: Segmented, candidates: Sequence[Candidate]) -> Iterable[tuple[list[Candidate], int, int]]:
    """Group candidates whose language model contexts touch, with the token range of their sentence."""
    at = 0
    for first, end in segmented.sentences:
        cluster: list[Candidate] = []
        reach = -1
        while at < len(candidates) and candidates[at].first < end:
            candidate = candidates[at]
            if cluster and candidate.first > reach + CONTEXT_WORDS * 2:
                yield cluster, first, end
                cluster = []
            cluster.append(candidate)
            reach = max(reach if len(cluster) > 1 else -1, candidate.last)
            at += 1
        if cluster:
            yield cluster, first, end


def _search(
    segmented: Segmented,
    cluster: list[Candidate],
    first: int,
    end: int,
    model: LanguageModel,
    offset: float,
) -> list[Choice]:
    positions = [i for i in range(first, end) if segmented.tokens[i].is_word]
    index = {token: number for number, token in enumerate(positions)}
    words = [_word(segmented, token) for token in positions]
    arcs = _arcs(segmented, cluster, positions, index, offset)
    if not arcs:
        return []
    begin = min(arc.first for group in arcs.values() for arc in group)
    stop = max(arc.last for group in arcs.values() for arc in group)
    finish = min(len(words), stop + CONTEXT_WORDS)
    before = words[begin - 1] if begin >= 1 else SENTENCE_START
    two_before = words[begin - 2] if begin >= 2 else SENTENCE_START if begin == 1 else ""
    nodes: list[dict[State, _Node]] = [{} for _ in range(finish - begin + 1)]
    start = _Node(begin, (two_before, before), 0.0, None, 0.0)
    nodes[0][start.state] = start
    for position in range(begin, finish):
        outgoing = [Arc(position, position + 1, (words[position],), 0.0, None, None), *arcs.get(position, ())]
        for node in nodes[position - begin].values():
            for arc in outgoing:
                _extend(node, arc, nodes[arc.last - begin], model)
    if finish == len(words):
        for node in nodes[-1].values():
            closing = MODEL_WEIGHT * model.log_probability(SENTENCE_END, *node.state)
            node.best += closing
            node.forward += closing
            node.backward = closing
    else:
        for node in nodes[-1].values():
            node.backward = 0.0
    return _choose(nodes, words)


def _word(segmented: Segmented, token: int) -> str:
    return segmented.tokens[token].plain


def _arcs(
    segmented: Segmented,
    cluster: list[Candidate],
    positions: list[int],
    index: dict[int, int],
    offset: float,
) -> dict[int, list[Arc]]:
    arcs: dict[int, list[Arc]] = {}
    for candidate in cluster:
        inside = [index[token] for token in range(candidate.first, candidate.last) if token in index]
        if not inside:
            continue
        suffix = segmented.text[candidate.end : segmented.tokens[positions[inside[-1]]].end].lower().replace("’", "'")
        for option in candidate.options:
            words = option.words
            if suffix and words:
                words = (*words[:-1], words[-1] + suffix)
            score = bonus(candidate, option, offset)
            arcs.setdefault(inside[0], []).append(Arc(inside[0], inside[-1] + 1, words, score, candidate, option))
    return arcs


def _extend(node: _Node, arc: Arc, targets: dict[State, _Node], model: LanguageModel) -> None:
    state = node.state
    weight = arc.bonus + MODEL_WEIGHT * sequence_log_probability(model, arc.words, *state)
    reached: State = (*state, *arc.words)[-2:]  # type: ignore[assignment]
    target = targets.get(reached)
    if target is None:
        target = targets[reached] = _Node(arc.last, reached)
    target.incoming.append((node, arc, weight))
    target.forward = _log_add(target.forward, node.forward + weight)
    if node.best + weight > target.best:
        target.best = node.best + weight
        target.best_from = (node, arc)


def _choose(nodes: list[dict[State, _Node]], words: list[str]) -> list[Choice]:
    finals = list(nodes[-1].values())
    total = -math.inf
    for node in finals:
        total = _log_add(total, node.forward)
    for layer in reversed(nodes):
        for node in layer.values():
            for origin, _, weight in node.incoming:
                origin.backward = _log_add(origin.backward, weight + node.backward)
    # Arcs that come to the same words are one outcome: "again" → "back" and "went again" → "went back".
    outcome: dict[tuple[int, int, tuple[str, ...]], float] = {}
    place: dict[tuple[int, int], float] = {}
    for layer in nodes:
        for node in layer.values():
            for origin, arc, weight in node.incoming:
                if arc.option is not None:
                    first, last, core = _core(arc, words)
                    mass = math.exp(origin.forward + weight + node.backward - total)
                    outcome[first, last, core] = outcome.get((first, last, core), 0.0) + mass
                    place[first, last] = place.get((first, last), 0.0) + mass
    choices: list[Choice] = []
    here = max(finals, key=lambda node: (node.best, node.state))
    while here.best_from is not None:
        origin, arc = here.best_from
        if arc.candidate is not None and arc.option is not None:
            first, last, core = _core(arc, words)
            confidence, changed = min(1.0, outcome[first, last, core]), min(1.0, place[first, last])
            choices.append(Choice(arc.candidate, arc.option, confidence, changed))
        here = origin
    return choices[::-1]


def _core(arc: Arc, words: list[str]) -> tuple[int, int, tuple[str, ...]]:
    """Give what an arc really changes: its range and words without what is the same at either end."""
    first, last, new = arc.first, arc.last, arc.words
    while first < last and new and words[first] == new[0]:
        first, new = first + 1, new[1:]
    while first < last and new and words[last - 1] == new[-1]:
        last, new = last - 1, new[:-1]
    return first, last, new


def _log_add(a: float, b: float) -> float:
    if a < b:
        a, b = b, a
    if b == -math.inf:
        return a
    return a + math.log1p(math.exp(b - a))


def model_gain(segmented: Segmented, candidate: Candidate, option: Option, model: LanguageModel) -> float:
    """Give what the language model says for an original over the spun form, in nats, among the words that stand there.

    The search itself compares whole paths, in which neighbours may be restored too; this is for explanations.
    """
    first, end = next(s for s in segmented.sentences if s[0] <= candidate.first < s[1])
    left = [_word(segmented, i) for i in range(first, candidate.first) if segmented.tokens[i].is_word]
    right = [_word(segmented, i) for i in range(candidate.last, end) if segmented.tokens[i].is_word][:CONTEXT_WORDS]
    spun = [_word(segmented, i) for i in range(candidate.first, candidate.last) if segmented.tokens[i].is_word]
    two_before, before = ([SENTENCE_START, SENTENCE_START, *left])[-2:]
    if len(right) < CONTEXT_WORDS:
        right.append(SENTENCE_END)
    kept = sequence_log_probability(model, [*spun, *right], two_before, before)
    return sequence_log_probability(model, [*option.words, *right], two_before, before) - kept
