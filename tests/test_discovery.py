"""Files are found as ripgrep finds them, in a stable order, and what cannot be read is named while the rest goes on."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from normalize.errors import InputError
from normalize.formats.discovery import Selection, find_texts, read_names
from normalize.formats.globs import matches
from tests.conftest import Run

TREE = ("b.txt", "a.md", "sub/c.rst", "sub/d.TXT", "e.py", ".hidden.txt", ".cache/f.txt", "g.json", "drafts/h.txt", "sub/drafts/i.txt")  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of small files, and the working folder."""
    for name in TREE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def posix(names: list[str]) -> list[str]:
    return [Path(name).as_posix() for name in names]


ALL = ["a.md", "b.txt", "drafts/h.txt", "sub/c.rst", "sub/d.TXT", "sub/drafts/i.txt"]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), ALL),
        (Selection(include=("*.py", "*.json")), ["e.py", "g.json"]),
        (Selection(include=("sub/*",)), ["sub/c.rst", "sub/d.TXT", "sub/drafts/i.txt"]),
        (Selection(include=("**/*.{rst,md}",)), ["a.md", "sub/c.rst"]),
        (Selection(exclude=("drafts",)), ["a.md", "b.txt", "sub/c.rst", "sub/d.TXT"]),
        (Selection(exclude=("/drafts/",)), ["a.md", "b.txt", "sub/c.rst", "sub/d.TXT", "sub/drafts/i.txt"]),
        (Selection(exclude=("*.txt", "*.TXT")), ["a.md", "sub/c.rst"]),
        (Selection(include=("*.py",), exclude=("e.*",)), None),
    ],
    ids=lambda value: repr((value.include, value.exclude)) if isinstance(value, Selection) else "",
)
def test_a_folder(tree: Path, selection: Selection, expected: list[str] | None) -> None:
    if expected is None:
        with pytest.raises(InputError, match="holds no text files"):
            find_texts(["."], selection)
    else:
        assert posix(find_texts(["."], selection)) == expected


IGNORES = {
    ".gitignore at the top": (".gitignore", "drafts/\n", ["drafts/h.txt", "sub/drafts/i.txt"]),
    "anchored": (".gitignore", "/drafts\n", ["drafts/h.txt"]),
    "taken back": (".gitignore", "*.txt\n!b.txt\n", ["drafts/h.txt", "sub/drafts/i.txt"]),
    "nested": ("sub/.gitignore", "c.*\n", ["sub/c.rst"]),
    ".ignore": (".ignore", "a.md\n", ["a.md"]),
    "exclude of git": (".git/info/exclude", "b.txt\n", ["b.txt"]),
}


@pytest.mark.parametrize(("file", "text", "missing"), IGNORES.values(), ids=IGNORES)
def test_ignore_files(tree: Path, file: str, text: str, missing: list[str]) -> None:
    (tree / ".git/info").mkdir(parents=True)
    (tree / file).write_text(text)
    assert posix(find_texts(["."])) == [name for name in ALL if name not in missing]
    assert posix(find_texts(["."], Selection(ignore_files=False))) == ALL
    assert posix(find_texts(missing)) == missing, "a file given by name is always taken"


def test_an_ignore_file_above_the_folder_counts(tree: Path) -> None:
    (tree / ".git").mkdir()
    (tree / ".gitignore").write_text("c.rst\n")
    assert posix(find_texts(["sub"])) == ["sub/d.TXT", "sub/drafts/i.txt"]


def test_a_folder_with_ignored_texts_only_says_so(tree: Path) -> None:
    (tree / ".ignore").write_text("*\n")
    with pytest.raises(InputError, match="--no-ignore"):
        find_texts(["."])


def test_a_file_is_taken_once_and_whatever_its_ending(tree: Path) -> None:
    assert find_texts(["e.py", "-", "e.py", ".hidden.txt"]) == ["e.py", "-", ".hidden.txt"]


def test_a_folder_that_links_to_itself_ends(tree: Path) -> None:
    (tree / "sub" / "loop").symlink_to(tree, target_is_directory=True)
    (tree / "link.txt").symlink_to("b.txt")
    assert posix(find_texts(["."])) == sorted([*ALL, "link.txt"])


def test_a_folder_named_like_a_text_and_a_pipe_are_no_texts(tree: Path) -> None:
    (tree / "story.txt").mkdir()
    (tree / "story.txt" / "in.txt").write_text("x")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tree / "pipe.txt")
    assert posix(find_texts(["."])) == sorted([*ALL, "story.txt/in.txt"])
    assert posix(find_texts(["story.txt"])) == ["story.txt/in.txt"]


def test_the_order_does_not_depend_on_how_files_were_made(tmp_path: Path) -> None:
    for name in reversed([f"{number:03}.txt" for number in range(200)]):
        (tmp_path / name).write_text("x")
    assert [Path(name).name for name in find_texts([str(tmp_path)])] == [f"{number:03}.txt" for number in range(200)]


@pytest.mark.parametrize("glob", ["[", "a{b"])
def test_a_malformed_glob_is_refused(tree: Path, glob: str) -> None:
    with pytest.raises(InputError, match="--exclude"):
        find_texts(["."], Selection(exclude=(glob,)))


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("a.md", "*.md", True), ("x/a.md", "*.md", True), ("x/a.md", "x", True), ("x/y/a.md", "x/", True),
        ("x/a.md", "x/*.md", True), ("y/x/a.md", "x/*.md", False), ("y/x/a.md", "**/x/*.md", True),
        ("x/a.md", "/x", True), ("y/x/a.md", "/x", False), ("a.md", "a.[mn]d", True), ("a.mdx", "*.md", False),
        ("x/../a.md", "a.md", True), (".x/a.md", "**/a.md", True),
    ],
)  # fmt: skip
def test_globs(tmp_path: Path, path: str, pattern: str, expected: bool) -> None:
    assert matches(str(tmp_path / path), (pattern,), tmp_path) is expected


@pytest.mark.parametrize(
    "data", [b"b.txt\na.md\n", b"b.txt\r\n\r\na.md", b"b.txt\0a.md\0"], ids=["lines", "crlf", "nul"]
)
def test_lists_of_names(tree: Path, data: bytes, run: Run) -> None:
    (tree / "list").write_bytes(data)
    assert read_names("list") == ["b.txt", "a.md"]
    for source, stdin in (("list", b""), ("-", data)):
        lines = run("check", "--files-from", source, stdin=stdin).text.splitlines()
        assert list(dict.fromkeys(line.split(":")[0] for line in lines[:-1])) == ["b.txt", "a.md"]


def test_a_name_with_a_line_break_needs_a_nul_list(tree: Path) -> None:
    (tree / "list").write_bytes(b"one\ntwo.txt\0")
    assert read_names("list") == ["one\ntwo.txt"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "no input"),
        (["--files-from", "empty"], "names no file"),
        (["--files-from", "missing"], "missing"),
        (["-", "--files-from", "-"], "choose one"),
        (["b.txt", "--stdin-filename", "x.txt"], "--stdin-filename"),
        (["", "b.txt"], "empty file name"),
    ],
)
@pytest.mark.parametrize("command", ["check", "fix"])
def test_contradictions(tree: Path, run: Run, command: str, arguments: list[str], word: str) -> None:
    (tree / "empty").write_text("\n")
    assert word in run(command, *arguments).complaint()


def test_standard_input_takes_the_name_that_it_is_given(run: Run, spun_article: str) -> None:
    result = run("check", "-", "--stdin-filename", "desk/story.md", stdin=spun_article.encode())
    assert result.text.startswith("desk/story.md: spun")
    assert "\ndesk/story.md:1:" in result.text


def test_three_unreadable_files_of_many(tree: Path, run: Run) -> None:
    many = tree / "many"
    many.mkdir()
    for number in range(300):
        (many / f"{number:03}.txt").write_text("x")
    (many / "007.txt").write_bytes(b"caf\xe9")
    (many / "100.txt").write_bytes(b"\0\1")
    (many / "299.txt").unlink()
    (many / "299.txt").symlink_to("nowhere")
    result = run("check", "many", "--jobs", "1")
    assert result.code == 2
    assert result.text.splitlines()[-1].startswith("297 documents: ")
    named = [Path(line.split(":")[1].strip()).name for line in result.stderr.splitlines()]
    assert named == ["007.txt", "100.txt", "299.txt"]


def test_a_list_with_a_missing_file_checks_the_others(tree: Path, run: Run) -> None:
    (tree / "list").write_text("b.txt\nmissing.txt\na.md\n")
    result = run("check", "--files-from", "list")
    assert (result.code, result.stderr) == (2, "unspin: missing.txt: cannot be read: No such file or directory\n")
    assert result.text.splitlines()[-1].startswith("2 documents: ")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_locked_folder_is_named_and_the_rest_is_checked(tree: Path, run: Run) -> None:
    (tree / "sub").chmod(0)
    try:
        result = run("check", ".")
        assert result.code == 2
        assert "sub" in result.stderr
        assert result.text.splitlines()[-1].startswith("3 documents: ")
        assert "sub" in run("fix", ".", "-i").complaint()
    finally:
        (tree / "sub").chmod(0o755)


def test_git_itself_agrees(tree: Path) -> None:
    """What git calls ignored is left out, and nothing else but hidden files and other endings."""
    if subprocess.run(["git", "--version"], capture_output=True).returncode:
        pytest.skip("git is not installed")
    subprocess.run(["git", "init", "-q", "."], check=True)
    (tree / ".gitignore").write_text("/drafts/\n*.md\n!sub/*.md\nsub/**/i.txt\n# c.rst\n\\!b.txt\nd.[a-z]XT\n")
    (tree / "sub/kept.md").write_text("x")
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard"], capture_output=True, text=True, check=True
    ).stdout.split()
    wanted = [name for name in sorted(listed) if Selection().takes(name) and not name.startswith(".")]
    assert posix(find_texts(["."])) == wanted
    assert "sub/kept.md" in wanted
