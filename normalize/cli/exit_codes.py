"""Exit codes of every command; part of the interface."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the exit code of a command says."""

    CLEAN = 0
    """All went well, and nothing was found."""
    FINDINGS = 1
    """All went well, and there are findings (check) or changes (fix --diff)."""
    USAGE = 2
    """An option, an input or a phrasebook is wrong; nothing was changed."""
    INTERNAL = 3
    """A fault of the program."""
