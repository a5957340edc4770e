"""Looks at computer, network and waiting work in the background, and judges from memory (API-82).

A health request never triggers a look; ``look_now`` is asked for by a person, and ``look_for`` by
software.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

import structlog

from bridge.domain.exchanges import ANSWERED, ExchangeStatus
from bridge.domain.systemfacts import SystemFacts, WorkFacts
from bridge.errors import BridgeError
from bridge.ports.exchanges import ExchangeFilter
from bridge.service.history import NEWEST_FIRST
from bridge.service.systemchecks import system_checks, work_checks
from bridge.service.waits import happens

if TYPE_CHECKING:
    from bridge.domain.health import HealthCheck
    from bridge.ports.clock import Clock
    from bridge.ports.probes import SystemProbe
    from bridge.ports.store import Store, UnitOfWork

LOOK_EVERY_S: Final = 300.0
WHILE_FAILING_S: Final = 30.0
LEAST_S: Final = 5.0
"""Between two looks for software: a loop of its calls must not knock at the platform's door."""
_COUNT_EVERY_S: Final = 15.0
_TO_SEND: Final = ExchangeStatus.TO_SEND.value
_UNKNOWN: Final = ExchangeFilter(status=(ExchangeStatus.OUTCOME_UNKNOWN.value,), is_processed=False)
UNREAD: Final = ExchangeFilter(
    status=tuple(status.value for status in ANSWERED), is_read=False, is_archived=False
)

log = structlog.get_logger()


async def _nothing() -> None:
    """Keep nothing."""


class Prober:
    """Keeps the latest facts; used on the loop."""

    def __init__(
        self,
        *,
        clock: Clock,
        store: Store,
        probe: SystemProbe | None,
        keep: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        """Look with ``probe``; without one only work is counted.

        ``keep`` is called after each look, and at the end.
        """
        self._keep = keep
        self._wake = asyncio.Event()
        self._clock = clock
        self._store = store
        self._probe = probe
        self._facts: SystemFacts | None = None
        self._work: WorkFacts | None = None
        self._due_s = 0.0
        self._asked_again_s = 0.0
        self._looking = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop to look."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._keep()

    def hasten(self) -> None:
        """Look soon: the computer woke, or is on another network."""
        self._due_s = 0.0
        self._wake.set()

    async def look_for(self) -> None:
        """Look because software asked: one look at a time, and none when one just ended."""
        async with self._looking:
            if self._clock.monotonic() >= self._asked_again_s:
                await self.look_now()
                self._asked_again_s = self._clock.monotonic() + LEAST_S

    def checks(self) -> list[HealthCheck]:
        """Judge what was seen last."""
        now = self._clock.now()
        system = [] if self._facts is None else system_checks(self._facts)
        return [*system, *([] if self._work is None else work_checks(self._work, now))]

    async def look_now(self) -> None:
        """Look at everything, whatever is due."""
        await self._count()
        if self._probe is not None:
            self._facts = await self._probe.look()
            is_failing = any(check.code for check in system_checks(self._facts))
            pause = WHILE_FAILING_S if is_failing else LOOK_EVERY_S
            self._due_s = self._clock.monotonic() + pause

    async def _run(self) -> None:
        while True:
            if self._probe is not None and self._clock.monotonic() >= self._due_s:
                await self.look_now()
            else:
                await self._count()
            await self._keep()
            await happens(self._wake, _COUNT_EVERY_S)
            self._wake.clear()

    async def _count(self) -> None:
        try:
            self._work = await self._store.read(_counted)
        except BridgeError as error:
            # Without a database another check says so.
            log.debug("health.not_counted", code=error.problem_code)


def _counted(unit: UnitOfWork) -> WorkFacts:
    def total(wanted: ExchangeFilter) -> int:
        return unit.exchanges.page(wanted, sort=NEWEST_FIRST, limit=1, after=None).total

    first = unit.exchanges.with_status(_TO_SEND, limit=1)
    return WorkFacts(
        waiting=total(ExchangeFilter(status=(_TO_SEND,))),
        oldest_at=first[0].created_at if first else None,
        unknown=total(_UNKNOWN),
        unread=total(UNREAD),
        reference_data_at=max(
            (each.imported_at for each in unit.reference_data.editions()), default=None
        ),
    )
