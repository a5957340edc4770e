"""The production build, unpacked as it is installed: where it does not start (LOC-01, LOC-02)."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from bridge.adapters.elevation import is_elevated
from installer.builds import PRODUCTION
from tools.wheels import build_wheel

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(sys.platform == "win32", reason="changes modes"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Give a folder with the production wheel's files, and the libraries it needs beside it."""
    folder = tmp_path_factory.mktemp("production")
    with zipfile.ZipFile(build_wheel(PRODUCTION, folder)) as archive:
        archive.extractall(folder / "site")
    (folder / "site" / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "site"


def run(site: Path, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script with the installed packages, in an environment of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    begin = f"import site, sys; site.addsitedir({str(site)!r}); sys.path.insert(0, {str(site)!r})\n"
    return subprocess.run(
        [sys.executable, "-P", "-c", begin + script],
        env={**kept, "HOME": str(site.parent), **variables},
        cwd=site.parent,
        capture_output=True,
        check=False,
        text=True,
        timeout=100,
    )


STORY = """
import os
from pathlib import Path
from bridge.daemon.startguard import Start, is_production, refuse_unsafe
from bridge.errors import BridgeError

def looked():
    try:
        refuse_unsafe(Start())
    except BridgeError as error:
        return error.problem_code
    return "starts"

assert is_production()
site = Path(sys.path[0])
print(looked())
planted = site / "bridge" / "daemon" / "ssl.py"
planted.write_text("raise SystemExit(77)")
print(looked())
planted.unlink()
(site / "bridge").chmod(0o777)
print(looked())
(site / "bridge").chmod(0o755)
os.environ["LD_PRELOAD"] = "evil.so"
print(looked())
"""


def test_loc_01_and_loc_02_of_the_build_that_is_shipped(site: Path) -> None:
    done = run(site, STORY)
    assert done.stdout.split() == [
        "starts",
        "installation_changed",
        "installation_writable",
        "start_variable_set",
    ], done.stderr


def test_loc_01_and_loc_02_the_command_refuses_and_loads_nothing_planted(
    site: Path,
) -> None:
    script = (
        "sys.argv = ['carebridge', 'run']\n"
        "from bridge.__main__ import main\n"
        "try:\n    main()\n"
        "finally:\n    assert not {'sqlalchemy', 'fastapi', 'lxml'} & set(sys.modules)\n"
    )
    (site.parent / "typer.py").write_text("raise SystemExit(77)")  # the current folder
    done = run(site, script, PYTHONSTARTUP="evil.py")
    assert done.returncode == 1
    assert "PYTHONSTARTUP" in done.stderr
    assert "[start_variable_set]" in done.stderr
    assert "evil" not in done.stderr
    assert not (site.parent / ".local").exists()


@pytest.mark.skipif(not is_elevated(), reason="needs more rights than an ordinary user has")
def test_sec_17_the_command_does_not_start_with_the_rights_of_an_administrator(
    site: Path, tmp_path: Path
) -> None:
    script = (
        f"sys.argv = ['carebridge', 'run', '--folder', {str(tmp_path)!r}]\n"
        "from bridge.__main__ import main\n"
        "main()\n"
    )
    done = run(site, script)
    assert done.returncode == 1
    assert "[start_elevated]" in done.stderr
    assert not (tmp_path / "data" / "carebridge.db").exists()
