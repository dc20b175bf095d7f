"""What many tests share: one normalizer, two short articles of our own, and a way to run the command line in-process."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import settings

from normalize import Normalizer
from normalize.cli import main
from normalize.corpus.engine import EngineSettings, normalizer_for

# The same examples in every run, and no deadline: a busy machine must not fail a test.
settings.register_profile("unspin", derandomize=True, deadline=None, max_examples=40)
settings.load_profile("unspin")

SHARED = Path(__file__).resolve().parents[2] / "shared"

SPUN_ARTICLE = """\
Ransomware assault shuts harbour café terminals

A ransomware assault has compelled the port of Lindvik to close two of its terminals, the corporate that runs them \
mentioned on Monday.

The attackers contaminated greater than 300 computer systems and demanded 4.2 million euros, in accordance with \
safety researchers. The corporate mentioned it doesn't plan to pay, and that it's working with regulation enforcement \
businesses.

“We noticed it at once and pulled the plug,” the harbour master, Ilse Brandvold, said. She declined to say whether data was lost.

The hackers obtained entry by way of a phishing e-mail that was despatched to workers final month, researchers \
mentioned. They then used a recognized vulnerability to take management of laborious drives and steal buyer knowledge. \
Folks acquainted with the matter mentioned the group has hit a number of hospitals within the area over the previous \
12 months.

Lots of the computer systems have been contaminated as a result of they weren't up to date, mentioned Henrik Aalto, \
who's answerable for safety on the firm. He can be reached at h.aalto@lindvik-port.example, and the fix is described \
at https://lindvik-port.example/mentioned/safety-assault for clients.
"""
"""Written for these tests, then spun by hand in the classic style; the quotation was left alone."""

HONEST_ARTICLE = """\
Town library to open on Sundays

The town library will open on Sundays from October, the council decided on Tuesday. Visitors have asked for longer
hours for years, and the new budget pays for two more librarians.

“Families come when they have time, and that is at the weekend,” said Maren Holt, who has run the library since
2011. The children's room will be painted over the summer, and the old reading lamps will be repaired.

The council also agreed to lend musical instruments. Anyone with a library card may borrow a guitar or a violin for
four weeks. A similar scheme in the next town has lent 120 instruments since the spring, and only three came back
damaged.
"""
"""Written for these tests; nobody spun it."""


@dataclass(frozen=True)
class Result:
    """What a run of the command line gave: exit code, and both outputs."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.stdout.decode()

    def complaint(self) -> str:
        """Give the one line on standard error of a run that refused its input, after checking that it is just that."""
        assert self.code == 2, (self.code, self.stderr)
        assert self.stdout == b""
        lines = self.stderr.splitlines()
        assert len(lines) == 1, self.stderr
        assert lines[0].startswith("unspin: ")
        return lines[0]


Run = Callable[..., Result]


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep compiled phrasebooks of this session in a folder of its own."""
    folder = tmp_path_factory.mktemp("cache")
    before = os.environ.get("UNSPIN_CACHE_DIR")
    os.environ["UNSPIN_CACHE_DIR"] = str(folder)
    yield folder
    if before is None:
        del os.environ["UNSPIN_CACHE_DIR"]
    else:
        os.environ["UNSPIN_CACHE_DIR"] = before


@pytest.fixture(scope="session")
def normalizer(cache_folder: Path) -> Normalizer:
    """One normalizer with default settings for the whole session."""
    return Normalizer()


@pytest.fixture(scope="session")
def spun_article() -> str:
    """A short article that the tool certainly calls spun."""
    return SPUN_ARTICLE


@pytest.fixture(scope="session")
def honest_article() -> str:
    """A short article that nobody spun."""
    return HONEST_ARTICLE


@pytest.fixture(scope="session")
def restored_article(normalizer: Normalizer) -> str:
    """What the spun article comes back as; certainly another text."""
    restored = normalizer.restore(SPUN_ARTICLE)
    assert restored != SPUN_ARTICLE
    return restored


@pytest.fixture(scope="session")
def _made() -> dict[EngineSettings, Normalizer]:
    return {}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, _made: dict[EngineSettings, Normalizer]) -> Run:
    """Run ``unspin`` in this process with tmp_path as working folder: ``run("fix", "-", stdin=b"...")``.

    Normalizers with the same settings and built-in data are made once, and plan each text once: that keeps the tests
    quick. Runs of the command as a process do without.
    """
    monkeypatch.chdir(tmp_path)
    make = EngineSettings.make

    def make_once(settings: EngineSettings) -> Normalizer:
        if settings.files:
            return make(settings)
        if settings not in _made:
            made = _made[settings] = make(settings)
            made.plan = lru_cache(maxsize=64)(made.plan)  # type: ignore[method-assign]
        return _made[settings]

    monkeypatch.setattr(EngineSettings, "make", make_once)
    normalizer_for.cache_clear()

    def run_once(*arguments: object, stdin: bytes = b"") -> Result:
        out, err = io.BytesIO(), io.BytesIO()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["unspin", *map(str, arguments)])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
            patch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding="utf-8", write_through=True))
            patch.setattr(sys, "stderr", io.TextIOWrapper(err, encoding="utf-8", write_through=True))
            patch.setenv("NO_COLOR", "1")
            try:
                main()
                code: object = 0
            except SystemExit as stop:
                code = stop.code
            sys.stdout.flush()
            sys.stderr.flush()
            printed, complained = out.getvalue(), err.getvalue().decode()
        assert code is None or isinstance(code, int)
        return Result(int(code or 0), printed, complained)

    return run_once
