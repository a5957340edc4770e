"""One look at one billing service: its list of changes, then single invoices.

How far the list was read is committed with the states it brought, page by page, so that a kill
costs one page at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from bridge.domain.billinginvoices import BillingInvoice
from bridge.domain.billingservices import (
    BillingAccount,
    BillingSettings,
    StrayInvoice,
)
from bridge.errors import RemoteRefusal, TheirAnswerInvalid
from bridge.ports.billing import (
    CURSOR_FORGOTTEN,
    BillingService,
    ChangedPage,
    ReportedInvoice,
)
from bridge.ports.store import UnitOfWork
from bridge.service.billingaccess import BillingConnections
from bridge.service.billingfollow import (
    Taken,
    judge,
    silence_of,
    take,
    tell_taken,
    write_taken,
)
from bridge.service.engineparts import EngineParts

_MINUTE_S: Final = 60.0

log = structlog.get_logger()


class RequestBudget:
    """Lets so many requests through in a minute, all at once when none were made before."""

    def __init__(self, per_minute: int) -> None:
        """Begin with a full minute."""
        self._most = float(per_minute)
        self._level = float(per_minute)
        self._seen_s: float | None = None

    def take(self, now_s: float) -> bool:
        """Take one; tells whether there was one.

        Args:
            now_s: A monotonic second.
        """
        passed = 0.0 if self._seen_s is None else now_s - self._seen_s
        self._seen_s = now_s
        self._level = min(self._most, self._level + passed * self._most / _MINUTE_S)
        if self._level < 1:
            return False
        self._level -= 1
        return True


class BillingVisit:
    """One look at one service."""

    def __init__(
        self,
        parts: EngineParts,
        settings: BillingSettings,
        account: BillingAccount,
        budget: RequestBudget,
    ) -> None:
        self._parts = parts
        self._settings = settings
        self._account = account
        self._budget = budget
        self._silence = silence_of(settings)
        self.requests = 0

    async def run(self, connections: BillingConnections) -> bool:
        """Read the list to its end, then ask about single invoices; tells whether all was asked.

        Raises:
            BridgeError: the service cannot be asked now; what was kept stays.
        """
        account_id, now = self._account.id, self._parts.clock.now()

        def look(unit: UnitOfWork) -> tuple[bool, bool]:
            invoices = unit.billing_invoices
            reads_list = self._account.is_synchronised or invoices.is_any_synchronised(account_id)
            return reads_list, bool(invoices.to_ask(account_id, now=now, limit=1))

        reads_list, asks = await self._parts.store.read(look)
        if not reads_list and not asks:
            return True
        service = await connections.get(self._account)
        if reads_list and not await self._read_list(service):
            return False
        return await self._ask_each(service)

    async def end(self, *, failures: int, code: str | None) -> None:
        """Keep what became of this look, unless it was none."""

        def work(unit: UnitOfWork) -> None:
            known = unit.billing_accounts.progress(self._account.id)
            after = replace(
                known,
                failures=failures,
                problem_code=code,
                requests=known.requests + self.requests,
            )
            if after != known:
                unit.billing_accounts.advance(self._account.id, after)

        await self._parts.store.write(work)

    def _may_ask(self) -> bool:
        if not self._budget.take(self._parts.clock.monotonic()):
            return False
        self.requests += 1
        return True

    async def _read_list(self, service: BillingService) -> bool:
        progress = await self._parts.store.read(
            lambda unit: unit.billing_accounts.progress(self._account.id)
        )
        cursor = progress.cursor
        if cursor is None:
            await self._begin()
        while True:
            if not self._may_ask():
                return False
            try:
                page = await service.changed(cursor=cursor, limit=self._settings.page_items)
            except RemoteRefusal as error:
                if cursor is None or not _is_forgotten(error):
                    raise
                log.warning("billing.cursor_forgotten", service=self._account.id)
                cursor = None
                await self._begin()
                continue
            if page.has_more and page.next_cursor == cursor:
                raise TheirAnswerInvalid("a list that does not end")
            await self._keep(page)
            cursor = page.next_cursor
            if not page.has_more:
                return True

    async def _begin(self) -> None:
        """Read everything from the beginning.

        The list gives what is unsettled at the service, and so speaks for most; asked for one by
        one is afterwards what it does not mention: what was settled unnoticed, or is not there.
        """
        now, account_id = self._parts.clock.now(), self._account.id

        def work(unit: UnitOfWork) -> None:
            known = unit.billing_accounts.progress(account_id)
            unit.billing_accounts.advance(account_id, replace(known, cursor=None, has_more=False))
            unit.billing_invoices.ask_all(account_id, at=now)

        await self._parts.store.write(work)

    async def _keep(self, page: ChangedPage) -> None:
        """Commit what a page says together with where the next one begins."""
        now = self._parts.clock.now()
        if page.unreadable:
            log.warning("billing.unreadable", service=self._account.id, items=page.unreadable)

        def work(unit: UnitOfWork) -> list[Taken]:
            taken = self._take_all(unit, page.items, now)
            known = unit.billing_accounts.progress(self._account.id)
            after = replace(
                known,
                cursor=page.next_cursor,
                has_more=page.has_more,
                last_run_at=known.last_run_at if page.has_more else now,
            )
            unit.billing_accounts.advance(self._account.id, after)
            return taken

        taken = await self._parts.store.write(work)
        self._parts.reached("billing.page_kept")
        await tell_taken(self._parts, taken)

    def _take_all(
        self, unit: UnitOfWork, items: Sequence[ReportedInvoice], now: datetime
    ) -> list[Taken]:
        reports = [each.report for each in items]
        known = unit.billing_invoices.reported(self._account.id, reports)
        latest = {invoice.id: invoice for invoice in known.values()}
        taken = []
        for each in items:
            found = known.get(each.report.service_ref)
            if found is None:
                unit.billing_accounts.stray(_stray(self._account.id, each, now))
            elif found.is_synchronised:
                # A page may speak of the same invoice twice.
                judged = judge(latest[found.id], each, at=now, silence=self._silence)
                latest[found.id] = judged.invoice
                taken.append(judged)
        return write_taken(unit, taken, at=now)

    async def _ask_each(self, service: BillingService) -> bool:
        now = self._parts.clock.now()
        due = await self._parts.store.read(
            lambda unit: unit.billing_invoices.to_ask(
                self._account.id, now=now, limit=self._settings.requests_per_minute
            )
        )
        unreadable: TheirAnswerInvalid | None = None
        for invoice in due:
            if not self._may_ask():
                return False
            try:
                await ask(self._parts, service, invoice, settings=self._settings)
            except TheirAnswerInvalid as error:
                # One answer that cannot be read does not keep the others from being asked for.
                unreadable = error
                await self._ask_later(invoice)
        if unreadable is not None:
            raise unreadable
        return len(due) < self._settings.requests_per_minute

    async def _ask_later(self, invoice: BillingInvoice) -> None:
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> None:
            current = unit.billing_invoices.get(invoice.id, client_id=None)
            if current is not None:
                unit.billing_invoices.put(current.planned(at=now, silence=self._silence))

        await self._parts.store.write(work)


async def ask(
    parts: EngineParts,
    service: BillingService,
    invoice: BillingInvoice,
    *,
    settings: BillingSettings,
) -> ReportedInvoice | None:
    """Ask about one invoice now and take over what is said; ``None``: the service has it not.

    Raises:
        BridgeError: the service cannot be asked now.
    """
    said = await service.invoice(invoice.id)
    now, silence = parts.clock.now(), silence_of(settings)

    def work(unit: UnitOfWork) -> Taken | None:
        current = unit.billing_invoices.get(invoice.id, client_id=None)
        if current is None:
            return None
        if said is None:
            unit.billing_invoices.put(current.planned(at=now, silence=silence))
            return None
        # Asked twice for a plan that never comes, it would be asked for without end.
        return take(unit, current, replace(said, lacks_plan=False), at=now, silence=silence)

    taken = await parts.store.write(work)
    if taken is not None:
        await tell_taken(parts, [taken])
    return said


def _stray(service_id: str, said: ReportedInvoice, now: datetime) -> StrayInvoice:
    return StrayInvoice(
        service_id=service_id,
        service_ref=said.report.service_ref,
        raw_state=said.report.raw_state,
        raw=said.raw,
        seen_at=now,
        changed_at=said.report.changed_at,
    )


def _is_forgotten(error: RemoteRefusal) -> bool:
    return error.remote is not None and error.remote.code == CURSOR_FORGOTTEN
