"""Claims, acts, batches and contexts of invented patients, to be changed by a test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any, Final

from bridge.domain.claims import (
    Claim,
    ClaimKind,
    ClaimLine,
    ClaimReading,
    PrescriberNorm,
    PreviousInvoicing,
)
from bridge.domain.declarations import CarePatient, Sex
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.identifiers import MembershipNumber, Mutuality, Nihii, Niss
from bridge.domain.invoicecases import InvoiceContext
from bridge.domain.invoices import InvoiceBatch
from bridge.domain.lumpsums import CareVisit, LumpSumDay, lump_sum_lines
from bridge.domain.months import Month
from bridge.domain.nursingacts import Nomenclature
from bridge.domain.tariffs import Tariff, Tariffs

TODAY: Final = date(2026, 11, 25)
NOW: Final = datetime(2026, 11, 25, 9, tzinfo=UTC)
LATER: Final = datetime(2026, 12, 20, 9, tzinfo=UTC)
DAY: Final = date(2026, 11, 18)
"""A Wednesday."""
SATURDAY: Final = date(2026, 11, 21)
NURSE: Final = Nihii.parse("40000028401")
OTHER_NURSE: Final = Nihii.parse("41234502401")
ASSISTANT: Final = Nihii.parse("50000134000")
OTHER_ASSISTANT: Final = Nihii.parse("20000014000")
GROUP: Final = Nihii.parse("94000126")
DOCTOR: Final = Nihii.parse("10000007004")
CENTRE: Final = Nihii.parse("72000031")
PATIENT: Final = CarePatient(
    niss=Niss.parse("60010100172"), mutuality=Mutuality.parse("129"), sex=Sex.MALE
)
OTHER_PATIENT: Final = CarePatient(
    niss=Niss.parse("85123149853"), mutuality=Mutuality.parse("134"), sex=Sex.FEMALE
)
MEMBER: Final = replace(PATIENT, niss=None, membership_number=MembershipNumber("12 34"))
CHIP: Final = ClaimReading(
    reading_kind="1",
    support_kind="1",
    support_serial="592123456789",
    read_on=DAY,
    read_hour=time(8, 30),
)
PREVIOUS: Final = PreviousInvoicing(
    invoice_number="202610000001",
    sending_number=12,
    mutuality=Mutuality.parse("129"),
    month=Month(2026, 10),
)
TOILET_TARIFF: Final = Tariff(
    name="425110",
    source="invented",
    valid_from=date(2026, 1, 1),
    insurer_amount=500,
    copayment=100,
    preferential_insurer_amount=580,
    preferential_copayment=20,
)


def toilet(**changes: Any) -> ClaimLine:
    """Give a toilet on a weekday that nothing is wrong with."""
    line = ClaimLine(
        id="cln_1",
        reference="A1",
        code="425110",
        day=DAY,
        provider=NURSE,
        insurer_amount=500,
        copayment=100,
        reading=CHIP,
    )
    return replace(line, **changes)


def injection(**changes: Any) -> ClaimLine:
    """Give an injection on a prescription that nothing is wrong with."""
    asked = {
        "id": "cln_2",
        "reference": "A2",
        "code": "423054",
        "prescriber": DOCTOR,
        "prescribed_on": date(2026, 11, 1),
        "prescriber_norm": PrescriberNorm.ONE,
    }
    return toilet(**{**asked, **changes})


def visit(**changes: Any) -> CareVisit:
    """Give a visit with a toilet."""
    found = CareVisit(provider=NURSE, acts=("425110",), hour=time(8), reading=CHIP)
    return replace(found, **changes)


def lump_sum_day(*visits: CareVisit, **changes: Any) -> LumpSumDay:
    """Give a day of lump sum A."""
    day = LumpSumDay(
        code="425272",
        day=DAY,
        reference="F1",
        line_id="cln_9",
        visits=visits or (visit(),),
        insurer_amount=2280,
    )
    return replace(day, **changes)


def block(*visits: CareVisit, **changes: Any) -> tuple[ClaimLine, ...]:
    """Give the lines of a day of lump sum A that nothing is wrong with."""
    return lump_sum_lines(lump_sum_day(*visits, **changes), nomenclature=Nomenclature())


def changed(lines: Iterable[ClaimLine], number: int, **changes: Any) -> tuple[ClaimLine, ...]:
    """Give lines of which one is changed."""
    found = list(lines)
    found[number] = replace(found[number], **changes)
    return tuple(found)


def claim(*lines: ClaimLine, **changes: Any) -> Claim:
    """Give a claim with lines; with a toilet when none is named."""
    found = Claim(
        id="clm_1",
        batch_id="inv_1",
        patient=PATIENT,
        ct1="110",
        ct2="110",
        lines=lines or (toilet(),),
        created_at=NOW,
        updated_at=NOW,
        invoice_number="202611000001",
    )
    return replace(found, **changes)


def credit(*lines: ClaimLine, **changes: Any) -> Claim:
    """Give a credit note of a toilet."""
    negative = toilet(insurer_amount=-500, copayment=-100, units=-1)
    return claim(
        *(lines or (negative,)),
        **{"kind": ClaimKind.CREDIT_NOTE, "previous": PREVIOUS, **changes},
    )


def context(**changes: Any) -> InvoiceContext:
    """Give what is known today about a batch for union 100."""
    known = InvoiceContext(created_on=TODAY, month=Month(2026, 11), insurer="100")
    return replace(known, **changes)


def tariffs(*lines: Tariff) -> Tariffs:
    """Give loaded tariffs; of a toilet when none is named."""
    return Tariffs.of(lines or (TOILET_TARIFF,))


def batch(status: ExchangeStatus = ExchangeStatus.DRAFT, **changes: Any) -> InvoiceBatch:
    """Give a batch for union 100."""
    found = InvoiceBatch(
        id="inv_1",
        client_id="cli_1",
        practice_id="prc_1",
        registration_id="reg_1",
        month=Month(2026, 11),
        insurer="100",
        payer=NURSE,
        status=status,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(found, **changes)
