"""What of a Python runtime is taken, and what a program folder may contain, judged on names."""

from __future__ import annotations

from pathlib import PureWindowsPath

import pytest

from installer.builds import NEEDED as WHEEL_NEEDED
from installer.builds import PRODUCTION, SIMULATOR, SIMULATOR_ONLY
from installer.windows.layout import (
    APP,
    LAUNCHERS,
    NEEDED,
    OURS,
    faults,
    runtime_files,
    runtime_place,
    search_path,
    sizes_kib,
    version_numbers,
)

LIBRARY = ["encodings/__init__.pyc", "os.pyc"]
FOLDER = [
    *NEEDED,
    *(f"{APP}/{name}" for name in WHEEL_NEEDED),
    f"{APP}/carebridge-1.0.0.dist-info/licenses/LICENSE",
    "_internal/site/lxml/etree.cp312-win_amd64.pyd",
]
PLAYED = [
    f"{APP}/{place}" if place.endswith(".py") else f"{APP}/{place}/part.py"
    for place in SIMULATOR_ONLY
]


def test_the_search_path_is_complete_and_within_the_folder():
    lines = search_path().splitlines()
    assert lines == ["runtime\\stdlib.zip", "runtime\\DLLs", "_internal\\site", "_internal\\app"]
    assert not any(PureWindowsPath(line).is_absolute() for line in lines)
    assert not any(line.startswith("import") for line in lines)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        pytest.param("python312.dll", "runtime/python312.dll", id="interpreter"),
        pytest.param("LICENSE.txt", "runtime/LICENSE.txt", id="licence"),
        pytest.param("DLLs/_ssl.pyd", "runtime/DLLs/_ssl.pyd", id="extension"),
        pytest.param("DLLs/libffi-8.dll", "runtime/DLLs/libffi-8.dll", id="library"),
        pytest.param("tcl/tcl8.6/init.tcl", "tcl/tcl8.6/init.tcl", id="tcl-beside-the-program"),
        pytest.param("Lib/json/decoder.py", "Lib/json/decoder.py", id="module"),
        pytest.param("python.exe", None, id="interpreter-program"),
        pytest.param("Scripts/pip.exe", None, id="installer"),
        pytest.param("DLLs/tix84.dll", None, id="unsigned-library"),
        pytest.param("DLLs/py.ico", None, id="icon"),
        pytest.param("Lib/site-packages/pip/__init__.py", None, id="packages-of-others"),
        pytest.param("Lib/test/test_os.py", None, id="tests"),
        pytest.param("Lib/idlelib/idle.py", None, id="editor"),
        pytest.param("Lib/testing.py", "Lib/testing.py", id="similar-name"),
        pytest.param("Lib/__pycache__/os.cpython-312.pyc", None, id="compiled-elsewhere"),
        pytest.param("tcl/tix8.4.3/Tix.tcl", None, id="unsigned-widgets"),
        pytest.param("tcl/tk8.6/demos/hello", None, id="demonstrations"),
        pytest.param("include/Python.h", None, id="header"),
    ],
)
def test_what_is_taken_of_a_runtime(name, place):
    assert runtime_place(name) == place


@pytest.mark.parametrize("home", ["", "cp312/", "a/b/"])
def test_a_runtime_is_found_in_a_folder_of_its_archive(home):
    names = [f"{home}python312.dll", f"{home}DLLs/", f"{home}DLLs/_ssl.pyd", "README.md"]
    assert runtime_files(names) == {
        f"{home}python312.dll": "runtime/python312.dll",
        f"{home}DLLs/_ssl.pyd": "runtime/DLLs/_ssl.pyd",
    }


@pytest.mark.parametrize("names", [[], ["python311.dll"], ["x/python313.dll"]])
def test_a_runtime_of_another_version_is_refused(names):
    with pytest.raises(ValueError, match="no Python"):
        runtime_files(names)


def test_a_right_folder_of_each_build():
    assert faults(PRODUCTION, FOLDER, LIBRARY) == []
    assert faults(SIMULATOR, [*FOLDER, *PLAYED], LIBRARY) == []


@pytest.mark.parametrize("name", PLAYED)
def test_production_holds_nothing_of_the_simulator(name):
    inner = name.removeprefix(f"{APP}/")
    assert faults(PRODUCTION, [*FOLDER, name], LIBRARY) == [f"must not contain {inner}"]


def test_production_holds_nothing_of_the_simulator_that_was_compiled():
    compiled = f"{APP}/bridge/sandbox/__pycache__/sts.cpython-312.pyc"
    assert "must not contain bridge/sandbox/sts.py" in faults(
        PRODUCTION, [*FOLDER, compiled], LIBRARY
    )


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("python.exe", id="another-program"),
        pytest.param("_old/moved", id="what-an-installer-leaves"),
        pytest.param("runtime/DLLs/tix84.dll", id="unsigned-library"),
        pytest.param("_internal/site/hook.pth", id="code-that-runs-at-start"),
    ],
)
def test_what_has_no_place_in_a_folder(name):
    assert faults(PRODUCTION, [*FOLDER, name], LIBRARY) == [f"must not contain {name}"]


@pytest.mark.parametrize("name", NEEDED)
def test_what_a_folder_needs(name):
    kept = [each for each in FOLDER if each != name]
    assert faults(PRODUCTION, kept, LIBRARY) == [f"lacks {name}"]


def test_a_standard_library_is_needed():
    assert faults(PRODUCTION, FOLDER, ["os.pyc"]) == ["lacks encodings"]


def test_every_launcher_has_its_search_path_and_may_be_removed():
    for name in LAUNCHERS:
        assert {f"{name}.exe", f"{name}._pth"} <= set(NEEDED) & set(OURS)


def test_what_may_be_removed_is_below_the_folder():
    assert all(PureWindowsPath(name).parts == (name,) for name in OURS)
    assert not {".", "..", ""} & set(OURS)


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        pytest.param("1.2.3", (1, 2, 3, 0), id="production"),
        pytest.param("1.2.3+simulator", (1, 2, 3, 0), id="simulator"),
        pytest.param("0.10.0", (0, 10, 0, 0), id="early"),
    ],
)
def test_version_of_a_resource(version, numbers):
    assert version_numbers(version) == numbers


def test_a_version_without_three_numbers_is_refused():
    with pytest.raises(ValueError, match=r"."):
        version_numbers("1.2")


def test_a_size_is_rounded_up():
    assert sizes_kib({"a": 1024, "b": 1}) == 2
