"""What a child process of ours that meets PINs and drivers does with itself.

It has no arguments beside its task: everything arrives through its standard input, and it ends
when that is closed.
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import sys
import traceback
from io import FileIO
from pathlib import Path
from typing import Final

GRACE_S: Final = 5
"""How much longer than its parent a child waits before it ends itself."""
_NOWHERE: Final = 2
_SET_DUMPABLE: Final = 4
_NO_ERROR_WINDOWS: Final = 0x0001 | 0x0002 | 0x8000


def own_pipes() -> tuple[FileIO, FileIO]:
    """Keep both pipes for ourselves: what a library prints or reads goes nowhere."""
    requests = FileIO(os.dup(0), "rb")
    answers = FileIO(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    return requests, answers


def end_after(seconds: float) -> None:
    """End this process then, whatever a library does; ``faulthandler`` needs no Python for it.

    A library that hangs must not outlive a daemon that is gone and cannot end it.
    """
    faulthandler.dump_traceback_later(seconds, exit=True, file=_NOWHERE)


def live_on() -> None:
    """Take back ``end_after``."""
    faulthandler.cancel_dump_traceback_later()


def place_of(error: Exception) -> str:
    """Describe a bug by its kind and place; its text could hold anything."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"


if sys.platform == "win32":

    def forbid_dumps() -> None:
        """Keep the PIN out of crash reports, and error windows off the screen (SEC-86)."""
        ctypes.WinDLL("kernel32").SetErrorMode(_NO_ERROR_WINDOWS)

else:
    import resource

    def forbid_dumps() -> None:
        """Keep the PIN out of core files and crash reports (SEC-86)."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if sys.platform == "linux":
            # A collector of crash reports does not heed the limit; it heeds this.
            ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)
