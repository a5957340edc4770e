"""Renew the hashed lists of ``requirements/`` from ``pyproject.toml``.

``runtime.txt`` is what the program needs; ``dev.txt`` is that plus every dependency group.
Both serve every system and every supported Python, and name no address, so that any mirror of
the package index can deliver them.
Called by ``dev.py lock``; further arguments go to the resolver, such as ``--upgrade``.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]

_RESOLVE: Final = (
    "uv",
    "pip",
    "compile",
    "pyproject.toml",
    "--universal",
    "--generate-hashes",
    "--python-version=3.11",
    "--no-config",
    "--no-annotate",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--custom-compile-command=python dev.py lock",
    "--quiet",
)


def resolve(name: str, *arguments: str) -> int:
    """Write one list and give the resolver's exit status."""
    command = [sys.executable, "-m", *_RESOLVE, *arguments, "-o", f"requirements/{name}.txt"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def main(arguments: Sequence[str]) -> int:
    """Write both lists, the longer one with the versions of the shorter one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = [f"--group={name}" for name in project["dependency-groups"]]
    same = "--constraints=requirements/runtime.txt"
    return resolve("runtime", *arguments) or resolve("dev", same, *groups, *arguments)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
