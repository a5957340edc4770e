"""Installations that do not end well: what was there before is back, and the exit code says why.

The installers are real; what they install is a program that answers as the test wants.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from installer.builds import PRODUCTION, SIMULATOR, Build
from installer.windows import nsis
from installer.windows.layout import LAUNCHERS, PROGRAM
from tests.support.wine import COMPILER, SOURCES, Wine, require_wine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

UNINSTALL = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Carebridge"
RUN = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run"
SCHEME = r"HKCU\Software\Classes\carebridge"
DONE, FAILED, STILL_RUNNING, OTHER, DOES_NOT_WORK = 0, 2, 5, 6, 7
OLD = {
    "Carebridge.exe": "the old program",
    "_internal/old.txt": "the old module",
    "runtime/old.txt": "the old runtime",
}


def compiled(target: Path, *, check: int = 0, erase: int = 0, linger: int = 0) -> Path:
    told = (f"-DCHECK={check}", f"-DERASE={erase}", f"-DLINGER_MS={linger}")
    subprocess.run([COMPILER, "-O1", "-s", *told, "-o", target, SOURCES / "answers.c"], check=True)
    return target


def made_setup(
    folder: Path,
    build: Build,
    version: str,
    variant: nsis.Variant = nsis.PER_USER,
    **answers: int,
) -> Path:
    """Make an installer of a program that gives these answers."""
    content = folder / "content"
    (content / "_internal").mkdir(parents=True)
    (content / "_internal" / "new.txt").write_text(version, "utf-8")
    for name in LAUNCHERS:
        compiled(content / f"{name}.exe", **answers)
    setup, _ = nsis.build_setup(build, version, content, variant=variant, to=folder, is_quick=True)
    return setup


@pytest.fixture(scope="module")
def fine(tmp_path_factory) -> Path:
    require_wine()
    if not shutil.which("makensis"):
        pytest.skip("needs makensis")
    return made_setup(tmp_path_factory.mktemp("fine"), PRODUCTION, "2.0.0", erase=1)


@pytest.fixture(scope="module")
def broken(fine, tmp_path_factory) -> Path:
    return made_setup(tmp_path_factory.mktemp("broken"), PRODUCTION, "3.0.0", check=1)


@pytest.fixture(scope="module")
def wine(tmp_path_factory):
    made = Wine(tmp_path_factory.mktemp("wine"))
    yield made
    made.close()


@pytest.fixture
def folder(wine) -> Path:
    """The program folder of the user; nothing is installed."""
    place = wine.home / "AppData" / "Local" / "Programs" / PROGRAM
    shutil.rmtree(place, ignore_errors=True)
    for key in (UNINSTALL, SCHEME):
        wine.finish("reg", "delete", key, "/f")
    wine.finish("reg", "delete", RUN, "/v", PROGRAM, "/f")
    return place


def put(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def contents(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_text("latin-1") for path in files}


def install(wine: Wine, setup: Path, *words: str) -> int:
    return wine.finish(str(setup), "/S", "/LAUNCH=0", *words)


def test_a_first_installation_that_does_not_work_leaves_nothing(wine, folder, broken):
    assert install(wine, broken) == DOES_NOT_WORK
    assert not folder.exists()
    assert not any(wine.has_key(key) for key in (UNINSTALL, SCHEME))
    assert wine.registry(RUN, PROGRAM) is None


def test_an_upgrade_that_does_not_work_brings_the_old_version_back(wine, folder, fine, broken):
    assert install(wine, fine) == DONE
    before = contents(folder)
    assert before["_internal/new.txt"] == "2.0.0"
    assert install(wine, broken) == DOES_NOT_WORK
    assert contents(folder) == before
    assert wine.registry(UNINSTALL, "DisplayVersion") == "2.0.0"


def test_files_in_use_for_a_moment_keep_no_old_version_away(wine, folder, fine, tmp_path):
    assert install(wine, fine) == DONE
    before = contents(folder)
    slow = made_setup(tmp_path, PRODUCTION, "3.0.0", check=1, linger=2000)
    assert install(wine, slow) == DOES_NOT_WORK
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("left", "in_place"),
    [
        pytest.param(
            {f"_old/{name}": text for name, text in OLD.items()}
            | {"_old/moving": "", "_old/moved": "", "_internal/half.txt": "", "tcl/half.txt": ""},
            OLD,
            id="while-unpacking",
        ),
        pytest.param(
            {
                "_old/Carebridge.exe": OLD["Carebridge.exe"],
                "_internal/old.txt": OLD["_internal/old.txt"],
                "runtime/old.txt": OLD["runtime/old.txt"],
                "_old/moving": "",
            },
            OLD,
            id="while-moving-aside",
        ),
        pytest.param(
            {
                "Carebridge.exe": OLD["Carebridge.exe"],
                "_old/_internal/old.txt": OLD["_internal/old.txt"],
                "_old/runtime/old.txt": OLD["runtime/old.txt"],
                "_old/moving": "",
                "_internal/new.txt": "of the version that did not work",
            },
            OLD,
            id="while-moving-back",
        ),
        pytest.param(
            {**OLD, "_old/_internal/older.txt": "of an upgrade that ended well"},
            OLD,
            id="after-the-end",
        ),
    ],
)
def test_what_a_power_cut_left_is_taken_up(wine, folder, broken, left, in_place):
    put(folder, left)
    assert install(wine, broken) == DOES_NOT_WORK
    assert contents(folder) == in_place


def test_what_a_power_cut_left_is_no_hindrance(wine, folder, fine):
    put(folder, {f"_old/{name}": text for name, text in OLD.items()} | {"_old/moving": ""})
    assert install(wine, fine) == DONE
    assert not (folder / "_old").exists()
    assert not {"_internal/old.txt", "runtime/old.txt"} & set(contents(folder))


def test_other_files_in_the_folder_are_left_alone(wine, folder, fine):
    put(folder, {"notes.txt": "of the user"})
    assert install(wine, fine) == DONE
    assert wine.finish(str(folder / "uninstall.exe"), "/S") == DONE
    wine.until(lambda: not wine.has_key(UNINSTALL), "the entry stays")
    wine.until(lambda: list(contents(folder)) == ["notes.txt"], "more or less is left")


def test_a_program_in_use_that_cannot_be_ended_changes_nothing(wine, folder, fine, tmp_path):
    assert install(wine, fine) == DONE
    before = contents(folder)
    holder = compiled(wine.drive / "holder.exe")
    mark = wine.drive / "held"
    held = wine.start(str(holder), "hold", wine.named(folder / "Carebridge.exe"), wine.named(mark))
    try:
        wine.until(mark.exists, "nobody holds the program")
        assert install(wine, fine) == STILL_RUNNING
        assert (
            wine.finish(str(folder / "uninstall.exe"), "/S", f"_?={wine.named(folder)}")
            == STILL_RUNNING
        )
    finally:
        wine.finish("taskkill", "/F", "/IM", "holder.exe")
        held.wait()
    assert contents(folder) == before


def test_another_edition_is_refused(wine, folder, fine, tmp_path):
    assert install(wine, fine) == DONE
    other = made_setup(tmp_path, SIMULATOR, "2.0.0+simulator")
    assert install(wine, other) == OTHER
    assert wine.registry(UNINSTALL, "Build") == "production"


def test_data_that_cannot_be_erased_keep_the_program(wine, folder, fine):
    assert install(wine, fine) == DONE
    before = contents(folder)
    status = wine.finish(
        str(folder / "uninstall.exe"), "/S", "/PURGE=1", f"_?={wine.named(folder)}"
    )
    assert status == FAILED
    assert contents(folder) == before
    assert wine.has_key(UNINSTALL)


def test_an_upgrade_stays_in_its_folder(wine, folder, fine):
    assert install(wine, fine, r"/D=C:\Elsewhere") == DONE
    elsewhere = wine.drive / "Elsewhere"
    assert (elsewhere / "Carebridge.exe").is_file()
    assert install(wine, fine, r"/D=C:\Third") == DONE
    assert not (wine.drive / "Third").exists()
    assert not folder.exists()
    assert wine.registry(UNINSTALL, "InstallLocation") == r"C:\Elsewhere"
    shutil.rmtree(elsewhere)


def test_an_installation_of_somebody_who_is_not_signed_in_is_found(wine, folder, tmp_path):
    machine_wide = made_setup(tmp_path, PRODUCTION, "2.0.0", nsis.ALL_USERS)
    other = wine.drive / "users" / "other"
    put(other / "AppData" / "Local" / "Programs" / PROGRAM, {"Carebridge.exe": "of the other"})
    try:
        assert install(wine, machine_wide) == OTHER
        assert not (wine.drive / "Program Files" / PROGRAM).exists()
    finally:
        shutil.rmtree(other)
