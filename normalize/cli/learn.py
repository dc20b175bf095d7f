"""``unspin learn``: propose phrasebook entries from pairs of spun texts and their originals."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from normalize.cli import options
from normalize.cli.exit_codes import ExitCode
from normalize.cli.output import write_stdout
from normalize.errors import InputError

if TYPE_CHECKING:
    from normalize.learn import Learner, Pair, Proposal

COLUMNS = ("spun", "original", "occurrences", "articles")
"""Columns of a file of facts; ``unspin phrasebook count --facts`` reads the first three."""
MAX_REFUSALS_SHOWN = 20


def learn(
    pairs: Annotated[
        list[str],
        typer.Argument(
            metavar="[PAIRS.jsonl]...", help='Records {"spun", "original"}, also gzipped; - for standard input.'
        ),
    ] = [],  # noqa: B006 - typer wants a list
    spun: Annotated[
        str | None, typer.Option("--spun", metavar="FILE", help="A spun text; goes with --original.")
    ] = None,
    original: Annotated[str | None, typer.Option("--original", metavar="FILE", help="The original of --spun.")] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE.toml", help="Write to this file instead of standard output."),
    ] = None,
    family: Annotated[str, typer.Option("--family", help="Family that the entries are for.")] = "learned",
    min_count: Annotated[int, typer.Option("--min-count", min=1, help="Least occurrences of an original.")] = 1,
    min_documents: Annotated[int, typer.Option("--min-documents", min=1, help="Least documents with an original.")] = 1,
    show_all: Annotated[bool, typer.Option("--all", help="List known entries too, commented out.")] = False,
    counts: Annotated[
        Path | None,
        typer.Option(
            "--counts", metavar="FACTS.tsv", help="Write what was seen as facts; they are added to an existing file."
        ),
    ] = None,
    phrasebook: options.Phrasebooks = [],  # noqa: B006
    encoding: options.Encoding = None,
) -> None:
    """Align spun texts with their originals, and propose phrasebook entries to review.

    Pairs with too little in common are refused and named, the others learned from; then the exit code is 2.
    """
    from normalize.formats.files import write_bytes
    from normalize.learn import Learner, NotAPairError
    from normalize.loading import load_compiled

    _check_options(pairs, spun, original, family, output, counts)
    facts = _read_facts(counts) if counts is not None else {}
    learner = Learner(load_compiled(phrasebook))
    refused: list[str] = []
    learned = 0
    for place, texts in _texts(pairs, spun, original, encoding):
        try:
            if isinstance(texts, str):
                raise NotAPairError(texts)
            learner.add(*texts)
            learned += 1
        except NotAPairError as error:
            refused.append(f"{place}: refused: {error}")
    _report_refusals(refused)
    if learned:
        proposals = learner.proposals(family, min_count, min_documents)
        _write_proposals(learner, proposals, family, learned, show_all, output)
        if counts is not None:
            _add_facts(facts, learner.pairs())
            write_bytes(counts, _format_facts(facts).encode())
    if refused or not learned:
        if not refused:
            raise InputError("there are no pairs in the input; give records with the texts spun and original")
        raise typer.Exit(ExitCode.USAGE)


def _check_options(
    pairs: list[str], spun: str | None, original: str | None, family: str, output: Path | None, counts: Path | None
) -> None:
    import re

    if (spun is None) != (original is None):
        raise InputError("--spun and --original belong together; give both")
    if bool(pairs) == (spun is not None):
        raise InputError("give either PAIRS.jsonl files, or --spun FILE and --original FILE")
    if not re.fullmatch(r"[a-z][a-z0-9-]*", family):
        raise InputError(
            f"--family {family!r}: a family is named with small letters, digits and hyphens, such as learned"
        )
    if output is not None and counts is not None and output.resolve() == counts.resolve():
        raise InputError(f"{output}: --output and --counts are the same file; name two")


def _texts(
    pairs: list[str], spun: str | None, original: str | None, encoding: str | None
) -> Iterator[tuple[str, tuple[str, str] | str]]:
    """Give (place, (spun, original)), or (place, what is wrong with the record)."""
    from normalize.formats.files import read_document

    if spun is not None and original is not None:
        yield spun, (read_document(spun, encoding).text, read_document(original, encoding).text)
    # All files are read before any is learned from, so that a missing one costs no work.
    for name, text in [(name, _read_lines(name, encoding)) for name in pairs]:
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield f"{name}:{number}", _parse_record(line)


def _read_lines(name: str, encoding: str | None) -> str:
    from normalize.formats.files import decode, read_bytes

    data = read_bytes(name)
    if data.startswith(b"\x1f\x8b"):
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{name}: not a sound gzip file: {error}; fetch or compress it again") from None
    return decode(data, name, encoding).text


def _parse_record(line: str) -> tuple[str, str] | str:
    try:
        record = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        return f"not JSON: {error}"
    if not isinstance(record, dict):
        return "not a JSON object"
    texts = record.get("spun"), record.get("original")
    if not isinstance(texts[0], str) or not isinstance(texts[1], str):
        return 'not a pair: the texts "spun" and "original" are needed'
    return texts[0], texts[1]


def _report_refusals(refused: list[str]) -> None:
    for line in refused[:MAX_REFUSALS_SHOWN]:
        typer.echo(line, err=True)
    if len(refused) > MAX_REFUSALS_SHOWN:
        typer.echo(f"… and {len(refused) - MAX_REFUSALS_SHOWN} more records refused", err=True)


def _write_proposals(
    learner: Learner, proposals: list[Proposal], family: str, documents: int, show_all: bool, output: Path | None
) -> None:
    from normalize.formats.files import write_bytes

    new = sum(not proposal.known_as for proposal in proposals)
    known = len(proposals) - new
    entries = "entry" if len(proposals) == 1 else "entries"
    summary = (
        f"{_count(documents, 'pair')} of texts, {learner.spun_words} spun words: "
        f"{new} new and {known} known {entries}; "
        f"{_count(learner.at_risk, 'substitution')} of numbers, dates, negations or each/every/both left out"
    )
    typer.echo(summary, err=True)
    if not new and not (show_all and known):
        typer.echo("nothing new to propose: no file was written", err=True)
        return
    if not new:
        typer.echo("all of it is known: the file has comments only, and is no phrasebook", err=True)
    data = format_proposals(proposals, family, summary, show_all).encode("utf-8", "replace")
    if output is None:
        write_stdout(data)
    else:
        write_bytes(output, data)


def format_proposals(proposals: Iterable[Proposal], family: str, summary: str, show_all: bool = False) -> str:
    """Give a phrasebook file in normal form with a comment above each entry; known ones commented out, or left out."""
    from normalize.phrasebook import SECTIONS
    from normalize.phrasebook_writer import format_file

    shown = [proposal for proposal in proposals if show_all or not proposal.known_as]
    head = f"Proposed by: unspin learn. Review each entry, delete what is wrong; see docs/learning.md.\n{summary}"
    parts = [format_file(family, (), comment=head)]
    for section in SECTIONS:
        here = sorted((item for item in shown if item.entry.section == section), key=lambda item: item.entry.spun)
        if here:
            parts.append(f"[{section}]\n" + "\n".join(_format_proposal(item) for item in here) + "\n")
    return "\n".join(parts)


def _format_proposal(proposal: Proposal) -> str:
    from normalize.phrasebook_writer import format_entry

    total = proposal.total
    by_original = ", ".join(f"{original} {evidence.count}" for original, evidence in proposal.evidence.items())
    lines = [f"{_count(total.count, 'time')} in {_count(len(total.documents), 'document')}: {by_original}"]
    lines += [f"  {context}" for context in total.contexts]
    for name, entries in (
        ("known as", proposal.known_as),
        ("conflict: the form is known with other originals in", proposal.conflicts),
        ("reverse: an original is a spun form of it in", proposal.reverses),
    ):
        if entries:
            lines.append(f"{name} {', '.join(entries)}")
    entry = format_entry(proposal.entry)
    return "\n".join([*(f"# {line}" for line in lines), f"# {entry}" if proposal.known_as else entry])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


_Facts = dict[tuple[str, str], list[str]]
"""Cells of the rows of a file of facts, in its columns, by spun form and original; the key ("", "") has the columns."""


def _read_facts(path: Path) -> _Facts:
    """Read a file of facts; one that does not exist has no rows.

    Raises:
        InputError: the file lacks a column, or a row has other cells than columns or a malformed number.

    """
    from normalize.formats.files import read_document

    if not path.exists():
        return {("", ""): list(COLUMNS)}
    lines = read_document(str(path)).text.rstrip("\n").split("\n")
    columns = lines[0].rstrip("\r").split("\t")
    if missing := [name for name in COLUMNS if name not in columns]:
        raise InputError(
            f"{path}:1: no column {missing[0]!r}; a file of facts begins with {', '.join(COLUMNS)}, tab-separated"
        )
    spun, original, occurrences, articles = (columns.index(name) for name in COLUMNS)
    facts: _Facts = {("", ""): columns}
    for number, line in enumerate(lines[1:], 2):
        cells = line.rstrip("\r").split("\t")
        if len(cells) != len(columns) or not (cells[occurrences].isdecimal() and cells[articles].isdecimal()):
            raise InputError(f"{path}:{number}: not a row of facts; {len(columns)} cells with whole numbers are needed")
        key = (cells[spun].lower(), cells[original].lower())
        if key in facts:
            cells = _with_more(facts, key, int(cells[occurrences]), int(cells[articles]))
        facts[key] = cells
    return facts


def _with_more(facts: _Facts, key: tuple[str, str], occurrences: int, articles: int) -> list[str]:
    columns = facts["", ""]
    cells = facts.get(key) or ["0" if name in COLUMNS[2:] else "" for name in columns]
    more = {"spun": key[0], "original": key[1]}
    for name, number in (("occurrences", occurrences), ("articles", articles)):
        more[name] = str(int(cells[columns.index(name)]) + number)
    return [more.get(name, cell) for name, cell in zip(columns, cells, strict=True)]


def _add_facts(facts: _Facts, pairs: Iterable[Pair]) -> None:
    for pair in pairs:
        key = (pair.spun.lower(), pair.original.lower())
        facts[key] = _with_more(facts, key, pair.count, len(pair.documents))


def _format_facts(facts: _Facts) -> str:
    columns = facts["", ""]
    place = columns.index("occurrences")
    rows = sorted((key for key in facts if key != ("", "")), key=lambda key: (-int(facts[key][place]), key))
    return "".join("\t".join(cells) + "\n" for cells in (columns, *(facts[key] for key in rows)))
