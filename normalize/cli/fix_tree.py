"""``unspin fix`` over many texts that are files: which go where, what is refused, and what is said at the end."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from normalize.cli.fix_corpus import JOURNAL, Wishes, finish
from normalize.corpus.journal import refuse_interrupted
from normalize.corpus.outputs import partial_path
from normalize.errors import InputError
from normalize.formats.files import STDIN

if TYPE_CHECKING:
    from normalize.cli.session import Session
    from normalize.corpus.text_files import TextSettings

ALL_OR_NOTHING = 100
"""Up to so many texts are all read and planned before the first is written; more are streamed."""


class Targets:
    """Where texts go: each to its own file, to one file, or to its place below the output folder.

    Args:
        inputs: files and folders as they were named.
        output: file or folder; None writes each text back to where it came from.
        many: whether the output is a folder even where there is none of that name yet.

    """

    def __init__(self, inputs: Sequence[str], output: Path | None, *, many: bool) -> None:
        self.output = output
        self.folders = [Path(root) for root in inputs if root != STDIN and Path(root).is_dir()]
        self.one = output is not None and not many and not output.is_dir()
        self._first = Path(inputs[0])
        self._alone = len(inputs) == 1 and not self.folders

    def of(self, name: str) -> Path:
        """Give where a text goes."""
        if self.output is None:
            return Path(name)
        if self.one:
            return self.output
        path = Path(name)
        root = next((folder for folder in self.folders if path.is_relative_to(folder)), None)
        below = path.relative_to(root) if root else Path("stdin.txt" if name.startswith("<") else path.name)
        return self.output / below

    @property
    def journal(self) -> Path:
        """Where a run keeps its journal: beside a single file, else in the folder that is written to."""
        if self.one or (self.output is None and self._alone):
            beside = self.output or self._first
            return beside.with_name(f"{beside.name}.journal")
        return (self.output or (self.folders[0] if self.folders else self._first.parent)) / JOURNAL


def refuse_elsewhere(names: Sequence[str], own: Path) -> None:
    """Refuse to work in place where another run was interrupted: what it restored must not be restored again.

    Raises:
        InputError: the folder of a text, or one above it, holds a journal other than ``own``.

    """
    seen: set[Path] = set()
    for folder in {os.path.split(name)[0] for name in names}:
        real = Path(os.path.realpath(folder))
        for above in (real, *real.parents):
            if above in seen:
                break
            seen.add(above)
            if above / JOURNAL != Path(os.path.realpath(own)):
                refuse_interrupted(above / JOURNAL)


def streams(names: Sequence[str], wishes: Wishes) -> bool:
    """Tell whether texts are written one by one as they come, and not all or none."""
    return len(names) > ALL_OR_NOTHING or wishes.resume or wishes.rejects is not None


def fix_tree(
    session: Session,
    names: Sequence[str],
    inputs: Sequence[str],
    targets: Targets,
    wishes: Wishes,
    problems: Sequence[tuple[str, InputError]] = (),
) -> None:
    """Restore texts one by one and report on standard error; ``problems`` are folders that could not be searched.

    Raises:
        InputError: an output cannot be written, or the options do not go together.
        UnspinError: a phrasebook or the model cannot be used.
        typer.Exit: with 2 when texts could not be worked on.

    """
    from normalize.cli.progress import TextProgress
    from normalize.corpus.processes import processors
    from normalize.corpus.tree_run import TreeRun

    if not wishes.in_place and wishes.output is None:
        option = "--resume" if wishes.resume else "--rejects"
        raise InputError(f"{option} needs --output or --in-place; it says nothing of a text on standard output")
    if STDIN in names:
        raise InputError("standard input cannot be one of many texts, nor be gone on with; run it apart")
    if not wishes.resume:
        refuse_interrupted(targets.journal)
    if wishes.in_place:
        refuse_elsewhere(names, targets.journal)
    known: dict[TextSettings, TextSettings] = {}

    def settings(name: str) -> TextSettings:
        found = session.text_settings(name)
        return known.setdefault(found, found)  # one object for all: it travels to the workers once a task

    if session.parameter("extract"):
        from normalize.formats.main_text import main_text

        main_text("")  # what it needs may not be installed
    chosen = _chosen(names, inputs, targets, wishes)
    if not targets.one and targets.output is not None:
        _make_folder(targets.output)
    with TextProgress(quiet=wishes.quiet) as progress:
        counts = TreeRun(
            names=chosen,
            settings=settings,
            target=targets.of,
            in_place=wishes.in_place,
            journal=targets.journal,
            header=_header(session, inputs, settings, wishes),
            watch=progress,
            processes=wishes.jobs or processors(),
            rejects=wishes.rejects,
            strict=wishes.strict,
            resume=wishes.resume,
            cache=session.results_folder(),
            problems=[(folder, str(problem).removeprefix(f"{folder}: ")) for folder, problem in problems],
        ).run()
    finish(counts, quiet=wishes.quiet, unit="text", passed_on="left" if wishes.in_place else "passed on")


def _header(
    session: Session, inputs: Sequence[str], settings: Callable[[str], TextSettings], wishes: Wishes
) -> dict[str, str]:
    """Give what must be the same for a run to be gone on with; what single texts are set to is noted with each."""
    chosen = session.selection()
    first = [settings(str(Path(root) / "text") if Path(root).is_dir() else root) for root in inputs[:100]]
    return {
        "kind": "texts",
        "inputs": _digest([str(Path(name)) for name in inputs]),
        "outputs": str(wishes.output or "in place"),
        "rejects file": str(wishes.rejects),
        "settings": _digest([*first, chosen.include, chosen.exclude, chosen.ignore_files]),
    }


def _digest(values: Sequence[object]) -> str:
    hasher = hashlib.blake2b(digest_size=16)
    for value in values:
        hasher.update(f"{value!r}\0".encode("utf-8", "surrogateescape"))
    return hasher.hexdigest()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made: {error.strerror}") from None


def _chosen(names: Sequence[str], inputs: Sequence[str], targets: Targets, wishes: Wishes) -> Sequence[str]:
    """Leave out what is no text of the run, and what would be done twice; refuse what would be overwritten.

    Raises:
        InputError: two texts would go to one file, or a text would be written over another that is still to be read.

    """
    places = Places()
    own = {places.of(str(targets.journal))}
    if wishes.rejects is not None:
        own |= {places.of(str(path)) for path in (wishes.rejects, partial_path(wishes.rejects))}
    taken = [name for name in names if places.of(name) not in own]
    one_folder = len(inputs) == 1 and bool(targets.folders)
    if targets.output is None:
        if one_folder and not any(map(os.path.islink, taken)):
            return taken
        return list({places.of(name): name for name in reversed(taken)}.values())[::-1]
    output = places.of(str(targets.output))
    within = [places.of(str(folder)) for folder in targets.folders]
    if output in within:
        raise InputError(f"{targets.output}: input and output are one folder; use --in-place")
    if any(is_below(output, folder) for folder in within):  # what an earlier run wrote is no input
        taken = [name for name in taken if not is_below(places.of(name), output)]
    elif one_folder and not is_below(within[0], output):
        return taken
    _check(taken, targets, places)
    return taken


def _check(names: Sequence[str], targets: Targets, places: Places) -> None:
    """Refuse texts that would be written over one another, or over a text that is still to be read."""
    sources = {places.of(name): name for name in names}
    found: dict[str, str] = {}
    for name in names:
        target = targets.of(name)
        place = places.of(str(target))
        if place in found:
            raise InputError(f"{found[place]} and {name} would both be written to {target}; run them apart")
        if sources.get(place) == name:
            raise InputError(f"{name}: input and output are one file; use --in-place")
        if place in sources:
            raise InputError(f"{name} would be written over {target}, which is an input too; choose another --output")
        found[place] = name


def is_below(path: str, folder: str) -> bool:
    """Tell whether a path lies below a folder; both are real paths."""
    return path.startswith(folder.rstrip(os.sep) + os.sep)


class Places:
    """Gives the real place of a file; that of each folder is looked up once."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def of(self, name: str) -> str:
        """Give the path without links."""
        if os.path.islink(name):  # noqa: PTH114 - as below
            return os.path.realpath(name)
        folder, base = os.path.split(name)
        if base in ("", ".", ".."):
            return os.path.realpath(name)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return os.path.join(self._folders[folder], base)  # noqa: PTH118 - a Path a text would take longer than its text
