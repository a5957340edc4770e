"""What the program folder contains, and what of the Python runtime is taken into it.

::

    Carebridge.exe  Carebridge._pth  Carebridge-console.exe  Carebridge-console._pth
    runtime/python312.dll  runtime/DLLs/  runtime/stdlib.zip
    tcl/                      beside the executables: _tkinter looks for it there
    _internal/site/           other people's packages
    _internal/app/            our own
    LICENSE.txt  bom.cdx.json

Source: *Desktop packaging* 2.1; decision D2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Final

from installer.builds import SIMULATOR_ONLY, Build, belongs_to

PROGRAM: Final = "Carebridge"
CONSOLE: Final = "Carebridge-console"
LAUNCHERS: Final = (PROGRAM, CONSOLE)
"""One for windows, and one for the command line; each has its own ``._pth`` file."""

PYTHON: Final = "3.12"
RUNTIME: Final = "runtime"
STDLIB: Final = "runtime/stdlib.zip"
SITE: Final = "_internal/site"
APP: Final = "_internal/app"
BILL: Final = "bom.cdx.json"
LICENCE: Final = "LICENSE.txt"

SEARCHED: Final = (STDLIB, f"{RUNTIME}/DLLs", SITE, APP)
"""The complete ``sys.path``."""

OURS: Final = (
    *(f"{name}{ending}" for name in LAUNCHERS for ending in (".exe", "._pth")),
    RUNTIME,
    "tcl",
    "_internal",
    LICENCE,
    BILL,
)
"""Everything in the program folder; an installer may remove these names and no others."""

_CORE: Final = frozenset(
    {"python312.dll", "python3.dll", "vcruntime140.dll", "vcruntime140_1.dll", "LICENSE.txt"}
)
_NO_LIBRARY: Final = ("tix84.dll", "_msi.pyd")
"""Unsigned, or of no use to us."""

_NO_MODULE: Final = (
    *("site-packages", "test", "idlelib", "lib2to3", "turtledemo", "ensurepip", "venv", "msilib"),
    *("pydoc_data", "__phello__", "turtle.py", "antigravity.py", "this.py"),
)
_NO_TCL: Final = (
    *("tcl8.6/tzdata", "tk8.6/demos", "tix8.4.3", "dde1.4", "nmake"),
    *("tclConfig.sh", "tclooConfig.sh", "tkConfig.sh"),
)

NEEDED: Final = (
    *(f"{name}.exe" for name in LAUNCHERS),
    *(f"{name}._pth" for name in LAUNCHERS),
    "runtime/python312.dll",
    "runtime/python3.dll",
    "runtime/vcruntime140.dll",
    "runtime/LICENSE.txt",
    "runtime/DLLs/_ctypes.pyd",
    "runtime/DLLs/_ssl.pyd",
    "runtime/DLLs/_tkinter.pyd",
    STDLIB,
    "tcl/tcl8.6/init.tcl",
    "tcl/tk8.6/tk.tcl",
    LICENCE,
    BILL,
)
"""Files without which the program does not start, or may not be given away."""


def search_path() -> str:
    """Give the content of a ``._pth`` file; it switches off every other place of modules."""
    return "".join(entry.replace("/", "\\") + "\r\n" for entry in SEARCHED)


def runtime_place(name: str) -> str | None:
    """Say where a file of the Python runtime goes; ``None``: nowhere.

    Modules of the standard library go below ``Lib/`` and are zipped later.

    Args:
        name: Path within the runtime, such as ``DLLs/_ssl.pyd``.
    """
    path = PurePosixPath(name)
    if name in _CORE:
        return f"{RUNTIME}/{name}"
    inner = path.relative_to(path.parts[0]).as_posix() if len(path.parts) > 1 else ""
    if path.parts[0] == "DLLs" and path.suffix in {".dll", ".pyd"}:
        return None if inner in _NO_LIBRARY else f"{RUNTIME}/{name}"
    if path.parts[0] == "tcl" and path.suffix != ".lib":
        return None if belongs_to(inner, _NO_TCL) else name
    if path.parts[0] == "Lib" and path.suffix == ".py":
        return None if belongs_to(inner, _NO_MODULE) else name
    return None


def runtime_files(names: Iterable[str]) -> dict[str, str]:
    """Choose from an archive what is taken: name in the archive to place in the folder.

    Args:
        names: Of the files of the archive; the runtime may lie in a folder of it.

    Raises:
        ValueError: there is no Python of our version in it.
    """
    listed = [name for name in names if not name.endswith("/")]
    homes = [name.removesuffix("python312.dll") for name in listed]
    homes = [home for home, name in zip(homes, listed, strict=True) if home != name]
    if not homes:
        raise ValueError(f"no Python {PYTHON} for Windows in the archive")
    home = min(homes, key=len)
    inside = {name: name.removeprefix(home) for name in listed if name.startswith(home)}
    placed = {name: runtime_place(inner) for name, inner in inside.items()}
    return {name: place for name, place in placed.items() if place is not None}


def faults(build: Build, names: Iterable[str], standard_library: Iterable[str]) -> list[str]:
    """Say what is wrong with the contents of a program folder of a build (D2).

    Args:
        build: What it was made for.
        names: Paths in the folder.
        standard_library: Names within its zip.
    """
    present = set(names)
    app = {name.removeprefix(f"{APP}/") for name in present if name.startswith(f"{APP}/")}
    sources = {_source_of(name) for name in app}
    strange = [name for name in present if not belongs_to(name, OURS)]
    unsigned = [name for name in present if name.rsplit("/", 1)[-1] in _NO_LIBRARY]
    hooks = [name for name in present if name.startswith(SITE) and name.endswith(".pth")]
    return [
        *build.faults([*app, *sources]),
        *(f"must not contain {name}" for name in sorted([*strange, *unsigned, *hooks])),
        *(f"lacks {name}" for name in NEEDED if name not in present),
        *([] if _has_module(standard_library, "encodings/__init__") else ["lacks encodings"]),
    ]


def _has_module(names: Iterable[str], module: str) -> bool:
    return any(name in {f"{module}.pyc", f"{module}.py"} for name in names)


def _source_of(name: str) -> str:
    """Name the source of a compiled file: what is forbidden as source is so compiled."""
    path = PurePosixPath(name)
    if path.parent.name != "__pycache__":
        return name
    return (path.parent.parent / f"{path.name.split('.', 1)[0]}.py").as_posix()


def version_numbers(version: str) -> tuple[int, int, int, int]:
    """Give the four numbers of a version resource: ``1.2.0+simulator`` is 1, 2, 0, 0.

    Raises:
        ValueError: it does not begin with three numbers.
    """
    words = version.split("+", 1)[0].split(".")
    major, minor, micro = (int(word) for word in words[:3])
    return major, minor, micro, 0


def sizes_kib(sizes: Mapping[str, int]) -> int:
    """Give the size of a folder as Windows shows it, in KiB."""
    return -(-sum(sizes.values()) // 1024)


__all__ = [
    "APP",
    "BILL",
    "CONSOLE",
    "LAUNCHERS",
    "LICENCE",
    "NEEDED",
    "OURS",
    "PROGRAM",
    "PYTHON",
    "RUNTIME",
    "SEARCHED",
    "SIMULATOR_ONLY",
    "SITE",
    "STDLIB",
    "faults",
    "runtime_files",
    "runtime_place",
    "search_path",
    "sizes_kib",
    "version_numbers",
]
