"""Invoices at billing services: kept as the law asks, given to their patient, erased (D23)."""

from __future__ import annotations

from datetime import date, datetime, time
from types import SimpleNamespace

import pytest

from bridge.adapters.reportfiles import FileReportWriter
from bridge.domain.billing import BillingState
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.identifiers import Niss
from bridge.domain.periods import BRUSSELS
from bridge.domain.retention import KeptKind, RetentionSettings
from bridge.errors import Conflict
from bridge.service.patientdata import PatientDataService
from bridge.service.retention import RetentionService
from tests.support import billing, stores
from tests.support.fakes import CountingIds, FixedClock

HER = Niss(billing.NISS)
NOW = billing.NOW


@pytest.fixture
async def store(tmp_path):
    stores.new_database(tmp_path)
    async with stores.opened(tmp_path) as opened:
        yield opened


def parts(store, clock):
    audit = SimpleNamespace(record=lambda *_, **__: None, forget=lambda _: None)
    return SimpleNamespace(store=store, clock=clock, ids=CountingIds(), audit=audit)


async def test_settled_invoices_go_ten_years_after_theirs_and_open_ones_never(store):
    done = {"status": ExchangeStatus.SETTLED, "processed_at": NOW, "answered_at": NOW}

    def fill(unit):
        billing.keep(unit, 1, BillingState.PAID, **done)
        billing.keep(unit, 2, BillingState.LOSS, **(done | {"status": ExchangeStatus.SETTLED}))
        billing.keep(unit, 3, BillingState.PAID, **(done | {"processed_at": None}))

    await store.write(fill)
    clock = FixedClock(datetime.combine(date(2036, 12, 31), time(12), tzinfo=BRUSSELS))
    service = RetentionService(parts(store, clock), settings=RetentionSettings())
    assert await service.expire() == {}
    clock.advance(days=1)
    assert await service.expire() == {KeptKind.BILLING_INVOICES: 1}
    held = {each.kind: each.count for each in await service.held()}
    assert (held[KeptKind.BILLING_INVOICES], held[KeptKind.CARE_MESSAGES]) == (2, 0)

    def left(unit):
        gone = billing.invoice(1)
        return (
            unit.exchanges.get(gone.exchange_id),
            unit.evidence.of_subject(gone.exchange_id),
            unit.operations.get(gone.operation_id),
        )

    assert await store.read(left) == (None, [], None)


async def test_gdpr_02_a_patient_gets_her_invoices_and_they_go_unless_a_duty_runs(store):
    def fill(unit):
        billing.keep(unit, 1, BillingState.PREPARED, status=ExchangeStatus.DRAFT)
        billing.keep(unit, 2, BillingState.OPEN, status=ExchangeStatus.ACCEPTED)

    await store.write(fill)
    found = await store.read(lambda unit: unit.patients.gather(HER))
    assert [each["id"] for each in found.rows["billing_invoices"]] == [billing.invoice(1).id]
    assert len(found.evidence) == 1
    service = PatientDataService(parts(store, FixedClock(NOW)), writer=FileReportWriter())
    await service.erase(HER)

    def left(unit):
        gone, other = billing.invoice(1), billing.invoice(2)
        ids = (gone.id, other.id)
        invoices = [unit.billing_invoices.get(each, client_id=None) for each in ids]
        return [each is not None for each in invoices], unit.exchanges.get(gone.exchange_id)

    assert await store.read(left) == ([False, True], None)


async def test_sec_163_what_the_service_has_is_kept_as_long_as_the_law_asks(store):
    await store.write(
        lambda unit: billing.keep(unit, 1, BillingState.OPEN, status=ExchangeStatus.ACCEPTED)
    )
    service = PatientDataService(parts(store, FixedClock(NOW)), writer=FileReportWriter())
    with pytest.raises(Conflict) as caught:
        await service.erase(HER)
    assert caught.value.problem_code == "retention_required"
