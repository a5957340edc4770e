"""What follows a settlement: credit notes, corrections, and refused acts in the next batch.

An act that was never paid is simply invoiced again; one that was paid is taken back by a credit
note and invoiced anew, the credit note before the new invoice.
References of repeated acts are made from those they repeat, so that doing it twice gives the same.
Source: *eFact for nursing* 3.3 and 4.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from bridge.domain.claims import (
    ActResult,
    Claim,
    ClaimKind,
    ClaimLine,
    PreviousInvoicing,
    blocks_of,
)
from bridge.domain.ids import IdSource
from bridge.domain.invoicecases import person_of
from bridge.domain.invoices import InvoiceBatch
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.errors import Conflict

_PAID: Final = frozenset({ActResult.PAID, ActResult.PARTLY_PAID})
_UNSETTLED: Final[dict[str, Any]] = {
    "result": ActResult.OPEN,
    "paid_amount": 0,
    "reasons": (),
    "carried_to": None,
    "credited_by": None,
}
"""A line as it is before anything became of it."""


def next_reference(reference: str) -> str:
    """Give the reference of an act that repeats another: ``A1`` becomes ``A1/2``, then ``A1/3``."""
    stem, slash, number = reference.rpartition("/")
    if not slash or not number.isdecimal():
        return f"{reference}/2"
    return f"{stem}/{int(number) + 1}"


def credit_reference(reference: str) -> str:
    """Give the reference of what takes an act back."""
    return f"{reference}-C"


def correction_reference(reference: str) -> str:
    """Give the reference of what puts an act right after a credit note."""
    return f"{reference}-N"


def previous_of(
    claim: Claim, batch: InvoiceBatch, *, payment_reference: str = ""
) -> PreviousInvoicing:
    """Give what a credit note or a correction says about the invoice it is about.

    Raises:
        Conflict: the invoice was never sent (``nothing_to_credit``).
    """
    if claim.invoice_number is None or batch.sending_number is None:
        raise Conflict(code="nothing_to_credit")
    return PreviousInvoicing(
        invoice_number=claim.invoice_number,
        sending_number=batch.sending_number,
        mutuality=claim.patient.mutuality,
        month=batch.month,
        payment_reference=payment_reference,
    )


def credit_note(
    claim: Claim,
    *,
    previous: PreviousInvoicing,
    batch_id: str,
    ids: IdSource,
    at: datetime,
    references: Collection[str] | None = None,
) -> Claim:
    """Take paid acts back: every amount and every unit negative, statistical lines too.

    A day of a lump sum is taken back whole; what was partly paid is taken back as far as it was.

    Args:
        claim: As it was settled.
        previous: Of that invoice.
        batch_id: The draft it goes into.
        ids: For the new claim and its lines.
        at: Now.
        references: Of the acts to take back; ``None`` for all.

    Raises:
        Conflict: none of them was paid, or all were taken back already (``nothing_to_credit``).
    """
    lines = tuple(
        replace(
            line,
            **_UNSETTLED,
            id=ids.ulid("cln"),
            reference=credit_reference(line.reference),
            insurer_amount=-line.paid_amount,
            copayment=-line.copayment,
            supplement=-line.supplement,
            base_value=-line.base_value,
            units=-line.units,
            carried_from=None,
        )
        for line in _chosen(claim, references)
    )
    return _follower(
        claim,
        lines,
        kind=ClaimKind.CREDIT_NOTE,
        previous=previous,
        batch_id=batch_id,
        ids=ids,
        at=at,
    )


def correction(
    claim: Claim,
    lines: Iterable[ClaimLine],
    *,
    previous: PreviousInvoicing,
    batch_id: str,
    ids: IdSource,
    at: datetime,
) -> Claim:
    """Invoice acts anew after a credit note.

    Args:
        claim: The invoice that is credited.
        lines: As they should have been, under the references they had.
        previous: Of that invoice.
        batch_id: The draft it goes into.
        ids: For the new claim and its lines.
        at: Now.

    Raises:
        Conflict: there are no lines (``nothing_to_credit``).
    """
    anew = tuple(
        replace(
            line,
            **_UNSETTLED,
            id=ids.ulid("cln"),
            reference=correction_reference(line.reference),
            carried_from=None,
        )
        for line in lines
    )
    return _follower(
        claim, anew, kind=ClaimKind.CORRECTION, previous=previous, batch_id=batch_id, ids=ids, at=at
    )


def credited(claim: Claim, note: Claim, *, at: datetime) -> Claim:
    """Give a claim that knows which of its acts a credit note takes back."""
    taken = {line.reference for line in note.lines}
    lines = (
        replace(line, credited_by=credit_reference(line.reference))
        if credit_reference(line.reference) in taken
        else line
        for line in claim.lines
    )
    return claim.with_lines(lines, at=at)


def freed(claim: Claim, references: Collection[str], *, at: datetime) -> Claim:
    """Give a claim whose acts are no longer repeated or taken back by acts that are given up.

    Args:
        claim: With acts that were carried over or credited.
        references: Own references of the acts that are given up.
        at: Now.
    """
    lines = (
        replace(
            line,
            carried_to=None if line.carried_to in references else line.carried_to,
            credited_by=None if line.credited_by in references else line.credited_by,
        )
        for line in claim.lines
    )
    return claim.with_lines(lines, at=at)


def _chosen(claim: Claim, references: Collection[str] | None) -> Iterator[ClaimLine]:
    """Give what can be taken back: paid, not yet taken back, and no credit note itself."""
    for block in blocks_of(claim.lines if claim.kind is not ClaimKind.CREDIT_NOTE else ()):
        is_named = references is None or any(each.reference in references for each in block.lines)
        last = block.lump_sum
        if is_named and last is not None and last.result in _PAID and last.credited_by is None:
            yield from block.lines


def _follower(claim: Claim, lines: tuple[ClaimLine, ...], **changes: Any) -> Claim:
    if not lines:
        raise Conflict(code="nothing_to_credit")
    ids, at = changes.pop("ids"), changes.pop("at")
    return replace(
        claim,
        **changes,
        id=ids.ulid("clm"),
        lines=lines,
        invoice_number=None,
        credits_id=claim.id,
        reasons=(),
        client_ref=None,
        created_at=at,
        updated_at=at,
    )


@dataclass(frozen=True, kw_only=True)
class CarryOver:
    """Refused acts that went into the next draft.

    Attributes:
        refused: Claims they came from, changed or not, in their order.
        draft: Claims of the draft that are new or changed.
    """

    refused: tuple[Claim, ...]
    draft: tuple[Claim, ...]


def carry_over(
    refused: Iterable[Claim],
    draft: Sequence[Claim],
    *,
    batch_id: str,
    ids: IdSource,
    at: datetime,
) -> CarryOver:
    """Put refused acts into the next draft, each once; doing it twice changes nothing.

    Acts of one patient go into one claim, unless they are about another earlier invoicing.

    Args:
        refused: Claims of a batch that was settled or refused.
        draft: Claims that the next draft already has.
        batch_id: Of that draft.
        ids: For new claims and lines.
        at: Now.
    """
    targets = {_group(each): each for each in draft}
    known = {line.reference for each in draft for line in each.lines}
    changed: dict[object, None] = {}
    marked: list[Claim] = []
    for claim in refused:
        pairs = [(line, _repeated(line)) for line in claim.lines if _is_to_carry(line)]
        fresh = [(line, reference) for line, reference in pairs if reference not in known]
        if fresh:
            group = _group(claim)
            target = targets.get(group) or _empty(claim, batch_id=batch_id, ids=ids, at=at)
            lines = tuple(_carried(line, reference, ids) for line, reference in fresh)
            targets[group] = replace(target, lines=(*target.lines, *lines), updated_at=at)
            changed[group] = None
            known.update(reference for _, reference in fresh)
        marked.append(_marked(claim, {line.id: to for line, to in pairs}, at=at))
    return CarryOver(refused=tuple(marked), draft=tuple(targets[group] for group in changed))


def _is_to_carry(line: ClaimLine) -> bool:
    return line.result is ActResult.REJECTED and line.carried_to is None


def _repeated(line: ClaimLine) -> str:
    return next_reference(line.reference)


def _group(claim: Claim) -> object:
    return (person_of(claim.patient), claim.patient.mutuality, claim.kind, claim.previous)


def _carried(line: ClaimLine, reference: str, ids: IdSource) -> ClaimLine:
    return replace(
        line,
        **_UNSETTLED,
        id=ids.ulid("cln"),
        reference=reference,
        carried_from=line.reference,
    )


def _empty(claim: Claim, *, batch_id: str, ids: IdSource, at: datetime) -> Claim:
    return replace(
        claim,
        id=ids.ulid("clm"),
        batch_id=batch_id,
        lines=(),
        client_ref=None,
        invoice_number=None,
        reasons=(),
        created_at=at,
        updated_at=at,
    )


def _marked(claim: Claim, carried: dict[str, str], *, at: datetime) -> Claim:
    lines = (
        replace(line, carried_to=carried[line.id]) if line.id in carried else line
        for line in claim.lines
    )
    return claim.with_lines(lines, at=at)


def sending_order(claims: Iterable[Claim], settings: InvoiceSettings) -> list[Claim]:
    """Give claims in the order of the file: credit notes first, then by destination (2.1)."""
    return sorted(claims, key=lambda each: sending_rank(each, settings))


def sending_rank(claim: Claim, settings: InvoiceSettings) -> tuple[bool, str, int, str]:
    """Give what sorts as a claim does in the file; its identifier stands last."""
    return (
        claim.kind is not ClaimKind.CREDIT_NOTE,
        settings.destination(claim.patient.mutuality),
        claim.position,
        claim.id,
    )
