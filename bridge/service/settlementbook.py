"""Answers that decided about invoices: shown act by act, marked, worked off.

Working an answer off says what became of every day of care, and puts refused acts into the next
draft; an answer that contradicts an earlier one is taken over only then (D32).
A file that was refused as a whole is sent again as a whole, which is the work of
``service.invoicefollowups``.
Source: *eFact for nursing* 3; decisions D17, D20 and D32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from bridge.domain.caredays import CareDay, care_days
from bridge.domain.claims import Claim
from bridge.domain.exchanges import Exchange, Mark
from bridge.domain.invoicehandovers import InvoiceHandover, handover_of
from bridge.domain.invoices import InvoiceAnswer, InvoiceBatch
from bridge.domain.keptsettlements import KeptSettlement
from bridge.domain.settling import Settler
from bridge.errors import NotFound
from bridge.service.history import owner_of
from bridge.service.invoicecarrying import Carrier
from bridge.service.invoiceevents import tell_batch, tell_settlement
from bridge.service.invoicesettling import take_over
from bridge.service.rights import invoices_of, require_mark
from bridge.service.settlementerrors import ShownError, errors_of, shown_error

if TYPE_CHECKING:
    from bridge.domain.invoicesettings import InvoiceSettings
    from bridge.ports.invoices import SettlementFilter
    from bridge.ports.store import UnitOfWork
    from bridge.service.engineparts import EngineParts
    from bridge.service.tokens import Client


@dataclass(frozen=True, kw_only=True)
class SettlementView:
    """An answer as people see it.

    Attributes:
        errors: About the file itself; those about invoices stand with the invoices.
    """

    kept: KeptSettlement
    batch: InvoiceBatch
    errors: tuple[ShownError, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SettledInvoice:
    """One invoice as an answer leaves it.

    Attributes:
        claim: With what became of each act, and what is paid of it.
        days: What became of each day of care.
        errors: Each at its zone.
        handover: What a front end takes over; ``None`` while nothing of it is final.
    """

    claim: Claim
    days: tuple[CareDay, ...]
    errors: tuple[ShownError, ...]
    handover: InvoiceHandover | None = None


@dataclass(frozen=True, kw_only=True)
class _Worked:
    """What working an answer off, or marking it, changed.

    Attributes:
        batches: Its batch, and the draft its refused acts went into.
        exchange: The message of its batch.
    """

    view: SettlementView
    batches: tuple[InvoiceBatch, ...] = ()
    exchange: Exchange | None = None


class SettlementBook:
    """Lists answers and lets people work them off."""

    def __init__(self, parts: EngineParts, *, settings: InvoiceSettings) -> None:
        """Keep the parts."""
        self._parts = parts
        self._settings = settings

    async def page(
        self,
        wanted: SettlementFilter,
        *,
        client: Client,
        limit: int,
        before_id: str | None = None,
    ) -> tuple[list[SettlementView], int]:
        """Read answers the caller may see, newest first, and count them."""
        visible = replace(wanted, client_id=owner_of(client))

        def work(unit: UnitOfWork) -> tuple[list[SettlementView], int]:
            found, total = unit.settlements.page(visible, limit=limit, before_id=before_id)
            return [_view(unit, each) for each in found], total

        return await self._parts.store.read(work)

    async def get(self, settlement_id: str, *, client: Client) -> SettlementView:
        """Read one answer.

        Raises:
            NotFound: none of that identifier that the caller may see.
        """
        return await self._parts.store.read(
            lambda unit: _view(unit, _visible(unit, settlement_id, client))
        )

    async def invoices(
        self, settlement_id: str, *, client: Client, limit: int, after: int = -1
    ) -> tuple[list[SettledInvoice], int]:
        """Read invoices of the batch as an answer leaves them, after a position; count them all.

        Raises:
            NotFound: none of that identifier that the caller may see.
        """

        def work(unit: UnitOfWork) -> tuple[list[SettledInvoice], int]:
            kept = _visible(unit, settlement_id, client)
            settler = Settler(kept.settlement, self._settings)
            page = unit.claims.page(kept.batch_id, after=after, limit=limit)
            total = unit.claims.sums(kept.batch_id).claims
            return [_settled(settler.take(claim), kept, self._settings) for claim in page], total

        return await self._parts.store.read(work)

    async def process(self, settlement_id: str, *, client: Client) -> SettlementView:
        """Work an answer off; twice changes nothing.

        When the draft that its refused acts went into was removed, they go into the next one.

        Raises:
            NotFound: none of that identifier that the caller may see.
            ActorNotAllowed: the caller's actor may not process answers to invoices.
        """
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> _Worked:
            kept = _visible(unit, settlement_id, client)
            self._require(unit, Mark.PROCESSED, [kept], client)
            if kept.processed_at is not None and kept.carried_to is not None:
                return _Worked(view=_view(unit, kept))
            return self._processed(unit, kept, now)

        worked = await self._parts.store.write(work)
        self._tell(worked)
        return worked.view

    async def mark(self, settlement_id: str, mark: Mark, *, client: Client) -> SettlementView:
        """Mark an answer as read, processed or archived, or take the mark back.

        Marking it as processed works it off.

        Raises:
            NotFound: none of that identifier that the caller may see.
            Conflict: it is not processed (``not_processed``, D20).
            ActorNotAllowed: the caller's actor may not mark it so.
        """
        return (await self.mark_all([settlement_id], mark, client=client))[0]

    async def mark_all(
        self, settlement_ids: Sequence[str], mark: Mark, *, client: Client
    ) -> list[SettlementView]:
        """Mark answers, all or none.

        Raises:
            NotFound: one is not there for the caller.
            Conflict: one is not processed (``not_processed``, D20).
            ActorNotAllowed: the caller's actor may not mark one of them so.
        """
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> list[_Worked]:
            found = [_visible(unit, each, client) for each in dict.fromkeys(settlement_ids)]
            self._require(unit, mark, found, client)
            return [self._marked(unit, kept, mark, now) for kept in found]

        changed = await self._parts.store.write(work)
        for worked in changed:
            self._tell(worked)
        return [worked.view for worked in changed]

    def _require(
        self, unit: UnitOfWork, mark: Mark, found: Sequence[KeptSettlement], client: Client
    ) -> None:
        matters = [invoices_of(_batch(unit, kept)) for kept in found]
        require_mark(self._parts.rights, client, mark, *matters)

    def _marked(self, unit: UnitOfWork, kept: KeptSettlement, mark: Mark, now: datetime) -> _Worked:
        if mark is Mark.PROCESSED and kept.processed_at is None:
            return self._processed(unit, kept, now)
        marked = kept.marked(mark, at=now)
        unit.settlements.put(marked)
        return _Worked(view=_view(unit, marked))

    def _processed(self, unit: UnitOfWork, kept: KeptSettlement, now: datetime) -> _Worked:
        batch = _batch(unit, kept)
        if not _is_latest(batch, kept):
            processed = kept.marked(Mark.PROCESSED, at=now)
            unit.settlements.put(processed)
            return _Worked(view=_view(unit, processed))
        kept = take_over(unit, kept, self._settings, at=now)
        is_settlement = kept.settlement.answer is InvoiceAnswer.SETTLED
        batch = batch.marked(Mark.PROCESSED, at=now)
        if is_settlement:
            batch = replace(batch, settled_at=batch.settled_at or now)
        unit.invoice_batches.put(batch)
        draft = None
        if is_settlement:
            carrier = Carrier(unit=unit, ids=self._parts.ids, settings=self._settings, now=now)
            draft = carrier.carry(batch)
            kept = kept if draft is None else replace(kept, carried_to=draft.id)
        processed = kept.marked(Mark.PROCESSED, at=now)
        unit.settlements.put(processed)
        return _Worked(
            view=_view(unit, processed),
            batches=(batch,) if draft is None else (batch, draft),
            exchange=_follow_message(unit, batch, now),
        )

    def _tell(self, worked: _Worked) -> None:
        """Tell of everything that working an answer off, or marking it, changed."""
        events = self._parts.events
        tell_settlement(events, worked.view.kept)
        for batch in worked.batches:
            tell_batch(events, batch)
        if worked.exchange is not None:
            self._parts.tell(worked.exchange)


def _visible(unit: UnitOfWork, settlement_id: str, client: Client) -> KeptSettlement:
    found = unit.settlements.get(settlement_id, client_id=owner_of(client))
    if found is None:
        raise NotFound
    return found


def _batch(unit: UnitOfWork, kept: KeptSettlement) -> InvoiceBatch:
    batch = unit.invoice_batches.get(kept.batch_id, client_id=None)
    if batch is None:
        raise NotFound
    return batch


def _view(unit: UnitOfWork, kept: KeptSettlement) -> SettlementView:
    errors = tuple(shown_error(each) for each in kept.settlement.file_reasons)
    return SettlementView(kept=kept, batch=_batch(unit, kept), errors=errors)


def _settled(claim: Claim, kept: KeptSettlement, settings: InvoiceSettings) -> SettledInvoice:
    return SettledInvoice(
        claim=claim,
        days=care_days(claim),
        errors=errors_of(claim),
        handover=handover_of(claim, kept, settings),
    )


def _is_latest(batch: InvoiceBatch, kept: KeptSettlement) -> bool:
    """Tell whether an answer is the one that holds; an earlier one decides nothing any more."""
    return batch.decision is not None and batch.decision.response_id == kept.settlement.response_id


def _follow_message(unit: UnitOfWork, batch: InvoiceBatch, now: datetime) -> Exchange | None:
    """Mark the message of a batch as processed with it; give it when it changed."""
    exchange = None if batch.exchange_id is None else unit.exchanges.get(batch.exchange_id)
    if exchange is None:
        return None
    marked = replace(exchange.marked(Mark.PROCESSED, at=now), status=batch.status)
    if marked == exchange:
        return None
    unit.exchanges.replace(marked)
    return marked
