"""How an invoice at a billing service follows its row of the history, and its operation both."""

from __future__ import annotations

from dataclasses import replace

from bridge.domain.billinginvoices import BillingInvoice
from bridge.domain.exchanges import Exchange, ExchangeStatus, ReceivedResponse
from bridge.domain.operations import Operation
from bridge.ports.clock import Clock
from bridge.ports.store import Store, UnitOfWork
from bridge.service.billingfollow import PATH, tell_invoice
from bridge.service.events import EventBook
from bridge.service.exchangekinds import Verdict
from bridge.service.operations import OperationBook
from bridge.service.sendprogress import follow

_SENDING = frozenset(
    {
        ExchangeStatus.DRAFT,
        ExchangeStatus.TO_SEND,
        ExchangeStatus.SENT,
        ExchangeStatus.ERROR,
        ExchangeStatus.OUTCOME_UNKNOWN,
    }
)


class BillingKind:
    """The kind of exchange ``billing_invoice``: its answers come another way."""

    def __init__(
        self, *, store: Store, clock: Clock, operations: OperationBook, events: EventBook
    ) -> None:
        """Keep the parts."""
        self._store = store
        self._clock = clock
        self._operations = operations
        self._events = events

    def read(
        self, unit: UnitOfWork, exchange: Exchange, response: ReceivedResponse, content: bytes
    ) -> Verdict:
        """Say nothing: no message of the platform is about such an invoice."""
        del unit, exchange, response, content
        return Verdict(status=None)

    async def settle(self, exchange: Exchange) -> None:
        """Let the invoice stand where its sending stands, and the operation follow."""
        subject = exchange.subject_id
        if subject is None:
            return
        invoice, operation, is_new = await self._store.write(
            lambda unit: self._followed(unit, exchange, subject)
        )
        if invoice is not None and is_new:
            tell_invoice(self._events, invoice)
        if operation is not None:
            path = f"{PATH}/{subject}"
            await follow(self._operations, operation, [exchange], result_path=path)

    def check_resend(self, unit: UnitOfWork, exchange: Exchange) -> None:
        """Let it be sent again: an invoice that was accepted is never corrected."""
        del unit, exchange

    def withdraw(self, unit: UnitOfWork, *, operation: Operation) -> None:
        """Take an invoice back before anything has left: it is cancelled, and stays to be seen."""
        invoice = unit.billing_invoices.of_operation(operation.id)
        exchange = None if invoice is None else unit.exchanges.get(invoice.exchange_id)
        if invoice is None or exchange is None:
            return
        now = self._clock.now()
        drafted = exchange.moved(ExchangeStatus.DRAFT, at=now, next_attempt_at=None)
        unit.exchanges.replace(drafted)
        unit.billing_invoices.put(
            replace(invoice, status=ExchangeStatus.DRAFT, updated_at=now, ask_at=None)
        )

    def _followed(
        self, unit: UnitOfWork, exchange: Exchange, subject: str
    ) -> tuple[BillingInvoice | None, Operation | None, bool]:
        invoice = unit.billing_invoices.get(subject, client_id=None)
        if invoice is None:
            return None, None, False
        operation = unit.operations.get(invoice.operation_id)
        current = unit.exchanges.get(exchange.id)
        if current is None or current.status not in _SENDING:
            return invoice, operation, False
        after = replace(
            invoice,
            status=current.status,
            problem_code=current.problem_code,
            sent_at=current.sent_at,
        )
        if after == invoice:
            return invoice, operation, False
        now = self._clock.now()
        after = replace(after, updated_at=now)
        if after.status is ExchangeStatus.OUTCOME_UNKNOWN:
            after = replace(after, ask_at=now)
        unit.billing_invoices.put(after)
        return after, operation, True
