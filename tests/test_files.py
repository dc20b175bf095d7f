"""Files around the engine: found, read and written back without losing a byte."""

from __future__ import annotations

import codecs
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalize.errors import InputError
from normalize.formats import files

ENCODINGS = [
    ("utf-8", b"", None),
    ("utf-8", codecs.BOM_UTF8, None),
    ("utf-16-le", codecs.BOM_UTF16_LE, None),
    ("utf-16-be", codecs.BOM_UTF16_BE, None),
    ("utf-32-le", codecs.BOM_UTF32_LE, None),
    ("utf-32-be", codecs.BOM_UTF32_BE, None),
    ("cp1252", b"", "cp1252"),
    ("latin-1", b"", "latin-1"),
    ("utf-16-le", b"", "utf-16-le"),
]


@pytest.mark.parametrize(("encoding", "mark", "option"), ENCODINGS)
@pytest.mark.parametrize("text", ["", "café\r\nnaïve\rend\n\n", "no newline at the end", "\r\n"])
def test_decoding_and_encoding_give_the_same_bytes(encoding: str, mark: bytes, option: str | None, text: str) -> None:
    data = mark + text.encode(encoding)
    document = files.decode(data, "a.txt", option)
    assert document.text == text
    assert files.encode(document, document.text) == data


def test_a_byte_order_mark_outranks_the_option() -> None:
    assert files.decode(codecs.BOM_UTF16_LE + "é".encode("utf-16-le"), "a.txt", "cp1252").text == "é"


@pytest.mark.parametrize("option", ["utf-16", "utf-32", "utf-8-sig"])
def test_an_encoding_with_an_implied_mark_adds_none(option: str) -> None:
    plain = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}[option]
    data = "said and done".encode(plain)
    document = files.decode(data, "a.txt", option)
    assert files.encode(document, document.text) == data


@given(st.binary(max_size=200))
def test_any_bytes_are_read_and_given_back_or_refused(data: bytes) -> None:
    try:
        document = files.decode(data, "a.txt")
    except InputError:
        return
    assert files.encode(document, document.text) == data


@pytest.mark.parametrize(
    ("data", "offset"),
    [(b"\xff", 0), (b"abc\xe9 def", 3), (codecs.BOM_UTF8 + b"ab\xff", 5), ("é".encode() * 5000 + b"\xc3", 10_000)],
)
def test_invalid_utf_8_is_refused_with_its_byte_offset(data: bytes, offset: int) -> None:
    with pytest.raises(InputError, match=rf"a\.txt: not valid UTF-8 at byte {offset};.*--encoding"):
        files.decode(data, "a.txt")


@pytest.mark.parametrize("name", ["klingon", "hex", "rot13", "base64"])
def test_what_is_no_text_encoding_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=name):
        files.decode(b"abc", "a.txt", name)


@pytest.mark.parametrize("name", ["undefined", "idna", "punycode"])
def test_a_codec_that_fails_in_its_own_way_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=name):
        files.decode(b"a\xe9..b\xff-", "a.txt", name)


def test_an_original_that_the_encoding_lacks_is_refused_with_the_character() -> None:
    document = files.decode(b"caf\xe9", "a.txt", "latin-1")
    with pytest.raises(InputError, match="a.txt.*latin-1.*“"):
        files.encode(document, "“café”")


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o755])
def test_writing_keeps_the_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    path.chmod(mode)
    files.write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_gets_the_usual_mode(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        files.write_bytes(tmp_path / "a.txt", b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640


def test_writing_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_bytes(b"old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    files.write_bytes(tmp_path / "link.txt", b"new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_bytes() == b"new"


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="a.txt: cannot be written: No space left on device"):
        files.write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_write_protected_file_is_respected_even_by_root(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(InputError, match="write-protected"):
        files.write_bytes(path, b"new")
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("name", [".", "missing/a.txt", "file.txt/a.txt"])
def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.txt").write_bytes(b"old")
    with pytest.raises(InputError, match="cannot be written"):
        files.write_bytes(tmp_path / name, b"new")
    assert os.listdir(tmp_path) == ["file.txt"]
