"""Load and validate phrasebook files: TOML, one entry a line, by family and part of speech.

The form of a file is described in ``docs/curating.md``. This module gives the entries as they are written;
``normalize.compiled`` inflects them and makes them fit for matching.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from normalize.errors import PhrasebookError

SECTIONS = ("phrases", "verbs", "nouns", "adjectives", "adverbs", "names")
"""Parts of speech that an entry can have. Phrases, adverbs and names are matched as written; the rest inflect."""

NEIGHBOUR_CONDITIONS = (
    "unless_after", "unless_before", "only_after", "only_before", "unless_near", "only_near",
)  # fmt: skip
CLASSES = ("<number>", "<name>", "<start>", "<end>")
"""Neighbours that a condition can name as a class instead of as words."""

_SLUG = re.compile(r"[a-z][a-z0-9-]*\Z")
_SECTION_LINE = re.compile(r"\s*\[([\w.-]+)\]")
_KEY_LINE = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'[^']*'|[\w-]+)\s*=""")


@dataclass(frozen=True, slots=True)
class Conditions:
    """Neighbours that keep an entry from acting, as lower-case words, short phrases or ``CLASSES``."""

    unless_after: tuple[str, ...] = ()
    unless_before: tuple[str, ...] = ()
    only_after: tuple[str, ...] = ()
    only_before: tuple[str, ...] = ()
    unless_near: tuple[str, ...] = ()
    only_near: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self is not NO_CONDITIONS and any(getattr(self, name) for name in NEIGHBOUR_CONDITIONS)


NO_CONDITIONS = Conditions()


@dataclass(frozen=True, slots=True)
class Entry:
    """A phrasebook line: one spun form in its base form and its originals, most likely first."""

    family: str
    section: str
    spun: str
    originals: tuple[str, ...]
    conditions: Conditions = NO_CONDITIONS
    swaps: bool = False
    path: str = ""
    line: int = 0

    @property
    def id(self) -> str:
        """Name the entry as output, options and configuration do: ``classic/verbs/mention``."""
        return f"{self.family}/{self.section}/{slug(self.spun)}"


@dataclass(frozen=True, slots=True)
class Example:
    """Sentences in which an entry must act (places marked ``{spun|original}``) and must not."""

    family: str
    spun: str
    change: tuple[str, ...]
    keep: tuple[str, ...]
    path: str = ""
    line: int = 0


@dataclass(slots=True)
class Phrasebook:
    """Everything that was read from phrasebook files, in reading order."""

    entries: list[Entry] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    leftover_lines: list[str] = field(default_factory=list)
    leftover_starts: list[str] = field(default_factory=list)
    leftover_markers: list[str] = field(default_factory=list)
    article_exceptions: list[str] = field(default_factory=list)


@lru_cache(maxsize=1 << 16)
def slug(text: str) -> str:
    """Make a spun form fit for an entry id: lower case, runs of other characters become one hyphen."""
    return re.sub(r"[^\w]+", "-", text.lower()).strip("-")


def selects(selector: str, entry_id: str) -> bool:
    """Tell whether a selector names an entry: its whole id, a family, ``family/section``, or its last part."""
    chosen = selector.strip("/")
    return entry_id == chosen or entry_id.startswith(chosen + "/") or entry_id.endswith("/" + slug(chosen))


def find_files(path: Path) -> list[Path]:
    """List the phrasebook files under a folder, or the file itself, in a stable order.

    Raises:
        PhrasebookError: the path does not exist, or the folder holds no TOML file.

    """
    if path.is_file():
        return [path]
    if not path.exists():
        raise PhrasebookError(path, None, "no such phrasebook", "give a TOML file or a folder of TOML files")
    files = sorted(path.rglob("*.toml"), key=lambda file: file.relative_to(path).as_posix())
    if not files:
        raise PhrasebookError(path, None, "the phrasebook is empty", "put TOML files with entries into the folder")
    return files


def parse(sources: Iterable[tuple[Path, str]]) -> Phrasebook:
    """Parse and validate phrasebook files given as (path, text).

    Raises:
        PhrasebookError: a file is malformed; the message names file, line and remedy.

    """
    book = Phrasebook()
    for path, text in sources:
        _parse_file(book, path, text)
    _reject_cycles(book.entries)
    return book


def _parse_file(book: Phrasebook, path: Path, text: str) -> None:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+)", str(error))
        last_line = text.count("\n") + 1
        line = int(found[1]) if found else last_line
        raise PhrasebookError(path, line, f"not valid TOML: {error}", "see docs/curating.md for the form") from None
    lines = _line_numbers(text)
    if not data:
        raise PhrasebookError(path, None, "the phrasebook is empty", 'begin it with family = "classic" and a section')
    kind = data.pop("kind", "entries")
    for name, table in data.items():
        if name != "family" and not isinstance(table, dict):
            raise PhrasebookError(
                path,
                lines.get(("", name)),
                f"{name!r} stands outside a section",
                "put it under [phrases] or another section",
            )
    match kind:
        case "entries":
            _parse_entries(book, path, data, lines)
        case "term" | "name":
            target = book.terms if kind == "term" else book.names
            for section, table in data.items():
                target.extend(_strings(path, lines.get((section, "terms")), table.get("terms", []), section))
        case "article":
            book.article_exceptions.extend(_strings(path, None, data.get("articles", {}).get("words", []), "words"))
        case "leftover":
            _parse_leftovers(book, path, data)
        case _:
            raise PhrasebookError(
                path,
                lines.get(("", "kind")),
                f"unknown kind {kind!r}",
                'use "term", "name", "article" or "leftover", or no kind',
            )


def _parse_leftovers(book: Phrasebook, path: Path, data: Mapping[str, Any]) -> None:
    lines, markers = data.get("lines", {}), data.get("markers", {})
    book.leftover_lines.extend(_strings(path, None, lines.get("whole", []), "lines.whole"))
    book.leftover_starts.extend(_strings(path, None, lines.get("starts", []), "lines.starts"))
    book.leftover_markers.extend(_strings(path, None, markers.get("literal", []), "markers.literal"))


def _parse_entries(book: Phrasebook, path: Path, data: dict[str, Any], lines: Mapping[tuple[str, str], int]) -> None:
    family = data.pop("family", None)
    if not isinstance(family, str) or not _SLUG.match(family):
        raise PhrasebookError(
            path, lines.get(("", "family"), 1), "no family", 'begin the file with family = "classic" (or another name)'
        )
    examples = data.pop("examples", {})
    found = 0
    for section, table in data.items():
        if section not in SECTIONS or not isinstance(table, dict):
            raise PhrasebookError(
                path, lines.get((section, ""), lines.get(("", section))), f"unknown section [{section}]",
                f"use one of {', '.join(SECTIONS)}, examples",
            )  # fmt: skip
        for spun, value in table.items():
            line = lines.get((section, spun), 0)
            book.entries.append(_parse_entry(path, line, family, section, spun, value))
            found += 1
    for spun, value in examples.items():
        book.examples.append(_parse_example(path, lines.get(("examples", spun), 0), family, spun, value))
    if not found and not examples:
        raise PhrasebookError(path, None, "the phrasebook is empty", 'add an entry such as: mention = "say"')


def _parse_entry(path: Path, line: int, family: str, section: str, spun: str, value: object) -> Entry:
    conditions: dict[str, tuple[str, ...]] = {}
    swaps = False
    if isinstance(value, dict):
        unknown = set(value) - {"is", "swaps", *NEIGHBOUR_CONDITIONS}
        if unknown:
            raise PhrasebookError(
                path, line, f"unknown key {sorted(unknown)[0]!r} in the entry {spun!r}",
                f"use is, swaps, {', '.join(NEIGHBOUR_CONDITIONS)}",
            )  # fmt: skip
        conditions = {
            name: tuple(_strings(path, line, value[name], f"{spun}.{name}"))
            for name in NEIGHBOUR_CONDITIONS
            if name in value
        }
        found = value.get("swaps", False)
        if not isinstance(found, bool):
            raise PhrasebookError(path, line, f"{spun}.swaps: true or false is expected, not {found!r}")
        swaps = found
        value = value.get("is", [])
    originals = tuple(_strings(path, line, value, spun))
    if not spun.strip() or spun != spun.strip():
        raise PhrasebookError(path, line, f"the spun form {spun!r} is empty or padded with blanks")
    if section != "names" and spun != spun.lower():
        raise PhrasebookError(
            path, line, f"the spun form {spun!r} has capitals", "write it in lower case, or move it to [names]"
        )
    if not originals:
        raise PhrasebookError(path, line, f"the entry {spun!r} names no original")
    if spun in originals:
        raise PhrasebookError(path, line, f"the entry {spun!r} maps to itself", "take it out of its originals")
    return Entry(family, section, spun, originals, Conditions(**conditions), swaps, str(path), line)


def _parse_example(path: Path, line: int, family: str, spun: str, value: object) -> Example:
    if not isinstance(value, dict) or set(value) - {"change", "keep"}:
        raise PhrasebookError(path, line, f"the example of {spun!r} must be a table with change and keep")
    sentences = {
        kind: tuple(_strings(path, line, value.get(kind, []), f"examples.{spun}.{kind}")) for kind in ("change", "keep")
    }
    return Example(family, spun, sentences["change"], sentences["keep"], str(path), line)


def _strings(path: Path, line: int | None, value: object, where: str) -> Iterator[str]:
    """Give the strings of a string or a list of strings, and refuse anything else."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list):
        raise PhrasebookError(path, line, f"{where}: a string or a list of strings is expected")
    for item in items:
        if not isinstance(item, str) or not item.strip():
            raise PhrasebookError(path, line, f"{where}: {item!r} is not a non-empty string")
        yield item


def _line_numbers(text: str) -> dict[tuple[str, str], int]:
    """Map (section, key) to the line it stands on; a section itself has the key ``""``."""
    numbers: dict[tuple[str, str], int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        if found := _SECTION_LINE.match(line):
            section = found[1]
            numbers[section, ""] = number
        elif found := _KEY_LINE.match(line):
            key = found[1]
            if key[0] == "'":
                key = key[1:-1]
            elif key[0] == '"':
                key = str(tomllib.loads(f"k = {key}")["k"]) if "\\" in key else key[1:-1]
            numbers.setdefault((section, key), number)
    return numbers


def _reject_cycles(entries: Iterable[Entry]) -> None:
    """Refuse entries whose first originals lead back to themselves, unless one of them is marked ``swaps``.

    Some families really swap two words (data and information). Then neither can be trusted without the language
    model, and the entry says so. Lower-ranked originals may cross freely: near-synonyms do.
    """
    groups: dict[tuple[str, str], dict[str, Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.family, entry.section), {})[entry.spun] = entry
    for group in groups.values():
        settled: set[str] = set()
        for start in group:
            trail: list[str] = []
            spun = start
            while spun in group and spun not in settled:
                if spun in trail:
                    cycle = [group[word] for word in trail[trail.index(spun) :]]
                    if not any(entry.swaps for entry in cycle):
                        _complain_of_cycle(cycle)
                    break
                trail.append(spun)
                spun = group[spun].originals[0]
            settled.update(trail)


def _complain_of_cycle(cycle: list[Entry]) -> None:
    words = " → ".join([entry.spun for entry in cycle] + [cycle[0].spun])
    last = max(cycle, key=lambda entry: (entry.path, entry.line))
    raise PhrasebookError(
        last.path, last.line, f"the entries make a cycle: {words}",
        "rank another original first, drop one entry, or mark one with swaps = true",
    )  # fmt: skip
