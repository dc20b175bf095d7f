"""Counts behind the weights: how often forms stand in honest English, and what spinners were seen to write.

The built-in counts are a generated file, ``phrasebook/counts.tsv``; ``unspin phrasebook count`` makes it anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field

HEADER = "form\thonest\toriginal\tseen"
FLOOR_PER_MILLION = 0.05
"""Rate of a form that never occurred in the 33 million words of the honest corpus: less than two in 33 million."""
EVIDENCE_PRIOR_WORDS = 2000.0
"""Words of spun text that the computed rate of a form is worth against its counted rate."""


@dataclass(slots=True)
class Counts:
    """Occurrences of forms in an honest corpus, and of (spun form, original) pairs in spun pages.

    ``honest_words`` is the size of the honest corpus and ``spun_words`` that of the aligned spun pages, in words.
    ``digest`` is a hash of the phrasebook that was counted (``counting.digest_of``).
    """

    honest_words: int = 0
    spun_words: int = 0
    honest: dict[str, int] = field(default_factory=dict)
    pairs: dict[tuple[str, str], int] = field(default_factory=dict)
    digest: str = ""
    _by_original: dict[str, int] = field(default_factory=dict)
    _by_form: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for (form, original), count in self.pairs.items():
            self._by_original[original] = self._by_original.get(original, 0) + count
            self._by_form[form] = self._by_form.get(form, 0) + count

    def frequency(self, form: str) -> float:
        """Give how often the form stands in the honest corpus."""
        return self.honest.get(form.lower(), 0)

    def clean_rate(self, form: str) -> float | None:
        """Give the rate of a form per million words of honest English; None when there are no counts at all."""
        if not self.honest_words:
            return None
        return self.honest.get(form.lower(), 0) * 1e6 / self.honest_words

    def substitutions(self, form: str, original: str) -> tuple[int, int]:
        """Give how often the form was seen for this original, and how often any form was."""
        key = original.lower()
        return self.pairs.get((form.lower(), key), 0), self._by_original.get(key, 0)

    def blend_spun_rate(self, form: str, computed: float) -> float:
        """Give the rate per million words of spun text: the computed one, corrected by what was counted."""
        counted = self._by_form.get(form.lower(), 0)
        if not counted or not self.spun_words:
            return computed
        expected = computed * EVIDENCE_PRIOR_WORDS / 1e6
        return (counted + expected) * 1e6 / (self.spun_words + EVIDENCE_PRIOR_WORDS)


def parse_counts(text: str) -> Counts:
    """Read the form that ``format_counts`` writes.

    Raises:
        ValueError: the text has another form.

    """
    sizes: dict[str, int] = {}
    digest = ""
    honest: dict[str, int] = {}
    pairs: dict[tuple[str, str], int] = {}
    lines = iter(text.splitlines())
    for line in lines:
        if line == HEADER:
            break
        name, _, value = line.lstrip("# ").partition(": ")
        if name in ("honest_words", "spun_words"):
            sizes[name] = int(value)
        elif name == "phrasebook":
            digest = value
    else:
        message = "no header line"
        raise ValueError(message)
    for line in lines:
        form, count, original, seen = line.split("\t")
        if original:
            pairs[form, original] = int(seen)
        else:
            honest[form] = int(count)
    return Counts(sizes["honest_words"], sizes["spun_words"], honest, pairs, digest)


def format_counts(counts: Counts, provenance: str) -> str:
    """Write counts as tab-separated lines, sorted, under a comment that says how they were made."""
    lines = [f"# {line}" for line in provenance.splitlines()]
    lines += [f"# honest_words: {counts.honest_words}", f"# spun_words: {counts.spun_words}"]
    lines += [f"# phrasebook: {counts.digest}", HEADER]
    rows = [(form, f"{count}", "", "") for form, count in counts.honest.items() if count]
    rows += [(form, "", original, f"{seen}") for (form, original), seen in counts.pairs.items()]
    lines += ["\t".join(row) for row in sorted(rows)]
    return "\n".join(lines) + "\n"
