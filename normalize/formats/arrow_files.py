"""Parquet and Arrow files: row groups and record batches are streamed, types, metadata and compression kept.

Neither format can be cut off and continued, so a run writes its batches as Arrow streams one behind the other, and the
real file is made from them when all are there.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from normalize.errors import InputError
from normalize.formats.arrow_tables import added_field, find_columns, restore_table
from normalize.formats.batches import BATCH_BYTES, Batch, RecordError, Result, Work

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 512
"""Rows that are decoded at a time."""
MAX_GROUP_BYTES = 128 << 20
"""Larger row groups are written as several, so that memory stays bounded."""
_CODECS = {"UNCOMPRESSED": "none", "SNAPPY": "snappy", "GZIP": "gzip", "BROTLI": "brotli", "ZSTD": "zstd", "LZ4": "lz4"}


class ArrowFiles:
    """Reads and writes Parquet (``parquet``), or Arrow files and streams (``arrow``).

    Raises:
        InputError: pyarrow is not installed.

    """

    def __init__(self, name: str) -> None:
        self.name = name
        try:
            import pyarrow  # noqa: F401
        except ImportError:
            raise InputError(f"{name} files need pyarrow; install it with: pip install 'unspin[parquet]'") from None

    def batches(self, stream: BinaryIO, start: Mapping[str, int], work: Work) -> Iterator[Batch]:
        """Cut a source into batches of whole rows, never across a row group.

        Raises:
            InputError: it is no such file, or its columns are not as asked for.

        """
        import pyarrow as pa

        begin = start.get("record", 1)
        try:
            source = _ParquetSource(stream) if self.name == "parquet" else _ArrowSource(stream)
            find_columns(source.schema, work)
            record = 1
            for rows in source.parts(begin):
                if rows is None:
                    continue
                if isinstance(rows, int):
                    record += rows
                    continue
                for part in _cut(rows):
                    first, record = record, record + part.num_rows
                    if record > begin:
                        yield Batch(_to_bytes(part), first, 0, {"record": record})
        except pa.ArrowInvalid as error:
            raise InputError(f"not a sound {self.name} file: {error}") from None

    def work(self, batch: Batch, work: Work) -> Result:
        """Work on a batch of rows."""
        table, result = restore_table(_from_bytes(batch.data), work, batch.record)
        result.output = _to_bytes(table)
        return result

    def split(self, batch: Batch) -> list[Batch]:
        """Cut a batch in two, or give it alone when it holds one row."""
        table = _from_bytes(batch.data)
        if table.num_rows < 2:
            return [batch]
        middle = table.num_rows // 2
        return [
            replace(batch, data=_to_bytes(table.slice(0, middle))),
            replace(batch, data=_to_bytes(table.slice(middle)), record=batch.record + middle),
        ]

    def give_up(self, batch: Batch, work: Work, reason: str) -> Result:
        """Pass the one row of a batch on as it is."""
        table, result = restore_table(_from_bytes(batch.data), cast(Work, _Refusing(work, reason)), batch.record)
        result.output = _to_bytes(table)
        return result

    def make_complete(self, partial: Path, complete: Path, source: Path, added: Sequence[str]) -> None:
        """Make the file from the streams of a partial output, with row groups as in the source.

        Raises:
            InputError: a part is damaged.
            OSError: it cannot be written.

        """
        with source.open("rb") as stream, partial.open("rb") as parts:
            found = _ParquetSource(stream) if self.name == "parquet" else _ArrowSource(stream)
            schema = found.schema
            for name in added:
                schema = schema.append(added_field(name))
            with found.writer(complete, schema) as writer:
                _write_groups(writer, found.group_sizes(), _tables(parts), schema)


class _Refusing:
    """Does no work: each record is passed on for one reason."""

    def __init__(self, work: Work, reason: str) -> None:
        self._work = work
        self._reason = reason

    def __getattr__(self, name: str) -> Any:
        return getattr(self._work, name)

    def record(self, *_: Any, **__: Any) -> Any:
        raise RecordError(self._reason)


class _ParquetSource:
    """A Parquet file that is read row group by row group."""

    def __init__(self, stream: BinaryIO) -> None:
        import pyarrow.parquet as pq

        self._file = pq.ParquetFile(stream, pre_buffer=False)
        self.schema: pa.Schema = self._file.schema_arrow

    def parts(self, begin: int) -> Iterator[pa.RecordBatch | int]:
        """Give the rows in parts; a row group that ends before row ``begin`` comes as its number of rows."""
        record = 1
        for group, rows in enumerate(self.group_sizes()):
            record += rows
            if record <= begin:
                yield rows
            else:
                yield from self._file.iter_batches(batch_size=ROWS, row_groups=[group])

    def group_sizes(self) -> list[int]:
        """Give the number of rows of each row group."""
        metadata = self._file.metadata
        return [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]

    def writer(self, path: Path, schema: pa.Schema) -> Any:
        """Open a writer with the compression and version of this file."""
        import pyarrow.parquet as pq

        metadata = self._file.metadata
        codecs = {}
        if metadata.num_row_groups:
            group = metadata.row_group(0)
            columns = [group.column(index) for index in range(group.num_columns)]
            codecs = {column.path_in_schema: _CODECS.get(column.compression, "snappy") for column in columns}
        usual = next(iter(codecs.values()), "snappy")
        codecs |= {name: usual for name in schema.names if name not in self.schema.names}
        version = metadata.format_version if metadata.format_version in ("1.0", "2.4", "2.6") else "2.6"
        writer = pq.ParquetWriter(path, schema, compression=codecs or usual, version=version)
        return _GroupWriter(writer)


class _GroupWriter:
    """Writes each table as a row group of its own."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def __enter__(self) -> _GroupWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def write_table(self, table: pa.Table) -> None:
        self._writer.write_table(table, row_group_size=max(1, table.num_rows))


class _ArrowSource:
    """An Arrow file or stream that is read record batch by record batch."""

    def __init__(self, stream: BinaryIO) -> None:
        import pyarrow as pa

        self._is_file = stream.read(6) == b"ARROW1"
        stream.seek(0)
        self._stream = stream
        self._reader = pa.ipc.open_file(stream) if self._is_file else pa.ipc.open_stream(stream)
        self.schema: pa.Schema = self._reader.schema

    def _batches(self) -> Iterator[pa.RecordBatch]:
        if self._is_file:
            for index in range(self._reader.num_record_batches):
                yield self._reader.get_batch(index)
        else:
            yield from self._reader

    def parts(self, begin: int) -> Iterator[pa.RecordBatch | int]:
        """Give the rows in parts; a record batch that ends before row ``begin`` comes as its number of rows."""
        record = 1
        for batch in self._batches():
            record += batch.num_rows
            yield batch.num_rows if record <= begin else batch

    def group_sizes(self) -> list[int]:
        """Give the number of rows of each record batch."""
        return [batch.num_rows for batch in self._batches()]

    def writer(self, path: Path, schema: pa.Schema) -> Any:
        """Open a writer for the same kind, a file or a stream."""
        import pyarrow as pa

        make = pa.ipc.new_file if self._is_file else pa.ipc.new_stream
        return make(str(path), schema)


def _cut(rows: pa.RecordBatch) -> Iterator[pa.Table]:
    """Cut rows into tables of about the size of a batch."""
    import pyarrow as pa

    table = pa.Table.from_batches([rows])
    step = max(1, BATCH_BYTES * table.num_rows // max(1, table.nbytes)) if table.num_rows else 1
    for at in range(0, table.num_rows, step):
        yield table.slice(at, step)


def _to_bytes(table: pa.Table) -> bytes:
    import pyarrow as pa

    buffer = io.BytesIO()
    with pa.ipc.new_stream(buffer, table.schema) as writer:
        writer.write_table(table)
    return buffer.getvalue()


def _from_bytes(data: bytes) -> pa.Table:
    import pyarrow as pa

    return pa.ipc.open_stream(data).read_all()


def _tables(parts: BinaryIO) -> Iterator[pa.Table]:
    """Read Arrow streams that stand one behind the other."""
    import pyarrow as pa

    end = parts.seek(0, io.SEEK_END)
    parts.seek(0)
    while parts.tell() < end:
        with pa.ipc.open_stream(parts) as reader:
            yield reader.read_all()


def _write_groups(writer: Any, sizes: Sequence[int], tables: Iterator[pa.Table], schema: pa.Schema) -> None:
    import pyarrow as pa

    for size in sizes:
        pending: list[pa.Table] = []
        missing, held = size, 0
        while missing > 0:
            table = next(tables)
            missing -= table.num_rows
            held += table.nbytes
            pending.append(table)
            if held > MAX_GROUP_BYTES and missing > 0:
                writer.write_table(pa.concat_tables(pending))
                pending, held = [], 0
        group = pa.concat_tables(pending) if pending else schema.empty_table()
        writer.write_table(group.combine_chunks())
