"""Exit codes of every command; part of the interface."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the exit code of a command says."""

    CLEAN = 0
    """All went well, and nothing was found that counts."""
    FINDINGS = 1
    """All went well; the check failed because of its findings (check), or there are changes (fix --diff)."""
    USAGE = 2
    """An option, an input, a target or a phrasebook is wrong, or some of many texts could not be worked on."""
    INTERNAL = 3
    """A fault of the program."""
