"""What entries for start at login call: starts the daemon, and starts it again after a crash.

systemd and launchd do this themselves; on Windows and for XDG autostart nobody would.
It is a process of its own that loads next to nothing, waits, and passes on the wish to end.
A daemon that ends in order (exit status 0: it was quit, or one runs already) is not started again.
After too many ends in a short time it gives up; the next daemon tells how often its predecessors
broke off (check ``daemon:crashes``).
Source: *Desktop packaging* 1.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from bridge.adapters.selfcall import own_command

LONGEST_PAUSE_S: Final = 60
MOST_ENDS: Final = 8
WITHIN_S: Final = 900.0
_WAKE_S: Final = 0.5
"""A wait without limit cannot be interrupted on Windows."""
_RUN: Final = "run"


class Child(Protocol):
    """A running daemon."""

    def wait(self) -> int:
        """Wait until it ends, and give its exit status."""
        ...

    def terminate(self) -> None:
        """Ask it to end in order."""
        ...


def pause_after(ends: int) -> int:
    """Give the seconds before the next start: 1, 2, 4, … and never more than a minute."""
    return min(1 << (ends - 1), LONGEST_PAUSE_S)


class Starter:
    """Starts daemons one after the other until one ends in order, or too many did not."""

    def __init__(
        self,
        start: Callable[[], Child],
        *,
        pause: Callable[[float], object],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take what starts a daemon.

        Args:
            start: Starts one.
            pause: Waits some seconds, or less when the end is asked for.
            now_s: Monotonic seconds.
        """
        self._start = start
        self._pause = pause
        self._now_s = now_s
        self._child: Child | None = None
        self._over = threading.Event()

    def run(self) -> int:
        """Run until the end, and give the exit status of the last daemon."""
        ends: list[float] = []
        status = 0
        while not self._over.is_set():
            self._child = self._start()
            if self._over.is_set():  # asked to end while it started
                self._child.terminate()
            status = self._child.wait()
            now = self._now_s()
            ends = [*(each for each in ends if now - each < WITHIN_S), now]
            if status == 0 or self._over.is_set() or len(ends) >= MOST_ENDS:
                break
            self._pause(pause_after(len(ends)))
        return 0 if self._over.is_set() else status

    def end(self) -> None:
        """Ask for the end; may be called from a signal."""
        self._over.set()
        if self._child is not None:
            self._child.terminate()


class _Process:
    """A daemon in a process of its own; the wait lets signals through on every system."""

    def __init__(self, words: Sequence[str]) -> None:
        self._process = subprocess.Popen(words)  # noqa: S603  # our own program

    def wait(self) -> int:
        while True:
            try:
                return self._process.wait(_WAKE_S)
            except subprocess.TimeoutExpired:
                continue

    def terminate(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()


def main() -> int:
    """Run the daemon of this user, with what else was given on the command line."""
    words = (*own_command(_RUN), *sys.argv[2:])
    is_asked = threading.Event()
    starter = Starter(lambda: _Process(words), pause=is_asked.wait)

    def end(*_: object) -> None:
        is_asked.set()
        starter.end()

    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, end)
    return starter.run()
