"""Days of care as the played insurers count them.

Source: *Nursing messages* 3 and 5.5.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from bridge.domain.periods import Period, last_of_months, months_later
from bridge.mycarenet.medadmin_names import LengthUnit
from bridge.mycarenet.medadmin_values import PeriodLength, PeriodWithLength, known
from bridge.sandbox.care_reasons import ALL_TOO_LATE, Refusal

DAY: Final = timedelta(days=1)
IN_TIME: Final = timedelta(days=10)
"""A request leaves within so many calendar days after the first day of care."""

EARLIEST: Final = timedelta(days=30)
"""A request may leave so long before its first day (D24)."""

LONGEST_MONTHS: Final = 3
"""An agreement on toilets or a lump sum lasts at most so many calendar months."""


def longest_end(start_on: date) -> date:
    """Give the last day of the longest agreement from a day on."""
    return last_of_months(start_on, LONGEST_MONTHS)


def last_day(period: PeriodWithLength, start_on: date) -> date:
    """Give the last day that is asked; nothing stated asks for the longest."""
    stated = known(period.end_on)
    if stated is not None:
        return stated
    return longest_end(start_on) if period.length is None else _end_of(period.length, start_on)


def _end_of(length: PeriodLength, start_on: date) -> date:
    count = known(length.count)
    if count is None:
        return longest_end(start_on)
    if length.unit is LengthUnit.WEEKS:
        return start_on + timedelta(weeks=count) - DAY
    return last_of_months(start_on, count) if count else start_on - DAY


def granted_start(start_on: date, received_on: date) -> date:
    """Give the first day that is granted: the asked one, or the day after a late sending."""
    is_late = start_on + IN_TIME < received_on
    return received_on + DAY if is_late else start_on


def granted(start_on: date, end_on: date, received_on: date) -> Period:
    """Give the days that are granted of those asked.

    Raises:
        Refusal: nothing is left, because all of it was over when it was sent.
    """
    first = granted_start(start_on, received_on)
    # A renewal may share a day with what it renews (D24), so one day more is not too long.
    is_longer = end_on > months_later(start_on, LONGEST_MONTHS)
    last = longest_end(start_on) if is_longer else end_on
    if last < first:
        raise Refusal(ALL_TOO_LATE)
    return Period(from_on=first, to_on=last)
