"""Ask the context model about the candidates of a text."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from normalize.candidates import Candidate
from normalize.context_model import ContextModel, Query
from normalize.language_model import model_words
from normalize.segment import Segmented


def weigh_by_context(segmented: Segmented, candidates: Sequence[Candidate], model: ContextModel) -> None:
    """Give each option of the candidates its log odds by the words around it, as far as the model knows it."""
    tokens = segmented.tokens
    positions = [index for index, token in enumerate(tokens) if token.is_word]
    words = [tokens[index].plain for index in positions]
    bounds = [(bisect_left(positions, first), bisect_left(positions, end)) for first, end in segmented.sentences]
    ends = [end for _, end in segmented.sentences]
    queries = []
    for candidate in candidates:
        first, last = bisect_left(positions, candidate.first), bisect_left(positions, candidate.last)
        sentence = bounds[bisect_left(ends, candidate.last)]
        form = " ".join(model_words(candidate.form))
        queries.append(Query(first, last, sentence, form, [" ".join(option.words) for option in candidate.options]))
    for candidate, gains in zip(candidates, model.gains(words, queries), strict=True):
        candidate.options = [
            option._replace(context=gain) for option, gain in zip(candidate.options, gains, strict=True)
        ]
