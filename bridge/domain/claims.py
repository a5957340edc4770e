"""Claims: the invoice of one patient and its acts, in the terms of nurses.

Amounts are cents; those of a credit note are negative or zero.
A line is one act and becomes one record 50; lines stand in the order in which they are written.
Source: *eFact for nursing* 2.4, 4 and 5; its tables of the records 20, 50 and 52.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from enum import Enum
from typing import Final

from bridge.domain.cards import IdentityReading
from bridge.domain.declarations import CarePatient
from bridge.domain.identifiers import Mutuality, Nihii
from bridge.domain.months import Month
from bridge.domain.periods import BRUSSELS

REFERENCE_LENGTH: Final = 25
"""Most characters of an own reference (zone 28)."""

NO_REASON: Final = "0"


class ClaimKind(Enum):
    """Kind of invoicing (record 20 zone 11)."""

    NORMAL = "normal"
    CORRECTION = "correction"
    """New invoice after a credit note."""
    CREDIT_NOTE = "credit_note"


class LineNorm(Enum):
    """Norm of an act (record 50 zone 3)."""

    NORMAL = "normal"
    STATISTICAL = "statistical"
    """Part of a lump sum: it says what was done and has no amount."""


class ProviderNorm(Enum):
    """Who gave the care (record 50 zone 16)."""

    ONE = "one"
    CARE_ASSISTANT = "care_assistant"
    SEVERAL = "several"


class PrescriberNorm(Enum):
    """Norm of the prescriber (record 50 zone 26)."""

    NONE = "none"
    ONE = "one"
    IS_PROVIDER = "is_provider"
    ADDITIONAL_ACT = "additional_act"
    SUBSTITUTED = "substituted"
    SEVERAL_SUBSTITUTED = "several_substituted"
    SEVERAL = "several"


class Repetition(Enum):
    """Derogation or identical act of the day (record 50 zone 23)."""

    NONE = "none"
    MAXIMUM_DEROGATION = "maximum_derogation"
    OTHER_SESSION = "other_session"
    SECOND_OF_DAY = "second_of_day"
    LATER_OF_DAY = "later_of_day"


class ShareBilling(Enum):
    """What becomes of the patient share (record 50 zone 33)."""

    DUE = "due"
    WAIVED = "waived"
    MAXIMUM_REACHED = "maximum_reached"
    MAXIMUM_REACHED_OTHER = "maximum_reached_other"
    INTERNED = "interned"
    INTERNED_MAXIMUM = "interned_maximum"
    INTERNED_MAXIMUM_OTHER = "interned_maximum_other"
    SOCIAL_CATEGORY = "social_category"


class CarePlaceKind(Enum):
    """Where care was given."""

    HOME = "home"
    PRACTICE_ROOM = "practice_room"
    DAY_CENTRE = "day_centre"
    REST_HOME = "rest_home"


class ActResult(Enum):
    """What became of an act after the settlement; it is no status (*eFact for nursing* 1)."""

    OPEN = "open"
    PAID = "paid"
    PARTLY_PAID = "partly_paid"
    REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True)
class RejectionReason:
    """One error of an answer, shown raw; the letter of the answer is the truth (3.2).

    Attributes:
        letter: As received, such as ``R``; empty where none stands beside the code.
        code: Six characters, as received.
        record: Type of the record it stood on, such as ``50``.
        zone: Zone the code names, such as ``24``; empty when it names none.
    """

    letter: str
    code: str
    record: str = ""
    zone: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimReading:
    """How the patient's identity was read for an act (record 52).

    Attributes:
        reading_kind: Zone 9: ``1`` chip, ``2`` bar code, ``3`` data matrix, ``4`` manual,
            ``A`` identity app.
        support_kind: Zone 10.
        manual_reason: Zone 3; ``0`` without.
        sticker_reason: Zone 11; ``0`` without.
        support_serial: Zone 16; empty without.
        read_on: Zone 6; ``None`` when the entry is deferred.
        read_hour: Zones 12-13; ``None`` when the entry is deferred.
    """

    reading_kind: str
    support_kind: str
    manual_reason: str = NO_REASON
    sticker_reason: str = NO_REASON
    support_serial: str = field(default="", repr=False)
    read_on: date | None = None
    read_hour: time | None = None

    @classmethod
    def of_card(cls, reading: IdentityReading) -> ClaimReading:
        """Give what an invoice says of a chip that was read here."""
        moment = reading.read_at.astimezone(BRUSSELS)
        return cls(
            reading_kind=reading.reading_kind,
            support_kind=reading.support_kind,
            support_serial=reading.support_serial,
            read_on=moment.date(),
            read_hour=time(moment.hour, moment.minute),
        )


@dataclass(frozen=True, kw_only=True)
class PreviousInvoicing:
    """The invoice that a credit note or a correction is about (zones 29-31, 34-37, 38, 41).

    Attributes:
        invoice_number: Twelve digits.
        sending_number: Of its batch.
        mutuality: It was sent to.
        month: Invoiced month.
        payment_reference: Of its settlement; empty when there is none.
    """

    invoice_number: str
    sending_number: int
    mutuality: Mutuality
    month: Month
    payment_reference: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimLine:
    """One act.

    Attributes:
        id: ``cln_…``.
        reference: Own reference, unique for ever: answers are matched by it (zone 28).
        code: Nomenclature code or pseudo-code, six digits (zone 4).
        day: Of the act (zones 5 and 6).
        provider: The nurse who gave it, never the group (zone 15).
        insurer_amount: Paid by the insurer (zone 19).
        copayment: Patient share (zone 27).
        supplement: Zones 30-31.
        units: Negative in a credit note (zone 22).
        hour: Of the act (zones 36-37).
        visit: Number of the visit of the day, from 1; it groups acts and is not written.
        place: Where care was given.
        institution: Number of the institution it was given in (zone 14).
        prescriber: Zones 24-25.
        prescribed_on: Zones 20-21.
        agreement_number: The insurer's agreement; a link of ours, never written (*messages* 10).
        adheres_to_convention: Zone 35.
        base_value: Zone 47.
        assistant: Care assistant who gave the care under the nurse (zone 49).
        lump_sum_share: Share in the lump sum in percent, on basic acts only (zone 50a).
        reading: Identity reading, for the record 52 after it.
        result: What became of it.
        paid_amount: Cents the insurer pays, once it is settled.
        reasons: Errors of the answer, all of them, also those that reject nothing.
        carried_from: Reference of the refused act this one repeats.
        carried_to: Reference of the act that repeats this one; it is carried once.
        credited_by: Reference of the act that takes this one back; it is taken back once.
    """

    id: str
    reference: str
    code: str
    day: date
    provider: Nihii
    insurer_amount: int = 0
    copayment: int = 0
    supplement: int = 0
    units: int = 1
    norm: LineNorm = LineNorm.NORMAL
    provider_norm: ProviderNorm = ProviderNorm.ONE
    hour: time | None = None
    visit: int | None = None
    place: CarePlaceKind = CarePlaceKind.HOME
    institution: Nihii | None = None
    prescriber: Nihii | None = None
    prescribed_on: date | None = None
    prescriber_norm: PrescriberNorm = PrescriberNorm.NONE
    agreement_number: str | None = None
    repetition: Repetition = Repetition.NONE
    share_billing: ShareBilling = ShareBilling.DUE
    related_code: str = ""
    adheres_to_convention: bool = True
    base_value: int = 0
    assistant: Nihii | None = None
    lump_sum_share: int = 0
    reading: ClaimReading | None = field(default=None, repr=False)
    result: ActResult = ActResult.OPEN
    paid_amount: int = 0
    reasons: tuple[RejectionReason, ...] = ()
    carried_from: str | None = None
    carried_to: str | None = None
    credited_by: str | None = None

    @property
    def is_statistical(self) -> bool:
        """Whether it only says what was done within a lump sum."""
        return self.norm is LineNorm.STATISTICAL

    @property
    def refused_amount(self) -> int:
        """What the insurer does not pay; nothing while it is open."""
        return 0 if self.result is ActResult.OPEN else self.insurer_amount - self.paid_amount

    @property
    def open_amount(self) -> int:
        """What is not settled."""
        return self.insurer_amount if self.result is ActResult.OPEN else 0


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The invoice of one patient within a batch: records 20 to 80.

    Attributes:
        id: ``clm_…``.
        batch_id: The batch it is part of.
        patient: Whose care it is.
        ct1: Insurability codes, three digits each (zone 27).
        ct2: As above.
        lines: Acts, in the order in which they are written.
        client_ref: The front end's own reference.
        reference: Own reference of the invoice (zone 28).
        invoice_number: Twelve digits, given at the release (zones 24-25).
        previous: What a credit note or a correction is about.
        is_limitation_interrupted: The limitation period was interrupted (zone 16).
        credits_id: The claim a credit note takes back, or a correction puts right.
        reasons: Errors of an answer about the whole invoice.
        position: Place in its batch, from 0.
    """

    id: str
    batch_id: str
    patient: CarePatient
    ct1: str
    ct2: str
    lines: tuple[ClaimLine, ...]
    created_at: datetime
    updated_at: datetime
    kind: ClaimKind = ClaimKind.NORMAL
    client_ref: str | None = None
    reference: str = ""
    invoice_number: str | None = None
    previous: PreviousInvoicing | None = None
    is_limitation_interrupted: bool = False
    credits_id: str | None = None
    reasons: tuple[RejectionReason, ...] = ()
    position: int = 0

    @property
    def has_preferential_rate(self) -> bool:
        """Increased reimbursement: the last digit of CT1 is 1 (*Insurability* 4)."""
        return self.ct1.endswith("1")

    @property
    def insurer_amount(self) -> int:
        """Sum for the insurer (record 80 zone 19)."""
        return sum(line.insurer_amount for line in self.lines)

    @property
    def copayment(self) -> int:
        """Sum of the patient shares (record 80 zone 27)."""
        return sum(line.copayment for line in self.lines)

    @property
    def supplement(self) -> int:
        """Sum of the supplements (record 80 zones 30-31)."""
        return sum(line.supplement for line in self.lines)

    @property
    def paid_amount(self) -> int:
        """What the insurer pays of it."""
        return sum(line.paid_amount for line in self.lines)

    @property
    def is_settled(self) -> bool:
        """Whether every act has its result."""
        return all(line.result is not ActResult.OPEN for line in self.lines)

    def with_lines(self, lines: Iterable[ClaimLine], *, at: datetime) -> Claim:
        """Give the claim with other lines; unchanged when they are the same."""
        found = tuple(lines)
        return self if found == self.lines else replace(self, lines=found, updated_at=at)


@dataclass(frozen=True, kw_only=True)
class CareBlock:
    """A day of a lump sum as it is written: statistical lines, then the lump sum.

    Attributes:
        start: Place of the first line in the claim.
        statistics: Statistical lines.
        lump_sum: The line that is paid; ``None`` when statistical lines have none behind them.
    """

    start: int
    statistics: tuple[ClaimLine, ...]
    lump_sum: ClaimLine | None

    @property
    def lines(self) -> tuple[ClaimLine, ...]:
        """All lines of the block, in order."""
        return self.statistics if self.lump_sum is None else (*self.statistics, self.lump_sum)


def blocks_of(lines: Iterable[ClaimLine]) -> Iterator[CareBlock]:
    """Cut lines into blocks: statistical lines with the line behind them.

    A line that no statistical line stands before is a block of its own.
    """
    waiting: list[ClaimLine] = []
    place = 0
    for line in lines:
        place += 1
        if line.is_statistical:
            waiting.append(line)
            continue
        yield CareBlock(start=place - 1 - len(waiting), statistics=tuple(waiting), lump_sum=line)
        waiting.clear()
    if waiting:
        yield CareBlock(start=place - len(waiting), statistics=tuple(waiting), lump_sum=None)
