"""The virtual reader's protocol, seen from the card (*Belgian eID card* 17).

The driver listens; connecting inserts the card and closing removes it.
Each message is its length in two bytes and the body; bodies of one byte are commands of the
reader, everything else is a command to the card.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
from typing import Final, Literal

from bridge.sandbox.eidcard.applet import Applet

Moment = Literal["verify", "sign"] | int
"""When a card is pulled out: at such a command, or at the n-th command from now."""

_ATR_COMMAND: Final = 4
_INSTRUCTIONS: Final[dict[object, int]] = {"verify": 0x20, "sign": 0x2A}
_CONNECT_S: Final = 5


class Slot:
    """A slot of the virtual reader in which a card can be put."""

    def __init__(self, port: int, applet: Applet) -> None:
        """Remember where the slot listens; the card is not in it yet."""
        self._port = port
        self._applet = applet
        self._connection: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._pulled_at: Moment | None = None
        self._held_at: Moment | None = None
        self._goes_on = threading.Event()

    @property
    def is_inserted(self) -> bool:
        """Tell whether the card is in the slot."""
        return self._connection is not None

    def pull_at(self, moment: Moment) -> None:
        """Let the card be pulled out instead of answering.

        Args:
            moment: The next command of this kind that carries data, or 1 for the very next
                command, 2 for the one after it, and so on.
        """
        self._pulled_at = moment

    def hold_at(self, moment: Moment) -> None:
        """Let the card do what a command says and keep its answer back, so that the driver hangs.

        Args:
            moment: As for ``pull_at``.
        """
        self._goes_on.clear()
        self._held_at = moment

    def go_on(self) -> None:
        """Give the answer that is kept back."""
        self._held_at = None
        self._goes_on.set()

    def insert(self) -> None:
        """Put the card into the slot.

        Raises:
            OSError: no reader listens there.
        """
        if self._connection is not None:
            return
        self._applet.reset()
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=_CONNECT_S)
        connection.settimeout(None)
        self._connection = connection
        self._thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
        self._thread.start()

    def remove(self) -> None:
        """Take the card out."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError):
            while True:
                message = _receive(connection)
                is_due, self._pulled_at = _look(self._pulled_at, message)
                if is_due:
                    break
                answer = self._answer(message)
                is_due, self._held_at = _look(self._held_at, message)
                if is_due:
                    self._goes_on.wait()
                if answer is not None:
                    connection.sendall(struct.pack(">H", len(answer)) + answer)
        if self._connection is connection:
            self.remove()

    def _answer(self, message: bytes) -> bytes | None:
        if len(message) != 1:
            return self._applet.transmit(message)
        if message[0] == _ATR_COMMAND:
            return self._applet.atr
        self._applet.reset()
        return None


def _look(moment: Moment | None, message: bytes) -> tuple[bool, Moment | None]:
    """Tell whether the moment has come with a message, and which moment is waited for next."""
    if moment is None or len(message) < 2:  # noqa: PLR2004  # a command of the reader
        return False, moment
    if isinstance(moment, int):
        return moment == 1, moment - 1 or None
    is_due = message[1] == _INSTRUCTIONS[moment] and len(message) > 5  # noqa: PLR2004  # with data
    return is_due, None if is_due else moment


def _receive(connection: socket.socket) -> bytes:
    (length,) = struct.unpack(">H", _exactly(connection, 2))
    return _exactly(connection, length)


def _exactly(connection: socket.socket, wanted: int) -> bytes:
    content = b""
    while len(content) < wanted:
        _acknowledge_at_once(connection)
        part = connection.recv(wanted - len(content))
        if not part:
            raise EOFError
        content += part
    return content


def _acknowledge_at_once(connection: socket.socket) -> None:
    """Have the kernel not hold back what the driver waits for.

    The driver sends length and body one by one, and the body only when the length was
    acknowledged; Linux holds an acknowledgement back for 40 ms, and forgets this wish.
    """
    if sys.platform == "linux":
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
