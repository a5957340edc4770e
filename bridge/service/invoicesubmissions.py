"""Releasing invoice batches: checked once more, numbered, written into a file, then sent.

A sending number is the next one of its payer and year.
The file is written before the transaction that gives the number away, because writing may take
seconds; when somebody else took the number meanwhile, the file is written again.
Source: *eFact for nursing* 1, 2.1 and 5.7; *Identifiers* 8; decisions D16, D18, D19 and D21;
API-35, API-36 and API-45.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from bridge.domain.claims import Claim
from bridge.domain.exchanges import Exchange, ExchangeStatus
from bridge.domain.invoices import InvoiceBatch
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.operations import Operation
from bridge.domain.rights import Right
from bridge.errors import Conflict, Finding, NotFound
from bridge.ports.store import UnitOfWork
from bridge.service.engineparts import EngineParts
from bridge.service.history import owner_of
from bridge.service.invoiceevents import tell_batch
from bridge.service.invoicerelease import (
    ComposedFile,
    FileComposer,
    InvoiceRelease,
    is_current,
    numbered,
)
from bridge.service.invoicesettling import CLAIMS_AT_ONCE
from bridge.service.keys import KeyClaim, earlier_operation, remember
from bridge.service.operations import OperationBook
from bridge.service.outbox import Outbox
from bridge.service.rights import invoices_of
from bridge.service.tokens import Client

_TRIES: Final = 5


class BatchFindings(Protocol):
    """Who says what is wrong with a batch."""

    def findings(self, unit: UnitOfWork, batch: InvoiceBatch) -> Iterable[Finding]:
        """Give all that is wrong with a batch and its claims."""
        ...


@dataclass(frozen=True, kw_only=True)
class AcceptedInvoices:
    """What a request led to."""

    operation: Operation
    batch: InvoiceBatch
    is_replay: bool = False


class InvoiceSubmissionService:
    """Releases batches of invoices."""

    def __init__(
        self,
        parts: EngineParts,
        *,
        outbox: Outbox,
        operations: OperationBook,
        rules: BatchFindings,
        settings: InvoiceSettings,
    ) -> None:
        """Keep the parts."""
        self._parts = parts
        self._outbox = outbox
        self._operations = operations
        self._rules = rules
        self._composer = FileComposer(parts, operations=operations, settings=settings)

    async def submit(
        self, batch_id: str, release: InvoiceRelease, *, client: Client, claim: KeyClaim
    ) -> AcceptedInvoices:
        """Release a draft; the same key gives the same release again.

        Raises:
            NotFound: there is no such batch for the caller.
            Conflict: it is no draft any more (``already_sent``), cannot be sent
                (``not_submittable``, with the findings), was sent before
                (``duplicate_suspected``), is being changed (``precondition_failed``), or the
                numbers of the year are used up (``sending_numbers_used_up``).
            KeyReused: the key was used for another request.
            ActorNotAllowed: the caller's actor may not send invoices of the registration.
            SessionRequired, SessionExpired: there is no open session and it may not wait.
        """
        store = self._parts.store
        earlier = await store.read(lambda unit: _earlier(unit, client, claim))
        if earlier is not None:
            return earlier
        draft = await store.read(lambda unit: self._ready(unit, batch_id, client))
        if release.hold_for is None:
            self._parts.sessions.require(draft.registration_id)
        for _ in range(_TRIES):
            accepted = await self._attempt(draft, release, client=client, claim=claim)
            if accepted is not None:
                break
        else:
            raise Conflict(code="precondition_failed")
        if not accepted.is_replay:
            tell_batch(self._parts.events, accepted.batch)
            self._outbox.wake()
        return accepted

    async def cancel(self, batch_id: str, *, client: Client) -> InvoiceBatch:
        """Take a release back before anything has left; the batch is a draft again.

        Raises:
            NotFound: there is no such batch for the caller.
            Conflict: it was never released (``state_not_allowed``), or it has left
                (``already_sent``, ``operation_final``).
        """
        batch = await self._parts.store.read(lambda unit: visible(unit, batch_id, client))
        if batch.operation_id is None:
            raise Conflict(code="state_not_allowed")
        await self._operations.cancel(batch.operation_id, client_id=client.id)
        batch = await self._parts.store.read(lambda unit: visible(unit, batch_id, client))
        tell_batch(self._parts.events, batch)
        return batch

    async def _attempt(
        self, draft: InvoiceBatch, release: InvoiceRelease, *, client: Client, claim: KeyClaim
    ) -> AcceptedInvoices | None:
        """Write the file and release it; ``None`` when something moved meanwhile."""
        file = await self._parts.store.read(
            lambda unit: self._composer.compose(
                unit, draft_of(unit, draft.id, client), release, client
            )
        )

        def work(unit: UnitOfWork) -> AcceptedInvoices | None:
            known = _earlier(unit, client, claim)
            if known is not None:
                return known
            if not is_current(unit, file):
                return None
            self._accept(unit, file, release)
            remember(unit, client, claim, file.operation)
            return AcceptedInvoices(operation=file.operation, batch=file.batch)

        return await self._parts.store.write(work)

    def _ready(self, unit: UnitOfWork, batch_id: str, client: Client) -> InvoiceBatch:
        matter = invoices_of(visible(unit, batch_id, client))
        self._parts.rights.require(client, Right.SEND, matter)
        batch = draft_of(unit, batch_id, client)
        findings = self._rules.findings(unit, batch)
        errors = tuple(each for each in findings if not each.is_warning)
        if errors:
            raise Conflict(code="not_submittable", findings=errors)
        return batch

    def _accept(self, unit: UnitOfWork, file: ComposedFile, release: InvoiceRelease) -> None:
        """Write everything in one transaction, unless the same was sent before."""
        similar = unit.exchanges.similar(file.exchange.content_digest)
        if similar is not None and not _may_be_repeated(similar, file.batch, release):
            raise Conflict(code="duplicate_suspected", exchange_id=similar.id)
        unit.operations.add(file.operation)
        unit.exchanges.add(file.exchange, people=file.people)
        unit.evidence.add(file.content)
        part: list[Claim] = []
        for claim in numbered(unit, file.order, file.batch.updated_at):
            part.append(claim)
            if len(part) == CLAIMS_AT_ONCE:
                unit.claims.put(part)
                part = []
        unit.claims.put(part)
        unit.invoice_batches.put(file.batch)


def _may_be_repeated(similar: Exchange, batch: InvoiceBatch, release: InvoiceRelease) -> bool:
    """Tell whether a file may go once more: refused, repeated by this batch, or confirmed."""
    is_repeat = similar.subject_id is not None and similar.subject_id == batch.resends_id
    is_refused = similar.status is ExchangeStatus.REFUSED
    return is_refused or is_repeat or similar.id == release.duplicate_of


def visible(unit: UnitOfWork, batch_id: str, client: Client) -> InvoiceBatch:
    """Read a batch the caller may see.

    Raises:
        NotFound: none of that identifier.
    """
    found = unit.invoice_batches.get(batch_id, client_id=owner_of(client))
    if found is None:
        raise NotFound
    return found


def draft_of(unit: UnitOfWork, batch_id: str, client: Client) -> InvoiceBatch:
    """Read a draft the caller may see.

    Raises:
        NotFound: none of that identifier.
        Conflict: it is no draft any more (``already_sent``).
    """
    batch = visible(unit, batch_id, client)
    if not batch.is_changeable:
        raise Conflict(code="already_sent")
    return batch


def _earlier(unit: UnitOfWork, client: Client, claim: KeyClaim) -> AcceptedInvoices | None:
    operation = earlier_operation(unit, client, claim)
    if operation is None:
        return None
    batch = unit.invoice_batches.of_operation(operation.id)
    if batch is None:
        return None
    return AcceptedInvoices(operation=operation, batch=batch, is_replay=True)
