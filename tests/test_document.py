"""Documents: places in lines and columns, bytes as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalize.document import Document


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("abc", 0, (1, 1)),
        ("abc", 2, (1, 3)),
        ("abc\ndef", 4, (2, 1)),
        ("abc\r\ndef", 6, (2, 2)),
        ("abc\rdef", 4, (2, 1)),
        ("abc\n\n\ndef", 6, (4, 1)),
        ("😀é\u0301 x", 4, (1, 5)),
        ("", 0, (1, 1)),
        ("a\n", 2, (2, 1)),
        ("a\u2028b\x0cc", 4, (1, 5)),
    ],
)
def test_places_count_lines_and_characters_from_one(text: str, offset: int, place: tuple[int, int]) -> None:
    assert Document(text, "a.txt").place(offset) == place


@given(st.text(alphabet="ab\n é😀", max_size=60), st.data())
def test_a_place_leads_back_to_its_offset(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    line, column = Document(text, "a.txt").place(offset)
    assert sum(len(row) + 1 for row in text.split("\n")[: line - 1]) + column - 1 == offset


def test_bytes_keep_mark_and_encoding() -> None:
    assert Document("é", "a.txt", "utf-16-le", b"\xff\xfe").to_bytes("éa") == b"\xff\xfe\xe9\0a\0"


def test_a_character_that_the_encoding_lacks_is_an_error() -> None:
    with pytest.raises(UnicodeEncodeError):
        Document("x", "a.txt", "latin-1").to_bytes("→")
