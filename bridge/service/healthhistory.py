"""What changed in health within the last 24 hours: "it failed this morning" (API-85).

It is in memory, as health itself is, and begins again with each start.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bridge.domain.health import HealthStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridge.domain.health import HealthCheck

KEPT_FOR: Final = timedelta(hours=24)
MOST_KEPT: Final = 2000
"""A check that changes all the time pushes the oldest changes out."""


@dataclass(frozen=True, kw_only=True)
class HealthChange:
    """One check that stands otherwise than before.

    Attributes:
        code: ``None`` when it passes.
        about: As the check says it; never a person, path or user (API-84).
    """

    at: datetime
    name: str
    status: HealthStatus
    code: str | None = None
    about: str | None = None


class HealthHistory:
    """Keeps the changes; used on the loop."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self._standing: dict[tuple[str, str | None], str | None] = {}
        self._changes: deque[HealthChange] = deque(maxlen=MOST_KEPT)

    def note(self, checks: Iterable[HealthCheck], now: datetime) -> None:
        """Take the checks of a moment; what passes at the first look is no change."""
        seen: dict[tuple[str, str | None], str | None] = {}
        for check in checks:
            key = (check.name, check.about)
            seen[key] = check.code
            if self._standing.get(key) != check.code:
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
        while self._changes and self._changes[0].at < now - KEPT_FOR:
            self._changes.popleft()
        return list(reversed(self._changes))
