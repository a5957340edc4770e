"""The parent's side of a card that speaks from a process of its own.

Card and service of the reader must not live in the process that uses them: the PKCS#11 binding
would wait for itself (*Belgian eID card* 17).
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Any, Final

from bridge.errors import CardServiceStopped
from bridge.sandbox.eidcard.applet import CardContent
from bridge.sandbox.eidcard.description import to_json
from bridge.sandbox.eidcard.vpcd import Moment

_END_S: Final = 5


@dataclass(frozen=True, kw_only=True)
class CardState:
    """What a card has been through.

    Attributes:
        verifications: PINs it was asked to verify; the empty question does not count.
        commands: The first four bytes of the last commands, hexadecimal; never their data.
    """

    verifications: int
    signatures: int
    log_offs: int
    resets: int
    is_inserted: bool
    is_verified: bool
    tries_left: int
    commands: tuple[str, ...]


class VirtualCard:
    """One card for one slot of the virtual reader."""

    def __init__(self, content: CardContent, *, port: int) -> None:
        """Start the card's process; the card is not in the reader yet.

        Args:
            content: What the card is born with.
            port: Of the slot, see ``PrivatePcscd.ports``.
        """
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bridge.sandbox.eidcard"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        self._write(json.dumps({"port": port, "card": to_json(content)}))

    def insert(self) -> None:
        """Put the card into the reader.

        Raises:
            CardServiceStopped: there is no reader.
        """
        self._ask("insert")

    def remove(self) -> None:
        """Take the card out; the reader looks every 400 ms, so leave it out for a second."""
        self._ask("remove")

    def pull_at(self, moment: Moment) -> None:
        """Let the card be pulled out instead of answering: see ``Slot.pull_at``."""
        self._ask(f"pull_at {moment}")

    def hold_at(self, moment: Moment) -> None:
        """Let the card keep an answer back, so that the driver hangs: see ``Slot.hold_at``."""
        self._ask(f"hold_at {moment}")

    def go_on(self) -> None:
        """Let the card give the answer it keeps back."""
        self._ask("go_on")

    def unblock(self) -> None:
        """Give all tries back, as a visit to the municipality does."""
        self._ask("unblock")

    def state(self) -> CardState:
        """Tell what the card has been through."""
        return self._ask("state")

    def close(self) -> None:
        """End the card's process."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):  # it has ended by itself
                self._process.stdin.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_END_S)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _ask(self, command: str) -> CardState:
        with self._lock:
            try:
                self._write(command)
                line = self._process.stdout.readline() if self._process.stdout else ""
            except (OSError, ValueError):  # the pipe is broken, or closed by ourselves
                line = ""
        if not line:
            raise CardServiceStopped("the card's process has ended")
        answer: dict[str, Any] = json.loads(line)
        if answer.pop("error") is not None:
            raise CardServiceStopped("no reader listens")
        answer["commands"] = tuple(answer["commands"])
        return CardState(**answer)

    def _write(self, line: str) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
