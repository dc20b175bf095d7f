"""``unspin phrasebook``: check, search, measure and exchange phrasebook entries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from normalize.cli import options, phrasebook_files
from normalize.cli.exit_codes import ExitCode
from normalize.errors import InputError

if TYPE_CHECKING:
    from normalize.compiled import CompiledPhrasebook
    from normalize.counts import Counts
    from normalize.phrasebook import Entry, Phrasebook
    from normalize.phrasebook_source import Source
    from normalize.phrasebook_statistics import Coverage

app = typer.Typer(
    help="Check, search, measure and exchange phrasebook entries.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=options.EPILOG,
)
app.command("add", epilog=options.EPILOG)(phrasebook_files.add)
app.command("export", epilog=options.EPILOG)(phrasebook_files.export)
app.command("import", epilog=options.EPILOG)(phrasebook_files.import_entries)
app.command("count", epilog=options.EPILOG)(phrasebook_files.count)
app.command("pages", epilog=options.EPILOG)(phrasebook_files.pages)


class TableOrJson(StrEnum):
    """How figures are printed."""

    table = "table"
    json = "json"


_Paths = Annotated[
    list[Path],
    typer.Argument(
        metavar="[PATH]...", help="Phrasebook files or folders; the built-in one if none.", show_default=False
    ),
]
_Family = Annotated[str | None, typer.Option("--family", metavar="FAMILY", help="Only this family.")]


@app.command(epilog=options.EPILOG)
def lint(
    paths: _Paths = [],  # noqa: B006 - typer wants a list
    *,
    apply_fix: Annotated[
        bool, typer.Option("--fix", help="Sort and normalise the files in place and merge exact duplicates first.")
    ] = False,
    notes: Annotated[bool, typer.Option("--notes", help="Also show what may be wrong and wants a look.")] = False,
) -> None:
    """Check the form, order and sense of phrasebook files; exit 1 when there is an error."""
    import phrasebook as builtin
    from normalize.formats.files import write_bytes
    from normalize.phrasebook_lint import lint as check
    from normalize.phrasebook_source import fix, read_source

    def read() -> list[Source]:
        return [read_source(path, text) for path, text in phrasebook_files.read_sources(paths or [builtin.folder()])]

    sources = read()
    if apply_fix and (fixed := fix(sources)):
        for path, text in fixed.items():
            write_bytes(path, text.encode())
            typer.echo(f"{path}: fixed", err=True)
        sources = read()
    context: list[Entry] = []
    if paths and any(source.examples for source in sources):
        context = [e for s in phrasebook_files.read_sources([builtin.folder()]) for e in read_source(*s).entries]
    found = check(sources, phrasebook_files.builtin_counts(), phrasebook_files.families(), builtin.folder(), context)
    errors = [finding for finding in found if finding.severity == "error"]
    for finding in found if notes else errors:
        typer.echo(str(finding))
    entries = sum(len(source.entries) for source in sources)
    hidden = "" if notes or len(found) == len(errors) else "; --notes shows them"
    what = f"{_number(entries, 'entry', 'entries')} in {_number(len(sources), 'file')}"
    counted = f"{_number(len(errors), 'error')}, {_number(len(found) - len(errors), 'note')}"
    typer.echo(f"{what}: {counted}{hidden}")
    if errors:
        raise typer.Exit(ExitCode.FINDINGS)


def _number(number: int, noun: str, nouns: str = "") -> str:
    return f"{number} {noun if number == 1 else nouns or noun + 's'}"


@app.command("list", epilog=options.EPILOG)
def list_entries(
    *,
    family: _Family = None,
    section: Annotated[
        str | None,
        typer.Option("--section", metavar="SECTION", help="Only phrases, verbs, nouns, adjectives, adverbs or names."),
    ] = None,
    phrasebook: options.Phrasebooks = [],  # noqa: B006
) -> None:
    """List entries, one a line: id, spun form, originals and conditions."""
    from normalize.loading import load_phrasebook
    from normalize.phrasebook import SECTIONS

    if section is not None and section not in SECTIONS:
        raise InputError(f"no section is called {section!r}; use one of {', '.join(SECTIONS)}")
    entries = load_phrasebook(phrasebook).entries
    _check_family(family, entries)
    chosen = [e for e in entries if family in (None, e.family) and section in (None, e.section)]
    for entry in sorted(chosen, key=lambda e: (e.family, e.section, e.spun)):
        typer.echo(f"{entry.id}: {'; '.join([_forms(entry), *_conditions(entry)])}")


def _forms(entry: Entry) -> str:
    return f"“{entry.spun}” for {', '.join(f'“{original}”' for original in entry.originals)}"


def _conditions(entry: Entry) -> list[str]:
    from normalize.phrasebook import NEIGHBOUR_CONDITIONS

    found = [(name, getattr(entry.conditions, name)) for name in NEIGHBOUR_CONDITIONS]
    lines = [f"{name.replace('_', ' ')} {', '.join(words)}" for name, words in found if words]
    return [*lines, "swaps"] if entry.swaps else lines


def _check_family(family: str | None, entries: Iterable[Entry]) -> None:
    known = sorted({entry.family for entry in entries})
    if family is not None and family not in known:
        raise InputError(f"no family is called {family!r}; there are {', '.join(known)}")


@app.command(epilog=options.EPILOG)
def show(
    entry: Annotated[str, typer.Argument(metavar="ENTRY", help="An entry id, a spun form, or an original.")],
    *,
    phrasebook: options.Phrasebooks = [],  # noqa: B006
) -> None:
    """Show all that is known of an entry, or of all with this spun form or original."""
    from normalize.loading import load_compiled, load_phrasebook

    compiled = load_compiled(phrasebook)
    chosen = _matching(compiled, entry.strip())
    if not chosen:
        from rapidfuzz import process

        near = [
            found[0] for found in process.extract(entry.strip().lower(), list(compiled.forms), limit=3, score_cutoff=75)
        ]
        raise InputError(f"no entry knows {entry!r}" + (f"; near it are {', '.join(near)}" if near else ""))
    book = load_phrasebook(phrasebook)
    counts = phrasebook_files.builtin_counts()
    for index in chosen:
        _show_entry(compiled, book, index, counts)


def _matching(book: CompiledPhrasebook, wanted: str) -> list[int]:
    """Give the entries (by index) with this id; else those with this spun form or original, inflected or not."""
    if exact := [index for index, entry in enumerate(book.entries) if entry.id == wanted]:
        return exact
    low = wanted.lower()
    found = {i for i, e in enumerate(book.entries) if low in (e.spun.lower(), *(o.lower() for o in e.originals))}
    for form, readings in book.forms.items():
        for reading in readings:
            if form.lower() == low or any(original.lower() == low for original, _ in reading.originals):
                found.add(reading.entry)
    return sorted(found, key=lambda index: book.entries[index].id)


def _show_entry(compiled: CompiledPhrasebook, book: Phrasebook, index: int, counts: Counts) -> None:
    from rich.table import Table

    from normalize.reports.terminal import console

    entry = compiled.entries[index]
    out = console()
    out.print(f"{entry.id}  ({phrasebook_files.shown(Path(entry.path))}:{entry.line})", markup=False)
    rate = counts.clean_rate(entry.spun)
    known = "not counted" if rate is None else f"{rate:.3g} times in a million words of honest English"
    for line in (f"{_forms(entry)}; {known}", *_conditions(entry)):
        out.print(f"  {line}", markup=False)
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    for heading in ("  form", "original", "log P(form | original)", "honest rate per million", "evidence in nats"):
        table.add_column(heading, justify="right" if heading[:3] in ("log", "hon") else "left")
    for form, readings in compiled.forms.items():
        for original, channel in (pair for r in readings if r.entry == index for pair in r.originals):
            evidence = ", ".join(f"{name} {nats:+.2f}" for name, nats in compiled.evidence.get(form, {}).items())
            table.add_row(f"  {form}", original, f"{channel:.2f}", f"{compiled.clean_rate[form]:.3g}", evidence or "–")
    out.print(table)
    for example in book.examples:
        if (example.family, example.spun) == (entry.family, entry.spun):
            for kind in ("change", "keep"):
                for sentence in getattr(example, kind):
                    out.print(f"  {kind}: {sentence}", markup=False)


@app.command(epilog=options.EPILOG)
def stats(
    *,
    facts: Annotated[
        Path | None,
        typer.Option(
            "--facts", metavar="TSV", help="Also measure how many of these substitutions the phrasebook knows."
        ),
    ] = None,
    family: Annotated[
        str | None, typer.Option("--family", metavar="FAMILY", help="Only facts whose column families names this one.")
    ] = None,
    min_occurrences: Annotated[
        int, typer.Option("--min-occurrences", metavar="N", min=1, help="Only facts seen at least so often.")
    ] = 1,
    missing: Annotated[bool, typer.Option("--missing", help="List the facts that are not known.")] = False,
    output_format: Annotated[TableOrJson, typer.Option("--format", help="Tables, or JSON.")] = TableOrJson.table,
    phrasebook: options.Phrasebooks = [],  # noqa: B006
) -> None:
    """Count entries by family, part of speech and ambiguity; with --facts measure coverage of seen substitutions."""
    from normalize.loading import load_compiled
    from normalize.phrasebook_statistics import choose_facts, coverage, statistics

    if facts is None and (family is not None or missing or min_occurrences > 1):
        raise InputError("--family, --min-occurrences and --missing choose among facts; give --facts TSV")
    chosen = None if facts is None else list(choose_facts(phrasebook_files.read_facts(facts), family, min_occurrences))
    compiled = load_compiled(phrasebook)
    figures = statistics(compiled)
    found = None if chosen is None else coverage(compiled, chosen, phrasebook_files.builtin_counts())
    if output_format is TableOrJson.json:
        if found is not None:
            figures["coverage"] = found.to_dict()
            if missing:
                figures["coverage"]["missing"] = [
                    {"spun": fact.spun, "original": fact.original, "occurrences": fact.occurrences, "reason": reason}
                    for fact, reason in found.missing
                ]
        typer.echo(json.dumps(figures, ensure_ascii=False, indent=2))
        return
    _print_statistics(figures)
    if found is not None:
        _print_coverage(found, missing)


def _print_statistics(figures: dict[str, Any]) -> None:
    from normalize.phrasebook import SECTIONS
    from normalize.phrasebook_statistics import BANDS

    bands = [name for name, _ in BANDS]
    rows = [
        [family, *(found["sections"].get(name, 0) for name in SECTIONS), found["entries"], *found["bands"].values()]
        for family, found in figures["families"].items()
    ]
    rows.append(["all", *(sum(row[column] for row in rows) for column in range(1, len(SECTIONS) + len(bands) + 2))])
    _print_table(f"{figures['entries']} entries, {figures['forms']} forms", ["family", *SECTIONS, "all", *bands], rows)
    edges = ", ".join(f"{name} from {least:g}" for name, least in BANDS)
    typer.echo(f"By the commonest form's rate per million honest words: {edges}.")


def _print_coverage(found: Coverage, missing: bool) -> None:
    from normalize.phrasebook_statistics import share

    def percent(part: int, whole: int) -> str:
        value = share(part, whole)
        return "–" if value is None else f"{value:.1%}"

    _print_table(
        f"coverage of {found.pairs} facts, seen {found.occurrences} times",
        ["the original is", "facts", "of facts", "of occurrences"],
        [
            [name, pairs, percent(pairs, found.pairs), percent(times, found.occurrences)]
            for name, pairs, times in (
                ("among the candidates", found.known_pairs, found.known_occurrences),
                ("ranked first", found.first_pairs, found.first_occurrences),
            )
        ],
    )
    for fact, reason in found.missing if missing else ():
        typer.echo(f"{fact.occurrences}\t{fact.spun}\t{fact.original}\t{reason}")


def _print_table(title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    from rich.table import Table

    from normalize.reports.terminal import console

    table = Table(title=title)
    for column, heading in enumerate(headings):
        table.add_column(heading, justify="right" if column else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(str, row))
    console().print(table)


@app.command("test", epilog=options.EPILOG)
def test_examples(
    paths: _Paths = [],  # noqa: B006
    *,
    require_examples: Annotated[
        bool,
        typer.Option(
            "--require-examples", help="Also fail ambiguous entries without an example to change and one to keep."
        ),
    ] = False,
) -> None:
    """Run the examples of phrasebook files, each taken as spun by its family; exit 1 when one fails.

    Files of your own are added to the built-in phrasebook.
    """
    import phrasebook as builtin
    from normalize.compiled import compile_phrasebook
    from normalize.phrasebook import parse
    from normalize.phrasebook_examples import run_examples, without_examples

    sources = phrasebook_files.read_sources(paths or [builtin.folder()])
    book = parse(sources)
    failures = 0
    try:
        for failure in run_examples(book.examples, phrasebook_files.restorer(paths)):
            example = failure.example
            must = "change" if failure.kind == "change" else "stay"
            typer.echo(
                f"{example.path}:{example.line}: error: {example.family} “{example.spun}” must {must}: {failure.text}"
            )
            typer.echo(f"    got:    {failure.got}\n    wanted: {failure.wanted}")
            failures += 1
    except ValueError as error:
        raise InputError(str(error)) from None
    sentences = sum(len(example.change) + len(example.keep) for example in book.examples)
    lacking = 0
    if require_examples:
        for entry, message in without_examples(
            compile_phrasebook(book, phrasebook_files.builtin_counts()), book.examples
        ):
            typer.echo(f"{entry.path}:{entry.line}: error: {entry.id}: {message} [examples]")
            lacking += 1
    ambiguous = _number(lacking, "ambiguous entry", "ambiguous entries")
    more = f", {ambiguous} without examples" if require_examples else ""
    typer.echo(f"{_number(sentences, 'sentence')}: {failures} failed{more}")
    if failures or lacking:
        raise typer.Exit(ExitCode.FINDINGS)
