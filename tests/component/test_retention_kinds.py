"""Every kind is kept for its own time and goes at its boundary day in Brussels (D23, GDPR-01)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace

import pytest

from bridge.domain.batches import BatchItem, BatchPurpose, InsurabilityBatch, ItemStatus
from bridge.domain.billing import BillingState
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.identifiers import Niss
from bridge.domain.insurability import CheckStatus
from bridge.domain.operations import OperationStatus
from bridge.domain.periods import BRUSSELS
from bridge.domain.retention import LEGAL_INVOICE_YEARS, KeptKind, RetentionSettings
from bridge.domain.worklists import WorkList, WorkRow
from bridge.errors import InputError
from bridge.service.retention import AT_ONCE, RetentionService
from bridge.settings import Settings
from tests.support import billing, care, invoices, stores
from tests.support.fakes import FixedClock

NOW = care.NOW
HER = care.PATIENT.niss.digits
USUAL_END = datetime.combine(date(2027, 12, 24), time(), tzinfo=BRUSSELS)
"""Thirteen months after what happened on 23 November 2026, and that day is over too."""

DONE = {"processed_at": NOW}


class Audit(list):
    def record(self, action, **facts):
        self.append((action, facts))


@dataclass
class Office:
    store: object
    clock: FixedClock
    audit: Audit
    expired: list

    def service(self, **settings):
        async def expire():
            self.expired.append(self.clock.now())

        parts = SimpleNamespace(store=self.store, clock=self.clock, audit=self.audit)
        return RetentionService(
            parts,
            settings=RetentionSettings(**settings),
            daily=(expire,),
        )

    async def at(self, moment, **settings):
        """Let what is due at a moment go; gives how many of each kind went."""
        self.clock.advance(seconds=(moment - self.clock.now()).total_seconds())
        return await self.service(**settings).expire()

    async def counts(self):
        found = await self.service().held()
        return {each.kind: each.count for each in found if each.count}


@pytest.fixture
async def office(tmp_path):
    stores.new_database(tmp_path)
    async with stores.opened(tmp_path) as store:
        yield Office(store, FixedClock(NOW), Audit(), [])


def operation(unit, number, *, is_over=True):
    status = OperationStatus.SUCCEEDED if is_over else OperationStatus.RUNNING
    unit.operations.add(stores.operation(number, status=status, created_at=NOW, updated_at=NOW))


def checks(unit):
    for number, status in enumerate((CheckStatus.ACCEPTED, CheckStatus.OUTCOME_UNKNOWN), 1):
        operation(unit, number)
        check = stores.check(number, status=status, created_at=NOW, updated_at=NOW)
        unit.checks.add(check, client_id="a")
        unit.evidence.add(stores.evidence(number, subject_id=check.id))


def lists(unit):
    for number, marks in enumerate((DONE, {}), 1):
        operation(unit, number)
        name = f"bat_{number}"
        message = care.message(
            number, service="memberdata", kind="insurability_batch", subject_id=name, **marks
        )
        batch = InsurabilityBatch(
            id=name, client_id="a", registration_id="reg_1", patients=1, month=None,
            operation_id=stores.operation(number).id, purpose=BatchPurpose.NEW_PATIENTS,
            created_at=NOW, updated_at=NOW,
        )  # fmt: skip
        item = BatchItem(
            id=f"itm_{number}", batch_id=name, position=0, status=ItemStatus.ACCEPTED,
            exchange_id=message.id,
        )  # fmt: skip
        unit.batches.add(batch, [item])
        unit.exchanges.add(message)


def requests(unit):
    for number, marks in enumerate((DONE, {}), 1):
        unit.exchanges.add(care.message(number, **marks))
        unit.declarations.put(
            care.sent(number, status=ExchangeStatus.REFUSED, has_own_answer=True, **marks)
        )


def updates(unit):
    for number, marks in enumerate((DONE, {}), 1):
        unit.care_updates.put(care.descoring(number, **marks))


def agreements(unit):
    unit.agreements.put(care.agreement(1))
    unit.agreements.put(care.agreement(2, end_on=None))


def messages(unit):
    unit.exchanges.add(care.message(1, kind="unsolicited", **DONE))
    unit.exchanges.add(care.message(2, kind="unsolicited"))


def invoice_batches(unit):
    for number, marks in enumerate((DONE, {}, DONE), 1):
        unit.exchanges.add(care.message(number, service="invoicing", kind="invoice_batch", **marks))
        batch = invoices.sent(number, status=ExchangeStatus.SETTLED, has_own_answer=True, **marks)
        unit.invoice_batches.put(batch)
        unit.claims.put([invoices.claim(number, batch_id=batch.id)])
        is_open = number == 3
        unit.settlements.put(
            invoices.settlement(number, batch_id=batch.id, **({} if is_open else marks))
        )


def invoice_messages(unit):
    unit.exchanges.add(care.message(1, service="invoicing", kind="unsolicited", **DONE))
    unit.exchanges.add(care.message(2, service="invoicing", kind="unsolicited"))


def billing_invoices(unit):
    settled = {"status": ExchangeStatus.SETTLED, "answered_at": NOW}
    billing.keep(unit, 1, BillingState.PAID, **settled, **DONE)
    billing.keep(unit, 2, BillingState.PAID, **settled)
    billing.keep(unit, 3, BillingState.LOSS, **settled, **DONE)


def readings(unit):
    unit.readings.add(stores.reading(read_at=NOW))


def work_rows(unit):
    for number, billed_at in enumerate((NOW, None), 1):
        row = WorkRow(
            id=f"wrk_{number}", list=WorkList.BILLING_MONTH, client_id="a", month="2026-11",
            client_ref=str(number), practice_id="prc_1", registration_id="reg_1", given={},
            created_at=NOW, updated_at=NOW, billed_at=billed_at,
        )  # fmt: skip
        unit.work_lists.put(row)


def insurers(unit):
    unit.known_insurers.learn(Niss(stores.NISS), "300", at=NOW)


def operations(unit):
    operation(unit, 1)
    operation(unit, 2, is_over=False)
    unit.idempotency_keys.add(stores.remembered(operation_id=stores.operation(1).id))


KINDS = {
    KeptKind.INSURABILITY_CHECKS: (checks, 1),
    KeptKind.INSURABILITY_MESSAGES: (lists, 1),
    KeptKind.CARE_REQUESTS: (requests, 1),
    KeptKind.CARE_UPDATES: (updates, 1),
    KeptKind.CARE_AGREEMENTS: (agreements, 1),
    KeptKind.CARE_MESSAGES: (messages, 1),
    KeptKind.INVOICE_BATCHES: (invoice_batches, 2),
    KeptKind.INVOICE_MESSAGES: (invoice_messages, 1),
    KeptKind.BILLING_INVOICES: (billing_invoices, 2),
    KeptKind.CARD_READINGS: (readings, 0),
    KeptKind.WORK_LIST_ROWS: (work_rows, 1),
    KeptKind.KNOWN_INSURERS: (insurers, 0),
    KeptKind.OPERATIONS: (operations, 1),
}
"""Each kind: what puts one that is over beside those that are not, and how many are not."""

ENDS = dict.fromkeys(KINDS, USUAL_END) | {
    KeptKind.CARE_AGREEMENTS: datetime(2028, 3, 20, tzinfo=BRUSSELS),
    KeptKind.INVOICE_BATCHES: datetime(2037, 1, 1, tzinfo=BRUSSELS),
    KeptKind.INVOICE_MESSAGES: datetime(2037, 1, 1, tzinfo=BRUSSELS),
    KeptKind.BILLING_INVOICES: datetime(2037, 1, 1, tzinfo=BRUSSELS),
}


@pytest.mark.parametrize("kind", KeptKind, ids=lambda kind: kind.value)
async def test_gdpr_01_what_is_over_goes_at_its_boundary_day_and_the_rest_stays(kind, office):
    fill, left = KINDS[kind]
    await office.store.write(fill)
    end = ENDS[kind]
    assert (await office.at(end - timedelta(seconds=1))).get(kind) is None
    assert (await office.counts())[kind] == left + 1
    assert (await office.at(end))[kind] == 1
    assert (await office.counts()).get(kind, 0) == left
    assert (await office.at(end + timedelta(days=9000))).get(kind) is None
    told = [each["object_id"] for _, each in office.audit]
    assert len(told) == len(set(told)) >= 1
    assert not any(stores.NISS in name or HER in name for name in told)


async def test_gdpr_01_an_invoice_goes_with_everything_of_it(office):
    await office.store.write(invoice_batches)
    gone = invoices.sent(1)
    await office.store.write(
        lambda unit: unit.evidence.add(stores.evidence(subject_id=gone.exchange_id))
    )
    await office.at(ENDS[KeptKind.INVOICE_BATCHES])

    def work(unit):
        return (
            unit.claims.page(gone.id), unit.settlements.of_batch(gone.id),
            unit.exchanges.get(gone.exchange_id), unit.evidence.of_subject(gone.exchange_id),
            len(unit.claims.page(invoices.sent(2).id)),
        )  # fmt: skip

    assert await office.store.read(work) == ([], [], None, [], 1)


async def test_an_answer_of_a_later_year_lengthens_the_duty(office):
    def fill(unit):
        later = NOW.replace(year=2028)
        message = care.message(service="invoicing", kind="invoice_batch", answered_at=later, **DONE)
        unit.exchanges.add(message)
        unit.invoice_batches.put(invoices.sent(status=ExchangeStatus.SETTLED, **DONE))

    await office.store.write(fill)
    assert await office.at(datetime(2038, 12, 31, 23, 59, tzinfo=BRUSSELS)) == {}
    gone = await office.at(datetime(2039, 1, 1, tzinfo=BRUSSELS))
    assert gone == {KeptKind.INVOICE_BATCHES: 1}


async def test_a_request_stays_as_long_as_its_agreement_stands_on_the_register(office):
    def fill(unit):
        requests(unit)
        unit.agreements.put(care.agreement(declaration_id=care.sent(1).id))

    await office.store.write(fill)
    assert await office.at(USUAL_END) == {}
    assert (await office.at(ENDS[KeptKind.CARE_AGREEMENTS]))[KeptKind.CARE_AGREEMENTS] == 1
    assert (await office.at(ENDS[KeptKind.CARE_AGREEMENTS]))[KeptKind.CARE_REQUESTS] == 1


async def test_a_message_stays_as_long_as_one_of_its_requests(office):
    def fill(unit):
        requests(unit)
        unit.declarations.put(
            care.sent(3, exchange_id=care.message(1).id, status=ExchangeStatus.REFUSED)
        )

    await office.store.write(fill)
    assert await office.at(USUAL_END) == {KeptKind.CARE_REQUESTS: 1}
    await office.store.write(lambda unit: unit.declarations.put(replace(
        unit.declarations.get(care.sent(3).id, client_id=None), processed_at=NOW
    )))  # fmt: skip
    gone = await office.at(USUAL_END)
    assert gone == {KeptKind.CARE_REQUESTS: 1, KeptKind.CARE_MESSAGES: 1}


async def test_a_mark_taken_back_between_looking_and_removing_keeps_the_row(office):
    await office.store.write(updates)
    later = NOW + timedelta(days=999)

    def due(unit):
        return unit.keeping.due(KeptKind.CARE_UPDATES, before=later, limit=AT_ONCE)

    names = await office.store.read(due)
    await office.store.write(lambda unit: unit.care_updates.put(care.descoring(1)))
    gone = await office.store.write(
        lambda unit: unit.keeping.remove(KeptKind.CARE_UPDATES, names, before=later)
    )
    assert (len(names), gone) == (1, [])
    assert (await office.counts())[KeptKind.CARE_UPDATES] == 2


async def test_each_setting_moves_its_own_kinds_only(office):
    def fill(unit):
        for put in (updates, readings, insurers):
            put(unit)

    await office.store.write(fill)
    day = datetime(2026, 12, 24, tzinfo=BRUSSELS)
    assert await office.at(day, readings_months=1) == {KeptKind.CARD_READINGS: 1}
    assert await office.at(day, care_months=1) == {KeptKind.CARE_UPDATES: 1}
    assert await office.at(day, requests_months=1) == {KeptKind.KNOWN_INSURERS: 1}
    assert len(office.expired) == 3


async def test_what_is_held_has_its_oldest_day_and_names_nobody(office):
    def fill(unit):
        for put in (checks, updates, readings, insurers):
            put(unit)

    await office.store.write(fill)
    found = {each.kind: each for each in await office.service().held()}
    assert set(found) == set(KeptKind)
    assert found[KeptKind.CARE_UPDATES].oldest_at == NOW
    assert found[KeptKind.INVOICE_BATCHES].oldest_at is None
    assert stores.NISS not in repr(found)


async def test_more_than_one_transaction_holds_go_in_several(office):
    def fill(unit):
        for number in range(7):
            batch = invoices.sent(number, exchange_id=None, status=ExchangeStatus.SETTLED, **DONE)
            unit.invoice_batches.put(batch)

    await office.store.write(fill)
    gone = await office.at(ENDS[KeptKind.INVOICE_BATCHES])
    assert gone == {KeptKind.INVOICE_BATCHES: 7}


async def test_it_ends_while_it_waits_for_the_next_day(office):
    looked = asyncio.Event()

    async def expire():
        looked.set()

    parts = SimpleNamespace(store=office.store, clock=office.clock, audit=office.audit)
    service = RetentionService(parts, settings=RetentionSettings(), daily=(expire,))
    service.start()
    await looked.wait()
    await service.close()
    assert office.audit == []


def settings_file(folder, text):
    path = folder / "carebridge.toml"
    path.write_text(f"[retention]\n{text}\n", "utf-8")
    return path


def test_less_than_the_law_asks_is_refused_by_name(tmp_path):
    with pytest.raises(InputError) as caught:
        Settings.load(settings_file(tmp_path, f"invoices_years = {LEGAL_INVOICE_YEARS - 1}"))
    assert caught.value.problem_code == "retention_too_short"
    assert caught.value.params == {"setting": "retention.invoices_years", "least": 10}


def test_settings_reach_the_service(tmp_path):
    text = "invoices_years = 12\ncare_months = 24"
    periods = Settings.load(settings_file(tmp_path, text)).retention.periods
    assert periods == RetentionSettings(invoices_years=12, care_months=24)
