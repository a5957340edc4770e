"""When eHealth sessions end by themselves: sign-out, user switch, lock, a card taken out (SEC-93).

Pairings and history are never touched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import structlog

from bridge.domain.cards import is_named
from bridge.domain.sessions import SessionPolicy
from bridge.ports.ossession import OsSessionChange, OsSessionWatch

if TYPE_CHECKING:
    from bridge.ports.clock import Clock
    from bridge.service.readers import ReaderService
    from bridge.service.sessions import SessionService

_MINUTE_S: Final = 60
LOCKED: Final = "locked"
CARD_REMOVED: Final = "card_removed"

log = structlog.get_logger()


class SessionEndings:
    """Hears of the user's session at the computer and of cards; used on the loop alone."""

    def __init__(
        self,
        *,
        sessions: SessionService,
        readers: ReaderService,
        clock: Clock,
        policy: SessionPolicy,
        os_session: OsSessionWatch | None = None,
    ) -> None:
        """Take what is heard of; ``start`` begins."""
        self._sessions = sessions
        self._readers = readers
        self._clock = clock
        self._policy = policy
        self._os_session = os_session
        self._heard: list[Callable[[OsSessionChange], None]] = []
        self._locked_at: float | None = None
        self._with_card: set[str] = set()

    def start(self) -> None:
        """Begin to listen."""
        if self._policy.ends_on_card_removal:
            self._readers.listen(self._look_at_cards)
            self._sessions.listen(self._look_at_cards)
        if self._os_session is None:
            return
        loop = asyncio.get_running_loop()

        def move_to_loop(change: OsSessionChange) -> None:
            loop.call_soon_threadsafe(self.take, change)

        self._os_session.start(move_to_loop)

    def close(self) -> None:
        """Stop to listen."""
        if self._os_session is not None:
            self._os_session.close()

    def listen(self, listener: Callable[[OsSessionChange], None]) -> None:
        """Have a function called on the loop after each change."""
        self._heard.append(listener)

    def take(self, change: OsSessionChange) -> None:
        """Hear of a change."""
        log.info("os_session.changed", change=change.value)
        self._judge(change)
        for listener in self._heard:
            listener(change)

    def _judge(self, change: OsSessionChange) -> None:
        if change is OsSessionChange.RETURNED:
            return
        if change is OsSessionChange.LOCKED:
            if self._locked_at is None:
                self._locked_at = self._clock.monotonic()
        elif change is OsSessionChange.UNLOCKED:
            self.look()  # it may have been locked for too long while nobody looked
            self._locked_at = None
        elif change is OsSessionChange.SIGNED_OUT or self._policy.ends_on_user_switch:
            self._sessions.end_all(because=change.value)

    def look(self) -> None:
        """End the sessions when the screen has been locked for too long."""
        if self._locked_at is None or not self._has_lock_limit():
            return
        locked_s = self._clock.monotonic() - self._locked_at
        if locked_s >= self._policy.lock_minutes * _MINUTE_S and self._sessions.opened():
            self._sessions.end_all(because=LOCKED)

    def _has_lock_limit(self) -> bool:
        if self._policy.ends_on_lock == "auto":
            return self._os_session is not None and self._os_session.is_shared()
        return self._policy.ends_on_lock == "on"

    def _look_at_cards(self) -> None:
        """End the sessions whose card is out; a reader PC/SC does not know never loses one."""
        readers = self._readers.snapshot().readers
        for session_id, name in self._sessions.readers_used().items():
            if any(reader.card and is_named(reader, name) for reader in readers):
                self._with_card.add(session_id)
            elif session_id in self._with_card:
                self._with_card.discard(session_id)
                self._sessions.end(session_id, because=CARD_REMOVED)
