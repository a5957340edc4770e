"""A window that stays open and is talked with: JSON lines both ways over the pipes of a child.

The other windows are one question and one answer (``dialogue``); this one shows what it is told,
again after each change, and says what was pressed.
A password follows its line as raw bytes, and goes no other way (SEC-136).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from bridge.errors import PromptUnavailable

_MOST_LINE: Final = 8192
_MOST_SECRET: Final = 1024
_CLOSING_S: Final = 2
if sys.platform == "win32":
    _FLAGS: Final = subprocess.CREATE_NO_WINDOW
else:
    _FLAGS: Final = 0

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the window asks for.

    Attributes:
        action: Such as ``certificate``.
        words: What was typed, by name; persons and numbers among it.
        secret: The password, where one belongs to it; whoever uses it wipes it.
    """

    action: str
    words: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret: bytearray | None = field(default=None, repr=False)


class Conversation:
    """One window's process; used on the loop, while two threads wait for the pipes."""

    def __init__(self, command: Sequence[str], opening: Mapping[str, Any]) -> None:
        """Start the window.

        Args:
            command: Program and arguments of the child process.
            opening: The request that names the window.

        Raises:
            PromptUnavailable: it does not start.
        """
        self._loop = asyncio.get_running_loop()
        self._said: asyncio.Queue[Said | None] = asyncio.Queue()
        self._telling: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own program
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=_FLAGS,
            )
        except OSError as error:
            raise PromptUnavailable("the window does not start") from error
        self._threads = [
            threading.Thread(target=work, name="window", daemon=True)
            for work in (self._listen, self._speak)
        ]
        self.tell(opening)
        for thread in self._threads:
            thread.start()

    def tell(self, message: Mapping[str, Any]) -> None:
        """Have the window show something; returns at once."""
        self._telling.put(json.dumps(message).encode() + b"\n")

    async def next(self) -> Said | None:
        """Wait for what the window asks for; ``None`` when it was closed, or has crashed."""
        return await self._said.get()

    async def close(self) -> None:
        """Close the window, if it is still there."""
        self._telling.put(None)
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        try:
            self._process.wait(_CLOSING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for thread in self._threads:
            thread.join(_CLOSING_S)

    def _speak(self) -> None:
        pipe = self._process.stdin
        if pipe is None:
            return
        with contextlib.suppress(OSError):
            while (line := self._telling.get()) is not None:
                pipe.write(line)
                pipe.flush()
        with contextlib.suppress(OSError):
            pipe.close()

    def _listen(self) -> None:
        try:
            while (said := self._read()) is not None:
                self._hand_over(said)
        except (OSError, ValueError, TypeError, KeyError) as error:
            log.warning("window.broken", reason=type(error).__name__)
        self._hand_over(None)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _hand_over(self, said: Said | None) -> None:
        with contextlib.suppress(RuntimeError):
            # The loop may be over: then nobody wants to know.
            self._loop.call_soon_threadsafe(self._said.put_nowait, said)

    def _read(self) -> Said | None:
        """Read the next line; ``None`` at the end.

        Raises:
            ValueError, TypeError, KeyError: it is no line of ours.
        """
        pipe = self._process.stdout
        line = b"" if pipe is None else pipe.readline(_MOST_LINE)
        if pipe is None or not line.endswith(b"\n"):
            return None
        words = dict(json.loads(line))
        size = words.pop("secret", None)
        action = words.pop("do")
        if not all(isinstance(each, str) for each in (action, *words.values())):
            raise TypeError("words are texts")
        secret = None
        if size is not None:
            if not 0 <= int(size) <= _MOST_SECRET:
                raise ValueError("no password is so long")
            secret = bytearray(pipe.read(int(size)))
        return Said(action=action, words=words, secret=secret)
