"""One run of a command over texts: its settings from the command line and from files, and the plans that follow.

``check``, ``fix`` and ``plan`` all take their plans from here, so that they agree about what is ignored.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from normalize.cli.configuration import Configuration, Finder, Value, load_configuration
from normalize.cli.exit_codes import ExitCode
from normalize.cli.settings import RECORD_SETTINGS, SETTINGS
from normalize.corpus.engine import EngineSettings, TextTask, plan_task
from normalize.errors import InputError, UnspinError
from normalize.formats.files import STDIN, STDIN_NAME, read_document

if TYPE_CHECKING:
    from normalize.corpus.result_cache import ResultCache
    from normalize.corpus.text_files import TextSettings
    from normalize.document import Document
    from normalize.formats.discovery import Selection
    from normalize.ignoring import Silenced
    from normalize.plan import Plan


RECORD_PLANS = "plans of records come with: unspin fix FILE --no-restore --add-fields plan"
"""What to do instead of asking for the plan of a file of many records."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A text that has no plan, and why."""

    name: str
    error: UnspinError


class Session:
    """The settings of one run of a command. What the command line says beats what files say.

    Args:
        context: of the command; its parameters that were given by hand, and are settings, are taken from it.

    """

    def __init__(self, context: typer.Context) -> None:
        self._context = context
        self.given = {
            setting.name: Value(context.params[setting.option], "command line")
            for setting in SETTINGS
            if setting.option in context.params and self.is_given(setting.option)
        }
        file, isolated = context.params.get("config"), context.params.get("isolated")
        if file is not None and isolated:
            raise InputError("--config and --isolated exclude one another; choose one")
        self._finder = Finder()
        self._fixed: Configuration | None = Configuration() if isolated else None
        if file is not None:
            self._fixed = load_configuration(Path(file))
        self.stdin_name: str | None = context.params.get("stdin_filename")
        self._extracts = bool(context.params.get("extract"))
        self._configurations: dict[str, Configuration] = {}
        self._by_folder: dict[str, tuple[EngineSettings, dict[str, Value]]] = {}
        self._failures: list[Failure] = []
        self._whole = self._silenced = self._documents = self._rejected = 0

    def is_given(self, parameter: str) -> bool:
        """Tell whether a parameter was given on the command line."""
        source = self._context.get_parameter_source(parameter)
        return source is not None and source.name == "COMMANDLINE"

    def parameter(self, name: str) -> Any:
        """Give a parameter of the command, None where it has none of this name."""
        return self._context.params.get(name)

    def option(self, parameter: str) -> str:
        """Give how a parameter is written on the command line: ``--cache/--no-cache`` for ``cache``."""
        found = (found for found in self._context.command.params if found.name == parameter)
        options = [option for known in found for option in (*known.opts, *known.secondary_opts)]
        return "/".join(option for option in options if option.startswith("--"))

    def refuse(self, parameters: Sequence[str], problem: str) -> None:
        """Refuse parameters that were given and would do nothing.

        Raises:
            InputError: one was given.

        """
        for name in parameters:
            if self.is_given(name):
                raise InputError(f"{self.option(name)} {problem}")

    @cached_property
    def configuration(self) -> Configuration:
        """The configuration for the whole run: the one that was named, or that of the working folder."""
        return self._fixed if self._fixed is not None else self._finder.find(Path.cwd())

    def run_setting(self, name: str) -> Any:
        """Give a setting that holds for the whole run."""
        return (self.given.get(name) or self.configuration.value(name)).value

    def settings_for(self, name: str) -> dict[str, Value]:
        """Give all settings for one file; for standard input, that of ``--stdin-filename`` or the working folder."""
        if name == STDIN:
            name = self.stdin_name or str(Path.cwd() / STDIN)
        configuration = self._fixed
        if configuration is None:
            configuration = self._finder.find(Path(name).absolute().parent)
        return {**configuration.for_path(name), **self.given}

    def run_path(self, name: str) -> Path | None:
        """Give a setting for the whole run that is a path."""
        value = self.run_setting(name)
        return None if value is None else Path(value)

    def texts(
        self,
        names: Sequence[str],
        *,
        listed: bool = False,
        endings: frozenset[str] | None = None,
    ) -> list[str]:
        """Give the files that names stand for; ``listed`` says that the names come from a list.

        ``endings`` are those of the files that are taken from folders, those of texts when None.

        Raises:
            InputError: one does not exist, or a folder holds none; that one cannot be searched waits for ``close``.

        """
        from normalize.formats.discovery import find_texts

        selection = self.selection()
        if endings is not None:
            selection = replace(selection, endings=endings)
        return find_texts(names, selection, self.fail, listed=listed)

    def named(self, inputs: Sequence[str], files_from: str | None = None) -> list[str]:
        """Give the inputs, and what the list of names holds if there is one, as they were written.

        Raises:
            InputError: there are none, or options contradict one another.

        """
        names = list(inputs)
        if files_from is not None:
            from normalize.formats.discovery import read_names

            if files_from == STDIN and STDIN in names:
                raise InputError("standard input cannot be both a text and the list of --files-from; choose one")
            names += read_names(files_from)
        if not names:
            raise InputError("no input; give files, folders, - for standard input, or --files-from LIST")
        if self.stdin_name is not None and STDIN not in names:
            raise InputError("--stdin-filename names standard input, so - must be one of the inputs")
        return names

    def fail(self, name: str, error: UnspinError) -> None:
        """Take note of an input that cannot be read, or only in part; ``close`` says so."""
        self._failures.append(Failure(name, error))

    def note_records(self, through: int, ignored: int) -> None:
        """Count records that were checked, and those among them that their comments ignore as a whole."""
        self._documents += through
        self._whole += ignored

    def reject(self, records: int) -> None:
        """Count records that could not be checked; ``close`` says how many."""
        self._rejected += records

    def checked(self, names: Iterable[str]) -> Iterator[tuple[Document, Silenced]]:
        """Plan texts and leave out those that their comments ignore as a whole; failures wait for ``close``."""
        for outcome in self.plan_all(names):
            if isinstance(outcome, Failure):
                self._failures.append(outcome)
                continue
            document, silenced = outcome
            self._documents += 1
            self._silenced += silenced.count
            if silenced.whole:
                self._whole += 1
            else:
                yield document, silenced

    @property
    def any_checked(self) -> bool:
        """Whether at least one text was read and planned."""
        return self._documents > 0

    def close(self) -> None:
        """Say on standard error what was ignored, and every text and the number of records that could not be checked.

        Raises:
            typer.Exit: with code 2, when there was such a text or record.

        """
        if self._whole:
            documents = f"{self._whole} document{'s' * (self._whole != 1)}"
            typer.echo(f"unspin: {documents} left out by “unspin: ignore-file”", err=True)
        for failure in self._failures:
            typer.echo(f"unspin: {' '.join(str(failure.error).splitlines())}", err=True)
        if self._rejected and not self.parameter("quiet"):
            records = f"{self._rejected} record{'s' * (self._rejected != 1)}"
            typer.echo(f"unspin: {records} could not be checked", err=True)
        if self._failures or self._rejected:
            raise typer.Exit(ExitCode.USAGE)

    def selection(self) -> Selection:
        """Give which files of folders are taken."""
        from normalize.formats.discovery import Selection

        by_hand = "include" in self.given or "exclude" in self.given
        return Selection(
            tuple(self.run_setting("include")),
            tuple(self.run_setting("exclude")),
            self.run_setting("ignore-files"),
            None if by_hand else self.configuration.folder,
        )

    def read(self, name: str) -> Document:
        """Read a text, or standard input for ``-``, which is then called what ``--stdin-filename`` says.

        Raises:
            InputError: it cannot be read, holds records instead of a text, or ``--extract`` finds no main text in it.

        """
        document = read_document(name, self._settings(name)[1]["encoding"].value)
        if name == STDIN and self.parameter("input_format") is None:
            self._refuse_piped_records(document)
        if self._extracts:
            from normalize.formats.main_text import main_text_of

            document = main_text_of(document)
        return replace(document, name=self.stdin_name) if name == STDIN and self.stdin_name else document

    def _refuse_piped_records(self, document: Document) -> None:
        from normalize.formats.kinds import is_json_lines, refuse_records

        remedy = "say what it is with --input-format" if self.option("input_format") else RECORD_PLANS
        if self.stdin_name is not None:
            refuse_records(self.stdin_name, remedy)
        elif is_json_lines(document.text):
            raise InputError(f"{document.name}: JSON Lines, not a text; {remedy}")

    def task(self, document: Document) -> TextTask:
        """Give what is to be planned: the text, how it is read, and the settings for it."""
        from normalize.formats.views import text_format

        chosen = "text" if self._extracts else self._context.params.get("input_format")
        kind = str(chosen or text_format(document.name))
        return TextTask(document.text, document.name, self._settings(_name_of(document))[0], kind)

    def text_settings(self, name: str) -> TextSettings:
        """Give everything that the restored text of a file depends on."""
        from normalize.corpus.text_files import TextSettings

        engine, values = self._settings(name)
        chosen = "text" if self._extracts else self._context.params.get("input_format")
        allowed = tuple(values["allow"].value)
        return TextSettings(engine, values["encoding"].value, allowed, str(chosen or ""), self._extracts)

    def shared_settings(self, names: Sequence[str]) -> tuple[EngineSettings, dict[str, Value]]:
        """Give the settings that hold for all these files: those of the engine, and all others.

        Raises:
            InputError: they differ between the files.

        """
        engine, values = self._settings(names[0])
        for name in names[1:]:
            other, others = self._settings(name)
            if other != engine or any(others[key].value != values[key].value for key in RECORD_SETTINGS):
                raise InputError(f"{name} and {names[0]} are configured differently; run them apart")
        return engine, values

    def silence(self, document: Document, plan: Plan) -> Silenced:
        """Take from a plan what comments in the text, or the allow list, leave alone."""
        from normalize.ignoring import silence

        return silence(document.text, plan, self._settings(_name_of(document))[1]["allow"].value)

    def _settings(self, name: str) -> tuple[EngineSettings, dict[str, Value]]:
        """Give the settings for a file; those of a folder are worked out once, unless its files may differ."""
        folder = os.path.split(name)[0]  # thousands of names: making paths of all would take longer than reading them
        if folder not in self._configurations:
            self._configurations[folder] = self._fixed or self._finder.find(Path(folder))
        key = name if self._configurations[folder].tables or name == STDIN else folder
        if key not in self._by_folder:
            if len(self._by_folder) > 10_000:
                self._by_folder.clear()
            values = self.settings_for(name)
            strip = bool(self._context.params.get("strip_leftovers"))
            self._by_folder[key] = (engine_settings(values, strip), values)
        return self._by_folder[key]

    def plan(self, document: Document) -> Silenced:
        """Plan one document, leaving alone what is to be ignored."""
        return self.silence(document, plan_task(self.task(document)))

    def plan_all(self, names: Iterable[str]) -> Iterator[tuple[Document, Silenced] | Failure]:
        """Read and plan many texts, in order, in worker processes and with the results of earlier runs.

        A text that cannot be read gives a failure, and so does one on which a worker died.
        """
        from normalize.corpus.processes import processors

        jobs = self.run_setting("jobs") or processors()
        folder = self.results_folder()
        with ExitStack() as stack:
            cache = None
            if folder is not None:
                from normalize.corpus.result_cache import ResultCache

                cache = stack.enter_context(ResultCache(folder))
            yield from self._planned(names, jobs, cache)

    def results_folder(self) -> Path | None:
        """Give the folder where results are remembered, None where they are not."""
        if not self.run_setting("cache"):
            return None
        from normalize.cache_location import cache_folder

        folder = self.run_setting("cache-dir")
        return Path(folder) if folder else cache_folder()

    def _planned(
        self, names: Iterable[str], jobs: int, cache: ResultCache | None
    ) -> Iterator[tuple[Document, Silenced] | Failure]:
        from collections import deque

        from normalize.corpus.keys import Keys
        from normalize.corpus.processes import CRASHED, Crash, Done, ordered_map

        keys = Keys()
        waiting: deque[tuple[Document, TextTask, bytes | None]] = deque()

        def tasks() -> Iterator[TextTask | Done[Plan | Failure]]:
            for name in names:
                try:
                    document = self.read(name)
                except InputError as error:
                    yield Done(Failure(name, error))
                    continue
                task = self.task(document)
                key = keys.of(task) if cache else None
                hit = cache.get(key, document.name) if cache and key else None
                waiting.append((document, task, None if hit else key))
                yield Done(hit) if hit else task

        def prepare() -> None:
            # Planning a text loads everything that is loaded on first use, which forked workers then share.
            plan_task(waiting[0][1])

        for result in ordered_map(plan_task, tasks(), jobs, prepare):
            if isinstance(result, Failure):
                yield result
                continue
            document, _, key = waiting.popleft()
            if isinstance(result, Crash):
                yield Failure(document.name, InputError(f"{document.name}: {CRASHED}"))
                continue
            if cache and key:
                cache.put(key, result)
            yield document, self.silence(document, result)


def _name_of(document: Document) -> str:
    """Give the name under which the settings of a document are looked up."""
    return STDIN if document.name == STDIN_NAME else document.name


def engine_settings(values: dict[str, Value], strip_leftovers: bool = False) -> EngineSettings:
    """Give the part of the settings that plans depend on."""
    from normalize.cli.options import Mode, Quotations

    model, least = values["model"].value, values["min-confidence"].value
    return EngineSettings(
        tuple(Path(path) for path in values["phrasebook"].value),
        tuple(values["disable"].value),
        Quotations(values["quotations"].value).value,
        Path(model) if model else None,
        Mode(values["mode"].value).value,
        None if least is None else float(least),
        strip_leftovers,
    )
