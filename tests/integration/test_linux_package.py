"""The Debian package: built twice alike, installed into a folder, run, and removed.

Building takes a minute, so this runs with ``dev.py test --all``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from installer.builds import PRODUCTION
from installer.linux import layout
from tools.linux_package import build_linux

PATIENCE_S = 600
SYSTEM_PYTHON = Path(layout.PYTHON)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(sys.platform != "linux", reason="Debian is Linux"),
    pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg is not installed"),
]


def build(to: Path) -> Path:
    words = argparse.Namespace(build="production", to=to, update_root=None, quick=True)
    (package,) = [path for path in build_linux(words) if path.suffix == ".deb"]
    return package


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("first"))


def run(*words: str | Path, **more) -> str:
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=PATIENCE_S, **more
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def dpkg(folder: Path, *words: str | Path) -> None:
    # Of the system only our own files are there, so what we depend on is not.
    quick = ("--force-depends", "--force-not-root", "--force-unsafe-io", "--log=/dev/null")
    run("dpkg", f"--root={folder}", *quick, *words)


def test_two_builds_are_the_same(package, tmp_path):
    assert build(tmp_path).read_bytes() == package.read_bytes()


def test_d2_the_contents_are_right(package):
    lines = run("dpkg-deb", "--contents", package).splitlines()
    names = [line.split(maxsplit=5)[5].split(" -> ")[0].removeprefix("./") for line in lines]
    files = [name for name in names if name and not name.endswith("/")]
    assert layout.faults(PRODUCTION, files) == []
    owners = {line.split()[1] for line in lines}
    assert owners == {"root/root"}


def test_nothing_of_it_runs_as_root_at_the_installation(package):
    held = run("dpkg-deb", "--ctrl-tarfile", package, errors="replace")
    assert "control" in held
    assert not [name for name in ("postinst", "prerm", "preinst", "postrm") if name in held]


def installed(package: Path, folder: Path) -> Path:
    """Give a folder into which the package was installed by the system's own program."""
    facts = folder / "var" / "lib" / "dpkg"
    (facts / "info").mkdir(parents=True)
    (facts / "updates").mkdir()
    (facts / "status").touch()
    dpkg(folder, "-i", package)
    return folder


def test_installed_it_runs_and_removed_it_leaves_nothing(package, tmp_path):
    root = installed(package, tmp_path / "root")
    if SYSTEM_PYTHON.exists():  # else the package is for another system than this one
        starts_from(root, tmp_path)
    if shutil.which("systemd-analyze") is not None:
        has_units_that_systemd_takes(root, tmp_path)
    dpkg(root, "--purge", "carebridge")
    left = [path for path in root.rglob("*") if not path.is_dir()]
    assert [path for path in left if "var/lib/dpkg" not in path.as_posix()] == []


def starts_from(root: Path, home: Path) -> None:
    program = root / layout.HOME / "bin" / "python"
    kept = {"PATH": os.environ["PATH"], "HOME": str(home)}
    said = run(program, "-I", "-m", "bridge", "--help", env=kept, cwd=home)
    assert "autostart" in said
    assert "demo" not in said, "the simulator is not in it"
    parts = "import sqlcipher3, pkcs11, smartcard.scard, PIL, Xlib, bridge; print(bridge.__file__)"
    assert str(root) in run(program, "-I", "-c", parts, env=kept, cwd=home)


def has_units_that_systemd_takes(root: Path, folder: Path) -> None:
    variables = {**os.environ, "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}
    for unit in sorted((root / "usr/lib/systemd/user").iterdir()):
        text = unit.read_text().replace("/usr/bin/carebridge", "/bin/true")
        (folder / unit.name).write_text(text)
        run("systemd-analyze", "--user", "verify", folder / unit.name, env=variables)
