"""A package like ours where a variable of the environment leads to it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path


def planted(folder: Path, command: Sequence[str]) -> str:
    """Run a program whose environment names the folder; gives what the planted package said."""
    (folder / "bridge.py").write_text("print('planted')")
    given = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        command, env=given, cwd=folder, check=False, capture_output=True, text=True
    )
    return done.stdout
