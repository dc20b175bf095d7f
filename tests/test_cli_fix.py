"""``unspin fix`` from outside: what goes in, what comes out, and what stays as it was."""

from __future__ import annotations

import codecs
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Run

UNSPIN = [str(Path(sys.executable).with_name("unspin"))]
FORMS = [
    ("utf-8", b"", "\n"),
    ("utf-8", b"", "\r\n"),
    ("utf-8", b"", "\r"),
    ("utf-8", codecs.BOM_UTF8, "\r\n"),
    ("utf-16-le", codecs.BOM_UTF16_LE, "\r\n"),
    ("utf-16-be", codecs.BOM_UTF16_BE, "\n"),
    ("cp1252", b"", "\r\n"),
]


def options_for(encoding: str) -> list[str]:
    return ["--encoding", encoding] if encoding == "cp1252" else []


def as_bytes(text: str, encoding: str, mark: bytes, line_end: str) -> bytes:
    return mark + text.replace("\n", line_end).encode(encoding)


def test_a_file_goes_to_standard_output(run: Run, tmp_path: Path, spun_article: str, restored_article: str) -> None:
    (tmp_path / "a.txt").write_text(spun_article)
    result = run("fix", "a.txt")
    assert (result.code, result.stderr) == (0, "")
    assert result.text == restored_article
    assert (tmp_path / "a.txt").read_text() == spun_article


def test_the_original_wording_comes_back(restored_article: str) -> None:
    for wanted in ("A ransomware attack", "attackers infected", "said on Monday", "hard drives", "law enforcement"):
        assert wanted in restored_article
    for left in ("assault has", "contaminated", "laborious", "regulation enforcement", "despatched"):
        assert left not in restored_article


def test_protected_spans_and_quotations_stay(restored_article: str) -> None:
    for kept in (
        "https://lindvik-port.example/mentioned/safety-assault",
        "h.aalto@lindvik-port.example",
        "“We noticed it at once and pulled the plug,”",
        "Ilse Brandvold",
        "Lindvik",
    ):
        assert kept in restored_article


def test_standard_input(run: Run, spun_article: str, restored_article: str) -> None:
    result = run("fix", "-", stdin=spun_article.encode())
    assert (result.code, result.text, result.stderr) == (0, restored_article, "")


@pytest.mark.parametrize("text", ["", "\n", " ", "word", "no newline", "\ufeff", "a\r\nb\r", "é" * 1000])
def test_short_texts_come_back_as_they_are(run: Run, text: str) -> None:
    result = run("fix", "-", stdin=text.encode())
    assert (result.code, result.stdout) == (0, text.encode())


def test_an_honest_article_comes_back_as_it_is(run: Run, honest_article: str) -> None:
    assert run("fix", "-", stdin=honest_article.encode()).text == honest_article


@pytest.mark.parametrize(("encoding", "mark", "line_end"), FORMS)
def test_encoding_mark_and_line_ends_are_kept(
    run: Run, tmp_path: Path, spun_article: str, encoding: str, mark: bytes, line_end: str
) -> None:
    (tmp_path / "a.txt").write_bytes(as_bytes(spun_article, encoding, mark, line_end))
    result = run("fix", "a.txt", *options_for(encoding))
    assert result.code == 0
    assert result.stdout.startswith(mark)
    restored = result.stdout[len(mark) :].decode(encoding)
    assert "hard drives" in restored
    assert restored.count(line_end) == spun_article.count("\n")
    assert restored.count("\n") == spun_article.count("\n") * line_end.count("\n")
    assert restored.count("\r") == spun_article.count("\n") * line_end.count("\r")
    assert "harbour café" in restored


@pytest.mark.parametrize(("encoding", "mark", "line_end"), FORMS)
def test_in_place_keeps_bytes_mode_and_leaves_no_litter(
    run: Run, tmp_path: Path, spun_article: str, encoding: str, mark: bytes, line_end: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(as_bytes(spun_article, encoding, mark, line_end))
    path.chmod(0o640)
    printed = run("fix", "a.txt", *options_for(encoding)).stdout
    result = run("fix", "-i", "a.txt", *options_for(encoding))
    assert (result.code, result.stdout) == (0, b"")
    assert path.read_bytes() == printed
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["a.txt"]


def test_in_place_reports_on_standard_error(run: Run, tmp_path: Path, spun_article: str, honest_article: str) -> None:
    (tmp_path / "a.txt").write_text(spun_article)
    (tmp_path / "b.txt").write_text(honest_article)
    lines = run("fix", "--in-place", ".").stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("a.txt: spun, ")
    assert lines[1] == "b.txt: clean, 0 edits"


def test_in_place_does_not_touch_an_honest_file(run: Run, tmp_path: Path, honest_article: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(honest_article)
    path.chmod(0o444)
    os.utime(path, (1, 1))
    before = path.stat()
    assert run("fix", "-i", "a.txt").code == 0
    after = path.stat()
    assert (after.st_ino, after.st_mtime) == (before.st_ino, before.st_mtime)


def test_in_place_follows_a_link(run: Run, tmp_path: Path, spun_article: str, restored_article: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "real.txt").write_text(spun_article)
    (tmp_path / "link.txt").symlink_to("sub/real.txt")
    assert run("fix", "-i", "link.txt").code == 0
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "sub" / "real.txt").read_text() == restored_article


def test_in_place_again_changes_nothing_that_was_clean(run: Run, tmp_path: Path, spun_article: str) -> None:
    (tmp_path / "a.txt").write_text(spun_article)
    run("fix", "-i", "a.txt")
    again = run("fix", "a.txt").text
    assert "hard drives" in again


def test_a_folder_is_restored_in_place(run: Run, tmp_path: Path, spun_article: str, restored_article: str) -> None:
    for name in ("x/a.txt", "x/y/b.md", "x/c.py", "x/.d/e.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(spun_article)
    assert run("fix", "-i", "x").code == 0
    assert (tmp_path / "x/a.txt").read_text() == restored_article
    assert (tmp_path / "x/y/b.md").read_text() == restored_article
    assert (tmp_path / "x/c.py").read_text() == spun_article
    assert (tmp_path / "x/.d/e.txt").read_text() == spun_article


def test_output_writes_one_file(run: Run, tmp_path: Path, spun_article: str, restored_article: str) -> None:
    (tmp_path / "a.txt").write_text(spun_article)
    result = run("fix", "a.txt", "--output", "b.txt")
    assert (result.code, result.stdout) == (0, b"")
    assert (tmp_path / "b.txt").read_text() == restored_article
    assert (tmp_path / "a.txt").read_text() == spun_article


def test_output_takes_standard_input(run: Run, tmp_path: Path, spun_article: str, restored_article: str) -> None:
    assert run("fix", "-", "-o", "b.txt", stdin=spun_article.encode()).code == 0
    assert (tmp_path / "b.txt").read_text() == restored_article


def test_output_keeps_the_tree_of_a_folder(run: Run, tmp_path: Path, spun_article: str, honest_article: str) -> None:
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / "a.txt").write_text(spun_article)
    (tmp_path / "in" / "sub" / "b.txt").write_text(honest_article)
    assert run("fix", "in", "-o", "out").code == 0
    assert "hard drives" in (tmp_path / "out" / "a.txt").read_text()
    assert (tmp_path / "out" / "sub" / "b.txt").read_text() == honest_article
    assert (tmp_path / "in" / "a.txt").read_text() == spun_article


def test_two_inputs_never_land_in_one_output_file(run: Run, tmp_path: Path, honest_article: str) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text(f"{folder}\n")
    result = run("fix", "x/a.txt", "y/a.txt", "-o", "out")
    written = [path.read_text() for path in (tmp_path / "out").rglob("*.txt")]
    assert result.code == 2 or sorted(written) == ["x\n", "y\n"]


def test_diff_shows_the_change_and_exits_with_1(run: Run, tmp_path: Path, spun_article: str) -> None:
    (tmp_path / "a.txt").write_text(spun_article)
    result = run("fix", "--diff", "a.txt")
    assert (result.code, result.stderr) == (1, "")
    lines = result.text.splitlines()
    assert lines[:2] == ["--- a/a.txt", "+++ b/a.txt"]
    assert any(line.startswith("-") and "contaminated" in line for line in lines)
    assert any(line.startswith("+") and "infected" in line for line in lines)
    assert "\x1b" not in result.text
    assert (tmp_path / "a.txt").read_text() == spun_article


def test_diff_of_an_honest_text_is_empty_and_exits_with_0(run: Run, tmp_path: Path, honest_article: str) -> None:
    (tmp_path / "a.txt").write_text(honest_article)
    result = run("fix", "--diff", "a.txt")
    assert (result.code, result.stdout, result.stderr) == (0, b"", "")


@pytest.mark.skipif(shutil.which("git") is None, reason="git applies the diff")
@pytest.mark.parametrize(
    ("line_end", "tail"),
    [
        ("\n", ""),
        ("\r\n", ""),
        ("\n", "no newline at the end"),
        ("\n", "page\x0cbreak, line\u2028break, next\u0085line\n"),
        ("\r", ""),
    ],
)
def test_git_applies_the_diff(run: Run, tmp_path: Path, spun_article: str, line_end: str, tail: str) -> None:
    (tmp_path / "a.txt").write_bytes((spun_article + tail).replace("\n", line_end).encode())
    diff = run("fix", "--diff", "a.txt").stdout
    wanted = run("fix", "a.txt").stdout
    applied = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"], input=diff, cwd=tmp_path, capture_output=True, check=False
    )
    assert applied.returncode == 0, applied.stderr
    assert (tmp_path / "a.txt").read_bytes() == wanted


def test_diff_covers_several_files(run: Run, tmp_path: Path, spun_article: str, honest_article: str) -> None:
    (tmp_path / "a.txt").write_text(spun_article)
    (tmp_path / "b.txt").write_text(honest_article)
    (tmp_path / "c.txt").write_text(spun_article)
    result = run("fix", "--diff", ".")
    assert result.code == 1
    assert [line for line in result.text.splitlines() if line.startswith("---")] == ["--- a/a.txt", "--- a/c.txt"]


def test_plan_is_written_beside_the_text(run: Run, tmp_path: Path, spun_article: str, restored_article: str) -> None:
    (tmp_path / "a.txt").write_text(spun_article)
    result = run("fix", "a.txt", "--plan", "plan.json")
    assert (result.code, result.text) == (0, restored_article)
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert plan == json.loads(run("plan", "a.txt").text)
    undone = run("undo", "plan.json", "-", stdin=result.stdout)
    assert undone.text == spun_article


def test_min_confidence_keeps_only_sure_edits(run: Run, tmp_path: Path, spun_article: str) -> None:
    (tmp_path / "a.txt").write_text(spun_article)
    sizes = []
    for least in (0.2, 0.5, 0.9, 1.0):
        run("fix", "a.txt", "--min-confidence", least, "--plan", "plan.json", "-o", "out.txt")
        edits = json.loads((tmp_path / "plan.json").read_text())["edits"]
        assert all(edit["confidence"] >= least for edit in edits)
        sizes.append(len(edits))
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[1] > sizes[2] > 3 > sizes[3]


QUOTED = "\n\n“The corporate mentioned the laborious drives have been contaminated, folks mentioned,” she said."


@pytest.mark.parametrize(("mode", "kept"), [("keep", True), ("restore", False), ("judge", False)])
def test_quotations(run: Run, spun_article: str, mode: str, kept: bool) -> None:
    result = run("fix", "-", "--quotations", mode, stdin=(spun_article + QUOTED).encode())
    assert result.code == 0
    quotation = result.text[result.text.rindex("“") :]
    assert (quotation == QUOTED.strip()) == kept
    assert ("hard drives" in quotation) != kept


def test_an_unspun_quotation_is_kept_by_default(run: Run, spun_article: str) -> None:
    assert "“We noticed it at once and pulled the plug,”" in run("fix", "-", stdin=spun_article.encode()).text


def test_phrasebooks_are_added_and_disabled_entries_do_not_act(run: Run, tmp_path: Path, spun_article: str) -> None:
    """Both in one run, because each new set of entries is compiled anew."""
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "mine.toml").write_text('family = "classic"\n[nouns]\nzorch = "computer"\n')
    (tmp_path / "more.toml").write_text('family = "classic"\n[phrases]\n"zinkle zonk" = "town hall"\n')
    text = spun_article + "\nThe attackers stole two zorches of the zinkle zonk, the corporate mentioned on Monday.\n"
    usual = run("fix", "-", stdin=text.encode()).text
    assert "zorches of the zinkle zonk, the company said on Monday" in usual
    assert "answerable for" not in usual
    added = ["--phrasebook", "books", "--phrasebook", "more.toml"]
    disabled = ["--disable", "classic/verbs/mention", "--disable", "answerable for"]
    result = run("fix", "-", *added, *disabled, "--plan", "plan.json", stdin=text.encode())
    assert (result.code, result.stderr) == (0, "")
    assert "stole two computers of the town hall, the " in result.text
    entries = {edit["entry"] for edit in json.loads((tmp_path / "plan.json").read_text())["edits"]}
    assert {"classic/nouns/zorch", "classic/phrases/zinkle-zonk"} <= entries
    assert not [entry for entry in entries if entry == "classic/verbs/mention" or entry.endswith("/answerable-for")]
    assert "answerable for" in result.text


def test_several_inputs_need_a_place_to_go(run: Run, tmp_path: Path, honest_article: str) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(honest_article)
    for inputs in (["a.txt", "b.txt"], ["."]):
        complaint = run("fix", *inputs).complaint()
        assert "--in-place" in complaint


def test_help_and_version(run: Run) -> None:
    for command in ([], ["fix"], ["check"], ["explain"], ["plan"], ["apply"], ["undo"], ["evaluate"]):
        result = run(*command, "--help")
        assert (result.code, result.stderr) == (0, "")
        assert "Usage: unspin" in result.text
        assert "Exit codes" in result.text
    assert run("--version").text.startswith("unspin ")


def test_identifiers_in_running_text_stay(run: Run, spun_article: str) -> None:
    text = spun_article + "\nThe flag user_mentioned_flag and the file laborious_drives were set, folks mentioned.\n"
    assert "user_mentioned_flag and the file laborious_drives" in run("fix", "-", stdin=text.encode()).text


def test_a_soft_hyphen_does_not_cut_a_word(run: Run, spun_article: str) -> None:
    text = spun_article + "\nThe corporate men\u00adtioned a de\u00adspatched folks\u00adinger, folks mentioned.\n"
    assert "folks\u00adinger" in run("fix", "-", stdin=text.encode()).text


class TestAsAProcess:
    """A few runs of the installed command, as a stranger meets it."""

    def test_from_pipe_to_pipe(self, spun_article: str, restored_article: str) -> None:
        done = subprocess.run([*UNSPIN, "fix", "-"], input=spun_article.encode(), capture_output=True, check=False)
        assert (done.returncode, done.stdout.decode(), done.stderr) == (0, restored_article, b"")

    def test_a_missing_file_is_one_line(self) -> None:
        done = subprocess.run([*UNSPIN, "fix", "missing.txt"], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "unspin: missing.txt: no such file or folder\n"

    def test_a_reader_that_goes_away_is_no_fault(self, spun_article: str) -> None:
        with subprocess.Popen(
            [*UNSPIN, "fix", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            assert process.stdin and process.stdout and process.stderr
            process.stdout.close()
            process.stdin.write(spun_article.encode() * 40)
            process.stdin.close()
            assert process.stderr.read() == b""
            assert process.wait() in (0, 141, -signal.SIGPIPE)

    def test_a_terminal_with_few_characters_is_no_fault(self, tmp_path: Path, spun_article: str) -> None:
        (tmp_path / "a.txt").write_text(spun_article)
        done = subprocess.run(
            [*UNSPIN, "check", "a.txt"],
            cwd=tmp_path, capture_output=True, check=False, env=os.environ | {"PYTHONIOENCODING": "cp1252"},
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
        assert b"contaminated" in done.stdout

    def test_a_file_name_that_is_not_utf_8_is_no_fault(self, tmp_path: Path, spun_article: str) -> None:
        name = os.fsencode(tmp_path) + b"/caf\xe9.txt"
        try:
            Path(os.fsdecode(name)).write_text(spun_article)
        except OSError:
            pytest.skip("this file system wants UTF-8 names")
        done = subprocess.run([*UNSPIN, "plan", name], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr

    def test_help_starts_quickly(self) -> None:
        done = subprocess.run(
            [sys.executable, "-X", "importtime", *UNSPIN, "--help"], capture_output=True, text=True, check=True
        )
        for heavy in ("numpy", "lemminflect", "pocketsphinx", "rapidfuzz", "ahocorasick_rs", "normalize.normalizer"):
            assert f" {heavy}\n" not in done.stderr
