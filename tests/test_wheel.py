"""The wheel holds all that is needed: built, installed in an empty environment outside the checkout, and run."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the scripts folder of a fresh environment with the wheel in it."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    built = subprocess.run([*pip, "wheel", "--no-deps", "-w", str(folder), str(ROOT)], capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=True)
    scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    command = [scripts / "python", "-m", "pip", "--disable-pip-version-check", "-q", "install", wheel]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return scripts


def test_the_installed_command_restores(installed: Path, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "examples" / "ferry-company.txt").read_text(encoding="utf-8")
    environment = {**os.environ, "UNSPIN_CACHE_DIR": str(tmp_path / "cache"), "PYTHONUTF8": "1"}
    run = [str(installed / "unspin"), "fix", "-"]
    result = subprocess.run(
        run, input=text, capture_output=True, text=True, cwd=tmp_path, env=environment, encoding="utf-8"
    )
    assert result.returncode == 0, result.stderr
    assert "the company said" in result.stdout.lower()
    assert "mentioned" not in result.stdout


def test_the_wheel_is_of_a_sane_size(installed: Path) -> None:
    (wheel,) = installed.parent.parent.glob("*.whl")
    assert wheel.stat().st_size < 12_000_000
