"""Globs for paths, as configuration and --include use them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path


def matches(path: str, patterns: Sequence[str], base: Path) -> bool:
    """Tell whether a path fits one of the globs, which are meant relative to the folder ``base``.

    A glob without a slash fits a file or folder of that name at any depth (``*.md``, ``drafts``); one with a slash is
    relative to ``base``. A glob that fits a folder fits all that is below it. ``**`` stands for any number of folders,
    ``{a,b}`` for alternatives. A path outside ``base`` is matched as an absolute path.
    """
    if not patterns:
        return False
    absolute = os.path.normpath(Path(path).absolute())
    try:
        relative = os.path.relpath(absolute, base)
    except ValueError:  # another drive
        relative = absolute
    if relative.startswith(".."):
        relative = absolute
    from wcmatch import glob

    flags = glob.GLOBSTAR | glob.BRACE | glob.DOTGLOB
    return bool(glob.globmatch(relative, _expanded(tuple(patterns)), flags=flags))


@lru_cache(maxsize=64)
def _expanded(patterns: tuple[str, ...]) -> list[str]:
    expanded = []
    for pattern in patterns:
        bare = pattern.rstrip("/")
        rooted = bare.removeprefix("./") if "/" in bare else f"**/{bare}"
        expanded += [rooted, f"{rooted}/**"]
        if pattern.startswith("/"):  # as in .gitignore: from the base, or a true absolute path
            expanded += [bare[1:], f"{bare[1:]}/**"]
    return expanded
