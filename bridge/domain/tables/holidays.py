"""Belgian public holidays, as data with their source.

Source: law of 4 January 1974 on public holidays and its royal decree of 18 April 1974.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bridge.domain.tables.sending_rules import Dated

WEEKEND: Final = frozenset({5, 6})
"""Saturday and Sunday; Monday is 0 (*eFact for nursing* 5.2, domain knowledge)."""

_SOURCE: Final = "law of 4 January 1974 (public holidays)"


@dataclass(frozen=True, kw_only=True)
class Holiday(Dated):
    """One public holiday.

    Attributes:
        month: Of a fixed day.
        day: Of a fixed day.
        after_easter: Days after Easter Sunday, for a movable one.
    """

    month: int = 0
    day: int = 0
    after_easter: int | None = None


HOLIDAYS: Final = (
    Holiday(name="new_year", month=1, day=1, source=_SOURCE),
    Holiday(name="easter_monday", after_easter=1, source=_SOURCE),
    Holiday(name="labour_day", month=5, day=1, source=_SOURCE),
    Holiday(name="ascension", after_easter=39, source=_SOURCE),
    Holiday(name="whit_monday", after_easter=50, source=_SOURCE),
    Holiday(name="national_day", month=7, day=21, source=_SOURCE),
    Holiday(name="assumption", month=8, day=15, source=_SOURCE),
    Holiday(name="all_saints", month=11, day=1, source=_SOURCE),
    Holiday(name="armistice", month=11, day=11, source=_SOURCE),
    Holiday(name="christmas", month=12, day=25, source=_SOURCE),
)
"""The ten of the law; a day that a law adds gets ``valid_from``."""
