"""The eHealth session as callers may see it: who, for what, until when.

The assertion and its key are not here: they never leave the session service (SEC-10, SEC-94).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from bridge.domain.registrations import Holder, RegistrationKind

LONGEST_SESSION: Final = timedelta(hours=12)
SAFETY_MARGIN: Final = timedelta(minutes=5)


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


def session_end(*, opened_at: datetime, not_on_or_after: datetime) -> datetime:
    """Give the end of a session: never longer than 12 h, five minutes before the assertion's."""
    return min(not_on_or_after - SAFETY_MARGIN, opened_at + LONGEST_SESSION)
