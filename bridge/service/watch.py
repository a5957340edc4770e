"""What only time tells: sessions that come to their end, and health that changes with others.

Readers, sessions and operations tell their own events; nobody does when a session runs out, and
health is a view on all of them.
Source: *REST API conventions* 7 (API-52) and 10.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bridge.domain.health import HealthCheck, HealthStatus, overall
from bridge.domain.sessions import SessionState
from bridge.ports.clock import Clock
from bridge.service.events import EventBook
from bridge.service.health import HealthService
from bridge.service.readers import ReaderService
from bridge.service.sessions import SessionService
from bridge.service.waits import happens

EXPIRING_NOTICES: Final = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60))
"""How long before its end a session is told to be expiring, three times (D8, SEC-92)."""
LOOK_EVERY_S: Final = 5.0
"""Short, because a timer to the end itself would miss it when the computer slept."""


class StateWatch:
    """Looks at sessions and health after each change of readers and sessions, and regularly."""

    def __init__(
        self,
        *,
        events: EventBook,
        clock: Clock,
        health: HealthService,
        sessions: SessionService,
        readers: ReaderService,
        every_s: float = LOOK_EVERY_S,
        also: tuple[Callable[[], None], ...] = (),
    ) -> None:
        """Take what is looked at; ``start`` begins.

        Args:
            events: Hears what changed.
            clock: Tells the time.
            health: Looked at.
            sessions: Looked at.
            readers: Wakes the watch.
            every_s: Pause between two looks.
            also: What else only time tells; called before each look.
        """
        self._also = also
        self._events = events
        self._clock = clock
        self._health = health
        self._sessions = sessions
        self._readers = readers
        self._every_s = every_s
        self._wake = asyncio.Event()
        self._told: dict[str, str] = {}
        self._seen: object = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Take health as it is now for known, and tell what changes from here on."""
        self._seen = _gist(self._health.report())
        self._readers.listen(self._wake.set)
        self._sessions.listen(self._wake.set)
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop to look."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def look(self) -> None:
        """Tell what changed since the last look."""
        for look in self._also:
            look()
        self._look_at_sessions()
        checks = self._health.report()
        seen = _gist(checks)
        if seen != self._seen:
            self._seen = seen
            self._events.publish(
                "health.changed",
                object="health",
                status=overall(checks).value,
                path="/v1/health",
            )

    async def _run(self) -> None:
        while True:
            await happens(self._wake, self._every_s)
            self._wake.clear()
            self.look()

    def _look_at_sessions(self) -> None:
        now = self._clock.now()
        before, self._told = self._told, {}
        for session in self._sessions.opened():
            left = session.expires_at - now
            due = [notice for notice in EXPIRING_NOTICES if left <= notice]
            if session.state(now) is SessionState.EXPIRED:
                what, notice = "expired", ""
            elif due:
                what, notice = "expiring", str(due[0])
            else:
                continue
            self._told[session.id] = what + notice
            if before.get(session.id) != what + notice:
                self._events.publish(
                    f"ehealth_session.{what}",
                    object="ehealth_session",
                    object_id=session.id,
                    status=session.state(now).value,
                    path=f"/v1/ehealth-sessions/{session.id}",
                )


def _gist(checks: list[HealthCheck]) -> frozenset[tuple[str, str | None, HealthStatus]]:
    """Give what makes health another one: not the times, nor values that only count down."""
    return frozenset((check.name, check.code, check.status) for check in checks)
