"""Retention: what a person has processed is kept for some months and then removed.

What nobody has processed stays, however old it is.
Source: decision D23; *Local API security* SEC-162, GDPR-01.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

import structlog

from bridge.domain.audit import Action
from bridge.domain.periods import BRUSSELS, brussels_day
from bridge.domain.worklists import months_before
from bridge.errors import BridgeError
from bridge.service.batchanswers import KIND as BATCH
from bridge.service.engineparts import EngineParts

ONCE_IN_S: Final = 24 * 3600
AT_ONCE: Final = 500
"""Rows of one transaction, so that sending need not wait long."""

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class RetentionSettings:
    """How long is kept.

    Attributes:
        requests_months: Questions about insurability, with their evidence.
    """

    requests_months: int = 13


class RetentionService:
    """Removes what was kept long enough, at each start and once a day."""

    def __init__(self, parts: EngineParts, *, settings: RetentionSettings) -> None:
        """Keep the parts; ``start`` begins."""
        self._parts = parts
        self._settings = settings
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look once a day."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Stop to look."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def expire(self) -> int:
        """Remove everything whose time is over; gives how many exchanges."""
        kept_from = months_before(
            brussels_day(self._parts.clock.now()), self._settings.requests_months
        )
        before = datetime.combine(kept_from, time(), tzinfo=BRUSSELS)
        count = 0
        while True:
            gone = await self._parts.store.write(
                lambda unit: unit.exchanges.remove_processed(
                    kind=BATCH, before=before, limit=AT_ONCE
                )
            )
            count += len(gone)
            for exchange_id in gone:
                self._parts.audit.record(
                    Action.DATA_ERASED, object_id=exchange_id, result="retention_over"
                )
            if len(gone) < AT_ONCE:
                break
        if count:
            log.info("retention.removed", count=count)
        return count

    async def _run(self) -> None:
        while True:
            try:
                await self.expire()
            except BridgeError as error:
                log.warning("retention.stuck", code=error.problem_code)
            await asyncio.sleep(ONCE_IN_S)
