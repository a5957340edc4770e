"""Keeping invoices in step with billing services, in the background.

A service is asked for the list of what changed since the last look, so that a look costs what
changed, and about single invoices only where the list is not enough: a loss once a day, what may
have arrived, and what nobody has spoken of for long.
Nothing final is asked for, except by a person (``billinglook``).
*Down* is said once, and *back* once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from bridge.crypto.clientidentity import ends_at
from bridge.domain.billingservices import BillingAccount, BillingSettings
from bridge.domain.health import HealthCheck
from bridge.errors import BridgeError
from bridge.service.billingaccess import BillingConnections
from bridge.service.billinghealth import billing_checks, certificate_checks
from bridge.service.billingvisit import BillingVisit, RequestBudget
from bridge.service.engineparts import EngineParts

_LOOK_EVERY_S: Final = 5.0
_MOST_DOUBLINGS: Final = 6
_FIRST_PAUSE_S: Final = 30.0

log = structlog.get_logger()


@dataclass
class ServiceState:
    """What is known of one service since the start.

    Attributes:
        next_s: Monotonic second of the next look.
        failures: Troubles in a row.
        code: The trouble, once *down* was said.
        is_known: Whether it was asked.
        ends_at: Until when our certificate is valid, where it recognises us by one.
    """

    budget: RequestBudget
    next_s: float = 0.0
    failures: int = 0
    code: str | None = None
    is_known: bool = False
    ends_at: datetime | None = None


class BillingSync:
    """Asks billing services what changed."""

    def __init__(
        self, parts: EngineParts, *, connections: BillingConnections, settings: BillingSettings
    ) -> None:
        """Keep the parts; ``start`` begins to work."""
        self._parts = parts
        self._connections = connections
        self._settings = settings
        self._states: dict[str, ServiceState] = {}
        self._turn = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to ask."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Stop asking; what was stored stays."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._connections.close()

    def hasten(self, service_id: str) -> None:
        """Ask a service at the next turn, such as after a switch or on a person's word."""
        self._state(service_id).next_s = 0.0

    async def ask_now(self, account: BillingAccount) -> None:
        """Ask one service at once on a person's word; trouble is kept with the account.

        Raises:
            StoreError: what was said cannot be kept.
        """
        async with self._turn:
            self.hasten(account.id)
            await self._visit(account)

    def standings(self) -> dict[str, str | None]:
        """Give the services that were asked since the start, with the trouble, if any."""
        return {name: each.code for name, each in self._states.items() if each.is_known}

    def checks(self) -> list[HealthCheck]:
        """Judge the services that were asked, and what they recognise us by, for health."""
        now = self._parts.clock.now()
        ends = {name: each.ends_at for name, each in self._states.items() if each.ends_at}
        return [*billing_checks(self.standings(), now), *certificate_checks(ends, now)]

    def forget(self, service_id: str) -> None:
        """Know nothing of a service any more: its registration was removed."""
        self._states.pop(service_id, None)

    async def turn(self) -> int:
        """Ask every service that is due; gives how many requests were made.

        Raises:
            StoreError: what was said cannot be kept.
        """
        async with self._turn:
            accounts = await self._parts.store.read(lambda unit: unit.billing_accounts.all())
            return sum([await self._visit(account) for account in accounts])

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                await self.turn()
            except BridgeError as error:
                log.warning("billing.sync_stuck", code=error.problem_code)
            except Exception:
                log.exception("billing.sync_broken")

    def _state(self, service_id: str) -> ServiceState:
        if service_id not in self._states:
            budget = RequestBudget(self._settings.requests_per_minute)
            self._states[service_id] = ServiceState(budget)
        return self._states[service_id]

    async def _visit(self, account: BillingAccount) -> int:
        """Ask one service, unless it is not its time; trouble is said once."""
        state, clock = self._state(account.id), self._parts.clock
        if clock.monotonic() < state.next_s:
            return 0
        visit = BillingVisit(self._parts, self._settings, account, state.budget)
        try:
            state.ends_at = ends_at(account.certificate) if account.certificate else None
            is_done = await visit.run(self._connections)
        except BridgeError as error:
            state.failures += 1
            pause = self._pause_s(state.failures, _retry_after(error))
            state.next_s = clock.monotonic() + pause
            if state.code is None:
                log.warning("billing.down", service=account.id, code=error.problem_code)
            state.code, state.is_known = error.problem_code, True
            await visit.end(failures=state.failures, code=error.problem_code)
            return visit.requests
        if state.code is not None:
            log.info("billing.back", service=account.id)
        state.failures, state.code = 0, None
        state.is_known = state.is_known or visit.requests > 0
        # Out of requests: goes on where it stopped, as soon as there are some again.
        state.next_s = clock.monotonic() + (self._settings.interval_s if is_done else 0)
        await visit.end(failures=0, code=None)
        return visit.requests

    def _pause_s(self, failures: int, wanted_s: float) -> float:
        """Give a pause: doubling, or as long as the service wants, with an end."""
        doubled: float = _FIRST_PAUSE_S * 2 ** min(failures - 1, _MOST_DOUBLINGS)
        return min(max(doubled, wanted_s), float(self._settings.longest_pause_s))


def _retry_after(error: BridgeError) -> float:
    seconds = error.params.get("retry_after_s")
    return float(seconds) if isinstance(seconds, int) else 0.0
