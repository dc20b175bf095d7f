"""What each report format of ``unspin check`` costs, against the text report.

Usage: python -m benchmarks.report_formats [DOCUMENTS] [RUNS] from the checkout. Makes a corpus of articles of about
4 kB in a temporary folder, as ``benchmarks.check_corpus`` does; 400 articles and 5 runs when not told otherwise, and no
result cache. Each run checks it once in every format, as a process with its output in a file. The figure of a format is
its least processor time, which other work on the machine disturbs less than the clock.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.check_corpus import make_corpus
from normalize.reports.formats import Format


def processor_time(arguments: list[str], folder: Path, output: Path) -> float:
    """Run ``unspin check``, its output in a file, and give the processor time that it took, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with output.open("wb") as stdout:
        command = [sys.executable, "-m", "normalize", "check", str(folder), "--exit-zero", "--no-cache", *arguments]
        subprocess.run(command, stdout=stdout, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print for each format its least time, the ratio to text, and the size of the report."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as name:
        corpus, out = Path(name, "corpus"), Path(name, "report")
        corpus.mkdir()
        make_corpus(corpus, number)
        processor_time([], corpus, out)  # compiles the phrasebook where no run has yet
        times: dict[Format, list[float]] = {chosen: [] for chosen in Format}
        sizes: dict[Format, int] = {}
        every: list[float] = []
        files = [word for chosen in Format for word in ("--output-file", f"{chosen}={out}.{chosen}")]
        for _ in range(runs):
            for chosen in Format:
                times[chosen].append(processor_time(["--format", chosen], corpus, out))
                sizes[chosen] = out.stat().st_size
            every.append(processor_time(files, corpus, out))
        base = min(times[Format.TEXT])
        print(f"{number} articles, best of {runs} runs, processor time; text: {base:.2f} s")
        for chosen in Format:
            print(f"{chosen:<11} {min(times[chosen]) / base:.3f} of text, {sizes[chosen] / 1000:,.0f} kB")
        print(f"text on standard output and all ten as files: {min(every) / base:.3f} of text")


if __name__ == "__main__":
    main()
