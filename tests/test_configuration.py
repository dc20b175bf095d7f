"""Configuration: found upwards, beaten by the command line, and refused with file, line and the nearest known key."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from normalize.cli.configuration import Finder, load_configuration
from normalize.cli.settings import SETTINGS, json_schema, problem_of
from normalize.errors import ConfigurationError
from tests.conftest import Run
from tests.test_cli_check import findings

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT / "docs" / "schemas" / "configuration.schema.json"


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def shown(run: Run, *arguments: str) -> dict[str, tuple[str, str]]:
    """Give what ``config show`` prints: value and origin by name."""
    result = run("config", "show", *arguments)
    assert (result.code, result.stderr) == (0, "")
    rows = (re.fullmatch(r"(\S+) = (.*)  # (.*)", line) for line in result.text.splitlines())
    return {row[1]: (row[2], row[3]) for row in rows if row}


def test_the_nearest_file_holds(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {
        "pyproject.toml": "[project]\nname = 'x'\n\n[tool.unspin]\n# why\nmin-confidence = 0.7\n",
        "wire/unspin.toml": "min-confidence = 0.8\n",
        "wire/deep/pyproject.toml": "[tool.other]\nx = 1\n",
        "wire/deep/a.txt": "x", "a.txt": "x",
    })  # fmt: skip
    assert shown(run)["min-confidence"] == ("0.7", f"{tmp_path / 'pyproject.toml'}:6")
    assert shown(run, "a.txt")["min-confidence"] == ("0.7", f"{tmp_path / 'pyproject.toml'}:6")
    assert shown(run, "wire/deep/a.txt")["min-confidence"] == ("0.8", f"{tmp_path / 'wire/unspin.toml'}:1")
    assert shown(run, "wire")["quotations"] == ('"judge"', "default")
    assert shown(run, "wire", "--isolated")["min-confidence"] == ("(not set)", "default")
    chosen = shown(run, "wire", "--config", "pyproject.toml")
    assert chosen["min-confidence"] == ("0.7", "pyproject.toml:6")
    assert list(chosen) == [setting.name for setting in SETTINGS]


def test_the_command_line_beats_the_file_and_the_file_the_default(run: Run, tmp_path: Path, spun_article: str) -> None:
    write(tmp_path, {"a.txt": spun_article, "unspin.toml": "min-confidence = 0.95\n"})
    least = [float(item["confidence"]) for item in findings(run("check", "a.txt").text)]
    given = [float(item["confidence"]) for item in findings(run("check", "a.txt", "--min-confidence", "0.5").text)]
    assert min(least) >= 0.95 > min(given)
    plan = json.loads(run("plan", "a.txt").text)
    assert len(plan["edits"]) == len(least)
    restored = run("fix", "a.txt").text
    assert restored != run("fix", "a.txt", "--isolated").text


def test_settings_for_some_paths(run: Run, tmp_path: Path, spun_article: str) -> None:
    write(tmp_path, {
        "wire/a.txt": spun_article, "wire/b.md": spun_article, "c.txt": spun_article,
        "unspin.toml": '[[per-path]]\npaths = ["wire/"]\nmin-confidence = 1.0\n\n'
        '[[per-path]]\npaths = ["*.md"]\nmin-confidence = 0.6\nallow = ["mentioned"]\n',
    })  # fmt: skip
    found: dict[str, list[str]] = {}
    for item in findings(run("check", ".").text):
        found.setdefault(item["file"], []).append(item["spun"])
    assert not any(name.endswith("a.txt") for name in found)
    assert "mentioned" in found["c.txt"]
    assert found["wire/b.md"]
    assert "mentioned" not in found["wire/b.md"]
    assert shown(run, "wire/b.md")["min-confidence"] == ("0.6", f"{tmp_path / 'unspin.toml'}:7")


def test_extends(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {
        "shared/base.toml": 'quotations = "keep"\nmin-confidence = 0.6\nbaseline = "known.json"\n'
        '[[per-path]]\npaths = ["x.txt"]\nencoding = "cp1252"\n',
        "unspin.toml": 'extends = "shared/base.toml"\nmin-confidence = 0.9\n',
    })  # fmt: skip
    values = shown(run)
    assert values["quotations"][1] == f"{tmp_path / 'shared/base.toml'}:1"
    assert values["min-confidence"] == ("0.9", f"{tmp_path / 'unspin.toml'}:2")
    assert values["baseline"][0] == json.dumps(str(tmp_path / "shared/known.json")), "relative to the file that says it"
    (tmp_path / "shared/x.txt").write_text("x")
    assert Finder().find(tmp_path / "shared").for_path(str(tmp_path / "shared/x.txt"))["encoding"].value == "cp1252"


def test_run_wide_settings(run: Run, tmp_path: Path, honest_article: str) -> None:
    write(tmp_path, {
        "a.txt": honest_article, "b.story": honest_article, "drafts/c.txt": honest_article,
        "unspin.toml": 'include = ["*.txt", "*.story"]\nexclude = ["drafts"]\ncache = false\njobs = 1\n',
    })  # fmt: skip
    names = [line.split(":")[0] for line in run("check", ".").text.splitlines()[:-1]]
    assert names == ["a.txt", "b.story"]
    names = [line.split(":")[0] for line in run("check", ".", "--exclude", "b.*").text.splitlines()[:-1]]
    assert names == ["a.txt", "drafts/c.txt"]


BAD = {
    "unknown key": ("min-confidnce = 0.7\n", 1, "min-confidnce is no setting; did you mean min-confidence?"),
    "underscore": ("\nmin_confidence = 0.7\n", 2, "did you mean min-confidence?"),
    "nothing near": ("zzz = 1\n", 1, "see all with: unspin config show"),
    "text for a number": ('# x\nmin-confidence = "much"\n', 2, "must be a number, not 'much'"),
    "true for a number": ("min-confidence = true\n", 1, "must be a number, not True"),
    "out of range": ("min-confidence = 7\n", 1, "must lie between 0 and 1, not 7"),
    "nan": ("min-confidence = nan\n", 1, "must lie between 0 and 1, not nan"),
    "no jobs": ("jobs = 0\n", 1, "must be at least 1, not 0"),
    "no choice": ('quotations = "maybe"\n', 1, "must be one of keep, judge, restore, not 'maybe'"),
    "text for a list": ('disable = "mention"\n', 1, "must be a list, not 'mention'"),
    "number in a list": ("disable = [1]\n", 1, "an item must be a text, not 1"),
    "empty text": ('model = ""\n', 1, "must not be empty"),
    "number for a switch": ("cache = 1\n", 1, "must be true or false, not 1"),
    "not TOML": ("cache = = 1\n", 1, "not valid TOML"),
    "table for paths": ("[per-path]\npaths = ['*']\n", 1, "[[per-path]]"),
    "no paths": ("\n[[per-path]]\nquotations = 'keep'\n", 2, "needs paths"),
    "second table": (
        "[[per-path]]\npaths=['a']\n[[per-path]]\npaths=['b']\nencodng='x'\n",
        5,
        "did you mean encoding?",
    ),
    "run-wide in a table": ("[[per-path]]\npaths=['a']\njobs=1\n", 3, "move it out of the per-path table"),
    "missing base": ("extends = 'nowhere.toml'\n", 1, "there is no file"),
    "base that is no text": ("extends = 3\n", 1, "must be a text"),
    "itself": ("extends = './unspin.toml'\n", 1, "leads back"),
    "circle": ("\nextends = 'one.toml'\n", 1, "leads back to a file that extends this one"),
}


@pytest.mark.parametrize(("text", "line", "words"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_with_its_line(run: Run, tmp_path: Path, text: str, line: int, words: str) -> None:
    write(tmp_path, {"unspin.toml": text, "a.txt": "x", "one.toml": "extends = 'unspin.toml'\n"})
    for command in ("check", "fix", "plan"):
        complaint = run(command, "a.txt").complaint()
        assert words in complaint
        assert re.search(rf"(unspin|one)\.toml:{line}: ", complaint)
    shared = "[project]\nname = 'x'\n" + ("[tool.unspin]\n" if not text.startswith("[") else "")
    (tmp_path / "unspin.toml").unlink()
    if "per-path" not in text and "extends" not in text:
        (tmp_path / "pyproject.toml").write_text(shared + text)
        assert re.search(rf"pyproject\.toml:{line + 3}: ", run("check", "a.txt").complaint())


def test_bytes_that_are_no_utf_8(run: Run, tmp_path: Path) -> None:
    (tmp_path / "unspin.toml").write_bytes(b"allow = ['caf\xe9']\n")
    (tmp_path / "a.txt").write_text("x")
    assert "unspin.toml: not UTF-8 at byte 13" in run("check", "a.txt").complaint()


def test_a_broken_project_file_of_others_is_none_of_our_business(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[project\n", "a.txt": "x"})
    assert run("check", "a.txt").code == 0


def test_contradicting_options(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": "x", "c.toml": ""})
    assert "choose one" in run("check", "a.txt", "--isolated", "--config", "c.toml").complaint()
    assert "missing.toml" in run("check", "a.txt", "--config", "missing.toml").complaint()
    assert "nowhere" in run("config", "show", "nowhere").complaint()


def test_the_committed_schema_is_what_the_program_prints(run: Run) -> None:
    """Made by: unspin config schema > docs/schemas/configuration.schema.json."""
    assert SCHEMA.read_text(encoding="utf-8") == run("config", "schema").text
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize(("text", "line", "words"), BAD.values(), ids=BAD)
def test_the_schema_refuses_what_the_program_refuses(text: str, line: int, words: str) -> None:
    if any(word in words for word in ("leads back", "no file", "TOML", "nan")):
        pytest.skip("a schema cannot tell")
    validator = jsonschema.Draft202012Validator(json_schema())
    assert list(validator.iter_errors(tomllib.loads(text)))


def test_defaults_fit_their_own_schema_and_the_commands() -> None:
    import typer

    from normalize.cli.app import app

    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    parameters = {parameter.name: parameter for parameter in commands["check"].params}
    for setting in SETTINGS:
        if setting.default is not None:
            assert problem_of(setting.default, setting.schema) == "", setting.name
        assert setting.option in parameters, setting.name
        default = parameters[setting.option].default
        if setting.default is not None and not isinstance(setting.default, list):
            assert default == setting.default, setting.name


def test_the_error_survives_a_trip_between_processes() -> None:
    import pickle

    error = ConfigurationError("a.toml", 3, "is wrong")
    assert str(pickle.loads(pickle.dumps(error))) == str(error) == "a.toml:3: is wrong"


def test_loading_is_by_file(tmp_path: Path) -> None:
    write(tmp_path, {"x.toml": 'model = "m/words.bin"\nphrasebook = ["p"]\n'})
    values = load_configuration(tmp_path / "x.toml").values
    assert values["model"].value == str(tmp_path / "m/words.bin")
    assert values["phrasebook"].value == [str(tmp_path / "p")]


def test_the_documentation_lists_every_setting() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \| .* \| (yes|no) \| (.*?)(?: Default `.*`\.)? \|$", text, re.MULTILINE)
    assert rows == [(s.name, "yes" if s.per_path else "no", s.description) for s in SETTINGS]


def test_the_documented_example_is_valid(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "unspin.toml").write_text(example)
    assert load_configuration(tmp_path / "unspin.toml").value("min-confidence").value == 0.7
