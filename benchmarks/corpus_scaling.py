"""How the time and memory of ``unspin fix`` over a corpus grow with its size, and what a second process gives.

Usage, from the checkout: python -m benchmarks.corpus_scaling [--sizes 1,10] [--jobs 1,2] [--spun 0.05] [--honest F]

The corpus is made of honest texts and of the spun cases in ``tests/cases``, in random order with a fixed seed, as JSON
Lines. The honest texts are those of ``--honest`` (JSON Lines with ``text``, also .gz); left out, the honest cases,
which are dense in spinners' words and take far longer than usual text.

Each figure is one run of the command as a process, from start to end: interpreter and engine start-up are counted.
Processor time is that of all processes of the run; memory is the largest resident size of any one of them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from normalize.formats.corpora import read_corpus
from tests.cases import honest_cases, spun_cases

UNSPIN = str(Path(sys.executable).with_name("unspin"))


def make_corpus(path: Path, megabytes: float, spun: float, honest: Path | None) -> None:
    """Write a corpus of about this size; a share ``spun`` of its documents is spun."""
    chance = random.Random(1)
    spun_texts = [case.text for case in spun_cases()]
    honest_texts = [text for _, text in read_corpus([honest])] if honest else [case.text for case in honest_cases()]
    size = number = 0
    with path.open("w", encoding="utf-8") as file:
        while size < megabytes * 1e6:
            text = chance.choice(spun_texts if chance.random() < spun else honest_texts)
            line = json.dumps({"id": number, "text": text}, ensure_ascii=False) + "\n"
            file.write(line)
            size += len(line.encode())
            number += 1


def measure(source: Path, target: Path, jobs: int) -> tuple[float, float, float, str]:
    """Give seconds, processor seconds, megabytes of the largest process, and a hash of the output."""
    began = time.perf_counter()
    process = subprocess.Popen([UNSPIN, "fix", str(source), "-o", str(target), "--jobs", str(jobs), "--quiet"])
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"unspin fix ended with {process.returncode}")
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, digest


def main() -> None:
    """Print a table of sizes and numbers of processes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="1,10,100", help="megabytes, with commas between")
    parser.add_argument("--jobs", default="1,2", help="numbers of processes, with commas between")
    parser.add_argument("--spun", type=float, default=0.05, help="share of spun documents")
    parser.add_argument("--honest", type=Path, metavar="FILE", help="honest texts instead of the cases")
    arguments: Any = parser.parse_args()
    print(
        "| MB | processes | seconds | seconds per MB | processor seconds | against one process "
        "| largest process, MB | output |"
    )
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for megabytes in map(float, arguments.sizes.split(",")):
            source = Path(folder) / "corpus.jsonl"
            make_corpus(source, megabytes, arguments.spun, arguments.honest)
            size = source.stat().st_size / 1e6
            alone = 0.0
            for jobs in map(int, arguments.jobs.split(",")):
                seconds, processor, memory, digest = measure(source, Path(folder) / "out.jsonl", jobs)
                alone = alone or seconds
                print(
                    f"| {size:.1f} | {jobs} | {seconds:.1f} | {seconds / size:.3f} | {processor:.1f} "
                    f"| {alone / seconds:.2f} × "
                    f"| {memory:.0f} | {digest[:8]} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
