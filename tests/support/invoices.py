"""Batches of invoices, claims, settlements and tariffs to work with in tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Any, Final

from bridge.domain.claims import Claim, ClaimLine, ClaimReading
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.identifiers import Nihii
from bridge.domain.invoices import InvoiceAnswer, InvoiceBatch
from bridge.domain.invoicingprofile import Bic, Iban, InvoicingProfile
from bridge.domain.keptsettlements import KeptSettlement
from bridge.domain.months import Month
from bridge.domain.settlements import MutualityVerdict, Settlement
from bridge.domain.tariffs import Tariff
from tests.support import care

NOW: Final = care.NOW
NURSE: Final = care.NURSE
OTHER_NURSE: Final = Nihii("41000025401")
MONTH: Final = Month(2026, 10)
DAY: Final = date(2026, 10, 5)
TOILET: Final = "425110"

READING: Final = ClaimReading(
    reading_kind="1",
    support_kind="1",
    support_serial="592012345678",
    read_on=DAY,
    read_hour=time(8),
)

PROFILE: Final = InvoicingProfile(
    iban=Iban("BE68539007547034"),
    bic=Bic("GKCCBEBB"),
    contact_last_name="Voorbeeld",
    contact_first_name="Zoë",
    contact_phone="021234567",
    qualification="401",
)


def batch(number: int = 1, **changes: Any) -> InvoiceBatch:
    made = InvoiceBatch(
        id=f"inv_{number:026d}",
        client_id="client-a",
        practice_id="prc_1",
        registration_id="reg_1",
        month=MONTH,
        insurer="300",
        payer=NURSE,
        status=ExchangeStatus.DRAFT,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(made, **changes)


def sent(number: int = 1, **changes: Any) -> InvoiceBatch:
    """Give a batch that left with the message of the same number."""
    return batch(
        number,
        **{
            "status": ExchangeStatus.TO_SEND,
            "sending_number": number,
            "sending_year": 2026,
            "sender_reference": f"{number:014d}",
            "exchange_id": care.message(number).id,
            "operation_id": f"op_{number}",
            **changes,
        },
    )


def line(number: int = 1, **changes: Any) -> ClaimLine:
    made = ClaimLine(
        id=f"cln_{number:026d}",
        reference=f"A{number}",
        code=TOILET,
        day=DAY,
        provider=NURSE,
        insurer_amount=580,
        copayment=120,
        hour=time(8),
    )
    return replace(made, **changes)


def claim(number: int = 1, *lines: ClaimLine, **changes: Any) -> Claim:
    made = Claim(
        id=f"clm_{number:026d}",
        batch_id=batch().id,
        patient=care.PATIENT,
        ct1="110",
        ct2="110",
        lines=lines or (line(number),),
        created_at=NOW,
        updated_at=NOW,
        position=number - 1,
    )
    return replace(made, **changes)


def settlement(number: int = 1, **changes: Any) -> KeptSettlement:
    made = KeptSettlement(
        id=f"set_{number:026d}",
        client_id="client-a",
        practice_id="prc_1",
        registration_id="reg_1",
        batch_id=batch().id,
        insurer="300",
        settlement=Settlement(
            response_id=f"rsp_{number}",
            answer=InvoiceAnswer.SETTLED,
            at=NOW,
            mutualities=(
                MutualityVerdict(
                    mutuality="300", asked=580, accepted=580, refused=0, payment_reference="P1"
                ),
            ),
        ),
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(made, **changes)


def tariff(code: str = TOILET, **changes: Any) -> Tariff:
    made = Tariff(
        name=code,
        source="test",
        insurer_amount=580,
        copayment=120,
        preferential_insurer_amount=700,
        preferential_copayment=0,
    )
    return replace(made, **changes)
