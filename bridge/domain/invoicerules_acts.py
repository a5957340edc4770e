"""What the invoice rules look for in an act: code, day, provider, place.

Source: *eFact for nursing* 5.1, 5.2 and 5.7, and its table of record 50.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from bridge.domain.carecases import begins_with
from bridge.domain.claims import CarePlaceKind, ProviderNorm
from bridge.domain.holidays import has_weekend_codes
from bridge.domain.invoicecases import LineCase, LineCheck
from bridge.domain.invoicerules_claims import is_writable
from bridge.domain.months import Month
from bridge.domain.nursingacts import has_valid_check
from bridge.domain.periods import months_later, same_day_years_ago
from bridge.domain.tables.nursing_acts import (
    STATISTICAL_KINDS,
    ActContext,
    ActKind,
)

_PLACES: Final = {
    ActContext.HOME_WEEK: frozenset({CarePlaceKind.HOME}),
    ActContext.HOME_WEEKEND: frozenset({CarePlaceKind.HOME}),
    ActContext.PRACTICE_ROOM: frozenset({CarePlaceKind.PRACTICE_ROOM}),
    ActContext.DAY_CENTRE: frozenset({CarePlaceKind.DAY_CENTRE}),
}
"""Where the code of a context holds; contexts that are left out hold everywhere."""


def _code_invalid(case: LineCase) -> Iterable[str]:
    if not has_valid_check(case.line.code):
        yield case.at("code")


def _code_unknown(case: LineCase) -> Iterable[str]:
    code = case.line.code
    if has_valid_check(code) and not case.case.context.nomenclature.is_known(code):
        yield case.at("code")


def _code_not_in_force(case: LineCase) -> Iterable[str]:
    if case.act is None and case.case.context.nomenclature.is_known(case.line.code):
        yield case.at("code")


def _future(case: LineCase) -> Iterable[str]:
    if case.line.day > case.case.context.created_on:
        yield case.at("day")


def _after_month(case: LineCase) -> Iterable[str]:
    month = case.case.context.month
    months = case.settings.value("months_after", on=case.day)
    if months is None:
        return
    first = months_later(case.line.day.replace(day=1), -months)
    if Month.of(first) > month:
        yield case.at("day")


def _too_old(case: LineCase) -> Iterable[str]:
    years = case.settings.value("limitation_years", on=case.day)
    if years is None or case.case.claim.is_limitation_interrupted:
        return
    if case.line.day < same_day_years_ago(case.case.context.created_on, years):
        yield case.at("day")


def _provider(case: LineCase) -> Iterable[str]:
    if not begins_with(case.line.provider, case.settings.provider_prefixes):
        yield case.at("provider")


def _provider_norm(case: LineCase) -> Iterable[str]:
    """``several providers`` is for a lump sum, and for the records within it, only."""
    act = case.act
    is_several = case.line.provider_norm is ProviderNorm.SEVERAL
    if is_several and act is not None and not act.is_lump_sum:
        yield case.at("provider_norm")


def _assistant_missing(case: LineCase) -> Iterable[str]:
    line = case.line
    if line.provider_norm is ProviderNorm.CARE_ASSISTANT and line.assistant is None:
        yield case.at("assistant")


def _assistant_not_expected(case: LineCase) -> Iterable[str]:
    line = case.line
    if line.assistant is None or line.provider_norm is ProviderNorm.CARE_ASSISTANT:
        return
    is_nurse = begins_with(line.assistant, case.settings.provider_prefixes)
    if not (is_nurse and case.settings.allows_second_nurse):
        yield case.at("assistant")


def _second_nurse(case: LineCase) -> Iterable[str]:
    line = case.line
    if line.assistant is None:
        return
    is_nurse = begins_with(line.assistant, case.settings.provider_prefixes)
    if is_nurse and line.assistant.short != line.provider.short:
        yield case.at("assistant")


def _reference(case: LineCase) -> Iterable[str]:
    if not case.line.reference.strip() or not is_writable(case.line.reference):
        yield case.at("reference")


def _has_weekend_codes(case: LineCase) -> bool:
    return has_weekend_codes(case.line.day, weekend=case.settings.weekend_days)


def _weekend_code(case: LineCase) -> Iterable[str]:
    is_week = case.act is not None and case.act.context is ActContext.HOME_WEEK
    if is_week and _has_weekend_codes(case):
        yield case.at("code")


def _week_code(case: LineCase) -> Iterable[str]:
    is_weekend = case.act is not None and case.act.context is ActContext.HOME_WEEKEND
    if is_weekend and not _has_weekend_codes(case):
        yield case.at("code")


def _place(case: LineCase) -> Iterable[str]:
    """A rest home has a rule of its own for lump sums."""
    if case.act is None or case.line.place is CarePlaceKind.REST_HOME:
        return
    places = _PLACES.get(case.act.context)
    if places is not None and case.line.place not in places:
        yield case.at("code")


def _institution_missing(case: LineCase) -> Iterable[str]:
    is_institution = case.line.place in (CarePlaceKind.DAY_CENTRE, CarePlaceKind.REST_HOME)
    if is_institution and case.line.institution is None:
        yield case.at("institution")


def _institution_not_expected(case: LineCase) -> Iterable[str]:
    if case.line.place is CarePlaceKind.HOME and case.line.institution is not None:
        yield case.at("institution")


def _rest_home(case: LineCase) -> Iterable[str]:
    is_lump_sum = case.act is not None and case.act.is_lump_sum
    if is_lump_sum and case.line.place is CarePlaceKind.REST_HOME:
        yield case.at("place")


def _norm(case: LineCase) -> Iterable[str]:
    is_pseudo = case.act is not None and case.act.kind in STATISTICAL_KINDS
    if case.act is not None and is_pseudo != case.line.is_statistical:
        yield case.at("norm")


def _share(case: LineCase) -> Iterable[str]:
    line = case.line
    is_basic = case.act is not None and case.act.kind is ActKind.PSEUDO_BASIC_ACT
    is_early = line.day < case.settings.lump_sum_shares_from
    if line.lump_sum_share and (not is_basic or is_early):
        yield case.at("lump_sum_share")


ACT_CHECKS: Final[Mapping[str, LineCheck]] = MappingProxyType(
    {
        "act_code_invalid": _code_invalid,
        "act_code_unknown": _code_unknown,
        "act_code_not_in_force": _code_not_in_force,
        "act_in_future": _future,
        "act_after_month": _after_month,
        "act_too_old": _too_old,
        "provider_not_person": _provider,
        "provider_norm_wrong": _provider_norm,
        "assistant_missing": _assistant_missing,
        "assistant_not_expected": _assistant_not_expected,
        "second_nurse_not_provider": _second_nurse,
        "act_reference_invalid": _reference,
        "weekend_code_expected": _weekend_code,
        "week_code_expected": _week_code,
        "code_unlike_place": _place,
        "institution_missing": _institution_missing,
        "institution_not_expected": _institution_not_expected,
        "lump_sum_in_rest_home": _rest_home,
        "norm_unlike_code": _norm,
        "lump_sum_share_not_expected": _share,
    },
)
"""What each rule of the table looks for, by its name."""
