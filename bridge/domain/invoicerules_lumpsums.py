"""What the invoice rules look for in a day of a lump sum as it is written.

Source: *eFact for nursing* 5.3; the numbers of its points stand beside each rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from bridge.domain.claims import ProviderNorm
from bridge.domain.invoicecases import BlockCase, BlockCheck, LineCase
from bridge.domain.katz import CareKind
from bridge.domain.lumpsums import WHOLE
from bridge.domain.tables.nursing_acts import TOILET_PSEUDO_CODE, ActKind

LEAST_VISITS: Final = {CareKind.A: 1, CareKind.B: 1, CareKind.C: 2}
"""Basic acts that a lump sum of each class needs (point 5)."""


def _basic_acts(case: BlockCase) -> list[LineCase]:
    return [each for each in case.statistics if _is_basic(each)]


def _is_basic(case: LineCase) -> bool:
    return case.act is not None and case.act.kind is ActKind.PSEUDO_BASIC_ACT


def _without_lump_sum(case: BlockCase) -> Iterable[str]:
    """Behind statistical records stands a lump sum (point 2); one whose code is unknown may be."""
    last = case.block.lump_sum
    act = case.lines[-1].act
    is_other = last is not None and act is not None and not act.is_lump_sum
    if case.statistics and (last is None or is_other):
        yield case.statistics[-1].at()


def _without_statistics(case: BlockCase) -> Iterable[str]:
    if case.lump_sum is not None and not case.statistics:
        yield case.lump_sum.at()


def _first(case: BlockCase) -> Iterable[str]:
    """The first record is the first basic act (points 1 and 5)."""
    if case.lump_sum is None or not case.statistics:
        return
    first = case.statistics[0]
    if not _is_basic(first) or first.act is None or first.act.visit != 1:
        yield first.at("code")


def _too_few(case: BlockCase) -> Iterable[str]:
    lump_sum = case.lump_sum
    if lump_sum is None or not case.statistics or lump_sum.act is None:
        return
    care = lump_sum.act.lump_sum
    if care is not None and len(_basic_acts(case)) < LEAST_VISITS.get(care, 1):
        yield lump_sum.at("code")


def _order(case: BlockCase) -> Iterable[str]:
    """Basic acts are numbered as the visits are: 1, 2, 3 without gap, each once."""
    if case.lump_sum is None:
        return
    for number, each in enumerate(_basic_acts(case), start=1):
        if each.act is None or each.act.visit != number:
            yield each.at("code")
            return


def _toilet(case: BlockCase) -> Iterable[str]:
    lump_sum = case.lump_sum
    if lump_sum is None or not case.statistics:
        return
    if all(each.line.code != TOILET_PSEUDO_CODE for each in case.statistics):
        yield lump_sum.at()


def _without_visit(case: BlockCase) -> Iterable[str]:
    """An act was done at one of the visits (point 5); lines that name no visit are not judged."""
    if case.lump_sum is None:
        return
    visits = {each.act.visit for each in _basic_acts(case) if each.act is not None}
    for each in case.statistics:
        if each.line.visit is not None and each.line.visit not in visits:
            yield each.at("visit")


def _days(case: BlockCase) -> Iterable[str]:
    if case.statistics:
        for each in case.lines[:-1]:
            if each.line.day != case.day:
                yield each.at("day")


def _places(case: BlockCase) -> Iterable[str]:
    last = case.lines[-1].line
    for each in case.lines[:-1]:
        if (each.line.place, each.line.institution) != (last.place, last.institution):
            yield each.at("place")


def _provider(case: BlockCase) -> Iterable[str]:
    basic_acts = _basic_acts(case)
    if case.lump_sum is None or not basic_acts:
        return
    if case.lump_sum.line.provider.short != basic_acts[0].line.provider.short:
        yield case.lump_sum.at("provider")


def _norm_of(case: BlockCase) -> ProviderNorm | None:
    is_block = case.lump_sum is not None and bool(case.statistics)
    return case.lump_sum.line.provider_norm if is_block and case.lump_sum is not None else None


def _several(case: BlockCase) -> Iterable[str]:
    """Norm 1 and several providers before it (point 6)."""
    providers = {each.line.provider.short for each in case.statistics}
    if _norm_of(case) is ProviderNorm.ONE and len(providers) > 1:
        yield case.lines[-1].at("provider_norm")


def _alone(case: BlockCase) -> Iterable[str]:
    """Norm 9 and nobody before it but the provider of the lump sum (point 6)."""
    if _norm_of(case) is not ProviderNorm.SEVERAL:
        return
    own = case.lines[-1].line.provider.short
    has_other = any(each.line.provider.short != own for each in case.statistics)
    assistants = {each.line.assistant for each in case.statistics}
    is_mixed = case.settings.counts_assistants and len(assistants) > 1
    if not has_other and not is_mixed:
        yield case.lines[-1].at("provider_norm")


def _norms(case: BlockCase) -> Iterable[str]:
    """With norm 1 or 2 the pseudo-codes carry the same norm (point 6)."""
    norm = _norm_of(case)
    if norm in (ProviderNorm.ONE, ProviderNorm.CARE_ASSISTANT):
        for each in case.statistics:
            if each.line.provider_norm is not norm:
                yield each.at("provider_norm")


def _assistants(case: BlockCase) -> Iterable[str]:
    """With norm 1 or 2 the same assistant in the whole block (point 7)."""
    if _norm_of(case) in (ProviderNorm.ONE, ProviderNorm.CARE_ASSISTANT):
        for each in case.statistics:
            if each.line.assistant != case.lines[-1].line.assistant:
                yield each.at("assistant")


def _assistant_same(case: BlockCase) -> Iterable[str]:
    """With norm 9 not the same assistant in all pseudo-codes (point 7)."""
    assistants = {each.line.assistant for each in case.statistics}
    is_one = len(assistants) == 1 and None not in assistants
    if _norm_of(case) is ProviderNorm.SEVERAL and is_one:
        yield case.lines[-1].at("provider_norm")


def _palliative(case: BlockCase) -> Iterable[str]:
    act = case.lines[-1].act
    if act is None or act.kind is not ActKind.PALLIATIVE:
        return
    for each in case.statistics:
        if each.line.assistant is not None:
            yield each.at("assistant")


def _has_shares(case: BlockCase) -> bool:
    return case.lump_sum is not None and case.day >= case.settings.lump_sum_shares_from


def _share_missing(case: BlockCase) -> Iterable[str]:
    if _has_shares(case):
        for each in _basic_acts(case):
            if not each.line.lump_sum_share:
                yield each.at("lump_sum_share")


def _shares(case: BlockCase) -> Iterable[str]:
    shares = [each.line.lump_sum_share for each in _basic_acts(case)]
    is_stated = bool(shares) and all(shares)
    is_whole = sum(shares) == WHOLE and all(share > 0 for share in shares)
    if _has_shares(case) and is_stated and not is_whole:
        yield case.lines[-1].at()


BLOCK_CHECKS: Final[Mapping[str, BlockCheck]] = MappingProxyType(
    {
        "statistics_without_lump_sum": _without_lump_sum,
        "lump_sum_without_statistics": _without_statistics,
        "lump_sum_first_basic_act": _first,
        "lump_sum_basic_act_missing": _too_few,
        "lump_sum_basic_acts_wrong": _order,
        "lump_sum_without_toilet": _toilet,
        "lump_sum_act_without_visit": _without_visit,
        "lump_sum_days_differ": _days,
        "lump_sum_places_differ": _places,
        "lump_sum_provider_wrong": _provider,
        "lump_sum_norm_several": _several,
        "lump_sum_norm_alone": _alone,
        "lump_sum_norms_differ": _norms,
        "lump_sum_assistants_differ": _assistants,
        "lump_sum_assistant_same": _assistant_same,
        "palliative_assistant": _palliative,
        "lump_sum_share_missing": _share_missing,
        "lump_sum_shares_wrong": _shares,
    },
)
"""What each rule of the table looks for, by its name."""
