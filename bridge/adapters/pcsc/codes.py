"""Return values of PC/SC and what they mean for the user (*Belgian eID card* 13).

The numbers are the same on every system; libraries give them signed or unsigned.
"""

from __future__ import annotations

from typing import Final

from bridge.errors import (
    CardError,
    CardInUse,
    CardMissing,
    CardRemoved,
    CardServiceStopped,
    ReaderMissing,
    ReaderRemoved,
    ReaderTimeout,
)

OK: Final = 0x00000000
CANCELLED: Final = 0x80100002
TIMED_OUT: Final = 0x8010000A
NO_READERS: Final = 0x8010002E
RESET: Final = 0x80100068
INVALID_HANDLE: Final = 0x80100003
NO_ANSWER: Final = 0xA0CB0001
"""Ours, with the bit of numbers that are no system's: the child that asks the driver is silent."""

_MEANINGS: Final[dict[int, type[CardError]]] = {
    INVALID_HANDLE: CardServiceStopped,  # the context died with the service
    0x80100009: ReaderRemoved,
    TIMED_OUT: ReaderTimeout,
    0x8010000B: CardInUse,
    0x8010000C: CardMissing,
    0x80100013: CardServiceStopped,  # nobody answers at the other end
    0x80100014: CardServiceStopped,
    0x80100016: CardRemoved,  # a command without an answer: the card left in the middle of it
    0x80100017: ReaderRemoved,
    0x8010001D: CardServiceStopped,
    0x8010001E: CardServiceStopped,
    NO_READERS: ReaderMissing,
    0x8010002F: CardRemoved,
    0x80100069: CardRemoved,
    NO_ANSWER: ReaderTimeout,
}


class CardWasReset(CardError):
    """Another program reset the card: selection and PIN state are gone, the card is not."""


def failure(result: int) -> CardError:
    """Give the error a return value stands for; unknown ones mean an unreadable card."""
    if unsigned(result) == RESET:
        return CardWasReset()
    return _MEANINGS.get(unsigned(result), CardError)(f"PC/SC says {unsigned(result):#x}")


def unsigned(result: int) -> int:
    """Give a return value as the specification writes it."""
    return result & 0xFFFFFFFF
