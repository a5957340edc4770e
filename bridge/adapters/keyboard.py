"""Reading a line from a terminal into a buffer that can be wiped."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from bridge.errors import PromptUnavailable

if TYPE_CHECKING:
    import threading

_MOST_BYTES: Final = 256
_GLANCE_S: Final = 0.1


if sys.platform == "win32":
    import msvcrt

    _ENTER: Final = (b"\r", b"\n")
    _CANCEL: Final = (b"\x1b", b"\x03")
    _PREFIX: Final = (b"\x00", b"\xe0")
    _BACKSPACE: Final = b"\x08"

    class Keyboard:
        """The console."""

        def require_terminal(self) -> None:
            """Make sure that somebody can type.

            Raises:
                PromptUnavailable: the standard input is no console.
            """
            if sys.stdin is None or not sys.stdin.isatty():
                raise PromptUnavailable("no terminal")

        def read_line(
            self,
            question: Callable[[], None],
            *,
            deadline: float,
            stopped: threading.Event,
            echo: bool,
        ) -> bytearray | None:
            """Read a line; ``None`` when the deadline passed or ``stopped`` was set."""
            while msvcrt.kbhit():
                msvcrt.getch()
            question()
            line = bytearray()
            while time.monotonic() < deadline and not stopped.is_set():
                if not msvcrt.kbhit():
                    time.sleep(_GLANCE_S)
                    continue
                key = msvcrt.getch()
                if key in _ENTER:
                    return line
                if key in _CANCEL:
                    return bytearray()
                _type(line, key)
                if echo:
                    msvcrt.putch(key)
            return None

    def _type(line: bytearray, key: bytes) -> None:
        if key in _PREFIX:
            # Arrows and function keys come in two parts.
            msvcrt.getch()
        elif key == _BACKSPACE:
            del line[-1:]
        elif len(line) < _MOST_BYTES:
            line += key

else:
    import select
    import termios

    class Keyboard:
        """A terminal behind a file descriptor."""

        def __init__(self, descriptor: int | None = None) -> None:
            """Take a descriptor instead of the standard input."""
            self._descriptor = descriptor

        def require_terminal(self) -> None:
            """Make sure that somebody can type.

            Raises:
                PromptUnavailable: no terminal, or we run in its background.
            """
            descriptor = self._open_descriptor()
            if descriptor is None or not os.isatty(descriptor) or _in_background(descriptor):
                raise PromptUnavailable("no terminal")

        def read_line(
            self,
            question: Callable[[], None],
            *,
            deadline: float,
            stopped: threading.Event,
            echo: bool,
        ) -> bytearray | None:
            """Read a line; ``None`` when the deadline passed or ``stopped`` was set.

            Args:
                question: Shows what is asked, once the terminal hides what is typed; what was
                    typed before is thrown away.
                deadline: On the clock of ``time.monotonic``.
                stopped: Ends the waiting early.
                echo: Show what is typed.
            """
            descriptor = self._open_descriptor()
            if descriptor is None:
                raise PromptUnavailable("no terminal")
            buffer = bytearray(_MOST_BYTES)
            with _echo(descriptor, on=echo):
                question()
                while time.monotonic() < deadline and not stopped.is_set():
                    ready, _, _ = select.select([descriptor], [], [], _GLANCE_S)
                    if ready:
                        size = os.readv(descriptor, [buffer])
                        return _without_line_end(buffer, size)
            return None

        def _open_descriptor(self) -> int | None:
            if self._descriptor is not None:
                return self._descriptor
            try:
                return sys.stdin.fileno()
            except (AttributeError, ValueError, OSError):
                # Started without standard input.
                return None

    @contextmanager
    def _echo(descriptor: int, *, on: bool) -> Iterator[None]:
        before = termios.tcgetattr(descriptor)
        wanted = termios.tcgetattr(descriptor)
        wanted[3] = wanted[3] | termios.ECHO if on else wanted[3] & ~termios.ECHO
        try:
            termios.tcsetattr(descriptor, termios.TCSAFLUSH, wanted)
            yield
        finally:
            termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)

    def _in_background(descriptor: int) -> bool:
        try:
            return os.tcgetpgrp(descriptor) != os.getpgrp()
        except OSError:
            # Not the terminal that controls us, so it cannot stop us either.
            return False

    def _without_line_end(buffer: bytearray, size: int) -> bytearray:
        while size and buffer[size - 1] in b"\r\n":
            size -= 1
        del buffer[size:]
        return buffer
