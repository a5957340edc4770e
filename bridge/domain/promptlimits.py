"""How often software may ask to be connected: nobody is worn down into saying yes.

Source: *Local API security* 7.2 ("Limits") and PAIR-02, PAIR-09.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

MOST_RECENT: Final = 3
"""Requests of all software together within ``RECENT``."""
RECENT: Final = timedelta(minutes=10)
PAUSES: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
"""After the first, second and every further request that was refused or not answered."""
FORGOTTEN_AFTER: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Setbacks:
    """How often in a row a piece of software got no yes, and when last."""

    count: int
    last_at: datetime

    def another(self, now: datetime) -> Setbacks:
        """Count one more; after a quiet day it is the first again."""
        is_old = now - self.last_at >= FORGOTTEN_AFTER
        return Setbacks(count=1 if is_old else self.count + 1, last_at=now)

    @property
    def until(self) -> datetime:
        """Give when it may ask again."""
        return self.last_at + PAUSES[min(self.count, len(PAUSES)) - 1]


def wait_for_all(created: Iterable[datetime], now: datetime) -> timedelta:
    """Give how long until anybody may ask again, from when the last requests were made."""
    recent = sorted(moment for moment in created if moment > now - RECENT)
    if len(recent) < MOST_RECENT:
        return timedelta(0)
    return recent[-MOST_RECENT] + RECENT - now
