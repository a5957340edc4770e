"""What an invoice rule may look at: a claim, its batch, and what is known of the patient.

Source: *eFact for nursing* 5; decision D18.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import groupby

from bridge.domain.agreements import CareAgreement
from bridge.domain.claims import CareBlock, Claim, ClaimLine, blocks_of
from bridge.domain.declarations import CarePatient
from bridge.domain.insurability import InsuredPeriod
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.months import Month
from bridge.domain.nursingacts import Nomenclature
from bridge.domain.periods import Period
from bridge.domain.tables.nursing_acts import NursingAct
from bridge.domain.tariffs import Tariff, Tariffs
from bridge.errors import Finding


@dataclass(frozen=True, kw_only=True)
class ClaimFinding(Finding):
    """One thing wrong with a claim, with the zone that would be wrong in the file.

    Attributes:
        record: Type of the record, such as ``50``.
        zone: Number of the zone, as the tables of records write it.
    """

    record: str
    zone: str


@dataclass(frozen=True, kw_only=True)
class ActKey:
    """By what the same act is known again (500423)."""

    patient: str = field(repr=False)
    code: str
    day: date
    provider: str


@dataclass(frozen=True, kw_only=True)
class CoverAnswer:
    """An answered insurability check, as far as invoices need it.

    Attributes:
        asked: Days that were asked about.
        is_insured: ``None`` when the answer does not say.
        periods: Insured periods.
    """

    asked: Period
    is_insured: bool | None
    periods: tuple[InsuredPeriod, ...] = ()

    def period_of(self, day: date) -> InsuredPeriod | None:
        """Give the insured period a day lies in."""
        return next((each for each in self.periods if each.period.covers(day)), None)

    def says_insured(self, day: date) -> bool | None:
        """Tell what it says about a day; ``None`` when it says nothing."""
        if not self.asked.covers(day):
            return None
        return self.period_of(day) is not None if self.periods else self.is_insured


@dataclass(frozen=True, kw_only=True)
class InvoiceContext:
    """What is known besides the claim itself.

    Attributes:
        created_on: Day the file is made: today.
        month: Invoiced month.
        insurer: Union the batch goes to.
        agreements: The patient's agreements; ``None`` when the register was not looked at.
        covers: Answered insurability checks of the patient, newest first.
        invoiced: Acts that were invoiced already and not refused.
        has_file_today: Another file of this payer for this union was made today (100724).
        nomenclature: Codes that are known.
        tariffs: Tariffs that were loaded.
        settings: How the rules are read here.
    """

    created_on: date
    month: Month
    insurer: str
    agreements: tuple[CareAgreement, ...] | None = None
    covers: tuple[CoverAnswer, ...] = ()
    invoiced: Collection[ActKey] = frozenset()
    has_file_today: bool = False
    nomenclature: Nomenclature = field(default_factory=Nomenclature)
    tariffs: Tariffs = field(default_factory=Tariffs)
    settings: InvoiceSettings = field(default_factory=InvoiceSettings)


@dataclass(frozen=True, kw_only=True)
class ClaimCase:
    """One claim before its rules."""

    claim: Claim
    context: InvoiceContext

    @property
    def settings(self) -> InvoiceSettings:
        """How the rules are read here."""
        return self.context.settings

    @cached_property
    def lines(self) -> tuple[LineCase, ...]:
        """Its lines, each before its rules."""
        return tuple(
            LineCase(case=self, line=line, place=place)
            for place, line in enumerate(self.claim.lines)
        )

    @cached_property
    def blocks(self) -> tuple[BlockCase, ...]:
        """Its blocks: days of lump sums, and acts by themselves."""
        return tuple(
            BlockCase(case=self, block=block, lines=self.lines_from(block))
            for block in blocks_of(self.claim.lines)
        )

    @cached_property
    def days(self) -> tuple[DayCase, ...]:
        """Its days of care, oldest first."""
        ordered = sorted(self.lines, key=lambda each: each.line.day)
        return tuple(
            DayCase(case=self, day=day, lines=tuple(lines))
            for day, lines in groupby(ordered, key=lambda each: each.line.day)
        )

    def lines_from(self, block: CareBlock) -> tuple[LineCase, ...]:
        """Give the lines of a block, each before its rules."""
        return self.lines[block.start : block.start + len(block.lines)]


@dataclass(frozen=True, kw_only=True)
class LineCase:
    """One line before its rules.

    Attributes:
        place: In the claim, from 0.
    """

    case: ClaimCase
    line: ClaimLine
    place: int

    @property
    def settings(self) -> InvoiceSettings:
        """How the rules are read here."""
        return self.case.context.settings

    @property
    def day(self) -> date:
        """The day whose rules count."""
        return self.line.day

    @cached_property
    def act(self) -> NursingAct | None:
        """What its code means; ``None`` when that is not known."""
        return self.case.context.nomenclature.find(self.line.code, on=self.line.day)

    @cached_property
    def tariff(self) -> Tariff | None:
        """What its code is paid; ``None`` when that was not loaded."""
        return self.case.context.tariffs.find(self.line.code, on=self.line.day)

    @property
    def key(self) -> ActKey:
        """By what the same act is known again."""
        return act_key(self.case.claim.patient, self.line)

    def at(self, member: str = "") -> str:
        """Point at the line, or at one of its members."""
        return f"/lines/{self.place}/{member}" if member else f"/lines/{self.place}"


@dataclass(frozen=True, kw_only=True)
class BlockCase:
    """One day of a lump sum as it is written, before its rules."""

    case: ClaimCase
    block: CareBlock
    lines: tuple[LineCase, ...]

    @property
    def settings(self) -> InvoiceSettings:
        """How the rules are read here."""
        return self.case.context.settings

    @property
    def day(self) -> date:
        """The day whose rules count."""
        return self.lines[-1].line.day

    @property
    def statistics(self) -> tuple[LineCase, ...]:
        """Its statistical lines."""
        return self.lines[: len(self.block.statistics)]

    @property
    def lump_sum(self) -> LineCase | None:
        """The line behind the statistical ones, when it is a lump sum that needs them."""
        last = self.lines[-1]
        is_one = self.block.lump_sum is not None and last.act is not None
        return last if is_one and last.act and last.act.needs_statistics else None


@dataclass(frozen=True, kw_only=True)
class DayCase:
    """All acts of a claim on one day, before their rules."""

    case: ClaimCase
    day: date
    lines: tuple[LineCase, ...]

    @property
    def settings(self) -> InvoiceSettings:
        """How the rules are read here."""
        return self.case.context.settings

    @property
    def paid(self) -> tuple[LineCase, ...]:
        """Its acts that are paid: all but the statistical ones."""
        return tuple(each for each in self.lines if not each.line.is_statistical)


AnyCase = ClaimCase | LineCase | BlockCase | DayCase
ClaimCheck = Callable[[ClaimCase], Iterable[str]]
LineCheck = Callable[[LineCase], Iterable[str]]
BlockCheck = Callable[[BlockCase], Iterable[str]]
DayCheck = Callable[[DayCase], Iterable[str]]
"""Each gives where something is wrong (JSON Pointers); nothing when all is well."""


def act_key(patient: CarePatient, line: ClaimLine) -> ActKey:
    """Give by what the same act is known again."""
    return ActKey(
        patient=person_of(patient),
        code=line.code,
        day=line.day,
        provider=line.provider.short,
    )


def person_of(patient: CarePatient) -> str:
    """Give by what a patient is known again: the person number, else the membership."""
    if patient.niss is not None:
        return patient.niss.digits
    number = patient.membership_number
    return f"{patient.mutuality.digits}/{number.text if number is not None else ''}"
