"""What a person does about a batch that went wrong, or about acts that were paid wrongly.

A refused batch is repeated as a whole, under a sending number of its own.
So is one whose answer nobody can read, once a person knows that the insurer did not take it.
A batch whose message never reached the insurer becomes a draft again and keeps its number.
Source: *eFact for nursing* 1 and 4; decisions D17, D19 and D21.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bridge.domain.claims import Claim
from bridge.domain.exchanges import ExchangeStatus, Mark
from bridge.domain.invoices import InvoiceBatch
from bridge.domain.rights import Right
from bridge.errors import Conflict, NotFound
from bridge.service.history import owner_of
from bridge.service.invoiceanswers import drafted
from bridge.service.invoicecarrying import Carrier
from bridge.service.invoiceevents import tell_batch
from bridge.service.rights import invoices_of, require_mark

if TYPE_CHECKING:
    from bridge.domain.invoicesettings import InvoiceSettings
    from bridge.ports.store import UnitOfWork
    from bridge.service.engineparts import EngineParts
    from bridge.service.tokens import Client


@dataclass(frozen=True, kw_only=True)
class TakenBack:
    """Acts that were taken back.

    Attributes:
        draft: Where credit note and correction wait.
        claims: The credit note, and the invoice that puts the acts right when one was asked for.
    """

    draft: InvoiceBatch
    claims: tuple[Claim, ...]


class InvoiceFollowUps:
    """Repeats refused batches, and takes back what was paid wrongly."""

    def __init__(self, parts: EngineParts, *, settings: InvoiceSettings) -> None:
        """Keep the parts."""
        self._parts = parts
        self._settings = settings

    async def repeat(self, batch_id: str, *, client: Client) -> InvoiceBatch:
        """Make a draft of what was refused or never arrived, to be corrected and sent again.

        Raises:
            NotFound: there is no such batch for the caller.
            Conflict: it is neither refused nor in error nor answered by what nobody can read
                (``state_not_allowed``), or it is repeated already (``correction_exists``).
            ActorNotAllowed: the caller's actor may not prepare invoices.
        """

        def work(unit: UnitOfWork) -> tuple[InvoiceBatch, ...]:
            batch = _visible(unit, batch_id, client)
            self._parts.rights.require(client, Right.ASK, invoices_of(batch))
            now = self._parts.clock.now()
            if batch.status is ExchangeStatus.ERROR:
                again = drafted(batch, at=now)
                unit.invoice_batches.put(again)
                return (again,)
            if batch.status is not ExchangeStatus.REFUSED and not batch.is_unread:
                raise Conflict(code="state_not_allowed")
            if batch.resent_by_id is not None:
                raise Conflict(code="correction_exists")
            draft = self._carrier(unit).repeat(batch)
            done = batch.marked(Mark.PROCESSED, at=now)
            done = replace(done, resent_by_id=draft.id, updated_at=now)
            unit.invoice_batches.put(done)
            return draft, done

        changed = await self._parts.store.write(work)
        for each in changed:
            tell_batch(self._parts.events, each)
        return changed[0]

    async def take_back(
        self,
        claim_id: str,
        *,
        client: Client,
        references: Collection[str] | None = None,
        is_invoiced_anew: bool = False,
    ) -> TakenBack:
        """Take paid acts back by a credit note in the next draft.

        Args:
            claim_id: The invoice they are part of.
            client: Who asks.
            references: Own references of the acts; ``None`` for all of the invoice.
            is_invoiced_anew: Also put them into the draft as they were, to be corrected there.

        Raises:
            NotFound: there is no such invoice for the caller.
            Conflict: nothing of it was paid, or it was taken back already
                (``nothing_to_credit``).
            ActorNotAllowed: the caller's actor may not prepare invoices.
        """

        def work(unit: UnitOfWork) -> TakenBack:
            claim = unit.claims.get(claim_id)
            if claim is None:
                raise NotFound
            batch = _visible(unit, claim.batch_id, client)
            self._parts.rights.require(client, Right.ASK, invoices_of(batch))
            draft, claims = self._carrier(unit).take_back(
                claim, batch, references=references, is_invoiced_anew=is_invoiced_anew
            )
            return TakenBack(draft=draft, claims=claims)

        taken = await self._parts.store.write(work)
        tell_batch(self._parts.events, taken.draft)
        return taken

    async def mark_all(
        self, batch_ids: Sequence[str], mark: Mark, *, client: Client
    ) -> list[InvoiceBatch]:
        """Mark batches as read, processed or archived, or take the mark back; all or none.

        Raises:
            NotFound: one is not there for the caller.
            Conflict: one is not processed (``not_processed``, D20).
            ActorNotAllowed: the caller's actor may not mark one of them so.
        """
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> list[InvoiceBatch]:
            found = [_visible(unit, each, client) for each in dict.fromkeys(batch_ids)]
            require_mark(self._parts.rights, client, mark, *(invoices_of(each) for each in found))
            marked = [each.marked(mark, at=now) for each in found]
            for each in marked:
                unit.invoice_batches.put(each)
            return marked

        marked = await self._parts.store.write(work)
        for each in marked:
            tell_batch(self._parts.events, each)
        return marked

    def _carrier(self, unit: UnitOfWork) -> Carrier:
        return Carrier(
            unit=unit,
            ids=self._parts.ids,
            settings=self._settings,
            now=self._parts.clock.now(),
        )


def _visible(unit: UnitOfWork, batch_id: str, client: Client) -> InvoiceBatch:
    found = unit.invoice_batches.get(batch_id, client_id=owner_of(client))
    if found is None:
        raise NotFound
    return found
