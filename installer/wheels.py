"""Installing other people's packages into what is built for another system."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

from installer.windows.processes import run

_EXACT: Final = ("--only-binary=:all:", "--require-hashes", "--no-config", "--link-mode=copy")


def install_wheels(requirements: Path, folder: Path, *, platform: str, python: str) -> None:
    """Install the wheels of a hashed list, without the programs that some of them bring.

    Args:
        requirements: The list.
        folder: Where they are put.
        platform: As ``uv`` names it.
        python: Minor version.

    Raises:
        BuildFailed: one of them is missing for that system, or has another hash.
    """
    system = (f"--python-platform={platform}", f"--python-version={python}")
    where = ("--target", str(folder), "-r", str(requirements))
    run([sys.executable, "-m", "uv", "pip", "install", "-q", *system, *_EXACT, *where])
    for programs in ("bin", "Scripts"):
        shutil.rmtree(folder / programs, ignore_errors=True)
    (folder / ".lock").unlink(missing_ok=True)
