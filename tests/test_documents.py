"""The documents say what is true: README examples run, the command reference is what --help prints, links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from normalize.cli.app import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSOLE = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def _sessions() -> list[tuple[str, list[str]]]:
    """Give the commands of the README's console blocks with the lines that they are said to print."""
    sessions: list[tuple[str, list[str]]] = []
    for block in CONSOLE:
        for line in block.splitlines():
            if line.startswith("$ "):
                sessions.append((line[2:], []))
            else:
                sessions[-1][1].append(line)
    return sessions


@pytest.mark.parametrize(
    ("command", "expected"), _sessions(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_readme_commands_print_what_the_readme_says(
    command: str, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    words = shlex.split(command)
    assert words[0] == "unspin"
    result = CliRunner().invoke(app, words[1:])
    printed = result.stdout.splitlines()
    at = 0
    for line in expected:
        if line == "...":
            continue
        assert line in printed[at:], f"{line!r} is not printed by: {command}\n{result.stdout}"
        at = printed.index(line, at) + 1


@pytest.mark.parametrize("source", PYTHON)
def test_readme_python_runs(source: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    expected = re.findall(r"^print\(.*?\)  # (.*)$", source, re.MULTILINE)
    exec(
        compile(
            source.replace("open(", "__import__('pathlib').Path(").replace(
                ', encoding="utf-8").read()', ').read_text(encoding="utf-8")'
            ),
            "README.md",
            "exec",
        ),
        {},
    )
    assert capsys.readouterr().out.splitlines() == expected


def test_command_reference_is_up_to_date() -> None:
    """Made by: python -m tests.command_reference > docs/commands.md."""
    from tests.command_reference import reference

    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == reference()


def test_manual_page_is_up_to_date() -> None:
    """Made by: python -m tests.manual_page > docs/unspin.1."""
    from tests.manual_page import manual_page

    assert (ROOT / "docs" / "unspin.1").read_text(encoding="utf-8") == manual_page()


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
def test_manual_page_reads_without_a_warning() -> None:
    command = ["groff", "-man", "-Tutf8", "-ww", "-z", str(ROOT / "docs" / "unspin.1")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stderr == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str, tmp_path: Path) -> None:
    environment = {**os.environ, "_UNSPIN_COMPLETE": f"source_{shell}"}
    command = [sys.executable, "-m", "normalize"]
    script = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert f"_UNSPIN_COMPLETE=complete_{shell}" in script
    if shutil.which(shell):
        (tmp_path / "script").write_text(script)
        subprocess.run([shell, "-n", str(tmp_path / "script")], check=True)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("unspin che", "check"),
        ("unspin check --format sa", "sarif"),
        ("unspin check --disable whi", "whilst"),
        ("unspin check --disable classic/verbs/mentio", "classic/verbs/mention"),
    ],
)
def test_completion(words: str, expected: str) -> None:
    environment = {
        **os.environ,
        "_UNSPIN_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    command = [sys.executable, "-m", "normalize"]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert expected in found


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda path: path.name
)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (path.parent / target).exists(), target


def test_start_up_imports_no_engine() -> None:
    """Start-up time is mostly imports, and a bar in seconds would fail on a busy machine: so the imports are tested."""
    code = "import sys; sys.argv = ['unspin', '--help']\nfrom normalize.cli import main\ntry: main()\nexcept SystemExit: pass\nprint(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = set(result.stdout.splitlines()[-1].split())
    assert "normalize.cli.app" in modules
    assert not modules & {
        "numpy",
        "lemminflect",
        "pocketsphinx",
        "rapidfuzz",
        "regex",
        "ahocorasick_rs",
        "normalize.normalizer",
    }
