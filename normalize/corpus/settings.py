"""Settings of a run over a corpus: what is read, what is written, and how the engine works."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from normalize.errors import InputError

if TYPE_CHECKING:
    from normalize.normalizer import Normalizer

ADDABLE = ("verdict", "probability", "family", "edits", "plan", "error")
"""What ``add_fields`` may name; docs/corpora.md says what each one holds."""
TEXT_FORMATS = ("text", "markdown", "html")
MAX_RECORD = 16 << 20
"""Largest record in bytes that is worked on, unless told otherwise: no article is that long."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the result of a run depends on. Travels to worker processes, and is hashed for ``--resume``.

    ``engine`` holds the keyword arguments of ``Normalizer``.

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
    engine: Mapping[str, Any] = field(default_factory=dict)

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

    def make_normalizer(self) -> Normalizer:
        """Make the normalizer that these settings ask for."""
        from normalize.normalizer import Normalizer

        return Normalizer(**self.engine)

    def fingerprint(self) -> str:
        """Give a hash of all that the result depends on: settings, program version, phrasebook and model by content."""
        data = asdict(self)
        data["engine"] = {name: _stable(value) for name, value in sorted(self.engine.items())}
        text = json.dumps(data, sort_keys=True, default=str)
        return hashlib.sha256(f"{_builtin()}\0{text}".encode()).hexdigest()

    def key(self) -> str:
        """Give a text that is the same for the same settings."""
        return json.dumps(asdict(self), sort_keys=True, default=str)


def _stable(value: Any) -> Any:
    """Give file arguments by content, anything else as text."""
    if isinstance(value, Path):
        if value.is_dir():
            return [(str(file), _stable(file)) for file in sorted(value.rglob("*.toml"))]
        if value.is_file():
            with value.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_stable(item) for item in value]
    return str(value)


def _builtin() -> str:
    """Give a hash of the program's version and its own phrasebook."""
    from importlib.metadata import version

    import phrasebook

    hasher = hashlib.sha256(version("unspin").encode())
    for path in sorted(phrasebook.folder().rglob("*")):
        if path.is_file() and path.suffix in (".toml", ".tsv"):
            hasher.update(path.name.encode() + path.read_bytes())
    return hasher.hexdigest()
