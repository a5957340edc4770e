"""Answers of insurers, as they come in, settle acts and move batches and messages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.adapters.db.store import SqlStore
from bridge.domain.claims import ActResult, Claim
from bridge.domain.exchanges import Exchange, ExchangeStatus, Mark, ReceivedResponse, ResponseKind
from bridge.domain.identifiers import Niss
from bridge.domain.insurability import InsurabilityQuestion
from bridge.domain.invoices import InvoiceBatch, RefusalKind
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.keptsettlements import KeptSettlement
from bridge.domain.operations import OperationKind, OperationStatus
from bridge.domain.worklists import WorkList, WorkRow
from bridge.ports.store import UnitOfWork
from bridge.service.events import EventBook
from bridge.service.exchangekinds import Owner, Verdict
from bridge.service.invoiceanswers import InvoiceAnswers, drafted
from bridge.service.operations import OperationBook
from tests.support import care, stores
from tests.support import efact_answers as wire
from tests.support import invoicereplies as replies
from tests.support.efact import FIRST_PATIENT
from tests.support.efact_answers import echo
from tests.support.fakes import CountingIds, FixedClock

OPEN, PAID, REJECTED = ActResult.OPEN, ActResult.PAID, ActResult.REJECTED
MANUAL = ExchangeStatus.MANUAL_ACTION_REQUIRED


class Desk:
    """A store with a batch that was sent, and who reads its answers."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.clock = FixedClock(care.NOW + timedelta(hours=2))
        ids = CountingIds()
        self.events = EventBook(clock=self.clock, ids=ids)
        self.operations = OperationBook(store=store, clock=self.clock, ids=ids)
        self.answers = InvoiceAnswers(
            store=store,
            clock=self.clock,
            ids=ids,
            operations=self.operations,
            settings=InvoiceSettings(),
            events=self.events,
        )
        self._number = 0

    async def put(self, batch: InvoiceBatch | None = None, **message: Any) -> None:
        def work(unit: UnitOfWork) -> None:
            unit.exchanges.add(replies.message(**message))
            unit.invoice_batches.put(batch or replies.batch())
            unit.claims.put(replies.claims())

        await self.store.write(work)

    async def take(
        self, content: bytes, *, exchange: Exchange | None = None, number: int | None = None
    ) -> Verdict:
        """Take over a delivery as the engine does, the message included."""
        self._number += 1
        self.clock.advance(minutes=1)
        response = received(number or self._number)

        def work(unit: UnitOfWork) -> Verdict:
            about = exchange or unit.exchanges.get(replies.message().id)
            assert about is not None
            if unit.exchanges.get(about.id) is None:
                unit.exchanges.add(about)
            return self.answers.read(unit, about, response, content)

        return await self.store.write(work)

    async def batch(self) -> InvoiceBatch:
        found = await self.store.read(
            lambda unit: unit.invoice_batches.get(replies.batch().id, client_id=None)
        )
        assert found is not None
        return found

    async def claims(self) -> list[Claim]:
        return await self.store.read(lambda unit: unit.claims.page(replies.batch().id))

    async def settlements(self) -> list[KeptSettlement]:
        return await self.store.read(lambda unit: unit.settlements.of_batch(replies.batch().id))

    async def results(self) -> list[ActResult]:
        return [line.result for claim in await self.claims() for line in claim.lines]


def received(number: int = 1) -> ReceivedResponse:
    return ReceivedResponse(
        id=f"rsp_{number}",
        exchange_id=replies.message().id,
        registration_id="reg_1",
        service="invoicing",
        kind=ResponseKind.MESSAGE,
        message_name="HCPFAC",
        identity=f"reference:{number}",
        content_digest=f"d{number}",
        received_at=care.NOW,
    )


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with stores.opened(tmp_path) as store:
        found = Desk(store)
        await found.put()
        yield found


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Desk]:
    async with stores.opened(tmp_path) as store:
        yield Desk(store)


async def test_a_receipt_decides_nothing_and_leaves_the_state_to_its_message(desk: Desk) -> None:
    verdict = await desk.take(wire.receipt())
    assert verdict == Verdict(status=None)
    batch = await desk.batch()
    assert (batch.decisions, batch.has_own_answer) == ((), False)
    assert await desk.settlements() == []


@pytest.mark.parametrize(
    ("content", "status", "kind"),
    [
        (replies.accepted(), ExchangeStatus.ACCEPTED, None),
        (
            replies.accepted(echo(replies.ACT, "R500423")),
            ExchangeStatus.PARTIALLY_ACCEPTED,
            None,
        ),
        (replies.accepted(echo(replies.ACT, "S500423")), ExchangeStatus.ACCEPTED, None),
        (replies.file_refused(), ExchangeStatus.REFUSED, RefusalKind.FILE),
        (replies.message_refused(), ExchangeStatus.REFUSED, RefusalKind.MESSAGE),
        (replies.settled(), ExchangeStatus.SETTLED, None),
    ],
    ids=["accepted", "partly", "remark", "file refused", "message refused", "settled"],
)
async def test_the_name_of_an_answer_decides(
    desk: Desk, content: bytes, status: ExchangeStatus, kind: RefusalKind | None
) -> None:
    assert (await desk.take(content)).status is status
    batch = await desk.batch()
    assert (batch.status, batch.refusal_kind, batch.has_own_answer) == (status, kind, True)
    (kept,) = await desk.settlements()
    assert (kept.batch_id, kept.insurer, kept.client_id) == (batch.id, "100", batch.client_id)
    assert kept.applied_at == desk.clock.now()


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (replies.accepted(percentage="01666"), ExchangeStatus.ACCEPTED),
        (replies.file_refused(kind="02", percentage="01666"), ExchangeStatus.REFUSED),
        (replies.accepted(percentage="09999"), ExchangeStatus.ACCEPTED),
    ],
    ids=["accepted at 16.66", "refused at 16.66", "accepted at 99.99"],
)
async def test_the_percentage_is_shown_and_never_decides(
    desk: Desk, content: bytes, status: ExchangeStatus
) -> None:
    assert (await desk.take(content)).status is status
    (kept,) = await desk.settlements()
    assert kept.error_percentage in {1666, 9999}
    decision = (await desk.batch()).decision
    assert decision is not None
    assert decision.error_percentage == kept.error_percentage


async def test_a_settlement_pays_to_the_cent(desk: Desk) -> None:
    await desk.take(replies.one_toilet_refused())
    assert await desk.results() == [REJECTED, PAID, PAID, PAID, PAID]
    first, second = await desk.claims()
    assert (first.paid_amount, second.paid_amount) == (replies.TOILET, replies.LUMP_SUM)
    (kept,) = await desk.settlements()
    assert (kept.findings, kept.settlement.accepted) == ((), replies.TOILET + replies.LUMP_SUM)
    assert (await desk.batch()).settled_at == desk.clock.now()


async def test_totals_that_do_not_fit_are_findings(desk: Desk) -> None:
    await desk.take(replies.settled(first=replies.TOILET))
    (kept,) = await desk.settlements()
    assert [(each.code, each.mutuality) for each in kept.findings] == [
        ("settlement_total_differs", "129")
    ]


async def test_errors_before_the_settlement_are_noted_and_refuse_nothing(desk: Desk) -> None:
    await desk.take(replies.accepted(echo(replies.ACT, "R500423")))
    assert set(await desk.results()) == {OPEN}
    assert (await desk.claims())[0].lines[0].reasons[0].code == "500423"


async def test_a_refused_file_rejects_every_act(desk: Desk) -> None:
    await desk.take(replies.file_refused())
    assert set(await desk.results()) == {REJECTED}


async def test_one_wrong_record_rejects_the_whole_day_of_a_lump_sum(desk: Desk) -> None:
    blocks = (
        echo(replies.SECOND_TWENTY),
        echo(replies.STATISTICAL, "R500452"),
        echo(replies.SECOND_EIGHTY, amount="+00000000000"),
    )
    await desk.take(replies.settled(*blocks, second=0))
    assert await desk.results() == [PAID, PAID, REJECTED, REJECTED, REJECTED]


async def test_the_same_answer_twice_changes_nothing(desk: Desk) -> None:
    await desk.take(replies.one_toilet_refused(), number=1)
    before = (await desk.batch(), await desk.claims(), await desk.settlements())
    assert (await desk.take(replies.one_toilet_refused(), number=1)).status is None
    assert (await desk.batch(), await desk.claims(), await desk.settlements()) == before


async def test_a_second_settlement_is_computed_from_what_was_asked(desk: Desk) -> None:
    await desk.take(replies.one_toilet_refused())
    await desk.take(replies.settled())
    assert set(await desk.results()) == {PAID}
    assert len((await desk.batch()).decisions) == len(await desk.settlements()) == 2


async def test_an_acceptance_after_the_settlement_is_kept_and_changes_nothing(desk: Desk) -> None:
    await desk.take(replies.one_toilet_refused())
    claims = await desk.claims()
    assert (await desk.take(replies.accepted())).status is None
    batch = await desk.batch()
    assert (batch.status, len(batch.decisions)) == (ExchangeStatus.SETTLED, 2)
    assert await desk.claims() == claims
    assert [each.applied_at is None for each in await desk.settlements()] == [False, True]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (replies.accepted(), replies.file_refused()),
        (replies.settled(), replies.file_refused()),
        (replies.file_refused(), replies.settled()),
    ],
    ids=["refused after accepted", "refused after settled", "settled after refused"],
)
async def test_a_contradiction_waits_for_a_person_and_is_not_taken_over(
    desk: Desk, first: bytes, second: bytes
) -> None:
    await desk.take(first)
    claims = await desk.claims()
    assert (await desk.take(second)).status is MANUAL
    assert (await desk.batch()).status is MANUAL
    assert await desk.claims() == claims
    assert [each.applied_at is None for each in await desk.settlements()] == [False, True]


async def test_a_later_decision_clears_the_marks_of_people(desk: Desk) -> None:
    await desk.take(replies.accepted())
    marked = (await desk.batch()).marked(Mark.PROCESSED, at=desk.clock.now())
    await desk.store.write(lambda unit: unit.invoice_batches.put(marked))
    await desk.take(replies.settled())
    assert (await desk.batch()).processed_at is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff nonsense",
        replies.settled()[:-1],
        replies.accepted()[:677],
        replies.settled() + b"0" * 350,
        b"931999" + replies.accepted()[6:],
    ],
    ids=["empty", "noise", "cut off", "no records", "too long", "unknown name"],
)
async def test_what_cannot_be_read_is_left_to_a_person(desk: Desk, content: bytes) -> None:
    verdict = await desk.take(content)
    assert (verdict.status, verdict.problem_code) == (MANUAL, "answer_not_understood")
    assert verdict.findings
    assert set(await desk.results()) == {OPEN}
    assert await desk.settlements() == []


async def test_a_batch_that_stood_for_itself_waits_with_an_unreadable_answer(desk: Desk) -> None:
    await desk.take(replies.accepted())
    await desk.take(replies.settled()[:-1])
    batch = await desk.batch()
    assert (batch.status, len(batch.decisions)) == (MANUAL, 1)
    done = batch.marked(Mark.PROCESSED, at=desk.clock.now())
    assert done.status is ExchangeStatus.ACCEPTED


async def test_a_readable_answer_takes_over_after_an_unreadable_one_was_closed(desk: Desk) -> None:
    await desk.take(replies.settled()[:-1])
    stuck = await desk.batch()
    assert stuck.unread_response_id is not None
    done = stuck.marked(Mark.PROCESSED, at=desk.clock.now())
    await desk.store.write(lambda unit: unit.invoice_batches.put(done))
    await desk.take(replies.settled())
    batch = await desk.batch()
    assert batch.status is ExchangeStatus.SETTLED
    assert (batch.unread_response_id, batch.processed_at) == (None, None)
    assert set(await desk.results()) != {OPEN}


async def test_what_was_approved_before_an_unreadable_answer_is_not_repeated(desk: Desk) -> None:
    await desk.take(replies.accepted())
    await desk.take(replies.settled()[:-1])
    assert not (await desk.batch()).is_repeatable


async def test_an_answer_to_nothing_we_sent_is_left_to_a_person(desk: Desk) -> None:
    foreign = replies.settled().replace(wire.REFERENCE.encode(), b"20260402000018", 1)
    verdict = await desk.take(foreign)
    assert (verdict.status, verdict.problem_code) == (MANUAL, "answer_without_question")
    assert set(await desk.results()) == {OPEN}


async def test_numbers_of_the_insurer_find_nothing_and_disturb_nothing(desk: Desk) -> None:
    begin = replies.settled().decode("latin-1")
    other = wire.put(begin[:67], "205", "99999999999999", of="segment-200") + begin[67:]
    assert (await desk.take(other.encode("latin-1"))).status is ExchangeStatus.SETTLED


async def test_a_stray_answer_finds_its_batch_and_moves_its_message(desk: Desk) -> None:
    stray = care.message(
        9, service="invoicing", kind="unsolicited", client_id="", status=MANUAL, sent_at=None
    )
    verdict = await desk.take(replies.settled(), exchange=stray)
    assert verdict == Verdict(
        status=ExchangeStatus.SETTLED, owner=Owner(client_id="client-a", practice_id="prc_1")
    )
    own = await desk.store.read(lambda unit: unit.exchanges.get(replies.message().id))
    assert own is not None
    assert own.status is (await desk.batch()).status is ExchangeStatus.SETTLED


async def test_a_stray_receipt_moves_the_message_of_its_batch(desk: Desk) -> None:
    stray = care.message(9, service="invoicing", kind="unsolicited", client_id="", status=MANUAL)
    verdict = await desk.take(wire.receipt(), exchange=stray)
    assert (verdict.status, verdict.owner is None) == (ExchangeStatus.ACKNOWLEDGED, False)
    assert (await desk.batch()).status is ExchangeStatus.RECEIVED


async def test_an_answer_to_what_was_never_sent_waits_for_a_person(empty: Desk) -> None:
    await empty.put(status=ExchangeStatus.TO_SEND, sent_at=None, has_tack=False)
    assert (await empty.take(replies.settled())).status is MANUAL
    assert set(await empty.results()) == {OPEN}


@pytest.mark.parametrize("place", [70, 300, 700, 1100, 1500, -900, -100])
async def test_a_spoilt_character_never_breaks_the_reading(desk: Desk, place: int) -> None:
    content = bytearray(replies.one_toilet_refused())
    content[place] = ord("?")
    verdict = await desk.take(bytes(content))
    assert verdict.status in {MANUAL, ExchangeStatus.SETTLED}


# -- what follows ----------------------------------------------------------------------------------


async def test_patients_leave_the_billing_list_once_the_file_is_on_its_way(desk: Desk) -> None:
    row = WorkRow(
        id="wrk_1",
        list=WorkList.BILLING_MONTH,
        client_id="client-a",
        client_ref="first",
        practice_id="prc_1",
        registration_id="reg_1",
        given={},
        question=InsurabilityQuestion(patient=Niss(FIRST_PATIENT), period=stores.PERIOD),
        month="2026-03",
        created_at=care.NOW,
        updated_at=care.NOW,
    )
    await desk.store.write(lambda unit: unit.work_lists.put(row))
    waiting = replies.message(status=ExchangeStatus.TO_SEND)
    await desk.answers.settle(waiting)
    assert await billed_at(desk) is None
    await desk.answers.settle(replies.message())
    assert await billed_at(desk) == desk.clock.now()


async def billed_at(desk: Desk) -> object:
    row = await desk.store.read(lambda unit: unit.work_lists.get("wrk_1"))
    assert row is not None
    return row.billed_at


async def test_the_operation_follows_the_message(empty: Desk) -> None:
    operation = empty.operations.new(
        OperationKind.INVOICE_BATCH_SUBMISSION, client_id="client-a", steps=2
    )
    await empty.store.write(lambda unit: unit.operations.add(operation))
    await empty.put(replies.batch(operation_id=operation.id))
    await empty.answers.settle(replies.message())
    found = await empty.operations.get(operation.id, client_id="client-a")
    assert found.status is OperationStatus.SUCCEEDED
    assert found.result_path == f"/v1/invoice-batches/{replies.batch().id}"


async def test_an_earlier_message_of_a_batch_moves_nothing(empty: Desk) -> None:
    operation = empty.operations.new(
        OperationKind.INVOICE_BATCH_SUBMISSION, client_id="client-a", steps=2
    )
    await empty.store.write(lambda unit: unit.operations.add(operation))
    await empty.put(replies.batch(operation_id=operation.id, exchange_id=None))
    await empty.answers.settle(replies.message())
    await empty.answers.settle(replies.message(subject_id=None))
    found = await empty.operations.get(operation.id, client_id="client-a")
    assert found.status is OperationStatus.QUEUED


async def test_a_cancelled_batch_is_a_draft_that_keeps_its_number(empty: Desk) -> None:
    operation = empty.operations.new(
        OperationKind.INVOICE_BATCH_SUBMISSION, client_id="client-a", steps=2
    )
    await empty.store.write(lambda unit: unit.operations.add(operation))
    await empty.put(
        replies.batch(operation_id=operation.id), status=ExchangeStatus.TO_SEND, sent_at=None
    )
    empty.operations.on_cancel(OperationKind.INVOICE_BATCH_SUBMISSION, empty.answers.withdraw)
    await empty.operations.cancel(operation.id, client_id="client-a")
    batch = await empty.batch()
    assert batch == drafted(batch, at=batch.updated_at)
    assert (batch.is_changeable, batch.sending_number) == (True, 17)
    message = await empty.store.read(lambda unit: unit.exchanges.get(replies.message().id))
    assert message is not None
    assert message.status is ExchangeStatus.DRAFT


async def test_what_an_answer_changed_is_told_and_never_about_whom(desk: Desk) -> None:
    listener = desk.events.subscribe("client-a", topics=frozenset({"invoices"}))
    await desk.take(replies.settled())
    await desk.answers.settle(replies.message())
    stray = care.message(
        9, service="invoicing", kind="unsolicited", client_id="", status=MANUAL, sent_at=None
    )
    await desk.take(wire.receipt(), exchange=stray)
    await desk.answers.settle(stray)
    (kept,) = await desk.settlements()
    told = [await listener.next(within_s=0.01) for _ in range(4)]
    assert [each and (each.type, each.object_id, each.status) for each in told] == [
        ("invoice_batch.updated", replies.batch().id, "settled"),
        ("settlement.updated", kept.id, "settled"),
        ("invoice_batch.updated", replies.batch().id, "settled"),
        None,
    ]
    listener.close()
