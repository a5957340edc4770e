"""What changed in health within the last 24 hours: "it failed this morning" (API-85).

It is answered from memory, and kept over a restart: the run of this morning may have crashed.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bridge.domain.health import HealthChange

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridge.domain.health import HealthCheck

KEPT_FOR: Final = timedelta(hours=24)
MOST_KEPT: Final = 2000
"""A check that changes all the time pushes the oldest changes out."""


class HealthHistory:
    """Keeps the changes; used on the loop."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self._standing: dict[tuple[str, str | None], str | None] = {}
        self._carried: dict[tuple[str, str | None], str | None] = {}
        self._changes: deque[HealthChange] = deque(maxlen=MOST_KEPT)
        self.has_news = False

    def carry_on(self, kept: Iterable[HealthChange], now: datetime) -> None:
        """Take what an earlier run kept; what stood badly then is compared with now."""
        for change in kept:
            if now - KEPT_FOR <= change.at <= now:
                self._changes.append(change)
                self._carried[change.name, change.about] = change.code

    def note(self, checks: Iterable[HealthCheck], now: datetime) -> None:
        """Take the checks of a moment; what passes at the first look is no change."""
        seen: dict[tuple[str, str | None], str | None] = {}
        for check in checks:
            key = (check.name, check.about)
            seen[key] = check.code
            before = self._carried.pop(key, None)
            if self._standing.get(key, before) != check.code:
                self.has_news = True
                self._changes.append(
                    HealthChange(
                        at=now,
                        name=check.name,
                        status=check.status,
                        code=check.code,
                        about=check.about,
                    )
                )
        self._standing = seen

    def changes(self, now: datetime) -> list[HealthChange]:
        """Give the changes of the last 24 hours, newest first."""
        return list(reversed(self.kept(now)))

    def kept(self, now: datetime) -> list[HealthChange]:
        """Give the same, oldest first, as it is kept."""
        while self._changes and self._changes[0].at < now - KEPT_FOR:
            self._changes.popleft()
        return list(self._changes)
