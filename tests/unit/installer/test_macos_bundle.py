"""The recipe of the macOS bundle: what it writes is checked here, what it does only on macOS."""

from __future__ import annotations

import hashlib
import io
import plistlib
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from PIL import Image

from installer.builds import NEEDED, PRODUCTION
from installer.macos import layout
from installer.macos.runtime import unpack_runtime
from installer.windows.processes import BuildFailed
from tests.support.planting import planted

PACK = Path(layout.__file__).with_name("pack.sh")
WHOLE = [
    layout.PROGRAM,
    layout.ICON,
    f"{layout.CONTENTS}/Info.plist",
    f"{layout.RUNTIME}/bin/python3",
    *(f"{layout.SITE}/{name}" for name in NEEDED),
    f"{layout.SITE}/carebridge-1.0.dist-info/licenses/LICENSE",
]


def test_it_lives_in_the_menu_bar_and_opens_our_links():
    facts = plistlib.loads(layout.information("1.4.2+simulator"))
    assert facts["LSUIElement"] is True
    (kind,) = facts["CFBundleURLTypes"]
    assert kind["CFBundleURLSchemes"] == ["carebridge"]
    assert facts["CFBundleShortVersionString"] == "1.4.2"
    assert layout.PROGRAM.endswith(f"MacOS/{facts['CFBundleExecutable']}")
    assert set(facts["CFBundleLocalizations"]) == {"fr", "nl", "de", "en"}


def test_the_agent_runs_the_installed_program_and_comes_back_after_a_failure_only():
    facts = plistlib.loads(layout.launch_agent())
    assert facts["ProgramArguments"] == [
        "/Applications/Carebridge.app/Contents/MacOS/carebridge",
        "run",
    ]
    assert facts["KeepAlive"] == {"SuccessfulExit": False}
    assert facts["RunAtLoad"] is True


def test_the_icon_can_be_read():
    picture = io.BytesIO()
    Image.new("RGBA", (32, 32)).save(picture, "PNG")
    content = layout.icon_file({32: picture.getvalue()})
    assert Image.open(io.BytesIO(content)).size == (32, 32)


@pytest.mark.parametrize(
    "script", [layout.start_script(), PACK.read_bytes()], ids=["start", "pack"]
)
def test_scripts_are_such_as_a_shell_takes(script, tmp_path):
    shell = shutil.which("sh")
    if shell is None:
        pytest.skip("no shell")
    (tmp_path / "script").write_bytes(script)
    assert subprocess.run([shell, "-n", tmp_path / "script"], check=False).returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a script of the shell")
def test_loc_02_the_program_loads_nothing_that_a_variable_names(tmp_path):
    program, python = (
        tmp_path / each for each in (layout.PROGRAM, layout.RUNTIME + "/bin/python3")
    )
    for each in (program, python):
        each.parent.mkdir(parents=True)
    program.write_bytes(layout.start_script())
    python.symlink_to(sys.executable)
    assert planted(tmp_path, ["/bin/sh", str(program)]) == ""


def test_the_path_from_the_runtime_leads_to_our_packages(tmp_path):
    packages = tmp_path / layout.RUNTIME / "lib" / "python3.12" / "site-packages"
    site = tmp_path / layout.SITE
    assert (packages / layout.search_path().decode().strip()).resolve() == site.resolve()


def test_a_whole_bundle_has_no_fault():
    assert layout.faults(PRODUCTION, WHOLE) == []


def test_d2_the_played_platform_is_not_in_it():
    played = f"{layout.SITE}/bridge/sandbox/world.py"
    assert layout.faults(PRODUCTION, [*WHOLE, played]) != []
    assert layout.faults(PRODUCTION, WHOLE[1:]) == [f"missing: {layout.PROGRAM}"]


def archive(folder: Path, top: str) -> Path:
    made = folder / "python.tar.gz"
    with tarfile.open(made, "w:gz") as packed:
        member = tarfile.TarInfo(f"{top}/bin/python3")
        member.size = 4
        packed.addfile(member, io.BytesIO(b"true"))
    return made


def test_the_runtime_is_unpacked_when_it_is_the_one_that_was_named(tmp_path):
    made = archive(tmp_path, "python")
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    unpack_runtime(made, digest, tmp_path / "app" / "runtime")
    assert (tmp_path / "app" / "runtime" / "bin" / "python3").read_bytes() == b"true"


@pytest.mark.parametrize("top", ["python", "other"])
def test_another_runtime_is_refused(top, tmp_path):
    made = archive(tmp_path, top)
    digest = hashlib.sha256(made.read_bytes()).hexdigest() if top == "other" else "0" * 64
    with pytest.raises(BuildFailed):
        unpack_runtime(made, digest, tmp_path / "app" / "runtime")
