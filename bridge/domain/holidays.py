"""Belgian public holidays, on which home nursing has the codes of the weekend.

Source: law of 4 January 1974 on public holidays; *eFact for nursing* 5.1.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from bridge.domain.tables.holidays import HOLIDAYS, WEEKEND


def easter(year: int) -> date:
    """Give Easter Sunday of the Gregorian calendar (the anonymous rule of 1876)."""
    century, of_century = divmod(year, 100)
    leaps, rest = divmod(century, 4)
    moon_shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * (year % 19) + century - leaps - moon_shift + 15) % 30
    weekday = (32 + 2 * rest + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (year % 19 + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=32)
def holidays_of(year: int) -> frozenset[date]:
    """Give the public holidays of a year."""
    found = set[date]()
    sunday = easter(year)
    for each in HOLIDAYS:
        if each.after_easter is None:
            day = date(year, each.month, each.day)
        else:
            day = sunday + timedelta(days=each.after_easter)
        if each.holds_on(day):
            found.add(day)
    return frozenset(found)


def has_weekend_codes(day: date, *, weekend: frozenset[int] = WEEKEND) -> bool:
    """Tell whether care of a day has the codes of weekend and holiday.

    Args:
        day: Of the care.
        weekend: Days of the week that count, Monday is 0.
    """
    return day.weekday() in weekend or day in holidays_of(day.year)
