"""Batches, claims and registrations in the terms of an invoice file.

Source: *eFact for nursing* 2.4, 4 and 5, and its tables of segment 300 and the records 10, 20, 50
and 52.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from bridge.codecs.efact.values import (
    CORRECTION,
    CREDIT_NOTE,
    NORMAL,
    Act,
    ActReading,
    FileHeader,
    Invoice,
)
from bridge.codecs.efact.values import PreviousInvoicing as PreviousZones
from bridge.domain.claims import (
    Claim,
    ClaimKind,
    ClaimLine,
    ClaimReading,
    LineNorm,
    PrescriberNorm,
    PreviousInvoicing,
    ProviderNorm,
    Repetition,
    ShareBilling,
)
from bridge.domain.declarations import CarePatient, Sex
from bridge.domain.invoices import InvoiceBatch
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.registrations import Registration
from bridge.errors import InputError

MEMBERSHIP_WIDTH: Final = 13
"""Digits of zone 8 for who has no person number."""

_SEX: Final[Mapping[Sex, str]] = MappingProxyType({Sex.MALE: "1", Sex.FEMALE: "2"})
_INVOICING: Final[Mapping[ClaimKind, str]] = MappingProxyType(
    {
        ClaimKind.NORMAL: NORMAL,
        ClaimKind.CORRECTION: CORRECTION,
        ClaimKind.CREDIT_NOTE: CREDIT_NOTE,
    },
)
_NORM: Final[Mapping[LineNorm, str]] = MappingProxyType(
    {LineNorm.NORMAL: "0", LineNorm.STATISTICAL: "9"},
)
_PROVIDER_NORM: Final[Mapping[ProviderNorm, str]] = MappingProxyType(
    {ProviderNorm.ONE: "1", ProviderNorm.CARE_ASSISTANT: "2", ProviderNorm.SEVERAL: "9"},
)
_PRESCRIBER_NORM: Final[Mapping[PrescriberNorm, str]] = MappingProxyType(
    {
        PrescriberNorm.NONE: "0",
        PrescriberNorm.ONE: "1",
        PrescriberNorm.IS_PROVIDER: "3",
        PrescriberNorm.ADDITIONAL_ACT: "4",
        PrescriberNorm.SUBSTITUTED: "5",
        PrescriberNorm.SEVERAL_SUBSTITUTED: "6",
        PrescriberNorm.SEVERAL: "9",
    },
)
_REPETITION: Final[Mapping[Repetition, str]] = MappingProxyType(
    {
        Repetition.NONE: "00",
        Repetition.MAXIMUM_DEROGATION: "01",
        Repetition.OTHER_SESSION: "02",
        Repetition.SECOND_OF_DAY: "03",
        Repetition.LATER_OF_DAY: "04",
    },
)
_SHARE_BILLING: Final[Mapping[ShareBilling, str]] = MappingProxyType(
    {
        ShareBilling.DUE: "0",
        ShareBilling.WAIVED: "1",
        ShareBilling.MAXIMUM_REACHED: "3",
        ShareBilling.MAXIMUM_REACHED_OTHER: "4",
        ShareBilling.INTERNED: "6",
        ShareBilling.INTERNED_MAXIMUM: "7",
        ShareBilling.INTERNED_MAXIMUM_OTHER: "8",
        ShareBilling.SOCIAL_CATEGORY: "9",
    },
)
_ADHERES: Final = "1"
_DOES_NOT_ADHERE: Final = "9"


def header_of(
    batch: InvoiceBatch, registration: Registration, *, created_on: date, is_test: bool
) -> FileHeader:
    """Give what the file of a batch says once.

    Args:
        batch: With its sending number and its reference; without them the file cannot be sent.
        registration: Who is paid.
        created_on: Day the file is made.
        is_test: Whether the file is a test.

    Raises:
        InputError: the registration has no invoicing details (``invoicing_profile_missing``) or
            no enterprise number (``enterprise_number_missing``).
    """
    profile = registration.invoicing
    if profile is None:
        raise InputError(code="invoicing_profile_missing")
    enterprise = profile.enterprise or registration.cbe
    if enterprise is None:
        raise InputError(code="enterprise_number_missing")
    reference = batch.sender_reference or "0"
    return FileHeader(
        union=batch.insurer,
        is_test=is_test,
        sender_reference=reference,
        sending_number=f"{batch.sending_number or 0:03d}",
        invoiced_month=batch.month,
        created_on=created_on,
        payer=batch.payer.long,
        qualification=profile.qualification,
        enterprise=enterprise.digits,
        bic=profile.bic.text,
        iban=profile.iban.text,
        contact_last_name=profile.contact_last_name,
        contact_first_name=profile.contact_first_name,
        contact_phone=profile.contact_phone,
        own_reference=reference,
    )


def invoice_of(batch: InvoiceBatch, claim: Claim, settings: InvoiceSettings) -> Invoice:
    """Give a claim with its acts; without an invoice number it cannot be written."""
    patient = claim.patient
    return Invoice(
        number=claim.invoice_number or "",
        patient=_person(patient),
        sex=_SEX[patient.sex],
        mutuality=settings.affiliation(patient.mutuality),
        destination=settings.destination(patient.mutuality),
        invoicer=batch.payer.long,
        insured_codes=claim.ct1 + claim.ct2,
        acts=tuple(act_of(line) for line in claim.lines),
        invoicing=_INVOICING[claim.kind],
        has_person_number=patient.niss is not None,
        is_limitation_interrupted=claim.is_limitation_interrupted,
        own_reference=claim.reference,
        previous=None if claim.previous is None else _previous(claim.previous),
    )


def act_of(line: ClaimLine) -> Act:
    """Give an act with its identity reading."""
    return Act(
        code=line.code,
        first_day=line.day,
        provider=line.provider.long,
        amount=line.insurer_amount,
        patient_share=line.copayment,
        supplement=line.supplement,
        units=line.units,
        norm=_NORM[line.norm],
        provider_norm=_PROVIDER_NORM[line.provider_norm],
        place=None if line.institution is None else line.institution.long,
        related_code=line.related_code or None,
        prescribed_on=line.prescribed_on,
        prescriber=None if line.prescriber is None else line.prescriber.long,
        prescriber_norm=_PRESCRIBER_NORM[line.prescriber_norm],
        derogation=_REPETITION[line.repetition],
        own_reference=line.reference,
        share_billing=_SHARE_BILLING[line.share_billing],
        convention=_ADHERES if line.adheres_to_convention else _DOES_NOT_ADHERE,
        hour=line.hour,
        base_value=line.base_value,
        assistant=None if line.assistant is None else line.assistant.long,
        forfait_share=line.lump_sum_share,
        reading=None if line.reading is None else _reading(line.reading),
    )


def _person(patient: CarePatient) -> str:
    if patient.niss is not None:
        return patient.niss.digits
    number = patient.membership_number
    return "" if number is None else number.text.replace(" ", "").zfill(MEMBERSHIP_WIDTH)


def _previous(previous: PreviousInvoicing) -> PreviousZones:
    return PreviousZones(
        invoice_number=previous.invoice_number,
        sending_number=f"{previous.sending_number:03d}",
        mutuality=previous.mutuality.digits,
        month=previous.month,
        payment_reference=previous.payment_reference,
    )


def _reading(reading: ClaimReading) -> ActReading:
    return ActReading(
        reading=reading.reading_kind,
        support=reading.support_kind,
        read_on=reading.read_on,
        read_at=reading.read_hour,
        manual_reason=reading.manual_reason,
        sticker_reason=reading.sticker_reason,
        serial=reading.support_serial,
    )
