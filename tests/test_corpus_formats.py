"""Records of each format: texts are restored, all other bytes, types and fields stay as they were."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalize import Normalizer
from normalize.corpus.records import RecordWork
from normalize.corpus.settings import Settings
from normalize.errors import InputError
from normalize.formats import batches as batching
from normalize.formats.batches import Result, Text
from normalize.formats.delimited import quoted_view
from normalize.formats.json_lines import string_view
from normalize.formats.kinds import corpus_format, make_format
from normalize.plan import Edit
from tests.conftest import Run
from tests.corpora import HONEST, MAKERS, NEEDS, SPUN, parquet_bytes, warc_bytes

Work = Callable[..., tuple[bytes, Result]]


@pytest.fixture
def work(normalizer: Normalizer) -> Work:
    """Work on the bytes of a source: gives the output, and the sum of all results."""

    def run(form: str, source: bytes, **settings: Any) -> tuple[bytes, Result]:
        worker = RecordWork(Settings(**settings), normalizer)
        chosen = make_format(form)
        total = Result()
        for batch in chosen.batches(io.BytesIO(source), {}, worker):
            result = chosen.work(batch, worker)
            total.output += result.output
            total.rejects += result.rejects
            for name, number in result.counts.items():
                total.count(name, number)
        return total.output, total

    return run


RESTORED = SPUN.replace("Folks acquainted", "People familiar").replace("mentioned", "said")


def test_json_keeps_all_other_bytes(work: Work, normalizer: Normalizer) -> None:
    lines = [
        b'{"a":1.00,"b" : 1e400,\t"text":' + json.dumps(SPUN).encode() + b',"z":[1,2,{"x":null}],"a":2}\r\n',
        b"\n",
        b'  {"text": "caf\\u00e9 \\/ x", "n": ' + b"9" * 5000 + b"} \n",
        b'{"text":"a\tb","k":NaN}',
    ]
    out, result = work("jsonl", b"".join(lines))
    assert result.rejects == []
    literal = json.dumps(normalizer.restore(SPUN), ensure_ascii=False).encode()
    assert out == b"".join([lines[0].replace(json.dumps(SPUN).encode(), literal), *lines[1:]])


def test_escapes_outside_edits_keep_their_spelling(work: Work) -> None:
    text = f"“Caf\\u00e9 \\/ \\ud83d\\ude00” {SPUN} \\u0022x\\t"
    out, _ = work("jsonl", f'{{"text":"{text}"}}'.encode())
    assert out.startswith('{"text":"“Caf\\u00e9 \\/ \\ud83d\\ude00” Folks familiar with the matter said'.encode())
    assert out.endswith(b' \\u0022x\\t"}')


BAD_LINES = {
    b"{broken": "column 2",
    b"[1]": "not a JSON object",
    b'"text"': "not a JSON object",
    b'{"text":null}': "no text",
    b'{"body":"x"}': "no text",
    b'{"text":5}': "text is a number",
    b'{"text":true}': "true or false",
    b'{"text":{"x":1}}': "an object",
    b'{"text":"x"} {}': "more than one value",
    b'{"text":"x",}': "column 13",
    b'{"text" "x"}': "colon",
    b'{"text":"x" "y"}': "comma",
    b'{"text":"\xff"}': "byte 10",
    b'{"text":"\\x"}': "not JSON",
    b'{"text":"x': "not JSON",
    b'{"text":"x","a":' + b"[" * 100_000: "nested",
}


@pytest.mark.parametrize("line", BAD_LINES)
def test_a_bad_line_is_passed_on_and_the_rest_goes_on(work: Work, line: bytes) -> None:
    good = b'{"text":"fine"}\n'
    out, result = work("jsonl", good + line + b"\n" + good)
    assert out == good + line + b"\n" + good
    assert (result.counts["records"], result.counts["rejected"], result.counts["clean"]) == (3, 1, 2)
    (reject,) = result.rejects
    assert (reject.record, reject.line, reject.raw) == (2, 2, line)
    assert BAD_LINES[line] in reject.reason
    told = json.loads(reject.to_json("f"))
    assert (told["source"], told["line"]) == ("f", 2)
    assert told.get("raw", "").encode() == line or "raw_base64" in told


def test_added_fields(work: Work) -> None:
    source = json.dumps({"text": SPUN}).encode() + b"\n{}\n" + b'{"unspin_plan":1,"text":"x"}\n'
    settings = {"add_fields": ("verdict", "probability", "family", "edits", "plan", "error")}
    out, _ = work("jsonl", source, **settings)
    first, second, third = (json.loads(line) for line in out.splitlines())
    assert (first["unspin_verdict"], first["unspin_family"], first["unspin_error"]) == ("spun", "classic", None)
    assert 0.5 < first["unspin_probability"] <= 1
    assert first["unspin_edits"] == len(first["unspin_plan"]["text"]["edits"]) > 3
    assert second["unspin_verdict"] is None
    assert second["unspin_error"] == "no text in text"
    assert third == {"unspin_plan": 1, "text": "x"}
    kept, _ = work("jsonl", source, restore=False, prefix="x_", add_fields=("verdict",))
    assert json.loads(kept.splitlines()[0]) == {"text": SPUN, "x_verdict": "spun"}


def test_texts_of_a_record_are_judged_together(work: Work) -> None:
    record = {"a": {"body": [{"p": SPUN}, {"p": "The corporate mentioned it."}], "p": 1}, "title": "Corporate hack"}
    out, result = work("jsonl", json.dumps(record).encode(), text_fields=("title", "a.body.p"), add_fields=("plan",))
    told = json.loads(out)
    assert told["a"]["body"][1]["p"] == "The company said it."
    assert list(told["unspin_plan"]) == ["title", "a.body[0].p", "a.body[1].p"]
    assert result.counts["records"] == 1


def test_a_field_name_may_hold_dots(work: Work) -> None:
    out, _ = work("jsonl", json.dumps({"a.b": SPUN}).encode(), text_fields=("a.b",))
    assert "familiar" in json.loads(out)["a.b"]


def test_html_in_records(work: Work) -> None:
    page = f"<p class='mentioned'>{SPUN.replace('mentioned', '<b>mentioned</b>', 1)}</p>"
    out, _ = work("jsonl", json.dumps({"text": page}).encode(), text_format="html")
    text = json.loads(out)["text"]
    assert text.startswith("<p class='mentioned'>People familiar with the matter <b>said</b> the attackers")


STRINGS = st.text(st.characters(codec=None, categories=None, exclude_categories=())).map(
    lambda text: (text, json.dumps(text), json.dumps(text, ensure_ascii=False))
)


@given(STRINGS)
def test_a_json_string_reads_as_it_says(case: tuple[str, str, str]) -> None:
    text, *literals = case
    for literal in literals:
        assert string_view(literal).text == text


@given(st.text(), st.integers(0, 20), st.integers(0, 20))
def test_an_edit_in_a_quoted_field(text: str, start: int, size: int) -> None:
    field = '"' + text.replace('"', '""') + '"'
    view = quoted_view(field)
    assert view.text == text
    end = min(len(text), start + size)
    if start < end:
        placed = view.place(Edit(start, end, text[start:end], 'a"b', "x", 1.0, ""))
        assert placed is not None
        new = field[: placed.start] + placed.after + field[placed.end :]
        assert next(csv.reader(io.StringIO(new, newline=""))) == [text[:start] + 'a"b' + text[end:]]


def test_csv_keeps_quoting_delimiter_and_line_ends(work: Work) -> None:
    rows = [
        "\ufeffid;text;other\r\n",
        f'1;"{SPUN} ""x""";"a ""b"""\r\n',
        f'2;{SPUN};5" disk\r\n',
        "\r\n",
        '3;"a\r\nb";\r\n',
        f"4;{HONEST};x",
    ]
    out, result = work("csv", "".join(rows).encode())
    assert result.rejects == []
    got = out.decode().split("\r\n")
    assert got[1].startswith('1;"People familiar')
    assert got[1].endswith(' ""x""";"a ""b"""')
    assert got[2].startswith("2;People familiar")
    assert got[2].endswith(';5" disk')
    assert got[3:] == ["", '3;"a', 'b";', rows[5]]
    assert got[0] == rows[0].strip()


def test_csv_columns_are_added(work: Work) -> None:
    source = f'text,id\n{SPUN.replace(",", "")},1\n"x, y",2\nonly\n'
    out, result = work("csv", source.encode(), add_fields=("verdict", "edits", "error"))
    rows = list(csv.reader(io.StringIO(out.decode())))
    assert rows[0] == ["text", "id", "unspin_verdict", "unspin_edits", "unspin_error"]
    assert rows[1][2] == "spun"
    assert rows[2] == ["x, y", "2", "clean", "0", ""]
    assert rows[3] == ["only"]
    assert [reject.line for reject in result.rejects] == [4]


BAD_TABLES = {
    "no header": ("csv", b"", "no column is called 'text'"),
    "no such column": ("csv", b"a,b\n1,2\n", "'a,b'"),
    "old line ends": ("csv", b"text,b\r1,2\r", "carriage return"),
    "header in another encoding": ("csv", b"text,\xff\n", "header"),
    "column to add": ("csv", b"text,unspin_verdict\n", "--prefix"),
    "no Parquet": ("parquet", b"PAR1 no", "not a sound parquet file"),
    "no Arrow": ("arrow", b"nothing of the kind", "not a sound arrow file"),
}


@pytest.mark.parametrize(("form", "source", "words"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_a_bad_table_is_refused(work: Work, form: str, source: bytes, words: str) -> None:
    if form in NEEDS:
        pytest.importorskip(NEEDS[form])
    with pytest.raises(InputError, match=words.replace("'", ".")):
        work(form, source, add_fields=("verdict",))


@pytest.mark.parametrize("row", ['y,"2\nz,3\n', 'y","2\n', '"y"z,1\n', "y\rz,1\n", "y,1,2\n", "y\n"])
def test_a_broken_row_loses_nothing(work: Work, row: str) -> None:
    source = f"text,b\nx,1\n{row}".encode()
    out, result = work("csv", source)
    assert out == source
    assert result.counts["records"] == result.counts.get("rejected", 0) + result.counts["clean"] == 2


@pytest.mark.parametrize(
    ("form", "source"),
    [
        ("jsonl", b'{"text":"%s"}\n'),
        ("csv", b'text\n"%s"\nfine\n'),
        ("csv", b"text\n%s\nfine\n"),
    ],
)
def test_a_long_record_is_passed_on_in_pieces(
    work: Work, monkeypatch: pytest.MonkeyPatch, form: str, source: bytes
) -> None:
    monkeypatch.setattr("normalize.formats.lines.PIECE_BYTES", 1000)
    monkeypatch.setattr("normalize.formats.delimited.PIECE_BYTES", 1000)
    whole = source % (b"long \\n" * 3000 if form == "jsonl" else b"long " * 4000) + b""
    out, result = work(form, whole, max_record=5000)
    assert out == whole
    (reject,) = result.rejects
    assert "longer than 5,000 bytes" in reject.reason
    assert len(reject.raw) <= batching.PREVIEW


@pytest.mark.parametrize("form", [name for name in MAKERS if "." not in name and name != "warc"])
def test_how_a_source_is_cut_changes_nothing(work: Work, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    if form in NEEDS:
        pytest.importorskip(NEEDS[form])
    source = MAKERS[form](40)
    whole, first = work(form, source)
    for module in ("lines", "delimited", "arrow_files"):
        if module == "arrow_files" and form not in NEEDS:
            continue
        monkeypatch.setattr(f"normalize.formats.{module}.BATCH_BYTES", 500)
    cut, second = work(form, source)
    assert first.counts == second.counts
    if form in NEEDS:
        assert _rows(whole) == _rows(cut)
    else:
        assert whole == cut


def _rows(streams: bytes) -> list[Any]:
    from normalize.formats.arrow_files import _tables

    return [row for table in _tables(io.BytesIO(streams)) for row in table.to_pylist()]


def test_parquet_keeps_types_metadata_row_groups_and_compression(run: Run, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    schema = pa.schema(
        [
            pa.field("text", pa.large_string(), metadata={"k": "v"}),
            pa.field("n", pa.int8()),
            pa.field("when", pa.timestamp("ms", "UTC")),
            pa.field("site", pa.dictionary(pa.int16(), pa.string())),
            pa.field("parts", pa.list_(pa.struct([("p", pa.string()), ("q", pa.decimal128(5, 2))]))),
        ],
        metadata={"made": "here"},
    )
    row = {"text": SPUN, "n": 1, "when": None, "site": "a", "parts": [{"p": SPUN, "q": None}, None]}
    rows = [row, row | {"text": None, "parts": None}, row | {"n": None, "parts": []}, row]
    table = pa.Table.from_pylist(rows, schema=schema)
    compression = {"text": "zstd", "n": "gzip", "when": "none", "site": "snappy", "parts.list.element.p": "zstd"}
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=3, compression=compression)
    options = ["--text-field", "text", "--text-field", "parts.p", "--add-fields", "verdict,edits,plan,error"]
    result = run("fix", "a.parquet", "-o", "b.parquet", *options, "-j", 1)
    assert result.code == 2  # one row has no text
    before, after = (pq.ParquetFile(tmp_path / name) for name in ("a.parquet", "b.parquet"))
    assert after.metadata.num_row_groups == 2
    got = after.read()
    assert got.schema.field("unspin_edits").type == pa.int64()
    assert got.select(table.schema.names).schema.equals(before.schema_arrow, check_metadata=True)
    for group in range(2):
        for column in range(before.metadata.num_columns):
            old, new = (file.metadata.row_group(group).column(column) for file in (before, after))
            assert (old.path_in_schema, old.compression) == (new.path_in_schema, new.compression)
    for name in ("n", "when", "site"):
        assert got.column(name).equals(before.read().column(name))
    texts = got.column("text").to_pylist()
    assert texts[1] is None
    assert "familiar" in texts[0]
    assert "familiar" in got.column("parts").to_pylist()[0][0]["p"]
    assert got.column("unspin_error").to_pylist() == [None, "no text in text or parts.p", None, None]
    assert json.loads(got.column("unspin_plan").to_pylist()[0]).keys() == {"text", "parts[0].p"}


def test_an_empty_parquet_file(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(parquet_bytes(3))).slice(0, 0)
    pq.write_table(table, tmp_path / "a.parquet")
    assert run("fix", "a.parquet", "-o", "b.parquet", "--add-fields", "verdict").code == 0
    assert pq.read_table(tmp_path / "b.parquet").schema.names == [*table.schema.names, "unspin_verdict"]


def test_an_arrow_file_stays_a_file(run: Run, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    table = pa.Table.from_pylist([{"text": SPUN}, {"text": HONEST}])
    with pa.ipc.new_file(str(tmp_path / "a.arrow"), table.schema) as writer:
        writer.write_table(table, max_chunksize=1)
    assert run("fix", "-i", "a.arrow").code == 0
    with pa.ipc.open_file(str(tmp_path / "a.arrow")) as reader:
        assert reader.num_record_batches == 2
        assert "familiar" in reader.read_all().column("text").to_pylist()[0]
    assert sorted(os.listdir(tmp_path)) == ["a.arrow"]


def test_pages_of_an_archive(work: Work) -> None:
    pytest.importorskip("fastwarc")
    out, result = work("warc", warc_bytes(3))
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["url"] for row in rows] == ["http://x/0", "http://x/1", "http://x/2"]
    assert rows[0]["text"].startswith("Home\n\nPeople familiar")
    assert result.counts["records"] == 3
    latin = warc_bytes(1).replace("café".encode(), b"caf\xe9\xe9").replace(b"charset=utf-8", b"charset=cp819")
    assert "caféé" in json.loads(work("warc", latin)[0])["text"]
    _, cut = work("warc", warc_bytes(1)[:-150])
    assert not cut.rejects or "cut off" in cut.rejects[0].reason


def test_a_record_that_the_engine_fails_on_is_passed_on(
    work: Work, normalizer: Normalizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = normalizer.plan

    def fail(text: str, path: str | None = None, **given: Any) -> Any:
        if "cursed" in text:
            raise ValueError("no luck")
        return plan(text, path, **given)

    monkeypatch.setattr(normalizer, "plan", fail)
    out, result = work("jsonl", b'{"text":"cursed"}\n{"text":"fine"}\n')
    assert out == b'{"text":"cursed"}\n{"text":"fine"}\n'
    assert result.rejects[0].reason == "the program failed on it: ValueError: no luck"
    assert result.counts["clean"] == 1


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.jsonl", "jsonl"), ("a.JSONL.gz", "jsonl"), ("a.csv.zst", "csv"), ("a.warc.gz", "warc"), ("a.txt", None)],
)
def test_the_name_tells_the_format(name: str, form: str | None) -> None:
    assert corpus_format(name) == form


def test_a_text_may_be_empty(normalizer: Normalizer) -> None:
    outcome = RecordWork(Settings(), normalizer).record([Text("text", "")])
    assert (outcome.label, list(outcome.edits[0])) == ("clean", [])
