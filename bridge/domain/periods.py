"""Periods of calendar days, both days included, in Brussels time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bridge.errors import Finding, InputError

BRUSSELS: Final = ZoneInfo("Europe/Brussels")
"""The time zone in which days of care are meant."""


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


def brussels_day(moment: datetime) -> date:
    """Give the calendar day in Belgium at an aware moment."""
    return moment.astimezone(BRUSSELS).date()


def same_day_years_ago(day: date, years: int) -> date:
    """Give the same day some years earlier; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
