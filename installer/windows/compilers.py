"""Finding the CPython that compiles the modules: of the minor version that is shipped."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from installer.windows.layout import PYTHON
from installer.windows.processes import BuildFailed

_ASK: Final = "import sys; print('%d.%d %s' % (*sys.version_info[:2], sys.implementation.name))"
_ASKING_S: Final = 20


def candidates(home: Path | None = None) -> Iterator[str]:
    """Name interpreters that may be the right one: our own, on the path, of pyenv and of uv."""
    yield sys.executable
    named = shutil.which(f"python{PYTHON}")
    if named:
        yield named
    root = home or Path.home()
    for pattern in (
        f".pyenv/versions/{PYTHON}.*/bin/python{PYTHON}",
        f".local/share/uv/python/cpython-{PYTHON}.*/bin/python{PYTHON}",
    ):
        yield from map(str, sorted(root.glob(pattern)))


def find_compiler(named: Iterable[str]) -> str:
    """Give the first interpreter that is a CPython of our version.

    Raises:
        BuildFailed: none of them is.
    """
    for program in named:
        if _version(program) == f"{PYTHON} cpython":
            return program
    raise BuildFailed(f"no CPython {PYTHON} to compile with; install one, or name it with --python")


def _version(program: str) -> str:
    try:
        asked = subprocess.run(  # noqa: S603  an interpreter that is named by its path
            [program, "-I", "-c", _ASK],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_ASKING_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip() if asked.returncode == 0 else ""
