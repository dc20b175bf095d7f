"""The main text of a web page, without menus and advertisements (by trafilatura)."""

from __future__ import annotations

from dataclasses import replace

from normalize.document import Document
from normalize.errors import InputError


def main_text(page: str) -> str:
    """Give the article in a page as plain text, a paragraph a line; an empty string when there is none.

    Raises:
        InputError: trafilatura is not installed.

    """
    try:
        from trafilatura import extract
    except ImportError:
        raise InputError("--extract needs trafilatura; install it with: pip install 'unspin[html]'") from None
    found = extract(page, include_comments=False, include_tables=False)
    return found if isinstance(found, str) else ""


def main_text_of(document: Document) -> Document:
    """Give the article in a page as a document.

    Raises:
        InputError: there is none, or trafilatura is not installed.

    """
    text = main_text(document.text)
    if not text:
        raise InputError(f"{document.name}: no main text was found in the page")
    return replace(document, text=f"{text}\n")
