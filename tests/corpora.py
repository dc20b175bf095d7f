"""Small corpora for tests: short records of our own, so that a run takes little time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

from normalize.formats.packing import pack

SPUN = (
    "Folks acquainted with the matter mentioned the attackers contaminated laborious drives. The corporate mentioned "
    "it doesn't plan to pay, in accordance with safety researchers."
)
"""A short text that the tool calls spun."""
SPUN_EVERY = 3
"""One of so many records is spun."""
HONEST = "The town library will open on Sundays from October, the council decided on Tuesday."


def records(count: int, spun_every: int | None = None) -> Iterator[dict[str, Any]]:
    """Records of an id, a site and a text; the texts differ, and one of so many is spun."""
    every = spun_every or SPUN_EVERY
    for number in range(count):
        text = SPUN if number % every == 0 else HONEST
        yield {
            "url": f"http://x/{number}",
            "site": "abc"[number % 3],
            "text": f"{text} Room {number} café.",
            "n": number,
        }


def json_lines(count: int, spun_every: int | None = None) -> bytes:
    """A corpus as JSON Lines."""
    return b"".join(json.dumps(record).encode() + b"\n" for record in records(count, spun_every))


def csv_text(count: int, delimiter: str = ",") -> bytes:
    """A corpus as CSV."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter)
    writer.writerow(["url", "site", "text", "n"])
    for record in records(count):
        writer.writerow(record.values())
    return buffer.getvalue().encode()


def parquet_bytes(count: int, **options: Any) -> bytes:
    """A corpus as Parquet, with row groups of 50 rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    options = {"row_group_size": 50} | options
    pq.write_table(pa.Table.from_pylist(list(records(count))), buffer, **options)
    return buffer.getvalue()


def arrow_bytes(count: int) -> bytes:
    """A corpus as an Arrow stream with batches of 50 rows."""
    import pyarrow as pa

    table = pa.Table.from_pylist(list(records(count)))
    buffer = io.BytesIO()
    with pa.ipc.new_stream(buffer, table.schema) as writer:
        for batch in table.to_batches(max_chunksize=50):
            writer.write_batch(batch)
    return buffer.getvalue()


def warc_bytes(count: int) -> bytes:
    """A web archive of pages, each with a record of another kind beside it."""
    pages = []
    for record in records(count):
        page = f"<html><body><nav>Home</nav><p>{record['text']}</p></body></html>"
        body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page.encode()
        pages += [_warc("response", record["url"], body), _warc("metadata", record["url"], b"fetched: true")]
    return b"".join(pages)


def _warc(kind: str, url: str, body: bytes) -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
        f"WARC-Record-ID: <urn:x:{kind}:{url}>\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"


MAKERS: dict[str, Callable[[int], bytes]] = {
    "jsonl": json_lines,
    "jsonl.gz": lambda count: pack(json_lines(count), "gzip"),
    "jsonl.zst": lambda count: pack(json_lines(count), "zstd"),
    "csv": csv_text,
    "tsv": lambda count: csv_text(count, "\t"),
    "parquet": parquet_bytes,
    "arrow": arrow_bytes,
    "warc": warc_bytes,
    "warc.gz": lambda count: pack(warc_bytes(count), "gzip"),
}
"""Makes a corpus in each format, by the ending of its file."""
NEEDS = {"parquet": "pyarrow", "arrow": "pyarrow", "warc": "fastwarc", "warc.gz": "fastwarc"}
