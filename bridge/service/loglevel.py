"""How much is logged: more for an hour, when the user wants that for support (SEC-145).

No interface for other software leads here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bridge import logs
from bridge.domain.audit import Action

if TYPE_CHECKING:
    from bridge.ports.audit import Auditor
    from bridge.ports.clock import Clock

LASTS: Final = timedelta(minutes=60)
VERBOSE: Final = "verbose"
NORMAL: Final = "normal"
_BY_ITSELF: Final = "time"


class LogLevel:
    """The level of this run; it begins normal, and is normal again after an hour."""

    def __init__(self, *, clock: Clock, audit: Auditor) -> None:
        """Begin normal."""
        self._clock = clock
        self._audit = audit
        self._until: tuple[float, datetime] | None = None

    @property
    def until(self) -> datetime | None:
        """When it becomes normal by itself; ``None`` while it is."""
        return None if self._until is None else self._until[1]

    def make_verbose(self, *, where: str) -> datetime:
        """Log more for an hour; asking again begins the hour anew.

        Args:
            where: ``window`` or ``command_line``.
        """
        self._until = (
            self._clock.monotonic() + LASTS.total_seconds(),
            self._clock.now() + LASTS,
        )
        logs.set_verbose(is_verbose=True)
        self._audit.record(Action.LOG_LEVEL_CHANGED, result=VERBOSE, client=where)
        return self._until[1]

    def make_normal(self, *, where: str) -> None:
        """Log as usual; nothing happens when that is so."""
        if self._until is None:
            return
        self._until = None
        logs.set_verbose(is_verbose=False)
        self._audit.record(Action.LOG_LEVEL_CHANGED, result=NORMAL, client=where)

    def look(self) -> None:
        """Fall back when the hour is over."""
        if self._until is not None and self._clock.monotonic() >= self._until[0]:
            self.make_normal(where=_BY_ITSELF)
