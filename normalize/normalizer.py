"""The engine in one piece: text in, plan out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

from normalize import digits
from normalize.agreement import agree
from normalize.anchors import Clean, anchors_in, lean_on_anchors
from normalize.calibration import EDITS, Calibration, log_odds
from normalize.candidates import Candidate, Option, find_candidates, in_capitals
from normalize.context import weigh_by_context
from normalize.context_model import ContextModel
from normalize.edits import Analysis, make_edits
from normalize.folding import Folded, fold
from normalize.fuzzy import TermMatcher, damaged_candidates
from normalize.judge import (
    CONTEXT_FAMILY,
    MANY_UNHEARD,
    MAX_FAMILY_PENALTY,
    PASSES_FIRST_LOOK,
    SCREENED_LOG_ODDS,
    effective_words,
    first_look,
    reads_honest,
    second_look,
    verdict_from,
)
from normalize.language_model import LanguageModel, open_context_model, open_model
from normalize.leftovers import Leftovers, strip_leftovers
from normalize.loading import load_compiled
from normalize.match import Matcher
from normalize.notes import notes_on_clean, notes_on_length, notes_on_spun
from normalize.passages import Quotations, judge_passages
from normalize.phrasebook import selects
from normalize.plan import Edit, Note, Plan, Verdict, digest
from normalize.restore import Choice, restore
from normalize.segment import Segmented, blocks, is_quotation, segment, word_count

Mode = Literal["safe", "balanced", "eager"]


class Thresholds(NamedTuple):
    """What a mode stands for: the least confidence of an edit, and what is done in a suspicious document.

    ``suspicious_evidence`` is the least evidence of its own, in nats, with which a form acts there; infinite for none.
    """

    min_confidence: float
    suspicious_evidence: float


SUSPICIOUS_EVIDENCE = 2.5
"""In a suspicious document only forms with at least this much evidence of their own act (nats)."""
MODES: dict[str, Thresholds] = {
    "safe": Thresholds(0.85, math.inf),
    "balanced": Thresholds(0.5, SUSPICIOUS_EVIDENCE),
    "eager": Thresholds(0.35, -math.inf),
}
TYPICAL_CHANGES = 0.2
"""Places a word that the first search would change in a spun document: 0.14 to 0.22 in our classic cases."""
LEAST_ZEAL, MOST_ZEAL = -0.8, 0.3
"""Bounds of what the density of changes in a document says, in nats."""
CERTAIN = 20.0
"""Log odds of a document that the caller says was spun."""
BLOCK = 20_000
"""Characters that are judged and worked through at a time: no longer than the longest articles."""


@dataclass(slots=True)
class _Opened:
    """A block of a text, cut up, with its candidates, and what the search chooses if it was spun."""

    segmented: Segmented
    candidates: list[Candidate]
    choices: list[Choice]


def _weigh(options: Iterable[Option], penalties: Mapping[str, float]) -> list[Option]:
    """Take from each option what its family loses in this document, and keep the best of those with the same words."""
    best: dict[str, Option] = {}
    for option in options:
        loss = penalties.get(option.entry.partition("/")[0], MAX_FAMILY_PENALTY)
        weighed = option._replace(channel=option.channel - loss)
        if option.after not in best or best[option.after].channel < weighed.channel:
            best[option.after] = weighed
    return list(best.values())


def _worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Give the verdict on the most suspect block, for the whole text."""
    words = sum(verdict.words for verdict in verdicts)
    return replace(max(verdicts, key=lambda verdict: verdict.log_odds), words=words)


def _by_place(note: Note) -> tuple[int, int, str]:
    return note.start, note.end, note.kind


class Normalizer:
    """Decides whether texts were spun and puts the likely original wording back.

    Cheap to reuse, safe to share between threads, and picklable (a copy opens the language model anew). Making one
    reads the phrasebook; ``plan`` and the others touch no files.

    Args:
        phrasebooks: files or folders added to the built-in phrasebook.
        disabled: entries, families or words that do not act (``classic/verbs/mention``, ``whilst``, ``mention``).
        model: a KenLM or ARPA file instead of the built-in language model, or a ``LanguageModel``.
        quotations: ``judge`` restores a quotation when its own evidence says that it was spun, ``keep`` never does,
            ``restore`` treats it like the rest.
        mode: ``safe`` changes only what is nearly certain, and only in documents that are surely spun; ``eager`` also
            changes what is likelier wrong than right, and works on suspicious documents as on spun ones; ``balanced``
            reduces errors most (docs/method.md has precision and recall of each).
        min_confidence: least probability (0 to 1) that an edit is right, instead of the mode's.
        assume_family: take it as known that every text was spun by this family, instead of judging.
        strip_leftovers: also remove whole lines that a scrape left over (share buttons, cookie notices).
        calibration: turns posteriors of the search into confidences.

    Raises:
        PhrasebookError: a phrasebook is malformed or a disabled entry does not exist.
        ModelError: the language model cannot be used.
        ValueError: an argument is out of range.

    """

    def __init__(
        self,
        *,
        phrasebooks: Sequence[Path | str] = (),
        disabled: Sequence[str] = (),
        model: Path | str | LanguageModel | None = None,
        quotations: Quotations = "judge",
        mode: Mode = "balanced",
        min_confidence: float | None = None,
        assume_family: str | None = None,
        strip_leftovers: bool = False,
        calibration: Calibration = EDITS,
    ) -> None:
        if mode not in MODES:
            message = f"mode must be {', '.join(MODES)}, not {mode!r}"
            raise ValueError(message)
        if min_confidence is not None and not 0 <= min_confidence <= 1:
            message = f"min_confidence must lie between 0 and 1, not {min_confidence}"
            raise ValueError(message)
        if quotations not in ("keep", "judge", "restore"):
            message = f"quotations must be keep, judge or restore, not {quotations!r}"
            raise ValueError(message)
        self.quotations = quotations
        self.mode = mode
        self.min_confidence = MODES[mode].min_confidence if min_confidence is None else min_confidence
        self.calibration = calibration
        self.assume_family = assume_family
        self.strip_leftovers = strip_leftovers
        self._phrasebooks = [Path(path) for path in phrasebooks]
        self._disabled = list(disabled)
        self._model_source = model
        self._build()

    def _build(self) -> None:
        entries = [selector for selector in self._disabled if not selects(selector, digits.ENTRY.rstrip("/"))]
        self._spells_digits = len(entries) == len(self._disabled)
        book = self.book = load_compiled(self._phrasebooks, entries)
        self._matcher: Matcher | None = None
        self._leftovers = Leftovers(book.leftover_lines, book.leftover_starts, book.leftover_markers)
        self._terms: TermMatcher | None = None
        self._model: LanguageModel | None = None
        self._context: ContextModel | None = None
        source = self._model_source
        if source is not None:
            self._model = open_model(Path(source)) if isinstance(source, str | Path) else source
        if self.assume_family is not None and self.assume_family not in {entry.family for entry in self.book.entries}:
            message = f"no family is called {self.assume_family!r}"
            raise ValueError(message)

    def __getstate__(self) -> dict[str, Any]:
        kept = (
            "quotations",
            "mode",
            "min_confidence",
            "calibration",
            "assume_family",
            "strip_leftovers",
            "_phrasebooks",
            "_disabled",
            "_model_source",
        )
        return {name: getattr(self, name) for name in kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._build()

    @property
    def model(self) -> LanguageModel:
        """The language model, opened on first use: an honest text never needs it."""
        if self._model is None:
            self._model = open_model(None)
        return self._model

    @property
    def context_model(self) -> ContextModel:
        """The model of what forms stand for in context, opened on first use."""
        if self._context is None:
            source = self._model_source
            self._context = open_context_model(Path(source) if isinstance(source, str | Path) else None)
        return self._context

    @property
    def matcher(self) -> Matcher:
        """The automaton over all forms, made on first use: most honest texts are told by their first look."""
        if self._matcher is None:
            self._matcher = Matcher(self.book.patterns)
        return self._matcher

    def judge(self, text: str) -> Verdict:
        """Give the verdict on a text: clean, suspicious or spun, with probability and family.

        A long text is judged block by block; the verdict is that on its most suspect block, so that a spun passage in a
        long honest text is found.
        """
        return _worst([self._look(block)[0] for _, block in self._blocks(text)])

    def plan(self, text: str, path: str | None = None, *, anchors: Sequence[str | Clean] = ()) -> Plan:
        """Give the plan for a text: verdict, edits and notes.

        ``path`` is where the text came from, for the record. ``anchors`` are clean pieces of the same document that the
        spinner left alone (title, slug, image descriptions): originals that stand in them are preferred.
        """
        verdicts: list[Verdict] = []
        edits: list[Edit] = []
        notes: list[Note] = list(self._leftovers.find(text))
        for start, block in self._blocks(text):
            verdict, opened = self._look(block, anchors)
            verdicts.append(verdict)
            if opened is not None and verdict.label != "clean":
                analysis = self._decide(opened, verdict)
                made = self._edits(analysis)
                edits += [replace(edit, start=edit.start + start, end=edit.end + start) for edit in made]
                notes += notes_on_spun(analysis, opened.choices, made, start, self.book.article_exceptions)
            elif opened is not None:
                notes += notes_on_clean(block, start, opened.segmented, opened.choices)
            else:
                notes += notes_on_clean(block, start)
        sure = tuple(edits)
        if self.strip_leftovers:
            sure = strip_leftovers(text, tuple(notes), sure)
        verdict = _worst(verdicts)
        notes += notes_on_length(text, verdict)
        return Plan(digest(text), verdict, sure, tuple(sorted(notes, key=_by_place)), path)

    def _edits(self, analysis: Analysis) -> list[Edit]:
        """Give the edits of a block that are sure enough, with offsets of the block."""
        found = make_edits(analysis, self.book, self.calibration)
        if analysis.verdict.label == "spun" and analysis.verdict.family in digits.FAMILIES and self._spells_digits:
            found = sorted([*found, *digits.spell_digits(analysis.segmented, found)], key=lambda edit: edit.start)
        return [edit for edit in found if edit.confidence >= self.min_confidence]

    def restore(self, text: str) -> str:
        """Give the text with its likely original wording; a text that was not spun comes back as it is."""
        return self.plan(text).apply(text)

    def analyse(self, text: str) -> Iterator[tuple[int, Analysis]]:
        """Give for each block its offset and all its candidates with what was decided on each, whatever the verdict.

        Texts of up to 20,000 characters are one block.
        """
        for start, block in self._blocks(text):
            verdict, opened = self._look(block)
            if opened is None:
                segmented = segment(block)
                opened = self._search(segmented, self._survey(segmented, fold(block), {}))
            yield start, self._decide(opened, verdict)

    def _blocks(self, text: str) -> Iterator[tuple[int, str]]:
        return ((start, text[start:end]) for start, end in blocks(text, BLOCK))

    def _look(self, block: str, anchors: Sequence[str | Clean] = ()) -> tuple[Verdict, _Opened | None]:
        """Judge a block; it is opened only when it does not pass the first look as clean."""
        folded = fold(block)
        words = folded.word_count()
        verdict, penalties = first_look(self.book.evidence.sums(folded), words)
        if self.assume_family is not None:
            penalties = {self.assume_family: 0.0}
        elif verdict.log_odds < PASSES_FIRST_LOOK:
            return verdict, None
        elif self.book.screen.passes(folded):
            return verdict_from(SCREENED_LOG_ODDS, None, words, ()), None
        family = min(penalties, key=lambda name: (penalties[name], name), default=None)
        segmented = segment(block)
        candidates = self._survey(segmented, folded, penalties)
        if self.assume_family is None and family == CONTEXT_FAMILY:
            unheard = {c.form for c in candidates if not c.blocked and self.book.is_unheard(c.form)}
            if len(unheard) < MANY_UNHEARD and reads_honest(candidates, verdict.words):
                return verdict_from(SCREENED_LOG_ODDS, None, verdict.words, ()), None
        opened = self._search(segmented, candidates, anchors)
        return self._second_look(opened, verdict.words, family), opened

    def _survey(self, segmented: Segmented, folded: Folded, penalties: Mapping[str, float]) -> list[Candidate]:
        """Find the candidates of a block, weighed by their families and by the words around them."""
        candidates = find_candidates(segmented, self.matcher.find(folded), self.book)
        for candidate in candidates:
            candidate.evidence = self.book.evidence.strongest(candidate.form)
            candidate.options = _weigh(candidate.options, penalties)
        weigh_by_context(segmented, [c for c in candidates if not c.blocked], self.context_model)
        return candidates

    def _search(self, segmented: Segmented, found: Sequence[Candidate], anchors: Sequence[str | Clean] = ()) -> _Opened:
        """Search a block as if the document were spun, with its damaged terms and what its anchors say."""
        if self._terms is None:
            knows = getattr(self.model, "knows", None) or (lambda word: word in self.book.clean_rate)
            self._terms = TermMatcher(self.book.terms, knows)
        candidates = sorted([*found, *damaged_candidates(segmented, self._terms)], key=lambda c: (c.start, c.end))
        for candidate in candidates:
            zone = candidate.zone
            unsure = candidate.evidence < SUSPICIOUS_EVIDENCE and not candidate.blocked
            if unsure and zone and zone.kind == "headline" and in_capitals(segmented, zone):
                candidate.blocked = "in a headline of capitals, where it may be a name"
        acting = [candidate for candidate in candidates if not candidate.blocked]
        lean_on_anchors(acting, anchors_in(segmented, anchors))
        return _Opened(segmented, candidates, restore(segmented, acting, self.model))

    def _second_look(self, opened: _Opened, words: int, family: str | None) -> Verdict:
        """Judge by what is said outside quotations: others' words may be left alone, or stand there as examples."""
        gains: dict[str, list[float]] = {}
        for choice in opened.choices:
            if not is_quotation(choice.candidate.zone):
                gains.setdefault(choice.candidate.form, []).append(log_odds(choice.changed))
        text = opened.segmented.text
        quotations = (text[zone.start : zone.end] for zone in opened.segmented.zones if is_quotation(zone))
        fresh = effective_words(words, opened.segmented.sentence_texts())
        unquoted = max(0, fresh - sum(map(word_count, set(quotations))))
        unheard: dict[str, float] = {}
        for choice in opened.choices:
            form = choice.candidate.form
            if form in gains and self.book.is_unheard(form):
                unheard[form] = max(choice.changed, unheard.get(form, 0.0))
        verdict = replace(second_look(gains, unquoted, family, sum(unheard.values())), words=words)
        if self.assume_family is None:
            return verdict
        return Verdict("spun", 1.0, self.assume_family, CERTAIN, words, verdict.evidence)

    def _decide(self, opened: _Opened, verdict: Verdict) -> Analysis:
        """Search for the likeliest original of a block, given the verdict on the document."""
        segmented, candidates = opened.segmented, opened.candidates
        if verdict.label == "clean":
            for candidate in candidates:
                candidate.blocked = candidate.blocked or "the document is not spun"
            return Analysis(segmented, verdict, candidates, 0.0, [])
        judged = self.assume_family is None
        judge_passages(segmented, candidates, opened.choices, self.quotations, judged)
        offset = min(0.0, verdict.log_odds / 2) + self._zeal(opened)
        least = MODES[self.mode].suspicious_evidence
        for candidate in candidates:
            if not candidate.blocked and verdict.label == "suspicious" and candidate.evidence < least:
                candidate.blocked = "the document is only suspicious, and honest writers use this form too"
        acting = [candidate for candidate in candidates if not candidate.blocked]
        agree(acting, opened.choices)
        return Analysis(segmented, verdict, candidates, offset, restore(segmented, acting, self.model, offset))

    def _zeal(self, opened: _Opened) -> float:
        """Give how much more eagerly than usual this document was spun, in nats: spinners have a setting for it."""
        text = opened.segmented.text
        quoted = sum(word_count(text[zone.start : zone.end]) for zone in opened.segmented.zones if is_quotation(zone))
        words = max(1, word_count(text) - quoted)
        changed = sum(choice.changed for choice in opened.choices if not is_quotation(choice.candidate.zone))
        return max(LEAST_ZEAL, min(MOST_ZEAL, math.log((changed + 1) / (words * TYPICAL_CHANGES))))
