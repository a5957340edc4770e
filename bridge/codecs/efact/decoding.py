"""From the records of one of our own files back to values.

A zone that cannot be read becomes a finding, and its value a stand-in: whoever gets a finding does
not get the values.
Source: *efact-nursing* 2.4, 4 and 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from types import MappingProxyType
from typing import Final

from bridge.codecs.efact.tables.act_records import RECORD_52_BEFORE_2017
from bridge.codecs.efact.values import (
    NORMAL,
    TEST,
    Act,
    ActReading,
    Commitment,
    FileHeader,
    Invoice,
    PreviousInvoicing,
)
from bridge.codecs.fixedwidth import Record
from bridge.domain.months import Month
from bridge.errors import ZoneFinding

_MIDNIGHT: Final = time(0, 0)
_SERIAL_WIDTHS: Final[Mapping[str, int]] = MappingProxyType({"1": 12, "2": 9, "4": 10})
_FOREIGN_SUPPORT: Final = "2"
_FOREIGN_LETTER: Final = "B"

Findings = list[ZoneFinding]


def file_header(
    *,
    first: Record,
    second: Record,
    record_10: Record,
    union: str,
    findings: Findings,
) -> FileHeader:
    """Read what a file says once, from its two segments and record 10."""
    ten = record_10
    return FileHeader(
        union=union,
        is_test=first.raw("message_type") == TEST,
        sender_reference=first.get("sender_reference", findings),
        sending_number=ten.get("sending_number", findings),
        invoiced_month=second.get("invoiced_month", findings) or Month(0, 0),
        created_on=ten.get("created_on", findings),
        payer=ten.get("payer", findings),
        qualification=ten.get("qualification", findings),
        enterprise=ten.get("enterprise", findings),
        bic=ten.get("bic", findings),
        iban=ten.get("iban", findings),
        contact_last_name=second.get("contact_last_name", findings),
        contact_first_name=second.get("contact_first_name", findings),
        contact_phone=second.get("contact_phone", findings),
        file_reference=second.get("file_reference", findings),
        own_reference=ten.get("own_reference", findings),
        message_version=first.get("version", findings),
        content=ten.get("content", findings),
    )


def invoice(record: Record, acts: list[Act], findings: Findings) -> Invoice:
    """Read an invoice from its record 20."""
    get = record.get
    has_person_number = record.raw("identification") == "1"
    patient = get("patient", findings)
    return Invoice(
        number=get("invoice_number", findings),
        patient=patient if has_person_number else record.raw("patient"),
        sex=get("sex", findings),
        mutuality=get("mutuality", findings),
        destination=get("destination", findings),
        invoicer=get("invoicer", findings),
        insured_codes=get("insured_codes", findings),
        acts=tuple(acts),
        invoicing=get("invoicing", findings),
        invoice_type=get("invoice_type", findings),
        cause=get("cause", findings),
        has_person_number=has_person_number,
        is_limitation_interrupted=get("limitation", findings) == "1",
        agreed_on=get("agreed_on", findings),
        own_reference=get("own_reference", findings),
        previous=_previous(record, findings),
        commitment=get("commitment", findings) or "",
        invoiced_on=get("invoiced_on", findings),
        insured_from=get("insured_from", findings),
        insured_until=get("insured_until", findings),
        communicated_on=get("communicated_on", findings),
        maximum_billing=(
            get("maximum_billing", findings),
            get("maximum_billing_1", findings),
            get("maximum_billing_2", findings),
        ),
    )


def _previous(record: Record, findings: Findings) -> PreviousInvoicing | None:
    if record.raw("invoicing") == NORMAL:
        return None
    return PreviousInvoicing(
        invoice_number=record.get("previous_invoice", findings),
        sending_number=record.get("previous_sending", findings),
        mutuality=record.get("previous_mutuality", findings),
        month=record.get("previous_month", findings) or Month(0, 0),
        payment_reference=record.get("previous_payment", findings),
    )


def act(
    record: Record,
    commitment: Commitment | None,
    reading: ActReading | None,
    findings: Findings,
) -> Act:
    """Read an act from its record 50, with what was read from the records behind it."""
    get = record.get
    first_day, last_day = get("first_day", findings), get("last_day", findings)
    return Act(
        code=get("code", findings),
        first_day=first_day,
        provider=get("provider", findings),
        amount=get("amount", findings),
        patient_share=get("patient_share", findings),
        supplement=get("supplement", findings),
        units=get("units", findings),
        last_day=None if last_day == first_day else last_day,
        norm=get("norm", findings),
        provider_norm=get("provider_norm", findings),
        time_of_act=get("time_of_act", findings),
        service=get("service", findings),
        place=get("place", findings),
        related_code=get("related_code", findings),
        prescribed_on=get("prescribed_on", findings),
        prescriber=get("prescriber", findings),
        prescriber_norm=get("prescriber_norm", findings),
        derogation=get("derogation", findings),
        own_reference=get("own_reference", findings),
        third_party_exception=get("third_party_exception", findings) or "0",
        share_billing=get("share_billing", findings),
        limb=get("limb", findings),
        convention=get("convention", findings),
        hour=_hour_of(record, findings),
        base_value=get("base_value", findings),
        assistant=get("assistant", findings),
        forfait_share=get("forfait_share", findings),
        counted_reading=get("counted_reading", findings),
        commitment=commitment,
        reading=reading,
    )


def _hour_of(record: Record, findings: Findings) -> time | None:
    """Read the hour of an act; midnight cannot be told from no hour."""
    hour: time | None = record.get("hour", findings)
    return None if hour == _MIDNIGHT else hour


def commitment(record: Record, findings: Findings) -> Commitment:
    """Read a record 51."""
    return Commitment(
        reference=record.get("commitment", findings),
        informed_on=record.get("informed_on", findings),
        related_code_1=_unless_zero(record.get("related_code_1", findings)),
        related_code_2=_unless_zero(record.get("related_code_2", findings)),
    )


def reading(record: Record, findings: Findings) -> ActReading:
    """Read a record 52, in either layout."""
    get = record.get
    support, read_on = get("support", findings), get("read_on", findings)
    kind, read_at = get("reading", findings), get("read_at", findings) if read_on else None
    if record.layout is RECORD_52_BEFORE_2017:
        return ActReading(reading=kind, support=support, read_on=read_on, read_at=read_at)
    return ActReading(
        reading=kind,
        support=support,
        read_on=read_on,
        read_at=read_at,
        manual_reason=get("manual_reason", findings),
        sticker_reason=get("sticker_reason", findings) or "0",
        serial=serial_of(support, get("serial", findings) or ""),
        document_number=(get("document_number", findings) or "").lstrip("0"),
        agreement_number=_unless_zero(get("agreement_number", findings)),
    )


def serial_of(support: str | None, zone: str) -> str:
    """Give the serial number of a support without the zeros in front of it.

    How many zeros belong to the number follows from the support: 12 digits for the identity card,
    9 or ``B`` and 9 for other documents, 10 for the social card.
    """
    bare = zone.lstrip("0")
    if not bare:
        return ""
    if support == _FOREIGN_SUPPORT and bare.startswith(_FOREIGN_LETTER):
        return bare
    return bare.zfill(_SERIAL_WIDTHS.get(support or "", 0))


def _unless_zero(digits: str | None) -> str:
    return digits if digits and digits.strip("0") else ""
