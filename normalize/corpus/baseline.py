"""Baselines: findings that are known and accepted, so that a check fails only on what is new.

A finding is kept by the path of its file (relative to the baseline's folder), the entry, and a hash of the words around
it. Lines and columns are not kept, so text may be added above; a file that was renamed is known by the hash alone. That
a document was spun is a finding of its own, with the hash of its first words. In a file of many records the hashes also
cover what tells a record from the others, so that records may be added, moved and taken away.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from normalize.errors import BaselineError, InputError
from normalize.formats.files import read_bytes, write_bytes
from normalize.plan import Edit, Plan

VERSION = 1
WORDS_AROUND = 4
"""Words on either side of an edit that its hash covers."""
FIRST_WORDS = 12
"""Words of the first paragraph of a document that the hash of its verdict covers."""
_REACH = 400
"""Characters on either side in which those words are looked for, within the paragraph."""
_WORD = re.compile(r"\w+")
_BLANK_LINE = re.compile(r"(?:\r\n|\n|\r)[ \t]*(?:\r\n|\n|\r)")


class Finding(NamedTuple):
    """What a baseline keeps of a finding; ``path`` is POSIX, relative to the baseline's folder."""

    path: str
    entry: str
    hash: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """What a baseline does not know of a document: a plan with the new edits only.

    ``known`` counts the findings left out; ``verdict_known`` says that the verdict is one of them.
    """

    plan: Plan
    known: int
    verdict_known: bool


class Baseline:
    """Known findings, and which of them were met in this run. ``file`` is where they are kept."""

    def __init__(self, file: Path, known: Counter[Finding] | None = None) -> None:
        self.file = file
        self._folder = file.absolute().parent
        self._known: Counter[Finding] = known or Counter()
        self._met: Counter[Finding] = Counter()
        self._found: Counter[Finding] = Counter()
        self._checked: set[str] = set()
        self._renamed = self._of_lost_files()

    @classmethod
    def read(cls, file: Path) -> Baseline:
        """Read a baseline.

        Raises:
            InputError: the file cannot be read.
            BaselineError: it is no baseline, or one of another version.

        """
        remedy = "make a new one with: unspin check --write-baseline FILE"
        try:
            data = json.loads(read_bytes(str(file)))
        except (ValueError, RecursionError) as error:
            raise BaselineError(f"{file}: not a baseline: {error}; {remedy}") from None
        if not isinstance(data, dict) or not isinstance(data.get("findings"), list):
            raise BaselineError(f"{file}: not a baseline; {remedy}")
        if data.get("version") != VERSION:
            raise BaselineError(
                f"{file}: a baseline of version {data.get('version')!r}; this program reads version {VERSION}; {remedy}"
            )
        known: Counter[Finding] = Counter()
        for number, row in enumerate(data["findings"], 1):
            if not _is_row(row):
                raise BaselineError(f"{file}: not a baseline: finding {number} is malformed; {remedy}")
            known[Finding(row["path"], row["entry"], row["hash"])] += row.get("count", 1)
        return cls(file, known)

    def filter(self, name: str, text: str, plan: Plan) -> Unknown:
        """Take the known findings from the plan of a document, and remember them as met."""
        path = self._relative(name)
        self._checked.add(path)
        verdict_known = plan.verdict.label != "clean" and self._meets(verdict_finding(path, text, plan))
        new = tuple(edit for edit in plan.edits if not self._meets(edit_finding(path, text, edit)))
        known = len(plan.edits) - len(new) + verdict_known
        return Unknown(Plan(plan.sha256, plan.verdict, new, plan.notes, plan.path), known, verdict_known)

    def add(self, name: str, text: str, plan: Plan) -> None:
        """Take all findings of a document into a new baseline."""
        path = self._relative(name)
        if plan.verdict.label != "clean":
            self._found[verdict_finding(path, text, plan)] += 1
        self._found.update(edit_finding(path, text, edit) for edit in plan.edits)

    def which_known(self, name: str, findings: Iterable[Finding | None]) -> list[bool]:
        """Tell which findings of a record are known, and remember them as met; None stands for one that cannot be.

        The findings are those of ``record_findings``; ``name`` is that of the file.
        """
        path = self._relative(name)
        return [finding is not None and self._meets(finding._replace(path=path)) for finding in findings]

    def add_findings(self, name: str, findings: Iterable[Finding | None]) -> None:
        """Take findings of a record, as for ``which_known``, into a new baseline."""
        path = self._relative(name)
        self._found.update(finding._replace(path=path) for finding in findings if finding is not None)

    def through(self, name: str) -> None:
        """Take note that all records of a file were checked, so that what was not met is no longer there."""
        self._checked.add(self._relative(name))

    def stale(self) -> int:
        """Give how many known findings occur no longer, in files that were checked or that are gone."""
        return sum(self._stale().values())

    def write(self) -> int:
        """Write the findings that were added, and give their number.

        Raises:
            InputError: the file cannot be written.

        """
        self._store(self._found)
        return self._found.total()

    def prune(self) -> int:
        """Write the baseline without what occurs no longer, renamed files by their new names; give the number pruned.

        Raises:
            InputError: the file cannot be written.

        """
        stale = self._stale()
        moved = sum((self._renamed_to.values()), Counter()) if self._renamed_to else Counter()
        left = self._known - stale - moved
        self._store(left + self._found)
        return stale.total()

    def _of_lost_files(self) -> dict[tuple[str, str], Counter[Finding]]:
        """Give the known findings of files that are no longer there, by entry and hash: they may have been renamed."""
        self._renamed_to: dict[str, Counter[Finding]] = {}
        lost = {path for path in {finding.path for finding in self._known} if not (self._folder / path).exists()}
        self._lost = lost
        found: dict[tuple[str, str], Counter[Finding]] = {}
        for finding, count in self._known.items():
            if finding.path in lost:
                found.setdefault((finding.entry, finding.hash), Counter())[finding] += count
        return found

    def _meets(self, finding: Finding) -> bool:
        if self._met[finding] < self._known[finding]:
            self._met[finding] += 1
            return True
        for old, count in self._renamed.get((finding.entry, finding.hash), Counter()).items():
            if self._met[old] < count:
                self._met[old] += 1
                self._renamed_to.setdefault(finding.path, Counter())[old] += 1
                self._found[finding] += 1
                return True
        return False

    def _stale(self) -> Counter[Finding]:
        looked_at = self._checked | self._lost
        return Counter(
            {f: n - self._met[f] for f, n in self._known.items() if f.path in looked_at and n > self._met[f]}
        )

    def _relative(self, name: str) -> str:
        try:
            path = os.path.relpath(name, self._folder)
        except ValueError:  # another drive
            path = str(Path(name).absolute())
        return Path(path).as_posix().encode("utf-8", "replace").decode()

    def _store(self, findings: Counter[Finding]) -> None:
        rows = []
        for finding, count in sorted(findings.items()):
            row = {"path": finding.path, "entry": finding.entry, "hash": finding.hash}
            rows.append(json.dumps(row | ({"count": count} if count > 1 else {}), ensure_ascii=False))
        lines = ",\n".join(f"    {row}" for row in rows)
        listed = f"[\n{lines}\n  ]" if rows else "[]"
        write_bytes(self.file, f'{{\n  "version": {VERSION},\n  "findings": {listed}\n}}\n'.encode())


def _is_row(row: object) -> bool:
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in ("path", "entry", "hash")):
        return False
    count = row.get("count", 1)
    return isinstance(count, int) and not isinstance(count, bool) and count > 0


def edit_finding(path: str, text: str, edit: Edit) -> Finding:
    """Give what names an edit: its entry and the words around it, whatever line breaks lie between them."""
    before = _words(_BLANK_LINE.split(text[max(0, edit.start - _REACH) : edit.start])[-1])[-WORDS_AROUND:]
    after = _words(_BLANK_LINE.split(text[edit.end : edit.end + _REACH])[0])[:WORDS_AROUND]
    return Finding(path, edit.entry, _hash([*before, "|", *_words(edit.before), "|", *after]))


def verdict_finding(path: str, text: str, plan: Plan) -> Finding:
    """Give what names a verdict: its label and how the document begins."""
    return Finding(
        path, f"verdict/{plan.verdict.label}", _hash(_words(_BLANK_LINE.split(text[:2000].lstrip())[0])[:FIRST_WORDS])
    )


def record_findings(key: str, texts: Sequence[str], plans: Sequence[Plan]) -> list[Finding | None]:
    """Give what names the findings of a record: its verdict unless it is clean, then edits and notes text by text.

    Notes are never known and give None. ``key`` tells the record from others of its file and is part of the hashes.
    The path is left empty.
    """
    found: list[Finding | None] = []
    if plans[0].verdict.label != "clean":
        found.append(verdict_finding("", "\n\n".join(texts), plans[0]))
    for text, plan in zip(texts, plans, strict=True):
        found += (edit_finding("", text, edit) for edit in plan.edits)
        found += [None] * len(plan.notes)
    return [finding and finding._replace(hash=_hash([key, finding.hash])) for finding in found]


def _words(text: str) -> list[str]:
    return [match[0].lower() for match in _WORD.finditer(text)]


def _hash(words: Iterable[str]) -> str:
    return hashlib.blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def check_target(file: Path) -> None:
    """Make sure, before a long run, that a baseline can be written.

    Raises:
        InputError: it cannot.

    """
    from normalize.formats.files import check_writable

    try:
        check_writable(file)
    except InputError as error:
        raise InputError(f"--write-baseline: {error}") from None
