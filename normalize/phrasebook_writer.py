"""Write phrasebook files in their one normal form: sections in order, entries sorted, one a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from normalize.phrasebook import NEIGHBOUR_CONDITIONS, SECTIONS, Entry, Example

_BARE = re.compile(r"[a-z0-9_-]+\Z")


def format_file(family: str, entries: Iterable[Entry], examples: Iterable[Example] = (), comment: str = "") -> str:
    """Give the text of a phrasebook file; ``comment`` becomes lines under ``#`` at its head."""
    by_section: dict[str, list[Entry]] = {}
    for entry in entries:
        by_section.setdefault(entry.section, []).append(entry)
    parts = ["".join(f"# {line}\n" for line in comment.splitlines()) + f"family = {_string(family)}\n"]
    for section in SECTIONS:
        if section in by_section:
            lines = [format_entry(entry) for entry in sorted(by_section[section], key=lambda e: e.spun)]
            parts.append(f"[{section}]\n" + "\n".join(lines) + "\n")
    shown = [format_example(example) for example in sorted(examples, key=lambda e: e.spun)]
    if shown:
        parts.append("[examples]\n" + "\n".join(shown) + "\n")
    return "\n".join(parts)


def format_entry(entry: Entry) -> str:
    """Give the line of an entry."""
    originals = _strings(entry.originals)
    if not entry.conditions and not entry.swaps:
        return f"{_key(entry.spun)} = {originals}"
    fields = [f"is = {originals}"]
    fields += [
        f"{name} = {_array(words)}" for name in NEIGHBOUR_CONDITIONS if (words := getattr(entry.conditions, name))
    ]
    if entry.swaps:
        fields.append("swaps = true")
    return f"{_key(entry.spun)} = {{ {', '.join(fields)} }}"


def format_example(example: Example) -> str:
    """Give the line of an entry's examples."""
    fields = [f"{kind} = {_strings(found)}" for kind in ("change", "keep") if (found := getattr(example, kind))]
    return f"{_key(example.spun)} = {{ {', '.join(fields)} }}"


def _key(text: str) -> str:
    return text if _BARE.match(text) else _string(text)


def _strings(items: Sequence[str]) -> str:
    return _string(items[0]) if len(items) == 1 else _array(items)


def _array(items: Sequence[str]) -> str:
    return f"[{', '.join(_string(item) for item in items)}]"


def _string(text: str) -> str:
    # A JSON string is a TOML basic string; lone surrogates cannot occur in decoded UTF-8.
    return json.dumps(text, ensure_ascii=False)
