"""What the played insurers decide about toilets and lump sums: by the content and their register.

Source: *Nursing messages* 4, 5.2, 5.3 and 5.5; decision D24.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from bridge.domain.periods import Period
from bridge.mycarenet.medadmin_contractual_values import (
    ContractualCareDetail,
    ContractualCareRequest,
    KatzDetail,
)
from bridge.mycarenet.medadmin_names import CareFamily, ContractualType, DecisionResult
from bridge.mycarenet.medadmin_values import known
from bridge.sandbox import care_reasons as reasons
from bridge.sandbox.care_checks import Checked
from bridge.sandbox.care_periods import DAY, EARLIEST, granted, last_day
from bridge.sandbox.care_reasons import Refusal
from bridge.sandbox.care_register import CareAgreement, CareRegister
from bridge.sandbox.care_scale import (
    allows,
    asked_by_week,
    is_disoriented,
    strongest,
    toilets_by_week,
)
from bridge.sandbox.people import SandboxPerson

_TERMS: Final = ("contractual_type", "katz", "toilets", "care_days_by_week", "visits_by_day")
_UNCHECKED: Final = "a request that did not pass the checks"


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What is granted, and what that does to other agreements.

    Attributes:
        period: Granted days.
        ends: Own agreement that ends the day before, because it is changed.
        takes_over: Agreements of other nurses that end the day before.
    """

    result: DecisionResult
    period: Period
    ends: CareAgreement | None = None
    takes_over: tuple[CareAgreement, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a checked request asks, understood.

    Attributes:
        start_on: First day.
        end_on: Last day.
        received_on: Day it was sent.
    """

    kind: ContractualType
    katz: KatzDetail
    scores: tuple[int, ...]
    care: ContractualCareDetail
    start_on: date
    end_on: date
    received_on: date


def asked_of(checked: Checked) -> Asked:
    """Understand a checked request for new care.

    Raises:
        TypeError: it did not pass the checks.
    """
    request = checked.ask.request
    if not isinstance(request, ContractualCareRequest):
        raise TypeError(_UNCHECKED)
    care = request.detail.care
    start_on, kind, katz = known(care.period.start_on), known(care.contractual_type), care.katz
    scores = None if katz is None else known(katz.scores)
    if start_on is None or kind is None or katz is None or scores is None:
        raise TypeError(_UNCHECKED)
    return Asked(
        kind=kind,
        katz=katz,
        scores=scores,
        care=care,
        start_on=start_on,
        end_on=last_day(care.period, start_on),
        received_on=checked.ask.received_on,
    )


def decide_new(checked: Checked, register: CareRegister) -> Grant:
    """Decide about new, extended or changed care.

    Raises:
        Refusal: it is refused.
        TypeError: it did not pass the checks.
    """
    asked = asked_of(checked)
    refuse_after_death(checked.person, asked.start_on)
    _check_scores(asked)
    if asked.start_on - asked.received_on > EARLIEST:
        raise Refusal(reasons.TOO_EARLY)
    period = granted(asked.start_on, asked.end_on, asked.received_on)
    there = register.of(
        checked.person.niss, insurer=checked.ask.insurer, family=CareFamily.CONTRACTUAL
    )
    mine = [each for each in there if each.provider.long == checked.ask.provider.long]
    theirs = [each for each in there if each.provider.long != checked.ask.provider.long]
    named = _named(asked, there)
    takes_over = _taken_over(asked, theirs)
    ends = _changed(asked, mine, named)
    return Grant(
        result=_result(checked, asked, period), period=period, ends=ends, takes_over=takes_over
    )


def decide_close(checked: Checked, register: CareRegister) -> tuple[CareAgreement, date]:
    """Decide about a closure; gives the agreement and its last day.

    Raises:
        Refusal: no such agreement, or the day does not lie in it.
        TypeError: it did not pass the checks.
    """
    request = checked.ask.request
    if not isinstance(request, ContractualCareRequest):
        raise TypeError(_UNCHECKED)
    care = request.detail.care
    end_on = known(care.period.end_on)
    if end_on is None:
        raise TypeError(_UNCHECKED)
    agreement = register.find(care.decision_reference or "")
    if agreement is None or not _is_of(agreement, checked):
        raise Refusal(reasons.AGREEMENT_UNKNOWN)
    if not agreement.is_open(end_on):
        raise Refusal(reasons.END_OUTSIDE)
    return agreement, end_on


def refuse_after_death(person: SandboxPerson, start_on: date) -> None:
    """Refuse care that begins after the patient's death.

    Raises:
        Refusal: the patient died before.
    """
    if person.deceased_on is not None and person.deceased_on < start_on:
        raise Refusal(reasons.DECEASED)


def has_rights_until(checked: Checked, end_on: date) -> bool:
    """Tell whether the patient's rights are in order for the whole time, as far as is known."""
    until = checked.span.to_on
    return checked.person.care.has_rights_in_order and (until is None or end_on <= until)


# -- rules ---------------------------------------------------------------------------------------


def _check_scores(asked: Asked) -> None:
    if not allows(strongest(asked.scores), asked.kind):
        raise Refusal(reasons.KIND_TOO_STRONG)
    if asked.kind is not ContractualType.TOILET:
        return
    allowed = toilets_by_week(asked.scores, is_disoriented=is_disoriented(asked.katz))
    if asked_by_week(asked.care.toilets) > allowed:
        raise Refusal(reasons.TOILETS_TOO_MANY)


def _named(asked: Asked, there: Sequence[CareAgreement]) -> CareAgreement | None:
    """Give the agreement a request refers to.

    Raises:
        Refusal: the patient has none so named.
    """
    number = asked.care.decision_reference
    if number is None:
        return None
    found = next((each for each in there if each.number == number), None)
    if found is None:
        raise Refusal(reasons.AGREEMENT_UNKNOWN)
    return found


def _taken_over(asked: Asked, theirs: Sequence[CareAgreement]) -> tuple[CareAgreement, ...]:
    others = tuple(each for each in theirs if each.overlaps(asked.start_on, asked.end_on))
    if others and known(asked.care.changes_reference_provider) is not True:
        raise Refusal(reasons.OTHER_NURSE)
    return others


def _changed(
    asked: Asked, mine: Sequence[CareAgreement], named: CareAgreement | None
) -> CareAgreement | None:
    """Give the own agreement that a change ends.

    Raises:
        Refusal: an extension with other scores, or an overlap.
    """
    clashes = [each for each in mine if _clashes(each, asked)]
    is_mine = named is not None and any(each.number == named.number for each in mine)
    if named is None or not is_mine:
        _refuse_overlap(clashes)
        return None
    if not _has_same_scores(named, asked) and asked.start_on > asked.received_on:
        raise Refusal(reasons.SCORES_DIFFER)
    _refuse_overlap([each for each in clashes if each.number != named.number])
    if named not in clashes:
        return None
    if _changes_nothing(named, asked) or asked.start_on <= named.start_on:
        raise Refusal(reasons.OVERLAP)
    return named


def _refuse_overlap(clashes: Sequence[CareAgreement]) -> None:
    if clashes:
        raise Refusal(reasons.OVERLAP)


def _clashes(agreement: CareAgreement, asked: Asked) -> bool:
    """Tell whether days are shared; the shared day of a renewal is none (D24)."""
    shares = agreement.overlaps(asked.start_on, asked.end_on)
    return shares and agreement.end_on != asked.start_on


def _has_same_scores(agreement: CareAgreement, asked: Asked) -> bool:
    care = agreement.care
    katz = None if care is None else care.katz
    return katz is not None and katz.scores == asked.scores


def _changes_nothing(agreement: CareAgreement, asked: Asked) -> bool:
    """Tell whether the same care is asked: kind, scale, toilets, days and visits."""
    care = agreement.care
    return care is not None and all(
        getattr(care, name) == getattr(asked.care, name) for name in _TERMS
    )


def _is_of(agreement: CareAgreement, checked: Checked) -> bool:
    return (
        agreement.family is CareFamily.CONTRACTUAL
        and agreement.niss == checked.person.niss
        and agreement.insurer == checked.ask.insurer
        and agreement.provider.long == checked.ask.provider.long
    )


def _result(checked: Checked, asked: Asked, period: Period) -> DecisionResult:
    if not has_rights_until(checked, period.to_on):
        return DecisionResult.ONLY_MEDICAL_AGREEMENT
    is_whole = (period.from_on, period.to_on) == (asked.start_on, asked.end_on)
    return DecisionResult.AGREEMENT if is_whole else DecisionResult.PARTIAL_AGREEMENT


def day_before(period: Period) -> date:
    """Give the last day of what a grant ends."""
    return period.from_on - DAY
