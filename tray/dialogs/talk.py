"""The child's side of a window that is talked with: JSON lines in both directions.

In: the facts to show, again after each change.
Out: what the user asks for, as ``do`` with its words; a password follows as raw bytes, whose
number is in the line (SEC-86, SEC-136: never an argument, a file or a log).
"""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Mapping
from typing import Any, Final

_MOST_BYTES: Final = 65_536
_AT_ONCE: Final = 4096
_PATIENCE_S: Final = 5


class Talk:
    """What is heard and said; hearing goes on in a thread, because Tk must not wait."""

    def __init__(self, hears: int, says: int) -> None:
        """Talk over two descriptors."""
        self._hears = hears
        self._says = says
        self._heard: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.is_over = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def heard(self) -> dict[str, Any] | None:
        """Give the next message; ``None`` when there is none now."""
        try:
            return self._heard.get_nowait()
        except queue.Empty:
            return None

    def first(self) -> dict[str, Any] | None:
        """Wait for the first message; ``None`` when none comes."""
        try:
            return self._heard.get(timeout=_PATIENCE_S)
        except queue.Empty:
            return None

    def say(
        self,
        action: str,
        words: Mapping[str, str] | None = None,
        *,
        secret: bytearray | None = None,
    ) -> None:
        """Ask for something; the secret is wiped."""
        line: dict[str, str | int] = {"do": action, **(words or {})}
        if secret is not None:
            line["secret"] = len(secret)
        try:
            os.write(self._says, json.dumps(line).encode() + b"\n" + (secret or b""))
        except OSError:
            # Nobody listens any more.
            self.is_over.set()
        finally:
            for place in range(len(secret or b"")):
                secret[place] = 0  # type: ignore[index]  # there is one where it has a length

    def _listen(self) -> None:
        rest = b""
        try:
            while len(rest) < _MOST_BYTES and (part := os.read(self._hears, _AT_ONCE)):
                *lines, rest = (rest + part).split(b"\n")
                for line in lines:
                    self._heard.put(json.loads(line))
        except (OSError, ValueError):
            # Broken off, or no words of ours: as good as nobody.
            pass
        self.is_over.set()
