"""Refused acts into the next draft, and paid ones taken back and invoiced anew.

Everything here runs within a writing transaction; doing it twice changes nothing.
Source: *eFact for nursing* 3.3 and 4.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from bridge.domain.claimchanges import (
    CarryOver,
    carry_over,
    correction,
    credit_note,
    credit_reference,
    credited,
    previous_of,
)
from bridge.domain.claims import ActResult, Claim
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.invoices import InvoiceAnswer, InvoiceBatch
from bridge.domain.months import Month
from bridge.domain.periods import brussels_day

if TYPE_CHECKING:
    from bridge.domain.ids import IdSource
    from bridge.domain.invoicesettings import InvoiceSettings
    from bridge.ports.store import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """Puts acts into drafts, within one transaction."""

    unit: UnitOfWork
    ids: IdSource
    settings: InvoiceSettings
    now: datetime

    def carry(self, batch: InvoiceBatch) -> InvoiceBatch | None:
        """Put the refused acts of a settled batch into the next draft for its insurer.

        Returns:
            The draft; ``None`` when nothing is left to carry.
        """
        refused = [each for each in self.unit.claims.all_of(batch.id) if _has_refused(each)]
        if not refused:
            return None
        draft = self._next_draft(batch)
        self._put(refused, draft)
        return draft

    def repeat(self, batch: InvoiceBatch) -> InvoiceBatch:
        """Put all acts of a refused batch into a draft of its own, to be sent again whole.

        Where no answer can be read, the person who repeats the batch says that it was not taken,
        so what is open counts as refused until an answer says otherwise.
        """
        draft = replace(self._fresh(batch, batch.month), resends_id=batch.id)
        claims: Iterable[Claim] = self.unit.claims.all_of(batch.id)
        self._put(map(_not_taken, claims) if batch.is_unread else claims, draft)
        return draft

    def take_back(
        self,
        claim: Claim,
        batch: InvoiceBatch,
        *,
        references: Collection[str] | None,
        is_invoiced_anew: bool,
    ) -> tuple[InvoiceBatch, tuple[Claim, ...]]:
        """Put a credit note of paid acts into the next draft, and the acts themselves anew.

        Raises:
            Conflict: nothing of it was paid, or it was taken back already
                (``nothing_to_credit``).
        """
        draft = self._next_draft(batch)
        previous = previous_of(
            claim, batch, payment_reference=self._payment_reference(claim, batch)
        )
        note = credit_note(
            claim,
            previous=previous,
            batch_id=draft.id,
            ids=self.ids,
            at=self.now,
            references=references,
        )
        made = [note]
        if is_invoiced_anew:
            taken = {line.reference for line in note.lines}
            lines = [each for each in claim.lines if credit_reference(each.reference) in taken]
            anew = correction(
                claim, lines, previous=previous, batch_id=draft.id, ids=self.ids, at=self.now
            )
            made.append(anew)
        placed = self._placed(draft, made, known=frozenset())
        self.unit.invoice_batches.put(draft)
        self.unit.claims.put([*placed, credited(claim, note, at=self.now)])
        return draft, tuple(placed)

    def _put(self, refused: Iterable[Claim], draft: InvoiceBatch) -> CarryOver:
        there = list(self.unit.claims.all_of(draft.id))
        carried = carry_over(refused, there, batch_id=draft.id, ids=self.ids, at=self.now)
        known = frozenset(each.id for each in there)
        self.unit.invoice_batches.put(draft)
        self.unit.claims.put([*carried.refused, *self._placed(draft, carried.draft, known=known)])
        return carried

    def _placed(
        self, draft: InvoiceBatch, claims: Sequence[Claim], *, known: frozenset[str]
    ) -> list[Claim]:
        """Give new claims their places behind those of the draft."""
        place = self.unit.claims.next_position(draft.id)
        found = []
        for each in claims:
            is_new = each.id not in known
            found.append(replace(each, position=place) if is_new else each)
            place += is_new
        return found

    def _next_draft(self, batch: InvoiceBatch) -> InvoiceBatch:
        """Give the next draft for an insurer: one that waits already, or a new one of now."""
        found = self.unit.invoice_batches.draft_of(
            batch.registration_id, batch.insurer, from_month=batch.month
        )
        if found is not None:
            return replace(found, updated_at=self.now)
        return self._fresh(batch, max(batch.month, Month.of(brussels_day(self.now))))

    def _fresh(self, batch: InvoiceBatch, month: Month) -> InvoiceBatch:
        return InvoiceBatch(
            id=self.ids.ulid("inv"),
            client_id=batch.client_id,
            practice_id=batch.practice_id,
            registration_id=batch.registration_id,
            month=month,
            insurer=batch.insurer,
            payer=batch.payer,
            status=ExchangeStatus.DRAFT,
            created_at=self.now,
            updated_at=self.now,
        )

    def _payment_reference(self, claim: Claim, batch: InvoiceBatch) -> str:
        """Give the reference under which the insurer paid a claim; empty when it named none."""
        destination = self.settings.destination(claim.patient.mutuality)
        found = [
            each.payment_reference
            for kept in self.unit.settlements.of_batch(batch.id)
            if kept.settlement.answer is InvoiceAnswer.SETTLED
            for each in kept.settlement.mutualities
            if each.mutuality == destination
        ]
        return found[-1] if found else ""


def _has_refused(claim: Claim) -> bool:
    return any(
        line.result is ActResult.REJECTED and line.carried_to is None for line in claim.lines
    )


def _not_taken(claim: Claim) -> Claim:
    """Give a claim as it counts when a person says that the insurer did not take it."""
    lines = tuple(
        replace(line, result=ActResult.REJECTED) if line.result is ActResult.OPEN else line
        for line in claim.lines
    )
    return replace(claim, lines=lines)
