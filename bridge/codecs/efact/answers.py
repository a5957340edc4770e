"""What an insurer answers, as values in the terms of the wire.

Amounts are eurocent; what an insurer left blank is ``None``.
Source: *efact-nursing* 1 and 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from bridge.codecs.efact.errorcodes import RecordError
from bridge.codecs.fixedwidth import Record
from bridge.domain.months import Month
from bridge.errors import BREAKING, ZoneFinding

_FRAME: Final = frozenset({"10", "90"})
_AMOUNTS: Final = ("amount_114", "amount_115", "amount_116")


class AnswerName(StrEnum):
    """The answers that exist; the name decides, never the percentage."""

    RECEIVED = "931000"
    MESSAGE_REFUSED = "920999"
    FILE_REFUSED = "920099"
    FILE_ACCEPTED = "920098"
    SETTLED = "920900"


@dataclass(frozen=True, kw_only=True)
class ZoneError:
    """An error that the receiver wrote behind a zone of a segment or of a total.

    Attributes:
        record: Segment or record, such as ``96``.
        zone: Number of the zone that is wrong.
        title: What the zone holds.
        start: First position of the zone in its segment or record.
        length: Characters of the zone.
        code: As received, two characters.
        meaning: Our name for it; empty when the code is in no table.
    """

    record: str
    zone: str
    title: str
    start: int
    length: int
    code: str
    meaning: str


@dataclass(frozen=True, kw_only=True)
class Invoicing:
    """What segment 300 of an answer says about the invoicing it answers.

    Attributes:
        month: Invoiced month.
        sending_number: Sending number of the file.
        created_on: Day the file was made.
        file_reference: Reference of the file, as sent.
        instructions: Version of the instructions.
        contact_last_name: Contact at the insurer.
        contact_first_name: Contact at the insurer.
        contact_phone: Contact at the insurer.
        error_percentage: In hundredths of a percent; it is shown and decides nothing.
        refusal_kind: ``00`` not refused, ``01`` blocking error, ``02`` too many errors.
    """

    month: Month | None
    sending_number: str | None
    created_on: date | None
    file_reference: str | None
    instructions: str | None
    contact_last_name: str | None
    contact_first_name: str | None
    contact_phone: str | None
    error_percentage: int | None = None
    refusal_kind: str | None = None


class ActKey(NamedTuple):
    """By what an echoed act is found again among those that were sent; never its sequence.

    Attributes:
        patient: Person number, zone 8.
        code: Nomenclature code, zone 4.
        day: Day of the act, zone 5.
        provider: Provider, zone 15.
        own_reference: Zone 28 of record 50; ``None`` for the records 51 and 52, which have none.
    """

    patient: str | None
    code: str | None
    day: date | None
    provider: str | None
    own_reference: str | None

    def __repr__(self) -> str:
        return "ActKey(***)"


class InvoiceKey(NamedTuple):
    """By what an echoed invoice is found again: records 20 and 80.

    Attributes:
        patient: Person number, zone 8.
        invoice_number: Zones 24 and 25.
        own_reference: Zone 28.
    """

    patient: str | None
    invoice_number: str | None
    own_reference: str | None

    def __repr__(self) -> str:
        return "InvoiceKey(***)"


class EchoedRecord(NamedTuple):
    """A record of ours that came back, with what the insurer wrote behind it.

    Attributes:
        record: The 350 characters that were sent, perhaps altered.
        trailer: The 450 characters behind them.
        errors: In order; none means accepted, for the records 10, 20, 80 and 90 only the frame.
        is_check_valid: The check digits of the echoed record hold.
        act: Key of an act, for the records 50, 51 and 52.
        invoice: Key of an invoice, for the records 20 and 80.
    """

    record: Record
    trailer: Record
    errors: tuple[RecordError, ...]
    is_check_valid: bool
    act: ActKey | None
    invoice: InvoiceKey | None

    @property
    def kind(self) -> str:
        """Type of the record; empty when it is unknown."""
        return self.record.layout.record

    @property
    def sequence(self) -> str:
        """Number inside the answer; insurers renumber, so it finds nothing again."""
        return self._raw("sequence")

    @property
    def check_digits(self) -> str:
        """Check digits as received."""
        return self._raw("check_digits")

    @property
    def comment(self) -> str:
        """Free comment of the insurer; some put the original sequence number here."""
        return self.trailer.raw("comment").rstrip()

    @property
    def answer_index(self) -> str:
        """Number of the record inside the answer, as received."""
        return self.trailer.raw("answer_index")

    @property
    def amounts(self) -> tuple[int | None, int | None, int | None]:
        """Zones 114, 115 and 116; on record 80 the first one is the accepted amount.

        Some insurers leave them out, and fill the trailer of the records 10 and 90 with anything,
        so what is no amount is ``None`` and nothing is found wrong.
        """
        if self.kind in _FRAME:
            return None, None, None
        ignored: list[ZoneFinding] = []
        first, second, third = (self.trailer.get(key, ignored) for key in _AMOUNTS)
        return first, second, third

    def _raw(self, key: str) -> str:
        """Give a zone that totals do not have, should one stand among the echoed records."""
        return self.record.raw(key) if key in self.record.layout.cuts else ""


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """Amounts on the accounts A, B and C and their total, in eurocent.

    Attributes:
        a: Account A.
        b: Account B, which is not for nurses.
        c: Account C, in newer layouts.
        total: Of all accounts; ``None`` where the record has none.
    """

    a: int | None
    b: int | None
    c: int | None
    total: int | None


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Totals of a mutuality (records 91 and 95) or of the message (92 and 96).

    Attributes:
        record: The record they come from.
        mutuality: Mutuality of destination, or the union's ``X99``.
        collective_invoice: Number of the collective invoice.
        asked: What was asked.
        record_count: Number of records, as received.
        control: Check digits over the codes, as received.
        errors: Errors behind the zones.
        accepted: What is accepted; ``None`` before the settlement.
        refused: What is refused; ``None`` before the settlement.
        payment_references: For the accounts A, B and C; record 91 only.
    """

    record: Record
    mutuality: str | None
    collective_invoice: str | None
    asked: Amounts
    record_count: int | None
    control: str | None
    errors: tuple[ZoneError, ...]
    accepted: Amounts | None = None
    refused: Amounts | None = None
    payment_references: tuple[str, str, str] = ("", "", "")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer of an insurer.

    Attributes:
        message: First six characters, as received.
        name: Which answer it is; ``None`` when it is none that we know.
        is_test: It answers a test file.
        sender_reference: Our reference in 14 digits: the only key that finds the file again.
        insurer_reference: Reference of the insurer; every answer has its own.
        status: Zone 203, as received.
        acknowledged: Message that a receipt acknowledges.
        invoicing: What segment 300 says; ``None`` in a receipt.
        errors: Errors behind zones of the segments.
        records: Echoed records; those without an error are the frame of the others.
        totals: Records 95 and 96 of a refused message, records 91 of a settlement.
        settlement: Record 92 of a settlement.
        findings: What is wrong with the answer itself.
    """

    message: str
    name: AnswerName | None
    is_test: bool | None
    sender_reference: str | None
    insurer_reference: str | None
    status: str
    acknowledged: str | None = None
    invoicing: Invoicing | None = None
    errors: tuple[ZoneError, ...] = ()
    records: tuple[EchoedRecord, ...] = ()
    totals: tuple[Totals, ...] = ()
    settlement: Totals | None = None
    findings: tuple[ZoneFinding, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether it is understood from beginning to end; otherwise a person has to look at it."""
        is_ours = self.name is not None and self.sender_reference is not None
        return is_ours and not any(found.fault in BREAKING for found in self.findings)
