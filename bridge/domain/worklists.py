"""Work lists: what is still to ask, pushed by front ends and kept by the daemon.

A row leaves its list with the first answer (a receipt is none), when the patient was billed, or
when it is taken away; answered rows live on in the history.
Source: the issue's *Work lists*; *REST API conventions* 2.1; decision D17.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Final

from bridge.domain.batches import BatchItem, ItemStatus
from bridge.domain.exchanges import Exchange, ExchangeStatus
from bridge.domain.identifiers import Niss
from bridge.domain.insurability import InsurabilityQuestion, Purpose
from bridge.domain.periods import Period
from bridge.errors import Finding, InputError

MOST_PUSHED: Final = 1_000
"""Rows of one call."""

_MONTHS_OF_YEAR: Final = 12


class WorkList(Enum):
    """What is to be asked about."""

    NEW_PATIENTS = "new_patients"
    BILLING_MONTH = "billing_month"


@dataclass(frozen=True, kw_only=True)
class WorkRow:
    """One patient on a work list.

    Attributes:
        id: ``wrk_…``.
        client_ref: The front end's own reference; pushing it again renews the row.
        month: ``YYYY-MM``, for ``billing_month`` only.
        given: The patient as the front end named them.
        question_of: Who is asked about; ``None`` when ``given`` was not understood.
        given_findings: Why ``given`` was not understood.
        insurer: Union, when the front end knows it.
        last_care_on: Last care before today; for ``new_patients`` only.
        is_ticked: Whether a person wants it sent.
        item_id: Patient of the batch it was sent with.
        billed_at: When the patient was billed, here or elsewhere.
    """

    id: str
    list: WorkList
    client_id: str
    client_ref: str
    practice_id: str
    registration_id: str
    given: dict[str, str] = field(repr=False)
    created_at: datetime
    updated_at: datetime
    question: InsurabilityQuestion | None = field(default=None, repr=False)
    given_findings: tuple[Finding, ...] = ()
    insurer: str | None = None
    month: str | None = None
    last_care_on: date | None = None
    is_ticked: bool = True
    batch_id: str | None = None
    item_id: str | None = None
    billed_at: datetime | None = None

    @property
    def person(self) -> Niss | None:
        """The patient's number, when that is how they were named."""
        patient = None if self.question is None else self.question.patient
        return patient if isinstance(patient, Niss) else None


@dataclass(frozen=True, kw_only=True)
class ShownRow:
    """A row as people see it now.

    Attributes:
        status: ``to_send`` until it was sent, then where its message stands.
        findings: What speaks against sending it.
    """

    row: WorkRow
    status: ItemStatus
    insurer: str | None
    findings: tuple[Finding, ...]

    @property
    def is_sendable(self) -> bool:
        """Whether nothing speaks against sending it."""
        return self.status is ItemStatus.TO_SEND and not self.findings

    @property
    def is_ticked(self) -> bool:
        """Whether it goes with the next submission; only what is sendable has a tick."""
        return self.is_sendable and self.row.is_ticked


def status_of(item: BatchItem | None, exchange: Exchange | None) -> ItemStatus:
    """Give where a row stands; what was withdrawn before sending is to be sent again."""
    if item is None or (exchange is not None and exchange.status is ExchangeStatus.DRAFT):
        return ItemStatus.TO_SEND
    status = item.status_with(exchange)
    # Released and waiting for its turn: from the list's point of view it is on its way.
    return ItemStatus.SENT if status is ItemStatus.TO_SEND else status


def findings_of(row: WorkRow, insurer: str | None, *, today: date) -> tuple[Finding, ...]:
    """Give what speaks against sending a row."""
    if row.question is None:
        return row.given_findings
    findings: list[Finding] = []
    try:
        asked_of(row.question, row.month, today=today).check(today)
    except InputError as error:
        findings.extend(error.findings)
    if insurer is None:
        findings.append(Finding(pointer="/insurer", code="patient_insurer_missing"))
    return tuple(findings)


def asked_of(
    question: InsurabilityQuestion, month: str | None, *, today: date
) -> InsurabilityQuestion:
    """Give the question of a row as it is asked today: today, or the whole month of billing."""
    if month is None:
        period = Period(from_on=today, to_on=today)
        return InsurabilityQuestion(
            patient=question.patient, period=period, purpose=Purpose.INFORMATION
        )
    return InsurabilityQuestion(
        patient=question.patient, period=whole_month(month), purpose=Purpose.INVOICING
    )


def whole_month(month: str) -> Period:
    """Give the days of a month written ``YYYY-MM``."""
    year, number = (int(part) for part in month.split("-"))
    last = calendar.monthrange(year, number)[1]
    return Period(from_on=date(year, number, 1), to_on=date(year, number, last))


def months_before(day: date, months: int) -> date:
    """Give the same day some months earlier, or the last day of a shorter month."""
    place = day.year * _MONTHS_OF_YEAR + day.month - 1 - months
    year, number = divmod(place, _MONTHS_OF_YEAR)
    last = calendar.monthrange(year, number + 1)[1]
    return date(year, number + 1, min(day.day, last))
