"""Statistics of a corpus for people: tables on the terminal, and a page with plots that needs no network."""

from __future__ import annotations

import io
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from normalize.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from normalize.corpus.statistics import Statistics

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "table{border-collapse:collapse;margin:1rem 0}"
    "td,th{padding:.2rem .8rem;border-bottom:1px solid #ddd;text-align:left}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}svg{max-width:100%;height:auto}"
)
Rows = list[list[object]]


def tables(statistics: Statistics, by: str | None, count: int) -> list[tuple[str, list[str], Rows]]:
    """Give the tables of a report as (title, column names, rows)."""
    found: list[tuple[str, list[str], Rows]] = [
        ("Documents", ["verdict", "documents", "share"], [
            [label, statistics.labels[label], f"{statistics.share(label):.1%}"]
            for label in ("spun", "suspicious", "clean")
        ]),
        ("Families", ["family", "documents"], [list(row) for row in statistics.families.most_common(count)]),
    ]  # fmt: skip
    if by is not None:
        rows: Rows = [
            [name, counts.total(), counts["spun"], f"{counts['spun'] / counts.total():.1%}"]
            for name, counts in statistics.top_groups(count)
        ]
        found.append((f"By {by}", [by, "documents", "spun", "share"], rows))
    found.append(
        (
            "Substitutions",
            ["spun form", "original", "times"],
            [list(row) for row in statistics.top_substitutions(count)],
        )
    )
    before, after = statistics.terms_before.total(), statistics.terms_after.total()
    terms: Rows = [["all terms", before, after, f"{after - before:+d}"]]
    terms += [[term, old, new, f"{new - old:+d}"] for term, old, new in statistics.top_terms(count)]
    found.append(("Terms of the security vocabulary", ["term", "before", "after", "change"], terms))
    return found


def print_tables(console: Console, statistics: Statistics, by: str | None, count: int) -> None:
    """Print the statistics as tables."""
    from rich.table import Table
    from rich.text import Text

    console.print(headline(statistics))
    for title, names, rows in tables(statistics, by, count):
        if not rows:
            continue
        table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
        for name, value in zip(names, rows[0], strict=True):
            table.add_column(name, justify="right" if _is_number(value) else "left")
        for row in rows:
            table.add_row(*(Text(f"{cell:,}" if isinstance(cell, int) else str(cell)) for cell in row))
        console.print()
        console.print(table)


def headline(statistics: Statistics) -> str:
    """Give the statistics in one sentence."""
    text = (
        f"{statistics.documents:,} document{'s' * (statistics.documents != 1)} of "
        f"{statistics.words:,} words: {statistics.labels['spun']:,} spun "
        f"({statistics.share():.1%})"
    )
    return text + (f"; records that could not be read: {statistics.rejected:,}" if statistics.rejected else "")


def page(statistics: Statistics, by: str | None, count: int, title: str) -> str:
    """Give the statistics as an HTML page with its plots inside it.

    Raises:
        InputError: matplotlib is not installed.

    """
    parts = [f"<h1>{escape(title)}</h1>", f"<p>{escape(headline(statistics))}</p>"]
    for name, columns, rows in tables(statistics, by, count):
        if not rows:
            continue
        parts.append(f"<h2>{escape(name)}</h2>")
        parts.append(_plot(name, columns, rows))
        parts.append(_html_table(columns, rows))
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and value[-1:] == "%") or str(value)[:1] == "+"


def _html_table(columns: Sequence[str], rows: Rows) -> str:
    classes = [' class="n"' if _is_number(value) else "" for value in rows[0]]
    head = "".join(f"<th{c}>{escape(name)}</th>" for c, name in zip(classes, columns, strict=True))
    lines = [
        "".join(
            f"<td{c}>{escape(f'{cell:,}' if isinstance(cell, int) else str(cell))}</td>"
            for c, cell in zip(classes, row, strict=True)
        )
        for row in rows
    ]
    return f"<table><tr>{head}</tr>\n" + "\n".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def _plot(name: str, columns: Sequence[str], rows: Rows) -> str:
    """Give a bar chart as SVG: a bar a row, two where a table has a before and an after."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError(
            "the page needs matplotlib for its plots; install it with: pip install 'unspin[plots]'"
        ) from None
    shown = [row for row in rows if row[0] != "all terms"][:20][::-1]
    if not shown:
        return ""
    pairs = (
        ["before", "after"]
        if "before" in columns
        else [next(c for c in ("spun", "times", "documents") if c in columns)]
    )
    labels = [" → ".join(str(cell)[:40] for cell in row[: 2 if "original" in columns else 1]) for row in shown]
    # The same data gives the same page: no date, no random ids; text stays text, so that it can be searched.
    with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        figure = Figure(figsize=(8, 0.9 + 0.28 * len(shown) * (1 + 0.4 * (len(pairs) - 1))), layout="constrained")
        axes = figure.add_subplot()
        height = 0.8 / len(pairs)
        for number, column in enumerate(pairs):
            values: list[Any] = [row[columns.index(column)] for row in shown]
            at = [index + (len(pairs) - 1) * height / 2 - number * height for index in range(len(shown))]
            axes.barh(at, values, height, label=column, color=("#8a8f98", "#2a6f97")[number + 1 - len(pairs)])
        axes.set_yticks(range(len(shown)), labels)
        axes.set_xlabel(pairs[0] if len(pairs) == 1 else "occurrences")
        axes.spines[["top", "right"]].set_visible(False)
        if len(pairs) > 1:
            axes.legend(frameon=False)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue().partition("?>")[2].partition('.dtd">')[2].strip()
