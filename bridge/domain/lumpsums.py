"""Days of a lump sum: from the visits of a day to the records that are written.

Each visit gives one basic act and one pseudo-code for every act done, without amounts; the lump
sum comes behind them.
Source: *eFact for nursing* 5.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Final

from bridge.domain.claims import (
    CarePlaceKind,
    ClaimLine,
    ClaimReading,
    LineNorm,
    ProviderNorm,
)
from bridge.domain.identifiers import Nihii
from bridge.domain.nursingacts import Nomenclature
from bridge.domain.tables.nursing_acts import (
    BASIC_ACT_PSEUDO_CODES,
    OTHER_ACT_PSEUDO_CODE,
    STATISTICAL_KINDS,
)
from bridge.errors import Finding, InputError

MOST_VISITS: Final = len(BASIC_ACT_PSEUDO_CODES)
"""There is a basic act for each of five visits."""

WHOLE: Final = 100
"""Shares of the visits in the lump sum, in percent, together."""

SHARES_FROM: Final = date(2021, 10, 1)
"""First day of care whose basic acts say their share (zone 50a)."""


@dataclass(frozen=True, kw_only=True)
class CareVisit:
    """One visit of a day.

    Attributes:
        provider: The nurse who gave the care, or under whom it was given.
        acts: Nomenclature codes of the acts done; pseudo-codes are taken as they are.
        hour: Of the visit.
        assistant: Care assistant who gave the care.
        share: Percent of the lump sum; all visits say theirs, or none does.
        reading: How the patient's identity was read.
    """

    provider: Nihii
    acts: tuple[str, ...]
    hour: time | None = None
    assistant: Nihii | None = None
    share: int | None = None
    reading: ClaimReading | None = None


@dataclass(frozen=True, kw_only=True)
class LumpSumDay:
    """One day of a patient with a lump sum.

    Attributes:
        code: Nomenclature code of the lump sum.
        reference: Own reference of the lump sum; those of the other lines are made from it.
        line_id: Identifier of the lump sum's line; those of the other lines are made from it.
        visits: In the order of the day.
        insurer_amount: Of the lump sum, in cents.
        copayment: Patient share of the lump sum, in cents.
        place: Where care was given.
        institution: Number of the institution it was given in.
        agreement_number: The insurer's agreement.
    """

    code: str
    day: date
    reference: str
    line_id: str
    visits: tuple[CareVisit, ...]
    insurer_amount: int = 0
    copayment: int = 0
    place: CarePlaceKind = CarePlaceKind.HOME
    institution: Nihii | None = None
    agreement_number: str | None = None
    adheres_to_convention: bool = True


def lump_sum_lines(
    day: LumpSumDay,
    *,
    nomenclature: Nomenclature,
    shares_from: date = SHARES_FROM,
) -> tuple[ClaimLine, ...]:
    """Give the lines of a day: statistical ones, then the lump sum.

    The identity reading is that of the first visit that has one, behind the lump sum, because a
    statistical record must stand directly before it (inferred).

    Raises:
        InputError: no visit or more than five (``visits_out_of_range``), a visit without acts
            (``visit_without_acts``), or shares that not all visits have or that are not 100
            together (``lump_sum_shares_wrong``).
    """
    _check(day)
    shares = shares_of(day.visits) if day.day >= shares_from else (0,) * len(day.visits)
    first = day.visits[0]
    basis = ClaimLine(
        id=day.line_id,
        reference=day.reference,
        code=day.code,
        day=day.day,
        provider=first.provider,
        place=day.place,
        institution=day.institution,
        agreement_number=day.agreement_number,
        adheres_to_convention=day.adheres_to_convention,
    )
    statistics = tuple(_statistics(day, basis, shares, nomenclature))
    norm = norm_of(day.visits)
    lump_sum = replace(
        basis,
        insurer_amount=day.insurer_amount,
        copayment=day.copayment,
        provider_norm=norm,
        assistant=first.assistant if norm is ProviderNorm.CARE_ASSISTANT else None,
        hour=first.hour,
        reading=next((each.reading for each in day.visits if each.reading is not None), None),
    )
    return (*statistics, lump_sum)


def norm_of(visits: tuple[CareVisit, ...]) -> ProviderNorm:
    """Give the norm of the lump sum: one pair of hands, those of an assistant, or several."""
    hands = {(visit.provider, visit.assistant) for visit in visits}
    if len(hands) > 1:
        return ProviderNorm.SEVERAL
    return _own_norm(visits[0])


def shares_of(visits: tuple[CareVisit, ...]) -> tuple[int, ...]:
    """Give the share of each visit in percent: as stated, or equal with the rest at the front."""
    stated = [visit.share for visit in visits if visit.share is not None]
    if stated:
        return tuple(stated)
    equal, rest = divmod(WHOLE, len(visits))
    return tuple(equal + (place < rest) for place in range(len(visits)))


def _check(day: LumpSumDay) -> None:
    if not 0 < len(day.visits) <= MOST_VISITS:
        _refuse("/visits", "visits_out_of_range")
    for place, visit in enumerate(day.visits):
        if not visit.acts:
            _refuse(f"/visits/{place}/acts", "visit_without_acts")
    stated = [visit.share for visit in day.visits if visit.share is not None]
    is_whole = len(stated) == len(day.visits) and sum(stated) == WHOLE and min(stated) > 0
    if stated and not is_whole:
        _refuse("/visits", "lump_sum_shares_wrong")


def _refuse(pointer: str, code: str) -> None:
    raise InputError(findings=(Finding(pointer=pointer, code=code),))


def _own_norm(visit: CareVisit) -> ProviderNorm:
    return ProviderNorm.ONE if visit.assistant is None else ProviderNorm.CARE_ASSISTANT


def _statistics(
    day: LumpSumDay,
    basis: ClaimLine,
    shares: tuple[int, ...],
    nomenclature: Nomenclature,
) -> Iterator[ClaimLine]:
    count = 0
    for number, (visit, share) in enumerate(zip(day.visits, shares, strict=True), start=1):
        basic_act = BASIC_ACT_PSEUDO_CODES[number - 1]
        pseudo_codes = (pseudo_code_of(act, day.day, nomenclature) for act in visit.acts)
        for place, code in enumerate((basic_act, *pseudo_codes)):
            count += 1
            yield replace(
                basis,
                id=f"{day.line_id}.{count}",
                reference=f"{day.reference}.{count}",
                code=code,
                norm=LineNorm.STATISTICAL,
                provider=visit.provider,
                provider_norm=_own_norm(visit),
                assistant=visit.assistant,
                visit=number,
                hour=visit.hour,
                lump_sum_share=share if place == 0 else 0,
            )


def pseudo_code_of(code: str, day: date, nomenclature: Nomenclature) -> str:
    """Give what stands for an act inside a lump sum; an act that has none counts as another act."""
    act = nomenclature.find(code, on=day)
    if act is not None and act.kind in STATISTICAL_KINDS:
        return code
    return (act.pseudo_code if act is not None else "") or OTHER_ACT_PSEUDO_CODE
