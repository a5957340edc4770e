"""Stop everything: the user's way out when she no longer trusts what runs (7.5).

All eHealth sessions end, all tokens are withdrawn, and what waits to be sent does not leave.
Whoever calls has asked her before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from bridge.domain.audit import Action
from bridge.domain.pairings import CONNECTED
from bridge.ports.audit import Auditor
from bridge.ports.store import Store, UnitOfWork

if TYPE_CHECKING:
    from bridge.service.operations import OperationBook
    from bridge.service.outbox import Outbox
    from bridge.service.pairingdesk import PairingDesk
    from bridge.service.sessions import SessionService
    from bridge.service.tokens import TokenBook

STOPPED: Final = "stopped_by_user"

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """What is, or was, stopped.

    Attributes:
        sessions: eHealth sessions.
        software: Connected software.
        sends: Work of which nothing has left.
    """

    sessions: int
    software: int
    sends: int


class EmergencyStop:
    """Stops everything; used on the loop alone."""

    def __init__(
        self,
        *,
        store: Store,
        sessions: SessionService,
        desk: PairingDesk,
        tokens: TokenBook,
        operations: OperationBook,
        outbox: Outbox,
        audit: Auditor,
    ) -> None:
        """Take what is stopped."""
        self._store = store
        self._sessions = sessions
        self._desk = desk
        self._tokens = tokens
        self._operations = operations
        self._outbox = outbox
        self._audit = audit

    async def preview(self) -> Stopped:
        """Say what there is to stop, for the question before it."""
        return Stopped(
            sessions=len(self._sessions.opened()),
            software=sum(each.state in CONNECTED for each in self._desk.all()),
            sends=await self._store.read(_waiting),
        )

    async def stop(self, *, where: str) -> Stopped:
        """Stop everything: first what sends, then who asks, then what waits.

        Args:
            where: ``window`` or ``command_line``: where the user said so.

        Raises:
            StoreError: sessions and tokens are gone, but something may be back after a restart.
        """
        waiting = await self._store.read(_waiting)
        sessions = self._sessions.end_all(because=STOPPED)
        self._tokens.forget_all()
        self._audit.record(Action.EVERYTHING_STOPPED, result=where)
        try:
            software = await self._desk.revoke_all(where=where)
        finally:
            await self._operations.cancel_all()
            await self._outbox.give_up_queued(STOPPED)
        log.warning("everything.stopped", count=waiting)
        return Stopped(sessions=sessions, software=software, sends=waiting)


def _waiting(unit: UnitOfWork) -> int:
    """Count the work that can still be kept from leaving."""
    return sum(operation.is_cancellable for operation in unit.operations.unfinished())
