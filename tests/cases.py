"""The written cases: texts of our own, by origin. Spun ones are originals with marked substitutions, so gold is exact."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import regex

from normalize.evaluate import GoldPlace, GoldText

FOLDER = Path(__file__).parent / "cases"
_MARK = regex.compile(r"\{([^{}|]++)\|([^{}]++)\}")


@dataclass(frozen=True)
class Case:
    """A text with its name, its family (None for an honest one) and, if spun, its gold places."""

    id: str
    family: str | None
    gold: GoldText

    @property
    def text(self) -> str:
        """The text as a reader meets it."""
        return self.gold.text


def spun_cases(pattern: str = "*.toml") -> list[Case]:
    """Give the spun cases of the files that fit a pattern."""
    cases = []
    for path in sorted((FOLDER / "spun").glob(pattern)):
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            cases.append(Case(case["id"], case["family"], parse_marked(case["text"].lstrip("\n"), case["id"])))
    return cases


def honest_cases(pattern: str = "honest/*.toml") -> list[Case]:
    """Give the honest cases of the files that fit a pattern."""
    return [
        Case(case["id"], None, GoldText(case["id"], case["text"], ()))
        for path in sorted(FOLDER.glob(pattern))
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
    ]


def parse_marked(source: str, text_id: str = "") -> GoldText:
    """Read a text with marks ``{spun|original|also accepted}``."""
    pieces: list[str] = []
    places: list[GoldPlace] = []
    at = length = 0
    for mark in _MARK.finditer(source):
        pieces += (source[at : mark.start()], mark[1])
        start = length + mark.start() - at
        length = start + len(mark[1])
        places.append(GoldPlace(start, length, tuple(mark[2].split("|"))))
        at = mark.end()
    return GoldText(text_id, "".join(pieces) + source[at:], tuple(places))
