"""Invoices for a billing service: looked at, accepted for sending, shown.

Nothing of an invoice is stored that cannot be sent; what was accepted is on disk with the exact
bytes of its upload, its row of the history and its idempotency key, in one transaction (API-35).
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field, replace
from datetime import date

from bridge.domain.billinginvoices import (
    KIND,
    SERVICE,
    BilledAmounts,
    BilledPatient,
    BillingInvoice,
    InvoiceReferences,
)
from bridge.domain.billingservices import BillingAccount, BillingSettings
from bridge.domain.exchanges import Exchange, ExchangeStatus
from bridge.domain.operations import Operation, OperationKind
from bridge.domain.rights import Right
from bridge.errors import Conflict, Finding, InputError, NotFound
from bridge.ports.billing import BillingFilter, PdfFacts, PdfInspector, StateTotal, Upload
from bridge.ports.store import Evidence, UnitOfWork
from bridge.service.billingaccess import BillingConnections
from bridge.service.billingdesk import found_account
from bridge.service.billingfollow import tell_invoice
from bridge.service.billingoutbox import BillingOutbox
from bridge.service.engineparts import EngineParts
from bridge.service.history import owner_of
from bridge.service.keys import KeyClaim, earlier_operation, remember
from bridge.service.operations import OperationBook
from bridge.service.rights import billing_of
from bridge.service.tokens import Client


@dataclass(frozen=True, kw_only=True)
class WantedInvoice:
    """An invoice as a front end hands it over.

    Attributes:
        pdf: The file.
        is_synchronised: Whether its state is kept in step; ``None`` as the service is set.
        duplicate_of: Exchange known to be the same (API-36).
    """

    service_id: str
    issued_on: date
    patient: BilledPatient
    amounts: BilledAmounts
    references: InvoiceReferences
    pdf: bytes = field(repr=False)
    due_on: date | None = None
    is_synchronised: bool | None = None
    duplicate_of: str | None = None


@dataclass(frozen=True, kw_only=True)
class AcceptedInvoice:
    """An invoice that will be sent, and the operation to follow."""

    operation: Operation
    invoice: BillingInvoice
    is_replay: bool = False


@dataclass(frozen=True, kw_only=True)
class _Draft:
    operation: Operation
    invoice: BillingInvoice
    exchange: Exchange
    body: Evidence


class BillingInvoiceService:
    """Accepts invoices and shows where they stand."""

    def __init__(
        self,
        parts: EngineParts,
        *,
        operations: OperationBook,
        outbox: BillingOutbox,
        connections: BillingConnections,
        inspector: PdfInspector,
        settings: BillingSettings,
    ) -> None:
        """Keep the parts."""
        self._parts = parts
        self._operations = operations
        self._outbox = outbox
        self._connections = connections
        self._inspector = inspector
        self._settings = settings
        self._looking = asyncio.Lock()

    async def send(
        self, wanted: WantedInvoice, *, client: Client, claim: KeyClaim
    ) -> AcceptedInvoice:
        """Accept an invoice for sending; the same key gives the same invoice again.

        Raises:
            NotFound: no such billing service.
            ActorNotAllowed: the caller's actor may not send to it.
            InputError: something speaks against sending it, with the findings.
            Conflict: ``duplicate_suspected``, it was sent before.
            KeyReused: the key was used for another request.
        """
        store = self._parts.store
        earlier = await store.read(lambda unit: _earlier(unit, client, claim))
        if earlier is not None:
            return earlier
        account = await store.read(lambda unit: found_account(unit, wanted.service_id))
        self._parts.rights.require(client, Right.SEND, billing_of(account.id))
        facts = await self._looked_at(wanted)
        service = await self._connections.get(account)
        draft = self._draft(wanted, account, facts, client)
        body = await asyncio.to_thread(service.encode, _upload(draft.invoice.id, wanted))
        draft = replace(draft, body=self._parts.evidence(draft.exchange.id, "request", body))
        accepted = await store.write(
            lambda unit: _accept(unit, draft, wanted, client=client, claim=claim)
        )
        if not accepted.is_replay:
            tell_invoice(self._parts.events, accepted.invoice)
            self._outbox.wake()
        return accepted

    async def get(self, invoice_id: str, *, client: Client) -> BillingInvoice:
        """Show an invoice.

        Raises:
            NotFound: none of that identifier that the caller may see.
        """
        return await self._parts.store.read(lambda unit: visible_invoice(unit, invoice_id, client))

    async def page(
        self, wanted: BillingFilter, *, client: Client, limit: int, before_id: str | None
    ) -> tuple[list[BillingInvoice], int]:
        """Read invoices the caller may see, newest first, and count them all."""
        mine = replace(wanted, client_id=owner_of(client))
        return await self._parts.store.read(
            lambda unit: unit.billing_invoices.page(mine, limit=limit, before_id=before_id)
        )

    async def totals(self, wanted: BillingFilter, *, client: Client) -> list[StateTotal]:
        """Sum up the invoices the caller may see, per state."""
        mine = replace(wanted, client_id=owner_of(client))
        return await self._parts.store.read(lambda unit: unit.billing_invoices.totals(mine))

    async def _looked_at(self, wanted: WantedInvoice) -> PdfFacts:
        """Look into the file.

        Raises:
            InputError: it cannot be sent, or says something else than the request.
        """
        most = self._settings.most_pdf_bytes
        if len(wanted.pdf) > most:
            raise _refused("billing_pdf_too_large")
        try:
            # One at a time: files that take long may not hold all the threads of the daemon.
            async with self._looking:
                facts = await asyncio.to_thread(
                    self._inspector.inspect, wanted.pdf, most_pages=self._settings.most_pdf_pages
                )
        except InputError as error:
            raise _refused(error.problem_code) from error
        findings = check_file(facts, wanted, most_pages=self._settings.most_pdf_pages)
        if findings:
            raise InputError(findings=findings)
        return facts

    def _draft(
        self, wanted: WantedInvoice, account: BillingAccount, facts: PdfFacts, client: Client
    ) -> _Draft:
        now, ids = self._parts.clock.now(), self._parts.ids
        operation = self._operations.new(
            OperationKind.BILLING_INVOICE,
            client_id=client.id,
            actor_id=client.actor_id,
            steps=1,
        )
        digest = hashlib.sha256(wanted.pdf).hexdigest()
        chosen = wanted.is_synchronised
        invoice = BillingInvoice(
            id=ids.ulid("bin"),
            client_id=client.id,
            practice_id=account.practice_id,
            service_id=account.id,
            exchange_id=ids.ulid("exc"),
            operation_id=operation.id,
            status=ExchangeStatus.TO_SEND,
            issued_on=wanted.issued_on,
            due_on=wanted.due_on,
            patient=wanted.patient,
            amounts=wanted.amounts,
            references=wanted.references,
            created_at=now,
            updated_at=now,
            is_synchronised=account.is_synchronised if chosen is None else chosen,
            pdf_sha256=digest,
            pdf_pages=facts.pages,
        )
        exchange = _row(invoice, wanted).made_by(client.actor_id, None)
        body = self._parts.evidence(exchange.id, "request", b"")
        return _Draft(operation=operation, invoice=invoice, exchange=exchange, body=body)


def check_file(facts: PdfFacts, wanted: WantedInvoice, *, most_pages: int) -> tuple[Finding, ...]:
    """Compare a file with what is said about it; gives what speaks against sending it.

    A reference in the file that is not the stated one would let the patient pay something else.
    In its text others may stand beside it, such as that of an earlier invoice; a payment code is
    paid without being read, so each of them must be right.
    """
    findings = []
    if facts.pages > most_pages:
        findings.append(Finding(pointer=_FILE, code="billing_pdf_too_many_pages"))
    stated = wanted.references.payment_reference
    in_codes = {each.reference for each in facts.codes} - {None}
    is_printed = not facts.communications or stated in facts.communications | in_codes
    if stated is not None and not (is_printed and in_codes <= {stated}):
        findings.append(Finding(pointer="/payment_reference", code="billing_reference_differs"))
    total = wanted.amounts.total
    if not {each.amount for each in facts.codes} <= {None, total}:
        findings.append(Finding(pointer="/total_cents", code="billing_code_amount_differs"))
    return tuple(findings)


def visible_invoice(unit: UnitOfWork, invoice_id: str, client: Client) -> BillingInvoice:
    """Read an invoice the caller may see.

    Raises:
        NotFound: none of that identifier.
    """
    found = unit.billing_invoices.get(invoice_id, client_id=owner_of(client))
    if found is None:
        raise NotFound
    return found


_FILE = "/pdf_base64"


def _refused(code: str) -> InputError:
    return InputError(findings=(Finding(pointer=_FILE, code=code),))


def _upload(reference: str, wanted: WantedInvoice) -> Upload:
    return Upload(
        reference=reference,
        issued_on=wanted.issued_on,
        due_on=wanted.due_on,
        patient=wanted.patient,
        amounts=wanted.amounts,
        references=wanted.references,
        pdf=wanted.pdf,
    )


def _row(invoice: BillingInvoice, wanted: WantedInvoice) -> Exchange:
    """Give the row of the history of an invoice that is accepted."""
    return Exchange(
        id=invoice.exchange_id,
        client_id=invoice.client_id,
        practice_id=invoice.practice_id,
        registration_id="",
        service=SERVICE,
        kind=KIND,
        insurer="",
        input_reference=invoice.id,
        content_digest=_content_digest(wanted, invoice.pdf_sha256),
        subject_id=invoice.id,
        status=invoice.status,
        created_at=invoice.created_at,
        updated_at=invoice.updated_at,
        duplicate_of=wanted.duplicate_of,
    )


def _content_digest(wanted: WantedInvoice, pdf_digest: str) -> str:
    """Tell the same invoice for the same patient again (API-36), also under another key."""
    niss = wanted.patient.niss
    parts = (
        SERVICE,
        wanted.service_id,
        wanted.references.number,
        wanted.patient.patient_ref if niss is None else niss.digits,
        str(wanted.amounts.total),
        pdf_digest,
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _accept(
    unit: UnitOfWork, draft: _Draft, wanted: WantedInvoice, *, client: Client, claim: KeyClaim
) -> AcceptedInvoice:
    """Write everything in one transaction, unless the same was sent before."""
    known = _earlier(unit, client, claim)
    if known is not None:
        return known
    similar = unit.exchanges.similar(draft.exchange.content_digest)
    if similar is not None and similar.id != wanted.duplicate_of:
        raise Conflict(code="duplicate_suspected", exchange_id=similar.id)
    niss = draft.invoice.patient.niss
    unit.operations.add(draft.operation)
    unit.exchanges.add(draft.exchange, people=() if niss is None else (niss,))
    unit.evidence.add(draft.body)
    unit.billing_invoices.put(draft.invoice)
    remember(unit, client, claim, draft.operation)
    return AcceptedInvoice(operation=draft.operation, invoice=draft.invoice)


def _earlier(unit: UnitOfWork, client: Client, claim: KeyClaim) -> AcceptedInvoice | None:
    operation = earlier_operation(unit, client, claim)
    invoice = None if operation is None else unit.billing_invoices.of_operation(operation.id)
    if operation is None or invoice is None:
        return None
    return AcceptedInvoice(operation=operation, invoice=invoice, is_replay=True)
