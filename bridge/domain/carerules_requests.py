"""What the sending rules look for when a Katz is new, extended, changed or closed.

A renewal is an extension: the same scores again, from the end of the agreement on (D24).
Source: *Nursing messages* 3, 4.1, 5.5 and 5.6; decision D24.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from bridge.domain.agreements import CareAgreement
from bridge.domain.carecases import PENDING, Case, Check, share_a_day
from bridge.domain.caresettings import RenewalStart
from bridge.domain.declarations import (
    AGREEMENT_NUMBER_LENGTH,
    DeclarationKind,
    KatzContent,
    KatzRequest,
)

KatzCase = Case[KatzContent]

_DAY: Final = timedelta(days=1)


def _named(case: KatzCase) -> CareAgreement | None:
    """Give the agreement the declaration names, when the register knows it."""
    number = case.content.agreement_number
    if number is None:
        return None
    found = (each for each in case.agreements(DeclarationKind.KATZ) if each.number == number)
    return next(found, None)


def _number_not_expected(case: KatzCase) -> Iterable[str]:
    if case.content.request is KatzRequest.NEW and case.content.agreement_number is not None:
        yield "/agreement_number"


def _number_missing(case: KatzCase) -> Iterable[str]:
    if case.content.request is not KatzRequest.NEW and case.content.agreement_number is None:
        yield "/agreement_number"


def _number_invalid(case: KatzCase) -> Iterable[str]:
    number = case.content.agreement_number
    if number is not None and len(number) != AGREEMENT_NUMBER_LENGTH:
        yield "/agreement_number"


def _unknown(case: KatzCase) -> Iterable[str]:
    is_naming = case.content.request in {KatzRequest.CHANGE, KatzRequest.CLOSE}
    if is_naming and case.content.agreement_number is not None and _named(case) is None:
        yield "/agreement_number"


def _end_missing(case: KatzCase) -> Iterable[str]:
    if case.content.request is KatzRequest.CLOSE and case.period.end_on is None:
        yield "/period/end_on"


def _closed_before(case: KatzCase) -> Iterable[str]:
    named, end_on = _named(case), case.period.end_on
    if case.content.request is not KatzRequest.CLOSE or named is None or end_on is None:
        return
    if named.start_on is not None and end_on < named.start_on:
        yield "/period/end_on"


def _future_change(case: KatzCase) -> Iterable[str]:
    start_on = case.period.start_on
    if start_on is not None and start_on > case.context.today and _has_changed_score(case):
        yield "/period/start_on"


def _has_changed_score(case: KatzCase) -> bool:
    """Tell whether other scores than those of the agreement before are asked.

    A change whose agreement is not in the register counts as one.
    So does a new request that goes on where an agreement ends, unless its scores are not known.
    """
    scores = case.content.scores
    if case.content.request is KatzRequest.CHANGE:
        named = _named(case)
        return scores is not None and (named is None or named.scores != scores)
    if case.content.request is not KatzRequest.NEW or scores is None:
        return False
    return any(each.scores not in (None, scores) for each in _before(case))


def _before(case: KatzCase) -> Iterator[CareAgreement]:
    """Give own agreements in force on the first day of care or on the day before."""
    start_on = case.period.start_on
    for each in case.agreements(DeclarationKind.KATZ):
        is_own = each.registration_id == case.declaration.registration_id
        if (
            start_on is not None
            and is_own
            and (each.covers(start_on) or each.covers(start_on - _DAY))
        ):
            yield each


def _not_renewable(case: KatzCase) -> Iterable[str]:
    is_extension = case.content.request is KatzRequest.EXTENSION
    if is_extension and case.content.agreement_number is not None and _named(case) is None:
        yield "/agreement_number"


def _other_scores(case: KatzCase) -> Iterable[str]:
    content, named = case.content, _named(case)
    if content.request is not KatzRequest.EXTENSION or named is None or content.scores is None:
        return
    if named.scores != content.scores:
        yield "/scores"


def _renewal_start(case: KatzCase) -> Iterable[str]:
    start_on = case.period.start_on
    if case.content.request is not KatzRequest.EXTENSION or start_on is None:
        return
    named = _named(case)
    if named is not None and start_on != _start_after(named, case):
        yield "/period/start_on"


def _start_after(agreement: CareAgreement, case: KatzCase) -> date | None:
    if agreement.end_on is None:
        return None
    is_same_day = case.settings.renewal_start is RenewalStart.SAME_DAY
    return agreement.end_on if is_same_day else agreement.end_on + _DAY


def _renewal_early(case: KatzCase) -> Iterable[str]:
    start_on = case.period.start_on
    if case.content.request is not KatzRequest.EXTENSION or start_on is None:
        return
    window = case.settings.value("renewal_window_days", on=start_on)
    if case.context.today < start_on - timedelta(days=window):
        yield "/period/start_on"


def _overlapping(case: KatzCase) -> Iterator[CareAgreement]:
    """Give agreements that share a day with what is asked.

    The agreement that is changed ends the day before, and the one that is renewed may share its
    last day (D24).
    """
    request, named = case.content.request, _named(case)
    if request is KatzRequest.CLOSE or case.period.start_on is None:
        return
    for each in case.agreements(DeclarationKind.KATZ):
        is_changed = request is KatzRequest.CHANGE and each is named
        is_shared_day = (
            request is KatzRequest.EXTENSION
            and each is named
            and each.end_on == case.period.start_on
        )
        if not is_changed and not is_shared_day and share_a_day(case.period, case.days_of(each)):
            yield each


def _overlap(case: KatzCase) -> Iterable[str]:
    mine = case.declaration.registration_id
    if any(each.registration_id == mine for each in _overlapping(case)):
        yield "/period"


def _other_nurse(case: KatzCase) -> Iterable[str]:
    mine = case.declaration.registration_id
    is_taken_over = case.content.changes_reference_provider
    if not is_taken_over and any(each.registration_id != mine for each in _overlapping(case)):
        yield "/period"


def _asked_twice(case: KatzCase) -> Iterable[str]:
    if case.content.request is KatzRequest.CLOSE or case.period.start_on is None:
        return
    for each in case.others(DeclarationKind.KATZ):
        content = each.content
        is_asking = isinstance(content, KatzContent) and content.request is not KatzRequest.CLOSE
        is_open = is_asking and each.status in PENDING
        is_mine = each.registration_id == case.declaration.registration_id
        if is_open and is_mine and share_a_day(case.period, each.period):
            yield "/period"
            return


REQUEST_CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "agreement_number_not_expected": _number_not_expected,
        "agreement_number_missing": _number_missing,
        "agreement_number_invalid": _number_invalid,
        "agreement_unknown": _unknown,
        "care_end_missing": _end_missing,
        "close_before_start": _closed_before,
        "change_in_future": _future_change,
        "renewal_without_agreement": _not_renewable,
        "renewal_scores_differ": _other_scores,
        "renewal_start_wrong": _renewal_start,
        "renewal_too_early": _renewal_early,
        "agreement_overlap": _overlap,
        "declaration_overlap": _asked_twice,
        "agreement_of_other_nurse": _other_nurse,
    },
)
"""What each rule of the table looks for, by its name."""
