"""The same results inside other engines: Arrow, Polars, Hugging Face datasets, Dask, Spark and Ray Data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from normalize.errors import InputError, PhrasebookError
from tests.conftest import Run
from tests.corpora import SPUN, json_lines, parquet_bytes, records

pa = pytest.importorskip("pyarrow")

from normalize.corpus import restore_batch, restore_batches  # noqa: E402

COUNT = 60


@pytest.fixture(scope="module")
def table() -> Any:
    """A small corpus as a table."""
    return pa.Table.from_pylist(list(records(COUNT)))


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What a run of the command in one process makes of it."""
    folder = tmp_path_factory.mktemp("wanted")
    (folder / "a.jsonl").write_bytes(json_lines(COUNT))
    command = [str(Path(sys.executable).with_name("unspin")), "fix", "a.jsonl", "-j", "1", "-q"]
    done = subprocess.run([*command, "--add-fields", "verdict,edits"], cwd=folder, capture_output=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


ADDED = ("verdict", "edits")


def test_a_table(table: Any, wanted: list[dict[str, Any]]) -> None:
    result = restore_batch(table, add_fields=ADDED)
    assert result.to_pylist() == wanted
    assert result.schema.names == [*table.schema.names, "unspin_verdict", "unspin_edits"]
    assert restore_batch(table.slice(0, 0), add_fields=ADDED).schema.equals(result.schema)


def test_record_batches(table: Any, wanted: list[dict[str, Any]]) -> None:
    batches = list(restore_batches(table.to_batches(max_chunksize=7), add_fields=ADDED))
    assert all(isinstance(batch, pa.RecordBatch) for batch in batches)
    assert pa.Table.from_batches(batches).to_pylist() == wanted
    empty = restore_batch(table.slice(0, 0).to_batches()[0] if table.slice(0, 0).to_batches() else _empty(table))
    assert (empty.num_rows, empty.schema.names) == (0, table.schema.names)


def _empty(table: Any) -> Any:
    return pa.RecordBatch.from_pylist([], schema=table.schema)


def test_rows_without_text_stay_and_say_so() -> None:
    table = pa.table({"body": [SPUN, None, ""]})
    result = restore_batch(table, text_fields="body", add_fields=["error", "verdict"], restore=False)
    assert result.column("body").equals(table.column("body"))
    assert result.column("unspin_error").to_pylist() == [None, "no text in body", None]
    assert result.column("unspin_verdict").to_pylist() == ["spun", None, "clean"]


def test_a_text_that_is_too_long_stays() -> None:
    result = restore_batch(pa.table({"text": [SPUN, SPUN * 2]}), max_record=200, add_fields=["error"])
    assert result.column("text").to_pylist()[1] == SPUN * 2
    assert result.column("unspin_error").to_pylist() == [None, "longer than 200 bytes; see --max-record"]


def test_other_string_types_stay() -> None:
    for kind in (pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())):
        table = pa.table({"text": pa.array([SPUN, SPUN, None], type=kind)})
        result = restore_batch(table)
        assert result.schema.equals(table.schema)
        assert "familiar" in result.column("text").to_pylist()[1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"text_fields": "body"}, "no column is called 'body'"),
        ({"text_fields": "n"}, "not text"),
        ({"text_fields": ["text", "site"], "id_field": "key"}, "--id-field"),
        ({"add_fields": ["mood"]}, "mood"),
        ({"add_fields": ["edits"], "prefix": ""}, "edits"),
    ],
)
def test_wrong_use(table: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        restore_batch(table.append_column("edits", pa.array([0] * COUNT)), **options)


def test_arguments_of_the_engine(table: Any) -> None:
    assert restore_batch(table, min_confidence=1.0).equals(table)
    with pytest.raises(PhrasebookError):
        restore_batch(table, disabled=["no such entry"])


def test_polars(table: Any, wanted: list[dict[str, Any]]) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.from_arrow(table)
    result = polars.from_arrow(restore_batch(frame.to_arrow(), add_fields=ADDED))
    assert result.to_dicts() == wanted


def test_hugging_face_datasets(table: Any, wanted: list[dict[str, Any]]) -> None:
    datasets = pytest.importorskip("datasets")
    data = datasets.Dataset(table).with_format("arrow")
    result = data.map(restore_batch, batched=True, batch_size=16, fn_kwargs={"add_fields": ADDED})
    assert result.with_format(None).to_list() == wanted


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A Dask cluster on this machine; gives the address of its scheduler."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as running:
        yield running.scheduler_address


@pytest.mark.filterwarnings("default")
def test_dask(run: Run, tmp_path: Path, cluster: str, wanted: list[dict[str, Any]], table: Any) -> None:
    import pyarrow.parquet as pq

    from normalize.cli.progress import RunProgress
    from normalize.corpus.dask_engine import DaskRun
    from normalize.corpus.settings import Settings

    (tmp_path / "a.jsonl").write_bytes(json_lines(COUNT))
    (tmp_path / "a.parquet").write_bytes(parquet_bytes(COUNT, row_group_size=25))
    options = ["--engine", "dask", "--scheduler", cluster, "--add-fields", "verdict,edits"]
    result = run("fix", "a.jsonl", "a.parquet", "-o", "out", *options)
    assert result.code == 0
    assert f"{2 * COUNT} records" in result.stderr
    parts = sorted((tmp_path / "out").glob("a-*.jsonl"))
    run("fix", "a.jsonl", "-o", "b.jsonl", "-j", 1, "--add-fields", "verdict,edits")
    assert b"".join(path.read_bytes() for path in parts) == (tmp_path / "b.jsonl").read_bytes()
    rows = [row for path in sorted((tmp_path / "out").glob("a-*.parquet")) for row in pq.read_table(path).to_pylist()]
    assert rows == wanted
    assert "--resume" in run("fix", "a.jsonl", "-o", "out", *options).complaint()
    parts[0].unlink()
    (tmp_path / "out" / "_summaries" / f"{parts[0].name}.json").unlink()
    again = run("fix", "a.jsonl", "a.parquet", "-o", "out", *options, "--resume")
    assert (again.code, again.stderr.splitlines()[-1]) == (0, result.stderr.splitlines()[-1])
    assert b"".join(path.read_bytes() for path in parts) == (tmp_path / "b.jsonl").read_bytes()

    # Small stretches of one file, by URL, with a broken record.
    source = json_lines(20) + b"{broken\n" + json_lines(20)
    (tmp_path / "c.jsonl").write_bytes(source)
    stretches = DaskRun(
        inputs=[f"file://{tmp_path}/c.jsonl"],
        output=f"file://{tmp_path}/small",
        settings=Settings(),
        watch=RunProgress(quiet=True),
        scheduler=cluster,
        rejects=tmp_path / "r.jsonl",
        partition_bytes=1000,
    )
    counts = stretches.run()
    assert (counts["records"], counts["rejected"]) == (41, 1)
    assert run("fix", "c.jsonl", "-o", "d.jsonl", "-j", 1).code == 2
    parts = sorted((tmp_path / "small").glob("c-*.jsonl"))
    assert len(parts) > 5
    assert b"".join(path.read_bytes() for path in parts) == (tmp_path / "d.jsonl").read_bytes()
    assert json.loads((tmp_path / "r.jsonl").read_text())["raw"] == "{broken"


@pytest.mark.filterwarnings("default")
def test_dask_reads_and_writes_urls(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In memory, with workers that are threads of this process; as on S3, files cannot read a line of limited length."""
    distributed = pytest.importorskip("distributed")
    memory = pytest.importorskip("fsspec.implementations.memory")
    readline = memory.MemoryFile.readline
    monkeypatch.setattr(memory.MemoryFile, "readline", lambda self, *, limit=-1: readline(self, limit))
    source = json_lines(20) + b"{broken\n"
    (tmp_path / "a.jsonl").write_bytes(source)
    system = memory.MemoryFileSystem()
    system.pipe("/in/a.jsonl", source)
    system.pipe("/in/b.parquet", parquet_bytes(10))
    with distributed.LocalCluster(n_workers=1, processes=False, dashboard_address=None) as here:
        options = ["--engine", "dask", "--scheduler", here.scheduler_address]
        result = run("fix", "memory://in/*", "-o", "memory://out", *options)
        again = run("fix", "memory://in/*", "-o", "memory://out", *options, "--resume")
        missing = run("fix", "memory://in/c.jsonl", "-o", "memory://out2", *options)
    assert (result.code, again.code) == (2, 2)
    assert result.stderr.splitlines()[-1].startswith("31 records: 11 spun, 0 suspicious, 19 clean; ")
    assert again.stderr == f"{result.stderr.splitlines()[-1]}\n"
    assert "no such file" in missing.complaint()
    run("fix", "a.jsonl", "-o", "b.jsonl", "-j", 1)
    (part,) = system.glob("/out/a-*.jsonl")
    assert system.cat(part) == (tmp_path / "b.jsonl").read_bytes()
    assert not (tmp_path / "memory:").exists()
    assert "--engine dask" in run("fix", "a.jsonl", "-o", "memory://out").complaint()
    assert "no-such" in run("fix", "a.jsonl", "-o", "no-such://out", "--engine", "dask").complaint()


def test_dask_is_refused_what_it_cannot_do(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    (tmp_path / "a.csv").write_bytes(b"text\nx\n")
    (tmp_path / "a.jsonl").write_bytes(b'{"text":"x"}\n')
    assert "--output" in run("fix", "a.jsonl", "--engine", "dask").complaint()
    assert "JSON Lines and Parquet" in run("fix", "a.csv", "--engine", "dask", "-o", "x").complaint()
    assert "no such file" in run("fix", "missing.jsonl", "--engine", "dask", "-o", "x").complaint()
    assert "twice" in run("fix", "a.jsonl", "a.jsonl", "--engine", "dask", "-o", "x").complaint()


SPARK = """
import sys
from pyspark.sql import SparkSession
from normalize.corpus import restore_batches

def restored(batches):
    return restore_batches(batches, add_fields=["verdict", "edits"])

spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
frame = spark.read.parquet("a.parquet").repartition(2)
schema = "url string, site string, text string, n long, unspin_verdict string, unspin_edits long"
frame.mapInArrow(restored, schema).toPandas().to_json("out.jsonl", orient="records", lines=True)
spark.stop()
"""


def test_spark(tmp_path: Path, wanted: list[dict[str, Any]]) -> None:
    pytest.importorskip("pyspark")
    pytest.importorskip("pandas")
    (tmp_path / "a.parquet").write_bytes(parquet_bytes(COUNT))
    (tmp_path / "job.py").write_text(SPARK)
    done = subprocess.run([sys.executable, "job.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert sorted(rows, key=lambda row: row["n"]) == wanted


RAY = """
import json
import pyarrow.parquet
import ray
from normalize.corpus import restore_batch

ray.init(num_cpus=2, object_store_memory=100_000_000, include_dashboard=False)
data = ray.data.from_arrow(pyarrow.parquet.read_table("a.parquet")).repartition(3)
data = data.map_batches(restore_batch, batch_format="pyarrow", fn_kwargs={"add_fields": ["verdict", "edits"]})
with open("out.jsonl", "w") as out:
    out.writelines(json.dumps(row) + "\\n" for row in data.iter_rows())
ray.shutdown()
"""


def test_ray(tmp_path: Path, wanted: list[dict[str, Any]]) -> None:
    pytest.importorskip("ray")
    (tmp_path / "a.parquet").write_bytes(parquet_bytes(COUNT))
    (tmp_path / "job.py").write_text(RAY)
    quiet = {"RAY_USAGE_STATS_ENABLED": "0", "HOME": str(tmp_path)}  # it reports to its makers and keeps a file there
    done = subprocess.run(
        [sys.executable, "job.py"], cwd=tmp_path, capture_output=True, text=True, check=False, env=os.environ | quiet
    )
    assert done.returncode == 0, done.stderr[-3000:]
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert sorted(rows, key=lambda row: row["n"]) == wanted
