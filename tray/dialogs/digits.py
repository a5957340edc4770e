"""The digits typed so far, where they can be overwritten (SEC-86)."""

from __future__ import annotations

from typing import Final

from bridge.domain.secrets import PIN_MAX_DIGITS, PIN_MIN_DIGITS

_NUMERALS: Final = "0123456789"


class Digits:
    """At most 12 digits in one buffer that never moves in memory."""

    def __init__(self) -> None:
        """Begin without a digit."""
        self._buffer = bytearray(PIN_MAX_DIGITS)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def is_enough(self) -> bool:
        """Tell whether these can be a PIN: 4 digits or more."""
        return self._count >= PIN_MIN_DIGITS

    def type(self, character: str) -> bool:
        """Add what a key gave; tell whether it was taken."""
        if len(character) != 1 or character not in _NUMERALS or self._count == PIN_MAX_DIGITS:
            return False
        self._buffer[self._count] = ord(character)
        self._count += 1
        return True

    def erase(self) -> None:
        """Take the last digit back."""
        if self._count:
            self._count -= 1
            self._buffer[self._count] = 0

    def view(self) -> memoryview:
        """Show the digits without copying them."""
        return memoryview(self._buffer)[: self._count]

    def wipe(self) -> None:
        """Overwrite everything."""
        for place in range(PIN_MAX_DIGITS):
            self._buffer[place] = 0
        self._count = 0

    def __repr__(self) -> str:
        return "***"
