"""Hooks for pre-commit, the GitHub action and the GitLab template: run as far as they can be run here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = Path(sys.executable).parent

yaml = pytest.importorskip("yaml", reason="comes with pre-commit")


def load(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


@pytest.fixture
def repository(tmp_path: Path, spun_article: str, honest_article: str) -> Path:
    """A git repository with our hooks, where a spun and an honest article are staged."""
    if not shutil.which("git") or not (SCRIPTS / "pre-commit").exists() or not (SCRIPTS / "unspin").exists():
        pytest.skip("git, pre-commit or unspin is not installed")
    hooks = [{**hook, "language": "system"} for hook in load(".pre-commit-hooks.yaml")]
    (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": hooks}]}))
    (tmp_path / "spun.md").write_text(spun_article)
    (tmp_path / "honest.txt").write_text(honest_article)
    (tmp_path / "picture.svg").write_text("<svg/>")
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    return tmp_path


def pre_commit(repository: Path, hook: str) -> subprocess.CompletedProcess[str]:
    """Run a hook over all files; the system's unspin stands for the environment that pre-commit would build."""
    environment = {
        **os.environ,
        "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(repository / ".git" / "pre-commit"),
    }
    command = [str(SCRIPTS / "pre-commit"), "run", hook, "--all-files", "--color", "never"]
    return subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, timeout=100)


def test_the_check_hook_fails_on_a_spun_text_and_passes_without(repository: Path) -> None:
    done = pre_commit(repository, "unspin-check")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "exit code: 1" in done.stdout
    assert "spun.md: spun" in done.stdout
    assert "honest.txt: clean" in done.stdout
    assert "picture" not in done.stdout
    subprocess.run(["git", "rm", "-qf", "spun.md"], cwd=repository, check=True)
    done = pre_commit(repository, "unspin-check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_fix_hook_restores_files_and_then_passes(repository: Path, restored_article: str) -> None:
    done = pre_commit(repository, "unspin-fix")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "files were modified by this hook" in done.stdout
    assert (repository / "spun.md").read_text() == restored_article
    subprocess.run(["git", "add", "."], cwd=repository, check=True)
    done = pre_commit(repository, "unspin-fix")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_hooks_file_is_valid() -> None:
    if not (SCRIPTS / "pre-commit").exists():
        pytest.skip("pre-commit is not installed")
    command = [str(SCRIPTS / "pre-commit"), "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")]
    subprocess.run(command, check=True, capture_output=True)


def script_of(step: dict[str, Any], values: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Give the script of a step of the action, and its variables with the expressions filled in."""
    filled = {
        name: re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda found: values[found[1]], text)
        for name, text in step["env"].items()
    }
    return step["run"], filled


@pytest.mark.skipif(not shutil.which("bash") or os.name == "nt", reason="needs bash")
@pytest.mark.parametrize(
    ("arguments", "paths", "code"),
    [("", "spun one.txt", 1), ("--exit-zero\n", "spun one.txt\nhonest.txt", 0), ("", "honest.txt\n", 0), ("", "-x.txt", 2)],
)  # fmt: skip
def test_the_step_of_the_action_that_checks(
    tmp_path: Path, spun_article: str, honest_article: str, arguments: str, paths: str, code: int
) -> None:
    step = load("action.yml")["runs"]["steps"][-1]
    inputs = {"inputs.paths": paths, "inputs.args": arguments, "inputs.sarif-file": "out.sarif"}
    values = {**inputs, "runner.temp": str(tmp_path)}
    script, variables = script_of(step, values)
    (tmp_path / "spun one.txt").write_text(spun_article)
    (tmp_path / "honest.txt").write_text(honest_article)
    environment = {**os.environ, **variables, "UNSPIN": str(SCRIPTS / "unspin"), "GITHUB_OUTPUT": str(tmp_path / "out")}
    environment["UNSPIN_CACHE_DIR"] = os.environ["UNSPIN_CACHE_DIR"]
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]  # as GitHub runs it
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == code, done.stdout + done.stderr
    assert (tmp_path / "out").read_text() == f"exit-code={code}\n"
    assert (tmp_path / "out.sarif").exists() is (code != 2)
    if code != 2:
        assert ("::error file=spun one.txt" in done.stdout) is ("spun" in paths)


def test_the_action_names_only_inputs_that_it_has() -> None:
    action = load("action.yml")
    used = set(re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text()))
    assert used == set(action["inputs"])
    assert action["runs"]["using"] == "composite"
    for step in action["runs"]["steps"]:
        assert "uses" in step or {"run", "shell"} <= set(step)
        assert "inputs." not in step.get("run", ""), "an input inside a script could run as one"


def test_the_commands_of_the_gitlab_template_run(tmp_path: Path, honest_article: str) -> None:
    job = load("templates/gitlab-ci.yml")["unspin"]
    (tmp_path / "a.txt").write_text(honest_article)
    environment = {
        **os.environ, **job["variables"], "UNSPIN_CACHE_DIR": os.environ["UNSPIN_CACHE_DIR"],
        "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}",
    }  # fmt: skip
    for line in job["script"]:
        subprocess.run(["sh", "-c", line], cwd=tmp_path, env=environment, check=True, capture_output=True)
    for report in job["artifacts"]["reports"].values():
        assert (tmp_path / report).stat().st_size
