"""The engine in one piece: text in, plan out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from normalize.article import takes_an
from normalize.candidates import Candidate, Option, carry_case, find_candidates, in_capitals
from normalize.compiled import CompiledPhrasebook
from normalize.counts import log_rate
from normalize.fuzzy import Damage, TermMatcher
from normalize.judge import MAX_FAMILY_PENALTY, PASSES_FIRST_LOOK, first_look, passage_log_odds, second_look
from normalize.language_model import LanguageModel, model_words, open_model
from normalize.leftovers import find_leftovers
from normalize.loading import load_compiled
from normalize.match import Matcher, fold
from normalize.phrasebook import slug
from normalize.plan import Edit, Note, Plan, Verdict, digest
from normalize.restore import Choice, bonus, restore
from normalize.segment import Segmented, Span, blocks, segment, word_count

Quotations = Literal["keep", "judge", "restore"]

KNOWN_TERM = 1.5
"""Nats in favour of restoring a known term over restoring the same words one by one."""
NAME_EVIDENCE = 3.0
"""Least evidence of a damaged name, in nats: capitals say that a name was meant."""
SUSPICIOUS_EVIDENCE = 2.5
"""In a suspicious document only forms with at least this much evidence of their own act (nats)."""

CERTAIN = 20.0
"""Log odds of a document that the caller says was spun."""
BLOCK = 200_000
"""Characters that are worked through at a time."""


@dataclass(slots=True)
class Analysis:
    """Everything the engine thought about a text; ``explain`` shows it, the plan is made from it."""

    segmented: Segmented
    verdict: Verdict
    candidates: list[Candidate]
    offsets: dict[int, float]
    choices: list[Choice]


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


def _log_odds(confidence: float) -> float:
    """Give the log odds of a probability, kept within ±9.2."""
    bounded = min(0.9999, max(0.0001, confidence))
    return math.log(bounded / (1 - bounded))


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
        min_confidence: least probability (0 to 1) that an edit is right.
        assume_family: take it as known that every text was spun by this family, instead of judging.

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
        min_confidence: float = 0.5,
        assume_family: str | None = None,
    ) -> None:
        if not 0 <= min_confidence <= 1:
            message = f"min_confidence must lie between 0 and 1, not {min_confidence}"
            raise ValueError(message)
        if quotations not in ("keep", "judge", "restore"):
            message = f"quotations must be keep, judge or restore, not {quotations!r}"
            raise ValueError(message)
        self.quotations = quotations
        self.min_confidence = min_confidence
        self.assume_family = assume_family
        self._phrasebooks = [Path(path) for path in phrasebooks]
        self._disabled = list(disabled)
        self._model_source = model
        self._build()

    def _build(self) -> None:
        self.book: CompiledPhrasebook = load_compiled(self._phrasebooks, self._disabled)
        self._matcher = Matcher(self.book.patterns)
        self._articles = frozenset(self.book.article_exceptions)
        self._terms: TermMatcher | None = None
        self._model: LanguageModel | None = None
        source = self._model_source
        if source is not None and not isinstance(source, str | Path):
            self._model = source

    def __getstate__(self) -> dict[str, Any]:
        kept = ("quotations", "min_confidence", "assume_family", "_phrasebooks", "_disabled", "_model_source")
        return {name: getattr(self, name) for name in kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._build()

    @property
    def model(self) -> LanguageModel:
        """The language model, opened on first use: an honest text never needs it."""
        if self._model is None:
            source = self._model_source
            path = Path(source) if isinstance(source, str | Path) else None
            self._model = open_model(path, self._plain_frequency)
        return self._model

    def _plain_frequency(self, word: str) -> float:
        rate = self.book.clean_rate.get(word, 0.0)
        return log_rate({word: int(rate * 20)}, 20_000_000, word)

    def judge(self, text: str) -> Verdict:
        """Give the verdict on a text: clean, suspicious or spun, with probability and family."""
        verdict, penalties = self._first_look(text)
        if verdict.log_odds < PASSES_FIRST_LOOK and self.assume_family is None:
            return verdict
        opened = (self._open(text, start, end, penalties) for start, end in blocks(text, BLOCK))
        return self._second_look(opened, verdict)

    def plan(self, text: str, path: str | None = None) -> Plan:
        """Give the plan for a text: verdict, edits and notes. ``path`` is where the text came from, for the record."""
        edits: list[Edit] = []
        verdict, penalties = self._first_look(text)
        if verdict.log_odds >= PASSES_FIRST_LOOK or self.assume_family is not None:
            parts = list(blocks(text, BLOCK))
            opened = [self._open(text, *parts[0], penalties)] if len(parts) == 1 else None
            verdict = self._second_look(opened or (self._open(text, *part, penalties) for part in parts), verdict)
            for number, (start, end) in enumerate(parts if verdict.label != "clean" else ()):
                block = opened[number] if opened else self._open(text, start, end, penalties)
                found = self._edits(self._decide(block, verdict))
                edits += (replace(edit, start=edit.start + start, end=edit.end + start) for edit in found)
        sure = tuple(edit for edit in edits if edit.confidence >= self.min_confidence)
        notes = tuple(Note(*found) for found in find_leftovers(text, self.book))
        return Plan(digest(text), verdict, sure, notes, path)

    def restore(self, text: str) -> str:
        """Give the text with its likely original wording; a text that was not spun comes back as it is."""
        return self.plan(text).apply(text)

    def analyse(self, text: str) -> Analysis:
        """Give all candidates of a text with what was decided on each, whatever the verdict.

        The whole text is held in memory at once; ``plan`` works through long ones in blocks.
        """
        verdict, penalties = self._first_look(text)
        opened = self._open(text, 0, len(text), penalties)
        return self._decide(opened, self._second_look([opened], verdict))

    def _first_look(self, text: str) -> tuple[Verdict, dict[str, float]]:
        verdict, penalties = first_look(self._matcher.tally(fold(text)), word_count(text), self.book.evidence)
        if self.assume_family is not None:
            penalties = {self.assume_family: 0.0}
        return verdict, penalties

    def _open(self, text: str, start: int, end: int, penalties: Mapping[str, float]) -> _Opened:
        """Segment a block of a text, find its candidates, and search it as if the document were spun."""
        block = text[start:end]
        segmented = segment(block)
        candidates = find_candidates(segmented, self._matcher.find(fold(block)), self.book)
        for candidate in candidates:
            strengths = self.book.evidence.get(candidate.form, {})
            candidate.evidence = max(strengths.values(), default=0.0)
            candidate.options = _weigh(candidate.options, penalties)
        candidates = self._with_damaged_terms(segmented, candidates)
        for candidate in candidates:
            zone = candidate.zone
            unsure = candidate.evidence < SUSPICIOUS_EVIDENCE and not candidate.blocked
            if unsure and zone and zone.kind == "headline" and in_capitals(segmented, zone):
                candidate.blocked = "in a headline of capitals, where it may be a name"
        acting = [candidate for candidate in candidates if not candidate.blocked]
        return _Opened(segmented, candidates, restore(segmented, acting, self.model, {}))

    def _second_look(self, opened: Iterable[_Opened], first: Verdict) -> Verdict:
        """Judge by what is said outside quotations: others' words may be left alone, or stand there as examples."""
        gains: dict[str, list[float]] = {}
        families: Counter[str] = Counter()
        quoted = 0
        for block in opened:
            for choice in block.choices:
                if choice.candidate.zone is None or choice.candidate.zone.kind != "quotation":
                    gains.setdefault(choice.candidate.form, []).append(_log_odds(choice.changed))
                    families.update(self.book.evidence.get(choice.candidate.form, {}))
            quotations = (zone for zone in block.segmented.zones if zone.kind == "quotation")
            quoted += sum(word_count(block.segmented.text[zone.start : zone.end]) for zone in quotations)
        family = first.family or max(families, key=lambda name: (families[name], name), default=None)
        verdict = replace(second_look(gains, max(0, first.words - quoted), family), words=first.words)
        if self.assume_family is None:
            return verdict
        return Verdict("spun", 1.0, self.assume_family, CERTAIN, first.words, verdict.evidence)

    def _decide(self, opened: _Opened, verdict: Verdict) -> Analysis:
        """Search for the likeliest original of a block, given the verdict on the document."""
        segmented, candidates = opened.segmented, opened.candidates
        if verdict.label == "clean":
            for candidate in candidates:
                candidate.blocked = candidate.blocked or "the document is not spun"
            return Analysis(segmented, verdict, candidates, {}, [])
        self._judge_passages(opened)
        offset = min(0.0, verdict.log_odds / 2)
        for candidate in candidates:
            if not candidate.blocked and verdict.label == "suspicious" and candidate.evidence < SUSPICIOUS_EVIDENCE:
                candidate.blocked = "the document is only suspicious, and honest writers use this form too"
        acting = [candidate for candidate in candidates if not candidate.blocked]
        offsets = {id(candidate): offset for candidate in acting}
        return Analysis(segmented, verdict, candidates, offsets, restore(segmented, acting, self.model, offsets))

    def _judge_passages(self, opened: _Opened) -> None:
        """Block candidates in quotations and headlines that were left alone by the spinner, or are to be kept."""
        passages: dict[Span, list[Candidate]] = {}
        for candidate in opened.candidates:
            if candidate.zone and candidate.zone.kind in ("quotation", "headline"):
                passages.setdefault(candidate.zone, []).append(candidate)
        for zone, inside in passages.items():
            reason = self._why_keep(opened, zone)
            for candidate in inside if reason else ():
                candidate.blocked = candidate.blocked or reason

    def _why_keep(self, opened: _Opened, zone: Span) -> str:
        """Say why a quotation or headline stays as it is, or give an empty string when it is restored."""
        if zone.kind == "quotation" and self.quotations == "keep":
            return "inside a quotation, and quotations are kept"
        if self.assume_family is not None or (zone.kind == "quotation" and self.quotations == "restore"):
            return ""
        gains = [_log_odds(choice.changed) for choice in opened.choices if choice.candidate.zone == zone]
        odds = passage_log_odds(gains, word_count(opened.segmented.text[zone.start : zone.end]))
        return "" if odds > 0 else f"inside a {zone.kind} that reads unspun (log odds {odds:+.1f})"

    def _with_damaged_terms(self, segmented: Segmented, candidates: list[Candidate]) -> list[Candidate]:
        if self._terms is None:
            knows = getattr(self.model, "knows", None) or (lambda word: word in self.book.clean_rate)
            self._terms = TermMatcher(self.book.terms, knows)
        added = [self._from_damage(segmented, damage) for damage in self._terms.find(segmented)]
        merged = candidates + [candidate for candidate in added if candidate is not None]
        merged.sort(key=lambda c: (c.start, c.end))
        return merged

    def _from_damage(self, segmented: Segmented, damage: Damage) -> Candidate | None:
        start = segmented.tokens[damage.first].start
        end = segmented.tokens[damage.last - 1].end
        before = segmented.text[start:end]
        possessive = before[-2:] if before[-2:] in ("'s", "’s") else ""
        end -= len(possessive)
        before = segmented.text[start:end]
        if segmented.is_protected(start, end):
            return None
        term = damage.term
        if "-" in before and "-" not in term and before.count("-") + before.count(" ") == term.count(" "):
            # Hyphens stay where the spinner left them: assist-desk, help-desk.
            gaps = iter(mark for mark in before if mark in "- ")
            term = "".join(next(gaps) if char == " " else char for char in term)
        after = damage.term if damage.is_name or not term.islower() else carry_case(before, term)
        if after.lower() == before.lower():
            return None
        kind = "names" if damage.is_name else "terms"
        option = Option(
            after, model_words(after), f"vocabulary/{kind}/{slug(damage.term)}", damage.channel + KNOWN_TERM
        )
        zone = segmented.zone_at(start, end)
        evidence = max(damage.evidence, NAME_EVIDENCE if damage.is_name else 0.0)
        candidate = Candidate(start, end, damage.first, damage.last, before.lower(), [option], evidence, zone)
        if zone and zone.kind in ("credit", "dateline"):
            candidate.blocked = f"inside a {zone.kind}"
        return candidate

    def _edits(self, analysis: Analysis) -> list[Edit]:
        edits = []
        text = analysis.segmented.text
        for choice in analysis.choices:
            candidate, option = choice.candidate, choice.option
            start, after = candidate.start, option.after
            before = text[start : candidate.end]
            if "\n" in before and " " in after:
                line_break = before[len(before.rstrip("\r\n")) :] or ("\r\n" if "\r\n" in before else "\n")
                after = after.replace(" ", line_break, 1)
            start, after = self._mend_article(text, start, after)
            reason = self._reason(analysis, candidate, option)
            edits.append(
                Edit(
                    start,
                    candidate.end,
                    text[start : candidate.end],
                    after,
                    option.entry,
                    round(choice.confidence, 4),
                    reason,
                )
            )
        return edits

    def _mend_article(self, text: str, start: int, after: str) -> tuple[int, str]:
        """Widen an edit over the a or an before it where its first word now asks for the other one."""
        left = text[max(0, start - 3) : start]
        word = left.strip()
        if not left.endswith(" ") or word.lower() not in ("a", "an") or after[:1] == "":
            return start, after
        at = start - len(left.lstrip()) if len(left.strip()) == 2 else start - 2
        if at > 0 and (text[at - 1].isalnum() or text[at - 1] in "'’-."):
            return start, after
        wanted = "an" if takes_an(after.split(maxsplit=1)[0], self._articles) else "a"
        if word.lower() == wanted or (word == "A" and start >= 4 and text[start - 4 : start - 2].strip().isupper()):
            return start, after
        return at, f"{carry_case(word, wanted) if word != 'A' else wanted.capitalize()} {after}"

    def _reason(self, analysis: Analysis, candidate: Candidate, option: Option) -> str:
        family = option.entry.partition("/")[0]
        if family == "vocabulary":
            return f"a known term with a word exchanged: “{option.after}”"
        rate = self.book.clean_rate.get(candidate.form)
        seen = f"; about {rate:.3g} times in a million words of honest English" if rate is not None else ""
        score = bonus(candidate, option, analysis.offsets.get(id(candidate), 0.0))
        return f"the {family} family writes “{candidate.form}” for “{option.after}”{seen} (channel {score:+.1f})"
