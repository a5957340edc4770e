"""A connection to one card, with the habits of T=0 (*Belgian eID card* 2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bridge.adapters.pcsc.api import SHARED, Handle, Pcsc
from bridge.adapters.pcsc.codes import CardWasReset
from bridge.eid.apdu import OK, Answer, get_response
from bridge.errors import CardRemoved

_CASE_2_BYTES: Final = 5
_MOST_PARTS: Final = 8
_STATUS_BYTES: Final = 2


class CardConnection:
    """Sends commands to a card and gives whole answers."""

    def __init__(self, pcsc: Pcsc, handle: Handle) -> None:
        """Use a connection that ``opened`` made."""
        self.pcsc = pcsc
        self.handle = handle

    def transmit(self, command: bytes | bytearray) -> Answer:
        """Send a command; fetches what is ready, and repeats with the exact length.

        Raises:
            CardRemoved, ReaderRemoved, CardWasReset, CardError: as named.
        """
        answer = self._exchange(command)
        exact = answer.exact_length
        if exact is not None and len(command) == _CASE_2_BYTES:
            again = bytes(command[:-1]) + bytes([exact % 256])
            answer = self._exchange(again)
        parts = answer.data
        for _ in range(_MOST_PARTS):
            more = answer.more
            if more is None:
                break
            answer = self._exchange(get_response(more))
            parts += answer.data
        return Answer(parts, answer.status)

    def _exchange(self, command: bytes | bytearray) -> Answer:
        answer = self.pcsc.transmit(self.handle, command)
        if len(answer) < _STATUS_BYTES:
            # Some drivers answer nothing, without an error, when the card was pulled out.
            raise CardRemoved
        return Answer.parse(answer)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep other programs from the card; after a reset by one of them, begin again.

        Raises:
            CardInUse, CardRemoved, CardError: as named.
        """
        try:
            self.pcsc.begin(self.handle)
        except CardWasReset:
            self.handle = self.pcsc.reconnect(self.handle)
            self.pcsc.begin(self.handle)
        try:
            yield
        finally:
            self.pcsc.end(self.handle)


@contextmanager
def opened(pcsc: Pcsc, reader: str, *, mode: int = SHARED) -> Iterator[CardConnection]:
    """Connect to the card in a reader, and leave the card as it is afterwards.

    Raises:
        CardMissing, CardInUse, ReaderRemoved, CardServiceStopped, CardError: as named.
    """
    connection = CardConnection(pcsc, pcsc.connect(reader, mode=mode))
    try:
        yield connection
    finally:
        pcsc.disconnect(connection.handle)


def is_ok(answer: Answer) -> bool:
    """Tell whether the card did what it was told."""
    return answer.status == OK
