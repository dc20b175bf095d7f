"""Statistics of a corpus: how much was spun, by which family, with which words, and what that did to its terms."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from normalize.corpus.records import RecordWork
from normalize.corpus.run import Job, RestoreWorker, Task, Watch, results
from normalize.corpus.settings import Settings
from normalize.folding import fold
from normalize.formats.batches import Outcome, Result, Text, Where
from normalize.match import Matcher, patterns_of
from normalize.plan import apply_edits

UNKNOWN = "(none)"
"""Stands for a record without the field that is grouped by."""
MAX_GROUPS = 100_000
"""So many values of the field are told apart; the rest is counted together, so that memory stays bounded."""
OTHERS = "(others)"


@dataclass(slots=True)
class Statistics:
    """Counts of a corpus, or of a part of it.

    ``labels`` counts documents by verdict, ``families`` spun and suspicious ones by family. ``groups`` counts documents
    by verdict for each value of a field. ``substitutions`` counts (spun form, original) pairs. ``terms_before`` and
    ``terms_after`` count terms of the security vocabulary in the texts as they stand, and restored.
    """

    documents: int = 0
    words: int = 0
    rejected: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    families: Counter[str] = field(default_factory=Counter)
    groups: dict[str, Counter[str]] = field(default_factory=dict)
    substitutions: Counter[tuple[str, str]] = field(default_factory=Counter)
    terms_before: Counter[str] = field(default_factory=Counter)
    terms_after: Counter[str] = field(default_factory=Counter)

    def add(self, other: Statistics) -> None:
        """Add the counts of another part."""
        self.documents += other.documents
        self.words += other.words
        self.rejected += other.rejected
        self.labels += other.labels
        self.families += other.families
        self.substitutions += other.substitutions
        self.terms_before += other.terms_before
        self.terms_after += other.terms_after
        for name, counts in other.groups.items():
            self.group(name).update(counts)

    def group(self, name: str) -> Counter[str]:
        """Give the counts of one value of the field."""
        if name not in self.groups and len(self.groups) >= MAX_GROUPS:
            return self.groups.setdefault(OTHERS, Counter())
        return self.groups.setdefault(name, Counter())

    def share(self, label: str = "spun") -> float:
        """Give the share of documents with a verdict, from 0 to 1."""
        return self.labels[label] / self.documents if self.documents else 0.0

    def top_groups(self, count: int) -> list[tuple[str, Counter[str]]]:
        """Give the groups with most spun documents, then the largest, then by name."""
        return sorted(self.groups.items(), key=lambda item: (-item[1]["spun"], -item[1].total(), item[0]))[:count]

    def top_substitutions(self, count: int) -> list[tuple[str, str, int]]:
        """Give the most frequent substitutions as (spun form, original, times)."""
        ranked = sorted(self.substitutions.items(), key=lambda item: (-item[1], item[0]))
        return [(spun, original, times) for (spun, original), times in ranked[:count]]

    def top_terms(self, count: int) -> list[tuple[str, int, int]]:
        """Give the terms whose counts changed most, as (term, before, after)."""
        names = self.terms_before.keys() | self.terms_after.keys()
        rows = [(name, self.terms_before[name], self.terms_after[name]) for name in names]
        changed = [row for row in rows if row[1] != row[2]]
        return sorted(changed, key=lambda row: (-abs(row[2] - row[1]), row[0]))[:count]

    def to_dict(self, count: int) -> dict[str, Any]:
        """Give the statistics as plain data for JSON, lists cut to ``count`` items."""
        return {
            "version": 1,
            "documents": self.documents,
            "words": self.words,
            "rejected": self.rejected,
            "spun_share": self.share(),
            "labels": dict(sorted(self.labels.items())),
            "families": dict(self.families.most_common()),
            "groups": [
                {"name": name, "documents": c.total(), **dict(sorted(c.items()))} for name, c in self.top_groups(count)
            ],
            "substitutions": [
                {"spun": spun, "original": original, "count": times}
                for spun, original, times in self.top_substitutions(count)
            ],
            "terms": {
                "before": self.terms_before.total(),
                "after": self.terms_after.total(),
                "changed": [{"term": t, "before": b, "after": a} for t, b, a in self.top_terms(count)],
            },
        }


class _Tally(RecordWork):
    """Work on records that counts instead of changing; the id field is the one to group by."""

    def __init__(self, settings: Settings, work: RecordWork) -> None:
        super().__init__(replace(settings, add_fields=()), work.normalizer)
        self.statistics = Statistics()
        terms = set(self.normalizer.book.terms.all_terms())
        self._matcher = Matcher(patterns_of(sorted(terms)))

    def record(
        self,
        texts: Sequence[Text],
        identity: str | None = None,
        *,
        where: Where | None = None,  # noqa: ARG002 - part of the interface
        ready: bool = False,
    ) -> Outcome:
        """Count one record; it is left as it is."""
        plans = self.plans(texts, None, "text" if ready else self.settings.text_format)
        found, verdict = self.statistics, plans[0].verdict
        found.documents += 1
        found.words += verdict.words
        found.labels[verdict.label] += 1
        if verdict.label != "clean" and verdict.family:
            found.families[verdict.family] += 1
        if self.settings.id_field is not None:
            found.group(identity or UNKNOWN)[verdict.label] += 1
        for text, plan in zip(texts, plans, strict=True):
            before = self._matcher.tally(fold(text.value))
            found.terms_before += before
            found.terms_after += (
                self._matcher.tally(fold(apply_edits(text.value, plan.edits))) if plan.edits else before
            )
            for edit in plan.edits:
                found.substitutions[_flat(edit.before), _flat(edit.after)] += 1
        return Outcome([() for _ in texts], {}, verdict.label)


def _flat(text: str) -> str:
    return " ".join(text.lower().split())


class _StatisticsWorker(RestoreWorker):
    """Counts batches in a worker process; gives the counts pickled, as the output of the batch."""

    _tally: _Tally | None = None

    def __call__(self, task: Task) -> Result:
        """Count a batch."""
        if self._tally is None:
            self._tally = _Tally(self.settings, self.work)
        self._tally.statistics = Statistics()
        result = self.format(task.format).work(task.batch, self._tally)
        return _Counted(b"", result.rejects, result.counts, self._tally.statistics)

    def give_up(self, task: Task, reason: str) -> Result:
        """Count the one record of a task as rejected."""
        result = super().give_up(task, reason)
        return _Counted(b"", result.rejects, result.counts, Statistics())

    def merge(self, first: Result, second: Result) -> Result:
        """Join the counts of two parts of a task."""
        joined = super().merge(first, second)
        statistics = Statistics()
        for part in (first, second):
            if isinstance(part, _Counted):
                statistics.add(part.statistics)
        return _Counted(b"", joined.rejects, joined.counts, statistics)


@dataclass(slots=True)
class _Counted(Result):
    """A result with the statistics of its batch."""

    statistics: Statistics = field(default_factory=Statistics)


def collect(jobs: Sequence[Job], settings: Settings, by: str | None, processes: int, watch: Watch) -> Statistics:
    """Count corpora; ``by`` is the field that documents are grouped by.

    Raises:
        InputError: an input cannot be read.

    """
    chosen = replace(settings, id_field=by, add_fields=(), restore=False)
    worker = _StatisticsWorker(chosen)
    total = Statistics()
    with closing(results(jobs, chosen, worker, processes, watch)) as done:
        for job, result in done:
            if isinstance(result, _Counted):
                total.add(result.statistics)
            for reject in result.rejects:
                total.rejected += 1
                watch.reject(job.shown, reject)
    return total


def to_json(statistics: Statistics, count: int) -> str:
    """Write statistics as JSON."""
    return json.dumps(statistics.to_dict(count), ensure_ascii=False, indent=2) + "\n"
