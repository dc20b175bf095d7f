"""Text from outside in reports: what a format would take for its own marks, or cannot hold, is replaced."""

from __future__ import annotations

import html
import re

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKDOWN = re.compile(r"[\\`*_\[\]|~<>&\"'#@!:$]")


def visible(text: str) -> str:
    r"""Show control characters, line ends and turned text direction as \\x1b: no text can forge a line of a report."""
    return _CONTROLS.sub(lambda found: repr(found[0])[1:-1], text)


def xml_text(text: str) -> str:
    """Give a text without the characters that XML 1.0 forbids or advises against: each becomes U+FFFD.

    What is left must still be escaped by whoever writes the XML.
    """
    return _NOT_IN_XML.sub("\ufffd", text)


def html_text(text: str) -> str:
    """Give a text for HTML, in an element or a quoted attribute."""
    return html.escape(xml_text(text))


def markdown_code(text: str) -> str:
    """Give a text on one line as code in Markdown, tables included: no mark, link, mention or tag comes of it.

    The element ``code`` rather than back-ticks, since those cannot hold an escaped bar or another back-tick.
    """
    line = " ".join(xml_text(text).split())
    return f"<code>{_MARKDOWN.sub(lambda found: f'&#{ord(found[0])};', line)}</code>"
