"""What the Debian package holds, and what it takes from the environment."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from importlib import metadata

import pytest
from packaging.version import Version

from installer.builds import NEEDED, PRODUCTION
from installer.linux import layout
from installer.linux.packages import files_of, wanted_here
from installer.windows.processes import BuildFailed
from tests.support.planting import planted
from tools.requirement_lists import Pin, list_of, pins_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Debian is Linux")
WHOLE = [
    *layout.small_files(),
    f"{layout.HOME}/bin/python",
    *map(layout.icon_path, layout.ICON_SIZES),
    *(f"{layout.SITE}/{name}" for name in NEEDED),
    f"{layout.SITE}/carebridge-1.0.dist-info/licenses/LICENSE",
    f"{layout.SITE}/bridge/__pycache__/__main__.cpython-311.pyc",
]


def test_a_whole_package_has_no_fault():
    assert layout.faults(PRODUCTION, WHOLE) == []


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("etc/carebridge.conf", "outside of our places: etc/carebridge.conf"),
        (f"{layout.SITE}/bridge/sandbox/world.py", "bridge/sandbox/world.py"),
        (
            f"{layout.SITE}/bridge/sandbox/__pycache__/world.cpython-311.pyc",
            "bridge/sandbox/__pycache__/world.cpython-311.pyc",
        ),
        (
            f"{layout.SITE}/bridge/__pycache__/gone.cpython-311.pyc",
            "compiled, without its source: bridge/__pycache__/gone.cpython-311.pyc",
        ),
    ],
    ids=["elsewhere", "D2-source", "D2-compiled", "leftover"],
)
def test_what_must_not_be_there_is_found(name, fault):
    assert any(fault in each for each in layout.faults(PRODUCTION, [*WHOLE, name]))


@pytest.mark.parametrize("name", [layout.PROGRAM, layout.icon_path(48)])
def test_what_is_missing_is_named(name):
    left = [each for each in WHOLE if each != name]
    assert layout.faults(PRODUCTION, left) == [f"missing: {name}"]


def test_the_program_is_a_script_the_shell_takes(tmp_path):
    script = tmp_path / "carebridge"
    script.write_bytes(layout.small_files()[layout.PROGRAM])
    assert subprocess.run(["/bin/sh", "-n", script], check=False).returncode == 0


def test_loc_02_the_program_loads_nothing_that_a_variable_names(tmp_path):
    script = layout.small_files()[layout.PROGRAM].decode()
    script = script.replace(f"/{layout.HOME}/bin/python", sys.executable)
    assert planted(tmp_path, ["/bin/sh", "-c", script]) == ""


def test_the_menus_program_takes_the_entries(tmp_path):
    judge = shutil.which("desktop-file-validate")
    if judge is None:
        pytest.skip("desktop-file-utils is not installed")
    for name, content in layout.small_files().items():
        if name.endswith(".desktop"):
            file = tmp_path / name.rpartition("/")[2]
            file.write_bytes(content)
            assert subprocess.run([judge, file], check=False).returncode == 0


def test_dpkg_is_told_what_it_needs_to_know():
    said = layout.control(version="1.2", architecture="amd64", installed_kib=7)
    facts = dict(line.split(": ", 1) for line in said.splitlines() if not line.startswith(" "))
    assert (facts["Package"], facts["Version"]) == ("carebridge", "1.2")
    assert f"python{sys.version_info[0]}.{sys.version_info[1]}," in facts["Depends"]


def test_each_package_of_the_list_is_taken_for_linux_alone():
    names = {pin.name for pin in wanted_here(pins_of(list_of("runtime")))}
    assert {"pyscard", "secretstorage"} <= names
    assert not {"pywin32-ctypes", "pyobjc-core", "colorama"} & names


def pin(name: str, version: str | None = None) -> Pin:
    return Pin(
        name=name,
        version=Version(version or metadata.version(name)),
        marker="",
        hashes=("0" * 64,),
    )


def test_files_are_those_that_were_recorded_without_what_only_an_installer_reads():
    taken = {name: content for name, content, _ in files_of(pin("typer"))}
    assert "typer/main.py" in taken
    assert not [name for name in taken if ".." in name or "__pycache__" in name]
    assert not [name for name in taken if name.endswith(("/RECORD", "/INSTALLER"))]
    installed = metadata.distribution("typer").locate_file("typer/main.py").read_bytes()
    assert hashlib.sha256(taken["typer/main.py"]).digest() == hashlib.sha256(installed).digest()


@pytest.mark.parametrize("wanted", [pin("typer", "0.0.1")])
def test_another_version_is_refused(wanted):
    with pytest.raises(BuildFailed):
        list(files_of(wanted))


def test_a_file_that_was_changed_is_refused(tmp_path, monkeypatch):
    facts = tmp_path / "planted-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Name: planted\nVersion: 1.0\n")
    digest = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"  # of nothing
    (facts / "RECORD").write_text(f"planted.py,sha256={digest},0\n")
    (tmp_path / "planted.py").write_bytes(b"")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert [name for name, _, _ in files_of(pin("planted", "1.0"))] == ["planted.py"]
    (tmp_path / "planted.py").write_bytes(b"import os")
    with pytest.raises(BuildFailed, match="not as it was installed"):
        list(files_of(pin("planted", "1.0")))
