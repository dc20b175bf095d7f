"""How matching speed depends on the size of the phrasebook, and how it compares with the bare automaton.

Usage: python -m benchmarks.matching TEXT... from the checkout. Each figure is the best of five runs in one process.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from normalize.folding import fold
from normalize.loading import load_compiled
from normalize.match import Matcher, patterns_of
from normalize.normalizer import BLOCK
from normalize.segment import blocks


def best(run: Callable[[], object]) -> float:
    """Give the least wall time of five runs, in seconds."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return min(times)


def main() -> None:
    """Print throughput for 1,500 forms, for all forms, and for the automaton alone."""
    text = "\n\n".join(Path(name).read_text(encoding="utf-8") for name in sys.argv[1:])
    size = len(text.encode()) / 1e6
    parts = [text[start:end] for start, end in blocks(text, BLOCK)]
    forms = sorted(load_compiled().forms)
    for count in (1500, len(forms)):
        chosen = random.Random(1).sample(forms, count)
        patterns = patterns_of(chosen)
        matcher = Matcher(patterns)
        seconds = best(lambda matcher=matcher: [matcher.tally(fold(part)) for part in parts])
        bare = BytesAhoCorasick([pattern for pattern, _ in patterns], matchkind=MatchKind.Standard)
        spaced = b" %b " % fold(text).spaced
        alone = best(lambda bare=bare, spaced=spaced: bare.find_matches_as_indexes(spaced, overlapping=True))
        built = best(lambda patterns=patterns: Matcher(patterns))
        print(
            f"{count} forms: {size / seconds:.1f} MB/s ({size / alone:.1f} MB/s the automaton alone), "
            f"built in {built * 1000:.0f} ms"
        )


if __name__ == "__main__":
    main()
