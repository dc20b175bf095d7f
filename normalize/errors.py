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


class ConfigurationError(UnspinError):
    """A configuration file is malformed, or says what no command understands.

    ``path`` and ``line`` say where; ``line`` is 1-based and None when the whole file is meant.
    """

    def __init__(self, path: Path | str, line: int | None, problem: str) -> None:
        self.path = str(path)
        self.line = line
        self.problem = problem
        super().__init__(f"{self.path}: {problem}" if line is None else f"{self.path}:{line}: {problem}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        """Pickle by the three parts, so that worker processes can send the error home."""
        return type(self), (self.path, self.line, self.problem)


class BaselineError(UnspinError):
    """A baseline is malformed or of another version."""
