"""Port: the user's session at the computer."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Protocol


class OsSessionChange(Enum):
    """What happens to the user's session at the computer."""

    SIGNED_OUT = "signed_out"
    SWITCHED_AWAY = "switched_away"
    RETURNED = "returned"
    """The user is back at the screen, perhaps at another one: readers may be others."""
    LOCKED = "locked"
    UNLOCKED = "unlocked"


class OsSessionWatch(Protocol):
    """Tells when the user signs out, leaves the screen to somebody else, or locks it.

    Contract: the listener is called on a thread of the implementation and returns at once.
    Where the system tells nothing, nothing is told; that is no error.
    """

    def start(self, listener: Callable[[OsSessionChange], None]) -> None:
        """Begin to watch."""
        ...

    def close(self) -> None:
        """Stop to watch."""
        ...

    def is_shared(self) -> bool:
        """Tell whether other people have sessions at this computer now."""
        ...
