"""Invoices at a billing service, from the file to the last state: sent once, kept in step."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bridge.domain.audit import Action
from bridge.domain.billing import BillingState
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.operations import OperationStatus
from bridge.errors import Conflict, InputError
from bridge.ports.billing import BillingFilter
from tests.support import billing
from tests.support.daemon import CLIENT, TestDaemon, running_daemon

_FILE = "/pdf_base64"
_REF = "/payment_reference"
MANY = billing.pdf(1, pages=21)
LARGE = b"%PDF-" + bytes(5_000_000)
OTHER = billing.pdf(7)
CODE, DEAR = (billing.payment_code(1, amount) for amount in ("EUR120.01", "EUR999.99"))
FOREIGN = billing.payment_code(7, "EUR120.01")
DEARER = billing.pdf(1, text=DEAR)
DRAWN = {
    name: billing.pdf(1, text=text, codes=codes)
    for name, text, codes in (
        ("dearer", "", (DEAR,)),
        ("foreign", "", (FOREIGN,)),
        ("foreign beside the right one", billing.printed(billing.communication(1)), (FOREIGN,)),
        ("two that differ", "", (CODE, FOREIGN)),
    )
}


@dataclass
class Office:
    daemon: TestDaemon
    service_id: str
    folder: Path

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


def same_as(asked):
    """Give what makes an invoice the same one."""
    return {
        "patient": asked.patient,
        "amounts": asked.amounts,
        "references": asked.references,
        "pdf": asked.pdf,
    }


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with running_daemon(tmp_path) as daemon:
        asked = billing.wanted_account(daemon.world.billing)
        view = await daemon.services.billing_desk.create(asked)
        # Nothing leaves and nothing is asked by itself: each test takes its own turns.
        await daemon.services.billing_outbox.close()
        await daemon.services.billing_sync.close()
        yield Office(daemon, view.account.id, tmp_path)


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
    assert {each.object_id for each in told} == {sent.id}
    history = await office.daemon.services.history.get(sent.exchange_id, client=CLIENT)
    assert history.exchange.status is ExchangeStatus.SETTLED
    assert office.received() == {sent.id: 1}


async def test_the_same_key_and_the_same_invoice_are_sent_once(office):
    services = office.daemon.services.billing_invoices
    first = await office.send(1)
    asked = billing.wanted(office.service_id, 1)
    again = await services.send(asked, client=CLIENT, claim=billing.claim(1))
    assert (again.is_replay, again.invoice.id) == (True, first.id)
    with pytest.raises(Conflict) as caught:
        await office.send(
            2,
            **{name: getattr(asked, name) for name in ("patient", "amounts", "references", "pdf")},
        )
    assert caught.value.problem_code == "duplicate_suspected"
    assert caught.value.params == {"exchange_id": first.exchange_id}
    assert office.received() == {first.id: 1}
    confirmed = replace(asked, duplicate_of=first.exchange_id)
    accepted = await services.send(confirmed, client=CLIENT, claim=billing.claim(3))
    await office.daemon.services.billing_outbox.send_due()
    assert office.received() == {first.id: 1, accepted.invoice.id: 1}


async def test_a_lost_answer_is_asked_for_and_never_sent_again_by_itself(office):
    office.daemon.world.scenario.choose("billing_answer_lost")
    lost = await office.send(1)
    assert (lost.status, lost.state) == (ExchangeStatus.OUTCOME_UNKNOWN, BillingState.PREPARED)
    operation = await office.daemon.services.operations.get(lost.operation_id, client_id=CLIENT.id)
    assert operation.status is OperationStatus.OUTCOME_UNKNOWN
    for _ in range(3):
        assert await office.daemon.services.billing_outbox.send_due() == 0
    office.daemon.world.scenario.choose("normal")
    await office.pass_days(0)
    found = await office.now(lost.id)
    assert (found.status, found.state) == (ExchangeStatus.RECEIVED, BillingState.SENT)
    operation = await office.daemon.services.operations.get(lost.operation_id, client_id=CLIENT.id)
    assert operation.status is OperationStatus.SUCCEEDED
    assert office.received() == {lost.id: 1}


async def test_while_the_service_is_down_invoices_wait_and_then_go_once(office):
    scenario = office.daemon.world.scenario
    scenario.choose("billing_down")
    waiting = [await office.send(number) for number in (1, 2)]
    assert {each.status for each in waiting} == {ExchangeStatus.TO_SEND}
    assert office.received() == {}
    scenario.choose("normal")
    office.daemon.clock.advance(minutes=1)
    assert await office.daemon.services.billing_outbox.send_due() == 2
    assert office.received() == {each.id: 1 for each in waiting}
    history = await office.daemon.services.history.get(waiting[0].exchange_id, client=CLIENT)
    assert [each.code for each in history.exchange.send_status] == ["remote_unavailable"]


REFUSALS = (
    ("billing_not_accepted", "remote_refused", "not_accepted"),
    ("billing_busy", "remote_refused", "busy"),
    ("billing_access_revoked", "billing_access_refused", "invalid_client"),
)


async def test_a_refusal_is_an_error_that_a_person_sends_again(office):
    """Also *busy*: it says itself that the invoice was not taken (D28)."""
    services, scenario = office.daemon.services, office.daemon.world.scenario
    for number, (name, code, remote) in enumerate(REFUSALS, 1):
        scenario.choose(name)
        office.daemon.clock.advance(hours=1)  # the token is no longer good
        refused = await office.send(number)
        assert (refused.status, refused.problem_code) == (ExchangeStatus.ERROR, code)
        history = await services.history.get(refused.exchange_id, client=CLIENT)
        assert history.exchange.send_status[-1].remote_code == remote
        scenario.choose("normal")
        assert await services.billing_outbox.send_due() == 0
        await services.outbox.resend(refused.exchange_id, client=CLIENT)
        assert (await office.now(refused.id)).status is ExchangeStatus.TO_SEND
        await services.billing_outbox.send_due()
        assert (await office.now(refused.id)).status is ExchangeStatus.RECEIVED
        assert office.received()[refused.id] == 1


async def test_nonsense_after_the_first_byte_leaves_the_outcome_unknown(office):
    await office.send(1)
    office.daemon.world.scenario.choose("billing_garbage")
    second = await office.send(2)
    assert (second.status, second.problem_code) == (
        ExchangeStatus.OUTCOME_UNKNOWN,
        "remote_invalid_answer",
    )
    kept = await office.daemon.services.history.evidence(second.exchange_id, client=CLIENT)
    assert [each.kind for each in kept] == ["request", "answer"]
    assert kept[1].content == b"<html>oops</html>"


async def test_an_invoice_can_be_taken_back_before_it_left(office):
    services = office.daemon.services
    asked = billing.wanted(office.service_id)
    accepted = await services.billing_invoices.send(asked, client=CLIENT, claim=billing.claim())
    await services.operations.cancel(accepted.operation.id, client_id=CLIENT.id)
    taken_back = await office.now(accepted.invoice.id)
    assert (taken_back.status, taken_back.state) == (ExchangeStatus.DRAFT, BillingState.PREPARED)
    assert await services.billing_outbox.send_due() == 0
    assert office.received() == {}
    again = await office.send(2, **same_as(asked))
    assert office.received() == {again.id: 1}


async def test_switching_on_takes_in_everything_that_is_not_settled(office):
    desk = office.daemon.services.billing_desk
    view = await desk.get(office.service_id)
    off = billing.wanted_account(office.daemon.world.billing, is_synchronised=False)
    view = await desk.change(office.service_id, off, expected=view.account)
    sent = [await office.send(number) for number in range(1, 6)]
    assert not any(each.is_synchronised for each in sent)
    assert await office.pass_days(100) == 0
    assert {(await office.now(each.id)).state for each in sent} == {BillingState.SENT}
    on = billing.wanted_account(office.daemon.world.billing, client_secret=None)
    await desk.change(office.service_id, on, expected=view.account)
    await office.pass_days(0)
    now = [await office.now(each.id) for each in sent]
    assert all(each.is_synchronised for each in now)
    # Those paid meanwhile are not in the list of the unsettled: they are asked for one by one.
    assert billing.states_of(now) == ["paid", "paid", "paid", "open", "open"]
    assert office.asked("invoice") == [each.id for each in now[:3]]
    assert now[3].position.plan is not None
    assert now[3].position.plan.paid_count == 3
    later = await office.send(6)
    assert later.is_synchronised
    strays, count = await desk.strays(office.service_id, limit=10, after=None)
    assert (count, strays[0].service_ref, strays[0].raw_state) == (1, "S-ELSEWHERE", "open")


async def test_nothing_final_is_asked_for_and_a_loss_is_asked_daily(office):
    cancelled, lost = await office.send(1), await office.send(2)
    world = office.daemon.world
    await office.pass_days(2)
    assert world.billing.fate(cancelled.id) == "on_time"
    await office.pass_days(25)
    assert (await office.now(cancelled.id)).state is BillingState.PAID
    store = office.daemon.parts.store
    at_loss = await office.now(lost.id)
    stated = replace(
        at_loss,
        position=replace(at_loss.position, state=BillingState.LOSS),
        ask_at=office.daemon.clock.now(),
    )
    await store.write(lambda unit: unit.billing_invoices.put(stated))
    for _ in range(3):
        await office.pass_days(1)
    assert office.asked("invoice") == [lost.id] * 3
    assert (await office.now(lost.id)).state is BillingState.LOSS


def health_of(services):
    return [
        (each.status.value, each.code, each.about)
        for each in services.health.report()
        if each.name == "billing_service:answers"
    ]


async def test_an_outage_is_waited_out_and_everything_caught_up(office):
    sent = await office.send(1)
    services, scenario = office.daemon.services, office.daemon.world.scenario
    assert health_of(services) == []  # not asked yet
    assert await office.pass_days(0) == 1
    scenario.choose("billing_down")
    assert await office.pass_days(2) == 1
    assert services.billing_sync.standings() == {office.service_id: "remote_unavailable"}
    assert health_of(services) == [("warn", "remote_unavailable", office.service_id)]
    view = await services.billing_desk.get(office.service_id)
    assert (view.progress.failures, view.progress.problem_code) == (1, "remote_unavailable")
    assert await services.billing_sync.turn() == 0  # it is left alone for a while
    office.daemon.clock.advance(seconds=31)
    assert await services.billing_sync.turn() == 1
    scenario.choose("billing_busy")
    office.daemon.clock.advance(seconds=61)
    assert await services.billing_sync.turn() == 1
    office.daemon.clock.advance(seconds=119)
    assert await services.billing_sync.turn() == 0  # as long as it asked for
    scenario.choose("normal")
    await office.pass_days(28)
    assert services.billing_sync.standings() == {office.service_id: None}
    assert health_of(services) == [("pass", None, office.service_id)]
    now = await office.now(sent.id)
    assert billing.states_of(now.position.changes) == ["sent", "open", "paid"]


async def test_a_file_whose_drawn_code_says_what_is_stated_is_sent(office):
    drawn = billing.pdf(1, text="", codes=(CODE,))
    assert (await office.send(1, pdf=drawn)).state is BillingState.SENT


async def test_a_person_asks_now_also_about_what_is_settled(office):
    sent = await office.send(1)
    look = office.daemon.services.billing_look
    office.daemon.clock.advance(days=21)
    live = await look.live(sent.id, client=CLIENT)
    assert live.fetched_at == office.daemon.clock.now()
    assert (live.invoice.state, live.said.report.raw_state) == (BillingState.PAID, "paid")
    asked = len(office.asked("invoice"))
    await look.live(sent.id, client=CLIENT)
    assert len(office.asked("invoice")) == asked + 1


async def test_the_audit_log_says_that_it_left_and_never_about_whom(office):
    sent = await office.send(1)
    await office.daemon.services.audit.close()
    files = [each for each in (office.folder / "audit").rglob("*") if each.is_file()]
    lines = "".join(each.read_text("utf-8") for each in files)
    assert sent.exchange_id in lines
    assert Action.MESSAGE_SENT.value in lines
    assert billing.NISS not in lines
    assert "Pruikenmaker" not in lines


UNSENDABLE = (
    ({"pdf": b"%PDF-"}, _FILE, "billing_pdf_invalid"),
    ({"pdf": MANY}, _FILE, "billing_pdf_too_many_pages"),
    ({"pdf": LARGE}, _FILE, "billing_pdf_too_large"),
    ({"pdf": OTHER}, _REF, "billing_reference_differs"),
    ({"pdf": DEARER}, "/total_cents", "billing_code_amount_differs"),
    ({"pdf": DRAWN["dearer"]}, "/total_cents", "billing_code_amount_differs"),
    ({"pdf": DRAWN["foreign"]}, _REF, "billing_reference_differs"),
    ({"pdf": DRAWN["foreign beside the right one"]}, _REF, "billing_reference_differs"),
    ({"pdf": DRAWN["two that differ"]}, _REF, "billing_reference_differs"),
)


async def test_a_file_that_cannot_be_sent_is_refused_and_nothing_is_kept(office):
    for changes, pointer, code in UNSENDABLE:
        with pytest.raises(InputError) as caught:
            await office.send(1, **changes)
        assert [(each.pointer, each.code) for each in caught.value.findings] == [(pointer, code)]
    services = office.daemon.services.billing_invoices
    found, total = await services.page(BillingFilter(), client=CLIENT, limit=5, before_id=None)
    assert (found, total) == ([], 0)
    assert office.received() == {}
