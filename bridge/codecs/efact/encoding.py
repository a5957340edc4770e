"""From values to the zones of each record, by key.

Source: *efact-nursing* 2.4, 4 and 5.
"""

from __future__ import annotations

from typing import Final

from bridge.codecs.efact.sums import FRAME_RECORDS, Sums
from bridge.codecs.efact.values import (
    PRODUCTION,
    PRODUCTION_INSTRUCTIONS,
    TEST,
    TEST_INSTRUCTIONS,
    Act,
    ActReading,
    Commitment,
    FileHeader,
    Invoice,
)
from bridge.codecs.zonekinds import Value, plain_ascii
from bridge.codecs.zonenumbers import MINUS_ZERO

Zones = dict[str, Value]

_INVOICE_KIND: Final = "03"
_ONE_ACCOUNT: Final = "01"
_MESSAGE: Final = "920000"
_ACT_AMOUNTS: Final = ("amount", "patient_share", "supplement", "units")


def instructions_of(header: FileHeader) -> str:
    """Give the version of the instructions, which tells a test from production."""
    return TEST_INSTRUCTIONS if header.is_test else PRODUCTION_INSTRUCTIONS


def segment_200(header: FileHeader) -> Zones:
    """Give the zones of the first segment."""
    return {
        "message": _MESSAGE,
        "version": header.message_version,
        "message_type": TEST if header.is_test else PRODUCTION,
        "sender_reference": header.sender_reference,
    }


def segment_300(header: FileHeader) -> Zones:
    """Give the zones of the second segment."""
    return {
        "invoiced_month": header.invoiced_month,
        "sending_number": header.sending_number,
        "created_on": header.created_on,
        "file_reference": header.file_reference,
        "instructions": instructions_of(header),
        "contact_last_name": plain_ascii(header.contact_last_name),
        "contact_first_name": plain_ascii(header.contact_first_name),
        "contact_phone": header.contact_phone,
        "invoice_kind": _INVOICE_KIND,
        "accounts": _ONE_ACCOUNT,
    }


def record_10(header: FileHeader, sequence: int) -> Zones:
    """Give the zones of the file header."""
    return {
        **_file(header, sequence),
        "instructions": instructions_of(header),
        "content": header.content,
        "qualification": header.qualification,
        "created_on": header.created_on,
    }


def record_20(invoice: Invoice, sequence: int) -> Zones:
    """Give the zones of an invoice header."""
    this_year, last_year, before = invoice.maximum_billing
    zones: Zones = {
        **_frame(invoice, sequence),
        "invoicing": invoice.invoicing,
        "limitation": "1" if invoice.is_limitation_interrupted else "0",
        "agreed_on": invoice.agreed_on,
        "insured_codes": invoice.insured_codes,
        "commitment": invoice.commitment or None,
        "invoiced_on": invoice.invoiced_on,
        "insured_from": invoice.insured_from,
        "insured_until": invoice.insured_until,
        "communicated_on": invoice.communicated_on,
        "maximum_billing": this_year,
        "maximum_billing_1": last_year,
        "maximum_billing_2": before,
    }
    if invoice.previous:
        zones |= {
            "previous_invoice": invoice.previous.invoice_number,
            "previous_sending": invoice.previous.sending_number,
            "previous_mutuality": invoice.previous.mutuality,
            "previous_payment": invoice.previous.payment_reference,
            "previous_month": invoice.previous.month,
        }
    return zones


def record_50(invoice: Invoice, act: Act, sequence: int) -> Zones:
    """Give the zones of an act."""
    return {
        "sequence": sequence,
        "norm": act.norm,
        "code": act.code,
        "first_day": act.first_day,
        "last_day": act.last_day or act.first_day,
        "mutuality": invoice.mutuality,
        "patient": invoice.patient,
        "sex": invoice.sex,
        "time_of_act": act.time_of_act,
        "service": act.service,
        "place": act.place,
        "provider": act.provider,
        "provider_norm": act.provider_norm,
        "related_code": act.related_code,
        "amount": act.amount,
        "prescribed_on": act.prescribed_on,
        "units": act.units,
        "derogation": act.derogation,
        "prescriber": act.prescriber,
        "prescriber_norm": act.prescriber_norm,
        "patient_share": act.patient_share,
        "own_reference": act.own_reference,
        "supplement": act.supplement,
        "third_party_exception": act.third_party_exception,
        "share_billing": act.share_billing,
        "limb": act.limb,
        "convention": act.convention,
        "hour": act.hour,
        "base_value": act.base_value,
        "assistant": act.assistant,
        "forfait_share": act.forfait_share,
        "counted_reading": act.counted_reading,
    }


def record_51(invoice: Invoice, act: Act, commitment: Commitment, sequence: int) -> Zones:
    """Give the zones of a payment commitment."""
    return {
        "sequence": sequence,
        "code": act.code,
        "first_day": act.first_day,
        "patient": invoice.patient,
        "provider": act.provider,
        "related_code_1": commitment.related_code_1 or None,
        "related_code_2": commitment.related_code_2 or None,
        "amount": act.amount,
        "insured_codes": invoice.insured_codes,
        "commitment": commitment.reference,
        "informed_on": commitment.informed_on,
    }


def record_52(invoice: Invoice, act: Act, reading: ActReading, sequence: int) -> Zones:
    """Give the zones of an identity reading."""
    return {
        "sequence": sequence,
        "manual_reason": reading.manual_reason,
        "code": act.code,
        "first_day": act.first_day,
        "read_on": reading.read_on,
        "patient": invoice.patient,
        "reading": reading.reading,
        "support": reading.support,
        "sticker_reason": reading.sticker_reason,
        "read_at": reading.read_at,
        "provider": act.provider,
        "serial": reading.serial or None,
        "document_number": reading.document_number or None,
        "agreement_number": reading.agreement_number or None,
    }


def record_80(invoice: Invoice, sums: Sums, sequence: int) -> Zones:
    """Give the zones of an invoice total."""
    return {
        **_frame(invoice, sequence),
        "amount_b": 0,
        "amount": sums.amount,
        "invoiced_on": invoice.invoiced_on,
        "patient_share": sums.patient_share,
        "supplement": sums.supplement,
        "advance": 0,
        "control": sums.control,
    }


def record_90(header: FileHeader, sums: Sums, sequence: int) -> Zones:
    """Give the zones of the file total."""
    return {
        **_file(header, sequence),
        "amount_b": 0,
        "amount": sums.amount,
        "control": sums.control,
    }


def record_95(mutuality: str, number: int, sums: Sums) -> Zones:
    """Give the zones of the total of a mutuality; ``number`` counts the mutualities from 1."""
    return {
        **_asked(sums),
        "mutuality": mutuality,
        "collective_invoice": str(number),
        "record_count": sums.records,
    }


def record_96(union: str, sums: Sums) -> Zones:
    """Give the zones of the total of the message."""
    return {
        **_asked(sums),
        "mutuality": union[:1] + "99",
        "collective_invoice": "0",
        "record_count": sums.records + FRAME_RECORDS,
    }


def with_minus_zeros(zones: Zones) -> Zones:
    """Give zones of a credit note, in which zero amounts carry a minus sign as well."""
    return zones | {key: MINUS_ZERO for key in _ACT_AMOUNTS if zones.get(key) == 0}


def _file(header: FileHeader, sequence: int) -> Zones:
    """Give what the records 10 and 90 share."""
    return {
        "sequence": sequence,
        "sending_number": header.sending_number,
        "payer": header.payer,
        "year": header.invoiced_month.year,
        "month": header.invoiced_month.month,
        "enterprise": header.enterprise,
        "own_reference": header.own_reference,
        "bic": header.bic,
        "iban": header.iban,
    }


def _frame(invoice: Invoice, sequence: int) -> Zones:
    """Give what the records 20 and 80 share."""
    return {
        "sequence": sequence,
        "mutuality": invoice.mutuality,
        "patient": invoice.patient,
        "sex": invoice.sex,
        "invoice_type": invoice.invoice_type,
        "invoicer": invoice.invoicer,
        "cause": invoice.cause,
        "destination": invoice.destination,
        "invoice_number": invoice.number,
        "own_reference": invoice.own_reference,
        "identification": "1" if invoice.has_person_number else "0",
    }


def _asked(sums: Sums) -> Zones:
    sign = "-" if sums.amount < 0 else "+"
    return {
        "asked_a_sign": sign,
        "asked_a": abs(sums.amount),
        "asked_b_sign": "+",
        "asked_b": 0,
        "asked_total_sign": sign,
        "asked_total": abs(sums.amount),
        "control": sums.control,
    }
