"""The prompt of the simulator: answers with the software card's PIN by itself (D2)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from bridge.domain.secrets import Pin
from bridge.errors import PinCancelled, PinTimeout
from bridge.ports.prompt import PinRequest, TypingChoice
from bridge.sandbox.scenarios import ScenarioBoard

_DIGITS: Final = bytes.maketrans(b"0123456789", b"1234567890")


class SimulatedPrompt:
    """Port ``Prompt`` without a human.

    Attributes:
        asked: How often it was asked for a PIN.
        consents_to_last_try: Its answer before the last try.
        keypads: How often it pointed to a keypad.
        types_without_keypad: Its answer where a keypad was used before.
    """

    def __init__(self, pin: bytes, *, scenario: ScenarioBoard) -> None:
        """Answer with ``pin`` unless the scenario says otherwise."""
        self._pin = pin
        self._scenario = scenario
        self.asked = 0
        self.keypads = 0
        self.consents_to_last_try = False
        self.types_without_keypad = TypingChoice.NO

    @property
    def where(self) -> str:
        """Say that nobody is asked."""
        return "automatic"

    async def ask_pin(self, request: PinRequest) -> Pin:
        """Give the PIN at once; a wrong one in the scenario ``pin_wrong``.

        Raises:
            PinCancelled, PinTimeout: the scenario says so.
        """
        del request
        self.asked += 1
        if self._scenario.name == "pin_cancelled":
            raise PinCancelled
        if self._scenario.name == "pin_timeout":
            raise PinTimeout
        is_wrong = self._scenario.name == "pin_wrong"
        return Pin(self._pin.translate(_DIGITS) if is_wrong else self._pin)

    async def consent_to_last_try(self, request: PinRequest) -> bool:
        """Give the answer that was chosen, or that the scenario gives; at first a no."""
        del request
        return self.consents_to_last_try or self._scenario.name == "last_try_consented"

    async def consent_to_typing(self, request: PinRequest) -> TypingChoice:
        """Give the choice that was made for it; at first a no."""
        del request
        return self.types_without_keypad

    @asynccontextmanager
    async def point_to_keypad(self, request: PinRequest) -> AsyncIterator[None]:
        """Count; the software card's reader types by itself."""
        del request
        self.keypads += 1
        yield
