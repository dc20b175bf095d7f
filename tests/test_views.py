"""HTML and Markdown: what reads is judged and edited, everything else keeps its bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from normalize import Normalizer
from normalize.corpus.records import RecordWork
from normalize.corpus.settings import Settings
from normalize.document import Document
from normalize.formats.batches import Text
from normalize.formats.html_view import html_view
from normalize.formats.markdown_view import markdown_view
from normalize.formats.view import View
from normalize.formats.views import plan_document, text_format, view_of
from normalize.plan import Edit
from tests.conftest import Run

HTML = [
    ("<p>one</p><p>two</p>", "one\n\ntwo\n\n"),
    ("<h2>Head</h2>text", "# Head\n\ntext"),
    ("a<br>b", "a\nb"),
    ("a   b\r\n\t c", "a b c"),
    ("a &amp; b&eacute;&#x27;&nbsp;c", "a & bé' c"),
    ("a<script>x</script><style>y</style><!-- z -->b", "ab"),
    ("<head><title>t</title><body>b", "b"),
    ("<p hidden>a</p><p>b</p>", "b\n\n"),
    ("<p style='display: none'>a</p><p>b</p>", "b\n\n"),
    ("<pre>a</pre>b <code>c</code>", "b `c`"),
    ("he said <q>no</q>", "he said “no”"),
    ("<svg><text>a</text></svg>b", "b"),
    ("<textarea>a</textarea>b", "b"),
    ("a</>b<p>c", "c"),  # what the standard drops inside a text makes that text one that cannot be edited
    ("a & b < c", "a & b < c"),
    ("<b>a", "a"),
    ("<p title='mentioned'>a", "a"),
]
MARKDOWN = [
    ("# Head\n\ntext\n", "# Head\n\ntext\n\n"),
    ("a *b* **c**\nd", "a b c\nd\n\n"),
    ("[a](http://b 'c') <https://d.e>", "a https://d.e\n\n"),
    ("a `b` c", "a `code` c\n\n"),
    ("a\n\n    code\n\n```\ncode\n```\n\nb", "a\n\nb\n\n"),
    ("---\ntitle: a\n---\n\nb", "b\n\n"),
    ("> a\n> b", "a\nb\n\n"),
    ("- a\n- b", "a\n\nb\n\n"),
    ("| a | b |\n|---|---|\n| c | d |", "a\n\nb\n\nc\n\nd\n\n"),
    ("![a](b.png) c é &amp; \\* d", " c é & * d\n\n"),
    ("<div>a</div>\n\nb", "b\n\n"),
    ("\ud800 *a* é", "\ud800 a é\n\n"),
]


@pytest.mark.parametrize(("source", "text"), HTML)
def test_what_reads_of_a_page(source: str, text: str) -> None:
    assert html_view(source).text == text


@pytest.mark.parametrize(("source", "text"), MARKDOWN)
def test_what_reads_of_markdown(source: str, text: str) -> None:
    assert markdown_view(source).text == text


ANCHORS = [
    ("html", "<head><title> A &amp; <b>B\n</title></head>", [("title", "A & <b>B")]),
    ("html", "<title>a</title><svg><title>no</title></svg><p>b", [("title", "a")]),
    ("html", "<meta property='og:title' content='a &amp; b'><meta name=keywords content=no>", [("title", "a & b")]),
    ("html", "<head><link rel=canonical href='/a-b.html'><link rel=icon href=no>", [("address", "/a-b.html")]),
    ("html", "<img alt='a fox'><img alt=''><img src=no><a href='/no-no'>no</a>", [("picture", "a fox")]),
    ("html", "<div hidden><img alt=no></div><noscript><img alt=no></noscript>", []),
    ("html", "<title>never closed", []),
    ("markdown", "---\nx: y\ntitle: 'a b'\n---\n\nc", [("title", "a b")]),
    ("markdown", "![a *red*\nfox](f.png)", [("picture", "a red fox")]),
    ("markdown", "[the *new* phone](http://x/a-b)", [("address", "http://x/a-b"), ("link", "the new phone")]),
    ("markdown", "[![a fox](f.png)](x)", [("address", "x"), ("picture", "a fox")]),
    ("markdown", "title: no", []),
]


@pytest.mark.parametrize(("kind", "source", "anchors"), ANCHORS)
def test_what_stands_clean_beside_a_text(kind: str, source: str, anchors: list[tuple[str, str]]) -> None:
    assert [tuple(anchor) for anchor in view_of(source, kind).anchors] == anchors


SPUN_LINE = "The mall lost a lot of consumers over the summer, the corporate mentioned on Monday."
BESIDE = [
    ("html", "<title>{} stay away</title><p>{}</p>", "title"),
    ("html", "<meta property='og:title' content='{} stay away'><p>{}</p>", "title"),
    ("html", "<link rel='canonical' href='http://x.example/{}-stay-away'><p>{}</p>", "address"),
    ("html", "<p><img src='x.png' alt='{} in a shop'>{}</p>", "picture"),
    ("markdown", "---\ntitle: {} stay away\n---\n\n{}\n", "title"),
    ("markdown", "![{} in a shop](x.png)\n\n{}\n", "picture"),
    ("markdown", "[More](http://x.example/{}-stay-away)\n\n{}\n", "address"),
]


@pytest.mark.parametrize(("kind", "page", "what"), BESIDE)
@pytest.mark.parametrize("original", ["shoppers", "customers"])
def test_what_stands_clean_decides_between_originals(
    spun_normalizer: Normalizer, kind: str, page: str, what: str, original: str
) -> None:
    source = page.format(original, SPUN_LINE)
    plan = plan_document(spun_normalizer, Document(source, "x"), kind)
    edit = next(edit for edit in plan.edits if edit.before == "consumers")
    assert edit.after == original
    assert f"stands untouched elsewhere ({what})" in edit.reason
    assert plan.apply(source).startswith(page.partition("{")[0])


@pytest.fixture(scope="module")
def spun_normalizer() -> Normalizer:
    """An engine that takes every text as spun."""
    return Normalizer(assume_family="classic")


def test_a_record_of_html_leans_on_its_title() -> None:
    page = f"<title>{{}} stay away</title><p>{SPUN_LINE} Folks acquainted with the matter mentioned it.</p>"
    work = RecordWork(Settings(text_format="html"))
    for original in ("shoppers", "customers"):
        source = page.format(original)
        (edits,) = work.record([Text("text", source)]).edits
        assert [edit.after for edit in edits if edit.before == "consumers"] == [original]


def edit_of(view: View, before: str, after: str) -> Edit:
    start = view.text.index(before)
    return Edit(start, start + len(before), before, after, "x", 1.0, "")


PLACED = [
    ("in <b>accordance</b> with x", "in accordance with", "according to", None),
    ("in accordance <b>with</b> x", "in accordance with", "according to", "according <b>to</b> x"),
    ("in accordance<br>with x", "in accordance\nwith", "according to", "according<br>to x"),
    ("in  \n accordance with x", "in accordance with", "according to", "according to x"),
    ("men<b>tioned</b> x", "mentioned", "said", None),
    ("<i>mentioned</i>", "mentioned", "a < b & c", "<i>a &lt; b &amp; c</i>"),
    ("R&amp;D mentioned", "mentioned", "said", "R&amp;D said"),
    ("a R&amp;D b", "R&D", "research", "a research b"),
    ("<b>a lot</b> of x", "a lot of", "many things", "<b>many</b> things x"),
    ("<b>a lot</b> of x", "a lot of", "many", None),
]


@pytest.mark.parametrize(("source", "before", "after", "wanted"), PLACED)
def test_an_edit_leaves_markup_alone(source: str, before: str, after: str, wanted: str | None) -> None:
    view = html_view(source)
    placed = view.place(edit_of(view, before, after))
    if wanted is None:
        assert placed is None
    else:
        assert placed is not None
        assert source[placed.start : placed.end] == placed.before
        assert source[: placed.start] + placed.after + source[placed.end :] == wanted


def test_an_edit_of_half_an_entity_is_refused() -> None:
    view = view_of("x &NotEqualTilde; y", "html")
    assert view.place(Edit(3, 4, view.text[3], "z", "x", 1.0, "")) is None


SOUP = st.lists(
    st.sampled_from(
        "<p> </p> <b> </b> <a\x20href='x'> </a> <br> <!-- --> <script> </script> &amp; &eacute; &#65; < > & * ** _ ` ```"
        " # [ ] ( ) > - | \n \n\n \r\n \r é 𝄞 said mentioned folks\x20acquainted\x20with \ufeff \0 <title> <head>".split(
            " "
        )
    ),
    max_size=40,
).map(" ".join)


@pytest.mark.parametrize("kind", ["html", "markdown"])
@given(source=SOUP)
def test_every_piece_stands_in_its_source(kind: str, source: str) -> None:
    view = view_of(source, kind)
    at = last = 0
    for piece in view.pieces:
        assert piece.at == at
        assert last <= piece.start <= piece.end <= len(source)
        if piece.plain:
            assert source[piece.start : piece.end] == piece.text
        at, last = at + len(piece.text), piece.end


@pytest.mark.parametrize("kind", ["html", "markdown"])
@given(source=SOUP)
def test_a_plan_can_be_undone(normalizer: Normalizer, kind: str, source: str) -> None:
    text = source + "\n\n" + "The corporate mentioned folks acquainted with the laborious drives. " * 3
    plan = plan_document(normalizer, Document(text, "x"), kind)
    assert plan.undo(plan.apply(text)) == text


def page(article: str) -> str:
    paragraphs = "".join(f"<p class='mentioned'>{text}</p>\r\n" for text in article.split("\n\n"))
    return f"<html><head><title>mentioned</title></head><body>{paragraphs}<code>mentioned</code></body></html>"


def markup(source: str) -> list[str]:
    return regex.findall(r"<[^>]*>|&\w+;", source)


def test_a_page_is_restored_and_keeps_its_markup(
    run: Run, tmp_path: Path, spun_article: str, restored_article: str
) -> None:
    source = page(spun_article.replace("laborious drives", "<a href='/laborious'>laborious</a>\n  drives &amp; more"))
    (tmp_path / "a.html").write_bytes(source.encode())
    result = run("fix", "a.html")
    assert result.code == 0
    assert markup(result.text) == markup(source)
    assert "<a href='/laborious'>hard</a>\n  drives &amp; more" in result.text
    assert html_view(result.text).text.count("mentioned") == 2  # the code, and an address
    run("plan", "a.html", "-o", "plan.json")
    assert run("apply", "plan.json", "a.html").stdout == result.stdout
    (tmp_path / "b.html").write_bytes(result.stdout)
    assert run("undo", "plan.json", "b.html").stdout == source.encode()


def test_check_finds_what_fix_changes_in_a_page(run: Run, tmp_path: Path, spun_article: str) -> None:
    (tmp_path / "a.html").write_text(page(spun_article))
    result = run("check", "a.html")
    assert result.code == 1
    findings = [line for line in result.text.splitlines() if "” → " in line]
    assert len(findings) > 10
    for line in findings:
        found = regex.match(r"a\.html:(\d+):(\d+): “(.*)” → ", line)
        assert found is not None
        row, column = int(found[1]), int(found[2])
        assert (
            page(spun_article).replace("\r\n", "\n").split("\n")[row - 1][column - 1 :].startswith(found[3].split()[0])
        )


def test_markdown_keeps_links_code_and_front_matter(run: Run, tmp_path: Path, spun_article: str) -> None:
    body = spun_article.replace("laborious drives", "[laborious drives](docs/laborious.md 'mentioned')")
    body = body.replace("contaminated", "**contaminated**", 1)
    source = f"---\ntitle: mentioned\n---\n\n{body}\n\n    mentioned\n\n```\nmentioned\n```\n"
    (tmp_path / "a.md").write_text(source)
    text = run("fix", "a.md").text
    assert "[hard drives](docs/laborious.md 'mentioned')" in text
    assert "**infected**" in text
    assert text.count("mentioned") == 5


@pytest.mark.parametrize("name", ["a.txt.gz", "a.txt.zst", "a.html.gz"])
def test_packed_texts(run: Run, tmp_path: Path, spun_article: str, name: str) -> None:
    from normalize.formats.packing import pack, packing_of

    source = page(spun_article) if ".html" in name else spun_article
    (tmp_path / name).write_bytes(pack(source.encode(), packing_of(name)))
    printed = run("fix", name).text
    assert "hard drives" in printed
    assert run("fix", "-i", name).code == 0
    assert run("fix", name).text != source
    (tmp_path / name).write_bytes(b"no packed file")
    assert name in run("fix", name).complaint()


def test_the_name_tells_how_a_file_is_read() -> None:
    names = ["a.txt", "a.md", "a.HTML", "a.htm.gz", "a.markdown.zst", "a"]
    assert [text_format(name) for name in names] == ["text", "markdown", "html", "html", "markdown", "text"]


def test_the_main_text_of_a_page(run: Run, tmp_path: Path, spun_article: str) -> None:
    pytest.importorskip("trafilatura")
    paragraphs = "".join(f"<p>{text}</p>" for text in spun_article.split("\n\n"))
    menu = "<nav><a href='/'>Home</a> <a href='/x'>Sign in to comment</a></nav>"
    (tmp_path / "a.html").write_text(f"<html><body>{menu}<article>{paragraphs}</article></body></html>")
    text = run("fix", "a.html", "--extract").text
    assert "hard drives" in text
    assert "<" not in text
    assert "Home" not in text
    assert "--output" in run("fix", "a.html", "--extract", "-i").complaint()


def test_a_note_is_placed_in_the_source(normalizer: Normalizer) -> None:
    source = "<p>A café opens.</p><p>Read the original article on our site</p>"
    view = html_view(source)
    for note in normalizer.plan(view.text).notes:
        placed = view.place_note(replace(note))
        read = regex.sub(r"<[^>]*>", " ", source[placed.start : placed.end])
        assert read.split() == view.text[note.start : note.end].split()
