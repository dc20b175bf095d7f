"""Cut what differs between two aligned texts into the smallest substitutions.

Spinners swap neighbouring words independently ("well-liked sequence" for "popular series" is two swaps), so a block
that differs is cut where its pieces go together best.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

from normalize.align import FUNCTION_WORDS, Alignment, Block, Token

MAX_BLOCK = 8
"""Longest block, in tokens a side, that is taken for substitutions: longer ones are cuts, or other versions."""
MAX_WORDS = 4
"""Most words of a substitution, a side."""

_ARTICLES = frozenset({"a", "the"})
_LEANING = frozenset(
    ["of", "up", "out", "off", "on", "down", "away", "over", "about", "that", "with", "at", "to", "in", "into", "for"]
)
"""Words that belong to what stands before them, at the end of a phrase."""
_JOINING = frozenset({"and", "or"})
"""Words that tie what follows to what stands before: "secrets and techniques"."""
_SHAPES = {
    (1, 1): 0.70, (2, 1): 0.11, (2, 2): 0.09, (3, 2): 0.03, (3, 1): 0.03, (1, 2): 0.016, (3, 3): 0.01, (4, 1): 0.004,
    (4, 2): 0.004, (2, 3): 0.002, (4, 4): 0.002, (4, 3): 0.001, (1, 3): 0.001,
}  # fmt: skip
"""Shares of the sizes of substitutions, in words a side, among the 2,945 marks of the written cases."""
_ODD_SHAPE = 0.0005

Fitness = Callable[[tuple[str, ...], tuple[str, ...]], float]
"""How well two stretches of words (as keys) go together, in nats: 0 when nothing is known."""


def cut(alignment: Alignment, fitness: Fitness) -> Iterator[Block]:
    """Cut the blocks of an alignment into the smallest substitutions, of 1 to ``MAX_WORDS`` words a side.

    ``fitness`` says how well the words of both sides go together, in nats: 0 when nothing is known, more for what is
    known to be swapped, less for an unlikely pair. Blocks longer than ``MAX_BLOCK`` tokens, and marks, are left out.
    """
    ours, theirs = alignment.spun, alignment.original
    for block in _joined(alignment):
        trimmed = _without_marks(alignment, block)
        if trimmed is None:
            continue
        for piece in _best_cut(alignment, trimmed, fitness):
            widened = _widened(alignment, piece)
            sizes = (widened.spun_last - widened.spun_first, widened.last - widened.first)
            if min(sizes) and max(sizes) <= MAX_WORDS and _is_plain(ours, theirs, widened):
                yield widened


def _joined(alignment: Alignment) -> Iterator[Block]:
    """Join blocks over one common function word, where one side of a block is empty: the match was chance."""
    pending: Block | None = None
    for block in alignment.blocks:
        if pending is not None:
            gap = block.spun_first - pending.spun_last
            whole = Block(pending.spun_first, block.spun_last, pending.first, block.last)
            lone = _is_adrift(alignment, pending) or _is_adrift(alignment, block)
            common = alignment.spun[pending.spun_last].key in FUNCTION_WORDS
            if gap == 1 and lone and common and max(_sizes(whole)) <= MAX_BLOCK:
                pending = whole
                continue
            yield pending
        pending = block
    if pending is not None:
        yield pending


def _sizes(block: Block) -> tuple[int, int]:
    return block.spun_last - block.spun_first, block.last - block.first


def _is_adrift(alignment: Alignment, block: Block) -> bool:
    """Tell whether a block has an empty side, and its other side does not lead on to the common word after it.

    "gross" before "sales" does ("gross sales" for "sales"), "reason that" does not.
    """
    if all(_sizes(block)):
        return False
    ours, theirs = alignment.spun, alignment.original
    final = ours[block.spun_last - 1] if block.spun_last > block.spun_first else theirs[block.last - 1]
    return final.key in FUNCTION_WORDS or not _common_word(ours, theirs, block.spun_last, block.last)


def _without_marks(alignment: Alignment, block: Block) -> Block | None:
    """Take the marks off the edges of a block; None when nothing, or too much, is left."""
    spun_first, spun_last = _trim(alignment.spun, block.spun_first, block.spun_last)
    first, last = _trim(alignment.original, block.first, block.last)
    trimmed = Block(spun_first, spun_last, first, last)
    sizes = _sizes(trimmed)
    return trimmed if 0 < max(sizes) <= MAX_BLOCK else None


def _trim(tokens: Sequence[Token], first: int, last: int) -> tuple[int, int]:
    while first < last and not tokens[first].is_word:
        first += 1
    while last > first and not tokens[last - 1].is_word:
        last -= 1
    return first, last


def _is_plain(ours: Sequence[Token], theirs: Sequence[Token], block: Block) -> bool:
    """Tell whether both sides are words only, without marks between them."""
    tokens = (*ours[block.spun_first : block.spun_last], *theirs[block.first : block.last])
    return all(token.is_word or token.key == "'s" for token in tokens)


def _best_cut(alignment: Alignment, block: Block, fitness: Fitness) -> list[Block]:
    """Give the likeliest way to cut a block, by dynamic programming, without the parts that are equal."""
    left = [token.key for token in alignment.spun[block.spun_first : block.spun_last]]
    right = [token.key for token in alignment.original[block.first : block.last]]
    if not left or not right:
        return [block]
    best: dict[tuple[int, int], tuple[float, tuple[int, int]]] = {(0, 0): (0.0, (0, 0))}
    for i in range(len(left) + 1):
        for j in range(len(right) + 1):
            if (i, j) not in best:
                continue
            for di in range(1, min(MAX_WORDS, len(left) - i) + 1):
                for dj in range(1, min(MAX_WORDS, len(right) - j) + 1):
                    score = best[i, j][0] + _score(tuple(left[i : i + di]), tuple(right[j : j + dj]), fitness)
                    if score > best.get((i + di, j + dj), (-math.inf,))[0]:
                        best[i + di, j + dj] = score, (i, j)
    at = (len(left), len(right))
    pieces: list[Block] = []
    while at in best and at != (0, 0):
        start = best[at][1]
        if left[start[0] : at[0]] != right[start[1] : at[1]]:
            pieces.append(
                Block(
                    block.spun_first + start[0], block.spun_first + at[0], block.first + start[1], block.first + at[1]
                )
            )
        at = start
    return pieces[::-1]


def _score(left: tuple[str, ...], right: tuple[str, ...], fitness: Fitness) -> float:
    if left == right:
        return 0.0 if len(left) == 1 else -math.inf
    shape = math.log(_SHAPES.get((len(left), len(right)), _ODD_SHAPE))
    return min(0.0, shape + fitness(left, right))


def _widened(alignment: Alignment, block: Block) -> Block:
    """Take in common neighbours where a side would be empty, or nothing but an article."""
    ours, theirs = alignment.spun, alignment.original
    keys = [token.key for token in ours[block.spun_first : block.spun_last]]
    others = [token.key for token in theirs[block.first : block.last]]
    if keys and others and not (set(keys) <= _ARTICLES or set(others) <= _ARTICLES):
        return block
    before = _common_word(ours, theirs, block.spun_first - 1, block.first - 1)
    after = _common_word(ours, theirs, block.spun_last, block.last)
    longer = keys or others
    if set(longer) <= _ARTICLES or (keys and others):
        left, right = before, after and not (keys and others)
    elif before and (longer[-1] in _LEANING or longer[0] in _JOINING):
        left, right = True, False
    else:
        left, right = before and not after, after
    widened = Block(block.spun_first - left, block.spun_last + right, block.first - left, block.last + right)
    if left and keys and others and _common_word(ours, theirs, widened.spun_first - 1, widened.first - 1):
        widened = widened._replace(spun_first=widened.spun_first - 1, first=widened.first - 1)
    return widened


def _common_word(ours: Sequence[Token], theirs: Sequence[Token], i: int, j: int) -> bool:
    if not (0 <= i < len(ours) and 0 <= j < len(theirs)):
        return False
    return ours[i].is_word and ours[i].key == theirs[j].key


def whole_names(alignment: Alignment, blocks: Iterable[Block]) -> Iterator[Block]:
    """Join the pieces of one changed name, and take in the words of the name beside it that were left alone."""
    ours, theirs = alignment.spun, alignment.original

    def is_name(i: int, j: int) -> bool:
        """Tell whether both tokens belong to a name, and the spun one directly follows the one before it."""
        inside = 0 < i < len(ours) and 0 < j < len(theirs)
        return inside and ours[i].named and theirs[j].named and ours[i].start - ours[i - 1].end <= 1

    def is_common(i: int, j: int) -> bool:
        return 0 <= i < len(ours) and 0 <= j < len(theirs) and ours[i].key == theirs[j].key and ours[i].named

    def is_whole_name(block: Block) -> bool:
        """Tell whether the original is a name throughout, and the spun side in part (World Well being Group)."""
        spun, original = ours[block.spun_first : block.spun_last], theirs[block.first : block.last]
        return any(token.named for token in spun) and all(token.named for token in original)

    def fits(block: Block) -> bool:
        return max(block.spun_last - block.spun_first, block.last - block.first) <= MAX_WORDS

    pending: Block | None = None
    for block in blocks:
        if is_name(block.spun_first, block.first) and is_common(block.spun_first - 1, block.first - 1):
            wider = block._replace(spun_first=block.spun_first - 1, first=block.first - 1)
            block = wider if fits(wider) else block  # noqa: PLW2901 - the widened block takes its place
        if pending is not None:
            whole = Block(pending.spun_first, block.spun_last, pending.first, block.last)
            touching = block.spun_first <= pending.spun_last and block.first <= pending.last
            if touching and fits(whole) and is_whole_name(pending) and is_whole_name(block):
                pending = whole
                continue
            yield pending
        while is_name(block.spun_last, block.last) and is_common(block.spun_last, block.last):
            wider = block._replace(spun_last=block.spun_last + 1, last=block.last + 1)
            if not fits(wider) or not theirs[block.last - 1].named:
                break
            block = wider  # noqa: PLW2901
        pending = block
    if pending is not None:
        yield pending


def stands_apart(block: Block, blocks: Iterable[Block]) -> bool:
    """Tell whether no other substitution touches this one on both sides, so that its edges are sure."""
    return not any(
        (other.spun_last, other.last) == (block.spun_first, block.first)
        or (other.spun_first, other.first) == (block.spun_last, block.last)
        for other in blocks
    )
