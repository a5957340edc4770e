"""What waits again when a draft, or a part of it, is given up: refused acts, credit notes, batches.

Everything here runs within the transaction that takes the draft, or its claims, away.
Without it an act would stay bound to a repetition that is gone: nothing could carry it, credit it
or send its batch again.
Source: *eFact for nursing* 3.3 and 4.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from bridge.domain.claimchanges import freed
from bridge.domain.claims import Claim

if TYPE_CHECKING:
    from bridge.domain.invoices import InvoiceBatch
    from bridge.ports.store import UnitOfWork


def let_go(
    unit: UnitOfWork, claim: Claim, *, at: datetime, kept: Collection[str] = ()
) -> frozenset[str]:
    """Let the acts go that lines of a claim of a draft repeat or take back.

    Args:
        unit: The transaction.
        claim: As it was.
        at: Now.
        kept: Own references of its lines that stay in the draft.

    Returns:
        The batches of those acts.
    """
    gone = {line.reference: line.carried_from for line in claim.lines}
    for reference in kept:
        gone.pop(reference, None)
    batches = set[str]()
    if gone and claim.credits_id is not None:
        batches |= _free(unit, unit.claims.get(claim.credits_id), gone, at)[0]
    waiting = {each for each in gone.values() if each is not None}
    while waiting:
        reference = waiting.pop()
        found, seen = _free(unit, unit.claims.of_reference(reference), gone, at)
        batches |= found
        waiting -= seen
    return frozenset(batches)


def _free(
    unit: UnitOfWork, source: Claim | None, gone: Collection[str], at: datetime
) -> tuple[set[str], set[str]]:
    """Free the acts of a claim; gives its batch, and the references of its acts."""
    if source is None:
        return set(), set()
    free = freed(source, gone, at=at)
    if free is not source:
        unit.claims.put([free])
    return {source.batch_id}, {line.reference for line in source.lines}


def give_up(unit: UnitOfWork, draft: InvoiceBatch, *, at: datetime) -> None:
    """Let everything go that a draft repeats or takes back, before it is removed."""
    batches = set[str]()
    for claim in unit.claims.all_of(draft.id):
        batches |= let_go(unit, claim, at=at)
    for batch_id in sorted(batches):
        for kept in unit.settlements.of_batch(batch_id):
            if kept.carried_to == draft.id:
                unit.settlements.put(replace(kept, carried_to=None, updated_at=at))
    if draft.resends_id is None:
        return
    origin = unit.invoice_batches.get(draft.resends_id, client_id=None)
    if origin is not None and origin.resent_by_id == draft.id:
        unit.invoice_batches.put(replace(origin, resent_by_id=None, updated_at=at))
