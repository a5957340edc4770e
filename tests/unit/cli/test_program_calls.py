"""How the program is called from outside, and what becomes of it without a console."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.__main__ import as_verb

ROOT = Path(__file__).resolve().parents[3]

WITHOUT_STREAMS = """
import sys
sys.path.insert(0, sys.argv.pop(1))
sys.stdin = sys.stdout = sys.stderr = None
from bridge.__main__ import main
main()
"""


@pytest.mark.parametrize(
    ("words", "verb"),
    [
        pytest.param([], [], id="alone"),
        pytest.param(["--no-tray"], ["run", "--no-tray"], id="without-an-icon"),
        pytest.param(["--quit"], ["quit"], id="quit"),
        pytest.param(["--quit", "--json"], ["quit", "--json"], id="quit-with-options"),
        pytest.param(
            ["--url", "carebridge://start"], ["open-uri", "--", "carebridge://start"], id="link"
        ),
        pytest.param(["run", "--quit"], ["run", "--quit"], id="only-as-the-first-word"),
    ],
)
def test_calls_from_outside_are_verbs(words, verb) -> None:
    assert as_verb(words) == verb


@pytest.mark.parametrize("words", [["--url"], ["--url", "carebridge://start", "--json"]])
def test_a_link_is_one_address_and_nothing_else(words) -> None:
    with pytest.raises(SystemExit) as end:
        as_verb(words)
    assert end.value.code == 2


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_program_without_streams_prints_into_nowhere(tmp_path) -> None:
    words = [str(ROOT), "--quit", "--json", "--folder", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_STREAMS, *words], capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.skipif(sys.platform != "linux", reason="the menu of a Linux desktop")
def test_who_starts_from_the_menu_is_told_also_without_a_screen(tmp_path) -> None:
    """With a screen there is a window too: ``test_new_user``."""
    kept = {name: text for name, text in os.environ.items() if "DISPLAY" not in name}
    words = [sys.executable, "-m", "bridge", "--from-menu"]
    (tmp_path / ".local").write_text("in the way of our folder")
    done = subprocess.run(
        words,
        cwd=ROOT,
        env={**kept, "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Carebridge: ")
    assert "[storage_unavailable]" in done.stderr
