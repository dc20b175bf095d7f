"""``unspin fix`` over texts: a few are all written or none, many are streamed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from normalize.cli.exit_codes import ExitCode
from normalize.cli.fix_corpus import Wishes
from normalize.cli.fix_tree import Targets, fix_tree, refuse_elsewhere, streams
from normalize.cli.output import plan_bytes, print_diff, unified_diff, write_stdout
from normalize.errors import InputError

if TYPE_CHECKING:
    from normalize.cli.session import Failure, Session
    from normalize.document import Document
    from normalize.ignoring import Silenced
    from normalize.plan import Plan


def fix_texts(
    session: Session, inputs: Sequence[str], wishes: Wishes, *, listed: bool, diff: bool, plan: Path | None
) -> None:
    """Restore texts; ``listed`` says that a list named them, ``plan`` is where the plan of the only one goes.

    Raises:
        InputError: an input cannot be read or an output cannot be written, or options do not go together.
        typer.Exit: with 1 when a diff shows changes, with 2 when texts of many could not be worked on.

    """
    from normalize.formats.discovery import find_texts
    from normalize.formats.files import STDIN

    problems: list[tuple[str, InputError]] = []
    names = find_texts(inputs, session.selection(), lambda *problem: problems.append(problem), listed=listed)
    streamed = streams(names, wishes)
    if problems and (diff or wishes.strict or not streamed):
        raise problems[0][1]
    many = len(names) > 1 or any(Path(name).is_dir() for name in inputs if name != STDIN)
    if many and not (wishes.in_place or wishes.output or diff):
        raise InputError(
            f"{len(names)} texts do not fit on one standard output; add --in-place, --output FOLDER or --diff"
        )
    if plan is not None and len(names) > 1:
        raise InputError("--plan takes one input; for more run: unspin plan FILE for each")
    targets = Targets(inputs, wishes.output, many=many)
    if wishes.resume or wishes.rejects is not None:
        option = "--resume" if wishes.resume else "--rejects"
        if diff or plan is not None:
            raise InputError(f"{option} is for texts that are written one by one; leave out --diff and --plan")
    if diff and streamed:
        _print_diffs(session.plan_all(names))
    elif streamed:
        fix_tree(session, names, inputs, targets, wishes, problems)
    else:
        _fix_few(session, names, targets, wishes, diff=diff, plan=plan)


def _print_diffs(outcomes: Iterable[tuple[Document, Silenced] | Failure]) -> None:
    """Print the diffs of many texts as they come."""
    from normalize.cli.session import Failure

    failures, changed = 0, False
    for outcome in outcomes:
        if isinstance(outcome, Failure):
            failures += 1
            typer.echo(f"unspin: {' '.join(str(outcome.error).splitlines())}", err=True)
            continue
        document, silenced = outcome
        text = silenced.plan.apply(document.text)
        if text != document.text:
            changed = True
            print_diff(unified_diff(document.text, text, document.name))
    if failures:
        raise typer.Exit(ExitCode.USAGE)
    if changed:
        raise typer.Exit(ExitCode.FINDINGS)


def _fix_few(
    session: Session, names: Sequence[str], targets: Targets, wishes: Wishes, *, diff: bool, plan: Path | None
) -> None:
    """Restore a few texts. Everything is read before anything is written, so that a bad input changes nothing."""
    from normalize.cli.session import Failure
    from normalize.corpus.journal import refuse_interrupted
    from normalize.formats.files import check_writable, encode, write_bytes

    if wishes.in_place:
        refuse_interrupted(targets.journal)
        refuse_elsewhere(names, targets.journal)
    documents, plans = [], []
    for outcome in session.plan_all(names):
        if isinstance(outcome, Failure):
            raise outcome.error
        documents.append(outcome[0])
        plans.append(outcome[1].plan)
    restored = [found.apply(document.text) for document, found in zip(documents, plans, strict=True)]
    if plan is not None:
        check_writable(plan)
    if diff:
        for document, text in zip(documents, restored, strict=True):
            print_diff(unified_diff(document.text, text, document.name))
    elif wishes.in_place or wishes.output is not None:
        _write(documents, plans, restored, None if wishes.output is None else targets, quiet=wishes.quiet)
    else:
        write_stdout(encode(documents[0], restored[0]))
    if plan is not None:
        write_bytes(plan, plan_bytes(plans[0]))
    if diff and any(text != document.text for document, text in zip(documents, restored, strict=True)):
        raise typer.Exit(ExitCode.FINDINGS)


def _write(
    documents: list[Document], plans: list[Plan], restored: list[str], targets: Targets | None, *, quiet: bool
) -> None:
    """Write all restored texts. Everything is encoded and every target checked before the first one is written."""
    from normalize.formats.files import check_writable, encode, write_bytes

    paths = [Path(document.name) for document in documents] if targets is None else _targets(targets, documents)
    data = [encode(document, text) for document, text in zip(documents, restored, strict=True)]
    for path, document, text in zip(paths, documents, restored, strict=True):
        if targets is not None or text != document.text:
            check_writable(path)
    for document, plan, text, path, content in zip(documents, plans, restored, paths, data, strict=True):
        if targets is not None or text != document.text:
            write_bytes(path, content)
        if not quiet:
            _report(document, plan)


def _report(document: Document, plan: Plan) -> None:
    edits = len(plan.edits)
    typer.echo(f"{document.name}: {plan.verdict.label}, {edits} edit{'s' * (edits != 1)}", err=True)


def _targets(targets: Targets, documents: list[Document]) -> list[Path]:
    """Give where each restored text goes, and make the folders.

    Raises:
        InputError: a folder cannot be made, or two texts would go to one file.

    """
    found: dict[Path, str] = {}
    for document in documents:
        target = targets.of(document.name)
        if target in found:
            raise InputError(f"{found[target]} and {document.name} would both be written to {target}; run them apart")
        found[target] = document.name
    if not targets.one:
        for target in found:
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise InputError(f"{target.parent}: cannot be made: {error.strerror}") from None
    return list(found)
