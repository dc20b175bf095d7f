"""The work on one record: judge its texts as one document, and say what becomes of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from normalize.corpus.settings import Settings
from normalize.formats.batches import Outcome, RecordError, Text, Where
from normalize.formats.view import View, place_plan
from normalize.formats.views import view_of
from normalize.ignoring import Silenced, silence
from normalize.normalizer import Normalizer
from normalize.plan import Edit, Plan, digest

GAP = "\n\n"
"""What stands between the texts of one record: they are judged together, as the paragraphs of one document."""


class RecordWork:
    """Works on records with fixed settings; made once in each process.

    Raises:
        UnspinError: the phrasebook or the model of the settings cannot be used.

    """

    def __init__(self, settings: Settings, normalizer: Normalizer | None = None) -> None:
        self.settings = settings
        self.normalizer = normalizer or settings.engine.make()
        self._names = self.names(settings)

    @staticmethod
    def names(settings: Settings) -> Mapping[str, str]:
        """Give for each added value the full name of its field."""
        return {name: settings.prefix + name for name in settings.add_fields}

    @property
    def max_record(self) -> int:
        """Largest record in bytes that is worked on."""
        return self.settings.max_record

    @property
    def encoding(self) -> str:
        """Encoding of the source."""
        return self.settings.encoding

    @property
    def text_fields(self) -> Sequence[str]:
        """Paths of the fields that hold the texts."""
        return self.settings.text_fields

    @property
    def id_field(self) -> str | None:
        """Path of the field that names a record, for its plan."""
        return self.settings.id_field

    @property
    def restores(self) -> bool:
        """Tell whether restored texts are written back."""
        return self.settings.restore

    @property
    def extracts(self) -> bool:
        """Tell whether only the main text of pages is wanted."""
        return self.settings.extract

    @property
    def added_names(self) -> Sequence[str]:
        """Names of the fields that are added to each record."""
        return tuple(self._names.values())

    def plans(self, texts: Sequence[Text], identity: str | None, text_format: str) -> list[Plan]:
        """Give a plan for each text of a record, with the verdict on the record as a whole.

        What comments in a text ignore, and what is allowed, is left out, as it is of single texts.

        Raises:
            RecordError: there is no text, or the engine failed on it.

        """
        return [silenced.plan for silenced in self.silenced(texts, identity, text_format)]

    def silenced(self, texts: Sequence[Text], identity: str | None, text_format: str) -> list[Silenced]:
        """Give the plans as ``plans`` does, each with what was left out of it.

        A record is one document: when one of its texts says that the whole document is to be left alone, all are.

        Raises:
            RecordError: there is no text, or the engine failed on it.

        """
        if not texts:
            raise RecordError(f"no text in {' or '.join(self.settings.text_fields)}")
        placed = self._planned(texts, identity, text_format)
        allowed = self.settings.allow
        found = [silence(text.value, plan, allowed) for text, plan in zip(texts, placed, strict=True)]
        if any(silenced.whole for silenced in found):
            return [silenced if silenced.whole else _left_alone(silenced) for silenced in found]
        return found

    def _planned(self, texts: Sequence[Text], identity: str | None, text_format: str) -> list[Plan]:
        try:
            if len(texts) == 1 and text_format == "text":  # the plan is for the text as it stands
                return [self.normalizer.plan(texts[0].value, identity)]
            views = [view_of(text.value, text_format) for text in texts]
            anchors = tuple(anchor for view in views for anchor in view.anchors)
            whole = self.normalizer.plan(GAP.join(view.text for view in views), identity, anchors=anchors)
        except Exception as error:  # whatever one record does to the engine, the others must go on
            raise RecordError(f"the program failed on it: {type(error).__name__}: {error}") from error
        return [place_plan(view, part) for view, part in zip(views, _parts(whole, views), strict=True)]

    def record(
        self,
        texts: Sequence[Text],
        identity: str | None = None,
        *,
        where: Where | None = None,  # noqa: ARG002 - part of the interface
        ready: bool = False,
    ) -> Outcome:
        """Work on the texts of one record; ``ready`` says that they are prose already, whatever the settings.

        Raises:
            RecordError: they cannot be worked on.

        """
        if self.settings.extract and not ready:
            return self._extracted(texts, identity)
        plans = self.plans(texts, identity, "text" if ready else self.settings.text_format)
        return Outcome([plan.edits for plan in plans], self._added(texts, plans), plans[0].verdict.label)

    def _extracted(self, texts: Sequence[Text], identity: str | None) -> Outcome:
        found = main_texts(texts)
        outcome = self.record(found, identity, ready=True)
        outcome.instead = [
            _applied(text.value, edits) if self.settings.restore else text.value
            for text, edits in zip(found, outcome.edits, strict=True)
        ]
        return outcome

    def _added(self, texts: Sequence[Text], plans: Sequence[Plan]) -> dict[str, Any]:
        if not self._names:
            return {}
        verdict = plans[0].verdict
        values = {
            "verdict": verdict.label,
            "probability": verdict.probability,
            "family": verdict.family,
            "edits": sum(len(plan.edits) for plan in plans),
            "error": None,
        }
        if "plan" in self._names:
            values["plan"] = {text.path: plan.to_dict() for text, plan in zip(texts, plans, strict=True)}
        return {full: values[name] for name, full in self._names.items()}

    def failed(self, reason: str) -> Mapping[str, Any]:
        """Give the values to add to a record that could not be worked on: the reason, and nothing else."""
        return {full: reason if name == "error" else None for name, full in self._names.items()}


def _left_alone(silenced: Silenced) -> Silenced:
    count = silenced.count + len(silenced.plan.edits)
    return Silenced(replace(silenced.plan, edits=(), notes=()), count, whole=True)


def main_texts(texts: Sequence[Text]) -> list[Text]:
    """Give the main texts of pages.

    Raises:
        RecordError: there is none.

    """
    from normalize.formats.main_text import main_text

    found = [Text(text.path, main_text(text.value)) for text in texts]
    if not any(text.value for text in found):
        raise RecordError("no main text was found in the page")
    return found


def _applied(text: str, edits: Sequence[Edit]) -> str:
    from normalize.plan import apply_edits

    return apply_edits(text, tuple(edits))


def _parts(whole: Plan, views: Sequence[View]) -> list[Plan]:
    """Cut the plan for texts that were joined with ``GAP`` into one for each, with offsets of its own."""
    parts = []
    at = 0
    for view in views:
        text = view.text
        end = at + len(text)
        edits = tuple(
            replace(edit, start=edit.start - at, end=edit.end - at)
            for edit in whole.edits
            if at <= edit.start and edit.end <= end
        )
        notes = tuple(
            replace(note, start=note.start - at, end=note.end - at)
            for note in whole.notes
            if at <= note.start and note.end <= end
        )
        parts.append(replace(whole, sha256=digest(text), edits=edits, notes=notes))
        at = end + len(GAP)
    return parts
