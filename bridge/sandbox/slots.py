"""Where the nurse's card lies, and how it follows the scenario in force."""

from __future__ import annotations

import time
from typing import Final, Protocol

from bridge.sandbox.documents import EidDocument
from bridge.sandbox.reader import SoftwareReader
from bridge.sandbox.virtualcard import VirtualCard

_OUT: Final = "card_missing"
_PULLED: Final = "card_removed"
_POWERED_WITHIN_S: Final = 5
_GLANCE_S: Final = 0.02


class CardSlot(Protocol):
    """A place for one card."""

    def follow(self, scenario: str) -> None:
        """Put the card in or take it out, as the scenario says."""
        ...


class SoftwareSlot:
    """A slot of the reader in the daemon's own process."""

    def __init__(self, reader: SoftwareReader, document: EidDocument) -> None:
        """Put the card in."""
        self._reader = reader
        self._document = document
        self._is_in = False
        self.follow("")

    def follow(self, scenario: str) -> None:
        """Put the card in or take it out, as the scenario says."""
        is_wanted = scenario != _OUT
        if is_wanted and not self._is_in:
            self._reader.insert(self._document)
        elif self._is_in and not is_wanted:
            self._reader.remove()
        self._is_in = is_wanted


class VirtualSlot:
    """A slot of the virtual reader, with a card that speaks."""

    def __init__(self, card: VirtualCard) -> None:
        """Put the card in."""
        self._card = card
        self._insert()

    def follow(self, scenario: str) -> None:
        """Put the card in or take it out, or let it be pulled during the next signature."""
        if scenario == _OUT:
            self._card.remove()
            return
        self._insert()
        if scenario == _PULLED:
            self._card.pull_at("sign")

    def _insert(self) -> None:
        """Put the card in, and wait until the reader has given it power."""
        before = self._card.state()
        self._card.insert()
        deadline = time.monotonic() + _POWERED_WITHIN_S
        while not before.is_inserted and time.monotonic() < deadline:
            # Putting in counts as a first reset, power as the next.
            if self._card.state().resets > before.resets + 1:
                return
            time.sleep(_GLANCE_S)
