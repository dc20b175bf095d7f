"""Learn phrasebook entries from pairs of texts: a spun text and its original.

The differences of the aligned texts (``normalize.align``) are counted, brought to their base forms where the
inflections of both sides agree, and set beside what a phrasebook knows already. What comes out is a proposal for a
person to review.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from normalize.align import FUNCTION_WORDS, MIN_COMMON, Alignment, Block, Token, align
from normalize.base_forms import UNLIKELY_FITNESS, base_forms, word_fitness
from normalize.compiled import CompiledPhrasebook
from normalize.cutting import cut, stands_apart, whole_names
from normalize.fact_words import touches_facts
from normalize.phrasebook import SECTIONS, Entry

MAX_CONTEXTS = 3
MAX_CONTEXT_WORDS = 8
ROUNDS = 3
"""How often the blocks are cut, each time with the counts of the time before."""
KNOWN_FITNESS = 6.0
SEEN_FITNESS = 2.0
"""Nats for a piece of a block: a pair that the phrasebook knows, and one that was found in the round before (here plus
the root of its count). Chosen on the written cases, as are those of ``normalize.base_forms``."""

Keys = tuple[tuple[str, ...], tuple[str, ...]]
"""The words of a substitution, spun and original, as they are compared."""

_TAILS = frozenset("been of with away on out to upon".split())
_BEFORE_VERBS = frozenset(
    "to will would can could may might should must shall not i you we they he she it who did do does don't didn't "
    "won't can't cannot couldn't wouldn't doesn't".split()
)
_BEFORE_THIRD_PERSONS = frozenset("it he she who".split())
_BEFORE_NOUNS = frozenset(
    "a the this that these those its his her their our my your no any some 's of in on at by with from for".split()
)


class NotAPairError(ValueError):
    """Two texts are not a spun text and its original: the message says why."""


@dataclass(slots=True)
class Evidence:
    """How often something was seen, in which documents, where (a few words with ``{spun|original}`` in them), and in
    which forms of the spun side and the original.
    """

    count: int = 0
    documents: set[int] = field(default_factory=set)
    contexts: list[str] = field(default_factory=list)
    forms: set[tuple[str, str]] = field(default_factory=set)

    def add(self, other: Evidence) -> None:
        """Take in what another piece of evidence says."""
        self.count += other.count
        self.documents |= other.documents
        self.forms |= other.forms
        self.contexts += [text for text in other.contexts if text not in self.contexts]
        del self.contexts[MAX_CONTEXTS:]


@dataclass(slots=True)
class Pair(Evidence):
    """A substitution as it stood in the texts, with the part of speech that its neighbours suggest, counted."""

    spun: str = ""
    original: str = ""
    named: bool = False
    cues: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Proposal:
    """A phrasebook entry to review.

    ``evidence`` belongs to the originals that were seen. ``conflicts`` and ``reverses`` are ids of known entries: those
    that have the form for other originals, and those that have an original as a spun form of it. ``known_as`` are the
    ids of the entries that have all of it already; it is empty for what is new.
    """

    entry: Entry
    evidence: dict[str, Evidence]
    conflicts: tuple[str, ...] = ()
    reverses: tuple[str, ...] = ()
    known_as: tuple[str, ...] = ()

    @property
    def total(self) -> Evidence:
        """Give the evidence for all originals together."""
        total = Evidence()
        for evidence in self.evidence.values():
            total.add(evidence)
        return total


class Learner:
    """Collects pairs of texts, then proposes entries. ``book`` is the phrasebook that proposals are compared with."""

    def __init__(self, book: CompiledPhrasebook) -> None:
        self._book = book
        self.alignments: list[Alignment] = []
        """The pairs of texts, aligned, in the order in which they were added."""
        self._blocks: list[list[Block]] | None = None
        self._entries = {(entry.id, entry.spun): entry for entry in book.entries}
        self._looked_up: dict[str, list[tuple[str, frozenset[str]]]] = {}
        self.at_risk = 0
        """How many substitutions were left out because they change facts; known after ``pairs``."""

    def add(self, spun: str, original: str) -> None:
        """Add a pair of texts as one document.

        Raises:
            NotAPairError: a text has no words, or the two have too little in common.

        """
        alignment = align(spun, original)
        for name, tokens in (("spun", alignment.spun), ("original", alignment.original)):
            if not any(token.is_word for token in tokens):
                message = f"the {name} text has no words"
                raise NotAPairError(message)
        if alignment.common < MIN_COMMON:
            message = (
                f"the texts are no pair: at most {alignment.common:.2f} of their words are common, "
                f"less than {MIN_COMMON}; check that the original belongs to the spun text"
            )
            raise NotAPairError(message)
        self.alignments.append(alignment)
        self._blocks = None

    @property
    def spun_words(self) -> int:
        """Give the number of words of all spun texts."""
        return sum(token.is_word for alignment in self.alignments for token in alignment.spun)

    def pairs(self) -> list[Pair]:
        """Give the substitutions as they stood in the texts, without those that change facts, in alphabetical order.

        Those that the phrasebook knows are never left out: somebody has decided on them.
        """
        found: dict[tuple[str, str, bool], Pair] = {}
        for _, _, pair in self.substitutions():
            key = (pair.spun, pair.original, pair.named)
            if key in found:
                found[key].add(pair)
                found[key].cues += pair.cues
            else:
                found[key] = pair
        return [found[key] for key in sorted(found)]

    def substitutions(self) -> Iterator[tuple[int, Block, Pair]]:
        """Give each substitution with the number of its document and its place there, in text order."""
        self.at_risk = 0
        for number, (alignment, blocks) in enumerate(zip(self.alignments, self.blocks(), strict=True)):
            for block in blocks:
                pair = _pair(alignment, block, number)
                if pair.spun.lower() == pair.original.lower():
                    continue
                if not self.known_entries(pair.spun, pair.original) and touches_facts(*_sides(alignment, block)):
                    self.at_risk += 1
                else:
                    yield number, block, pair

    def blocks(self) -> list[list[Block]]:
        """Cut the differences of each pair of texts, in several rounds that learn from one another."""
        if self._blocks is not None:
            return self._blocks
        seen: Counter[Keys] = Counter()
        for alignment in self.alignments:
            seen.update(_keys(alignment, block) for block in alignment.blocks if _is_single(block))
        result: list[list[Block]] = []
        for _ in range(ROUNDS):
            fitness = partial(self._fitness, seen)
            result = [list(cut(alignment, fitness)) for alignment in self.alignments]
            seen = Counter()
            for alignment, blocks in zip(self.alignments, result, strict=True):
                seen.update(_keys(alignment, block) for block in blocks)
        self._blocks = [
            [
                block
                for block in whole_names(alignment, blocks)
                if _is_named(alignment, block)
                or self._is_sure(seen, _keys(alignment, block), stands_apart(block, blocks))
            ]
            for alignment, blocks in zip(self.alignments, result, strict=True)
        ]
        return self._blocks

    def _is_sure(self, seen: Mapping[Keys, int], keys: Keys, apart: bool) -> bool:
        """Tell whether a substitution may be believed: it is known, found again, or has content words on both sides.

        A piece of a longer block, whose edges are a guess, must be one word for another besides.
        """
        spun, original = keys
        if seen[keys] > 1 or self.known_entries(" ".join(spun), " ".join(original)):
            return True
        if set(spun) <= FUNCTION_WORDS or set(original) <= FUNCTION_WORDS:
            return False
        return apart or (len(spun) == 1 == len(original) and word_fitness(spun[0], original[0]) >= 0)

    def _fitness(self, seen: Mapping[Keys, int], spun: tuple[str, ...], original: tuple[str, ...]) -> float:
        if self.known_entries(" ".join(spun), " ".join(original)):
            return KNOWN_FITNESS
        if count := seen.get((spun, original), 0):
            return SEEN_FITNESS + float(count**0.5)
        if len(spun) > 1 or len(original) > 1:
            return UNLIKELY_FITNESS if spun[0] in _TAILS else 0.0
        return word_fitness(spun[0], original[0])

    def known_entries(self, spun: str, original: str) -> list[str]:
        """Give the ids of the entries that have this form (as it stands in a text) for this original."""
        low = original.lower()
        return [name for name, originals in self._readings(spun) if low in originals]

    def _readings(self, spun: str) -> list[tuple[str, frozenset[str]]]:
        """Give (entry id, originals in lower case) for a form as it stands in a text."""
        found = self._looked_up.get(spun)
        if found is None:
            readings = self._book.forms.get(spun) or self._book.forms.get(spun.lower()) or []
            found = [
                (self._book.entries[reading.entry].id, frozenset(known.lower() for known, _ in reading.originals))
                for reading in readings
            ]
            self._looked_up[spun] = found
        return found

    def proposals(self, family: str, min_count: int = 1, min_documents: int = 1) -> list[Proposal]:
        """Give the entries to review, sorted as a phrasebook file is; known ones too.

        ``min_count`` and ``min_documents`` are what an original must have been seen at least. An entry that ``family``
        has already keeps its originals and conditions, and the new originals follow.
        """
        pairs = self.pairs()
        grouped: dict[tuple[str, str], dict[str, list[Pair]]] = {}
        for pair, (section, spun, original) in zip(pairs, _sections(pairs), strict=True):
            grouped.setdefault((section, spun), {}).setdefault(original, []).append(pair)
        proposals: list[Proposal] = []
        for (section, spun), originals in sorted(
            grouped.items(), key=lambda item: (SECTIONS.index(item[0][0]), item[0][1])
        ):
            enough = {
                original: members
                for original, members in originals.items()
                if sum(pair.count for pair in members) >= min_count
                and len(set().union(*(pair.documents for pair in members))) >= min_documents
            }
            for known in (False, True):
                part = {original: members for original, members in enough.items() if known == self._all_known(members)}
                if part:
                    proposals.append(self._proposal(family, section, spun, part, known))
        return self._without_cycles(family, proposals)

    def _all_known(self, members: Iterable[Pair]) -> bool:
        return all(self.known_entries(pair.spun, pair.original) for pair in members)

    def _proposal(
        self, family: str, section: str, spun: str, originals: Mapping[str, list[Pair]], known: bool
    ) -> Proposal:
        evidence: dict[str, Evidence] = {}
        for original, members in originals.items():
            evidence[original] = Evidence()
            for pair in members:
                evidence[original].add(pair)
        ranked = sorted(evidence, key=lambda original: (-evidence[original].count, original))
        entry = Entry(family, section, spun, tuple(ranked))
        everything = [pair for members in originals.values() for pair in members]
        same = {name for pair in everything for name in self.known_entries(pair.spun, pair.original)}
        if known:
            return Proposal(entry, evidence, known_as=tuple(sorted(same)))
        holders = {name for pair in everything for name, _ in self._readings(pair.spun)}
        reverses = {name for pair in everything for name in self.known_entries(pair.original, pair.spun)}
        old = self._entries.get((entry.id, entry.spun))
        if old is not None:
            entry = replace(old, originals=tuple(dict.fromkeys((*old.originals, *ranked))), path="", line=0)
        return Proposal(entry, evidence, tuple(sorted(holders - same)), tuple(sorted(reverses)))

    def _without_cycles(self, family: str, proposals: list[Proposal]) -> list[Proposal]:
        """Mark entries whose first originals lead back to themselves as swaps: a phrasebook refuses them otherwise."""
        first = {(e.section, e.spun): e.originals[0] for e in self._book.entries if e.family == family}
        first |= {(p.entry.section, p.entry.spun): p.entry.originals[0] for p in proposals if not p.known_as}
        for proposal in proposals:
            section, start = proposal.entry.section, proposal.entry.spun
            spun, steps = first.get((section, start)), 0
            while spun is not None and spun != start and steps <= len(first):
                spun, steps = first.get((section, spun)), steps + 1
            if spun == start and not proposal.known_as:
                proposal.entry = replace(proposal.entry, swaps=True)
        return proposals


def _is_named(alignment: Alignment, block: Block) -> bool:
    return all(any(token.named for token in side) for side in _sides(alignment, block))


def _is_single(block: Block) -> bool:
    return block.spun_last - block.spun_first == 1 == block.last - block.first


def _sides(alignment: Alignment, block: Block) -> tuple[list[Token], list[Token]]:
    return alignment.spun[block.spun_first : block.spun_last], alignment.original[block.first : block.last]


def _keys(alignment: Alignment, block: Block) -> Keys:
    spun, original = _sides(alignment, block)
    return tuple(token.key for token in spun), tuple(token.key for token in original)


def _pair(alignment: Alignment, block: Block, document: int) -> Pair:
    """Make the pair of a block: names keep their capitals, everything else loses them but for acronyms and names."""
    spun, original = _sides(alignment, block)
    named = _is_named(alignment, block)
    shouted = all(token.text.isupper() for token in spun)
    before = _phrase(spun, keep=named, capitals=named)
    after = _phrase(original, keep=named, capitals=not shouted)
    pair = Pair(1, {document}, [_context(alignment.spun, block, after)], {(before, after)}, before, after, named)
    if not named:
        pair.cues[_cue(alignment.spun, block)] += 1
    return pair


def _phrase(tokens: Iterable[Token], *, keep: bool, capitals: bool) -> str:
    """Join words with plain apostrophes: as written (``keep``), or in lower case but for acronyms and names."""
    words: list[str] = []
    last_end = None
    for token in tokens:
        text = token.text.replace("’", "'").replace("‘", "'").replace("‐", "-").replace("‑", "-")
        acronym = len(text) > 1 and text.isupper() and any(char.isalpha() for char in text)
        if not keep and not (capitals and (acronym or token.named or text == "I")):
            text = text.lower()
        if token.start == last_end:
            words[-1] += text
        else:
            words.append(text)
        last_end = token.end
    return " ".join(words)


def _context(ours: list[Token], block: Block, original: str) -> str:
    """Give at most ``MAX_CONTEXT_WORDS`` words around a substitution, within its sentence, on one line."""
    first, last = block.spun_first, block.spun_last
    while last - first < MAX_CONTEXT_WORDS:
        left = first > 0 and ours[first - 1].text not in ".!?" and ours[first].start - ours[first - 1].end <= 1
        right = last < len(ours) and ours[last].text not in ".!?" and ours[last].start - ours[last - 1].end <= 1
        if not left and not right:
            break
        if left and (not right or block.spun_first - first <= last - block.spun_last):
            first -= 1
        else:
            last += 1
    while first < block.spun_first and not ours[first].is_word:
        first += 1
    while last > block.spun_last and not ours[last - 1].is_word:
        last -= 1
    pieces = []
    for index in range(first, last):
        if index > first and ours[index].start > ours[index - 1].end:
            pieces.append(" ")
        pieces.append(
            "{" * (index == block.spun_first) + ours[index].text + f"|{original}}}" * (index == block.spun_last - 1)
        )
    return "".join(char for char in "".join(pieces) if char.isprintable())


def _cue(ours: list[Token], block: Block) -> str:
    """Guess a part of speech from the neighbours: the section, or an empty string."""
    before = ours[block.spun_first - 1].key if block.spun_first else ""
    if before in _BEFORE_VERBS:
        third = ours[block.spun_last - 1].key.endswith("s") and before not in _BEFORE_THIRD_PERSONS
        return "nouns" if third else "verbs"
    if before not in _BEFORE_NOUNS:
        return ""
    after = ours[block.spun_last] if block.spun_last < len(ours) else None
    return "adjectives" if after is not None and after.is_word and after.key not in FUNCTION_WORDS else "nouns"


def _sections(pairs: list[Pair]) -> list[tuple[str, str, str]]:
    """Give for each pair the section and the base forms of its entry.

    Of several readings the one wins that most pairs bear out (attacks, attacked), then the one that the neighbours
    suggest; when neither decides, the pair stays a phrase.
    """
    readings = [[] if pair.named else list(base_forms(pair.spun, pair.original)) for pair in pairs]
    borne_out = Counter(reading for found in readings for reading in found)
    chosen: list[tuple[str, str, str]] = []
    for pair, found in zip(pairs, readings, strict=True):
        most = max((borne_out[reading] for reading in found), default=0)
        best = [reading for reading in found if borne_out[reading] == most]
        hinted = [
            reading for reading in best if reading[0] == max(pair.cues, key=lambda cue: pair.cues[cue], default="")
        ]
        section = "names" if pair.named else "phrases"
        chosen.append((best if len(best) == 1 else hinted or [(section, pair.spun, pair.original)])[0])
    return chosen
