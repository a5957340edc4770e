"""What every outbox does: send what is due, turn after turn, and say *sent* before it leaves."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import structlog

from bridge.domain.exchanges import Exchange, ExchangeStatus
from bridge.errors import BridgeError
from bridge.ports.store import UnitOfWork
from bridge.service.aftermath import LONGEST_PAUSE
from bridge.service.engineparts import EngineParts
from bridge.service.waits import happens

_IDLE_S: Final = 5.0

log = structlog.get_logger()


class SendingLoop(ABC):
    """Sends one thing at a time, in the background and when it is woken."""

    def __init__(self, parts: EngineParts, *, name: str) -> None:
        """Keep the parts; ``start`` begins to work.

        Args:
            parts: Of the engine.
            name: Of this outbox, in the log.
        """
        self._parts = parts
        self._name = name
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._is_sending = False

    @property
    def is_sending(self) -> bool:
        """Tell whether something is on its way out, or its answer on its way in."""
        return self._is_sending

    def start(self) -> None:
        """Begin to send."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Stop sending; what is under way becomes ``outcome_unknown`` at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def wake(self) -> None:
        """Look for work now."""
        self._wake.set()

    @abstractmethod
    async def send_due(self) -> int:
        """Send everything that is due now; gives how many were tried.

        Raises:
            StoreError: what came before cannot be written; nothing was sent.
        """

    @contextmanager
    def _sending(self) -> Iterator[None]:
        """Show that something is under way."""
        self._is_sending = True
        try:
            yield
        finally:
            self._is_sending = False

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self.send_due()
            except BridgeError as error:
                log.warning("sending.stuck", outbox=self._name, code=error.problem_code)
            except Exception:
                log.exception("sending.broken", outbox=self._name)
            await happens(self._wake, _IDLE_S)

    async def _due(self, services: Collection[str]) -> list[Exchange]:
        """Read what waits to be sent by some services, and whose time has come."""
        waiting = await self._parts.store.read(
            lambda unit: unit.exchanges.with_status(ExchangeStatus.TO_SEND.value, services=services)
        )
        now = self._parts.clock.now()
        return [each for each in waiting if _is_due(each, now)]


def mark_sent(unit: UnitOfWork, exchange_id: str, *, at: datetime) -> Exchange | None:
    """Say within a transaction that something is sent; ``None``: it was withdrawn a moment ago."""
    current = unit.exchanges.get(exchange_id)
    if current is None or current.status is not ExchangeStatus.TO_SEND:
        return None
    sent = current.moved(
        ExchangeStatus.SENT,
        at=at,
        sent_at=at,
        attempts=current.attempts + 1,
        next_attempt_at=None,
    )
    unit.exchanges.replace(sent)
    return sent


def _is_due(exchange: Exchange, now: datetime) -> bool:
    """Tell whether it is time; a moment no pause leads to was told by a clock that was wrong."""
    again = exchange.next_attempt_at
    return again is None or again <= now or again > now + LONGEST_PAUSE
