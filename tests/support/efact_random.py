"""Random files for insurers, from a seed: every optional part there or not, every sign."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, time, timedelta
from typing import TypeVar

from bridge.codecs.efact import writer
from bridge.codecs.efact.values import (
    Act,
    ActReading,
    Commitment,
    Invoice,
    InvoiceFile,
    PreviousInvoicing,
)
from bridge.domain.months import Month
from tests.support.efact import HEADER, NURSE

PATIENTS = ("60010100172", "85123149853", "05061500215", "00010100303", "20410100293")
PROVIDERS = (NURSE, "41234502401", "49999936000")
CHARACTERS = "".join(map(chr, range(0x20, 0x7F)))
T = TypeVar("T")


class Dice:
    """Throws values of a file."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  # test data, not a secret

    def one_of(self, *values: T) -> T:
        return self._random.choice(values)

    def number(self, least: int, most: int) -> int:
        return self._random.choice((least, most, self._random.randint(least, most)))

    def digits(self, width: int) -> str:
        return f"{self.number(0, 10**width - 1):0{width}d}"

    def text(self, longest: int) -> str:
        length = self.number(0, longest)
        return "".join(self._random.choices(CHARACTERS, k=length)).rstrip()

    def day(self) -> date:
        return date(2017, 1, 1) + timedelta(days=self.number(0, 30_000))

    def hour(self, least_minute: int = 0) -> time:
        minutes = self.number(least_minute, 24 * 60 - 1)
        return time(minutes // 60, minutes % 60)

    def code(self) -> str:
        return f"{self.number(1, 999_999):06d}"

    def reading(self) -> ActReading | None:
        card, residence = f"{self.number(1, 10**12 - 1):012d}", f"{self.number(1, 10**9 - 1):09d}"
        deferred = ActReading(
            reading="4",
            support="1",
            read_on=None,
            read_at=None,
            manual_reason=self.one_of(*"34568"),
            serial=card,
        )
        direct = ActReading(
            reading=self.one_of(*"123"),
            support="2",
            read_on=self.day(),
            read_at=self.hour(),
            serial=self.one_of(f"B{self.digits(9)}", residence),
            document_number=self.one_of("", str(self.number(1, 10**12))),
            agreement_number=self.one_of("", f"{self.number(1, 10**20 - 1):020d}"),
        )
        sticker = ActReading(
            reading=self.one_of(*"23"),
            support="7",
            read_on=self.day(),
            read_at=self.hour(),
            sticker_reason=self.one_of(*"12"),
        )
        return self.one_of(None, deferred, direct, sticker)

    def commitment(self) -> Commitment | None:
        there = Commitment(
            reference="".join(self._random.choices("123456789ABCDEF+", k=48)),
            informed_on=self.day(),
            related_code_1=self.one_of("", "0012"),
            related_code_2=self.one_of("", "345"),
        )
        return self.one_of(None, there)

    def act(self, sign: int) -> Act:
        first_day = self.day()
        return Act(
            code=self.code(),
            first_day=first_day,
            last_day=self.one_of(None, first_day + timedelta(days=self.number(1, 9))),
            provider=self.one_of(*PROVIDERS),
            amount=sign * self.number(0, 10**8),
            patient_share=sign * self.number(0, 10**6),
            supplement=sign * self.number(0, 10**6),
            units=sign * self.number(0, 9999),
            norm=self.one_of(*"0679"),
            provider_norm=self.one_of(*"129"),
            place=self.one_of(None, *PROVIDERS),
            related_code=self.one_of(None, self.code()),
            prescribed_on=self.one_of(None, self.day()),
            prescriber=self.one_of(None, *PROVIDERS),
            prescriber_norm=self.one_of(*"0134569"),
            own_reference=self.text(25),
            third_party_exception=self.one_of(*"0N"),
            hour=self.one_of(None, self.hour(1)),
            base_value=self.number(-(10**6), 10**6),
            assistant=self.one_of(None, *PROVIDERS),
            forfait_share=self.number(0, 100),
            commitment=self.commitment(),
            reading=self.reading(),
        )

    def invoice(self) -> Invoice:
        invoicing = self.one_of(*"013")
        previous = PreviousInvoicing(
            invoice_number=self.digits(12),
            sending_number=f"{self.number(1, 999):03d}",
            mutuality="129",
            month=Month(self.number(2010, 2099), self.number(1, 12)),
            payment_reference=self.text(22),
        )
        sign = -1 if invoicing == "3" else 1
        return Invoice(
            number=self.digits(12),
            patient=self.one_of(*PATIENTS),
            sex=self.one_of(*"12"),
            mutuality=self.one_of("000", "101", "129", "134"),
            destination=self.one_of("101", "129", "134"),
            invoicer=NURSE,
            insured_codes=self.digits(6),
            acts=tuple(self.act(sign) for _ in range(self.number(1, 5))),
            invoicing=invoicing,
            own_reference=self.text(25),
            previous=None if invoicing == "0" else previous,
            agreed_on=self.one_of(None, self.day()),
            insured_from=self.one_of(None, self.day()),
            is_limitation_interrupted=self.number(0, 1) == 1,
        )


def random_file(seed: int) -> InvoiceFile:
    """Make a file whose header is already in the width of its zones."""
    dice = Dice(seed)
    some = [dice.invoice() for _ in range(dice.number(1, 6))]
    header = replace(HEADER, contact_phone="0020000000", own_reference=dice.text(25))
    return InvoiceFile(header=header, invoices=tuple(writer.ordered(some)))
