"""Invoices at a billing service, from the file to the last state: sent once, kept in step."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bridge.domain.billing import BillingState
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.operations import OperationStatus
from bridge.errors import Conflict, InputError
from bridge.ports.billing import BillingFilter
from tests.support import billing
from tests.support.daemon import CLIENT, TestDaemon, running_daemon


@dataclass
class Office:
    daemon: TestDaemon
    service_id: str

    async def send(self, number: int, **changes):
        asked = billing.wanted(self.service_id, number, **changes)
        services = self.daemon.services
        accepted = await services.billing_invoices.send(
            asked, client=CLIENT, claim=billing.claim(number)
        )
        await services.billing_outbox.send_due()
        return await self.now(accepted.invoice.id)

    async def now(self, invoice_id):
        return await self.daemon.services.billing_invoices.get(invoice_id, client=CLIENT)

    async def pass_days(self, days: float) -> int:
        """Let days pass here and there, and look once; gives the requests it took."""
        self.daemon.clock.advance(days=days)
        return await self.daemon.services.billing_sync.turn()

    def received(self) -> Counter[str | None]:
        entries = self.daemon.world.ledger.entries()
        return Counter(
            each.reference
            for each in entries
            if (each.service, each.operation, each.accepted) == ("billing", "upload", True)
        )

    def asked(self, operation: str) -> list[str | None]:
        entries = self.daemon.world.ledger.entries()
        return [each.reference for each in entries if each.operation == operation]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with running_daemon(tmp_path) as daemon:
        asked = billing.wanted_account(daemon.world.billing)
        view = await daemon.services.billing_desk.create(asked)
        yield Office(daemon, view.account.id)


async def test_an_invoice_is_sent_and_followed_to_its_end(office):
    listener = office.daemon.services.events.subscribe(CLIENT.id, topics=frozenset({"billing"}))
    sent = await office.send(1)
    assert (sent.state, sent.status) == (BillingState.SENT, ExchangeStatus.RECEIVED)
    operation = await office.daemon.services.operations.get(sent.operation_id, client_id=CLIENT.id)
    assert operation.status is OperationStatus.SUCCEEDED
    await office.pass_days(2)
    assert (await office.now(sent.id)).state is BillingState.OPEN
    await office.pass_days(20)
    paid = await office.now(sent.id)
    assert paid.state is BillingState.PAID
    assert paid.position.paid == paid.amounts.total
    assert billing.states_of(paid.position.changes) == ["sent", "open", "paid"]
    told = [await listener.next(within_s=1) for _ in range(5)]
    assert [each.status for each in told] == ["prepared", "prepared", "sent", "open", "paid"]
    history = await office.daemon.services.history.get(sent.exchange_id, client=CLIENT)
    assert history.exchange.status is ExchangeStatus.SETTLED
    assert office.received() == {sent.id: 1}
