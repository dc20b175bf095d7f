"""Restore Arrow tables inside other engines: Spark, Ray, Polars, Hugging Face datasets, Dask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from normalize.corpus.engine import EngineSettings
from normalize.corpus.records import RecordWork
from normalize.corpus.settings import MAX_RECORD, Settings
from normalize.formats.arrow_tables import restore_table

if TYPE_CHECKING:
    import pyarrow as pa

Rows = TypeVar("Rows", "pa.Table", "pa.RecordBatch")


def restore_batch(
    rows: Rows,
    *,
    text_fields: Sequence[str] | str = "text",
    id_field: str | None = None,
    text_format: str = "text",
    add_fields: Sequence[str] = (),
    prefix: str = "unspin_",
    restore: bool = True,
    max_record: int = MAX_RECORD,
    allow: Sequence[str] = (),
    phrasebooks: Sequence[Path | str] = (),
    disabled: Sequence[str] = (),
    model: Path | str | None = None,
    **engine: Any,
) -> Rows:
    """Give an Arrow table or record batch with its texts restored; what comes in comes out, row by row.

    The normalizer is made on first use in a process and kept, so that calling this for many batches is cheap.

    Args:
        rows: a ``pyarrow.Table`` or ``pyarrow.RecordBatch``.
        text_fields: columns with texts; dots lead into structs, lists are gone through. Several are judged together.
        id_field: column that names a row, for its plan.
        text_format: ``text``, ``markdown`` or ``html``: what the texts are written in.
        add_fields: values to add as columns: verdict, probability, family, edits, plan, error.
        prefix: what the names of added columns begin with.
        restore: False leaves the texts as they are and only adds columns.
        max_record: rows with a longer text, in characters, stay as they are.
        allow: phrases and names that are right as they stand.
        phrasebooks: phrasebook files or folders added to the built-in one.
        disabled: entry ids, spun forms or families that must not act.
        model: a language model instead of the built-in one.
        engine: ``mode``, ``min_confidence``, ``quotations`` and ``strip_leftovers``, as for ``Normalizer``.

    A row without a text stays as it is; ``error`` among ``add_fields`` says why.

    Raises:
        InputError: a column does not exist or holds no text, or one to be added is there already.
        UnspinError: the phrasebook or the model cannot be used.

    """
    import pyarrow as pa

    settings = Settings(
        text_fields=(text_fields,) if isinstance(text_fields, str) else tuple(text_fields),
        id_field=id_field,
        text_format=text_format,
        add_fields=tuple(add_fields),
        prefix=prefix,
        restore=restore,
        max_record=max_record,
        allow=tuple(allow),
        engine=EngineSettings(
            phrasebooks=tuple(Path(path) for path in phrasebooks),
            disabled=tuple(disabled),
            model=None if model is None else Path(model),
            **engine,
        ),
    )
    work = work_for(settings)
    if isinstance(rows, pa.RecordBatch):
        table = restore_table(pa.Table.from_batches([rows]), work)[0].combine_chunks()
        batches = table.to_batches()
        return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)
    return restore_table(rows, work)[0]


def restore_batches(batches: Iterable[pa.RecordBatch], **options: Any) -> Iterator[pa.RecordBatch]:
    """Restore record batches one by one, as Spark's ``mapInArrow`` hands them over; options: see ``restore_batch``."""
    for batch in batches:
        yield restore_batch(batch, **options)


@lru_cache(maxsize=4)
def work_for(settings: Settings) -> RecordWork:
    """Give the work for some settings; it is made once in a process."""
    return RecordWork(settings)
