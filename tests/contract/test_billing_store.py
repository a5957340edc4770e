"""Billing services and their invoices in the database (ports ``BillingAccounts`` and others)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.billing import BillingFinding, BillingPosition, BillingState
from bridge.domain.billingservices import StrayInvoice, SyncProgress
from bridge.ports.billing import BillingFilter
from tests.support import billing, stores

ALL = BillingFilter()


def standing(state, **changes):
    return BillingPosition(state=state, **changes)


INVOICES = (
    billing.invoice(1, position=standing(BillingState.OPEN)),
    billing.invoice(2, position=standing(BillingState.PAID, paid=12_002), client_id="other"),
    billing.invoice(3, position=standing(BillingState.LOSS), ask_at=billing.NOW),
    billing.invoice(
        4,
        service_id="bsv_2",
        position=standing(
            BillingState.OPEN,
            findings=(BillingFinding(at=billing.NOW, code="c", state=BillingState.OPEN),),
        ),
        is_synchronised=False,
        ask_at=billing.NOW + timedelta(days=1),
    ),
)


@pytest.fixture
async def store(tmp_path):
    stores.new_database(tmp_path)
    async with stores.opened(tmp_path) as opened:

        def fill(unit):
            unit.billing_accounts.put(billing.account())
            for each in INVOICES:
                unit.billing_invoices.put(each)

        await opened.write(fill)
        yield opened


async def test_an_invoice_comes_back_as_it_went(store):
    found = await store.read(lambda unit: unit.billing_invoices.get(INVOICES[0].id, client_id=None))
    assert found == INVOICES[0]
    changed = replace(found, service_ref="S-9", position=standing(BillingState.REMINDED))
    await store.write(lambda unit: unit.billing_invoices.put(changed))
    again = await store.read(lambda unit: unit.billing_invoices.get(found.id, client_id="test"))
    assert again == changed


async def test_an_invoice_of_another_caller_is_not_found(store):
    def work(unit):
        invoices = unit.billing_invoices
        return invoices.get(INVOICES[1].id, client_id="test"), invoices.of_operation("op_x")

    assert await store.read(work) == (None, None)


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        pytest.param(ALL, [4, 3, 2, 1], id="all, newest first"),
        pytest.param(BillingFilter(client_id="test"), [4, 3, 1], id="a caller's"),
        pytest.param(BillingFilter(state=("open", "paid")), [4, 2, 1], id="states"),
        pytest.param(BillingFilter(service_id=("bsv_2",)), [4], id="a service"),
        pytest.param(BillingFilter(treatment_ref="treatment-1"), [2, 1], id="a treatment"),
        pytest.param(BillingFilter(patient_ref="patient-3"), [3], id="a patient"),
        pytest.param(BillingFilter(is_synchronised=False), [4], id="not kept in step"),
        pytest.param(BillingFilter(has_findings=True), [4], id="with findings"),
        pytest.param(BillingFilter(has_findings=False, state=("open",)), [1], id="both"),
    ],
)
async def test_filters(store, wanted, numbers):
    found, total = await store.read(
        lambda unit: unit.billing_invoices.page(wanted, limit=10, before_id=None)
    )
    assert [each.id for each in found] == [billing.invoice(number).id for number in numbers]
    assert total == len(numbers)


async def test_a_page_goes_on_where_the_one_before_ended(store):
    found, total = await store.read(
        lambda unit: unit.billing_invoices.page(ALL, limit=2, before_id=INVOICES[3].id)
    )
    assert ([each.id for each in found], total) == ([INVOICES[2].id, INVOICES[1].id], 4)


async def test_sums_have_every_state(store):
    totals = await store.read(lambda unit: unit.billing_invoices.totals(ALL))
    assert [each.state for each in totals] == list(BillingState)
    shown = {each.state.value: (each.count, each.amount, each.paid) for each in totals}
    assert shown["open"] == (2, 12_001 + 12_004, 0)
    assert shown["paid"] == (1, 12_002, 12_002)
    assert shown["cancelled"] == (0, 0, 0)


async def test_reports_find_their_invoice_by_our_reference_or_the_services(store):
    reports = [
        billing.report(BillingState.OPEN, service_ref="S-X", reference=INVOICES[0].id),
        billing.report(BillingState.OPEN, service_ref="S-0000003"),
        billing.report(BillingState.OPEN, service_ref="S-0000004"),  # of another service
        billing.report(BillingState.OPEN, service_ref="S-UNKNOWN", reference="bin_unknown"),
    ]
    found = await store.read(lambda unit: unit.billing_invoices.reported("bsv_1", reports))
    assert {ref: each.id for ref, each in found.items()} == {
        "S-X": INVOICES[0].id,
        "S-0000003": INVOICES[2].id,
    }


async def test_only_what_is_due_is_to_be_asked_for(store):
    def due(service_id, at):
        return lambda unit: [
            each.id for each in unit.billing_invoices.to_ask(service_id, now=at, limit=5)
        ]

    assert await store.read(due("bsv_1", billing.NOW - timedelta(seconds=1))) == []
    assert await store.read(due("bsv_1", billing.NOW)) == [INVOICES[2].id]
    assert await store.read(due("bsv_2", billing.NOW)) == []


@pytest.mark.parametrize("is_synchronised", [True, False])
async def test_a_switch_touches_what_is_not_settled_and_nothing_else(store, is_synchronised):
    later = billing.NOW + timedelta(hours=1)

    def work(unit):
        invoices = unit.billing_invoices
        invoices.switch("bsv_2", is_synchronised=is_synchronised, at=later)
        invoices.switch("bsv_1", is_synchronised=is_synchronised, at=later)
        return [invoices.get(each.id, client_id=None) for each in INVOICES]

    now = await store.write(work)
    assert now[1] == INVOICES[1]
    for after, before in zip(now, INVOICES, strict=True):
        if before is not INVOICES[1]:
            ask_at = before.ask_at if is_synchronised else None
            assert after == replace(
                before, is_synchronised=is_synchronised, updated_at=later, ask_at=ask_at
            )
    wanted = BillingFilter(is_synchronised=is_synchronised)
    _, total = await store.read(lambda u: u.billing_invoices.page(wanted, limit=1, before_id=None))
    assert total == (4 if is_synchronised else 3)


async def test_everything_the_service_has_can_be_asked_for_at_once(store):
    later = billing.NOW + timedelta(hours=1)

    def work(unit):
        invoices = unit.billing_invoices
        invoices.put(billing.invoice(5, position=standing(BillingState.PREPARED)))
        invoices.ask_all("bsv_1", at=later)
        return invoices.to_ask("bsv_1", now=later, limit=9)

    due = await store.write(work)
    assert [each.id for each in due] == [INVOICES[0].id, INVOICES[2].id]
    assert due[0] == replace(INVOICES[0], ask_at=later)


async def test_invoices_and_patients_are_listed(store):
    def work(unit):
        invoices = unit.billing_invoices
        first = invoices.patients(ALL, limit=2, after=None)
        rest = invoices.patients(ALL, limit=9, after=first[0][-1])
        of = invoices.of_patients(ALL, ["patient-2", "patient-4"])
        return invoices.count("bsv_1"), first, rest, of

    count, first, rest, of = await store.read(work)
    assert count == 3
    assert first == (["patient-1", "patient-2"], 4)
    assert rest == (["patient-3", "patient-4"], 4)
    assert [each.id for each in of] == [INVOICES[1].id, INVOICES[3].id]


async def test_progress_survives_changes_of_the_account_and_goes_with_it(store):
    progress = SyncProgress(cursor="c", requests=3, last_run_at=billing.NOW)
    stray = StrayInvoice(
        service_id="bsv_1", service_ref="S-E", raw_state="open", raw="{}", seen_at=billing.NOW
    )

    def work(unit):
        accounts = unit.billing_accounts
        accounts.advance("bsv_1", progress)
        accounts.put(billing.account(name="Other"))
        accounts.stray(stray)
        accounts.stray(replace(stray, raw_state="paid"))
        return accounts.progress("bsv_1"), accounts.strays("bsv_1", limit=5, after=None)

    assert await store.write(work) == (progress, ([replace(stray, raw_state="paid")], 1))

    def gone(unit):
        accounts = unit.billing_accounts
        accounts.remove("bsv_1")
        return accounts.all(), accounts.strays("bsv_1", limit=5, after=None)

    assert await store.write(gone) == ([], ([], 0))
