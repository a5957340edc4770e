"""Gathers what the tray shows, and says when it may have changed.

Everything is in memory but the counts of the history, which cost a look at an index.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from bridge.domain.cards import CardKind, ReaderKind
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.health import HealthCheck, HealthStatus
from bridge.domain.overview import Overview
from bridge.domain.pairings import PairingState
from bridge.domain.verdict import verdict
from bridge.errors import BridgeError
from bridge.i18n import phrase, problem_type, text
from bridge.i18n.forms import shown_moment
from bridge.ports.exchanges import ExchangeFilter
from bridge.ports.store import Store, UnitOfWork
from bridge.service.history import NEWEST_FIRST
from bridge.service.probing import UNREAD
from bridge.service.waits import happens

if TYPE_CHECKING:
    from bridge.domain.sessions import EhealthSession
    from bridge.domain.verdict import Verdict
    from bridge.service.facade import Services

LOOK_EVERY_S: Final = 15.0
"""Time passes without an event: the ring, and the minutes before the end of the session."""
_SETTLED_AFTER_S: Final = 0.3
"""One thing that happens is several events; one look is enough for all."""
_MANUAL: Final = ExchangeFilter(
    status=(
        ExchangeStatus.MANUAL_ACTION_REQUIRED.value,
        ExchangeStatus.OUTCOME_UNKNOWN.value,
    ),
    is_processed=False,
    is_archived=False,
)


class OverviewReader:
    """Reads the facts; used on the loop."""

    def __init__(self, services: Services, store: Store) -> None:
        """Look at these services, and count in this store."""
        self._services = services
        self._store = store
        self._has_changed = asyncio.Event()

    async def read(self) -> Overview:
        """Give the facts of this moment."""
        services = self._services
        checks = services.health.report()
        session = await self._session()
        unread, manual = await self._counts()
        worst = judged(services, checks)
        is_failing = worst.check is not None and worst.check.status is HealthStatus.FAIL
        readers = [
            reader
            for reader in services.readers.snapshot().readers
            if reader.kind is ReaderKind.PHYSICAL
        ]
        cards = [reader.card for reader in readers if reader.card is not None]
        return Overview(
            now=services.clock.now(),
            is_simulator=services.simulator is not None,
            has_reader=bool(readers),
            has_card=any(card.kind is CardKind.EID for card in cards),
            session_id=None if session is None else session.id,
            opened_at=None if session is None else session.opened_at,
            expires_at=None if session is None else session.expires_at,
            is_working=services.operations.is_working,
            unread=unread,
            manual=manual,
            pairings=self._waiting(),
            pin_senders=tuple(each.about or "" for each in services.secret_watch.checks()),
            is_paused=services.pairing_desk.is_paused,
            failure=worst.code if is_failing else None,
            problem=None if worst.is_ordinary else worst.code,
            problem_since=worst.since,
            card_days=_days(checks, "card:validity"),
            certificate_days=_days(checks, "certificate:validity"),
        )

    async def follow(self, show: Callable[[Overview], None]) -> None:
        """Show the facts now, after each event, and as time passes; runs until it is cancelled."""
        self._services.events.watch(self._has_changed.set)
        # A request to connect is no event until it is decided.
        self._services.pairing_shelf.listen(self._has_changed.set)
        while True:
            self._has_changed.clear()
            show(await self.read())
            await happens(self._has_changed, LOOK_EVERY_S)
            await asyncio.sleep(_SETTLED_AFTER_S)

    def look_again(self) -> None:
        """Have the facts shown again soon, such as in another language."""
        self._has_changed.set()

    async def _session(self) -> EhealthSession | None:
        try:
            return await self._services.sessions.current()
        except BridgeError:
            # No session, no registration yet, or no database.
            return None

    async def _counts(self) -> tuple[int, int]:
        try:
            return await self._store.read(_counted)
        except BridgeError:
            # Without a database health says so, and there is nothing to count.
            return 0, 0

    def _waiting(self) -> int:
        pairings = self._services.pairing_shelf.all()
        return sum(each.state is PairingState.PENDING for each in pairings)


def sentence(found: Verdict, language: str) -> str:
    """Say in one sentence whose turn it is, and since when."""
    if found.code is None:
        return phrase("verdicts", found.party.value, language)
    since = ""
    if found.since is not None:
        moment = shown_moment(found.since, language)
        since = phrase("verdicts", "since", language, {"moment": moment})
    said = {"title": text(found.code, "title", language), "since": since}
    return phrase("verdicts", found.party.value, language, said)


def judged(services: Services, checks: list[HealthCheck]) -> Verdict:
    """Say whose turn it is, in the words of the catalogue."""
    return verdict(
        checks,
        fixer=lambda code: problem_type(code).who_can_fix,
        since=services.health.since,
    )


def _counted(unit: UnitOfWork) -> tuple[int, int]:
    def total(wanted: ExchangeFilter) -> int:
        return unit.exchanges.page(wanted, sort=NEWEST_FIRST, limit=1, after=None).total

    return total(UNREAD), total(_MANUAL)


def _days(checks: list[HealthCheck], name: str) -> int | None:
    return next((each.observed_value for each in checks if each.name == name), None)
