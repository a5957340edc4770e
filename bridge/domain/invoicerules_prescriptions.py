"""What the invoice rules look for in the prescription of an act.

Source: *eFact for nursing* 5.1 and its table of record 50, zones 20 to 26.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from bridge.domain.carecases import begins_with
from bridge.domain.claims import PrescriberNorm
from bridge.domain.invoicecases import LineCase, LineCheck


def _is_of(case: LineCase, member: str) -> bool:
    """Tell whether the act is of one of the kinds that a setting lists."""
    is_paid = not case.line.is_statistical
    return is_paid and case.act is not None and case.act.kind in getattr(case.settings, member)


def _missing(case: LineCase) -> Iterable[str]:
    line = case.line
    has_nothing = line.prescriber is None and line.prescribed_on is None
    is_own = line.prescriber_norm in (PrescriberNorm.IS_PROVIDER, PrescriberNorm.ADDITIONAL_ACT)
    if has_nothing and not is_own and _is_of(case, "prescribed_kinds"):
        yield case.at("prescriber")


def _date_missing(case: LineCase) -> Iterable[str]:
    line = case.line
    is_own = line.prescriber_norm is PrescriberNorm.IS_PROVIDER
    if line.prescriber is not None and line.prescribed_on is None and not is_own:
        yield case.at("prescribed_on")


def _prescriber_missing(case: LineCase) -> Iterable[str]:
    line = case.line
    is_own = line.prescriber_norm is PrescriberNorm.IS_PROVIDER
    if line.prescribed_on is not None and (line.prescriber is None or is_own):
        yield case.at("prescriber")


def _after_act(case: LineCase) -> Iterable[str]:
    line = case.line
    if line.prescribed_on is not None and line.prescribed_on > line.day:
        yield case.at("prescribed_on")


def _too_old(case: LineCase) -> Iterable[str]:
    line, longest = case.line, case.settings.longest_prescription_days
    if longest is None or line.prescribed_on is None:
        return
    if line.day - line.prescribed_on > timedelta(days=longest):
        yield case.at("prescribed_on")


def _not_expected(case: LineCase) -> Iterable[str]:
    line = case.line
    has_any = line.prescriber is not None or line.prescribed_on is not None
    if has_any and (line.is_statistical or _is_of(case, "unprescribed_kinds")):
        yield case.at("prescribed_on")


def _norm(case: LineCase) -> Iterable[str]:
    line = case.line
    norm, prescriber = line.prescriber_norm, line.prescriber
    if norm is PrescriberNorm.NONE:
        is_right = prescriber is None
    elif norm is PrescriberNorm.IS_PROVIDER:
        is_right = prescriber is None or prescriber.short == line.provider.short
    elif norm is PrescriberNorm.ADDITIONAL_ACT:
        is_right = True
    else:
        is_right = prescriber is not None and prescriber.short != line.provider.short
    if not is_right:
        yield case.at("prescriber_norm")


def _unusual(case: LineCase) -> Iterable[str]:
    is_own = case.line.prescriber_norm is PrescriberNorm.IS_PROVIDER
    is_usual = begins_with(case.line.prescriber, case.settings.prescriber_prefixes)
    if not is_usual and not is_own:
        yield case.at("prescriber")


PRESCRIPTION_CHECKS: Final[Mapping[str, LineCheck]] = MappingProxyType(
    {
        "prescription_missing": _missing,
        "prescription_date_missing": _date_missing,
        "prescriber_missing": _prescriber_missing,
        "prescription_after_act": _after_act,
        "prescription_too_old": _too_old,
        "prescription_not_expected": _not_expected,
        "prescriber_norm_wrong": _norm,
        "act_prescriber_unusual": _unusual,
    },
)
"""What each rule of the table looks for, by its name."""
