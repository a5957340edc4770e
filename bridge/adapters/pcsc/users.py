"""Who else uses smart cards now, as far as the system tells."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

_LIBRARY: Final = "libpcsclite"
_PATIENCE_S: Final = 5
_COLUMNS: Final = 3
_NO_WINDOW: Final = 0x08000000
_PARENT_AT: Final = 1
"""Place of the parent's number in ``stat``, after the name in brackets and the state."""


def card_users(
    *,
    platform: str = sys.platform,
    proc: Path = Path("/proc"),
    own_pid: int | None = None,
    children: Collection[int] = (),
    list_tasks: Callable[[], str] | None = None,
) -> tuple[str, ...]:
    """Name the programs that have the smart-card library loaded; ours left out.

    Only programs of the same user are seen on Linux; macOS tells nothing.
    Never raises; blocks for a moment, or for 5 s on a slow Windows.

    Args:
        platform: As ``sys.platform``.
        proc: Where Linux shows its processes.
        own_pid: Number of our own process; its descendants are ours too.
        children: Numbers of our descendants that are known; only Linux tells them by itself.
        list_tasks: Gives the table of ``tasklist``.
    """
    own = os.getpid() if own_pid is None else own_pid
    try:
        if platform == "linux":
            return _linux_users(proc, own)
        if platform == "win32":
            return _windows_users((list_tasks or _tasklist)(), {own, *children})
    except (OSError, ValueError, csv.Error, subprocess.SubprocessError):
        return ()
    return ()


def _linux_users(proc: Path, own: int) -> tuple[str, ...]:
    numbers = [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()]
    parents = {number: _parent(proc / str(number)) for number in numbers}
    others = [number for number in numbers if not _is_descendant(number, own, parents)]
    found = {
        _text(proc / str(number) / "comm").strip()
        for number in others
        if _LIBRARY in _text(proc / str(number) / "maps")
    }
    return tuple(sorted(found - {""}))


def _parent(process: Path) -> int:
    # The name stands in brackets and may itself hold blanks and brackets.
    fields = _text(process / "stat").rpartition(")")[2].split()
    return int(fields[_PARENT_AT]) if len(fields) > _PARENT_AT else 0


def _is_descendant(number: int, own: int, parents: dict[int, int]) -> bool:
    for _ in parents:
        if number == own:
            return True
        number = parents.get(number, 0)
    return False


def _text(file: Path) -> str:
    """Read a file of a process; empty when it is over, or somebody else's."""
    try:
        return file.read_text("utf-8", errors="replace")
    except OSError:
        return ""


def _windows_users(table: str, own: set[int]) -> tuple[str, ...]:
    """Read ``"name","number","libraries"``; a sentence instead means that there are none."""
    rows = [row for row in csv.reader(table.splitlines()) if len(row) == _COLUMNS]
    ours = {str(number) for number in own}
    return tuple(sorted({name for name, number, _ in rows if number not in ours}))


def _tasklist() -> str:
    program = Path(os.environ.get("SYSTEMROOT", "C:\\Windows"), "System32", "tasklist.exe")
    done = subprocess.run(  # noqa: S603  # a program of the system, by its full path
        [str(program), "/m", "winscard.dll", "/fo", "csv", "/nh"],
        capture_output=True,
        check=True,
        timeout=_PATIENCE_S,
        creationflags=_NO_WINDOW,
    )
    return done.stdout.decode("oem" if sys.platform == "win32" else "utf-8", errors="replace")
