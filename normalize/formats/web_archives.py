"""Web archives (WARC): pages in, JSON Lines out, a line for each page. Records are read by fastwarc."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO, NamedTuple

from normalize.errors import InputError
from normalize.formats.batches import BATCH_BYTES, Batch, RecordError, Result, Text, Where, Work, settle
from normalize.formats.lines import too_long
from normalize.plan import apply_edits

_PAGES = ("text/html", "application/xhtml+xml")
_PLAIN = "text/plain"
_NAMES = ("url", "date", "id")
"""Fields of a page that can name it."""


class _Page(NamedTuple):
    """A record of an archive that holds a page or a text; ``identity`` is its WARC-Record-ID."""

    url: str
    date: str
    identity: str
    is_html: bool
    charset: str
    content: bytes
    fault: str


class WebArchives:
    """Reads web archives, packed or not; responses, resources and conversions that hold HTML or plain text.

    Raises:
        InputError: fastwarc is not installed.

    """

    name = "warc"

    def __init__(self) -> None:
        try:
            import fastwarc  # noqa: F401
        except ImportError:
            raise InputError("web archives need fastwarc; install it with: pip install 'unspin[warc]'") from None

    def batches(self, stream: BinaryIO, start: Mapping[str, int], work: Work) -> Iterator[Batch]:
        """Cut an archive into batches of pages; records of other kinds are left out.

        Raises:
            InputError: pages have no such field to be named by, or the archive comes from a pipe.

        """
        from fastwarc import ArchiveIterator, WarcRecordType

        if work.id_field not in (None, *_NAMES):
            raise InputError(f"no field of a page is called {work.id_field!r}; there are {', '.join(_NAMES)}")
        offset, number = start.get("offset", 0), start.get("record", 1)
        if not stream.seekable():
            raise InputError("a web archive cannot be read from a pipe; name the file")
        stream.seek(offset)
        kinds = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.conversion
        pages: list[_Page] = []
        size, first = 0, number
        for record in ArchiveIterator(stream, record_types=kinds, parse_http=True, auto_decode="all"):
            if size >= BATCH_BYTES:
                # The place of this record is where the next batch begins.
                place = {"offset": record.stream_pos, "record": number}
                yield Batch(pickle.dumps(pages), first, 0, place)
                pages, size, first = [], 0, number
            page = _page(record, work.max_record)
            if page is not None:
                pages.append(page)
                size += len(page.content)
                number += 1
        if pages:
            yield Batch(pickle.dumps(pages), first, 0, {"offset": stream.tell(), "record": number})

    def work(self, batch: Batch, work: Work) -> Result:
        """Work on a batch of pages."""
        result = Result()
        lines = []
        for number, page in enumerate(_pages(batch), batch.record):
            try:
                lines.append(_line(page, number, work, result))
            except RecordError as error:
                result.reject(number, 0, f"{page.url}: {error}", page.content)
        result.output = b"".join(lines)
        return result

    def split(self, batch: Batch) -> list[Batch]:
        """Cut a batch in two, or give it alone when it holds one page."""
        pages = _pages(batch)
        if len(pages) < 2:
            return [batch]
        middle = len(pages) // 2
        return [
            replace(batch, data=pickle.dumps(pages[:middle])),
            replace(batch, data=pickle.dumps(pages[middle:]), record=batch.record + middle),
        ]

    def give_up(self, batch: Batch, work: Work, reason: str) -> Result:  # noqa: ARG002 - part of the interface
        """Leave the one page of a batch out."""
        result = Result()
        for page in _pages(batch):
            result.reject(batch.record, 0, f"{page.url}: {reason}", page.content)
        return result


def _pages(batch: Batch) -> list[_Page]:
    pages: list[_Page] = pickle.loads(batch.data)  # noqa: S301 - made by ``batches`` above, in this program
    return pages


def _page(record: Any, longest: int) -> _Page | None:
    """Give the page in a record, or None when it holds something else."""
    kind = (record.http_content_type or record.headers.get("Content-Type", "")).partition(";")[0].strip().lower()
    if kind not in (*_PAGES, _PLAIN):
        return None
    content = record.reader.read(longest + 1)
    headers = record.headers
    coded = record.http_headers is not None and any(
        name in record.http_headers for name in ("Content-Encoding", "Transfer-Encoding")
    )
    fault = ""
    if len(content) > longest:
        fault = too_long(longest)
    elif not coded and len(content) < record.content_length:
        fault = f"cut off: {len(content):,} of {record.content_length:,} bytes are there"
    return _Page(
        headers.get("WARC-Target-URI", ""),
        headers.get("WARC-Date", ""),
        headers.get("WARC-Record-ID", ""),
        kind in _PAGES,
        (record.http_charset or "").strip("\"' "),
        content[:longest] if not fault else content[:4096],
        fault,
    )


def _line(page: _Page, number: int, work: Work, result: Result) -> bytes:
    if page.fault:
        raise RecordError(page.fault)
    text = _text(page, work.extracts)
    named = {"url": page.url, "date": page.date}.get(work.id_field or "", page.identity)
    outcome = work.record([Text("text", text)], named, where=Where(number), ready=True)
    settle(result, outcome)
    restored = apply_edits(text, tuple(outcome.edits[0])) if work.restores else text
    record = {"url": page.url, "date": page.date, "id": page.identity, "text": restored, **outcome.added}
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def _text(page: _Page, extracts: bool) -> str:
    """Give what reads of a page, or its main text.

    Raises:
        RecordError: the bytes are in no known encoding, or there is no main text.

    """
    try:
        source = page.content.decode(page.charset or "utf-8")
    except (UnicodeDecodeError, LookupError):
        from turbohtml.detect import detect

        guessed = detect(page.content)
        try:
            source = page.content.decode(guessed.encoding or "utf-8")
        except (UnicodeDecodeError, LookupError) as error:
            raise RecordError(f"its encoding is unknown: {error}") from None
    if not page.is_html:
        return source
    if extracts:
        from normalize.formats.main_text import main_text

        if text := main_text(source):
            return text
        raise RecordError("no main text was found in the page")
    from normalize.formats.html_view import html_view

    return html_view(source).text
