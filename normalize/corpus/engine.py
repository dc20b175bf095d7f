"""The settings that make an engine, as one value: sent to workers, and part of the key of remembered results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from normalize.normalizer import Mode, Normalizer
    from normalize.passages import Quotations
    from normalize.plan import Plan


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Everything that a plan depends on besides its text; the fields are arguments of ``Normalizer``."""

    phrasebooks: tuple[Path, ...] = ()
    disabled: tuple[str, ...] = ()
    quotations: Quotations = "judge"
    model: Path | None = None
    mode: Mode = "balanced"
    min_confidence: float | None = None
    strip_leftovers: bool = False

    @property
    def files(self) -> Sequence[Path]:
        """The files and folders that are named."""
        return [*self.phrasebooks, *([self.model] if self.model else [])]

    def make(self) -> Normalizer:
        """Make a normalizer with these settings.

        Raises:
            UnspinError: a phrasebook or the model cannot be used.

        """
        from normalize.normalizer import Normalizer

        return Normalizer(
            phrasebooks=self.phrasebooks,
            disabled=self.disabled,
            quotations=self.quotations,
            mode=self.mode,
            min_confidence=self.min_confidence,
            strip_leftovers=self.strip_leftovers,
            model=self.model,
        )


@dataclass(frozen=True, slots=True)
class TextTask:
    """A text to plan, where it came from, with which settings, and how it is read: ``text``, ``markdown``, ``html``."""

    text: str
    name: str
    settings: EngineSettings
    kind: str = "text"


@lru_cache(maxsize=8)
def normalizer_for(settings: EngineSettings) -> Normalizer:
    """Give the normalizer with some settings, made once in a process."""
    return settings.make()


def plan_task(task: TextTask) -> Plan:
    """Plan one text; runs in a worker process."""
    from normalize.document import Document
    from normalize.formats.views import plan_document

    return plan_document(normalizer_for(task.settings), Document(task.text, task.name), task.kind)
