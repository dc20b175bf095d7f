"""Measure restoration against gold: precision, recall, F0.5, error reduction rate, false edits on clean texts.

Method of the project's evidence notes. A gold place that is restored to an accepted original is a true positive, one
changed to something else is wrong, one left alone is missed; an edit that touches no gold place is a false edit.
Precision = TP / (TP + wrong + false), recall = TP / gold, F0.5 weighs precision double (as in grammatical error
correction: Ng et al., CoNLL-2014 shared task), and the error reduction rate = (TP - wrong - false) / gold is the
measure of MultiLexNorm (van der Goot et al., W-NUT 2021): 0 for doing nothing, negative for harm.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from normalize.plan import Edit, Plan
from normalize.segment import word_count

MAX_ALIGNED_BLOCK = 8
"""Longest replaced block, in tokens, that counts as a substitution when a pair of texts is aligned."""

_TOKEN = re.compile(r"\w+(?:[-'’.&]\w+)*|[^\w\s]")
_PLAIN = str.maketrans("’‘“”–—", "''\"\"--")


@dataclass(frozen=True, slots=True)
class GoldPlace:
    """A known substitution: character offsets in the spun text, and the accepted originals, the true one first."""

    start: int
    end: int
    originals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GoldText:
    """A text with all its known substitutions; none at all for a clean text."""

    id: str
    text: str
    places: tuple[GoldPlace, ...]

    def original(self, start: int, end: int) -> str:
        """Give a stretch of the text as it was, with the true originals of the places that lie in it."""
        inside = (place for place in self.places if start <= place.start and place.end <= end)
        return _rebuild(self.text, start, end, ((place.start, place.end, place.originals[0]) for place in inside))


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that went wrong: ``kind`` is missed, wrong or false."""

    text_id: str
    kind: str
    spun: str
    original: str
    got: str


@dataclass(slots=True)
class Score:
    """Counts over texts, and the measures that follow from them (each between 0 and 1 unless said otherwise)."""

    true_positives: int = 0
    wrong: int = 0
    false: int = 0
    missed: int = 0
    gold: int = 0
    texts: int = 0
    clean_texts: int = 0
    clean_words: int = 0
    clean_edits: int = 0
    mistakes: list[Mistake] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Share of edits that are right."""
        return self.true_positives / max(1, self.true_positives + self.wrong + self.false)

    @property
    def recall(self) -> float:
        """Share of gold places that were restored."""
        return self.true_positives / max(1, self.gold)

    @property
    def f_half(self) -> float:
        """F0.5: the weighted harmonic mean of precision and recall, precision counting double."""
        p, r = self.precision, self.recall
        return 1.25 * p * r / max(1e-9, 0.25 * p + r)

    @property
    def error_reduction_rate(self) -> float:
        """How far the text moved back: 1 is the original, 0 no better than before; may be negative."""
        return (self.true_positives - self.wrong - self.false) / max(1, self.gold)

    @property
    def false_edits_per_1000_words(self) -> float:
        """False edits in 1,000 words of clean texts; at least 0."""
        return 1000 * self.clean_edits / max(1, self.clean_words)

    def add(self, gold: GoldText, plan: Plan) -> None:
        """Count one text."""
        self.texts += 1
        if not gold.places:
            self.clean_texts += 1
            self.clean_words += word_count(gold.text)
            self.clean_edits += len(plan.edits)
        for place in gold.places:
            self._add_place(gold, place, plan.edits)
        for edit in plan.edits:
            if not any(_touch(edit, place) for place in gold.places):
                self.false += 1
                self.mistakes.append(Mistake(gold.id, "false", edit.before, "", edit.after))

    def _add_place(self, gold: GoldText, place: GoldPlace, edits: Sequence[Edit]) -> None:
        spun = gold.text[place.start : place.end]
        unchanged = not any(_touch(edit, place) for edit in edits)
        if unchanged and normal_tokens(spun) in [normal_tokens(original) for original in place.originals]:
            return
        self.gold += 1
        got, right = _outcome(gold, place, edits)
        if right:
            self.true_positives += 1
        elif unchanged:
            self.missed += 1
            self.mistakes.append(Mistake(gold.id, "missed", spun, place.originals[0], spun))
        else:
            self.wrong += 1
            self.mistakes.append(Mistake(gold.id, "wrong", spun, place.originals[0], got))

    def to_dict(self) -> dict[str, Any]:
        """Give counts and measures as plain data."""
        return {
            "texts": self.texts,
            "gold": self.gold,
            "true_positives": self.true_positives,
            "wrong": self.wrong,
            "false": self.false,
            "missed": self.missed,
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "f0.5": round(self.f_half, 4),
            "error_reduction_rate": round(self.error_reduction_rate, 4),
            "clean_texts": self.clean_texts,
            "clean_words": self.clean_words,
            "clean_edits": self.clean_edits,
            "false_edits_per_1000_words": round(self.false_edits_per_1000_words, 4),
        }


def _touch(a: Edit | GoldPlace, b: Edit | GoldPlace) -> bool:
    return a.start < b.end and b.start < a.end


def _outcome(gold: GoldText, place: GoldPlace, edits: Sequence[Edit]) -> tuple[str, bool]:
    """Give what stands at a gold place after the edits, and whether it is right.

    The stretch is widened until it cuts no edit and no gold place; other places in it may be restored or left.
    """
    low, high = place.start, place.end
    while True:
        near = [edit for edit in edits if edit.start < high and low < edit.end]
        places = [other for other in gold.places if other.start < high and low < other.end]
        spans = [(item.start, item.end) for item in near] + [(item.start, item.end) for item in places]
        wider = (min([low, *(start for start, _ in spans)]), max([high, *(end for _, end in spans)]))
        if wider == (low, high):
            break
        low, high = wider
    got = _rebuild(gold.text, low, high, [(edit.start, edit.end, edit.after) for edit in near])
    options = [
        place.originals if other is place else (*other.originals, gold.text[other.start : other.end])
        for other in places
    ]
    wanted = normal_tokens(got)
    for combination in product(*options):
        parts = [(other.start, other.end, text) for other, text in zip(places, combination, strict=True)]
        if normal_tokens(_rebuild(gold.text, low, high, parts)) == wanted:
            return got, True
    return got, False


def _rebuild(text: str, low: int, high: int, parts: Iterable[tuple[int, int, str]]) -> str:
    pieces: list[str] = []
    at = low
    for start, end, replacement in parts:
        pieces += (text[at:start], replacement)
        at = end
    return "".join(pieces) + text[at:high]


def normal_tokens(text: str) -> tuple[str, ...]:
    """Give a phrase as lower-case tokens with plain quotation marks and dashes: what counts as the same wording."""
    return tuple(token.lower() for token in _TOKEN.findall(text.translate(_PLAIN)))


def gold_from_record(record: Mapping[str, Any]) -> GoldText:
    """Read a gold record: ``{"id", "text", "edits": [{"start", "end", "originals"}]}``.

    Raises:
        KeyError, TypeError, ValueError: the record has another form, or a place lies outside its text.

    """
    text = record["text"]
    if not isinstance(text, str) or not all(_is_list_of_texts(edit["originals"]) for edit in record["edits"]):
        message = "text must be a text, and originals lists of texts"
        raise TypeError(message)
    places = tuple(GoldPlace(int(e["start"]), int(e["end"]), tuple(e["originals"])) for e in record["edits"])
    for place in places:
        if not 0 <= place.start < place.end <= len(text) or not place.originals:
            message = f"the place {place.start}–{place.end} does not fit the text"
            raise ValueError(message)
    return GoldText(str(record.get("id", "")), text, places)


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


def gold_from_pair(spun: str, original: str, text_id: str = "") -> GoldText:
    """Align a spun text with its original, token by token, and take the differences as gold places.

    Blocks of more than ``MAX_ALIGNED_BLOCK`` tokens are cuts or other versions, not substitutions, and are left out.
    """
    tokens = list(_TOKEN.finditer(spun))
    others = list(_TOKEN.finditer(original))
    matcher = difflib.SequenceMatcher(
        None,
        [token[0].translate(_PLAIN).lower() for token in tokens],
        [token[0].translate(_PLAIN).lower() for token in others],
        autojunk=False,
    )
    places: list[GoldPlace] = []
    for tag, first, last, low, high in matcher.get_opcodes():
        if tag == "equal" or max(last - first, high - low) > MAX_ALIGNED_BLOCK:
            continue
        # Where words were only added or dropped, the equal word beside them goes along: then both sides hold something.
        after = tag != "replace" and last < len(tokens) and high < len(others)
        before = tag != "replace" and not after and first > 0 and low > 0
        start, stop = tokens[first - before].start(), tokens[last - 1 + after].end()
        place = GoldPlace(start, stop, (original[others[low - before].start() : others[high - 1 + after].end()],))
        apart = not places or places[-1].end <= place.start
        if apart and place.start < place.end and any(char.isalpha() for char in spun[place.start : place.end]):
            places.append(place)
    return GoldText(text_id, spun, tuple(places))
