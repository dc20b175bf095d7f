"""``unspin explain``: why was a place changed or left, and which entries know a word."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from normalize.cli import options
from normalize.errors import InputError

if TYPE_CHECKING:
    from normalize.candidates import Candidate
    from normalize.document import Document
    from normalize.edits import Analysis
    from normalize.normalizer import Normalizer

_ONE_TEXT = "give the text of one record, for example: sed -n 12p FILE.jsonl | jq -r .text | unspin explain -"
_PLACE = re.compile(r"(?P<file>.+?)(?::(?P<line>\d+)(?::(?P<column>\d+))?)?\Z", re.DOTALL)


def explain(
    subject: Annotated[
        str, typer.Argument(metavar="FILE[:LINE[:COLUMN]]|WORD", help="A text, a place in one, or a word or phrase.")
    ],
    quotations: options.QuotationMode = options.Quotations.judge,
    phrasebook: options.Phrasebooks = [],  # noqa: B006 - typer wants a list
    disable: options.Disabled = [],  # noqa: B006
    model: options.ModelPath = None,
    encoding: options.Encoding = None,
) -> None:
    """Explain each candidate of a text: what was considered, the three parts of its score, and what was decided.

    For a word, list the entries that know it as a spun form or as an original.
    """
    from normalize.formats.discovery import TEXT_SUFFIXES
    from normalize.formats.files import STDIN
    from normalize.formats.kinds import refuse_records
    from normalize.formats.packing import inner_suffix

    found = _PLACE.match(subject)
    name = subject if subject == STDIN or Path(subject).is_file() or found is None else found["file"]
    normalizer = options.make_normalizer(phrasebook, disable, quotations, model)
    if name == STDIN or Path(name).is_file():
        line = int(found["line"]) if found and found["line"] and name != subject else None
        column = int(found["column"]) if found and found["column"] and name != subject else None
        refuse_records(name, _ONE_TEXT)
        _explain_text(normalizer, _one_text(name, encoding), line, column)
    elif (found and found["line"]) or "/" in subject or inner_suffix(subject) in TEXT_SUFFIXES:
        raise InputError(f"{name}: no such file")
    else:
        _explain_word(normalizer, subject)


def _one_text(name: str, encoding: str | None) -> Document:
    from normalize.formats.files import STDIN, read_document
    from normalize.formats.kinds import is_json_lines

    document = read_document(name, encoding)
    if name == STDIN and is_json_lines(document.text):
        raise InputError(f"{document.name}: JSON Lines, not a text; {_ONE_TEXT}")
    return document


def _explain_word(normalizer: Normalizer, word: str) -> None:
    from normalize.reports.terminal import console

    low = word.lower().replace("’", "'")
    book = normalizer.book
    ids = {reading.entry for reading in book.forms.get(low, book.forms.get(word, []))}
    for form, readings in book.forms.items():
        for reading in readings:
            if any(original.lower() == low for original, _ in reading.originals) or form.lower() == low:
                ids.add(reading.entry)
    ids |= {i for i, e in enumerate(book.entries) if low in (e.spun.lower(), *(o.lower() for o in e.originals))}
    out = console()
    if not ids:
        out.print(f"no entry knows {word!r}", markup=False)
        return
    rate = book.clean_rate.get(low)
    if rate is not None:
        out.print(f"“{low}” stands {rate:.3g} times in a million words of honest English", markup=False)
    for index in sorted(ids, key=lambda i: book.entries[i].id):
        entry = book.entries[index]
        line = f"{entry.id}: “{entry.spun}” for {', '.join(f'“{o}”' for o in entry.originals)}"
        for field in entry.conditions.__dataclass_fields__:
            if words := getattr(entry.conditions, field):
                line += f"; {field.replace('_', ' ')} {', '.join(words)}"
        out.print(f"{line}  ({Path(entry.path).name}:{entry.line})", markup=False)


def _explain_text(normalizer: Normalizer, document: Document, line: int | None, column: int | None) -> None:
    from normalize.reports.terminal import console

    verdict = normalizer.judge(document.text)
    out = console()
    family = f", family {verdict.family}" if verdict.family else ""
    out.print(
        f"{document.name}: {verdict.label} (probability {verdict.probability:.2f}{family}, {verdict.words} words)",
        markup=False,
    )
    if verdict.evidence:
        listed = ", ".join(f"“{form}” ×{count} {nats:+.1f}" for form, count, nats in verdict.evidence)
        out.print(f"  evidence in nats: {listed}", markup=False)
    shown = 0
    for offset, analysis in normalizer.analyse(document.text):
        for candidate in analysis.candidates:
            row, start = document.place(candidate.start + offset)
            end = start + candidate.end - candidate.start
            if (line is None or row == line) and (column is None or start <= column < end):
                shown += 1
                _explain_candidate(normalizer, analysis, candidate, f"{document.name}:{row}:{start}")
    if not shown:
        place = "" if line is None else f" at line {line}" + ("" if column is None else f", column {column}")
        out.print(f"no candidate{place}", markup=False)


def _explain_candidate(normalizer: Normalizer, analysis: Analysis, candidate: Candidate, place: str) -> None:
    from rich.table import Table

    from normalize.reports.terminal import console
    from normalize.restore import KNOWN_WEIGHTS, MODEL_WEIGHT, bonus, model_gain

    out = console()
    text = analysis.segmented.text[candidate.start : candidate.end]
    chosen = next((choice for choice in analysis.choices if choice.candidate is candidate), None)
    if chosen is not None:
        decision = f"changed to “{chosen.option.after}” (confidence {chosen.confidence:.2f})"
        if chosen.confidence < normalizer.min_confidence:
            decision = f"left: “{chosen.option.after}” is too unsure (confidence {chosen.confidence:.2f})"
    else:
        decision = f"left: {candidate.blocked or 'keeping it, or an overlapping change, scores better'}"
    out.print(f"{place}: “{text}” {decision}", markup=False)
    if not candidate.options or analysis.verdict.label == "clean":
        return
    offset = analysis.offset
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    for heading in ("    original", "phrasebook", "context", "language model", "verdict", "total", "entry"):
        table.add_column(heading, justify="left" if heading in ("    original", "entry") else "right")
    for option in candidate.options:
        gain = MODEL_WEIGHT * model_gain(analysis.segmented, candidate, option, normalizer.model)
        context = KNOWN_WEIGHTS.context * (option.context or 0.0)
        book = bonus(candidate, option, 0.0) - context
        table.add_row(
            f"    “{option.after}”",
            f"{book:+.2f}",
            "–" if option.context is None else f"{context:+.2f}",
            f"{gain:+.2f}",
            f"{offset:+.2f}",
            f"{book + context + gain + offset:+.2f}",
            option.entry,
        )
    out.print(table)
