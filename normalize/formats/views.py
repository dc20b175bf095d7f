"""Choose how a text is read: as it stands, as Markdown, or as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from normalize.formats.packing import inner_suffix
from normalize.formats.view import View, place_plan

if TYPE_CHECKING:
    from normalize.document import Document
    from normalize.normalizer import Normalizer
    from normalize.plan import Plan

SUFFIXES = {".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html", ".xhtml": "html"}
"""How files with these endings are read; all others are plain text."""


def text_format(name: str) -> str:
    """Give how a file is read, by the ending of its name: ``text``, ``markdown`` or ``html``."""
    return SUFFIXES.get(inner_suffix(name), "text")


def view_of(text: str, kind: str) -> View:
    """Give a text as it reads, in the format ``text``, ``markdown`` or ``html``."""
    if kind == "html":
        from normalize.formats.html_view import html_view

        return html_view(text)
    if kind == "markdown":
        from normalize.formats.markdown_view import markdown_view

        return markdown_view(text)
    view = View(text)
    view.show(0, len(text))
    return view


def plan_document(normalizer: Normalizer, document: Document, kind: str | None = None) -> Plan:
    """Give the plan for a document, read in its format; offsets are those of the source.

    ``kind`` is ``text``, ``markdown`` or ``html``; left out, the name of the document decides.
    """
    chosen = kind or text_format(document.name)
    if chosen == "text":
        return normalizer.plan(document.text, document.name)
    view = view_of(document.text, chosen)
    return place_plan(view, normalizer.plan(view.text, document.name, anchors=tuple(view.anchors)))
