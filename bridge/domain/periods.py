"""Periods of calendar days, both days included, in Brussels time."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bridge.errors import Finding, InputError

BRUSSELS: Final = ZoneInfo("Europe/Brussels")
"""The time zone in which days of care are meant."""

_MONTHS_OF_YEAR: Final = 12


@dataclass(frozen=True, kw_only=True)
class Period:
    """From one day to another, both included.

    Raises:
        InputError: the period ends before it starts.
    """

    from_on: date
    to_on: date

    def __post_init__(self) -> None:
        if self.to_on < self.from_on:
            raise InputError(findings=(Finding(pointer="/period/to_on", code="period_reversed"),))

    @property
    def ends_before_on(self) -> date:
        """The day after the last one: the open end that SAML periods use."""
        return self.to_on + timedelta(days=1)

    def covers(self, day: date) -> bool:
        """Tell whether a day lies in the period."""
        return self.from_on <= day <= self.to_on

    def overlaps(self, other: Period) -> bool:
        """Tell whether the two periods share a day."""
        return self.from_on <= other.to_on and other.from_on <= self.to_on


@dataclass(frozen=True, kw_only=True)
class CarePeriod:
    """Days of treatment, both included; either end may be open."""

    start_on: date | None = None
    end_on: date | None = None


def brussels_day(moment: datetime) -> date:
    """Give the calendar day in Belgium at an aware moment."""
    return moment.astimezone(BRUSSELS).date()


def same_day_years_ago(day: date, years: int) -> date:
    """Give the same day some years earlier; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def months_later(day: date, months: int) -> date:
    """Give the same day some months later; the last of the month where there is no such day."""
    years, month = divmod(day.month - 1 + months, _MONTHS_OF_YEAR)
    year = day.year + years
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def last_of_months(start_on: date, months: int) -> date:
    """Give the last day of a period of whole months: 15 January for one month is 14 February.

    Where the month has no such day, its last day ends the period: 30 November for three months
    is 28 or 29 February.
    """
    later = months_later(start_on, months)
    return later if later.day < start_on.day else later - timedelta(days=1)
