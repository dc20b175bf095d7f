"""Matching: whole words only, at the right offsets, in any text."""

from __future__ import annotations

import string
import unicodedata
from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from normalize.folding import fold
from normalize.match import Matcher, patterns_of

FORMS = [
    "said", "a number of", "number", "don't", "it", "it's", "men", "non", "in", "in in", "o", "most cancers", "no. 1",
    "e-mail", "co-op", "u.s.", "café", "naïve café", "12 months", "rock 'n' roll", "istanbul", "straße",
    "łódź", "moskau",
]  # fmt: skip
MATCHER = Matcher(patterns_of(FORMS))

PIECES = st.sampled_from(
    [*FORMS, *(form.upper() for form in FORMS), *(form.title() for form in FORMS), "don’t", "it’s", "said’s", "said's",
     " ", "  ", "\n", "\r\n", " \r\n ", "\n\n", "\t", "\u00a0", ".", ",", "-", "–", "'", "’", "‘", '"', "“", "(", "_", "/",
     "\u0301", "é", "e\u0301", "İ", "ß", "ﬁ", "Σ", "😀", "👩‍👩‍👧", "\u200d", "שלום", "مرحبا", "\u202e", "\u00ad", "日本",
     "x", "word", "1", "½", "²", "ǅ", "a" * 300]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=14).map("".join)


def plain(text: str) -> str:
    """Fold a stretch of text as a reader would: case, apostrophes, hyphens and blanks do not matter."""
    text = text.translate(str.maketrans("’‘ʼ´`‐‑", "'''''--"))
    return " ".join("".join(low if len(low := char.lower()) == 1 else char for char in text).split())


@given(TEXTS)
def test_a_hit_is_its_form_at_its_place(text: str) -> None:
    for hit in MATCHER.find(fold(text)):
        assert 0 <= hit.start < hit.end <= len(text)
        assert plain(text[hit.start : hit.end]) == plain(hit.form)


@given(TEXTS)
def test_a_hit_is_no_part_of_a_longer_word(text: str) -> None:
    for hit in MATCHER.find(fold(text)):
        before, after = text[hit.start - 1 : hit.start], text[hit.end : hit.end + 1]
        assert not before.isalnum()
        if text[hit.end - 1].isalnum():  # a form may end in a full stop, which ends a word by itself
            assert not after.isalnum()
            assert not (after and unicodedata.combining(after))


@given(
    st.lists(st.sampled_from([*FORMS, "word", "İ", "😀", "שלום"]), max_size=10),
    st.sampled_from([" ", ", ", "\n", "\r\n", "  "]),
)
def test_every_form_between_blanks_is_found(words: list[str], blank: str) -> None:
    text = blank.join(words)
    found = {(hit.start, hit.form) for hit in MATCHER.find(fold(text))}
    at = 0
    for word in words:
        if word in FORMS:
            assert (at, word) in found
        at += len(word) + len(blank)


@given(TEXTS)
def test_no_hit_comes_twice(text: str) -> None:
    hits = MATCHER.find(fold(text))
    assert len(set(hits)) == len(hits)


@given(TEXTS)
def test_folding_keeps_every_offset(text: str) -> None:
    folded = fold(text)
    assert len(folded.light) == len(folded.spaced)
    offsets = [folded.offset(position) for position in range(len(folded.light))]
    assert offsets == sorted(set(offsets))
    assert all(0 <= offset < len(text) for offset in offsets)
    for position, offset in enumerate(offsets):
        if text[offset] in string.ascii_letters:
            assert chr(folded.light[position]) == text[offset].lower()


@settings(max_examples=20)
@given(st.integers(0, 12), st.sampled_from(["said", "most cancers"]))
def test_hits_across_a_stretch_are_found_once(shift: int, form: str) -> None:
    from normalize.match import STRETCH

    for boundary in (STRETCH, 2 * STRETCH):
        text = "x" * (boundary - 1 - shift) + " " + form + " " + "y" * 50
        assert [(hit.start, hit.form) for hit in MATCHER.find(fold(text))] == [(boundary - shift, form)]
    assert MATCHER.tally(fold(text)) == Counter([form])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("He said so.", ["said"]),
        ("HE SAID SO", ["said"]),
        ("unsaid saidest aforesaid", []),
        ("Don’t. DON'T", ["don't", "don't"]),
        ("it'll it’d it've", []),
        ("a number\nof cafés", ["number", "a number of"]),
        ("a number \r\n of men", ["number", "a number of", "men"]),
        ("a number\n\nof", ["number"]),
        ("the U.S. said", ["u.s.", "said"]),
        ("most\u00a0cancers", ["most cancers"]),
        ("most-cancers most, cancers", []),
        ("said\u0301", []),
        ("'said'", ["said"]),
        ("’said’", ["said"]),
        ("said's", ["said"]),
        ("😀said😀", ["said"]),
        ("İİ said", ["said"]),
        ("a" * 100_000 + " said", ["said"]),
        ("in in", ["in", "in in", "in"]),
        ("", []),
    ],
)
def test_hits(text: str, found: list[str]) -> None:
    assert sorted(hit.form for hit in MATCHER.find(fold(text))) == sorted(found)


def test_a_word_may_not_begin_after_a_combining_mark() -> None:
    assert MATCHER.find(fold("ze\u0301non")) == []


@pytest.mark.parametrize("joiner", ["\u00ad", "\u200d", "\u200c", "\u2060"])
def test_invisible_joiners_do_not_end_a_word(joiner: str) -> None:
    assert MATCHER.find(fold(f"men{joiner}tioned")) == []


def test_underscores_do_not_end_a_word() -> None:
    assert MATCHER.find(fold("user_said_flag")) == []


@given(TEXTS)
@example("said SAID a number of. Said")
def test_tally_counts_at_least_what_find_lists(text: str) -> None:
    folded = fold(text)
    tally = MATCHER.tally(folded)
    assert all(tally[form] >= count for form, count in Counter(hit.form for hit in MATCHER.find(folded)).items())


@pytest.mark.parametrize("text", ["it'll do", "it’d", "said\u0301", 'most"cancers'])
def test_tally_leaves_out_parts_of_words_too(text: str) -> None:
    folded = fold(text)
    assert MATCHER.tally(folded) == Counter(hit.form for hit in MATCHER.find(folded))


@pytest.mark.parametrize(
    ("text", "count"), [("in Łódź.", 1), ("ŁÓDŹ", 1), ("in łódż", 0), ("Łódź\u0301", 0), ("åódź", 0)]
)
def test_letters_beyond_latin_1_are_told_apart(text: str, count: int) -> None:
    assert MATCHER.tally(fold(text))["łódź"] == count
    assert [hit.form for hit in MATCHER.find(fold(text)) if hit.form == "łódź"] == ["łódź"] * count


def test_no_forms_give_no_hits() -> None:
    assert Matcher(patterns_of([])).find(fold("anything at all")) == []
