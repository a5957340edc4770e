"""What a person sends in a message of its own, and which stands where that message stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from bridge.domain.exchanges import Exchange, ExchangeStatus, check_move


@dataclass(frozen=True, kw_only=True)
class FollowsItsMessage:
    """A declaration, or a collective invoice, with a status of its own (D17).

    Attributes:
        client_ref: The front end's own reference.
        exchange_id: The message that carried it.
        operation_id: What a front end follows.
        has_own_answer: Whether it stands for itself; until then it stands where its message does.
        problem_code: Why it is in trouble, when that is no decision.
    """

    id: str
    client_id: str
    practice_id: str
    registration_id: str
    status: ExchangeStatus
    created_at: datetime
    updated_at: datetime
    client_ref: str | None = None
    exchange_id: str | None = None
    operation_id: str | None = None
    has_own_answer: bool = False
    problem_code: str | None = None
    sent_at: datetime | None = None
    answered_at: datetime | None = None
    read_at: datetime | None = None
    processed_at: datetime | None = None
    archived_at: datetime | None = None

    def seen_with(self, exchange: Exchange | None) -> Self:
        """Give it as people see it: where its message stands, until it has its own answer."""
        if exchange is None or self.has_own_answer:
            return self
        return replace(
            self,
            status=exchange.status,
            sent_at=exchange.sent_at,
            problem_code=exchange.problem_code,
        )

    def moved(self, status: ExchangeStatus, *, at: datetime, **changes: Any) -> Self:
        """Give it in its next status.

        Raises:
            Conflict: the table does not allow the move (``state_not_allowed``).
        """
        check_move(self.status, status)
        return replace(self, status=status, updated_at=at, **changes)
