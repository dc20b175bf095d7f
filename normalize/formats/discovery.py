"""Find the texts to read: files by name, folders walked as ripgrep walks them, lists of names.

The walking is that of ripgrep itself (its ``ignore`` crate, by way of ignore-python): ``.gitignore`` inside a git
repository, ``.ignore`` and ``.git/info/exclude`` are honoured at every depth, hidden files are skipped, links to
folders are not followed. A file that is given by name is always taken.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from normalize.errors import InputError
from normalize.formats.files import STDIN, read_bytes
from normalize.formats.packing import inner_suffix

TEXT_SUFFIXES = frozenset({".txt", ".text", ".md", ".markdown", ".rst", ".html", ".htm", ".xhtml"})
"""Files with these endings, also with .gz or .zst behind them, are taken from a folder as texts."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which files of a folder are taken.

    ``endings`` are those of the files to take, and ``include`` globs of files to take instead; ``exclude`` are globs,
    as in a ``.gitignore`` file, of files and folders to leave out; both are relative to ``base`` (the working folder
    when None). ``ignore_files`` says whether ``.gitignore`` and its like are honoured.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    ignore_files: bool = True
    base: Path | None = None
    endings: frozenset[str] = TEXT_SUFFIXES

    def takes(self, path: str) -> bool:
        """Tell whether a file found in a folder is wanted, by its ending or by ``include``."""
        if not self.include:
            return inner_suffix(path) in self.endings
        from normalize.formats.globs import matches

        return matches(path, self.include, self.base or Path.cwd())


def find_texts(
    names: Sequence[str],
    selection: Selection | None = None,
    failed: Callable[[str, InputError], None] | None = None,
    *,
    listed: bool = False,
) -> list[str]:
    """Give the files to read: those named, and those found below named folders, sorted; ``-`` stays. Each comes once.

    Args:
        names: files, folders, or ``-``.
        selection: which files of folders are taken.
        failed: told of folders that cannot be searched, with the reason, so that the rest goes on; None raises.
        listed: the names come from a list, not from a person: one that is missing stays, for its reader to complain.

    Raises:
        InputError: a name does not exist, a folder holds no file that is wanted, or a glob is malformed.

    """
    chosen = selection or Selection()
    found: dict[str, None] = {}
    for name in names:
        if not name:
            raise InputError("an empty file name; give a file, a folder or -")
        if name != STDIN and Path(name).is_dir():
            problems: list[InputError] = []
            below = _below(name, chosen, problems)
            for problem in problems:
                if failed is None:
                    raise problem
                failed(name, problem)
            if not below and not problems:
                raise InputError(_nothing(name, chosen))
            found.update(dict.fromkeys(below))
        elif name == STDIN or listed or os.path.lexists(name):
            found[name] = None
        else:
            raise InputError(f"{name}: no such file or folder")
    return list(found)


def read_names(source: str) -> list[str]:
    """Read file names from a list, one a line or NUL-separated (``find -print0``); ``-`` reads standard input.

    Raises:
        InputError: the list cannot be read or names nothing.

    """
    data = read_bytes(source)
    separated = data.split(b"\0") if b"\0" in data else data.splitlines()
    names = [os.fsdecode(name) for name in separated if name.strip()]
    if not names:
        where = "standard input" if source == STDIN else source
        raise InputError(f"--files-from: {where} names no file")
    return names


def _nothing(folder: str, selection: Selection) -> str:
    wanted = ", ".join(selection.include or sorted(selection.endings))
    kind = "files of the format"
    if selection.endings >= TEXT_SUFFIXES:
        kind = "text files" if selection.endings == TEXT_SUFFIXES else "text files or files of many records"
    hint = ""
    if selection.ignore_files and _below(folder, replace(selection, ignore_files=False), []):
        hint = "; .gitignore or .ignore files leave some out: add --no-ignore to take them"
    return f"{folder}: the folder holds no {kind} ({wanted}){hint}"


def _below(folder: str, selection: Selection, problems: list[InputError]) -> list[str]:
    """Give the wanted files below a folder, in the order of their paths; what cannot be searched is a problem."""
    found = [path for path in _walk(folder, selection, problems) if selection.takes(path) and _may_be_read(path)]
    # A separator sorts before all else, so that folders come as their parts compare.
    return sorted(found, key=lambda path: path.replace(os.sep, "\0"))


def _may_be_read(path: str) -> bool:
    """Leave pipes, sockets and folders out; a broken link stays, so that reading it says what is wrong."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116 - quick, for millions of files
    except OSError:
        return True


def _walk(folder: str, selection: Selection, problems: list[InputError]) -> Iterator[str]:
    import ignore
    from ignore.overrides import OverrideBuilder

    honoured = selection.ignore_files
    builder = ignore.WalkBuilder(Path(folder)).ignore(honoured).git_ignore(honoured).git_global(honoured)
    builder = builder.git_exclude(honoured).parents(honoured)
    if selection.exclude:
        overrides = OverrideBuilder(Path(selection.base or Path.cwd()))
        for pattern in selection.exclude:
            try:
                overrides.add(f"!{pattern}")
            except (ignore.Error, ValueError) as error:
                raise InputError(f"--exclude {pattern!r}: not a glob: {error}") from None
        builder = builder.overrides(overrides.build())
    walk = builder.build()
    prefix = f".{os.sep}"
    while True:
        try:
            entry = next(walk)
        except StopIteration:
            return
        except (ignore.Error, OSError) as error:
            problems.append(InputError(f"{folder}: cannot be searched: {error}"))
            continue
        path = str(entry.path())
        yield path.removeprefix(prefix)
