"""The generated counts and the model fit the phrasebook that they were made for."""

from __future__ import annotations

from normalize.cli.phrasebook_files import builtin_counts
from normalize.counting import digest_of
from normalize.counts import Counts, format_counts, parse_counts
from normalize.language_model import open_context_model
from normalize.loading import load_compiled
from normalize.spinning import channel_of


def test_counts_are_up_to_date() -> None:
    """Made by: unspin phrasebook count (docs/counts.md)."""
    assert builtin_counts().digest == digest_of(load_compiled())


def test_the_context_model_knows_the_classic_phrasebook() -> None:
    """Made by: unspin model train (docs/model-card.md). A few entries may be younger than the model."""
    channel = channel_of(load_compiled(), "classic")
    pairs = [(" ".join(form), " ".join(original)) for form, found in channel.items() for original in found]
    known = open_context_model(None).known_pairs(pairs)
    assert sum(known) >= 0.95 * len(pairs)


def test_counts_are_written_and_read() -> None:
    counts = Counts(1000, 10, {"mentioned": 3}, {("mentioned", "said"): 2}, "abc")
    assert parse_counts(format_counts(counts, "made for a test")) == counts
