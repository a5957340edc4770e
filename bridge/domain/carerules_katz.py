"""What the sending rules look for in the content of a Katz declaration.

Source: *Nursing messages* 4.1 and 5.2 to 5.6; decision D24.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from bridge.domain.carecases import Case, Check, begins_with
from bridge.domain.carerules_requests import REQUEST_CHECKS
from bridge.domain.caresettings import RenewalStart
from bridge.domain.declarations import (
    CareFrequency,
    KatzContent,
    KatzRequest,
    ToiletFrequency,
)
from bridge.domain.katz import (
    STRENGTH,
    CareKind,
    KatzVerdict,
    ToiletRight,
    judge,
)
from bridge.domain.periods import last_of_months, months_later

KatzCase = Case[KatzContent]

_LIMITS: Final = MappingProxyType({"days_per_week": 7, "visits_per_day": 2, "toilets": 7})
_USUAL: Final = frozenset({(2, ToiletFrequency.WEEK), (1, ToiletFrequency.DAY)})
_WEEKLY_TOILETS: Final = 2
_LEAST_VISITS: Final = MappingProxyType({CareKind.A: 1, CareKind.B: 1, CareKind.C: 2})
_PLACE_LENGTH: Final = 25
_POSTAL_CODE: Final = re.compile(r"[0-9]{4}", re.ASCII)


def _is_asking(case: KatzCase) -> bool:
    return case.content.request is not KatzRequest.CLOSE


def _verdict(case: KatzCase) -> KatzVerdict | None:
    """Give what the scores allow; ``None`` where nothing is asked or no scores are stated."""
    content = case.content
    if content.scores is None or not _is_asking(case):
        return None
    return judge(
        content.scores,
        on=case.rules_day,
        is_disoriented=content.dementia is not None,
        has_wider_c=case.settings.has_wider_c,
    )


def _scores(case: KatzCase) -> Iterable[str]:
    if _is_asking(case) and case.content.scores is None:
        yield "/scores"


def _care_kind(case: KatzCase) -> Iterable[str]:
    if _is_asking(case) and case.content.care_kind is None:
        yield "/care_kind"


def _too_strong(case: KatzCase) -> Iterable[str]:
    verdict, kind = _verdict(case), case.content.care_kind
    if verdict is not None and kind is not None and not verdict.allows(kind):
        yield "/care_kind"


def _weaker(case: KatzCase) -> Iterable[str]:
    verdict, kind = _verdict(case), case.content.care_kind
    strongest = None if verdict is None else verdict.strongest
    if strongest is None or kind is None:
        return
    if STRENGTH.index(kind) < STRENGTH.index(strongest):
        yield "/care_kind"


def _asked_toilets(frequency: CareFrequency) -> ToiletRight | None:
    if frequency.toilets is None or frequency.toilet_frequency is None:
        return None
    if frequency.toilet_frequency is ToiletFrequency.DAY:
        return ToiletRight.DAILY
    is_weekly = frequency.toilets <= _WEEKLY_TOILETS
    return ToiletRight.WEEKLY if is_weekly else ToiletRight.DAILY


def _toilets_differ(case: KatzCase, *, asked: ToiletRight, allowed: ToiletRight) -> Iterable[str]:
    verdict = _verdict(case)
    if verdict is None or case.content.care_kind is not CareKind.TOILET:
        return
    if (_asked_toilets(case.content.frequency), verdict.toilets) == (asked, allowed):
        yield "/frequency/toilets"


def _more_toilets(case: KatzCase) -> Iterable[str]:
    return _toilets_differ(case, asked=ToiletRight.DAILY, allowed=ToiletRight.WEEKLY)


def _fewer_toilets(case: KatzCase) -> Iterable[str]:
    return _toilets_differ(case, asked=ToiletRight.WEEKLY, allowed=ToiletRight.DAILY)


def _half_toilets(case: KatzCase) -> Iterable[str]:
    frequency = case.content.frequency
    if (frequency.toilets is None) != (frequency.toilet_frequency is None):
        is_number = frequency.toilets is None
        yield "/frequency/toilets" if is_number else "/frequency/toilet_frequency"


def _unusual_toilets(case: KatzCase) -> Iterable[str]:
    frequency = case.content.frequency
    is_toilet = _is_asking(case) and case.content.care_kind is CareKind.TOILET
    if is_toilet and (frequency.toilets, frequency.toilet_frequency) not in _USUAL:
        yield "/frequency/toilets"


def _few_visits(case: KatzCase) -> Iterable[str]:
    visits, kind = case.content.frequency.visits_per_day, case.content.care_kind
    if visits is not None and kind is not None and visits < _LEAST_VISITS.get(kind, 0):
        yield "/frequency/visits_per_day"


def _range(case: KatzCase) -> Iterable[str]:
    for member, most in _LIMITS.items():
        number = getattr(case.content.frequency, member)
        if number is not None and not 0 <= number <= most:
            yield f"/frequency/{member}"


def _place(case: KatzCase) -> Iterable[str]:
    place = case.content.place
    if place is None:
        return
    for member in ("name", "address"):
        text = getattr(place, member)
        if not text.strip() or len(text) > _PLACE_LENGTH:
            yield f"/place/{member}"
    if not _POSTAL_CODE.fullmatch(place.postal_code):
        yield "/place/postal_code"


def _uncertified(case: KatzCase) -> Iterable[str]:
    dementia = case.content.dementia
    if dementia is not None and dementia.doctor is None:
        yield "/dementia/doctor"


def _certified_by(case: KatzCase) -> Iterable[str]:
    dementia = case.content.dementia
    doctor = None if dementia is None else dementia.doctor
    if not begins_with(doctor, case.settings.doctor_prefixes):
        yield "/dementia/doctor"


def _length(case: KatzCase) -> Iterable[str]:
    """Compare with the longest period; a day shared with the renewal does not count."""
    start_on, end_on, kind = case.period.start_on, case.period.end_on, case.content.care_kind
    if start_on is None or end_on is None or kind is None or not _is_asking(case):
        return
    is_shared = case.settings.renewal_start is RenewalStart.SAME_DAY
    months = case.settings.longest_months(kind, on=start_on)
    if end_on > (months_later if is_shared else last_of_months)(start_on, months):
        yield "/period/end_on"


KATZ_CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "scores_missing": _scores,
        "care_kind_missing": _care_kind,
        "care_kind_too_strong": _too_strong,
        "care_kind_weaker": _weaker,
        "toilets_more_than_allowed": _more_toilets,
        "toilets_fewer_than_allowed": _fewer_toilets,
        "toilets_incomplete": _half_toilets,
        "toilets_unusual": _unusual_toilets,
        "visits_too_few": _few_visits,
        "frequency_out_of_range": _range,
        "care_place_invalid": _place,
        "dementia_without_doctor": _uncertified,
        "dementia_doctor_number": _certified_by,
        "period_too_long": _length,
        **REQUEST_CHECKS,
    },
)
"""What each rule of the table looks for, by its name."""
