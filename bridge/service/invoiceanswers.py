"""What answers to invoices mean: kind ``invoice_batch`` of the engine.

Answers are matched by our own reference alone (zone 204); the insurer's numbers are its own.
The name of an answer decides, never its percentage.
What cannot be read from beginning to end, or belongs to nothing we sent, stays with its message,
for a person; nothing of it is taken over.
Source: *eFact for nursing* 1 and 3; decisions D17, D19 and D32.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from bridge.codecs.efact import answerreader
from bridge.codecs.efact.answers import Answer
from bridge.domain.exchanges import (
    AWAITING,
    NO_MARKS,
    Decision,
    Exchange,
    ExchangeStatus,
    ReceivedResponse,
)
from bridge.domain.identifiers import Niss
from bridge.domain.ids import IdSource
from bridge.domain.invoices import (
    NOT_UNDERSTOOD,
    BatchDecision,
    InvoiceBatch,
    is_overtaken,
    status_of_answer,
)
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.keptsettlements import KeptSettlement
from bridge.domain.operations import Operation
from bridge.domain.settlements import Settlement
from bridge.errors import BREAKING, Conflict, ZoneFinding
from bridge.ports.clock import Clock
from bridge.ports.store import Store, UnitOfWork
from bridge.service.events import EventBook
from bridge.service.exchangekinds import Owner, Verdict
from bridge.service.invoiceevents import tell_batch, tell_settlement
from bridge.service.invoicesettling import take_over
from bridge.service.operations import OperationBook
from bridge.service.sendprogress import follow
from bridge.service.settlementwire import error_percentage_of, settlement_of

KIND: Final = "invoice_batch"

MOST_FINDINGS: Final = 100
"""Findings that are kept of one answer; those that kept it from being read come first."""


@dataclass(frozen=True, kw_only=True)
class _Delivery:
    """One delivery while it is taken over."""

    unit: UnitOfWork
    exchange: Exchange
    response: ReceivedResponse
    now: datetime


@dataclass
class _Touched:
    """What deliveries of a message changed, until it is told: identifiers."""

    batches: list[str] = field(default_factory=list)
    settlements: list[str] = field(default_factory=list)


class InvoiceAnswers:
    """Matches answers to batches, settles their acts, and keeps the operation in step."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        ids: IdSource,
        operations: OperationBook,
        settings: InvoiceSettings,
        events: EventBook,
    ) -> None:
        """Keep the parts."""
        self._events = events
        self._touched: dict[str, _Touched] = {}
        self._store = store
        self._clock = clock
        self._ids = ids
        self._operations = operations
        self._settings = settings

    def read(
        self, unit: UnitOfWork, exchange: Exchange, response: ReceivedResponse, content: bytes
    ) -> Verdict:
        """Take over an answer: a receipt, a refusal, an acceptance or a settlement."""
        answer = answerreader.read(content)
        delivery = _Delivery(unit=unit, exchange=exchange, response=response, now=self._clock.now())
        batch = _batch_of(delivery, answer)
        if not answer.is_whole:
            known = batch or unit.invoice_batches.of_exchange(exchange.id)
            verdict = _for_a_person(delivery, known, NOT_UNDERSTOOD)
        elif batch is None:
            verdict = _for_a_person(delivery, None, "answer_without_question")
        else:
            verdict = self._taken(delivery, batch, answer)
        return replace(verdict, findings=_kept_findings(answer))

    def _taken(self, delivery: _Delivery, batch: InvoiceBatch, answer: Answer) -> Verdict:
        exchange, response = delivery.exchange, delivery.response
        self._touched.setdefault(exchange.id, _Touched()).batches.append(batch.id)
        settlement = settlement_of(answer, response_id=response.id, at=delivery.now)
        if settlement is None:
            return _received(delivery, batch)
        return self._decided(delivery, batch, settlement, error_percentage_of(answer))

    def check_resend(self, unit: UnitOfWork, exchange: Exchange) -> None:
        """Refuse to resend a message whose batch is a draft again, or is repeated by another.

        Raises:
            Conflict: what it carried is sent another way (``correction_exists``).
        """
        batch = unit.invoice_batches.of_exchange(exchange.id)
        if batch is None or batch.resent_by_id is not None:
            raise Conflict(code="correction_exists")

    async def settle(self, exchange: Exchange) -> None:
        """Tell what changed; bring the operation and the work list of the patients in step.

        A patient leaves the list of what is to be billed once the invoice is on its way.
        """
        subject = exchange.subject_id
        await self._tell(subject, self._touched.pop(exchange.id, _Touched()))
        if subject is None:
            return
        if exchange.status in AWAITING:
            now = self._clock.now()
            await self._store.write(lambda unit: _bill(unit, subject, at=now))
        found = await self._store.read(lambda unit: _progress(unit, subject, exchange.id))
        if found is not None:
            operation, current = found
            path = f"/v1/invoice-batches/{subject}"
            await follow(self._operations, operation, [current], result_path=path)

    async def _tell(self, subject: str | None, touched: _Touched) -> None:
        """Tell of the batch a message carried, and of what answers that came with it changed."""
        names = dict.fromkeys([*touched.batches, *([] if subject is None else [subject])])

        def work(unit: UnitOfWork) -> tuple[list[InvoiceBatch], list[KeptSettlement]]:
            batches = (unit.invoice_batches.get(each, client_id=None) for each in names)
            kept = (unit.settlements.get(each, client_id=None) for each in touched.settlements)
            return [each for each in batches if each], [each for each in kept if each]

        batches, settlements = await self._store.read(work)
        for batch in batches:
            tell_batch(self._events, batch)
        for kept in settlements:
            tell_settlement(self._events, kept)

    def withdraw(self, unit: UnitOfWork, *, operation: Operation) -> None:
        """Make a draft again of what was cancelled; nothing of it has left."""
        now = self._clock.now()
        batch = unit.invoice_batches.of_operation(operation.id)
        if batch is None:
            return
        exchange = None if batch.exchange_id is None else unit.exchanges.get(batch.exchange_id)
        if exchange is not None:
            unit.exchanges.replace(exchange.moved(ExchangeStatus.DRAFT, at=now))
        unit.invoice_batches.put(drafted(batch, at=now))

    def _decided(
        self,
        delivery: _Delivery,
        batch: InvoiceBatch,
        settlement: Settlement,
        error_percentage: int | None,
    ) -> Verdict:
        rejecting = self._settings.rejecting_letters
        decision = BatchDecision(
            at=delivery.now,
            response_id=settlement.response_id,
            answer=settlement.answer,
            status=status_of_answer(
                settlement.answer, has_rejections=settlement.has_rejections(rejecting)
            ),
            error_percentage=error_percentage,
        )
        after = _moved(batch, decision)
        if after is batch:
            return Verdict(status=None)
        kept = self._kept(delivery, after, settlement, error_percentage)
        is_late = is_overtaken(batch.decisions, decision.status)
        if not is_late and after.status is not ExchangeStatus.MANUAL_ACTION_REQUIRED:
            kept = take_over(delivery.unit, kept, self._settings, at=delivery.now)
            is_settled = after.status is ExchangeStatus.SETTLED
            after = replace(after, settled_at=delivery.now) if is_settled else after
        delivery.unit.settlements.put(kept)
        self._touched.setdefault(delivery.exchange.id, _Touched()).settlements.append(kept.id)
        delivery.unit.invoice_batches.put(after)
        return _verdict(delivery, after, status=None if is_late else after.status)

    def _kept(
        self,
        delivery: _Delivery,
        batch: InvoiceBatch,
        settlement: Settlement,
        error_percentage: int | None,
    ) -> KeptSettlement:
        return KeptSettlement(
            id=self._ids.ulid("set"),
            client_id=batch.client_id,
            practice_id=batch.practice_id,
            registration_id=batch.registration_id,
            batch_id=batch.id,
            insurer=batch.insurer,
            settlement=settlement,
            created_at=delivery.now,
            updated_at=delivery.now,
            error_percentage=error_percentage,
        )


def drafted(batch: InvoiceBatch, *, at: datetime) -> InvoiceBatch:
    """Give a batch as the draft it was before it was released; its sending number stays its own."""
    return replace(
        batch,
        status=ExchangeStatus.DRAFT,
        updated_at=at,
        sender_reference=None,
        exchange_id=None,
        operation_id=None,
        sent_at=None,
        problem_code=None,
        unread_response_id=None,
    )


def _kept_findings(answer: Answer) -> tuple[ZoneFinding, ...]:
    found = sorted(answer.findings, key=lambda each: each.fault not in BREAKING)
    return tuple(found[:MOST_FINDINGS])


def _batch_of(delivery: _Delivery, answer: Answer) -> InvoiceBatch | None:
    """Find by our own reference; numbers of the insurer find nothing."""
    if answer.sender_reference is None:
        return None
    return delivery.unit.invoice_batches.of_sender_reference(
        delivery.exchange.registration_id, answer.sender_reference
    )


def _moved(batch: InvoiceBatch, decision: BatchDecision) -> InvoiceBatch:
    try:
        return batch.decided(decision)
    except Conflict:  # such as an answer to what we believe was never sent
        manual = _manual(batch, decision.at)
        return replace(manual, decisions=(*batch.decisions, decision))


def _manual(batch: InvoiceBatch, now: datetime) -> InvoiceBatch:
    return replace(
        batch,
        status=ExchangeStatus.MANUAL_ACTION_REQUIRED,
        has_own_answer=True,
        updated_at=now,
        **NO_MARKS,
    )


def _received(delivery: _Delivery, batch: InvoiceBatch) -> Verdict:
    """Take over a receipt; the message's own state says it, unless it came without naming it."""
    own = _own_message(delivery, batch)
    if own is None:
        return Verdict(status=None)
    if own.status in AWAITING | {ExchangeStatus.ERROR}:
        is_known = own.status is ExchangeStatus.RECEIVED
        received = own if is_known else own.moved(ExchangeStatus.RECEIVED, at=delivery.now)
        delivery.unit.exchanges.replace(replace(received, has_tack=True, problem_code=None))
    return Verdict(status=ExchangeStatus.ACKNOWLEDGED, owner=_owner(batch))


def _verdict(delivery: _Delivery, batch: InvoiceBatch, *, status: ExchangeStatus | None) -> Verdict:
    """Say where the message stands; one that came without naming ours moves ours too."""
    own = _own_message(delivery, batch)
    if own is None:
        return Verdict(status=status)
    if status is not None:
        decision = Decision(at=delivery.now, status=status, response_id=delivery.response.id)
        try:
            delivery.unit.exchanges.replace(own.decided(decision))
        except Conflict:  # it waits to be sent again: the batch says what is known
            return Verdict(status=batch.status, owner=_owner(batch))
    return Verdict(status=batch.status, owner=_owner(batch))


def _own_message(delivery: _Delivery, batch: InvoiceBatch) -> Exchange | None:
    """Give the message of a batch when an answer came with another one."""
    if batch.exchange_id is None or batch.exchange_id == delivery.exchange.id:
        return None
    return delivery.unit.exchanges.get(batch.exchange_id)


def _owner(batch: InvoiceBatch) -> Owner:
    return Owner(client_id=batch.client_id, practice_id=batch.practice_id)


def _for_a_person(delivery: _Delivery, batch: InvoiceBatch | None, code: str) -> Verdict:
    """Leave an answer to a person; a batch that already stood for itself waits as well."""
    if batch is not None:
        waiting = _manual(batch, delivery.now) if batch.has_own_answer else batch
        unread = waiting.with_unread(delivery.response.id, code, at=delivery.now)
        delivery.unit.invoice_batches.put(unread)
    is_other = batch is not None and batch.exchange_id != delivery.exchange.id
    return Verdict(
        status=ExchangeStatus.MANUAL_ACTION_REQUIRED,
        problem_code=code,
        owner=_owner(batch) if batch is not None and is_other else None,
    )


def _bill(unit: UnitOfWork, batch_id: str, *, at: datetime) -> None:
    """Take the patients of a batch off the list of what is to be billed, each month by itself."""
    seen: set[tuple[Niss, str]] = set()
    for claim in unit.claims.all_of(batch_id):
        niss = claim.patient.niss
        if niss is None:
            continue
        seen.update((niss, f"{line.day:%Y-%m}") for line in claim.lines)
    for niss, month in sorted(seen, key=lambda each: (each[1], each[0].digits)):
        unit.work_lists.billed(niss, month, at=at)


def _progress(
    unit: UnitOfWork, batch_id: str, exchange_id: str
) -> tuple[Operation, Exchange] | None:
    """Give the operation of a batch with its message; an earlier message moves nothing."""
    batch = unit.invoice_batches.get(batch_id, client_id=None)
    if batch is None or batch.operation_id is None or batch.exchange_id != exchange_id:
        return None
    operation, exchange = unit.operations.get(batch.operation_id), unit.exchanges.get(exchange_id)
    return None if operation is None or exchange is None else (operation, exchange)
