"""The insurers' own form of the Katz rules; it shares nothing with the nurse's.

A scale is strong where both washing and dressing need help from somebody; what else it takes is
counted over the other items.
Source: *Nursing messages* 5.2 and 5.3.
"""

from __future__ import annotations

from typing import Final

from bridge.domain.declarations import ToiletFrequency
from bridge.mycarenet.medadmin_contractual_values import KatzDetail, Toilets
from bridge.mycarenet.medadmin_names import ContractualType
from bridge.mycarenet.medadmin_values import known

WEEK: Final = 7
TWICE: Final = 2

_ITEMS: Final = 6
_SCORES: Final = frozenset({1, 2, 3, 4})
_HELPED: Final = 3
_FULLY: Final = 4
_STRENGTH: Final = (
    ContractualType.TOILET,
    ContractualType.A,
    ContractualType.B,
    ContractualType.C,
)


def is_scale(scores: tuple[int, ...]) -> bool:
    """Tell whether these are six scores of 1 to 4."""
    return len(scores) == _ITEMS and set(scores) <= _SCORES


def strongest(scores: tuple[int, ...]) -> ContractualType | None:
    """Give the strongest kind of care that scores allow; ``None`` when not even toilets."""
    first, mobility, last = scores[:2], scores[2:4], scores[4:]
    if min(first) < _HELPED:
        return ContractualType.TOILET if scores[0] > 1 else None
    if min(first + mobility) == _FULLY and min(last) >= _HELPED and max(last) == _FULLY:
        return ContractualType.C
    helped = sum(score >= _HELPED for score in mobility)
    if helped == len(mobility) and max(last) >= _HELPED:
        return ContractualType.B
    return ContractualType.A if helped else ContractualType.TOILET


def toilets_by_week(scores: tuple[int, ...], *, is_disoriented: bool) -> int:
    """Give how many toilets a week scores allow: 0, 2, or 7 where a lump sum could be asked."""
    washing, dressing, continence = scores[0], scores[1], scores[4]
    if washing == 1:
        return 0
    is_daily = (
        strongest(scores) is not ContractualType.TOILET
        or washing + dressing == _FULLY + _FULLY
        or min(washing, dressing, continence) >= _HELPED
        or (is_disoriented and dressing > 1)
    )
    return WEEK if is_daily else TWICE


def allows(found: ContractualType | None, asked: ContractualType) -> bool:
    """Tell whether a kind is not stronger than the one that was found."""
    return found is not None and _STRENGTH.index(asked) <= _STRENGTH.index(found)


def is_disoriented(katz: KatzDetail) -> bool:
    """Tell whether a doctor attests a dementia, as disorientation in time and space."""
    return katz.dementia is not None and known(katz.dementia.doctor) is not None


def asked_by_week(toilets: Toilets | None) -> int:
    """Give how many toilets a week are asked; nothing stated is the smaller right."""
    count = None if toilets is None else known(toilets.count)
    if toilets is None or count is None:
        return TWICE
    return count * WEEK if toilets.frequency is ToiletFrequency.DAY else count


def toilets_for(count: int) -> Toilets:
    """Write a number of toilets a week as messages do (5.3)."""
    if count >= WEEK:
        return Toilets(count=1, frequency=ToiletFrequency.DAY)
    return Toilets(count=count, frequency=ToiletFrequency.WEEK)
