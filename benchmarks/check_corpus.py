"""How long ``unspin check`` takes over a corpus, against codespell and typos on the same files in the same run.

Usage, from the checkout, with codespell (and, if it is to be compared, typos) installed:
python -m benchmarks.check_corpus [--honest FILE] [--megabytes N] [--articles N] [--runs N] [--jobs N] [--profile]

With ``--honest`` the corpus is real text: the records of a JSON Lines file with a ``text`` (also .gz), a file for each,
up to so many megabytes. Without, it is made from the written cases in tests/cases: 1,900 honest and 100 spun articles
of about 4 kB, each a row of whole cases in another order, so that no two are alike; these are dense in spinners' words
and take far longer than usual text. The result cache is off, but for the last figures, which show what it is worth. The
phrasebook is compiled before the clock starts.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from normalize.formats.corpora import read_corpus
from tests.cases import honest_cases, spun_cases

ARTICLES = 2000
SPUN_SHARE = 0.05
SIZE = 4000
"""Characters of an article, at least; it ends with the paragraph that reaches them."""


def make_corpus(folder: Path, articles: int = ARTICLES, seed: int = 1) -> None:
    """Write the articles, a hundred to a folder; the same seed gives the same articles."""
    chooser = random.Random(seed)
    clean = [case.text.strip() for case in honest_cases()]
    by_family: dict[str, list[str]] = {}
    for case in spun_cases():
        by_family.setdefault(str(case.family), []).append(case.text.strip())
    families = sorted(name for name, texts in by_family.items() if sum(map(len, texts)) > 2 * SIZE)
    spun = round(articles * SPUN_SHARE)
    kinds = ["honest"] * (articles - spun) + ["spun"] * spun
    chooser.shuffle(kinds)
    for number, kind in enumerate(kinds):
        texts = clean if kind == "honest" else by_family[chooser.choice(families)]
        paragraphs = (part for text in chooser.sample(texts, len(texts)) for part in text.split("\n\n"))
        article: list[str] = []
        while sum(map(len, article)) < SIZE:
            article.append(next(paragraphs))
        path = folder / f"{number // 100:02}" / f"{kind}-{number:04}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n\n".join(article) + "\n", encoding="utf-8")


def write_honest(folder: Path, source: Path, megabytes: float) -> int:
    """Write honest texts as files, five hundred to a folder, up to a size; give how many."""
    size = number = 0
    for _, text in read_corpus([source]):
        if size >= megabytes * 1e6:
            break
        path = folder / f"{number // 500:03}" / f"{number:06}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n", encoding="utf-8")
        size += path.stat().st_size
        number += 1
    return number


def timed(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Run a command and give its wall and processor time in seconds; output goes to a file, as in a pipeline."""
    before = os.times()
    began = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, env=environment, check=False)
    wall = time.perf_counter() - began
    after = os.times()
    if done.returncode not in (0, 1, 2, 65):  # 65 is codespell's "found some", 2 that of typos
        sys.exit(f"{command[0]} failed: {done.stderr.decode()[-2000:]}")
    return wall, after.children_user + after.children_system - before.children_user - before.children_system


def report(name: str, times: list[tuple[float, float]], codespell: float) -> float:
    """Print the best of some runs, and the ratio to codespell's; give the best wall time."""
    wall = min(wall for wall, _ in times)
    cpu = min(cpu for _, cpu in times)
    ratio = f"{wall / codespell:.2f} of codespell's time"
    print(f"{name}: {wall:.2f} s ({cpu:.2f} s of processor time), {ratio}", flush=True)
    return wall


def _program(name: str) -> str | None:
    """Give where a peer is installed: beside this Python or on the path."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name)


def main() -> None:
    """Make the corpus, run both in turns, print the best times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--articles", type=int, default=ARTICLES, help="fewer, for a quick look")
    parser.add_argument("--honest", type=Path, metavar="FILE", help="real honest text instead of the written cases")
    parser.add_argument("--megabytes", type=float, default=50, help="of --honest, at most")
    parser.add_argument("--jobs", default=None, help="passed to unspin check")
    parser.add_argument("--profile", action="store_true", help="also print where a run in one process spends its time")
    arguments = parser.parse_args()
    peers = {name: found for name in ("codespell", "typos") if (found := _program(name))}
    unspin = [sys.executable, "-m", "normalize", "check"]
    with tempfile.TemporaryDirectory() as place:
        corpus, cache = Path(place, "corpus"), Path(place, "cache")
        if arguments.honest:
            count = write_honest(corpus, arguments.honest, arguments.megabytes)
        else:
            count = arguments.articles
            make_corpus(corpus, count)
        size = sum(path.stat().st_size for path in corpus.rglob("*.txt"))
        print(f"{count} texts, {size / 1e6:.1f} MB, {os.cpu_count()} processors, best of {arguments.runs}")
        environment = {**os.environ, "UNSPIN_CACHE_DIR": str(cache)}
        timed([sys.executable, "-m", "normalize", "explain", "mentioned"], environment)
        jobs = ["--jobs", arguments.jobs] if arguments.jobs else []
        commands = {name: [program, str(corpus)] for name, program in peers.items()}
        commands["unspin check, no result cache"] = [*unspin, "--no-cache", *jobs, str(corpus)]
        if not arguments.jobs:
            commands["the same in one process"] = [*unspin, "--no-cache", "--jobs", "1", str(corpus)]
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(arguments.runs):
            for name, command in commands.items():
                times[name].append(timed(command, environment))
        best = min(times["codespell"])[0]
        alone = [report(name, found, best) for name, found in times.items()][len(peers)]
        first = timed([*unspin, *jobs, str(corpus)], environment)
        report("unspin check, filling the result cache", [first], best)
        second = [timed([*unspin, *jobs, str(corpus)], environment) for _ in range(arguments.runs)]
        again = report("unspin check, unchanged corpus", second, best)
        print(f"the second run is {alone / again:.1f} times as fast as one without a cache")
        if arguments.profile:
            profiled = [sys.executable, "-m", "cProfile", "-s", "tottime", "-m", "normalize", "check", "--no-cache"]
            command = [*profiled, "--jobs", "1", str(corpus)]
            done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
            lines = done.stdout.splitlines()
            start = next(n for n, line in enumerate(lines) if "function calls" in line)
            print("\n".join(lines[start : start + 40]))


if __name__ == "__main__":
    main()
