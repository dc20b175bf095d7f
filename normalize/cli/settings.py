"""The settings of the program: one table for the configuration files, the command line and the JSON schema.

To add a setting, add a row here and an option of the same name to the commands that use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from normalize.cli.corpus_options import TextFormat
from normalize.cli.options import Mode, Quotations
from normalize.cli.thresholds import FailOn
from normalize.reports.formats import Format

SCHEMA_ID = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Args:
        name: key in configuration files.
        schema: JSON schema of its value, from the few keywords that ``problem_of`` knows.
        default: value where nothing is said.
        description: what it does, for ``config schema`` and the documentation.
        per_path: whether it may differ between files, by ``[[per-path]]`` or by the configuration nearest to them.
        is_path: whether its texts are paths, relative to the configuration file.
        parameter: name of the commands' parameter; the name with underscores where empty.

    """

    name: str
    schema: dict[str, Any]
    default: Any
    description: str
    per_path: bool = False
    is_path: bool = False
    parameter: str = ""

    @property
    def option(self) -> str:
        """The parameter of the commands that outranks this setting."""
        return self.parameter or self.name.replace("-", "_")


_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_TEXTS: dict[str, Any] = {"type": "array", "items": _TEXT}

SETTINGS = (
    Setting(
        "mode", {"type": "string", "enum": [str(choice) for choice in Mode]}, "balanced",
        "How much is changed: only what is nearly certain, what reduces errors most, or more.", per_path=True,
    ),
    Setting(
        "min-confidence", {"type": "number", "minimum": 0, "maximum": 1}, None,
        "Least probability that an edit is right, instead of the mode's.", per_path=True,
    ),
    Setting(
        "quotations", {"type": "string", "enum": [str(choice) for choice in Quotations]}, "judge",
        "Leave quotations alone, judge each by its own evidence, or restore all.", per_path=True,
    ),
    Setting(
        "phrasebook", _TEXTS, [],
        "Phrasebook files or folders added to the built-in one, relative to this file.", per_path=True, is_path=True,
    ),
    Setting("disable", _TEXTS, [], "Entry ids, spun forms or families that must not act.", per_path=True),
    Setting(
        "model", _TEXT, None,
        "A language model instead of the built-in one, relative to this file.", per_path=True, is_path=True,
    ),
    Setting("encoding", _TEXT, None, "Encoding of texts that are not UTF-8.", per_path=True),
    Setting("allow", _TEXTS, [], "Phrases and names that are right as they stand and never changed.", per_path=True),
    Setting(
        "text-field", _TEXTS, [],
        "Fields or columns with the texts of a record: text when empty.", per_path=True,
    ),
    Setting("id-field", _TEXT, None, "Field that names a record, in its plan and in reports.", per_path=True),
    Setting(
        "text-format", {"type": "string", "enum": [str(choice) for choice in TextFormat]}, "text",
        "What the texts of records are written in.", per_path=True,
    ),
    Setting(
        "include", _TEXTS, [], "Globs of the files of a folder that are taken, instead of those with a known ending."
    ),
    Setting("exclude", _TEXTS, [], "Globs, as in .gitignore, of files and folders to leave out of folders."),
    Setting(
        "ignore-files", {"type": "boolean"}, True, "Honour .gitignore, .ignore and .git/info/exclude.",
        parameter="ignore",
    ),
    Setting(
        "jobs", {"type": "integer", "minimum": 1}, None, "Worker processes; the number of processors when not set."
    ),
    Setting("cache", {"type": "boolean"}, True, "Remember the results of texts."),
    Setting("cache-dir", _TEXT, None, "Folder for remembered results, relative to this file.", is_path=True),
    Setting(
        "format", {"type": "array", "items": {"type": "string", "enum": [str(name) for name in Format]}}, [],
        "Formats of the report on standard output; text when empty.", parameter="formats",
    ),
    Setting(
        "fail-on", {"type": "string", "enum": [str(choice) for choice in FailOn]}, None,
        "What makes a check fail; spun when not set.",
    ),
    Setting("max-spun", _TEXT, None, "Fail only when more than this share of the documents is spun, as 2% or 0.02."),
    Setting("exit-zero", {"type": "boolean"}, False, "Exit with 0 whatever a check finds."),
    Setting("baseline", _TEXT, None, "File of known findings, relative to this file.", is_path=True),
)  # fmt: skip
"""Every setting, in the order of ``config show``."""

RECORD_SETTINGS = ("allow", "encoding", "text-field", "id-field", "text-format")
"""Settings besides the engine's that work on records depends on."""

BY_NAME = {setting.name: setting for setting in SETTINGS}
EXTENDS = "extends"
PER_PATH = "per-path"
PATHS = "paths"

_TYPES: dict[str, tuple[Any, str]] = {
    "string": (str, "a text"),
    "number": ((int, float), "a number"),
    "integer": (int, "a whole number"),
    "boolean": (bool, "true or false"),
    "array": (list, "a list"),
}


def problem_of(value: Any, schema: dict[str, Any]) -> str:
    """Say what is wrong with a value by its schema; an empty string when nothing is."""
    kind, words = _TYPES[schema["type"]]
    if not isinstance(value, kind) or (isinstance(value, bool) and schema["type"] != "boolean"):
        return f"must be {words}, not {_shown(value)}"
    if "enum" in schema and value not in schema["enum"]:
        return f"must be one of {', '.join(schema['enum'])}, not {_shown(value)}"
    if schema.get("minLength") and not value:
        return "must not be empty"
    if "minimum" in schema:
        return _out_of_range(value, schema["minimum"], schema.get("maximum", float("inf")))
    items = (problem_of(item, schema["items"]) for item in value) if schema["type"] == "array" else ()
    return next((f"must be a list of texts; an item {problem}" for problem in items if problem), "")


def _out_of_range(value: float, low: float, high: float) -> str:
    if low <= value <= high:
        return ""
    wanted = f"be at least {low}" if high == float("inf") else f"lie between {low} and {high}"
    return f"must {wanted}, not {value!r}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def json_schema() -> dict[str, Any]:
    """Give the JSON schema of ``unspin.toml``, and of the table ``[tool.unspin]`` of ``pyproject.toml``."""
    properties = {setting.name: _property(setting) for setting in SETTINGS}
    own = {setting.name: _property(setting) for setting in SETTINGS if setting.per_path}
    extends = {**_TEXT, "description": "Another configuration file to start from, relative to this file."}
    paths = {**_TEXTS, "minItems": 1, "description": "Globs of the files that are meant, relative to this file."}
    per_path = {
        "type": "array",
        "description": "Settings for some files only; where several tables fit a file, the last wins.",
        "items": {
            "type": "object",
            "properties": {PATHS: paths, **own},
            "required": [PATHS],
            "additionalProperties": False,
        },
    }
    return {
        "$schema": SCHEMA_ID,
        "title": "Configuration of unspin",
        "type": "object",
        "properties": {EXTENDS: extends, **properties, PER_PATH: per_path},
        "additionalProperties": False,
    }


def _property(setting: Setting) -> dict[str, Any]:
    found = {**setting.schema, "description": setting.description}
    if setting.default is not None:
        found["default"] = setting.default
    return found
