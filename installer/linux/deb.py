"""Building the Debian package; the same tree and environment give the same bytes."""

from __future__ import annotations

import io
import os
import shutil
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from installer.builds import Build
from installer.linux import layout
from installer.linux.packages import architecture, files_of, wanted_here
from installer.windows.processes import EPOCH, BuildFailed, run
from tools.requirement_lists import Pin
from tray.icon import draw
from tray.state import Face, TrayState

_PROGRAM: Final = 0o755
_FILE: Final = 0o644
_KIB: Final = 1024


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a package is made of.

    Attributes:
        build: Which of the two builds.
        version: Of the build.
        wheel: Our own package.
        bill: Bill of materials.
        licence: Text of our licence.
        pins: Other people's packages.
    """

    build: Build
    version: str
    wheel: Path
    bill: Path
    licence: Path
    pins: Iterable[Pin]


def build_deb(parts: Parts, to: Path, *, is_quick: bool = False) -> Path:
    """Build the package into a folder and give its path.

    Args:
        parts: What it is made of.
        to: Where; the tree it is made from lies beside it.
        is_quick: Pack for speed, for tests.

    Raises:
        BuildFailed: a tool failed, or the package would hold what it must not, or too little.
    """
    tree = to / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    fill(parts, tree)
    names = names_in(tree)
    wrong = layout.faults(parts.build, names)
    if wrong:
        raise BuildFailed("\n".join(wrong))
    facts = layout.control(
        version=parts.version, architecture=architecture(), installed_kib=_size(tree)
    )
    _write(tree / "DEBIAN" / "control", facts.encode())
    _settle(tree)
    made = to / f"carebridge_{parts.version}_{architecture()}.deb"
    packing = ("-Zgzip", "-z1") if is_quick else ("-Zxz", "--threads-max=1")
    run(["dpkg-deb", "--root-owner-group", *packing, "--build", str(tree), str(made)])
    return made


def fill(parts: Parts, tree: Path) -> None:
    """Write everything that will be installed below a folder.

    Raises:
        BuildFailed: a package is not as the list says, or a module cannot be compiled.
    """
    for name, content in layout.small_files().items():
        _write(tree / name, content, mode=_PROGRAM if name == layout.PROGRAM else _FILE)
    python = tree / layout.HOME / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(layout.PYTHON)
    for size in layout.ICON_SIZES:
        _write(tree / layout.icon_path(size), _icon(size))
    site = tree / layout.SITE
    for pin in wanted_here(parts.pins):
        for name, content, is_program in files_of(pin):
            _write(site / name, content, mode=_PROGRAM if is_program else _FILE)
    with zipfile.ZipFile(parts.wheel) as wheel:
        wheel.extractall(site)
    shutil.copyfile(parts.licence, _made(tree / layout.DOCS / "copyright"))
    shutil.copyfile(parts.bill, _made(tree / layout.DOCS / parts.bill.name))
    _compile(site, tree)


def names_in(tree: Path) -> list[str]:
    """List the files below a folder, in order."""
    return sorted(
        path.relative_to(tree).as_posix()
        for path in tree.rglob("*")
        if path.is_symlink() or path.is_file()
    )


def _compile(site: Path, tree: Path) -> None:
    """Compile all modules: nobody but root could write them later, and each start would again.

    Their hash is not compared at a start: no file of the package changes but with the package.
    """
    words = ("-q", "--invalidation-mode", "unchecked-hash", "-s", str(tree), "-p", "/", str(site))
    # Some packages bring files for other versions of Python; those stay without.
    fixed = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    run([sys.executable, "-I", "-m", "compileall", *words], variables=fixed)


def _icon(size: int) -> bytes:
    written = io.BytesIO()
    draw(Face(state=TrayState.READY), size).save(written, "PNG")
    return written.getvalue()


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _write(path: Path, content: bytes, *, mode: int = _FILE) -> None:
    _made(path).write_bytes(content)
    path.chmod(mode)


def _size(tree: Path) -> int:
    """Give the KiB on disk, as ``dpkg`` shows them."""
    files = [path for path in tree.rglob("*") if path.is_file() and not path.is_symlink()]
    return sum(-(-path.stat().st_size // _KIB) for path in files)


def _settle(tree: Path) -> None:
    """Give everything the same time, and folders and files plain rights."""
    for path in sorted(tree.rglob("*"), reverse=True):
        if not path.is_symlink():
            is_program = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(_PROGRAM if is_program else _FILE)
        os.utime(path, (EPOCH, EPOCH), follow_symlinks=False)
    tree.chmod(_PROGRAM)
    os.utime(tree, (EPOCH, EPOCH))
