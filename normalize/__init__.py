"""unspin: decides whether an article was machine-spun and puts the original wording back.

>>> from normalize import Normalizer
>>> normalizer = Normalizer()
>>> normalizer.judge("The committee meets on Tuesday.").label
'clean'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from normalize.errors import InputError, ModelError, PhrasebookError, PlanError, UnspinError
    from normalize.language_model import LanguageModel
    from normalize.normalizer import Normalizer
    from normalize.plan import Edit, Note, Plan, Verdict

_HOMES = {
    "Normalizer": "normalize.normalizer",
    "Edit": "normalize.plan",
    "Note": "normalize.plan",
    "Plan": "normalize.plan",
    "Verdict": "normalize.plan",
    "LanguageModel": "normalize.language_model",
    "UnspinError": "normalize.errors",
    "InputError": "normalize.errors",
    "ModelError": "normalize.errors",
    "PhrasebookError": "normalize.errors",
    "PlanError": "normalize.errors",
}

__all__ = [
    "Edit", "InputError", "LanguageModel", "ModelError", "Normalizer", "Note", "PhrasebookError", "Plan", "PlanError",
    "UnspinError", "Verdict",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import the public names on first use, so that ``unspin --help`` starts at once."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
