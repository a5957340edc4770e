"""What the engine leaves to each kind of exchange: meaning.

The engine knows rows, receipts and deliveries; a kind knows what an answer says and what
belongs to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bridge.domain.exchanges import Exchange, ExchangeStatus, ReceivedResponse
from bridge.errors import ZoneFinding
from bridge.ports.store import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whose an answer turned out to be that came without naming a message of ours."""

    client_id: str
    practice_id: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What an answer says.

    Attributes:
        status: The exchange's next state; ``None`` when further answers must come first.
        problem_code: Why, when it is a trouble.
        remote_code: The other side's own code.
        owner: Whose it is, when the answer came without naming a message of ours.
        findings: What is wrong with the answer itself, zone by zone.
    """

    status: ExchangeStatus | None
    problem_code: str | None = None
    remote_code: str | None = None
    owner: Owner | None = None
    findings: tuple[ZoneFinding, ...] = ()


class ExchangeKind(Protocol):
    """One kind of exchange.

    Contract: ``read`` runs inside the writing transaction and does no I/O of its own; what cannot
    be understood is a verdict, never an error.
    ``settle`` runs after a commit, may be repeated, and may be skipped by a crash.
    """

    def read(
        self, unit: UnitOfWork, exchange: Exchange, response: ReceivedResponse, content: bytes
    ) -> Verdict:
        """Take over a business answer."""
        ...

    async def settle(self, exchange: Exchange) -> None:
        """Bring what follows an exchange, such as an operation, in step with its state."""
        ...

    def check_resend(self, unit: UnitOfWork, exchange: Exchange) -> None:
        """Refuse to resend what has been replaced meanwhile; runs inside the transaction.

        Raises:
            Conflict: what it carries is being corrected already (``correction_exists``).
        """
        ...
