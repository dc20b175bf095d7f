"""Run the examples of a phrasebook: sentences in which an entry must act, and sentences that must stay as they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from normalize.compiled import CompiledPhrasebook
from normalize.phrasebook import Entry, Example

AMBIGUOUS_RATE = 100.0
"""An entry is ambiguous when one of its forms stands at least so often in a million honest words."""

_MARK = re.compile(r"\{([^{}|]+)\|([^{}|]+)\}")

Restore = Callable[[str, str], str]
"""Gives the restored form of a text (second) that is taken as spun by a family (first)."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that came out wrong: what the text was, what it became and what it should have become."""

    example: Example
    kind: Literal["change", "keep"]
    text: str
    got: str
    wanted: str


def sides(sentence: str) -> tuple[str, str]:
    """Give a marked sentence as the spinner wrote it and as it was: the left and the right sides of its marks.

    Raises:
        ValueError: no place is marked, or a brace is left over.

    """
    spun, original = _MARK.sub(r"\1", sentence), _MARK.sub(r"\2", sentence)
    if spun == original or re.search(r"[{}]", spun):
        message = f"mark each place as {{spun form|original}} in: {sentence}"
        raise ValueError(message)
    return spun, original


def run_examples(examples: Iterable[Example], restore: Restore) -> Iterator[Failure]:
    """Give the examples that fail.

    Raises:
        ValueError: a sentence to change is not marked well; the message names file and line.

    """
    for example in examples:
        for sentence in example.change:
            try:
                text, wanted = sides(sentence)
            except ValueError as error:
                message = f"{example.path}:{example.line}: {error}"
                raise ValueError(message) from None
            got = restore(example.family, text)
            if got != wanted:
                yield Failure(example, "change", text, got, wanted)
        for sentence in example.keep:
            got = restore(example.family, sentence)
            if got != sentence:
                yield Failure(example, "keep", sentence, got, sentence)


def ambiguous_entries(book: CompiledPhrasebook) -> dict[int, tuple[str, float]]:
    """Map each ambiguous entry (by index) to its commonest form and that form's rate per million honest words."""
    found: dict[int, tuple[str, float]] = {}
    for form, readings in book.forms.items():
        rate = book.clean_rate[form]
        if rate >= AMBIGUOUS_RATE:
            for reading in readings:
                if rate > found.get(reading.entry, ("", 0.0))[1]:
                    found[reading.entry] = (form, rate)
    return found


def without_examples(book: CompiledPhrasebook, examples: Iterable[Example]) -> Iterator[tuple[Entry, str]]:
    """Give the ambiguous entries that lack a sentence to change or one to keep, and what they lack."""
    kinds: dict[tuple[str, str], set[str]] = {}
    for example in examples:
        has = kinds.setdefault((example.family, example.spun), set())
        has.update(kind for kind in ("change", "keep") if getattr(example, kind))
    for index, (form, rate) in sorted(ambiguous_entries(book).items()):
        entry = book.entries[index]
        lacks = [kind for kind in ("change", "keep") if kind not in kinds.get((entry.family, entry.spun), set())]
        if lacks:
            needed = " and ".join(f"an example to {kind}" for kind in lacks)
            conditions = "" if entry.conditions else " and has no conditions"
            yield entry, f"“{form}” stands {rate:.0f} times in a million honest words; it lacks {needed}{conditions}"
