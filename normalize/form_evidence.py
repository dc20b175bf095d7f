"""What one occurrence of a form says of spinning, for each family, and what all forms of a text say together."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from normalize.folding import Folded
from normalize.phrase_table import PhraseTable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MIN_EVIDENCE = 0.5
"""Weaker forms do not count in ``sums``: common words that spinners write a little more often."""
_STEPS = 100.0
"""Evidence is kept in hundredths of a nat."""


class FormEvidence(Mapping[str, Mapping[str, float]]):
    """Evidence of each form for each family that it speaks for, in nats above honest English.

    Args:
        families: names of the families.
        forms: the forms that are evidence for some family.
        evidence: a row a form, a column a family: hundredths of a nat as 16-bit numbers.
        phrases: the forms as a packed ``PhraseTable``.

    """

    def __init__(
        self, families: Sequence[str], forms: Sequence[str], evidence: bytes, phrases: tuple[bytes, bytes, int]
    ) -> None:
        import numpy as np

        self._families, self._forms = families, forms
        self._table = np.frombuffer(evidence, np.uint16).reshape(len(forms), len(families))
        self._phrases = PhraseTable(*phrases)

    @staticmethod
    def pack(
        evidence: Mapping[str, Mapping[str, float]],
    ) -> tuple[list[str], list[str], bytes, tuple[bytes, bytes, int]]:
        """Give what ``FormEvidence`` is made of, from evidence by form and family."""
        families = sorted({family for found in evidence.values() for family in found})
        rows = [[round(found.get(family, 0.0) * _STEPS) for family in families] for found in evidence.values()]
        table = array("H", [value for row in rows for value in row]).tobytes()
        return families, list(evidence), table, PhraseTable.pack(evidence)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {form: row for row, form in enumerate(self._forms)}

    @cached_property
    def _counting(self) -> NDArray[np.float64]:
        """The evidence that counts in sums, in nats."""
        import numpy as np

        return np.where(self._table < MIN_EVIDENCE * _STEPS, 0.0, self._table / _STEPS)

    def __getitem__(self, form: str) -> dict[str, float]:
        found = self._table[self._rows[form]].tolist()
        return {family: value / _STEPS for family, value in zip(self._families, found, strict=True) if value}

    def __iter__(self) -> Iterator[str]:
        return iter(self._forms)

    def __len__(self) -> int:
        return len(self._forms)

    def strongest(self, form: str) -> float:
        """Give the evidence of a form for the family that it speaks for most, 0 for a form that says nothing."""
        row = self._rows.get(form)
        return 0.0 if row is None else float(self._table[row].max()) / _STEPS

    def sums(self, folded: Folded) -> dict[str, float]:
        """Give the evidence of the forms in a text for each family that has any, in nats.

        Repetitions of a form count ever less: they are not independent.
        """
        import numpy as np

        rows, counts = self._phrases.count(folded)
        sums = ((1.0 + np.log(counts)) @ self._counting.take(rows, axis=0)).tolist()
        return {family: found for family, found in zip(self._families, sums, strict=True) if found > 0.0}
