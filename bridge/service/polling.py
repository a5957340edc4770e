"""Polling: one supervisor per registration and service, polite, and quiet about trouble.

*Down* is said once, and *back* once.
Source: *MyCareNet transport* 2.9; *style anchors* 11; API-40.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

import structlog

from bridge.domain.exchanges import AWAITING
from bridge.domain.operations import Operation, OperationKind, OperationStatus
from bridge.domain.periods import brussels_day
from bridge.domain.registrations import Registration
from bridge.domain.rights import Right
from bridge.errors import BridgeError, SessionExpired, SessionRequired
from bridge.mycarenet.services import MEDADMIN
from bridge.service.batchdrafts import service_of
from bridge.service.inbox import Fetched, Inbox
from bridge.service.operations import OperationBook
from bridge.service.outbox import EngineParts
from bridge.service.registrations import RegistrationBook
from bridge.service.rights import fetched_from
from bridge.service.tokens import Client

_LOOK_EVERY_S: Final = 5.0
_MOST_DOUBLINGS: Final = 5

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class PollingSettings:
    """How often is asked.

    Attributes:
        interval: Between two fetches while an answer is awaited.
        idle_interval: Between two fetches while nothing is awaited; answers nobody asked for
            come too.
        longest_pause: After repeated trouble.
    """

    interval: timedelta = timedelta(minutes=5)
    idle_interval: timedelta = timedelta(hours=1)
    longest_pause: timedelta = timedelta(minutes=30)


@dataclass
class MailboxState:
    """What is known of one registration and service.

    Attributes:
        next_s: Monotonic second of the next fetch.
        failures: Troubles in a row.
        is_down: Whether *down* was said.
        code: The trouble of the last fetch.
    """

    next_s: float = 0.0
    failures: int = 0
    is_down: bool = field(default=False)
    code: str | None = None


class Poller:
    """Fetches in the background, and now when a person asks."""

    def __init__(
        self,
        parts: EngineParts,
        *,
        inbox: Inbox,
        registrations: RegistrationBook,
        operations: OperationBook,
        settings: PollingSettings,
        daily: Sequence[Callable[[], Awaitable[object]]] = (),
    ) -> None:
        """Keep the parts; ``start`` begins to work.

        Args:
            parts: Shared with outbox and inbox.
            inbox: Fetches.
            registrations: Whose mailboxes there are.
            operations: What front ends follow.
            settings: How often is asked.
            daily: What is looked at once a day and after each start, such as overdue answers.
        """
        self._daily = daily
        self._looked_on: date | None = None
        self._parts = parts
        self._inbox = inbox
        self._registrations = registrations
        self._operations = operations
        self._settings = settings
        self._states: dict[tuple[str, str], MailboxState] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to poll."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Stop polling; what was stored stays."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def state(self, registration_id: str, service: str) -> MailboxState:
        """Give what is known of one mailbox."""
        return self._states.setdefault((registration_id, service), MailboxState())

    def troubles(self) -> dict[str, str]:
        """Give the services whose answers cannot be fetched at the moment, with the trouble."""
        return {
            service: state.code
            for (_, service), state in self._states.items()
            if state.is_down and state.code is not None
        }

    async def fetch_now(
        self, *, client: Client, registration_id: str | None, service: str | None
    ) -> Operation:
        """Fetch at once; the operation says how it went.

        Raises:
            RegistrationMissing, NotFound: no such registration.
            ActorNotAllowed: the caller's actor may not fetch what the mailboxes may hold.
            SessionRequired, SessionExpired: there is no open session for it.
        """
        registration = await self._registrations.get(registration_id)
        names = [service] if service else await self._services_of(registration)
        matters = [each for name in names for each in fetched_from(registration.id, name)]
        self._parts.rights.require(client, Right.FETCH, *matters)
        self._parts.sessions.require(registration.id)
        operation = self._operations.new(
            OperationKind.RESPONSE_FETCH, client_id=client.id, actor_id=client.actor_id, steps=1
        )
        await self._parts.store.write(lambda unit: unit.operations.add(operation))
        self._operations.run(operation.id, self._fetch_all(operation.id, registration.id, names))
        return operation

    async def poll(self, registration_id: str, service: str) -> Fetched:
        """Fetch from one mailbox and plan its next time; trouble is said once.

        Raises:
            SessionRequired, SessionExpired: there is no session, which is no trouble of theirs.
            BridgeError: nothing, or not all, was fetched; what was stored stays.
        """
        state = self.state(registration_id, service)
        try:
            fetched = await self._inbox.fetch(registration_id, service)
        except (SessionRequired, SessionExpired):
            raise
        except BridgeError as error:
            state.failures += 1
            state.code = error.problem_code
            self._plan(state, self._pause(state.failures))
            if not state.is_down:
                state.is_down = True
                log.warning("mailbox.down", service=service, code=error.problem_code)
            raise
        if state.is_down:
            log.info("mailbox.back", service=service)
        state.failures, state.is_down, state.code = 0, False, None
        is_awaited = await self._is_awaited(registration_id, service)
        self._plan(state, self._settings.interval if is_awaited else self._settings.idle_interval)
        return fetched

    async def _fetch_all(
        self, operation_id: str, registration_id: str, services: list[str]
    ) -> None:
        await self._operations.move(operation_id, OperationStatus.WAITING_FOR_REMOTE, attempts=1)
        for service in services:
            await self.poll(registration_id, service)
        await self._operations.move(operation_id, OperationStatus.SUCCEEDED, step=1)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                await self.look_daily()
                await self._poll_due()
            except BridgeError as error:
                log.debug("polling.trouble", code=error.problem_code)
            except Exception:
                log.exception("polling.broken")

    async def look_daily(self) -> bool:
        """Look at what is due once a day; tells whether it was due.

        Raises:
            StoreError: it cannot be looked at now, and is again at the next turn.
        """
        today = brussels_day(self._parts.clock.now())
        if today == self._looked_on:
            return False
        for look in self._daily:
            await look()
        self._looked_on = today
        return True

    async def _poll_due(self) -> None:
        for session in self._parts.sessions.opened():
            registration = await self._registrations.get(session.registration_id)
            for service in await self._services_of(registration):
                state = self.state(session.registration_id, service)
                if self._parts.clock.monotonic() >= state.next_s:
                    with contextlib.suppress(SessionRequired, SessionExpired):
                        await self.poll(session.registration_id, service)

    async def _services_of(self, registration: Registration) -> list[str]:
        """Give the services a registration uses, or used before: answers may come late.

        Changes of care agreements come without being asked for.
        """
        used = await self._parts.store.read(
            lambda unit: unit.exchanges.services_of(registration.id)
        )
        used |= {service_of(registration).name, MEDADMIN.name}
        return [name for name in self._parts.services if name in used]

    async def _is_awaited(self, registration_id: str, service: str) -> bool:
        names = [status.value for status in AWAITING]
        waiting = await self._parts.store.read(
            lambda unit: unit.exchanges.with_status(*names, services=(service,))
        )
        return any(each.registration_id == registration_id for each in waiting)

    def _pause(self, failures: int) -> timedelta:
        doubled: timedelta = self._settings.interval * 2 ** min(failures - 1, _MOST_DOUBLINGS)
        return min(doubled, self._settings.longest_pause)

    def _plan(self, state: MailboxState, pause: timedelta) -> None:
        state.next_s = self._parts.clock.monotonic() + pause.total_seconds()
