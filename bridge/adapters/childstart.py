"""How the daemon starts a child process of ours that it speaks with over two pipes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from io import FileIO
from typing import Final, cast

_LOG_PINS: Final = frozenset({"OPENSC_DEBUG", "PCSCLITE_DEBUG"})
"""Variables with which a library writes PINs into its log (*Belgian eID card* 14)."""

_KILLED_S: Final = 5
"""How long a killed child is waited for: one that the system cannot end must not hold us up."""

if sys.platform == "win32":
    _WITHOUT_CONSOLE: Final = subprocess.CREATE_NO_WINDOW
else:
    _WITHOUT_CONSOLE: Final = 0


def start_child(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a child with unbuffered pipes at its standard input and output.

    Args:
        command: See ``bridge.adapters.selfcall``; never a secret.

    Raises:
        OSError: it cannot be started.
    """
    environ = {name: value for name, value in os.environ.items() if name not in _LOG_PINS}
    return subprocess.Popen(  # noqa: S603  # our own program
        command,
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environ,
        creationflags=_WITHOUT_CONSOLE,
        # A key combination that ends the daemon must not end a signature in the middle.
        start_new_session=True,
    )


def pipes_of(child: subprocess.Popen[bytes]) -> tuple[FileIO, FileIO]:
    """Give both pipes, which are unbuffered: where the child reads, and where it writes."""
    return cast("FileIO", child.stdin), cast("FileIO", child.stdout)


def end_child(child: subprocess.Popen[bytes], *, patience_s: float) -> None:
    """Let a child end by closing what it reads from; kill it when it has not done so in time.

    What it wrote to stays open, for whoever still reads there.

    Args:
        child: Nobody speaks with it any more.
        patience_s: Seconds; 0 kills at once.
    """
    with suppress(OSError):
        pipes_of(child)[0].close()
    try:
        child.wait(patience_s)
    except subprocess.TimeoutExpired:
        child.kill()
        with suppress(subprocess.TimeoutExpired):
            child.wait(_KILLED_S)
