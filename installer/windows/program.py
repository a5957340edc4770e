"""Building the program folder on Linux (*Desktop packaging* 2.1).

Two builds of the same tree with the same tools are identical, bit for bit.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from installer.builds import Build
from installer.wheels import install_wheels
from installer.windows import layout, signing
from installer.windows.icon import icon
from installer.windows.processes import BuildFailed, run, settle
from installer.windows.resources import resource_script
from installer.windows.runtime import Runtime, unpack

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parents[1]
REQUIREMENTS: Final = ROOT / "requirements" / "runtime.txt"
_COMPILER: Final = "x86_64-w64-mingw32-gcc"
_RESOURCES: Final = "x86_64-w64-mingw32-windres"
_PLATFORM: Final = "x86_64-pc-windows-msvc"
_NOT_SHIPPED: Final = ("INSTALLER", "REQUESTED", "RECORD", "uv_cache.json", "direct_url.json")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a program folder is made of.

    Attributes:
        build: Which of the two builds.
        version: Of the build.
        wheel: Our own package.
        bill: Bill of materials.
        archive: With the Python runtime.
        runtime: What that archive must be.
        compiler: CPython that compiles the modules.
        requirements: Hashed list of other people's packages.
    """

    build: Build
    version: str
    wheel: Path
    bill: Path
    archive: Path
    runtime: Runtime
    compiler: str
    requirements: Path = field(default=REQUIREMENTS)


def build_folder(parts: Parts, folder: Path) -> list[str]:
    """Make the program folder anew; give what there is to say of signatures.

    Raises:
        BuildFailed: a tool failed, or the folder holds what it must not, or too little.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    unpack(parts.archive, parts.runtime, folder)
    install_packages(parts.requirements, folder / layout.SITE)
    with zipfile.ZipFile(parts.wheel) as wheel:
        wheel.extractall(folder / layout.APP)
    fixed = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    run([parts.compiler, str(HERE / "precompile.py"), str(folder)], variables=fixed)
    record_compiled(folder / layout.APP)
    shutil.copyfile(ROOT / "LICENSE", folder / layout.LICENCE)
    shutil.copyfile(parts.bill, folder / layout.BILL)
    said = [build_launcher(name, parts.version, folder) for name in layout.LAUNCHERS]
    for name in layout.LAUNCHERS:
        (folder / f"{name}._pth").write_bytes(layout.search_path().encode())
    settle(folder)
    wrong = layout.faults(parts.build, names_in(folder), library_names(folder))
    if wrong:
        raise BuildFailed("\n".join(wrong))
    return said


def install_packages(requirements: Path, folder: Path) -> None:
    """Install the wheels of a hashed list for Windows, without what only an installer reads.

    Raises:
        BuildFailed: one of them is missing for Windows, or has another hash.
    """
    install_wheels(requirements, folder, platform=_PLATFORM, python=layout.PYTHON)
    for facts in folder.glob("*.dist-info"):
        for name in _NOT_SHIPPED:
            (facts / name).unlink(missing_ok=True)


def record_compiled(app: Path) -> None:
    """Add the compiled modules to the record of our package: each start compares them with it.

    Raises:
        BuildFailed: there is no record, or more than one.
    """
    records = list(app.glob("*.dist-info/RECORD"))
    if len(records) != 1:
        raise BuildFailed("our package has no record of its own")
    lines = []
    for path in sorted(app.rglob("__pycache__/*.pyc")):
        content = path.read_bytes()
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{path.relative_to(app).as_posix()},sha256={digest},{len(content)}\n")
    with records[0].open("a", encoding="utf-8", newline="") as record:
        record.writelines(lines)


def build_launcher(name: str, version: str, folder: Path) -> str:
    """Compile one launcher with its resources into the program folder, and sign it.

    Gives what there is to say of its signature.

    Raises:
        BuildFailed: the compiler or the signature failed.
    """
    work = folder.parent / f"{folder.name}.launcher"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    (work / "carebridge.ico").write_bytes(icon())
    shutil.copyfile(HERE / "launcher.manifest", work / "launcher.manifest")
    shutil.copyfile(HERE / "launcher.c", work / "launcher.c")
    (work / "launcher.rc").write_text(resource_script(name, version), "utf-8")
    run([_RESOURCES, "-c", "65001", "launcher.rc", "launcher.o"], folder=work)
    shape = ("-mconsole", "-DCONSOLE") if name == layout.CONSOLE else ("-mwindows",)
    strict = ("-Os", "-Wall", "-Wextra", "-Werror", "-municode", "-s", "-static")
    same = ("-Wl,--no-insert-timestamp", "-frandom-seed=carebridge")
    made = work / f"{name}.exe"
    words = [*strict, *shape, *same, "-o", made.name, "launcher.c", "launcher.o"]
    run([_COMPILER, *words], folder=work)
    is_signed = signing.sign(made, os.environ)
    shutil.move(made, folder / made.name)
    shutil.rmtree(work)
    return f"{signing.SAID[is_signed]} {made.name}"


def names_in(folder: Path) -> list[str]:
    """List the files in a program folder, in order."""
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def library_names(folder: Path) -> list[str]:
    """List the modules in the standard library of a program folder."""
    with zipfile.ZipFile(folder / layout.STDLIB) as library:
        return library.namelist()
