"""Retention: what is over is kept for its time and then removed.

What nobody has processed stays, however old it is.
Source: decision D23; *Local API security* SEC-162, GDPR-01.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, time
from typing import Final

import structlog

from bridge.domain.audit import Action
from bridge.domain.periods import BRUSSELS, brussels_day
from bridge.domain.retention import Held, KeptKind, RetentionSettings
from bridge.errors import BridgeError
from bridge.service.engineparts import EngineParts

ONCE_IN_S: Final = 24 * 3600
AT_ONCE: Final = 500
"""Rows of one transaction, so that sending need not wait long."""

AT_ONCE_OF: Final = {KeptKind.INVOICE_BATCHES: 5}
"""One of these brings hundreds of invoices and their acts with it."""

NAMELESS: Final = frozenset({KeptKind.KNOWN_INSURERS, KeptKind.OPERATIONS, KeptKind.WORK_LIST_ROWS})
"""Kinds that prove nothing: that some went is recorded, not which."""

log = structlog.get_logger()


class RetentionService:
    """Removes what was kept long enough, at each start and once a day."""

    def __init__(
        self,
        parts: EngineParts,
        *,
        settings: RetentionSettings,
        daily: Sequence[Callable[[], Awaitable[None]]] = (),
    ) -> None:
        """Keep the parts; ``start`` begins.

        Args:
            parts: Store, clock, and the audit log, which hears of each removal.
            settings: How long each kind is kept.
            daily: What else expires by itself.
        """
        self._parts = parts
        self._settings = settings
        self._daily = daily
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look once a day."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Stop to look."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def held(self) -> list[Held]:
        """Count what is kept of each kind."""
        return await self._parts.store.read(lambda unit: unit.keeping.held())

    async def expire(self) -> dict[KeptKind, int]:
        """Remove everything whose time is over; gives how many of each kind that had any."""
        counts = {kind: await self._expire(kind) for kind in KeptKind}
        for expire in self._daily:
            await expire()
        return {kind: count for kind, count in counts.items() if count}

    async def _expire(self, kind: KeptKind) -> int:
        kept_from = self._settings.kept_from(kind, brussels_day(self._parts.clock.now()))
        before = datetime.combine(kept_from, time(), tzinfo=BRUSSELS)
        most = AT_ONCE_OF.get(kind, AT_ONCE)
        count = 0
        # What is due is looked for beside the writer, which only ever removes what was found.
        while names := await self._due(kind, before, most):
            gone = await self._remove(kind, names, before)
            self._tell(kind, gone)
            count += len(gone)
            if len(names) < most:
                break
        if count:
            log.info("retention.removed", kind=kind.value, count=count)
        return count

    async def _due(self, kind: KeptKind, before: datetime, most: int) -> list[str]:
        return await self._parts.store.read(
            lambda unit: unit.keeping.due(kind, before=before, limit=most)
        )

    async def _remove(self, kind: KeptKind, names: Sequence[str], before: datetime) -> list[str]:
        return await self._parts.store.write(
            lambda unit: unit.keeping.remove(kind, names, before=before)
        )

    def _tell(self, kind: KeptKind, gone: Sequence[str]) -> None:
        """Record what went; a person's number is no identifier of ours, so only that some went."""
        told = [kind.value] if gone and kind in NAMELESS else gone
        for name in told:
            self._parts.audit.record(Action.DATA_ERASED, object_id=name, result="retention_over")

    async def _run(self) -> None:
        while True:
            try:
                await self.expire()
            except BridgeError as error:
                log.warning("retention.stuck", code=error.problem_code)
            await asyncio.sleep(ONCE_IN_S)
