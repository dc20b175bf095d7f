"""Settings of a run over a corpus: what is read, what is written, and how the engine works."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from normalize.corpus.engine import EngineSettings
from normalize.errors import InputError
from normalize.formats.kinds import TEXT_FORMATS

ADDABLE = ("verdict", "probability", "family", "edits", "plan", "error")
"""What ``add_fields`` may name; docs/corpora.md says what each one holds."""
MAX_RECORD = 16 << 20
"""Largest record in bytes that is worked on, unless told otherwise: no article is that long."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the result of a run depends on. Travels to worker processes, and is hashed for ``--resume``.

    ``allow`` are phrases that are right as they stand.

    Raises:
        InputError: a value is not one of those allowed.

    """

    text_fields: tuple[str, ...] = ("text",)
    id_field: str | None = None
    text_format: str = "text"
    extract: bool = False
    add_fields: tuple[str, ...] = ()
    prefix: str = "unspin_"
    restore: bool = True
    encoding: str = "utf-8"
    max_record: int = MAX_RECORD
    allow: tuple[str, ...] = ()
    engine: EngineSettings = field(default_factory=EngineSettings)

    def __post_init__(self) -> None:
        for name in self.add_fields:
            if name not in ADDABLE:
                raise InputError(f"--add-fields: nothing is called {name!r}; choose from {', '.join(ADDABLE)}")
        if self.text_format not in TEXT_FORMATS:
            raise InputError(f"a text is not {self.text_format!r}; choose from {', '.join(TEXT_FORMATS)}")
        if not self.text_fields or not all(part for name in self.text_fields for part in name.split(".")):
            raise InputError("--text-field: give the name of a field, or names with dots between: article.body")
        if self.encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32")):
            raise InputError(f"a corpus in {self.encoding} cannot be cut into lines; convert it to UTF-8 first")
        try:
            "".encode(self.encoding)
        except LookupError:
            raise InputError(f"no encoding is called {self.encoding!r}; try utf-8, cp1252 or latin-1") from None

    def fingerprint(self) -> str:
        """Give a hash of all that the result depends on: settings, program, phrasebook and model by content.

        Raises:
            InputError: a file that the settings name cannot be read.

        """
        from normalize.corpus.result_cache import settings_digest

        try:
            return settings_digest(program(), [self], self.engine.files).hex()
        except OSError as error:
            raise InputError(f"{error.filename}: cannot be read: {error.strerror}") from None


def program() -> bytes:
    """Give a hash of the program's version and of its data by content: a journal may move to another machine."""
    from importlib.metadata import version

    import normalize
    import phrasebook

    hasher = hashlib.blake2b(version("unspin").encode(), digest_size=16)
    for root in (phrasebook.folder(), Path(normalize.__file__).parent / "models"):
        for path in sorted(root.rglob("*")):
            if path.is_file() and path.suffix in (".toml", ".tsv", ".model"):
                hasher.update(path.name.encode() + path.read_bytes())
    return hasher.digest()
