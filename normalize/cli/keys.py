"""Keys of remembered results: what a plan depends on, as a hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from normalize.corpus.result_cache import program_digest, settings_digest, text_key

if TYPE_CHECKING:
    from normalize.cli.engine import EngineSettings


class Keys:
    """Gives keys; what texts have in common is hashed once."""

    def __init__(self) -> None:
        self._program = program_digest()
        self._digests: dict[EngineSettings, bytes | None] = {}

    def of(self, settings: EngineSettings, text: str) -> bytes | None:
        """Give the key of a text under some settings; None when a file that they name cannot be read."""
        if settings not in self._digests:
            files = [*settings.phrasebooks, *([settings.model] if settings.model else [])]
            try:
                self._digests[settings] = settings_digest(self._program, [settings], files)
            except OSError:  # making the normalizer will say so
                self._digests[settings] = None
        digest = self._digests[settings]
        return None if digest is None else text_key(digest, text)
