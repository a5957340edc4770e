"""Compile modules for the program folder; run by a CPython of the version that is shipped.

::

    python3.12 precompile.py FOLDER

``Lib`` becomes ``runtime/stdlib.zip``; modules below ``_internal`` get their ``__pycache__``.
What is written depends on the sources alone: no times, a fixed order, one process.
Compiled files are never compared with their source again (PEP 552, unchecked), because program
files do not change between two installations.
Needs the standard library only.
Source: *Desktop packaging* 2.1.
"""

from __future__ import annotations

import importlib.util
import py_compile
import shutil
import sys
import zipfile
from pathlib import Path

TIME = (1980, 1, 1, 0, 0, 0)


def compile_file(source: Path, target: Path, shown: str) -> None:
    """Compile one module; tracebacks name it as ``shown``."""
    py_compile.compile(
        str(source),
        str(target),
        dfile=shown,
        doraise=True,
        optimize=0,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )


def pack_library(library: Path, archive: Path) -> None:
    """Zip the standard library, compiled, and remove its folder."""
    for source in sorted(library.rglob("*.py")):
        shown = source.relative_to(library).as_posix()
        compile_file(source, source.with_suffix(".pyc"), shown)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
        for compiled in sorted(library.rglob("*.pyc")):
            name = compiled.relative_to(library).as_posix()
            packed.writestr(zipfile.ZipInfo(name, TIME), compiled.read_bytes())
    shutil.rmtree(library)


def compile_packages(folder: Path) -> None:
    """Compile what lies below a folder, each module into the ``__pycache__`` beside it."""
    for source in sorted(folder.rglob("*.py")):
        shown = source.relative_to(folder.parent).as_posix()
        compile_file(source, Path(importlib.util.cache_from_source(str(source))), shown)


def main(folder: Path) -> int:
    """Compile a program folder."""
    pack_library(folder / "Lib", folder / "runtime" / "stdlib.zip")
    compile_packages(folder / "_internal")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
