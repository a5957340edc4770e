"""A month is invoiced to three unions, corrected, sent again, settled, and adds up to the cent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.claims import ActResult, Claim, ClaimKind
from bridge.domain.exchanges import ExchangeStatus, Mark
from bridge.domain.invoices import InvoiceBatch
from bridge.domain.keptsettlements import KeptSettlement
from bridge.domain.reconciliation import Balance
from bridge.errors import Conflict, Finding, NotFound, SessionRequired
from bridge.ports.invoices import InvoiceFilter, SettlementFilter
from bridge.ports.store import UnitOfWork
from bridge.service.invoiceoverview import InvoiceOverview
from bridge.service.settlementbook import SettlementView
from tests.support.daemon import CLIENT, running_daemon
from tests.support.invoicemonth import PRICE, TOO_MUCH, Practice

pytestmark = pytest.mark.timeout(60)
SENT, SETTLED, REFUSED = ExchangeStatus.SENT, ExchangeStatus.SETTLED, ExchangeStatus.REFUSED


@pytest.fixture
async def practice(tmp_path: Path) -> AsyncIterator[Practice]:
    async with running_daemon(tmp_path) as daemon:
        found = Practice(daemon)
        await found.begin()
        yield found


async def drafts(practice: Practice) -> tuple[InvoiceBatch, InvoiceBatch, InvoiceBatch]:
    """Give a clean batch, one with an act too dear, and one in which everything is too dear."""
    bert, anna, cleo = (practice.person(name) for name in ("Bert", "Anna", "Cleo"))
    return (
        await practice.draft(
            "100", practice.claim(bert, *(practice.injection(f"B{day}", day) for day in (1, 2)))
        ),
        await practice.draft(
            "300",
            practice.claim(
                anna,
                *(
                    practice.injection(f"A{day}", day, TOO_MUCH if day == 7 else PRICE)
                    for day in range(1, 21)
                ),
            ),
        ),
        await practice.draft(
            "500",
            practice.claim(cleo, *(practice.injection(f"C{day}", day, TOO_MUCH) for day in (1, 2))),
        ),
    )


async def settlements(practice: Practice, batch: InvoiceBatch) -> list[KeptSettlement]:
    return await practice.store.read(lambda unit: unit.settlements.of_batch(batch.id))


async def process(practice: Practice, batch: InvoiceBatch) -> SettlementView:
    """Work off the last answer about a batch."""
    last = (await settlements(practice, batch))[-1]
    return await practice.daemon.services.settlements.process(last.id, client=CLIENT)


async def correct(practice: Practice, batch: InvoiceBatch) -> None:
    """Ask the right price for every act of a draft."""

    def right(claim: Claim) -> Claim:
        lines = (replace(line, insurer_amount=PRICE) for line in claim.lines)
        return replace(claim, lines=tuple(lines))

    def work(unit: UnitOfWork) -> None:
        unit.claims.put([right(each) for each in unit.claims.page(batch.id)])

    await practice.store.write(work)


async def overview(practice: Practice) -> InvoiceOverview:
    return await practice.daemon.services.invoice_overview.overview(InvoiceFilter(), client=CLIENT)


async def test_a_month_for_three_unions_balances_to_the_cent(practice: Practice) -> None:
    clean, partly, fully = [await practice.send(each) for each in await drafts(practice)]
    assert [each.sending_number for each in (clean, partly, fully)] == [1, 2, 3]
    assert {each.status for each in (clean, partly, fully)} == {SENT}
    await practice.days_pass(6)
    states = [(await practice.now(each)).status for each in (clean, partly, fully)]
    assert states == [SETTLED, SETTLED, REFUSED]

    carried = await process(practice, partly)
    assert carried.kept.carried_to is not None
    again = await practice.daemon.services.invoice_follow_ups.repeat(fully.id, client=CLIENT)
    assert (again.resends_id, again.status) == (fully.id, ExchangeStatus.DRAFT)
    next_draft = replace(partly, id=carried.kept.carried_to)
    for draft in (again, next_draft):
        await correct(practice, draft)
        await practice.send(draft)
    await practice.days_pass(6)
    for sent in (again, next_draft):
        assert (await practice.now(sent)).status is SETTLED
        await process(practice, sent)
    assert [(await practice.now(each)).sending_number for each in (again, next_draft)] == [4, 5]

    found = await overview(practice)
    refused = 3 * TOO_MUCH
    paid = (2 + 20 + 2) * PRICE
    assert found.total == Balance(
        sent=paid + refused, accepted=paid, refused=refused, paid=paid, still_open=0
    )
    assert found.total.is_balanced
    assert {insurer: each.paid for insurer, each in found.by_insurer.items()} == {
        "100": 2 * PRICE,
        "300": 20 * PRICE,
        "500": 2 * PRICE,
    }


async def test_working_a_settlement_off_twice_changes_nothing(practice: Practice) -> None:
    _, partly, _ = await drafts(practice)
    await practice.send(partly)
    await practice.days_pass(6)
    first = await process(practice, partly)
    book = practice.daemon.services.settlements
    assert await book.process(first.kept.id, client=CLIENT) == first
    await book.mark(first.kept.id, Mark.UNPROCESSED, client=CLIENT)
    await book.process(first.kept.id, client=CLIENT)
    assert first.kept.carried_to is not None
    draft = replace(partly, id=first.kept.carried_to)
    (claim,) = await practice.claims(draft)
    assert [(line.reference, line.carried_from) for line in claim.lines] == [("A7/2", "A7")]
    archived = await book.mark(first.kept.id, Mark.ARCHIVED, client=CLIENT)
    assert archived.kept.archived_at is not None


async def test_event_streams_hear_what_working_off_and_repeating_changed(
    practice: Practice,
) -> None:
    clean, partly, fully = await drafts(practice)
    for batch in (partly, fully):
        await practice.send(batch)
    await practice.days_pass(6)
    listener = practice.daemon.services.events.subscribe(CLIENT.id, topics=frozenset({"invoices"}))
    processed = await process(practice, partly)
    again = await practice.daemon.services.invoice_follow_ups.repeat(fully.id, client=CLIENT)
    told = [await listener.next(within_s=0.01) for _ in range(6)]
    assert [each and (each.object_id, each.status) for each in told] == [
        (processed.kept.id, "settled"),
        (partly.id, "settled"),
        (processed.kept.carried_to, "draft"),
        (again.id, "draft"),
        (fully.id, "refused"),
        None,
    ]
    assert clean.id not in {each.object_id for each in told if each}
    listener.close()


async def test_an_invoice_shows_its_days_and_its_errors_at_their_zones(
    practice: Practice,
) -> None:
    _, partly, _ = await drafts(practice)
    await practice.send(partly)
    await practice.days_pass(6)
    book = practice.daemon.services.settlements
    views, total = await book.page(SettlementFilter(batch_id=partly.id), client=CLIENT, limit=10)
    assert [each.kept.settlement.answer.value for each in views] == ["920900", "920098"]
    assert total == 2
    (invoice,), count = await book.invoices(views[0].kept.id, client=CLIENT, limit=10)
    assert count == 1
    assert invoice.claim.paid_amount == 19 * PRICE
    assert [each.day.day for each in invoice.days if each.result.value == "refused"] == [7]
    error, *_ = invoice.errors
    assert {each.line_reference for each in invoice.errors} == {"A7"}
    assert (error.record, error.zone, error.letter, error.code) == ("50", "19", "R", "501940")
    assert (error.line_reference, bool(error.title), bool(error.kind)) == ("A7", True, True)
    payments = views[0].kept.settlement.mutualities
    assert [(each.mutuality, each.accepted, each.refused) for each in payments] == [
        ("300", 19 * PRICE, TOO_MUCH)
    ]
    assert payments[0].payment_reference
    assert (await book.get(views[0].kept.id, client=CLIENT)).kept == views[0].kept


async def test_a_paid_act_is_taken_back_and_invoiced_anew(practice: Practice) -> None:
    clean, *_ = await drafts(practice)
    await practice.send(clean)
    await practice.days_pass(6)
    (claim,) = await practice.claims(clean)
    follow_ups = practice.daemon.services.invoice_follow_ups
    taken = await follow_ups.take_back(
        claim.id, client=CLIENT, references=["B1"], is_invoiced_anew=True
    )
    note, anew = taken.claims
    assert (note.kind, note.insurer_amount) == (ClaimKind.CREDIT_NOTE, -PRICE)
    assert (anew.kind, anew.insurer_amount) == (ClaimKind.CORRECTION, PRICE)
    assert note.previous is not None
    assert (note.previous.sending_number, bool(note.previous.payment_reference)) == (1, True)
    with pytest.raises(Conflict) as caught:
        await follow_ups.take_back(claim.id, client=CLIENT, references=["B1"])
    assert caught.value.problem_code == "nothing_to_credit"


async def test_a_refused_batch_is_repeated_whole_and_once(practice: Practice) -> None:
    clean, _, fully = await drafts(practice)
    await practice.send(fully)
    await practice.days_pass(2)
    follow_ups = practice.daemon.services.invoice_follow_ups
    draft = await follow_ups.repeat(fully.id, client=CLIENT)
    (claim,) = await practice.claims(draft)
    assert [line.reference for line in claim.lines] == ["C1/2", "C2/2"]
    assert {line.result for line in claim.lines} == {ActResult.OPEN}
    for batch, code in ((fully, "correction_exists"), (clean, "state_not_allowed")):
        with pytest.raises(Conflict) as caught:
            await follow_ups.repeat(batch.id, client=CLIENT)
        assert caught.value.problem_code == code


# -- releasing -------------------------------------------------------------------------------------


async def test_a_batch_with_an_error_stays_a_draft(practice: Practice) -> None:
    clean, *_ = await drafts(practice)
    wrong = Finding(pointer="/claims/0/lines/0/code", code="act_code_unknown")
    practice.rules.said = [wrong, Finding(pointer="", code="act_too_old", is_warning=True)]
    with pytest.raises(Conflict) as caught:
        await practice.release(clean)
    assert (caught.value.problem_code, caught.value.findings) == ("not_submittable", (wrong,))
    assert await practice.now(clean) == clean


async def test_the_same_key_releases_once(practice: Practice) -> None:
    clean, *_ = await drafts(practice)
    first = await practice.release(clean)
    again = await practice.release(clean)
    assert (again.is_replay, again.operation.id) == (True, first.operation.id)
    with pytest.raises(Conflict) as caught:
        await practice.release(clean, key="another-key-0001")
    assert caught.value.problem_code == "already_sent"


async def test_the_same_content_twice_is_suspected(practice: Practice) -> None:
    clean, *_ = await drafts(practice)
    first = await practice.release(clean)
    twin, *_ = await drafts(practice)
    with pytest.raises(Conflict) as caught:
        await practice.release(twin)
    assert caught.value.problem_code == "duplicate_suspected"
    assert (await practice.now(twin)).sending_number is None
    accepted = await practice.release(twin, duplicate_of=first.batch.exchange_id)
    assert accepted.batch.sending_number == 2


async def test_without_a_session_a_batch_waits_only_when_it_may(practice: Practice) -> None:
    clean, *_ = await drafts(practice)
    sessions = practice.daemon.services.sessions
    for each in sessions.opened():
        sessions.end(each.id)
    with pytest.raises(SessionRequired):
        await practice.release(clean)
    held = await practice.release(clean, hold_for=timedelta(hours=1))
    assert held.batch.status is ExchangeStatus.TO_SEND


async def test_a_cancelled_release_keeps_its_number_for_the_same_batch(
    practice: Practice,
) -> None:
    clean, partly, _ = await drafts(practice)
    first = await practice.release(clean)
    await practice.daemon.services.operations.cancel(first.operation.id, client_id=CLIENT.id)
    other = await practice.release(partly)
    assert (await practice.now(clean)).is_changeable
    again = await practice.release(clean, key="another-key-0001")
    assert [each.batch.sending_number for each in (first, other, again)] == [1, 2, 1]
    numbers = [each.invoice_number for each in await practice.claims(clean)]
    assert numbers == ["202610000003"]


async def test_a_draft_that_is_removed_leaves_its_number_to_the_next_release(
    practice: Practice,
) -> None:
    clean, partly, fully = await drafts(practice)
    for each in (clean, partly):
        first = await practice.release(each)
        await practice.daemon.services.operations.cancel(first.operation.id, client_id=CLIENT.id)
    await practice.daemon.services.invoice_batches.remove(clean.id, client=CLIENT)
    others = [await practice.release(each, key=f"later-{each.id}") for each in (fully, partly)]
    assert [each.batch.sending_number for each in others] == [1, 2]


async def test_nobody_elses_batch_is_released(practice: Practice) -> None:
    clean, *_ = await drafts(practice)
    stranger = replace(clean, id="inv_nobody")
    with pytest.raises(NotFound):
        await practice.release(stranger)
