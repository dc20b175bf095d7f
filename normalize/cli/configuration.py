"""Configuration files: ``unspin.toml``, or ``[tool.unspin]`` in ``pyproject.toml``, found from a folder upwards."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from normalize.cli.settings import BY_NAME, EXTENDS, PATHS, PER_PATH, SETTINGS, problem_of
from normalize.errors import ConfigurationError

OWN_FILE = "unspin.toml"
SHARED_FILE = "pyproject.toml"
SHARED_TABLE = ("tool", "unspin")


@dataclass(frozen=True, slots=True)
class Value:
    """A setting's value, and where it came from: ``file:line``, ``command line`` or ``default``."""

    value: Any
    origin: str


@dataclass(frozen=True, slots=True)
class PathTable:
    """A ``[[per-path]]`` table: settings for the files that fit its globs, which are relative to ``base``."""

    globs: tuple[str, ...]
    base: Path
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a configuration file says, together with the files that it extends. ``folder`` is where it lies."""

    folder: Path | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    tables: tuple[PathTable, ...] = ()

    def value(self, name: str) -> Value:
        """Give a setting for the whole run."""
        return self.values.get(name) or Value(BY_NAME[name].default, "default")

    def for_path(self, path: str) -> dict[str, Value]:
        """Give all settings for one file; of the tables that fit it, the last wins."""
        found = {setting.name: self.value(setting.name) for setting in SETTINGS}
        for table in self.tables:
            from normalize.formats.globs import matches

            if matches(path, table.globs, table.base):
                found.update(table.values)
        return found


class Finder:
    """Finds the configuration of folders; what it has found, it remembers."""

    def __init__(self) -> None:
        self._known: dict[Path, Configuration] = {}

    def find(self, folder: Path) -> Configuration:
        """Give the configuration that holds for a folder: from the nearest file, in it or above it.

        Raises:
            ConfigurationError: that file, or one that it extends, is malformed.

        """
        start = folder.absolute()
        for place in (start, *start.parents):
            if place in self._known:
                break
            own, shared = place / OWN_FILE, place / SHARED_FILE
            if own.is_file():
                self._known[place] = load_configuration(own)
                break
            if shared.is_file() and _is_meant(shared):
                self._known[place] = load_configuration(shared)
                break
        found = self._known.get(place, Configuration())
        self._known[start] = found
        return found


def _is_meant(path: Path) -> bool:
    """Tell whether a pyproject.toml configures this program; one that does not is none of our business, even broken."""
    text = _read(path)
    if "unspin" not in text:
        return False
    return SHARED_TABLE[1] in _parse(path, text).get(SHARED_TABLE[0], {})


def load_configuration(path: Path, trail: tuple[Path, ...] = ()) -> Configuration:
    """Read a configuration file and those that it extends; ``trail`` are the files that led to it.

    Raises:
        ConfigurationError: a file is missing or malformed, says something unknown, or extends itself.

    """
    text = _read(path)
    data = _parse(path, text)
    prefix: tuple[str, ...] = ()
    if path.name == SHARED_FILE:
        prefix = SHARED_TABLE
        data = data.get("tool", {}).get("unspin", {})
        if not isinstance(data, dict):
            raise ConfigurationError(path, _line_of(text, (), "unspin"), "tool.unspin must be a table")
    file = _File(path, text, prefix)
    base = _extended(file, data, trail)
    tables = data.pop(PER_PATH, [])
    values = {**base.values, **file.values(data, (setting.name for setting in SETTINGS))}
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise file.error(PER_PATH, f"must be written as [[{'.'.join((*prefix, PER_PATH))}]]")
    own = tuple(file.path_table(table, number) for number, table in enumerate(tables))
    return Configuration(path.parent.absolute(), values, (*base.tables, *own))


def _extended(file: _File, data: dict[str, Any], trail: tuple[Path, ...]) -> Configuration:
    if EXTENDS not in data:
        return Configuration()
    name = data.pop(EXTENDS)
    if problem := problem_of(name, {"type": "string", "minLength": 1}):
        raise file.error(EXTENDS, problem)
    target = (file.path.parent / name).resolve()
    trail = (*trail, file.path.resolve())
    if target in trail:
        circle = " → ".join(str(step) for step in (*trail[trail.index(target) :], target))
        raise file.error(EXTENDS, f"leads back to a file that extends this one: {circle}")
    if not target.is_file():
        raise file.error(EXTENDS, f"names {name!r}, and there is no file {target}")
    return load_configuration(target, trail)


@dataclass(frozen=True, slots=True)
class _File:
    """A file that is being read, with what its complaints need. ``prefix`` is the table that is ours."""

    path: Path
    text: str
    prefix: tuple[str, ...]

    def error(self, key: str, problem: str, table: int | None = None) -> ConfigurationError:
        return ConfigurationError(self.path, self.line(key, table), f"{key} {problem}")

    def line(self, key: str, table: int | None = None) -> int | None:
        header = self.prefix if table is None else (*self.prefix, PER_PATH)
        return _line_of(self.text, header, key, table or 0)

    def values(self, data: dict[str, Any], known: Iterable[str], table: int | None = None) -> dict[str, Value]:
        names = list(known)
        found = {}
        for key, value in data.items():
            if key not in names:
                raise self._unknown(key, names, table)
            setting = BY_NAME[key]
            if problem := problem_of(value, setting.schema):
                raise self.error(key, problem, table)
            chosen = value
            if setting.is_path:
                chosen = [self._path(item) for item in value] if isinstance(value, list) else self._path(value)
            line = self.line(key, table)
            found[key] = Value(chosen, f"{self.path}:{line}" if line else str(self.path))
        return found

    def path_table(self, data: dict[str, Any], number: int) -> PathTable:
        globs = data.pop(PATHS, None)
        if globs is None:
            line = _line_of(self.text, (*self.prefix, PER_PATH), None, number)
            raise ConfigurationError(self.path, line, f"a [[{PER_PATH}]] table needs {PATHS}, a list of globs")
        if problem := problem_of(globs, {"type": "array", "items": {"type": "string", "minLength": 1}}):
            raise self.error(PATHS, problem, number)
        allowed = [setting.name for setting in SETTINGS if setting.per_path]
        return PathTable(tuple(globs), self.path.parent.absolute(), self.values(data, allowed, number))

    def _path(self, name: str) -> str:
        return str(self.path.parent / Path(name).expanduser())

    def _unknown(self, key: str, names: list[str], table: int | None) -> ConfigurationError:
        if table is not None and key in BY_NAME:
            return self.error(key, "holds for the whole run; move it out of the per-path table", table)
        from rapidfuzz import process

        special = [PATHS] if table is not None else [EXTENDS, PER_PATH]
        nearest = process.extractOne(key.replace("_", "-").lower(), [*names, *special], score_cutoff=60)
        hint = f"did you mean {nearest[0]}?" if nearest else "see all with: unspin config show"
        return self.error(key, f"is no setting; {hint}", table)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(path, None, f"not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except OSError as error:
        raise ConfigurationError(path, None, f"cannot be read: {error.strerror}") from None


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found[1]) if found else None
        problem = re.sub(r"\s*\(at .*\)", "", str(error))
        raise ConfigurationError(path, line, f"not valid TOML: {problem}") from None
    except RecursionError:
        raise ConfigurationError(path, None, "not valid TOML: it is nested too deeply") from None


_HEADER = re.compile(r"\s*(\[\[?)\s*([\w.\"' -]+?)\s*\]\]?\s*(?:#.*)?$")


def _line_of(text: str, table: tuple[str, ...], key: str | None, number: int = 0) -> int | None:
    """Give the line, from 1, where a key of a table is set; for the ``number``-th, from 0, of tables of one name.

    Standard TOML readers keep no lines. This looks at headers and line starts only; None when it finds nothing.
    A key of None asks for the header itself.
    """
    current: tuple[str, ...] = ()
    seen = -1
    for line, source in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(source):
            current = tuple(part.strip(" \"'") for part in header[2].split("."))
            seen += current == table
            if current == table and key is None and seen == number:
                return line
            if (*table, key) == current:  # the key is a table of its own
                return line
        elif key is not None and current == table and (not table or seen == number) and _sets(source, key):
            return line
    return None


def _sets(line: str, key: str) -> bool:
    return re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*(?:=|\.)", line) is not None
