"""Secrets have types that cannot speak (*style anchors* 4.13, SEC-86)."""

from __future__ import annotations

from types import TracebackType
from typing import Final, Self

from bridge.errors import InputError

PIN_MIN_DIGITS: Final = 4
PIN_MAX_DIGITS: Final = 12


class Pin:
    """A typed PIN in a buffer we can overwrite; shows itself as ``***``.

    Use it as a context manager: leaving the block wipes it.
    """

    def __init__(self, digits: bytes | bytearray) -> None:
        """Copy the digits (ASCII, 4 to 12) into an own buffer.

        Raises:
            InputError: not 4 to 12 ASCII digits; such a PIN is never shown to the card.
        """
        if not PIN_MIN_DIGITS <= len(digits) <= PIN_MAX_DIGITS or not digits.isdigit():
            raise InputError(code="pin_malformed")
        self._buffer = bytearray(digits)

    @property
    def buffer(self) -> bytearray:
        """The digits themselves; do not copy them."""
        return self._buffer

    def wipe(self) -> None:
        """Overwrite the digits."""
        for place in range(len(self._buffer)):
            self._buffer[place] = 0
        self._buffer.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.wipe()

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a PIN is not copied or stored")
