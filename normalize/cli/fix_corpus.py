"""``unspin fix`` over corpora: what its options ask for, and what is said at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from normalize.cli.exit_codes import ExitCode
from normalize.corpus.settings import Settings
from normalize.errors import InputError
from normalize.formats.discovery import find_texts
from normalize.formats.files import STDIN
from normalize.formats.kinds import CORPUS_SUFFIXES, corpus_format, make_format
from normalize.formats.packing import without_packing

if TYPE_CHECKING:
    from normalize.cli.session import Session
    from normalize.formats.discovery import Selection

JOURNAL = "unspin.journal"
"""Name of the journal in the folder of several outputs."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a run over corpora is to go."""

    in_place: bool
    output: Path | None
    rejects: Path | None
    strict: bool
    resume: bool
    jobs: int | None
    quiet: bool


def record_settings(session: Session, names: Sequence[str]) -> Settings:
    """Give the settings of a run over files of records, from the options of a command and from configuration files.

    Raises:
        InputError: a value is not one of those allowed, or the files are configured differently.

    """
    engine, values = session.shared_settings(names)
    add_fields = session.parameter("add_fields")
    return Settings(
        text_fields=tuple(values["text-field"].value) or ("text",),
        id_field=values["id-field"].value,
        text_format=str(values["text-format"].value),
        extract=bool(session.parameter("extract")),
        add_fields=tuple(name.strip() for name in add_fields.split(",")) if add_fields else (),
        prefix=session.parameter("prefix") or "",
        restore=not session.parameter("no_restore"),
        encoding=values["encoding"].value or "utf-8",
        max_record=int(session.parameter("max_record") * 1e6),
        allow=tuple(values["allow"].value),
        engine=engine,
    )


def corpus_inputs(inputs: Sequence[str], chosen: str | None, selection: Selection) -> list[tuple[str, str]]:
    """Give (name, format) of each file; folders are searched for files of the chosen format, as ``check`` does.

    Raises:
        InputError: a file does not exist, or a folder holds no file of the chosen format.

    """
    found: list[tuple[str, str]] = []
    for name in inputs:
        path = Path(name)
        form = chosen or corpus_format(name) or ""
        if chosen is not None and name != STDIN and path.is_dir():
            endings = frozenset(ending for ending, form in CORPUS_SUFFIXES.items() if form == chosen)
            found += [(file, chosen) for file in find_texts([name], replace(selection, endings=endings))]
        elif name != STDIN and not path.exists():
            raise InputError(f"{name}: no such file or folder")
        elif name != STDIN and not path.is_file():
            raise InputError(f"{name}: not a file; for a folder say what it holds with --input-format")
        else:
            found.append((name, form))
    return found


def fix_corpora(
    roots: Sequence[str], chosen: str | None, selection: Selection, settings: Settings, wishes: Wishes
) -> None:
    """Restore corpora and report on standard error.

    Raises:
        InputError: an input cannot be read or an output cannot be written.
        typer.Exit: with 2 when records were passed on as they are.

    """
    from normalize.cli.progress import RunProgress
    from normalize.corpus.processes import processors
    from normalize.corpus.run import Run

    corpora = corpus_inputs(roots, chosen, selection)
    for form in sorted({form for _, form in corpora}):
        make_format(form)  # what it needs may not be installed
    jobs, journal = _jobs(corpora, wishes, roots)
    if wishes.resume and journal is None:
        raise InputError("--resume needs --output or --in-place; standard output cannot be gone on with")
    with RunProgress(quiet=wishes.quiet) as progress:
        counts = Run(
            jobs=jobs,
            settings=settings,
            watch=progress,
            processes=wishes.jobs or processors(),
            rejects=wishes.rejects,
            strict=wishes.strict,
            resume=wishes.resume,
            journal=journal,
        ).run()
    finish(counts, quiet=wishes.quiet)


def fix_with_dask(
    inputs: Sequence[str],
    output: str | None,
    chosen: str | None,
    settings: Settings,
    wishes: Wishes,
    scheduler: str | None,
) -> None:
    """Restore partitions of corpora on a Dask cluster and report on standard error; ``output`` may be a URL.

    Raises:
        InputError: an input cannot be read, an output cannot be written, or Dask is not installed.
        typer.Exit: with 2 when records were passed on as they are.

    """
    from normalize.cli.progress import RunProgress
    from normalize.corpus.dask_engine import DaskRun

    if output is None:
        raise InputError("--engine dask writes a folder of parts; say which with --output")
    with RunProgress(quiet=wishes.quiet) as progress:
        counts = DaskRun(
            inputs=inputs,
            output=output,
            format=chosen,
            settings=settings,
            watch=progress,
            scheduler=scheduler,
            workers=wishes.jobs,
            rejects=wishes.rejects,
            strict=wishes.strict,
            resume=wishes.resume,
        ).run()
    finish(counts, quiet=wishes.quiet)


def finish(counts: Mapping[str, int], *, quiet: bool, unit: str = "record", passed_on: str = "passed on") -> None:
    """Say what was done; exit with 2 when records, or what else is counted, were passed on as they are."""
    if not quiet:
        typer.echo(summary(counts, unit, passed_on), err=True)
    if counts.get("rejected"):
        raise typer.Exit(ExitCode.USAGE)


def summary(counts: Mapping[str, int], unit: str = "record", passed_on: str = "passed on") -> str:
    """Give the counts of a run as one line."""
    number = {name: counts.get(name, 0) for name in ("records", "spun", "suspicious", "clean", "edits", "rejected")}
    changed = counts.get("changed", 0)
    text = (
        f"{number['records']:,} {unit}{'s' * (number['records'] != 1)}: "
        f"{number['spun']:,} spun, {number['suspicious']:,} suspicious, "
        f"{number['clean']:,} clean; {number['edits']:,} edits in {changed:,} {unit}{'s' * (changed != 1)}"
    )
    if number["rejected"]:
        text += f"; {number['rejected']:,} rejected and {passed_on} as they are"
    return text


def _jobs(corpora: Sequence[tuple[str, str]], wishes: Wishes, roots: Sequence[str]) -> tuple[list[Any], Path | None]:
    """Give what is to be done, and where the journal is kept (nowhere for standard output)."""
    from normalize.corpus.run import Job

    if wishes.in_place:
        jobs = [Job(name, Path(name), form) for name, form in corpora]
    elif wishes.output is None:
        if len(corpora) > 1:
            raise InputError(f"{len(corpora)} corpora do not fit on one standard output; add --in-place or --output")
        jobs = [Job(corpora[0][0], None, corpora[0][1])]
    elif len(corpora) == 1 and not wishes.output.is_dir() and not Path(roots[0]).is_dir():
        jobs = [Job(corpora[0][0], wishes.output, corpora[0][1])]
    else:
        jobs = [Job(name, target, form) for (name, form), target in _targets(corpora, wishes.output, roots)]
    _check(jobs, wishes)
    if jobs[0].target is None:
        return jobs, None
    if len(jobs) == 1:
        return jobs, jobs[0].target.with_name(f"{jobs[0].target.name}.journal")
    folder = wishes.output if wishes.output is not None else jobs[0].target.parent
    return jobs, folder / JOURNAL


def _check(jobs: Sequence[Any], wishes: Wishes) -> None:
    """Refuse what cannot work before anything is written."""
    targets: dict[Path, str] = {}
    for job in jobs:
        if job.form_needs_file and (job.target is None or job.source == STDIN):
            raise InputError(f"{job.shown}: {job.format} needs files: name the input, and add --output")
        if job.target is None:
            continue
        place = job.target.resolve()
        if place in targets:
            raise InputError(f"{targets[place]} and {job.source} would both be written to {job.target}; run them apart")
        targets[place] = job.source
        if not wishes.in_place and job.source != STDIN and place == Path(job.source).resolve():
            raise InputError(f"{job.source}: input and output are one file; use --in-place")
    if wishes.rejects is not None and wishes.rejects.resolve() in targets:
        raise InputError(f"{wishes.rejects}: cannot be both the output and the rejects")


def _targets(
    corpora: Sequence[tuple[str, str]], output: Path, roots: Sequence[str]
) -> list[tuple[tuple[str, str], Path]]:
    """Give where each corpus goes below the output folder: its place below the folder that was named, or its name."""
    folders = [Path(root) for root in roots if Path(root).is_dir()]
    found = []
    for name, form in corpora:
        path = Path(name)
        root = next((folder for folder in folders if path.is_relative_to(folder)), None)
        target = output / (path.relative_to(root) if root else path.name)
        if form == "warc":
            target = target.with_name(f"{_stem(target.name)}.jsonl")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{target.parent}: cannot be made: {error.strerror}") from None
        found.append(((name, form), target))
    return found


def _stem(name: str) -> str:
    bare = without_packing(name)
    suffix = Path(bare).suffix
    return bare.removesuffix(suffix) if suffix in CORPUS_SUFFIXES else bare
