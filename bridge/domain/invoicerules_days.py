"""What the invoice rules look for in all acts of a patient on one day.

Source: *eFact for nursing* 5.3 and 5.7; *Nursing messages* 5.4.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from bridge.domain.claims import ClaimKind, Repetition
from bridge.domain.invoicecases import DayCase, DayCheck, LineCase
from bridge.domain.tables.nursing_acts import ActKind, NursingAct, PalliativeKind

_AGAIN: Final = frozenset(
    {Repetition.OTHER_SESSION, Repetition.SECOND_OF_DAY, Repetition.LATER_OF_DAY},
)
"""What says that the same act was done again on the same day (zone 23)."""


def _acts(day: DayCase) -> list[tuple[LineCase, NursingAct]]:
    return [(each, each.act) for each in day.paid if each.act is not None]


def _lump_sums(day: DayCase) -> list[LineCase]:
    """Give what is paid for the whole day; a family that is not confirmed may be PN."""
    return [each for each, act in _acts(day) if act.is_lump_sum and _is_whole_day(act)]


def _is_whole_day(act: NursingAct) -> bool:
    return act.kind is ActKind.LUMP_SUM or act.palliative not in (None, PalliativeKind.PN)


def _twice(day: DayCase) -> Iterable[str]:
    for each in _lump_sums(day)[1:]:
        yield each.at("code")


def _in_lump_sum(day: DayCase) -> Iterable[str]:
    """An act that has a pseudo-code, and a basic act, is part of the lump sum of the day."""
    acts = _acts(day)
    if not any(act.kind is ActKind.LUMP_SUM for _, act in acts):
        return
    for each, act in acts:
        is_part = bool(act.pseudo_code) or act.kind is ActKind.BASIC_ACT
        if is_part and not act.is_lump_sum:
            yield each.at("code")


def _with_palliative(day: DayCase) -> Iterable[str]:
    """Nothing stands beside a palliative lump sum but what is listed (5004G3).

    PN is a supplement on top of acts, and excludes only the other lump sums.
    A family that is not confirmed may be PN, so it excludes nothing.
    """
    acts = _acts(day)
    palliative = {act.palliative for _, act in acts if act.kind is ActKind.PALLIATIVE} - {None}
    if not palliative:
        return
    is_on_top = palliative == {PalliativeKind.PN}
    allowed = day.settings.palliative_compatible_kinds | {ActKind.PALLIATIVE}
    for each, act in acts:
        is_excluded = act.is_lump_sum if is_on_top else act.kind not in allowed
        if is_excluded and act.kind is not ActKind.PALLIATIVE:
            yield each.at("code")


def _supplement(day: DayCase) -> Iterable[str]:
    least = day.settings.value("supplement_least_visits", on=day.day)
    if least is None:
        return
    visits = sum(
        each.act is not None and each.act.kind is ActKind.PSEUDO_BASIC_ACT for each in day.lines
    )
    for each, act in _acts(day):
        if act.kind is ActKind.SUPPLEMENT and visits < least:
            yield each.at("code")


def _again(day: DayCase) -> Iterable[str]:
    seen = Counter[object]()
    for each in day.paid:
        seen[each.key] += 1
        if seen[each.key] > 1 and each.line.repetition not in _AGAIN:
            yield each.at("repetition")


def _invoiced(day: DayCase) -> Iterable[str]:
    """A credit note and a correction are about acts that were invoiced before."""
    if day.case.claim.kind is not ClaimKind.NORMAL:
        return
    for each in day.paid:
        if each.key in day.case.context.invoiced and each.line.repetition not in _AGAIN:
            yield each.at("code")


DAY_CHECKS: Final[Mapping[str, DayCheck]] = MappingProxyType(
    {
        "lump_sum_twice": _twice,
        "act_in_lump_sum": _in_lump_sum,
        "act_with_palliative_lump_sum": _with_palliative,
        "supplement_without_visits": _supplement,
        "act_twice": _again,
        "act_already_invoiced": _invoiced,
    },
)
"""What each rule of the table looks for, by its name."""
