"""A constructed file of a home nurse, as values; the spec has its bytes.

Persons, accounts and amounts are fictitious.
"""

from __future__ import annotations

from datetime import date, time
from typing import Final

from bridge.codecs.efact.values import Act, ActReading, FileHeader, Invoice, InvoiceFile
from bridge.domain.months import Month
from tests.support.shared import SPEC

NURSE: Final = "40000028401"
FIRST_PATIENT: Final = "60010100172"
SECOND_PATIENT: Final = "85123149853"
FOLDER: Final = SPEC / "examples" / "efact"
TABLES: Final = SPEC / "efact"


def constructed() -> bytes:
    return (FOLDER / "920000-constructed-home-nursing.txt").read_bytes()


HEADER: Final = FileHeader(
    union="100",
    is_test=True,
    sender_reference="20260402000017",
    sending_number="017",
    invoiced_month=Month(2026, 3),
    created_on=date(2026, 4, 2),
    payer=NURSE,
    qualification="401",
    enterprise="0200000043",
    bic="KREDBEBB",
    iban="BE68539007547034",
    contact_last_name="PEETERS",
    contact_first_name="AN",
    contact_phone="020000000",
    file_reference="MARCH",
    own_reference="BRIDGE EXAMPLE",
)


def read_by_chip(day: date, hour: time) -> ActReading:
    return ActReading(reading="1", support="1", read_on=day, read_at=hour, serial="591234567890")


def toilet(day: date, hour: time) -> Act:
    return Act(
        code="425110",
        first_day=day,
        provider=NURSE,
        amount=640,
        own_reference=f"ACT {day:%Y%m%d}",
        reading=read_by_chip(day, hour),
    )


def statistical(code: str, day: date, share: int) -> Act:
    return Act(code=code, first_day=day, provider=NURSE, amount=0, norm="9", forfait_share=share)


DAY: Final = date(2026, 3, 3)
FIRST: Final = Invoice(
    number="202603000001",
    patient=FIRST_PATIENT,
    sex="1",
    mutuality="129",
    destination="129",
    invoicer=NURSE,
    insured_codes="131131",
    own_reference="INV 0001",
    acts=(toilet(date(2026, 3, 2), time(8, 15)), toilet(date(2026, 3, 5), time(8, 20))),
)
SECOND: Final = Invoice(
    number="202603000002",
    patient=SECOND_PATIENT,
    sex="2",
    mutuality="134",
    destination="134",
    invoicer=NURSE,
    insured_codes="110110",
    own_reference="INV 0002",
    acts=(
        statistical("426635", DAY, 100),
        statistical("426731", DAY, 0),
        Act(
            code="425272",
            first_day=DAY,
            provider=NURSE,
            amount=2000,
            own_reference="FORFAIT A",
            reading=read_by_chip(DAY, time(9, 30)),
        ),
    ),
)
CONSTRUCTED: Final = InvoiceFile(header=HEADER, invoices=(FIRST, SECOND))
