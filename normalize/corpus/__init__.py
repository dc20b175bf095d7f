"""Many documents: worker processes, remembered results, Dask on many machines, Arrow tables inside other engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from normalize.corpus.arrow_batches import restore_batch, restore_batches

__all__ = ["restore_batch", "restore_batches"]


def __getattr__(name: str) -> Any:
    """Import the public functions on first use: they need pyarrow, which the command line mostly does not."""
    if name in __all__:
        from normalize.corpus import arrow_batches

        return getattr(arrow_batches, name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
