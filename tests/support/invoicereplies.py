"""The constructed invoice file as a batch that was sent, and what insurers answer to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

from bridge.domain.claims import Claim, ClaimLine, LineNorm
from bridge.domain.declarations import CarePatient, Sex
from bridge.domain.exchanges import Exchange
from bridge.domain.identifiers import Mutuality, Niss
from bridge.domain.invoices import InvoiceBatch
from bridge.domain.months import Month
from tests.support import care, invoices
from tests.support.efact import FIRST_PATIENT, SECOND_PATIENT, constructed
from tests.support.efact_answers import REFERENCE, answered_file, echo, refused_message, settlement
from tests.support.efact_slices import records_of

MARCH: Final = Month(2026, 3)
FIRST: Final = CarePatient(niss=Niss(FIRST_PATIENT), mutuality=Mutuality("129"), sex=Sex.MALE)
SECOND: Final = CarePatient(niss=Niss(SECOND_PATIENT), mutuality=Mutuality("134"), sex=Sex.FEMALE)
TOILET: Final = 640
LUMP_SUM: Final = 2000
ASKED: Final = 2 * TOILET + LUMP_SUM

_RECORDS: Final = records_of(constructed().decode("ascii"))
TEN, TWENTY, ACT, READING, OTHER_ACT, OTHER_READING, EIGHTY = _RECORDS[:7]
SECOND_TWENTY, STATISTICAL, OTHER_STATISTICAL, FORFAIT, _, SECOND_EIGHTY, NINETY = _RECORDS[7:14]


def message(**changes: Any) -> Exchange:
    """Give the message that carried the batch."""
    return care.message(
        **{
            "service": "invoicing",
            "kind": "invoice_batch",
            "insurer": "100",
            "input_reference": REFERENCE,
            "subject_id": batch().id,
            **changes,
        }
    )


def batch(**changes: Any) -> InvoiceBatch:
    """Give the batch as it was released."""
    made = invoices.sent(
        insurer="100",
        month=MARCH,
        sending_number=17,
        sender_reference=REFERENCE,
        operation_id=None,
    )
    return replace(made, **changes)


def toilet(number: int, day: date) -> ClaimLine:
    return invoices.line(
        number,
        reference=f"ACT {day:%Y%m%d}",
        day=day,
        insurer_amount=TOILET,
        copayment=0,
        reading=replace(invoices.READING, read_on=day),
    )


def claims() -> list[Claim]:
    """Give its claims: two toilets of one patient, a day of a lump sum of another."""
    day = date(2026, 3, 3)
    nothing: dict[str, Any] = {"insurer_amount": 0, "copayment": 0, "norm": LineNorm.STATISTICAL}
    return [
        invoices.claim(
            1,
            toilet(1, date(2026, 3, 2)),
            toilet(2, date(2026, 3, 5)),
            patient=FIRST,
            invoice_number="202603000001",
            client_ref="first",
        ),
        invoices.claim(
            2,
            invoices.line(3, code="426635", reference="S1", day=day, **nothing),
            invoices.line(4, code="426731", reference="S2", day=day, **nothing),
            invoices.line(
                5,
                code="425272",
                reference="FORFAIT A",
                day=day,
                insurer_amount=LUMP_SUM,
                copayment=0,
                reading=replace(invoices.READING, read_on=day),
            ),
            patient=SECOND,
            invoice_number="202603000002",
        ),
    ]


# -- answers ---------------------------------------------------------------------------------------


def accepted(*blocks: str, percentage: str = "00000") -> bytes:
    """Give 920098, with what it lists."""
    return answered_file("920098", echo(TEN), *blocks, echo(NINETY), percentage=percentage)


def file_refused(*blocks: str, kind: str = "01", percentage: str = "00000") -> bytes:
    """Give 920099."""
    return answered_file(
        "920099", echo(TEN), *blocks, echo(NINETY), kind=kind, percentage=percentage
    )


def message_refused() -> bytes:
    """Give 920999 with an error in a total."""
    return refused_message(errors={"3021": "20"})


def settled(*blocks: str, first: int = 2 * TOILET, second: int = LUMP_SUM) -> bytes:
    """Give 920900: what each mutuality pays, with the acts and invoices it lists."""
    totals = (
        settlement(asked=2 * TOILET, accepted=first, refused=2 * TOILET - first),
        settlement(asked=LUMP_SUM, accepted=second, refused=LUMP_SUM - second, mutuality="134"),
        settlement(
            asked=ASKED,
            accepted=first + second,
            refused=ASKED - first - second,
            mutuality="199",
            kind="92",
        ),
    )
    return answered_file("920900", echo(TEN), *blocks, echo(NINETY), *totals)


def one_toilet_refused() -> bytes:
    """Give a settlement that pays all but the first toilet."""
    return settled(
        echo(TWENTY),
        echo(ACT, "R500423"),
        echo(EIGHTY, amount=f"+{TOILET:011d}"),
        first=TOILET,
    )
