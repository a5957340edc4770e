"""Days of care after a settlement: paid, partly paid or refused.

Source: *eFact for nursing* 3.3; the issue's *Answers*.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from itertools import groupby

from bridge.domain.claims import ActResult, Claim, ClaimLine


class DayResult(Enum):
    """What became of a day of care."""

    OPEN = "open"
    PAID = "paid"
    PARTLY_PAID = "partly_paid"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class CareDay:
    """One day of care of one claim.

    Attributes:
        asked: Cents asked from the insurer.
        paid: Cents the insurer pays.
        references: Own references of its acts, statistical ones left out.
    """

    claim_id: str
    day: date
    result: DayResult
    asked: int
    paid: int
    references: tuple[str, ...]


def care_days(claim: Claim) -> tuple[CareDay, ...]:
    """Give the days of a claim with what became of each, oldest first."""
    paid_lines = [line for line in claim.lines if not line.is_statistical]
    ordered = sorted(paid_lines, key=lambda each: each.day)
    return tuple(
        _care_day(claim, day, tuple(lines))
        for day, lines in groupby(ordered, key=lambda each: each.day)
    )


def _care_day(claim: Claim, day: date, lines: tuple[ClaimLine, ...]) -> CareDay:
    return CareDay(
        claim_id=claim.id,
        day=day,
        result=day_result({line.result for line in lines}),
        asked=sum(line.insurer_amount for line in lines),
        paid=sum(line.paid_amount for line in lines),
        references=tuple(line.reference for line in lines),
    )


def day_result(results: set[ActResult]) -> DayResult:
    """Give what became of a day from what became of its acts."""
    if ActResult.OPEN in results:
        return DayResult.OPEN
    if results == {ActResult.PAID}:
        return DayResult.PAID
    return DayResult.REFUSED if results == {ActResult.REJECTED} else DayResult.PARTLY_PAID
