"""How the program starts itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bridge.adapters.selfcall import own_command


@pytest.mark.parametrize(
    "program",
    [
        "/usr/bin/python3.11",
        "/opt/venv/bin/python",
        r"C:\Program Files\Carebridge\python.exe",
        r"C:\Python312\Pythonw.exe",
    ],
)
def test_python_runs_the_package(program):
    assert own_command("--card-worker", executable=program) == (
        program,
        "-m",
        "bridge",
        "--card-worker",
    )


def test_loc_02_an_installed_package_is_not_looked_for_in_the_current_folder():
    words = own_command("--card-worker", executable="/usr/bin/python3", is_installed=True)
    assert words == ("/usr/bin/python3", "-P", "-m", "bridge", "--card-worker")


def test_loc_02_an_isolated_program_starts_isolated_ones():
    words = own_command("run", executable="/opt/carebridge/bin/python", is_isolated=True)
    assert words == ("/opt/carebridge/bin/python", "-I", "-m", "bridge", "run")


@pytest.mark.parametrize(
    "program", ["/usr/bin/carebridge", r"C:\Program Files\Carebridge\Carebridge.exe"]
)
def test_an_installed_program_is_called_by_its_own_name(program):
    assert own_command("--card-worker", executable=program) == (program, "--card-worker")


def test_the_program_that_runs_is_the_default():
    assert own_command("--card-worker")[0] == sys.executable


def test_a_child_loads_only_what_it_needs():
    """The command line and the web server are not for a process that lives for one task."""
    script = (
        "import sys, bridge.__main__ as program; sys.argv[1:] = ['--card-worker']; program.main();"
        "import os; os._exit(len({'fastapi', 'typer', 'sqlalchemy'} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], check=False, stdin=subprocess.DEVNULL, timeout=9
    )
    assert answer.returncode == 0


def test_the_program_of_the_command_line_calls_the_one_with_windows():
    words = own_command("--pin-dialog", executable=r"C:\Program\Carebridge-console.exe")
    assert words == (r"C:\Program\Carebridge.exe", "--pin-dialog")
