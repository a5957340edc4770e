"""Port: which readers had a keypad, and where the user types the PIN all the same (SEC-81)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class KnownKeypad:
    """A reader that had a keypad.

    Attributes:
        reader: Its name, without the number of its place.
        may_be_typed: The user chose to type the PIN on the computer, and to be asked no more.
    """

    reader: str
    may_be_typed: bool = False


class Keypads(Protocol):
    """Repository of readers with a keypad; there are few."""

    def get(self, reader: str) -> KnownKeypad | None:
        """Read one; ``None`` when the reader never had a keypad."""
        ...

    def put(self, keypad: KnownKeypad) -> None:
        """Insert one, or replace that of the same reader."""
        ...
