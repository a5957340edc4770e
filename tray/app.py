"""The main thread: it waits until the program is asked to end, then stops it in order (D9)."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Final

_WAKE_S: Final = 0.5
"""A wait without limit cannot be interrupted on Windows."""


def hold(stop: Callable[[], None]) -> None:
    """Hold the main thread until the process is asked to end, then call ``stop``.

    Interrupt (Ctrl+C) and termination both end it; both are set up before this returns control.
    """
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    while not ended.wait(timeout=_WAKE_S):
        pass
    stop()
