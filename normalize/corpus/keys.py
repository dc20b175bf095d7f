"""Keys of remembered results: what a plan depends on, as a hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from normalize.corpus.result_cache import program_digest, settings_digest, text_key

if TYPE_CHECKING:
    from normalize.corpus.engine import EngineSettings, TextTask


class Keys:
    """Gives keys; what texts have in common is hashed once."""

    def __init__(self) -> None:
        self._program = program_digest()
        self._digests: dict[tuple[EngineSettings, str], bytes | None] = {}

    def of(self, task: TextTask) -> bytes | None:
        """Give the key of a text under some settings; None when a file that they name cannot be read."""
        shared = task.settings, task.kind
        if shared not in self._digests:
            try:
                self._digests[shared] = settings_digest(self._program, shared, task.settings.files)
            except OSError:  # making the normalizer will say so
                self._digests[shared] = None
        digest = self._digests[shared]
        return None if digest is None else text_key(digest, task.text)
