"""Markdown: the prose of a document, with a map back to the source.

Events come from pyromark (pulldown-cmark, CommonMark with tables and footnotes), with the bytes that each one spans.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from normalize.anchors import Clean
from normalize.formats.view import View

_UNSEEN = frozenset({"CodeBlock", "MetadataBlock", "HtmlBlock", "Image"})
"""Kinds whose text is no prose, or is not shown."""
_ANCHORS = {"MetadataBlock": "title", "Image": "picture", "Link": "link"}
"""Kinds whose text is an anchor, and what it is then called."""
_TITLE = re.compile(r"^title:[ \t]*(\S.*)$", re.MULTILINE)
_BLOCKS = frozenset(
    "Paragraph Heading BlockQuote List Item Table TableHead TableRow TableCell FootnoteDefinition DefinitionList "
    "DefinitionListTitle DefinitionListDefinition".split()
)


def markdown_view(source: str) -> View:
    """Give the prose of a document: without code blocks, front matter, HTML, images, and the addresses of links.

    Headings keep their ``#`` signs, so that they read as headings. Code inside a sentence shows, but is protected. The
    title of the front matter, descriptions of pictures, texts and addresses of links are anchors: spinners leave them
    alone.
    """
    import pyromark

    # A lone half of a surrogate pair cannot be given as UTF-8; the stand-in is one character too.
    sound = "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in source)
    chosen = pyromark.Options
    options = (
        chosen.ENABLE_TABLES
        | chosen.ENABLE_FOOTNOTES
        | chosen.ENABLE_STRIKETHROUGH
        | chosen.ENABLE_YAML_STYLE_METADATA_BLOCKS
    )
    offset = _offsets(sound)
    reader = _Reader(source, sound)
    for event, span in pyromark.events_with_range(sound, options=options):
        reader.take(event, offset(span["start"]), offset(span["end"]))
    return reader.view


def _offsets(text: str) -> Callable[[int], int]:
    """Give the function from offsets in UTF-8 to offsets in characters."""
    if text.isascii():
        return int
    import numpy as np

    data = np.frombuffer(text.encode(), dtype=np.uint8)
    before = np.concatenate(([0], np.cumsum((data & 0xC0) != 0x80)))
    return lambda at: int(before[at])


class _Reader:
    """Takes the events of a document in order and builds its view."""

    def __init__(self, source: str, sound: str) -> None:
        self.view = View(source)
        self._sound = sound
        self._unseen = 0
        self._anchors: list[tuple[str, list[str]]] = []
        """Front matter, pictures and links that are open, each with its text so far."""

    def take(self, event: Any, start: int, end: int) -> None:
        """Take an event: a name, or a dictionary of a name with its content."""
        name, content = next(iter(event.items())) if isinstance(event, dict) else (event, "")
        if name in ("Text", "Code", "SoftBreak") and self._anchors:
            self._anchors[-1][1].append(content or " ")
        if name in ("Start", "End"):
            kind = content if isinstance(content, str) else next(iter(content))
            self._anchor(name == "Start", kind, content)
            self._mark(name == "Start", kind, start)
        elif self._unseen:
            return
        elif name == "Text":
            self._show(content, start, end)
        elif name == "SoftBreak":
            self._show("\n", start, end)
        elif name == "HardBreak":
            self.view.show_as("\n", start, end)
        elif name == "Code":
            self.view.show_as("`code`", start, end)

    def _anchor(self, opens: bool, kind: str, content: Any) -> None:
        """Take what a title, a picture or a link says."""
        if kind not in _ANCHORS:
            return
        if opens:
            self._anchors.append((kind, []))
            if kind == "Link":
                self.view.anchors.append(Clean("address", content[kind]["dest_url"]))
        elif self._anchors:
            text = "".join(self._anchors.pop()[1])
            if kind == "MetadataBlock":
                titles = _TITLE.findall(text)
                self.view.anchors += [Clean("title", title.strip("'\"")) for title in titles[:1]]
            elif text:
                self.view.anchors.append(Clean(_ANCHORS[kind], text))

    def _mark(self, opens: bool, kind: str, start: int) -> None:
        if kind in _UNSEEN:
            self._unseen += 1 if opens else -1
        elif kind in _BLOCKS:
            tail = self.view.tail
            if tail and tail != "\n\n":
                self.view.imply("\n" if tail.endswith("\n") else "\n\n")
            if opens and kind == "Heading":
                self._show_signs(start)

    def _show_signs(self, start: int) -> None:
        source = self.view.source
        end = start
        while end < len(source) and source[end] == "#":
            end += 1
        if end > start:
            self.view.show(start, end)
            self.view.imply(" ")

    def _show(self, text: str, start: int, end: int) -> None:
        if self._sound[start:end] == text:
            self.view.show(start, end)
        else:
            self.view.show_as(text, start, end)
