"""The settings that make an engine, as one value: sent to workers, and part of the key of remembered results."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from normalize.cli import options

if TYPE_CHECKING:
    from normalize.normalizer import Normalizer
    from normalize.plan import Plan


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Everything that a plan depends on besides its text; the fields are arguments of ``Normalizer``."""

    phrasebooks: tuple[Path, ...] = ()
    disabled: tuple[str, ...] = ()
    quotations: options.Quotations = options.Quotations.judge
    model: Path | None = None
    mode: options.Mode = options.Mode.balanced
    min_confidence: float | None = None
    strip_leftovers: bool = False

    def make(self) -> Normalizer:
        """Make a normalizer with these settings.

        Raises:
            UnspinError: a phrasebook or the model cannot be used.

        """
        return options.make_normalizer(
            list(self.phrasebooks), list(self.disabled), self.quotations, self.model, self.mode, self.min_confidence
        )


@dataclass(frozen=True, slots=True)
class Task:
    """A text to plan, where it came from, and with which settings."""

    text: str
    name: str
    settings: EngineSettings


normalizer_for = lru_cache(maxsize=8)(EngineSettings.make)
"""Gives the normalizer with some settings, made once in a process."""


def plan_task(task: Task) -> Plan:
    """Plan one text; runs in a worker process."""
    normalizer = normalizer_for(task.settings)
    normalizer.strip_leftovers = task.settings.strip_leftovers
    return normalizer.plan(task.text, task.name)
