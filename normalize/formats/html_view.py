"""HTML: what a reader of the page sees, with a map back to the source.

Tokens come from turbohtml, which follows the HTML standard and says where each one stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex

from normalize.anchors import Clean
from normalize.formats.view import View

if TYPE_CHECKING:
    from turbohtml import Token

UNSEEN = frozenset(
    "audio canvas datalist head iframe math noembed noframes noscript object option pre rp rt script select style svg "
    "template textarea title video".split()
)
"""Elements whose text is not shown, is no prose, or is code."""
CODE = frozenset("code kbd samp tt var".split())
"""Elements inside a sentence whose text is shown but never changed."""
BLOCKS = frozenset(
    "address article aside blockquote body button caption center dd details dialog dir div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p search section summary "
    "table tbody td tfoot th thead tr ul".split()
)
"""Elements that stand apart from the text before and after them."""
HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
TITLES = frozenset({"og:title", "twitter:title"})
"""Names of ``meta`` elements that repeat the title of a page."""
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())

_BLANKS = regex.compile(r"[ \t\n\r\f]++")
_LINE_END = regex.compile(r"\r\n?|\n")
_HIDDEN = regex.compile(r"(?:display\s*+:\s*+none|visibility\s*+:\s*+hidden)", regex.IGNORECASE)
_TEXT, _START, _END, _REFERENCE = 0, 1, 2, 5


def escape(text: str) -> str:
    """Write a text so that HTML reads it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def html_view(source: str) -> View:
    """Give what reads of a page: paragraphs apart, blanks run together, headings marked with ``#``.

    Scripts, forms, code, hidden elements and attributes are left out. The title of the page, its own address and the
    descriptions of pictures are anchors: spinners leave them alone. Links are not, since most are those of menus.
    """
    from turbohtml import tokenize

    starts = [0, *(found.end() for found in _LINE_END.finditer(source))]
    tokens = list(tokenize(source, resolve_references=False))
    places = [starts[token.line - 1] + token.col for token in tokens]
    page = _Page(source)
    for token, start, end in zip(tokens, places, [*places[1:], len(source)], strict=False):
        page.take(token, start, end)
    return page.view


class _Page:
    """Takes the tokens of a page in order and builds its view."""

    def __init__(self, source: str) -> None:
        self.view = View(source, escape)
        self._unseen: list[str] = []
        """The element that is being left out, once for each of its name that is open."""
        self._title: list[str] | None = None
        """The title of the page as far as it was read, while it is open."""

    def take(self, token: Token, start: int, end: int) -> None:
        """Take the token at a span of the source."""
        kind = int(token.type)
        if kind == _START:
            self._open(token)
        elif kind == _END:
            self._close(token.tag or "")
        elif self._title is not None and kind in (_TEXT, _REFERENCE):
            self._title.append(token.data or "")
        elif self._unseen:
            return
        elif kind == _TEXT:
            self._show(token.data or "", start, end)
        elif kind == _REFERENCE:
            self._refer(token.data or "", start, start + len(token.source or ""))

    def _open(self, token: Token) -> None:
        tag = token.tag or ""
        if self._unseen and self._unseen[0] == "head" and (tag == "body" or tag in BLOCKS):
            self._unseen.clear()  # the end tag of the head may be left out
        if not self._unseen or self._unseen[0] == "head":
            self._anchor(tag, token)
        if self._unseen:
            if tag == self._unseen[0]:
                self._unseen.append(tag)
            return
        if tag in BLOCKS:
            self._part()
        if tag == "br":
            self._imply_blank("\n")
        elif tag not in VOID and (tag in UNSEEN or _is_hidden(token)):
            self._unseen.append(tag)
        elif tag in HEADINGS:
            self.view.imply("# ")
        elif tag == "q":
            self.view.imply("“")
        elif tag in CODE:
            self.view.imply("`")

    def _anchor(self, tag: str, token: Token) -> None:
        """Take what an element says beside the text of the page."""
        if tag == "title":
            self._title = []
        elif tag in ("meta", "link", "img"):
            values = {name: value or "" for name, value in token.attrs or ()}
            if tag == "img":
                self._add_anchor("picture", values.get("alt", ""))
            elif tag == "meta" and (values.get("property") or values.get("name")) in TITLES:
                self._add_anchor("title", values.get("content", ""))
            elif tag == "link" and values.get("rel", "").lower() == "canonical":
                self._add_anchor("address", values.get("href", ""))

    def _add_anchor(self, kind: str, text: str) -> None:
        anchor = Clean(kind, text.strip())
        if anchor.text and anchor not in self.view.anchors[-10:]:
            self.view.anchors.append(anchor)

    def _close(self, tag: str) -> None:
        if tag == "title" and self._title is not None:
            self._add_anchor("title", "".join(self._title))
            self._title = None
        if self._unseen:
            if tag == self._unseen[0]:
                self._unseen.pop()
        elif tag in BLOCKS:
            self._part()
        elif tag == "q":
            self.view.imply("”")
        elif tag in CODE:
            self.view.imply("`")

    def _part(self) -> None:
        """Begin a new paragraph, unless one has just begun."""
        tail = self.view.tail
        if tail and tail != "\n\n":
            self.view.imply("\n" if tail.endswith("\n") else "\n\n")

    def _imply_blank(self, blank: str) -> None:
        if self.view.tail and not self.view.tail[-1].isspace():
            self.view.imply(blank)

    def _show(self, data: str, start: int, end: int) -> None:
        """Show a run of characters; blanks that read as one are one."""
        source = self.view.source
        if _LINE_END.sub("\n", source[start:end]) != data:
            # The standard drops some characters between two tokens; they lie behind the text.
            end = start + len(data)
            if source[start:end] != data:
                return
        at = start
        for blanks in _BLANKS.finditer(source, start, end):
            left, right = blanks.span()
            if right - left == 1 and source[left] == " ":
                continue
            self._plain(at, left)
            if self.view.tail and not self.view.tail[-1].isspace():
                self.view.show_as(" ", left, right)
            at = right
        self._plain(at, end)

    def _plain(self, start: int, end: int) -> None:
        if not self.view.tail or self.view.tail[-1].isspace():
            while start < end and self.view.source[start] == " ":
                start += 1
        self.view.show(start, end)

    def _refer(self, data: str, start: int, end: int) -> None:
        self.view.show_as(data.replace("\xa0", " "), start, end)


def _is_hidden(token: Token) -> bool:
    for name, value in token.attrs or ():
        if name == "hidden" or (name == "style" and value and _HIDDEN.search(value)):
            return True
    return False
