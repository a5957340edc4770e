"""The functions of PC/SC that are used, with errors instead of return values."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from bridge.adapters.pcsc.codes import NO_READERS, OK, TIMED_OUT, failure, unsigned
from bridge.errors import CardError, CardServiceStopped

T = TypeVar("T")

USER_SCOPE: Final = 0
SHARED: Final = 2
EXCLUSIVE: Final = 1
DIRECT: Final = 3
"""A connection to the reader, with or without a card in it."""
NO_PROTOCOL: Final = 0
ANY_PROTOCOL: Final = 3
LEAVE_CARD: Final = 0
"""A card is always left as it is: "unpower", the default of libraries, takes it from others."""

STATE_UNAWARE: Final = 0x0000
STATE_CHANGED: Final = 0x0002
STATE_UNKNOWN: Final = 0x0004
STATE_UNAVAILABLE: Final = 0x0008
STATE_PRESENT: Final = 0x0020
STATE_EXCLUSIVE: Final = 0x0080
STATE_MUTE: Final = 0x0200
PLUG_AND_PLAY: Final = "\\\\?PnP?\\Notification"
"""A name that is no reader: its state changes when readers come and go."""

_FEATURES: Final = 3400
FEATURES_CODE: Final = (
    0x31 << 16 | _FEATURES << 2 if sys.platform == "win32" else 0x42000000 + _FEATURES
)
"""The control code that asks for the reader's features; it depends on the system."""


@dataclass(frozen=True)
class SlotStatus:
    """What the service says of one reader.

    Attributes:
        state: Flags in the lower half, a counter of insertions and removals in the upper.
    """

    name: str
    state: int
    atr: bytes


@dataclass(frozen=True)
class Handle:
    """A connection to a card."""

    number: Any
    protocol: int


def load_scard() -> Any | None:
    """Give the library for PC/SC; ``None`` where there is none on this computer."""
    try:
        from smartcard import scard  # noqa: PLC0415  # not on every computer
    except ImportError:
        return None
    return scard


class Pcsc:
    """One context; used by one thread, but for ``cancel``."""

    def __init__(self, scard: Any | None) -> None:
        """Use a library, or say at every use that there is none."""
        self._scard = scard
        self._context: Any = None

    @property
    def is_installed(self) -> bool:
        """Tell whether there is a library for PC/SC at all."""
        return self._scard is not None

    def prepare(self) -> None:
        """Make the context before it is needed; without a service the next use tries again."""
        with suppress(CardError):
            self._established()

    def release(self) -> None:
        """Give the context back; the next use makes a new one."""
        context, self._context = self._context, None
        if context is not None and self._scard is not None:
            self._scard.SCardReleaseContext(context)

    def cancel(self) -> None:
        """End a wait for changes that another thread is in."""
        if self._context is not None and self._scard is not None:
            self._scard.SCardCancel(self._context)

    def readers(self) -> list[str]:
        """List the readers.

        Raises:
            CardServiceStopped: the service does not run.
        """

        def ask(context: Any) -> list[str]:
            result, names = self._library.SCardListReaders(context, [])
            if unsigned(result) == NO_READERS:
                return []
            self._check(result)
            return list(names)

        return self._in_context(ask)

    def changes(self, known: list[tuple[str, int]], *, wait_ms: int) -> list[SlotStatus]:
        """Wait until a reader's state is another one than known, or the time is over.

        Raises:
            CardServiceStopped, CardError: the service went away, or the wait was cancelled.
        """
        result, states = self._library.SCardGetStatusChange(self._established(), wait_ms, known)
        if unsigned(result) not in {OK, TIMED_OUT}:
            raise failure(result)
        return [SlotStatus(name, state, bytes(atr)) for name, state, atr in states]

    def connect(self, reader: str, *, mode: int = SHARED) -> Handle:
        """Connect to the card in a reader, or with ``DIRECT`` to the reader itself.

        Raises:
            CardMissing, CardInUse, CardError, ReaderRemoved, CardServiceStopped: as named.
        """
        wanted = NO_PROTOCOL if mode == DIRECT else ANY_PROTOCOL

        def ask(context: Any) -> Handle:
            result, number, protocol = self._library.SCardConnect(context, reader, mode, wanted)
            self._check(result)
            return Handle(number, protocol)

        return self._in_context(ask)

    def reconnect(self, handle: Handle, *, mode: int = SHARED) -> Handle:
        """Take up a connection again after somebody reset the card.

        Raises:
            As ``connect``.
        """
        result, protocol = self._library.SCardReconnect(
            handle.number, mode, ANY_PROTOCOL, LEAVE_CARD
        )
        self._check(result)
        return Handle(handle.number, protocol)

    def disconnect(self, handle: Handle) -> None:
        """End a connection; the card stays powered as it is."""
        self._library.SCardDisconnect(handle.number, LEAVE_CARD)

    def begin(self, handle: Handle) -> None:
        """Keep other programs from the card until ``end``.

        Raises:
            CardInUse, CardRemoved, CardError: as named.
        """
        self._check(self._library.SCardBeginTransaction(handle.number))

    def end(self, handle: Handle) -> None:
        """Let others use the card again."""
        self._library.SCardEndTransaction(handle.number, LEAVE_CARD)

    def transmit(self, handle: Handle, command: bytes | bytearray) -> bytes:
        """Send a command and give the answer; the list handed to the library is overwritten.

        Raises:
            CardRemoved, ReaderRemoved, CardError: as named.
        """
        numbers = list(command)
        try:
            result, answer = self._library.SCardTransmit(handle.number, handle.protocol, numbers)
        finally:
            numbers[:] = [0] * len(numbers)
        self._check(result)
        return bytes(answer)

    def control(self, handle: Handle, code: int, data: bytes) -> bytes:
        """Say something to the reader itself.

        Raises:
            CardError: the reader does not know it, or failed.
        """
        result, answer = self._library.SCardControl(handle.number, code, list(data))
        self._check(result)
        return bytes(answer)

    def attribute(self, handle: Handle, number: int) -> bytes:
        """Read an attribute of the reader.

        Raises:
            CardError: the reader has none.
        """
        result, value = self._library.SCardGetAttrib(handle.number, number)
        self._check(result)
        return bytes(value)

    @property
    def _library(self) -> Any:
        if self._scard is None:
            raise CardServiceStopped("no library for smart cards")
        return self._scard

    def _in_context(self, ask: Callable[[Any], T]) -> T:
        """Ask what changes nothing; with a new context, where an older one had died.

        A context dies with the service, and with the child that the library runs in.
        """
        is_older = self._context is not None
        try:
            return ask(self._established())
        except CardServiceStopped:
            if not is_older:
                raise
            self.release()
            return ask(self._established())

    def _established(self) -> Any:
        if self._context is None:
            result, context = self._library.SCardEstablishContext(USER_SCOPE)
            self._check(result)
            self._context = context
        return self._context

    def _check(self, result: int) -> None:
        if unsigned(result) != OK:
            raise failure(result)
