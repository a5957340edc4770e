"""Sending invoices to billing services: on disk before the wire, and never twice.

As ``service.outbox``, with another wire: no eHealth session is needed.
The exact bytes of the upload are evidence since the invoice was accepted, ``sent`` is committed
before the first byte leaves, and the exact answer before it is read.
A kill in between leaves either something surely not sent, or ``sent`` without a receipt, which
becomes ``outcome_unknown``; then the service is asked whether it has it, and only a person sends
it again, under the same reference.
Source: decisions D21 and D28.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog

from bridge.domain.audit import Action
from bridge.domain.billinginvoices import SERVICE, BillingInvoice
from bridge.domain.billingservices import BillingSettings
from bridge.domain.exchanges import Exchange, ExchangeStatus, SendProblem
from bridge.errors import (
    BridgeError,
    InputError,
    NotDelivered,
    OurMessageInvalid,
    RemoteRefusal,
    TheirAnswerInvalid,
)
from bridge.ports.billing import BillingService, ReportedInvoice
from bridge.ports.store import UnitOfWork
from bridge.service.aftermath import pause_after
from bridge.service.billingaccess import BillingConnections
from bridge.service.billingfollow import Taken, silence_of, take, tell_taken
from bridge.service.engineparts import EngineParts
from bridge.service.sendingloop import SendingLoop, mark_sent

_EVERY: Final = 1_000_000

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class _Outgoing:
    """An invoice on its way.

    Attributes:
        body: The exact bytes of its upload.
    """

    exchange: Exchange
    invoice: BillingInvoice
    service: BillingService
    body: bytes


class BillingOutbox(SendingLoop):
    """Sends what was accepted, one invoice at a time."""

    def __init__(
        self, parts: EngineParts, *, connections: BillingConnections, settings: BillingSettings
    ) -> None:
        """Keep the parts; ``start`` begins to work."""
        super().__init__(parts, name=SERVICE)
        self._connections = connections
        self._silence: timedelta = silence_of(settings)

    async def send_due(self) -> int:
        """Send everything that is due now; gives how many were tried.

        A service that cannot be reached is left alone until the next turn.

        Raises:
            StoreError: what came before cannot be written; nothing was sent.
        """
        async with self._turn:
            await self._give_up_unfinished()
            tried, silent = 0, set[str]()
            for exchange in await self._due((SERVICE,)):
                invoice = await self._invoice(exchange)
                if invoice is None or invoice.service_id in silent:
                    continue
                tried += 1
                with self._sending():
                    is_there = await self._send(exchange, invoice)
                if not is_there:
                    silent.add(invoice.service_id)
            return tried

    async def _give_up_unfinished(self) -> None:
        """Say that nobody knows of what left in an earlier turn that did not come to its end."""
        sent = await self._parts.store.read(
            lambda unit: unit.exchanges.with_status(
                ExchangeStatus.SENT.value, limit=_EVERY, services=(SERVICE,)
            )
        )
        for exchange in sent:
            if not exchange.has_tack:
                await self._lose(exchange, "interrupted")

    async def _invoice(self, exchange: Exchange) -> BillingInvoice | None:
        subject = exchange.subject_id or ""
        return await self._parts.store.read(
            lambda unit: unit.billing_invoices.get(subject, client_id=None)
        )

    async def _send(self, exchange: Exchange, invoice: BillingInvoice) -> bool:
        """Send one invoice; tells whether its service can be reached."""
        try:
            outgoing = await self._ready(exchange, invoice)
        except (RemoteRefusal, InputError) as error:
            await self._close(exchange, error)
            return False
        except BridgeError as error:
            await self._wait(exchange, error)
            return False
        sent = await self._release(exchange)
        if sent is None:
            return True
        self._parts.audit.record(
            Action.MESSAGE_SENT, client=exchange.client_id or None, object_id=exchange.id
        )
        return await self._exchange(replace(outgoing, exchange=sent))

    async def _ready(self, exchange: Exchange, invoice: BillingInvoice) -> _Outgoing:
        """Prepare everything; nothing of the invoice leaves.

        Raises:
            BridgeError: it cannot be sent, or not now.
        """
        account = await self._parts.store.read(
            lambda unit: unit.billing_accounts.get(invoice.service_id)
        )
        if account is None:
            raise InputError(code="not_found")
        service = await self._connections.get(account)
        await service.prepare()
        kept = await self._parts.store.read(lambda unit: unit.evidence.of_subject(exchange.id))
        body = next(each.content for each in kept if each.kind == "request")
        return _Outgoing(exchange=exchange, invoice=invoice, service=service, body=body)

    async def _release(self, exchange: Exchange) -> Exchange | None:
        """Commit ``sent``; only then may a byte leave."""
        self._parts.reached("billing.before_row")
        now = self._parts.clock.now()

        sent = await self._parts.store.write(lambda unit: mark_sent(unit, exchange.id, at=now))
        self._parts.reached("billing.after_row")
        if sent is not None:
            await self._parts.settle(sent)
        return sent

    async def _exchange(self, outgoing: _Outgoing) -> bool:
        exchange = outgoing.exchange
        try:
            answer = await outgoing.service.upload(outgoing.invoice.id, outgoing.body)
        except NotDelivered as error:
            await self._postpone(exchange, error)
            return False
        except (RemoteRefusal, OurMessageInvalid) as error:
            await self._close(exchange, error)
            return True
        except BridgeError as error:
            await self._lose(exchange, error.problem_code)
            return False
        self._parts.reached("billing.answered")
        evidence = self._parts.evidence(exchange.id, "answer", answer)
        await self._parts.store.write(lambda unit: unit.evidence.add(evidence))
        self._parts.reached("billing.before_receipt")
        await self._receive(outgoing, answer)
        self._parts.reached("billing.after_receipt")
        return True

    async def _receive(self, outgoing: _Outgoing, answer: bytes) -> None:
        exchange, name = outgoing.exchange, outgoing.invoice.id
        try:
            said = _read(outgoing.service, answer, name)
        except TheirAnswerInvalid as error:
            await self._lose(exchange, error.problem_code)
            return
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> Taken | None:
            invoice = unit.billing_invoices.get(name, client_id=None)
            if invoice is None:
                return None
            return take(unit, invoice, said, at=now, silence=self._silence)

        taken = await self._parts.store.write(work)
        self._record(exchange, "receipt")
        log.info("billing.sent", exchange=exchange.id)
        if taken is not None:
            await tell_taken(self._parts, [taken])

    async def _wait(self, exchange: Exchange, error: BridgeError) -> None:
        """Try again later: it cannot be prepared at the moment, and nothing has left."""
        now, attempts = self._parts.clock.now(), exchange.attempts + 1
        again = now + pause_after(attempts)

        def change(current: Exchange) -> Exchange:
            waiting = replace(current, attempts=attempts, next_attempt_at=again, updated_at=now)
            return waiting.troubled(SendProblem(at=now, code=error.problem_code))

        await self._write(exchange, change)
        log.warning("billing.waits", exchange=exchange.id, code=error.problem_code)

    async def _postpone(self, exchange: Exchange, error: NotDelivered) -> None:
        """Try again later: not one byte was written (D21)."""
        now = self._parts.clock.now()
        again = now + pause_after(exchange.attempts)

        def change(current: Exchange) -> Exchange:
            waiting = current.moved(
                ExchangeStatus.TO_SEND, at=now, next_attempt_at=again, sent_at=None
            )
            return waiting.troubled(SendProblem(at=now, code=error.problem_code))

        await self._write(exchange, change)
        self._record(exchange, error.problem_code)

    async def _lose(self, exchange: Exchange, code: str) -> None:
        """Say that nobody knows: silence, or nonsense, after the first byte (D28)."""
        now = self._parts.clock.now()

        def change(current: Exchange) -> Exchange:
            unknown = current.moved(ExchangeStatus.OUTCOME_UNKNOWN, at=now, problem_code=code)
            return unknown.troubled(SendProblem(at=now, code=code))

        await self._write(exchange, change)
        self._record(exchange, code)

    async def _close(self, exchange: Exchange, error: BridgeError) -> None:
        """End in error: an explicit refusal, or nothing was sent at all; one click resends."""
        now, code = self._parts.clock.now(), error.problem_code
        remote = error.remote.code if error.remote else None

        def change(current: Exchange) -> Exchange:
            failed = current.moved(ExchangeStatus.ERROR, at=now, problem_code=code)
            return failed.troubled(SendProblem(at=now, code=code, remote_code=remote))

        await self._write(exchange, change)
        self._record(exchange, code)
        log.warning("billing.error", exchange=exchange.id, code=code)

    async def _write(self, before: Exchange, change: Callable[[Exchange], Exchange]) -> None:
        """Write what follows, unless the service's word was quicker."""

        def work(unit: UnitOfWork) -> Exchange | None:
            current = unit.exchanges.get(before.id)
            if current is None or current.status is not before.status:
                return current
            changed = change(current)
            unit.exchanges.replace(changed)
            return changed

        written = await self._parts.store.write(work)
        if written is not None:
            await self._parts.settle(written)

    def _record(self, exchange: Exchange, result: str) -> None:
        if exchange.status is ExchangeStatus.SENT:
            self._parts.audit.record(
                Action.MESSAGE_ANSWERED,
                result=result,
                client=exchange.client_id or None,
                object_id=exchange.id,
            )


def _read(service: BillingService, answer: bytes, reference: str) -> ReportedInvoice:
    """Read an answer to an upload.

    Raises:
        TheirAnswerInvalid: it cannot be read, or is about another invoice.
    """
    said = service.decode(answer)
    if said.report.reference not in {None, reference}:
        raise TheirAnswerInvalid("answer about another invoice")
    return said
