"""The eHealth session as callers may see it: who, for what, until when.

The assertion and its key are not here: they never leave the session service (SEC-10, SEC-94).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, Literal

from bridge.domain.registrations import Holder, RegistrationKind

LONGEST_SESSION: Final = timedelta(hours=12)
SAFETY_MARGIN: Final = timedelta(minutes=5)
CLOCK_SLACK: Final = timedelta(minutes=1)
"""Corrections of the clock by less do not move the end of a session."""


@dataclass(frozen=True, kw_only=True)
class SessionPolicy:
    """What ends sessions, beside the user and their time.

    Attributes:
        survives_restart: Bring sessions back after a restart of the program (D8).
        ends_on_user_switch: Somebody else takes the screen.
        ends_on_lock: The screen stays locked for ``lock_minutes``; ``auto`` where other people
            have sessions at this computer.
        lock_minutes: How long it may stay locked.
        ends_on_card_removal: The card that opened it is taken out.
    """

    survives_restart: bool = False
    ends_on_user_switch: bool = True
    ends_on_lock: Literal["auto", "on", "off"] = "auto"
    lock_minutes: int = 10
    ends_on_card_removal: bool = False


class SessionState(Enum):
    """States of a session."""

    OPEN = "open"
    EXPIRED = "expired"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True)
class EhealthSession:
    """One session of one holder and one registration profile (D7).

    Attributes:
        id: ``ses_…``.
        expires_at: ``min(NotOnOrAfter - 5 min, opened + 12 h)`` (*STS session* 10.2).
        ended_at: When the user, or a newer session, ended it.
    """

    id: str
    registration_id: str
    registration_kind: RegistrationKind
    holder: Holder
    quality: str
    opened_at: datetime
    expires_at: datetime
    updated_at: datetime
    practice_id: str = ""
    ended_at: datetime | None = None

    def state(self, now: datetime) -> SessionState:
        """Give the state at a moment."""
        if self.ended_at is not None:
            return SessionState.ENDED
        return SessionState.OPEN if now < self.expires_at else SessionState.EXPIRED


@dataclass(frozen=True, kw_only=True)
class SessionAge:
    """How long a session has lasted, by whichever clock says longest (SEC-92, SES-02).

    The wall clock can be set; the ticks cannot, but not every system counts them in its sleep.
    Neither ever makes a session younger again.

    Attributes:
        opened_at: By the wall clock.
        opened_tick: By the steady clock, seconds; means something until the computer starts again.
        lifetime: How long it may last.
    """

    opened_at: datetime
    opened_tick: float
    lifetime: timedelta
    lasted: timedelta = timedelta()

    def seen(self, *, now: datetime, tick: float) -> SessionAge:
        """Look at both clocks."""
        by_ticks = timedelta(seconds=tick - self.opened_tick)
        return replace(self, lasted=max(self.lasted, now - self.opened_at, by_ticks))

    def shown(self, session: EhealthSession, now: datetime) -> EhealthSession:
        """Give the session with its end as the wall clock says it now, never later than it was."""
        end = now + self.lifetime - self.lasted
        if session.expires_at - end <= CLOCK_SLACK:
            return session
        return replace(session, expires_at=end)


def session_end(*, opened_at: datetime, not_on_or_after: datetime) -> datetime:
    """Give the end of a session: never longer than 12 h, five minutes before the assertion's."""
    return min(not_on_or_after - SAFETY_MARGIN, opened_at + LONGEST_SESSION)
