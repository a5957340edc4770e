"""Port: time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class Clock(Protocol):
    """Tells the time.

    Contract: ``now`` is aware and in UTC; ``monotonic`` never goes back, and goes on while the
    computer sleeps, until it starts again.
    """

    def now(self) -> datetime:
        """Give the moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Give seconds since some fixed point."""
        ...
