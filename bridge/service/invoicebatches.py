"""Batches of invoices before they are sent: drafts, their claims, findings, a dry run.

Releasing and what comes after it is the work of other services.
Source: *eFact for nursing* 1, 2 and 5; decisions D13, D16 and D18.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bridge.domain.claims import Claim
from bridge.domain.exchanges import ExchangeStatus, ReceivedResponse
from bridge.domain.invoices import InvoiceBatch
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.months import Month
from bridge.domain.periods import brussels_day
from bridge.domain.registrations import care_provider
from bridge.domain.rights import Matter, MessageKind, Right
from bridge.errors import Conflict, Finding, InputError, NotFound
from bridge.ports.invoices import BatchSums, InvoiceFilter
from bridge.ports.store import UnitOfWork
from bridge.service.engineparts import EngineParts
from bridge.service.history import owner_of
from bridge.service.invoicedrafts import (
    MOST_LINES,
    BatchDraft,
    ClaimDraft,
    ClaimMaker,
    count_lines,
)
from bridge.service.invoiceevents import tell_batch
from bridge.service.invoicefiles import DryRun, InvoiceFileBook, Validation
from bridge.service.invoicegivingup import give_up, let_go
from bridge.service.registrations import RegistrationBook
from bridge.service.rights import invoices_of
from bridge.service.tokens import Client

_PREFIX: Final = "inv"


@dataclass(frozen=True, kw_only=True)
class BatchView:
    """A batch as people see it now, with what its claims add up to.

    Attributes:
        unread: The answer that could not be read, while no other one could.
    """

    batch: InvoiceBatch
    sums: BatchSums
    unread: ReceivedResponse | None = None


class InvoiceBatchService:
    """Keeps drafts of batches and their claims."""

    def __init__(
        self,
        parts: EngineParts,
        *,
        registrations: RegistrationBook,
        files: InvoiceFileBook,
        settings: InvoiceSettings,
    ) -> None:
        """Keep the parts."""
        self._parts = parts
        self._registrations = registrations
        self._files = files
        self._settings = settings

    async def create(self, draft: BatchDraft, *, client: Client) -> BatchView:
        """Begin a batch.

        Raises:
            RegistrationMissing, NotFound: there is no such registration.
            InputError: the insurer is none (``value_not_allowed``), or the month has not begun
                (``month_in_future``).
            ActorNotAllowed: the caller's actor may not prepare invoices.
        """
        registration = await self._registrations.get(draft.registration_id)
        matter = Matter(registration_id=registration.id, kind=MessageKind.INVOICES)
        self._parts.rights.require(client, Right.ASK, matter)
        now = self._parts.clock.now()
        if draft.insurer not in self._settings.union_codes:
            _refuse("/insurer", "value_not_allowed")
        self._check_month(draft.month, now)
        made = InvoiceBatch(
            id=self._parts.ids.ulid(_PREFIX),
            client_id=client.id,
            practice_id=registration.practice_id,
            registration_id=registration.id,
            month=draft.month,
            insurer=draft.insurer,
            payer=care_provider(registration),
            status=ExchangeStatus.DRAFT,
            created_at=now,
            updated_at=now,
            client_ref=draft.client_ref,
        )

        def work(unit: UnitOfWork) -> BatchView:
            unit.invoice_batches.put(made)
            return view_of(unit, made)

        return await self._written(work)

    async def get(self, batch_id: str, *, client: Client) -> BatchView:
        """Read one batch.

        Raises:
            NotFound: none of that identifier that the caller may see.
        """
        return await self._parts.store.read(
            lambda unit: view_of(unit, visible(unit, batch_id, client))
        )

    async def page(
        self, wanted: InvoiceFilter, *, client: Client, limit: int, before_id: str | None = None
    ) -> tuple[list[BatchView], int]:
        """Read batches the caller may see, newest first, and count them."""
        own = replace(wanted, client_id=owner_of(client))

        def work(unit: UnitOfWork) -> tuple[list[BatchView], int]:
            found, total = unit.invoice_batches.page(own, limit=limit, before_id=before_id)
            return [view_of(unit, each) for each in found], total

        return await self._parts.store.read(work)

    async def change(
        self,
        batch_id: str,
        *,
        month: Month,
        client_ref: str | None,
        expected: InvoiceBatch,
        client: Client,
    ) -> BatchView:
        """Change a draft, unless somebody changed it since it was read.

        Raises:
            NotFound: none of that identifier for this caller.
            Conflict: it is no draft any more (``already_sent``), or no longer as ``expected``
                (``precondition_failed``).
            InputError: the month has not begun (``month_in_future``).
        """
        now = self._parts.clock.now()
        self._check_month(month, now)

        def work(unit: UnitOfWork) -> BatchView:
            found = self._draft(unit, batch_id, client)
            if found != expected:
                raise Conflict(code="precondition_failed")
            changed = replace(found, month=month, client_ref=client_ref, updated_at=now)
            unit.invoice_batches.put(changed)
            return view_of(unit, changed)

        return await self._written(work)

    async def remove(self, batch_id: str, *, client: Client) -> None:
        """Delete a draft with its claims; what it repeated or took back waits again.

        Raises:
            NotFound: none of that identifier for this caller.
            Conflict: it is no draft any more (``already_sent``).
        """
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> InvoiceBatch:
            found = self._draft(unit, batch_id, client)
            give_up(unit, found, at=now)
            unit.invoice_batches.remove(found.id)
            return found

        tell_batch(self._parts.events, await self._parts.store.write(work))

    async def add_claims(
        self, batch_id: str, drafts: Sequence[ClaimDraft], *, client: Client
    ) -> list[Claim]:
        """Add a page of claims, all or none (D16).

        Raises:
            NotFound: no batch of that identifier for this caller.
            Conflict: it is no draft any more (``already_sent``).
            InputError: more than 1 000 acts and days (``out_of_range``), or a day of a lump sum
                that cannot be expanded.
        """
        if count_lines(drafts) > MOST_LINES:
            _refuse("/claims", "out_of_range")

        def work(unit: UnitOfWork, maker: ClaimMaker, batch: InvoiceBatch) -> list[Claim]:
            first = unit.claims.next_position(batch.id)
            return [
                maker.fresh(
                    draft, batch_id=batch.id, position=first + place, pointer=f"/claims/{place}"
                )
                for place, draft in enumerate(drafts)
            ]

        return await self._claims_put(batch_id, work, client)

    async def change_claim(
        self, batch_id: str, draft: ClaimDraft, *, expected: Claim, client: Client
    ) -> Claim:
        """Change a claim of a draft, unless somebody changed it since it was read.

        Raises:
            NotFound: there is no such batch or claim for this caller.
            Conflict: the batch is no draft any more (``already_sent``), or the claim is no longer
                as ``expected`` (``precondition_failed``).
            InputError: more than 1 000 acts and days (``out_of_range``), or a day of a lump sum
                that cannot be expanded.
        """
        if count_lines((draft,)) > MOST_LINES:
            _refuse("/care", "out_of_range")

        def work(unit: UnitOfWork, maker: ClaimMaker, batch: InvoiceBatch) -> list[Claim]:
            found = claim_of(unit, batch, expected.id)
            if found != expected:
                raise Conflict(code="precondition_failed")
            changed = maker.filled(found, draft)
            kept = {line.reference for line in changed.lines}
            let_go(unit, found, at=changed.updated_at, kept=kept)
            return [changed]

        (changed,) = await self._claims_put(batch_id, work, client)
        return changed

    async def remove_claim(self, batch_id: str, claim_id: str, *, client: Client) -> None:
        """Take a claim out of a draft; what it repeated or took back waits again.

        Raises:
            NotFound: there is no such batch or claim for this caller.
            Conflict: the batch is no draft any more (``already_sent``).
        """
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> InvoiceBatch:
            batch = self._draft(unit, batch_id, client)
            claim = claim_of(unit, batch, claim_id)
            let_go(unit, claim, at=now)
            unit.claims.remove(claim.id)
            return _touched(unit, batch, now)

        tell_batch(self._parts.events, await self._parts.store.write(work))

    async def claim(self, batch_id: str, claim_id: str, *, client: Client) -> Claim:
        """Read one claim.

        Raises:
            NotFound: there is no such batch or claim for this caller.
        """
        return await self._parts.store.read(
            lambda unit: claim_of(unit, visible(unit, batch_id, client), claim_id)
        )

    async def claims(
        self, batch_id: str, *, client: Client, after: int = -1, limit: int
    ) -> tuple[list[Claim], int]:
        """Read claims of a batch in their order, those after a position, and count them all.

        Raises:
            NotFound: no batch of that identifier that the caller may see.
        """

        def work(unit: UnitOfWork) -> tuple[list[Claim], int]:
            batch = visible(unit, batch_id, client)
            found = unit.claims.page(batch.id, after=after, limit=limit)
            return found, unit.claims.sums(batch.id).claims

        return await self._parts.store.read(work)

    async def validate(
        self, batch_id: str, *, client: Client, after: int = -1, limit: int
    ) -> Validation:
        """Say what speaks against sending a draft, one page of its claims.

        Raises:
            NotFound: no batch of that identifier for this caller.
            Conflict: it is no draft any more (``already_sent``).
        """
        return await self._parts.store.read(
            lambda unit: self._files.validate(
                unit, draft_of(unit, batch_id, client), after=after, limit=limit
            )
        )

    async def dry_run(self, batch_id: str, *, client: Client, after: int = 0, limit: int) -> DryRun:
        """Show the file of a draft as it would be written today, one page of it.

        Raises:
            NotFound: no batch of that identifier for this caller.
            Conflict: it is no draft any more (``already_sent``).
            InputError: the registration has no invoicing details (``invoicing_profile_missing``).
        """
        return await self._parts.store.read(
            lambda unit: self._files.dry_run(
                unit, draft_of(unit, batch_id, client), after=after, limit=limit
            )
        )

    def _check_month(self, month: Month, now: datetime) -> None:
        if month > Month.of(brussels_day(now)):
            _refuse("/month", "month_in_future")

    async def _claims_put(
        self,
        batch_id: str,
        work: Callable[[UnitOfWork, ClaimMaker, InvoiceBatch], list[Claim]],
        client: Client,
    ) -> list[Claim]:
        now = self._parts.clock.now()

        def write(unit: UnitOfWork) -> tuple[InvoiceBatch, list[Claim]]:
            batch = self._draft(unit, batch_id, client)
            maker = ClaimMaker(unit, ids=self._parts.ids, now=now, settings=self._settings)
            made = work(unit, maker, batch)
            unit.claims.put(made)
            return _touched(unit, batch, now), made

        batch, made = await self._parts.store.write(write)
        tell_batch(self._parts.events, batch)
        return made

    def _draft(self, unit: UnitOfWork, batch_id: str, client: Client) -> InvoiceBatch:
        matter = invoices_of(visible(unit, batch_id, client))
        self._parts.rights.require(client, Right.ASK, matter)
        return draft_of(unit, batch_id, client)

    async def _written(self, work: Callable[[UnitOfWork], BatchView]) -> BatchView:
        view = await self._parts.store.write(work)
        tell_batch(self._parts.events, view.batch)
        return view


def view_of(unit: UnitOfWork, batch: InvoiceBatch) -> BatchView:
    """Show a batch with its sums."""
    response_id = batch.unread_response_id
    unread = None if response_id is None else unit.responses.get(response_id)
    return BatchView(batch=batch, sums=unit.claims.sums(batch.id), unread=unread)


def visible(unit: UnitOfWork, batch_id: str, client: Client) -> InvoiceBatch:
    """Give a batch the caller may see.

    Raises:
        NotFound: there is none.
    """
    found = unit.invoice_batches.get(batch_id, client_id=owner_of(client))
    if found is None:
        raise NotFound
    return found


def draft_of(unit: UnitOfWork, batch_id: str, client: Client) -> InvoiceBatch:
    """Give a draft the caller may see.

    Raises:
        NotFound: there is none.
        Conflict: it is no draft any more (``already_sent``).
    """
    batch = visible(unit, batch_id, client)
    if not batch.is_changeable:
        raise Conflict(code="already_sent")
    return batch


def claim_of(unit: UnitOfWork, batch: InvoiceBatch, claim_id: str) -> Claim:
    """Give a claim of a batch.

    Raises:
        NotFound: it has none of that identifier.
    """
    claim = unit.claims.get(claim_id)
    if claim is None or claim.batch_id != batch.id:
        raise NotFound
    return claim


def _touched(unit: UnitOfWork, batch: InvoiceBatch, now: datetime) -> InvoiceBatch:
    """Say that a batch changed, so that nobody releases it as it was before."""
    changed = replace(batch, updated_at=now)
    unit.invoice_batches.put(changed)
    return changed


def _refuse(pointer: str, code: str) -> None:
    raise InputError(findings=(Finding(pointer=pointer, code=code),))
