"""Runs on a Dask cluster: partitions of JSON Lines and Parquet go to workers, each writes a part of its own.

The parts of one input, put together in the order of their names, are what a run on one machine would write.
"""

from __future__ import annotations

import hashlib
import io
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

from normalize.corpus.file_systems import faults_told, file_system, open_url, size_of
from normalize.corpus.settings import Settings
from normalize.errors import InputError
from normalize.formats.batches import Batch, Format, Reject, Result
from normalize.formats.kinds import corpus_format, make_format
from normalize.formats.packing import faults, open_packed, pack, packing_of, without_packing

if TYPE_CHECKING:
    from normalize.corpus.run import Watch

PARTITION_BYTES = 32 << 20
"""Bytes of an unpacked JSON Lines file that are one partition."""
MANIFEST = "_unspin.json"
"""Says with which settings the parts of a folder were made, so that ``resume`` cannot mix two runs."""
_SUMMARY = "_summaries"


class Partition(NamedTuple):
    """A stretch of an input: bytes of a JSON Lines file (``end`` 0: all of it), or row groups of a Parquet file.

    ``part`` is the name of the part that is made from it. ``first`` numbers its first record where that is known
    without reading what comes before.
    """

    source: str
    format: str
    part: str
    start: int
    end: int
    first: int = 1


@dataclass(slots=True)
class DaskRun:
    """A run on a Dask cluster.

    ``inputs`` and ``output`` (a folder) are paths or fsspec URLs. ``scheduler`` is the address of a cluster; left out,
    one is started on this machine with ``workers`` processes. ``strict``, ``resume`` and ``rejects`` are as in ``Run``.
    """

    inputs: Sequence[str]
    output: str
    settings: Settings
    watch: Watch
    format: str | None = None
    scheduler: str | None = None
    workers: int | None = None
    rejects: Any = None
    strict: bool = False
    resume: bool = False
    partition_bytes: int = PARTITION_BYTES

    def run(self) -> Mapping[str, int]:
        """Do all partitions and give the counts.

        Raises:
            InputError: Dask is not installed, an input cannot be read, a part cannot be written, the cluster cannot be
                reached, or a record is rejected in strict mode.

        """
        system, folder = file_system(self.output)
        self.output = system.unstrip_protocol(folder)  # workers have working folders of their own
        partitions = [
            part for source in self._sources() for part in partition(source, self.format, self.partition_bytes)
        ]
        _refuse_twins(partitions)
        done = self._open_output()
        waiting = [part for part in partitions if part.part not in done]
        size = sum(max(0, part.end - part.start) for part in waiting if part.format == "jsonl")
        self.watch.begin(self.output, size)
        counts: dict[str, int] = {}
        summaries = {name: _read_summary(self.output, name) for name in done}
        with closing(self._client()) as client:
            self._collect(client, waiting, summaries, counts)
        for name in sorted(summaries):
            if name in done:
                _add(counts, summaries[name]["counts"])
        self._write_rejects(partitions, summaries)
        return counts

    def _sources(self) -> list[str]:
        found: list[str] = []
        for name in self.inputs:
            system, path = file_system(name)
            with faults_told(f"{name}: cannot be read"):
                if system.isdir(path):
                    below = [file for file in sorted(system.find(path)) if _may_read(file, self.format)]
                elif "*" in path:
                    below = sorted(system.glob(path))
                else:
                    below = [path] if system.exists(path) else []
            if not below:
                raise InputError(f"{name}: no such file, or a folder without JSON Lines and Parquet files")
            found += [system.unstrip_protocol(file) for file in below]
        return found

    def _open_output(self) -> set[str]:
        """Make the folder of parts, and give the names of the parts that are there already."""
        system, folder = file_system(self.output)
        manifest = f"{folder}/{MANIFEST}"
        told = {"settings": self.settings.fingerprint(), "partition bytes": self.partition_bytes}
        with faults_told(f"{self.output}: cannot be written"):
            system.makedirs(f"{folder}/{_SUMMARY}", exist_ok=True)
            if system.exists(manifest):
                if not self.resume:
                    raise InputError(
                        f"{self.output}: holds the parts of an earlier run; go on with --resume, or delete it"
                    )
                if json.loads(system.cat_file(manifest)) != told:
                    raise InputError(f"{self.output}: its parts were made with other settings; choose another folder")
            else:
                system.pipe_file(manifest, json.dumps(told).encode())
            system.invalidate_cache()
            # An object store has no empty folders: what was just made may not be there.
            below = f"{folder}/{_SUMMARY}"
            names = system.ls(below, detail=False) if system.isdir(below) else []
        return {PurePosixPath(name).name.removesuffix(".json") for name in names if name.endswith(".json")}

    def _client(self) -> Any:
        dask = _distributed()
        try:
            if self.scheduler is not None:
                return dask.Client(self.scheduler, timeout=30)
            cluster = dask.LocalCluster(n_workers=self.workers, threads_per_worker=1, dashboard_address=None)
            return _OwnCluster(dask.Client(cluster), cluster)
        except (OSError, ValueError, TimeoutError) as error:
            raise InputError(f"the Dask scheduler {self.scheduler} cannot be reached: {error}") from None

    def _collect(
        self, client: Any, waiting: Sequence[Partition], summaries: dict[str, Any], counts: dict[str, int]
    ) -> None:
        futures = [client.submit(work_on, part, self.output, self.settings, pure=False) for part in waiting]
        sizes = {future.key: part.end - part.start for future, part in zip(futures, waiting, strict=True)}
        read = 0
        try:
            for future in _distributed().as_completed(futures):
                name, summary = future.result()
                summaries[name] = summary
                _add(counts, summary["counts"])
                read += max(0, sizes[future.key])
                for reject in summary["rejects"]:
                    if self.strict:
                        raise InputError(f"{reject['source']}: {reject['reason']} (--strict stops at the first)")
                    told = Reject(reject["record"], reject.get("line", 0), reject["reason"], b"")
                    self.watch.reject(reject["source"], told)
                self.watch.advance(read, counts)
        finally:
            client.cancel(futures)

    def _write_rejects(self, partitions: Sequence[Partition], summaries: Mapping[str, Any]) -> None:
        if self.rejects is None:
            return
        from normalize.formats.files import write_bytes

        lines = []
        for part in partitions:
            lines += [json.dumps(reject, ensure_ascii=False) + "\n" for reject in summaries[part.part]["rejects"]]
        write_bytes(self.rejects, "".join(lines).encode("utf-8", "backslashreplace"))


class _OwnCluster:
    """A client with a cluster of its own, closed together."""

    def __init__(self, client: Any, cluster: Any) -> None:
        self._client = client
        self._cluster = cluster

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def close(self) -> None:
        self._client.close()
        self._cluster.close()


def partition(source: str, form: str | None, size: int = PARTITION_BYTES) -> Iterator[Partition]:
    """Cut an input into partitions: about ``size`` bytes of unpacked JSON Lines, a row group of Parquet, a packed file.

    Raises:
        InputError: it cannot be read, or its format cannot be cut into partitions.

    """
    chosen = form or corpus_format(source)
    if chosen not in ("jsonl", "parquet"):
        raise InputError(f"{source}: --engine dask takes JSON Lines and Parquet")
    bare = PurePosixPath(without_packing(source)).name
    packing = source[len(without_packing(source)) :]
    stem = f"{PurePosixPath(bare).stem}-{hashlib.sha256(source.encode()).hexdigest()[:8]}"
    ending = PurePosixPath(bare).suffix + packing
    with faults_told(f"{source}: cannot be read"):
        if chosen == "parquet":
            first = 1
            with open_url(source) as stream:
                metadata = _parquet(stream).metadata
                rows = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
            for group, count in enumerate(rows):
                yield Partition(source, chosen, f"{stem}-{group:05d}{ending}", group, group + 1, first)
                first += count
        elif packing:
            yield Partition(source, chosen, f"{stem}-00000{ending}", 0, 0)
        else:
            total = size_of(source)
            for number, start in enumerate(range(0, max(1, total), size)):
                end = min(total, start + size)
                yield Partition(source, chosen, f"{stem}-{number:05d}{ending}", start, end)


def work_on(part: Partition, output: str, settings: Settings) -> tuple[str, dict[str, Any]]:
    """Restore a partition and write its part; runs on a worker of the cluster.

    The part appears under its name when it is complete, then its summary: counts and rejects. Gives the part's name and
    the summary.

    Raises:
        InputError: the source cannot be read or the part cannot be written.

    """
    from normalize.corpus.arrow_batches import work_for

    form = make_format(part.format)
    work = work_for(settings)
    packing = packing_of(part.part)
    counts: dict[str, int] = {}
    rejects: list[dict[str, Any]] = []
    system, folder = file_system(output)
    temporary = f"{folder}/_{part.part}.{uuid.uuid4().hex}"
    try:
        with system.open(temporary, "wb") as target:
            writer = _PartWriter(part, target, packing)
            for batch in _batches(part, form, work):
                result = form.work(batch, work)
                writer.write(result)
                _add(counts, result.counts)
                rejects += [json.loads(reject.to_json(part.source)) for reject in result.rejects]
            writer.close()
        system.mv(temporary, f"{folder}/{part.part}")
        summary = {"counts": counts, "rejects": _with_places(part, rejects)}
        system.pipe_file(f"{folder}/{_SUMMARY}/{part.part}.json", json.dumps(summary).encode())
    except faults() as error:
        with suppress(OSError):
            system.rm(temporary)
        raise InputError(f"{part.source}: {error}") from None
    return part.part, summary


def _with_places(part: Partition, rejects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Say where a record stands: in a stretch of a file, numbers count from the beginning of the stretch."""
    if part.format == "jsonl" and part.start:
        for reject in rejects:
            reject["from_byte"] = part.start
    return rejects


class _PartWriter:
    """Writes the results of one partition: bytes as they come, or rows into a Parquet file."""

    def __init__(self, part: Partition, target: BinaryIO, packing: str) -> None:
        self._part = part
        self._target = target
        self._packing = packing
        self._tables: list[Any] = []

    def write(self, result: Result) -> None:
        if self._part.format == "parquet":
            from normalize.formats.arrow_files import _from_bytes

            self._tables.append(_from_bytes(result.output))
        else:
            self._target.write(pack(result.output, self._packing))

    def close(self) -> None:
        if not self._tables:
            return
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.concat_tables(self._tables).combine_chunks()
        pq.write_table(table, self._target, row_group_size=max(1, table.num_rows))


def _batches(part: Partition, form: Format, work: Any) -> Iterator[Batch]:
    if part.format == "parquet":
        with open_url(part.source) as stream:
            for rows in _parquet(stream).iter_batches(batch_size=512, row_groups=[part.start]):
                yield from _row_batches(rows, part)
        return
    with open_url(part.source) as stream:
        if not part.end:
            yield from form.batches(open_packed(stream, packing_of(part.source)), {}, work)
            return
        start = _line_start(stream, part.start)
        end = _line_start(stream, part.end)
        stream.seek(start)
        yield from form.batches(cast(BinaryIO, _Stretch(stream, end - start)), {}, work)


def _row_batches(rows: Any, part: Partition) -> Iterator[Batch]:
    from normalize.formats.arrow_files import _cut, _to_bytes

    first = part.first
    for table in _cut(rows):
        yield Batch(_to_bytes(table), first, 0, {})
        first += table.num_rows


def _line_start(stream: BinaryIO, offset: int) -> int:
    """Give where the first line begins that starts at an offset or behind it: a line belongs to where it begins."""
    if offset == 0:
        return 0
    stream.seek(offset - 1)
    while chunk := stream.readline(1 << 20):
        if chunk.endswith(b"\n"):
            break
    return stream.tell()


class _Stretch(io.RawIOBase):
    """So many bytes of a stream, as a stream."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._left = size

    def readline(self, size: int | None = -1) -> bytes:
        """Read a line, or what is left of the stretch."""
        limit = self._left if size is None or size < 0 else min(size, self._left)
        line = self._stream.readline(limit) if limit else b""
        self._left -= len(line)
        return line


def _parquet(stream: BinaryIO) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(stream, pre_buffer=False)
    except pa.ArrowInvalid as error:
        raise InputError(f"not a sound Parquet file: {error}") from None


def _distributed() -> Any:
    try:
        return import_module("distributed")
    except ImportError:
        raise InputError("--engine dask needs Dask; install it with: pip install 'unspin[dask]'") from None


def _may_read(name: str, form: str | None) -> bool:
    found = corpus_format(name)
    return found is not None and found == (form or found) and found in ("jsonl", "parquet")


def _refuse_twins(partitions: Sequence[Partition]) -> None:
    names = [part.part for part in partitions]
    if len(set(names)) < len(names):
        raise InputError("an input is named twice")


def _read_summary(output: str, name: str) -> dict[str, Any]:
    system, folder = file_system(output)
    summary: dict[str, Any] = json.loads(system.cat_file(f"{folder}/{_SUMMARY}/{name}.json"))
    return summary


def _add(counts: dict[str, int], more: Mapping[str, int]) -> None:
    from normalize.corpus.run import add_counts

    add_counts(counts, more)
