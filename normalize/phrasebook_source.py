"""Read phrasebook files as a curator needs them: every mistake at once, comments kept, and back into normal form.

Everything here works on texts that were read already. A file with a mistake is read entry by entry, so that one run
reports all mistakes and not only the first.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from normalize.errors import PhrasebookError
from normalize.phrasebook import NEIGHBOUR_CONDITIONS, Conditions, Entry, Example, parse
from normalize.phrasebook_writer import format_file

_HEADER = re.compile(r"\s*\[\s*([\w.\"'-]+)\s*\]\s*(?:#.*)?\Z")
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""|' + r"'''.*?'''|" + r'"(?:\\.|[^"\\\n])*"' + r"|'[^'\n]*'" + r"|(?P<comment>#[^\n]*)",
    re.DOTALL,
)
_RULES = (
    ("capitals", "capitals"),
    ("maps to itself", "self-map"),
    ("unknown section", "section"),
    ("no family", "family"),
)
"""Parts of the parser's complaints and the rules that they belong to; all others are ``entry``."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something to put right (``error``) or to look at (``note``), at a line of a file (0: the whole file)."""

    path: str
    line: int
    severity: Literal["error", "note"]
    message: str
    rule: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.severity}: {self.message} [{self.rule}]"


@dataclass(slots=True)
class Source:
    """A phrasebook file as it was read: its text, what could be understood, and the mistakes met on the way.

    ``entries`` may name a spun form twice, which TOML itself forbids. ``holds_entries`` is false for word lists
    (``kind = "term"`` and the like). ``broken`` says that a part was not understood, so that writing would lose it.
    """

    path: Path
    text: str
    entries: list[Entry] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    holds_entries: bool = True
    broken: bool = False

    @property
    def family(self) -> str:
        """The family that the file belongs to; empty when nothing was understood."""
        items: list[Entry | Example] = [*self.entries[:1], *self.examples[:1]]
        return items[0].family if items else ""


def read_source(path: Path, text: str) -> Source:
    """Read a phrasebook file and keep all that can be understood; mistakes become findings of the source."""
    source = Source(path, text)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        if not re.search(r"overwrite|twice|mutate", str(error)):
            return _refuse(source, _complaint(path, text))
    else:
        source.holds_entries = "kind" not in data
    complaint = _complaint(path, text)
    if complaint is None:
        book = parse([(path, text)])
        source.entries, source.examples = book.entries, book.examples
    elif not source.holds_entries:
        _refuse(source, complaint)
    else:
        _read_statements(source)
        if not source.findings and not any(cycles(source.entries)) and not any(duplicates([source])):
            _refuse(source, complaint)
            source.broken = not source.entries
    return source


def _complaint(path: Path, text: str) -> PhrasebookError | None:
    try:
        parse([(path, text)])
    except PhrasebookError as error:
        return error
    return None


def _refuse(source: Source, error: PhrasebookError | None) -> Source:
    if error is not None:
        source.findings.append(_from_error(source.path, error.line or 0, error))
        source.broken = True
    return source


def _from_error(path: Path, line: int, error: PhrasebookError) -> Finding:
    rule = "toml" if "not valid TOML" in error.problem else "entry"
    rule = next((name for part, name in _RULES if part in error.problem), rule)
    return Finding(str(path), line, "error", error.problem + (f"; {error.remedy}" if error.remedy else ""), rule)


def _read_statements(source: Source) -> None:
    """Read a file entry by entry: each must be right by itself."""
    found = re.search(r"^\s*family\s*=.*$", source.text, re.MULTILINE)
    family = found[0].strip() if found else ""
    for header, line, statement in statements(source.text):
        if not header and re.match(r"\s*family\b", statement):
            continue
        try:
            book = parse([(source.path, "\n".join(part for part in (family, header, statement) if part))])
        except PhrasebookError as error:
            known = [finding.message for finding in source.findings if finding.rule in ("section", "family")]
            finding = _from_error(source.path, line, error)
            if finding.message not in known:
                source.findings.append(finding)
            source.broken = True
            continue
        source.entries += (replace(entry, line=line) for entry in book.entries)
        source.examples += (replace(example, line=line) for example in book.examples)


def statements(text: str) -> Iterator[tuple[str, int, str]]:
    """Cut a TOML text into its statements: the section line each stands under, its first line number, its text.

    A section of sections, such as ``[verbs.mention]``, is one statement.
    """
    header, whole = "", False
    pending: list[str] = []
    first = 0
    for number, line in enumerate(text.splitlines(), 1):
        code = _TOKEN.sub(lambda token: "" if token["comment"] else token[0], line)
        opened = _depth(pending)
        if not opened and (found := _HEADER.match(line)):
            if pending:
                yield header, first, "\n".join(pending)
            whole = "." in found[1]
            pending, first = ([line], number) if whole else ([], 0)
            header = "" if whole else line.strip()
        elif code.strip() or opened:
            first = first or number
            pending.append(line)
            if not whole and _depth(pending) <= 0:
                yield header, first, "\n".join(pending)
                pending, first = [], 0
    if pending:
        yield header, first, "\n".join(pending)


def _depth(lines: Iterable[str]) -> int:
    bare = _TOKEN.sub("", "\n".join(lines))
    return sum(bare.count(mark) for mark in "[{") - sum(bare.count(mark) for mark in "]}")


def comments(text: str) -> tuple[str, list[int]]:
    """Give the comment at the head of a file (before its first section), and the lines of all other comments."""
    head: list[str] = []
    others: list[int] = []
    first_section = re.search(r"^\s*\[", text, re.MULTILINE)
    end = first_section.start() if first_section else len(text)
    for token in _TOKEN.finditer(text):
        if token["comment"] and token.start() < end:
            head.append(token[0][1:].removeprefix(" ").rstrip())
        elif token["comment"]:
            others.append(text.count("\n", 0, token.start()) + 1)
    return "\n".join(head), others


def normal_form(source: Source) -> str:
    """Give the text of a file in the one normal form: sections in order, entries sorted, one a line."""
    return format_file(source.family, source.entries, source.examples, comments(source.text)[0])


def _without_repetitions(entry: Entry) -> Entry:
    neighbours = (tuple(dict.fromkeys(getattr(entry.conditions, name))) for name in NEIGHBOUR_CONDITIONS)
    originals = tuple(dict.fromkeys(entry.originals))
    return replace(entry, originals=originals, conditions=Conditions(*neighbours))


def fix(sources: Sequence[Source]) -> dict[Path, str]:
    """Give the new texts of the files that are not in normal form; exact duplicates are merged into the first.

    A file is left alone when a part of it was not understood, when it says two things about one spun form, or when
    comments below its head would be lost.
    """
    fixed: dict[Path, str] = {}
    seen: dict[tuple[str, str, str], Entry] = {}
    for source in sources:
        examples = {example.spun: (example.change, example.keep) for example in source.examples}
        tidy = Source(source.path, source.text, examples=list({e.spun: e for e in source.examples}.values()))
        inside: dict[tuple[str, str, str], Entry] = {}
        clash = any(examples[e.spun] != (e.change, e.keep) for e in source.examples)
        for entry in map(_without_repetitions, source.entries):
            clash = clash or not same_right_side(inside.setdefault(place(entry), entry), entry)
        tidy.entries = [e for key, e in inside.items() if not (key in seen and same_right_side(seen[key], e))]
        tidy.entries = tidy.entries if tidy.entries or tidy.examples else list(inside.values())
        seen |= inside
        if source.holds_entries and not (source.broken or clash or comments(source.text)[1]):
            text = normal_form(tidy)
            if text != source.text:
                fixed[source.path] = text
    return fixed


def place(entry: Entry) -> tuple[str, str, str]:
    """Give what names an entry: family, section and spun form. Of two, the later acts."""
    return entry.family, entry.section, entry.spun


def same_right_side(one: Entry, other: Entry) -> bool:
    """Tell whether two entries have the same originals, in the same order, and the same conditions."""
    return (one.originals, one.conditions, one.swaps) == (other.originals, other.conditions, other.swaps)


def error_at(item: Entry | Example, message: str, rule: str) -> Finding:
    """Give an error at the line of an entry or example."""
    return Finding(item.path, item.line, "error", message, rule)


def note_at(item: Entry | Example, message: str, rule: str) -> Finding:
    """Give a note at the line of an entry or example."""
    return Finding(item.path, item.line, "note", message, rule)


def duplicates(sources: Sequence[Source]) -> Iterator[Finding]:
    """Find entries of one place that stand in the files more than once, and repeated examples of one file."""
    seen: dict[tuple[str, str, str], Entry] = {}
    shown: dict[tuple[str, str, str], Example] = {}
    for source in sources:
        for entry in source.entries:
            if (first := seen.setdefault(place(entry), entry)) is not entry:
                where = f"{first.path}:{first.line}"
                same = same_right_side(first, entry)
                message = f"repeats {where}; --fix merges them" if same else f"replaces {where}, which never acts"
                yield error_at(entry, f"{entry.spun!r} {message}", "duplicate")
        for example in source.examples:
            if (other := shown.setdefault((str(source.path), example.family, example.spun), example)) is not example:
                yield error_at(example, f"examples of {example.spun!r} stand at line {other.line} too", "duplicate")


def by_place(entries: Iterable[Entry]) -> dict[tuple[str, str, str], Entry]:
    """Map each place to the entry that acts there, the last one."""
    return {place(entry): entry for entry in entries}


def cycles(entries: Iterable[Entry]) -> Iterator[Finding]:
    """Find entries whose first originals lead back to themselves, where none of them says ``swaps``."""
    known = by_place(entries)
    settled: set[tuple[str, str, str]] = set()
    for start in known:
        trail: dict[tuple[str, str, str], Entry] = {}
        key = start
        while key in known and key not in settled and key not in trail:
            trail[key] = known[key]
            key = (*key[:2], known[key].originals[0])
        if key in trail:
            cycle = list(trail.values())[list(trail).index(key) :]
            if len(cycle) > 1 and not any(entry.swaps for entry in cycle):
                words = " → ".join([*(entry.spun for entry in cycle), cycle[0].spun])
                last = max(cycle, key=lambda entry: (entry.path, entry.line))
                yield error_at(last, f"a cycle: {words}; rank another original first or set swaps = true", "cycle")
        settled.update(trail)
