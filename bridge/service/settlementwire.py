"""What an answer of an insurer says, from the terms of the wire to those of a settlement.

An act is found by its own reference; a record that has none (51, 52) belongs to the act beside it
in the answer, or else to the act of the same patient, code, day and provider.
Source: *eFact for nursing* 3.1 to 3.3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from bridge.codecs.efact.answers import ActKey as EchoedKey
from bridge.codecs.efact.answers import Amounts, Answer, AnswerName, EchoedRecord, Totals, ZoneError
from bridge.codecs.efact.errorcodes import RecordError
from bridge.domain.claims import RejectionReason
from bridge.domain.identifiers import Nihii
from bridge.domain.invoicecases import ActKey
from bridge.domain.invoices import InvoiceAnswer
from bridge.domain.settlements import ActVerdict, InvoiceVerdict, MutualityVerdict, Settlement
from bridge.errors import BridgeError

_ACT: Final = "50"
_INVOICE_TOTAL: Final = "80"
_FILE_FRAME: Final = frozenset({"10", "90"})
_SETTLED_TOTAL: Final = "91"

_Identity = tuple[str, str | None, object, str | None]


def settlement_of(answer: Answer, *, response_id: str, at: datetime) -> Settlement | None:
    """Give what an answer decides; ``None`` for a receipt and for what is no answer."""
    if answer.name is None or answer.name is AnswerName.RECEIVED:
        return None
    return Settlement(
        response_id=response_id,
        answer=InvoiceAnswer(answer.name.value),
        at=at,
        acts=tuple(_acts(answer.records)),
        invoices=_invoices(answer),
        mutualities=tuple(
            _mutuality(each)
            for each in answer.totals
            if each.record.layout.record == _SETTLED_TOTAL
        ),
        file_reasons=tuple(_file_reasons(answer)),
    )


def error_percentage_of(answer: Answer) -> int | None:
    """Give the share of wrong records in hundredths of a percent; it decides nothing."""
    return None if answer.invoicing is None else answer.invoicing.error_percentage


# -- acts ------------------------------------------------------------------------------------------


def _acts(records: Iterable[EchoedRecord]) -> Iterator[ActVerdict]:
    echoed = [(each, each.act) for each in records if each.act is not None]
    owners = _owners(echoed)
    for record, key in echoed:
        if not record.errors:
            continue  # only the frame of what is wrong
        reference = (key.own_reference or "").strip() or owners.get(_identity(key), "")
        yield ActVerdict(
            reference=reference,
            key=None if reference else _key(key),
            reasons=_reasons(record),
        )


def _owners(echoed: Iterable[tuple[EchoedRecord, EchoedKey]]) -> dict[_Identity, str]:
    """Give the reference of the one echoed act of a patient, code, day and provider."""
    found = [
        (_identity(key), key.own_reference.strip())
        for record, key in echoed
        if record.kind == _ACT and key.own_reference and key.own_reference.strip()
    ]
    alone = Counter(identity for identity, _ in found)
    return {identity: reference for identity, reference in found if alone[identity] == 1}


def _identity(key: EchoedKey) -> _Identity:
    return (key.patient or "", key.code, key.day, key.provider)


def _key(key: EchoedKey) -> ActKey | None:
    """Give by what the act is found without a reference; ``None`` when it says too little."""
    if not key.patient or not key.code or key.day is None or not key.provider:
        return None
    try:
        provider = Nihii.parse(key.provider).short
    except BridgeError:
        provider = key.provider[:8]
    return ActKey(patient=key.patient, code=key.code, day=key.day, provider=provider)


# -- invoices and mutualities ----------------------------------------------------------------------


def _invoices(answer: Answer) -> tuple[InvoiceVerdict, ...]:
    found: dict[str, InvoiceVerdict] = {}
    reads_amounts = _has_amounts(answer)
    for record in answer.records:
        if record.invoice is None:
            continue
        number = record.invoice.invoice_number or ""
        is_total = record.kind == _INVOICE_TOTAL and reads_amounts
        amount = record.amounts[0] if is_total else None
        reasons = _reasons(record)
        before = found.get(number, InvoiceVerdict(invoice_number=number))
        found[number] = replace(
            before,
            reasons=(*before.reasons, *reasons),
            accepted_amount=before.accepted_amount if amount is None else amount,
        )
    return tuple(
        each for each in found.values() if each.reasons or each.accepted_amount is not None
    )


def _has_amounts(answer: Answer) -> bool:
    """Tell whether zone 114 of the records 80 is filled in.

    Only a settlement states what is paid.
    Some insurers leave the zone at nothing, which must not be read as nothing paid: it is believed
    when one invoice has an amount, or nothing at all was accepted.
    """
    if answer.name is not AnswerName.SETTLED or answer.settlement is None:
        return False
    stated = [each.amounts[0] for each in answer.records if each.kind == _INVOICE_TOTAL]
    return any(stated) or not _cents(answer.settlement.accepted)


def _mutuality(totals: Totals) -> MutualityVerdict:
    return MutualityVerdict(
        mutuality=totals.mutuality or "",
        asked=_cents(totals.asked),
        accepted=_cents(totals.accepted),
        refused=_cents(totals.refused),
        payment_reference=next(filter(None, map(str.strip, totals.payment_references)), ""),
    )


def _cents(amounts: Amounts | None) -> int:
    """Give the total, or account A where an insurer leaves the total blank."""
    if amounts is None:
        return 0
    return (amounts.total if amounts.total is not None else amounts.a) or 0


# -- reasons ---------------------------------------------------------------------------------------


def _file_reasons(answer: Answer) -> Iterator[RejectionReason]:
    yield from (_zone_reason(each) for each in answer.errors)
    for record in answer.records:
        if record.kind in _FILE_FRAME:
            yield from _reasons(record)
    for totals in answer.totals:
        yield from (_zone_reason(each) for each in totals.errors)
    if answer.settlement is not None:
        yield from (_zone_reason(each) for each in answer.settlement.errors)


def _reasons(record: EchoedRecord) -> tuple[RejectionReason, ...]:
    return tuple(_reason(each, record) for each in record.errors)


def _reason(error: RecordError, record: EchoedRecord) -> RejectionReason:
    """Keep an error raw; one that names no record stands on the record it came with."""
    return RejectionReason(
        letter=error.letter,
        code=error.code,
        record=error.record or record.kind,
        zone="" if error.zone is None else error.zone.number,
    )


def _zone_reason(error: ZoneError) -> RejectionReason:
    return RejectionReason(letter="", code=error.code, record=error.record, zone=error.zone)
