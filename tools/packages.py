"""Build what is given to users; called by ``dev.py package``.

::

    windows [--build production|simulator] [--to FOLDER]
            [--runtime ARCHIVE --runtime-sha256 HEX --runtime-python 3.12.N]
            [--python INTERPRETER] [--folder-only] [--quick]
    linux [--build production|simulator] [--to FOLDER] [--quick]
    macos [--build production|simulator] [--to FOLDER] --runtime ARCHIVE --runtime-sha256 HEX

``windows`` makes, below ``dist/windows/BUILD``, the program folder, both installers, the bill of
materials and ``SHA256SUMS``.
A release names the publisher's own package of Python with ``--runtime``; without it the pinned
distribution of the package index is fetched.
``CAREBRIDGE_SIGNING`` switches signatures on (``installer.windows.signing``).
Source: *Desktop packaging* 2 and 3, decision D2, SEC-182, SEC-186.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from installer.builds import BUILDS, Build
from installer.windows.compilers import candidates, find_compiler
from installer.windows.nsis import VARIANTS, build_setup
from installer.windows.processes import BuildFailed
from installer.windows.program import Parts, build_folder
from installer.windows.runtime import FROM_INDEX, Runtime, fetch
from tools import audit_dependencies, bill_of_materials, linux_package, macos_package
from tools.requirement_lists import Pin, list_of, pins_of
from tools.wheels import ROOT, build_wheel, version

WINDOWS: Final = {
    "os_name": "nt",
    "sys_platform": "win32",
    "platform_system": "Windows",
    "platform_machine": "AMD64",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
}
SUMS: Final = "SHA256SUMS"


def pins_for_windows(pins: Iterable[Pin], python: str) -> list[Pin]:
    """Give the packages of a list that are installed on Windows, by their markers.

    Args:
        pins: The list.
        python: Full version of Python.
    """
    minor = ".".join(python.split(".")[:2])
    told = {**WINDOWS, "python_full_version": python, "python_version": minor}
    return [pin for pin in pins if pin.is_for(told)]


def windows_bill(folder: Path, build: Build, runtime: Runtime) -> Path:
    """Write the bill of what lies in the program folder, Python itself among it."""
    python = bill_of_materials.Foreign(
        name="cpython",
        version=runtime.python,
        sha256=runtime.sha256,
        licence="PSF-2.0",
        about="with Tcl/Tk, OpenSSL, libffi, SQLite, zlib and the VC runtime",
    )
    listed = pins_for_windows(pins_of(list_of("runtime")), runtime.python)
    content = bill_of_materials.bill(build.version(version()), listed, [python])
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / bill_of_materials.NAME
    file.write_bytes(content)
    return file


def sums(files: Iterable[Path]) -> str:
    """Give the lines of a list that ``sha256sum --check`` reads."""
    ordered = sorted(files, key=lambda file: file.name)
    return "".join(
        f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}\n" for each in ordered
    )


def build_windows(words: argparse.Namespace) -> list[Path]:
    """Build everything for Windows; give the files that are published.

    Raises:
        BuildFailed: a tool failed, a content is wrong, or a package has a known weakness.
    """
    if audit_dependencies.main(()):
        raise BuildFailed("a package has a known weakness")
    build = next(each for each in BUILDS if each.name == words.build)
    to: Path = words.to / build.name
    runtime, archive = chosen_runtime(words)
    compiler = find_compiler([words.python] if words.python else candidates())
    bill = windows_bill(to, build, runtime)
    wheel = build_wheel(build, to / "wheel", bill=bill, update_root=words.update_root)
    named = build.version(version())
    folder = to / "Carebridge"
    parts = Parts(
        build=build,
        version=named,
        wheel=wheel,
        bill=bill,
        archive=archive,
        runtime=runtime,
        compiler=compiler,
    )
    made = [bill]
    print(*build_folder(parts, folder), sep="\n", flush=True)
    for variant in () if words.folder_only else VARIANTS:
        setup, said = build_setup(
            build, named, folder, variant=variant, to=to, is_quick=words.quick
        )
        print(*said, sep="\n", flush=True)
        made.append(setup)
    (to / SUMS).write_text(sums(made), "utf-8")
    return [*made, to / SUMS]


def chosen_runtime(words: argparse.Namespace) -> tuple[Runtime, Path]:
    """Give the runtime that is packed, and its archive.

    Raises:
        BuildFailed: an archive is named without its hash or version, or cannot be fetched.
    """
    if words.runtime is None:
        return FROM_INDEX, fetch(FROM_INDEX, words.to / "downloads")
    if not words.runtime_sha256 or not words.runtime_python:
        raise BuildFailed("--runtime needs --runtime-sha256 and --runtime-python")
    named = Runtime(python=words.runtime_python, sha256=words.runtime_sha256)
    return named, words.runtime


def parser() -> argparse.ArgumentParser:
    """Give the parser of the command line."""
    made = argparse.ArgumentParser(description="Build what is given to users.")
    systems = made.add_subparsers(required=True, dest="system")
    windows = systems.add_parser("windows", help="program folder and installers")
    windows.add_argument("--build", choices=[each.name for each in BUILDS], default="production")
    windows.add_argument("--to", type=Path, default=ROOT / "dist" / "windows")
    windows.add_argument("--runtime", type=Path, help="archive with Python for Windows")
    windows.add_argument("--runtime-sha256", help="hash of that archive")
    windows.add_argument("--runtime-python", help="full version of the Python in it")
    windows.add_argument("--python", help="CPython that compiles the modules")
    windows.add_argument("--update-root", type=Path, help="root of the update metadata")
    windows.add_argument("--folder-only", action="store_true", help="make no installer")
    windows.add_argument("--quick", action="store_true", help="pack for speed; not for a release")
    windows.set_defaults(work=build_windows)
    linux_package.add_to(systems)
    macos_package.add_to(systems)
    return made


def main(arguments: Sequence[str]) -> int:
    """Build; 1 when that fails."""
    words = parser().parse_args(arguments)
    try:
        made = words.work(words)
    except (BuildFailed, OSError, ValueError) as error:
        print(f"not built: {error}", file=sys.stderr)
        return 1
    print(*made, sep="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
