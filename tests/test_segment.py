"""Segmentation: offsets that fit, spans that never overlap, quotation marks that pair."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalize.segment import blocks, protected_spans, segment, word_count

PIECES = st.sampled_from(
    ["said", "He said so.", "James’ ", "'90s", "’90s", "“", "”", '"', "‘", "’", "'", "«", "»", " ", "\n", "\r\n", "\n\n",
     "\r\n\r\n", "\u2028", "\x0c", "\r", "https://example.org/a_b?c=d", "www.example.org", "a.b@example.org", "@handle",
     "#tag", "`code`", "```\ncode\n```\n", "~~~\n", "CVE-2024-12345", "T1566.001", "10.0.0.1", "10[.]0[.]0[.]1", "C:\\a b",
     "/etc/passwd", "{that a}", "[ad_1]", "d41d8cd98f00b204e9800998ecf8427e", "example[.]com", "e\u0301", "İ", "😀", "שלום",
     "مرحبا", "\u202e", "日本語", "U.S. ", "No. 1 ", "Mr. ", "3.5 ", "a" * 450, "(AP) – ", "LONDON (Reuters) – ", "# "]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=4), max_size=16).map("".join)


@given(TEXTS)
def test_tokens_stand_where_they_say(text: str) -> None:
    tokens = segment(text).tokens
    assert all(token.text == text[token.start : token.end] != "" for token in tokens)
    assert all(left.end <= right.start for left, right in pairwise(tokens))
    assert not any(char.isalnum() for left, right in pairwise(tokens) for char in text[left.end : right.start])
    assert sum(char.isalnum() for char in text) == sum(char.isalnum() for token in tokens for char in token.text)


@given(TEXTS)
def test_sentences_cover_all_tokens_once(text: str) -> None:
    segmented = segment(text)
    edges = [0] + [end for _, end in segmented.sentences]
    assert [(start, end) for start, end in pairwise(edges)] == segmented.sentences
    assert edges[-1] == len(segmented.tokens)
    assert all(start < end for start, end in segmented.sentences)


@given(TEXTS)
def test_zones_fit_the_text_and_are_in_order(text: str) -> None:
    zones = segment(text).zones
    assert all(0 <= zone.start < zone.end <= len(text) for zone in zones)
    assert zones == sorted(zones)
    assert {zone.kind for zone in zones} <= {"headline", "dateline", "quotation", "caption", "credit"}


@given(TEXTS)
def test_protected_spans_never_overlap(text: str) -> None:
    spans = protected_spans(text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(left.end <= right.start for left, right in pairwise(spans))


@given(TEXTS, st.data())
def test_what_touches_a_protected_span_is_protected(text: str, data: st.DataObject) -> None:
    segmented = segment(text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    touches = any(span.start < end and start < span.end for span in segmented.protected)
    if start < end:
        assert segmented.is_protected(start, end) == touches


@given(TEXTS)
def test_a_quotation_stays_within_its_paragraph(text: str) -> None:
    for zone in segment(text).zones:
        if zone.kind == "quotation":
            quoted = text[zone.start : zone.end].replace("\r\n", "\n")
            assert "\n\n" not in quoted


@given(TEXTS, st.integers(1, 40))
def test_blocks_cover_a_text_without_a_gap(text: str, size: int) -> None:
    found = list(blocks(text, size))
    assert "".join(text[start:end] for start, end in found) == text
    assert all(end - start <= size for start, end in found)


def quoted(text: str) -> list[str]:
    return [text[zone.start : zone.end] for zone in segment(text).zones if zone.kind == "quotation"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('He said "yes" and "no".', ['"yes"', '"no"']),
        ("He said “yes” and «no».", ["“yes”", "«no»"]),
        ("He said „ja“ again.", ["„ja“"]),
        ("He said 'yes' again.", ["'yes'"]),
        ("He said ‘yes’ again.", ["‘yes’"]),
        ("In the '90s it was quiet, he said.", []),
        ("In the ’90s it was James’ house, he said.", []),
        ("In the '90s, James' brother said 'hello' to the Joneses' dog.", ["'hello'"]),
        ("It's James' and Chris' turn; don't say 'no'.", ["'no'"]),
        ("The '80s and '90s were “golden years”, the boys' coach said.", ["“golden years”"]),
        ('"It\'s James\' house," she said. "In the \'90s it wasn\'t."', ['"It\'s James\' house,"', '"In the \'90s it wasn\'t."']),
        ("“Never closed, he said.\n\nThe next day was “quiet”.", ["“Never closed, he said.", "“quiet”"]),
        ("“Never closed, he said.\r\n\r\nThe next day was quiet.", ["“Never closed, he said."]),
        ("“Never closed, he said.\n \t\nThe next day was quiet.", ["“Never closed, he said."]),
        ('“First part.\n\n“Second part,” he said.', ["“First part.", "“Second part,”"]),
        ("“Over two\nlines,” he said.", ["“Over two\nlines,”"]),
        ('Run `echo "x` and say "yes".', ['"yes"']),
        ("No marks at all.", []),
        ("", []),
    ],
)  # fmt: skip
def test_quotations(text: str, found: list[str]) -> None:
    assert [item for item in quoted(text) if item[0] not in "'‘" or item in found] == found


@pytest.mark.parametrize(
    "text",
    [
        "They bought 'em for the boys' team.",
        "'Tis the season at James' house.",
        "She wrote 'til the girls' bus came.",
    ],
)
def test_an_apostrophe_is_no_quotation_mark(text: str) -> None:
    assert quoted(text) == []


def test_a_decade_does_not_close_a_quotation() -> None:
    assert quoted("He said 'it was fine in the '90s' and left.") == ["'it was fine in the '90s'"]


@pytest.mark.parametrize(
    ("text", "kind", "span"),
    [
        ("see https://example.org/said?x=1 now", "url", "https://example.org/said?x=1"),
        ("see hxxps[:]//bad.example/said now", "url", "hxxps[:]//bad.example/said"),
        ("see www.example.org/said now", "url", "www.example.org/said"),
        ("write to said@example.org now", "email", "said@example.org"),
        ("run `said x` now", "code", "`said x`"),
        ("run\n```sh\nsaid x\n```\nnow", "code", "```sh\nsaid x\n```"),
        ("the hash d41d8cd98f00b204e9800998ecf8427e here", "hash", "d41d8cd98f00b204e9800998ecf8427e"),
        ("from 192.168.0.1/24 on", "ip", "192.168.0.1/24"),
        ("from 192[.]168[.]0[.]1 on", "ip", "192[.]168[.]0[.]1"),
        ("bug CVE-2024-12345 is", "identifier", "CVE-2024-12345"),
        ("use T1566.001 to", "identifier", "T1566.001"),
        ("open C:\\said\\file.txt, now", "path", "C:\\said\\file.txt"),
        ("open /usr/said/file, now", "path", "/usr/said/file"),
        ("ask @said_by now", "handle", "@said_by"),
        ("see #said now", "handle", "#said"),
        ("at evil[.]example[.]com now", "domain", "evil[.]example[.]com"),
        ("left {that a} over", "placeholder", "{that a}"),
        ("left [ad_1] over", "placeholder", "[ad_1]"),
    ],
)
def test_protected(text: str, kind: str, span: str) -> None:
    assert [(found.kind, text[found.start : found.end]) for found in protected_spans(text)] == [(kind, span)]


@pytest.mark.parametrize("path", ["C:\\temp\\new", "/etc/passwd", "/a/b.txt"])
def test_a_path_ends_before_the_words_that_follow(path: str) -> None:
    text = f"He opened {path} and mentioned it on Monday."
    assert [text[span.start : span.end] for span in protected_spans(text)] == [path]


@pytest.mark.parametrize("line", ["see https://example.org/a. Then", "(see https://example.org/a) then"])
def test_a_url_leaves_the_words_after_it_alone(line: str) -> None:
    assert all("hen" not in line[span.start : span.end] for span in protected_spans(line))


@pytest.mark.parametrize(("text", "count"), [("", 0), ("one", 1), (" a  b\nc\u00a0d ", 4)])
def test_words(text: str, count: int) -> None:
    assert word_count(text) == count


STRAINS = ["a", "1", " ", "\n", "\r\n", '"', "“x ", "'a ", "’", ".", "/a", "a@", "{", "[a", "1.", "f0", "http://", "C:\\", "😀",
           "e\u0301", "```\n", "~~~\n", "_", "said ", "1:", "@a", "<", "``` \n`"]  # fmt: skip


def seconds(text: str) -> float:
    """Processor time of segmenting a text, the best of three."""
    found = []
    for _ in range(3):
        start = time.process_time()
        segment(text)
        found.append(time.process_time() - start)
        if found[-1] < 0.1:
            break
    return min(found)


@pytest.mark.parametrize("unit", STRAINS, ids=repr)
def test_no_text_makes_it_stall(unit: str) -> None:
    assert seconds((unit * 20_000)[:20_000]) < 1


@pytest.mark.parametrize("unit", ["`", "~"])
def test_a_long_fence_does_not_make_it_stall(unit: str) -> None:
    assert seconds(unit * 24_000) < 100 * max(0.001, seconds(unit * 1_000))  # quadratic time would be 576
