"""Running the tools that build; what they say is shown when they fail."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

EPOCH: Final = int(os.environ.get("SOURCE_DATE_EPOCH", "1580601600"))
"""Time of every file that is built, in seconds; the default is that of the wheels' builder."""


class BuildFailed(Exception):
    """A tool failed; carries what it said."""


def run(
    command: Sequence[str],
    *,
    folder: Path | None = None,
    variables: Mapping[str, str] | None = None,
) -> str:
    """Run a tool to its end and give its standard output.

    Args:
        command: Words; the first is a program on the path, or its full path.
        folder: To run in.
        variables: Of the environment, beside those there are.

    Raises:
        BuildFailed: it is not there, or gave another exit status than 0.
    """
    try:
        done = subprocess.run(  # noqa: S603  the builder's own tools, no shell
            command,
            cwd=folder,
            env={**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH), **(variables or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise BuildFailed(f"{command[0]} is not installed") from error
    if done.returncode:
        raise BuildFailed(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def settle(folder: Path) -> None:
    """Give every file and folder below one the same time and plain rights."""
    for path in sorted(folder.rglob("*"), reverse=True):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (EPOCH, EPOCH))
    os.utime(folder, (EPOCH, EPOCH))
