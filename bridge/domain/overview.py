"""How everything stands, in one value: what the tray shows, and nothing about a patient.

Source: *REST API conventions* 10 (API-84), *Local API security* 9 (SEC-92), D8.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The facts of one moment.

    Attributes:
        now: When it was looked, aware.
        is_simulator: The played platform answers.
        has_reader: A reader that can be used is connected.
        has_card: An eID lies in a reader.
        session_id: The session of the default registration, open or just expired.
        opened_at: When it was opened; ``None`` without one.
        expires_at: When it ends; ``None`` without one.
        is_working: Something was asked and is not finished.
        unread: Answers that nobody has read.
        manual: Exchanges a person must look at, or whose outcome is unknown.
        pairings: Software that waits for a decision.
        pin_senders: Names of software that sent a PIN lately (SEC-82).
        is_paused: All connected software is paused; ``None`` when none is connected.
        failure: Code of what keeps the daemon from working; ``None`` when it works.
        problem: Code of what is wrong first, beside that the day has not begun.
        problem_since: Since when, as far as this run knows.
        card_days: Days for which the card that was used last is valid; negative when over.
        certificate_days: The same for the eHealth certificate.
    """

    now: datetime
    is_simulator: bool = False
    has_reader: bool = True
    has_card: bool = True
    session_id: str | None = None
    opened_at: datetime | None = None
    expires_at: datetime | None = None
    is_working: bool = False
    unread: int = 0
    manual: int = 0
    pairings: int = 0
    pin_senders: tuple[str, ...] = ()
    is_paused: bool | None = None
    failure: str | None = None
    problem: str | None = None
    problem_since: datetime | None = None
    card_days: int | None = None
    certificate_days: int | None = None

    @property
    def left(self) -> timedelta | None:
        """Time until the end of the session, never negative; ``None`` without a session."""
        if self.expires_at is None:
            return None
        return max(self.expires_at - self.now, timedelta())

    @property
    def is_open(self) -> bool:
        """Whether there is a session that has not ended."""
        return bool(self.left)

    @property
    def share_left(self) -> float:
        """How much of the session is left, from 0 to 1."""
        if self.left is None or self.opened_at is None or self.expires_at is None:
            return 0.0
        whole = self.expires_at - self.opened_at
        return min(self.left / whole, 1.0) if whole > timedelta() else 0.0
