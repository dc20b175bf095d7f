"""Properties of every plan, over texts made of what spinners write and of what breaks programs."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalize import Normalizer, Plan
from normalize.document import Document
from normalize.segment import protected_spans
from tests.conftest import HONEST_ARTICLE, SPUN_ARTICLE, Run

FEW = settings(max_examples=20)

SETTINGS: dict[str, dict[str, object]] = {
    "default": {},
    "taken as spun": {"assume_family": "classic"},
    "taken as spun, all edits": {"assume_family": "classic", "min_confidence": 0.0},
    "taken as spun, sure edits": {"assume_family": "classic", "min_confidence": 0.9},
    "quotations kept": {"assume_family": "classic", "quotations": "keep"},
    "quotations restored": {"quotations": "restore"},
    "leftovers stripped": {"assume_family": "whilst", "strip_leftovers": True},
}


@cache
def _normalizer(name: str) -> Normalizer:
    return Normalizer(**SETTINGS[name])  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def _forms() -> list[str]:
    """Every 40th form of the phrasebook, so that the strategies stay small."""
    return sorted(_normalizer("default").book.forms)[::40]


SENTENCES = [
    "The corporate mentioned on Monday that hackers had contaminated its servers.",
    "Each firms declined to touch upon the matter, in accordance with 5 individuals acquainted with it.",
    "It purchased greater than 4,000 laborious drives within the Nineteen Nineties.",
    "The federal government has did not discover an assault by way of the network.",
    "“We noticed a a metropolis of greenback shops,” the chief government mentioned",
    "He talked about an e mail\u2019s hyperlink (see https://example.org/mentioned-it/) and `a mentioned`.",
    "A ransomware assault has compelled the port to close two terminals, folks acquainted with it mentioned.",
]
NOISE = [
    "", " ", "  ", "\t", "\n", "\r\n", "\r", "\n\n", "\r\n\r\n", "\u2028", "\x0b", "\x0c", "\x85", "\u00a0", "\u200b", "\u200d", "\u2060",
    "\ufeff", "\u00ad", "\u0301", "e\u0301", "mentio\u0301ned", "men\u00adtioned", "\u202emention\u202c", "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627", "😀", "👩\u200d💻",
    "🇪🇺", "\ud800", "\x00", "İ", "ß", "ǅ", "ﬁrm", "STATED", "x" * 300, "mentioned" * 40, "“", "”", "\"", "'", "‘", "’", "«", "(",
    ")", "[ad_1]", "(*11*)", "{that a}", "{a|b|c}", "```", "~~~\n", "`", "@mentioned", "#assault", "5.Three%", "three%", "$four billion",
    "1000's of", "TLS 1.three", "a", "an", "A", "AN", "the the", "-", "--", "—", "...", "?!", "/usr/mentioned/x", "mentioned.com",
    "%", "\\", "<b>", "&amp;", "\u0130stanbul", "Source link", "Leave a Reply", "- ", "1. ", "| ", "# ",
]  # fmt: skip
GLUE = [
    " ",
    " ",
    " ",
    " ",
    " ",
    "",
    "\n",
    "\n\n",
    "\r\n",
    "\r\n\r\n",
    ", ",
    ". ",
    "; ",
    "\u00a0",
    "\u200b",
    "-",
    " “",
    "” ",
    "' ",
]


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A text of sentences, forms and noise, glued in any way; some with all line ends of Windows, some in capitals."""
    piece = st.one_of(
        st.sampled_from(SENTENCES), st.sampled_from(_forms()), st.sampled_from(NOISE), st.text(max_size=8)
    )
    pieces = draw(st.lists(st.tuples(piece, st.sampled_from(GLUE)), max_size=24))
    text = "".join(part for pair in pieces for part in pair)
    change = draw(st.sampled_from(["", "", "", "upper", "title", "crlf"]))
    if change == "crlf":
        return text.replace("\r\n", "\n").replace("\n", "\r\n")
    return getattr(text, change)() if change else text


def assert_plan_is_sound(text: str, plan: Plan) -> str:
    """Check offsets, order, protection, byte identity outside edits, undoing, and notes; give the restored text."""
    at = 0
    spans = protected_spans(text)
    for edit in plan.edits:
        assert at <= edit.start <= edit.end <= len(text)
        assert text[edit.start : edit.end] == edit.before != edit.after
        assert 0.0 <= edit.confidence <= 1.0
        if not edit.entry.startswith("leftovers/"):
            assert not any(span.start < edit.end and edit.start < span.end for span in spans), edit
        at = edit.end
    restored = plan.apply(text)
    at = shift = 0
    for edit in plan.edits:
        assert restored[at + shift : edit.start + shift] == text[at : edit.start]
        shift += len(edit.after) - len(edit.before)
        at = edit.end
    assert restored[at + shift :] == text[at:]
    assert plan.undo(restored) == text
    assert Plan.from_json(plan.to_json()) == plan
    assert all(0 <= note.start < note.end <= len(text) for note in plan.notes)
    assert all(first.start <= second.start for first, second in pairwise(plan.notes))
    return restored


@pytest.mark.parametrize("name", SETTINGS)
@FEW
@given(text=texts())
def test_a_plan_is_sound_for_any_text(name: str, text: str) -> None:
    normalizer = _normalizer(name)
    plan = normalizer.plan(text)
    assert_plan_is_sound(text, plan)
    assert all(edit.confidence >= normalizer.min_confidence for edit in plan.edits)
    assert normalizer.plan(text) == plan
    assert normalizer.restore(text) == plan.apply(text)


@pytest.mark.parametrize("name", ["default", "quotations restored"])
@FEW
@given(text=texts())
def test_what_was_restored_is_not_exchanged_again(name: str, text: str) -> None:
    """A second run may find more where the first one cleared the view, but alters nothing that the first one wrote."""
    assert rewritten_again(_normalizer(name), text) == []


def rewritten_again(normalizer: Normalizer, text: str) -> list[tuple[str, str, str]]:
    """Give what a second run makes of the words that the first one wrote: spun form, first and second restoration."""
    first = normalizer.plan(text)
    again = normalizer.plan(first.apply(text))
    clashes, shift = [], 0
    for edit in first.edits:
        start, end = edit.start + shift, edit.start + shift + len(edit.after)
        shift += len(edit.after) - len(edit.before)
        clashes += [(edit.before, edit.after, new.after) for new in again.edits if new.start < end and start < new.end]
    return clashes


@pytest.mark.xfail(strict=True, reason="a second run is told that the text is spun: originals are spun forms as well")
def test_what_was_restored_is_left_alone_when_taken_as_spun() -> None:
    texts = [
        "He noticed the data about the agency.",  # data, information, news; agency, firm, company
        "They met at noon, he mentioned.",  # noon, midday, noon
        "The knowledge was despatched to the agency.",  # knowledge, data, information
    ]
    assert [rewritten_again(_normalizer("taken as spun"), text) for text in texts] == [[], [], []]


CHECKED = {
    "plain": " ".join(SENTENCES),
    "Windows": "\r\n\r\n".join(SENTENCES),
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u202b" + " 😀 ".join(SENTENCES) + "\u202c",
    "accents": "e\u0301 \u200b" + "\n\n".join(SENTENCES).replace("mentioned", "mentioned\u200b e\u0301"),
    "code": "```\n" + SENTENCES[0] + "\n```\n\n" + "\n\n".join(SENTENCES),
    "spun article": SPUN_ARTICLE,
    "honest article": HONEST_ARTICLE,
    "empty": "",
}
_FINDING = re.compile(r"t\.txt:(\d+):(\d+): “(.*?)” → “(.*?)” \(\d\.\d\d\)")


@pytest.mark.parametrize("text", CHECKED.values(), ids=CHECKED.keys())
def test_check_lists_exactly_what_fix_changes(run: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "t.txt").write_bytes(text.encode())
    fixed = run("fix", "t.txt").stdout.decode()
    checked = run("check", "t.txt")
    plan = _normalizer("default").plan(text)
    assert plan.apply(text) == fixed
    document = Document(text, "t.txt")
    expected = [
        (*map(str, document.place(edit.start)), " ".join(edit.before.split()), " ".join(edit.after.split()))
        for edit in plan.edits
    ]
    assert [match.groups() for match in map(_FINDING.match, checked.text.split("\n")) if match] == expected
    assert checked.code == (1 if fixed != text or plan.verdict.label == "spun" else 0)


def test_the_texts_make_edits() -> None:
    """The properties would hold for a program that does nothing: the sentences must be changed."""
    for name in SETTINGS:
        plan = _normalizer(name).plan("\n\n".join(SENTENCES))
        assert len(plan.edits) >= (8 if name != "default" else 1), name
        assert {"fact", "quotation"} <= {note.kind for note in plan.notes}
