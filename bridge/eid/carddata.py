"""The answer to GET CARD DATA (*Belgian eID card* 8)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Self

from bridge.errors import CardError

SHORT_BYTES: Final = 28
LONG_BYTES: Final = 31
"""With the tries left, applet 1.8 only."""

_SERIAL_BYTES: Final = 16
_APPLET: Final = 21
_LIFE_CYCLE: Final = 27
_TRIES: Final = 28
_IN_USE: Final = 0x0F
_NOT_PERSONALISED: Final = 0x07
_FREE_STATE_SINCE: Final = 0x17
_TRIES_BY_DATA_SINCE: Final = 0x18
_PKCS1: Final = {0x17: 0x21, 0x18: 0x00}


@dataclass(frozen=True, kw_only=True)
class CardData:
    """What a card says of itself.

    Attributes:
        serial: 16 bytes, of the chip.
        applet_byte: ``0x17`` for applet 1.7.
        life_cycle: ``0x0F`` in use, ``0x07`` not yet put into use.
        tries_left: PIN tries left; only in the long form.
    """

    serial: bytes = field(repr=False)
    applet_byte: int
    life_cycle: int = _IN_USE
    tries_left: int | None = None

    @classmethod
    def parse(cls, answer: bytes) -> Self:
        """Read an answer.

        Raises:
            CardError: too short for one.
        """
        if len(answer) < SHORT_BYTES:
            raise CardError("the card's data is too short")
        return cls(
            serial=answer[:_SERIAL_BYTES],
            applet_byte=answer[_APPLET],
            life_cycle=answer[_LIFE_CYCLE],
            tries_left=answer[_TRIES] if len(answer) >= LONG_BYTES else None,
        )

    def encode(self) -> bytes:
        """Write the answer, in the long form when the tries are known."""
        versions = bytes([0xA5, 0x03, 0x01, 0x01, 0x01])
        rest = bytes([0x00, 0x02, 0x00, _PKCS1.get(self.applet_byte, 0), 0x01, self.life_cycle])
        tail = b"" if self.tries_left is None else bytes([self.tries_left, 0x00, 0x00])
        return self.serial + versions + bytes([self.applet_byte]) + rest + tail

    @property
    def applet(self) -> str:
        """Version of the applet, such as ``1.8``."""
        return f"{self.applet_byte >> 4}.{self.applet_byte & 0x0F}"

    @property
    def is_activated(self) -> bool:
        """Tell whether the municipality has put the card into use."""
        return self.life_cycle != _NOT_PERSONALISED

    @property
    def has_free_state(self) -> bool:
        """Tell whether an empty VERIFY costs no try; on older cards it counts as a wrong PIN."""
        return self.applet_byte >= _FREE_STATE_SINCE

    @property
    def has_long_form(self) -> bool:
        """Tell whether the card knows the long form of GET CARD DATA."""
        return self.applet_byte >= _TRIES_BY_DATA_SINCE
