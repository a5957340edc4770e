"""The functions of PC/SC that run in a child process, and how long each may take.

Source: *Local API security* 17 (a driver that hangs is isolated) and 21.5 (PIN-05: told within
10 s); *Belgian eID card* 12 (keypads).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from bridge.adapters.pcsc.api import FEATURES_CODE

Kind = Literal["token", "number", "names", "states", "bytes"]
"""What a function gives beside its return value; a token stands for a context or a connection."""

_PSEUDO_VERIFY: Final = [0xFF, 0xC2, 0x01, 0x06]
"""How some readers are told to take a PIN, as if it were a command to the card."""


@dataclass(frozen=True, kw_only=True)
class Function:
    """How a call of one function goes through the pipe.

    Attributes:
        gives: What comes back beside the return value.
        begins: It needs no token of ours: it makes the first one.
        is_on_card: Its token is a connection, and no context.
        ends: Its token is of no use afterwards.
        sends_bytes: Its last argument are bytes, which may hold a PIN.
    """

    gives: tuple[Kind, ...] = ()
    begins: bool = False
    is_on_card: bool = False
    ends: bool = False
    sends_bytes: bool = False


FUNCTIONS: Final[dict[str, Function]] = {
    "SCardEstablishContext": Function(gives=("token",), begins=True),
    "SCardReleaseContext": Function(ends=True),
    "SCardListReaders": Function(gives=("names",)),
    "SCardGetStatusChange": Function(gives=("states",)),
    "SCardConnect": Function(gives=("token", "number")),
    "SCardReconnect": Function(is_on_card=True, gives=("number",)),
    "SCardDisconnect": Function(is_on_card=True, ends=True),
    "SCardBeginTransaction": Function(is_on_card=True),
    "SCardEndTransaction": Function(is_on_card=True),
    "SCardTransmit": Function(is_on_card=True, gives=("bytes",), sends_bytes=True),
    "SCardControl": Function(is_on_card=True, gives=("bytes",), sends_bytes=True),
    "SCardGetAttrib": Function(is_on_card=True, gives=("bytes",)),
}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Seconds after which a child that is silent is ended.

    Attributes:
        start_s: From its start until it is ready; programs that look for viruses slow it down.
        answer_s: For a driver, a reader and a card; a signature takes a second.
        busy_s: For another program that keeps the card to itself.
        keypad_s: For a person at a keypad, whose own limits are 30 s before the first digit and
            30 s after it.
        close_s: For a call that runs when the daemon ends, and then for the child's own end.
    """

    start_s: float = 20
    answer_s: float = 8
    busy_s: float = 25
    keypad_s: float = 65
    close_s: float = 3

    def of(self, name: str, arguments: Sequence[Any]) -> float:
        """Give the limit of one call.

        Args:
            name: The function.
            arguments: Without the token.
        """
        if name == "SCardGetStatusChange":
            wait_ms: int = arguments[0]
            return wait_ms / 1000 + self.answer_s
        if name == "SCardBeginTransaction":
            return self.busy_s
        if _waits_for_a_person(name, arguments):
            return self.keypad_s
        return self.answer_s


def _waits_for_a_person(name: str, arguments: Sequence[Any]) -> bool:
    if name == "SCardControl":
        return bool(arguments[0] != FEATURES_CODE)
    return name == "SCardTransmit" and arguments[1][:4] == _PSEUDO_VERIFY
