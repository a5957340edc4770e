"""What the invoice rules look for in the patient's rights: insurability and agreements.

Source: *eFact for nursing* 5.4 and 5.7; *Nursing messages* 5.4 and 10.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from bridge.domain.agreements import CareAgreement, EndReason
from bridge.domain.claims import ClaimKind
from bridge.domain.declarations import DeclarationKind
from bridge.domain.insurability import InsuredPeriod
from bridge.domain.invoicecases import LineCase, LineCheck
from bridge.domain.katz import STRENGTH, CareKind
from bridge.domain.tables.nursing_acts import ActKind

NEEDED: Final = {
    ActKind.TOILET: DeclarationKind.KATZ,
    ActKind.LUMP_SUM: DeclarationKind.KATZ,
    ActKind.PALLIATIVE: DeclarationKind.PALLIATIVE,
    ActKind.SPECIFIC_TECHNICAL: DeclarationKind.TECHNICAL_ACT,
}
"""What an act needs an agreement (or a notification) of."""


def _is_looked_at(case: LineCase) -> bool:
    """Tell whether rights matter: not for statistical records, nor for what is taken back."""
    is_credit = case.case.claim.kind is ClaimKind.CREDIT_NOTE
    return not case.line.is_statistical and not is_credit


def says_insured(case: LineCase) -> bool | None:
    """Tell what the newest check that covers the day says; ``None`` without such a check."""
    said = (cover.says_insured(case.line.day) for cover in case.case.context.covers)
    return next((each for each in said if each is not None), None)


def _insured_period(case: LineCase) -> InsuredPeriod | None:
    day = case.line.day
    found = (
        cover.period_of(day)
        for cover in case.case.context.covers
        if cover.says_insured(day) is not None
    )
    return next(found, None)


def _unchecked(case: LineCase) -> Iterable[str]:
    is_required = case.settings.insurability_required and _is_looked_at(case)
    if is_required and says_insured(case) is None:
        yield case.at("day")


def _not_insured(case: LineCase) -> Iterable[str]:
    if _is_looked_at(case) and says_insured(case) is False:
        yield case.at("day")


def _mutuality(case: LineCase) -> Iterable[str]:
    period = _insured_period(case)
    if period is None or not _is_looked_at(case):
        return
    if period.mutuality != case.case.claim.patient.mutuality.digits:
        yield case.at("day")


def _insured_codes(case: LineCase) -> Iterable[str]:
    period, claim = _insured_period(case), case.case.claim
    if period is None or not _is_looked_at(case):
        return
    if period.ct1 not in (None, claim.ct1) or period.ct2 not in (None, claim.ct2):
        yield case.at("day")


def needed_kind(case: LineCase) -> DeclarationKind | None:
    """Give of what kind the act needs an agreement; ``None`` when it needs none."""
    if case.act is None or case.act.kind not in case.settings.agreement_kinds:
        return None
    return NEEDED.get(case.act.kind) if _is_looked_at(case) else None


def agreements_of(case: LineCase) -> Iterator[CareAgreement]:
    """Give the patient's agreements of the kind that the act needs."""
    kind, patient = needed_kind(case), case.case.claim.patient
    for each in case.case.context.agreements or ():
        is_right = each.kind is kind and each.end_reason is not EndReason.WITHDRAWN
        if is_right and each.patient.is_same_person(patient):
            yield each


def _is_known(case: LineCase) -> bool:
    return case.case.context.agreements is not None and needed_kind(case) is not None


def _without(case: LineCase) -> Iterable[str]:
    if _is_known(case) and not any(True for _ in agreements_of(case)):
        yield case.at("code")


def _outside(case: LineCase) -> Iterable[str]:
    if not _is_known(case):
        return
    found = [each.covers(case.line.day) for each in agreements_of(case)]
    if found and not any(found):
        yield case.at("day")


def _stronger(case: LineCase) -> Iterable[str]:
    asked = care_kind_of(case)
    if asked is None or not _is_known(case):
        return
    granted = [
        each.care_kind
        for each in agreements_of(case)
        if each.covers(case.line.day) and each.care_kind is not None
    ]
    strengths = [STRENGTH.index(each) for each in granted]
    if strengths and max(strengths) < STRENGTH.index(asked):
        yield case.at("code")


def care_kind_of(case: LineCase) -> CareKind | None:
    """Give the kind of care that a lump sum or a toilet needs; ``None`` for other acts."""
    if case.act is None:
        return None
    if case.act.kind is ActKind.TOILET:
        return CareKind.TOILET
    is_palliative = case.act.kind is ActKind.PALLIATIVE
    return None if is_palliative else case.act.lump_sum


def _unknown(case: LineCase) -> Iterable[str]:
    number, agreements = case.line.agreement_number, case.case.context.agreements
    if number is None or agreements is None or not _is_looked_at(case):
        return
    if all(each.number != number for each in agreements):
        yield case.at("agreement_number")


RIGHT_CHECKS: Final[Mapping[str, LineCheck]] = MappingProxyType(
    {
        "insurability_unchecked": _unchecked,
        "patient_not_insured": _not_insured,
        "mutuality_unlike_insurability": _mutuality,
        "insured_codes_unlike_insurability": _insured_codes,
        "act_without_agreement": _without,
        "act_outside_agreement": _outside,
        "act_stronger_than_agreement": _stronger,
        "act_agreement_unknown": _unknown,
    },
)
"""What each rule of the table looks for, by its name."""
