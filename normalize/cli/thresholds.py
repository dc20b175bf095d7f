"""When ``unspin check`` fails: by the worst document, or by the share of spun ones."""

from __future__ import annotations

import re
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from normalize.cli.exit_codes import ExitCode
from normalize.errors import InputError

if TYPE_CHECKING:
    from fractions import Fraction

    from normalize.cli.session import Session
    from normalize.reports.findings import Checked

_SHARE = re.compile(r"(\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(\s?%)?", re.ASCII)


class FailOn(StrEnum):
    """What makes a check fail; each includes those before it."""

    spun = "spun"
    suspicious = "suspicious"
    finding = "finding"
    never = "never"


FailOnOption = Annotated[
    FailOn | None,
    typer.Option(
        "--fail-on",
        help="What makes the check fail (exit code 1): a spun document, also a suspicious one, any finding or note at "
        "all, or nothing.  [default: spun]",
        show_default=False,
    ),
]
MaxSpun = Annotated[
    str | None,
    typer.Option(
        "--max-spun",
        metavar="SHARE",
        help="Fail only when more than this share of the documents is spun, as 2% or 0.02.",
        show_default=False,
    ),
]
ExitZero = Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 whatever is found; errors still exit with 2.")]


class Threshold:
    """Counts failing documents as they come and gives the exit code at the end.

    Raises:
        InputError: the options contradict one another, or ``max_spun`` is no share.

    """

    def __init__(self, fail_on: FailOn | None, max_spun: str | None, exit_zero: bool) -> None:
        if max_spun is not None and exit_zero:
            raise InputError("--max-spun and --exit-zero contradict one another; choose one")
        if max_spun is not None and fail_on not in (None, FailOn.spun):
            raise InputError(f"--max-spun goes with --fail-on spun, not with --fail-on {fail_on}; leave one out")
        self._fail_on = fail_on or FailOn.spun
        self._wanted = max_spun
        self._most = None if max_spun is None else parse_share(max_spun)
        self._exit_zero = exit_zero
        self._documents = self._failing = 0

    def fails(self, checked: Checked) -> bool:
        """Tell whether a document alone makes the check fail, were it not for a share or ``--exit-zero``."""
        if self._fail_on is FailOn.finding:
            return bool(checked.findings)
        entries = {FailOn.spun: ("verdict/spun",), FailOn.suspicious: ("verdict/spun", "verdict/suspicious")}
        return any(finding.entry in entries.get(self._fail_on, ()) for finding in checked.findings[:1])

    def add(self, checked: Checked) -> None:
        """Count a document."""
        self._documents += 1
        self._failing += self.fails(checked)

    def count(self, documents: int) -> None:
        """Count documents that have no finding."""
        self._documents += documents

    def exit_code(self) -> ExitCode:
        """Give the exit code of the check. Says on standard error when a share is exceeded."""
        failed = bool(self._failing)
        if self._most is not None:
            failed = self._failing > self._most * self._documents
            if failed:
                share = f"{100 * self._failing / self._documents:.3g}%"
                print(
                    f"unspin: {self._failing} of {self._documents} documents are spun ({share}), more than --max-spun "
                    f"{self._wanted}",
                    file=sys.stderr,
                )
        return ExitCode.FINDINGS if failed and not self._exit_zero else ExitCode.CLEAN


def from_session(session: Session) -> Threshold:
    """Make the threshold that the settings ask for. Of two that exclude one another, that of the command line holds.

    Raises:
        InputError: the options contradict one another.

    """
    fail_on, most, exit_zero = (session.run_setting(name) for name in ("fail-on", "max-spun", "exit-zero"))
    given = session.given
    if most is not None and "max-spun" not in given and ("fail-on" in given or "exit-zero" in given):
        most = None
    if fail_on is not None and "fail-on" not in given and "max-spun" in given:
        fail_on = None
    if "max-spun" in given and "exit-zero" not in given:
        exit_zero = False
    return Threshold(None if fail_on is None else FailOn(fail_on), most, exit_zero)


def parse_share(text: str) -> Fraction:
    """Read a share from 0 to 1, written as ``2%`` or ``0.02``.

    Raises:
        InputError: it is neither, or not between 0 and all.

    """
    from fractions import Fraction

    found = _SHARE.fullmatch(text.strip())
    if found is None:
        raise InputError(f"--max-spun {text!r} is no share of documents; write for example 2% or 0.02")
    number = Fraction(found[1])
    share = number / 100 if found[2] else number
    if share > 1:
        hint = f"; write {text.strip()}% for a percentage" if not found[2] and number <= 100 else ""
        raise InputError(f"--max-spun {text!r} is more than all documents{hint}")
    if number == 1 and not found[2]:
        raise InputError(f"--max-spun {text!r} could be 1% or all documents; write 1% or 100%")
    return share
