"""Completion of values in the shell, besides what Typer completes by itself."""

from __future__ import annotations


def selectors(incomplete: str) -> list[str]:
    """Give the families that a selector may name, and once one is written, the ids of its entries."""
    import phrasebook

    families = sorted(path.name for path in phrasebook.folder().iterdir() if (path / "verbs.toml").is_file())
    family, slash, _ = incomplete.partition("/")
    if not slash or family not in families:
        return [name for name in families if name.startswith(incomplete)]
    from normalize.loading import load_compiled

    ids = {entry.id for entry in load_compiled().entries}
    return sorted(entry_id for entry_id in ids if entry_id.startswith(incomplete))
