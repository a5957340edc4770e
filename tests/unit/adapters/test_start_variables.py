"""With which variables and watchers a production build does not start (LOC-01)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.adapters.startvariables import is_watched, refused_variable, without_refused

ROOT = Path(__file__).resolve().parents[3]
USUAL = {
    "PATH": "/usr/bin",
    "HOME": "/home/an",
    "LANG": "nl_BE.UTF-8",
    "GTK_MODULES": "gail:atk-bridge",
    "XDG_RUNTIME_DIR": "/run/user/1000",
    "PYTHONUNBUFFERED": "1",
    "PYTHONIOENCODING": "utf-8",
    "HTTPS_PROXY": "http://proxy.example:3128",
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, id=f"LOC-01-{name}")
        for name in (
            "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONBREAKPOINT",
            "PYTHONWARNINGS", "PYTHONDEVMODE", "PYTHONUSERBASE", "PYTHONASYNCIODEBUG",
            "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "DYLD_INSERT_LIBRARIES",
            "DYLD_LIBRARY_PATH", "OPENSSL_CONF", "SSLKEYLOGFILE", "TCL_LIBRARY",
            "PYTHON_KEYRING_BACKEND", "PCSCLITE_CSOCK_NAME", "OPENSC_DEBUG", "PYDEVD_USE_CYTHON",
            "DEBUGPY_PROCESS_SPAWN_TIMEOUT", "ld_preload",
        )
    ],
)  # fmt: skip
def test_loc_01_a_variable_for_developers_is_named(name):
    found = refused_variable({**USUAL, name: "x"}, is_isolated=False)
    assert found == name.upper()


def test_what_a_desktop_sets_is_no_obstacle():
    assert refused_variable(USUAL, is_isolated=False) is None


def test_an_isolated_interpreter_does_not_read_its_own_variables():
    assert refused_variable({"PYTHONPATH": "x", "PYTHONHOME": "x"}, is_isolated=True) is None
    assert refused_variable({"PYTHONPATH": "x", "LD_PRELOAD": "x"}, is_isolated=True) == (
        "LD_PRELOAD"
    )
    kept = {"PYTHON_KEYRING_BACKEND": "null"}
    assert refused_variable(kept, is_isolated=True) == "PYTHON_KEYRING_BACKEND"


def test_a_daemon_that_is_started_for_a_browser_gets_none_of_them():
    theirs = {**USUAL, "LD_LIBRARY_PATH": "/snap/browser/lib", "PYTHONPATH": "x", "DYLD_X": "y"}
    assert without_refused(theirs) == USUAL


def status(folder: Path, tracer: int) -> Path:
    path = folder / "status"
    path.write_text(f"Name:\tpython\nTracerPid:\t{tracer}\nUid:\t0\n")
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="reads what Linux says")
@pytest.mark.skipif(sys.gettrace() is not None, reason="the tests themselves are watched")
def test_loc_01_a_tracer_is_noticed(tmp_path):
    assert not is_watched(status(tmp_path, 0))
    assert is_watched(status(tmp_path, 4711))
    assert not is_watched(tmp_path / "absent")


@pytest.mark.parametrize(
    ("flags", "is_refused"),
    [
        pytest.param(["-i"], True, id="LOC-01-inspect"),
        pytest.param(["-X", "dev"], True, id="LOC-01-developer-mode"),
        pytest.param([], False, id="plain"),
    ],
)
def test_loc_01_flags_for_developers(flags, is_refused):
    kept = {name: value for name, value in os.environ.items() if "COV" not in name}
    script = (
        "import sys; from bridge.adapters.startvariables import is_watched;"
        "found = is_watched(); sys.flags.inspect or sys.exit(found); import os; os._exit(found)"
    )
    done = subprocess.run(
        [sys.executable, *flags, "-c", script],
        cwd=ROOT,
        env=kept,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )
    assert done.returncode == is_refused


@pytest.mark.skipif(sys.gettrace() is not None, reason="the tests themselves are watched")
def test_loc_01_a_debugger_in_the_process_is_noticed(tmp_path):
    sys.settrace(lambda *_: None)
    try:
        found = is_watched(tmp_path / "absent")
    finally:
        sys.settrace(None)
    assert found
