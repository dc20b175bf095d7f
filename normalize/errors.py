"""Errors that people can act on. The command line prints ``str(error)`` and exits with 2."""

from __future__ import annotations

from pathlib import Path


class UnspinError(Exception):
    """Something that the user can put right: the text says what is wrong, where, and what to do."""


class InputError(UnspinError):
    """A text could not be read or a result could not be written."""


class PhrasebookError(UnspinError):
    """A phrasebook file is malformed.

    ``path`` and ``line`` say where; ``line`` is 1-based and None when the whole file is meant.
    """

    def __init__(self, path: Path | str, line: int | None, problem: str, remedy: str = "") -> None:
        self.path = str(path)
        self.line = line
        self.problem = problem
        self.remedy = remedy
        place = self.path if line is None else f"{self.path}:{line}"
        super().__init__(f"{place}: {problem}" + (f"; {remedy}" if remedy else ""))

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        """Pickle by the four parts, so that worker processes can send the error home."""
        return type(self), (self.path, self.line, self.problem, self.remedy)


class PlanError(UnspinError):
    """A plan is malformed or belongs to another text."""


class ModelError(UnspinError):
    """A language model is missing, malformed or of another version."""
