"""The main thread: it waits until the program is asked to end, then stops it in order (D9)."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Final

import structlog

log = structlog.get_logger()

_WAKE_S: Final = 0.5
"""A wait without limit cannot be interrupted on Windows."""


class MainThread:
    """Owns the main thread: interrupt (Ctrl+C) and termination both end it.

    Make it before anything is started: an interrupt during the start then ends the program in
    order, right after the start.
    """

    def __init__(self) -> None:
        """Begin to listen for the end."""
        self._ended = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.end())

    def end(self) -> None:
        """End the program in order; any thread may say so."""
        self._ended.set()

    def show(self) -> None:
        """Come to the front, because the user started the program again (SEC-46).

        Until there is an icon that is a line of the log.
        """
        log.info("tray.shown")

    def hold(self, stop: Callable[[], None]) -> None:
        """Wait until the process is asked to end, then call ``stop``."""
        while not self._ended.wait(timeout=_WAKE_S):
            pass
        stop()
