"""Kinds of zones that hold numbers: counts, amounts, dates, hours, and digits that are none.

Source: *efact-nursing* 2.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from functools import lru_cache
from typing import Final

from bridge.codecs.zonekinds import (
    Kind,
    Writer,
    plain_kind,
    read_text,
    require_blanks,
    require_digits,
)
from bridge.domain.months import Month
from bridge.errors import ZoneFault, ZoneRefused


class MinusZero(int):
    """Zero with a minus sign, as credit notes write it; equal to every other zero."""


MINUS_ZERO: Final = MinusZero(0)

_MOST_YEAR: Final = 9999
_MONTHS: Final = 12


def _within(least: int, most: int | None, fault: ZoneFault) -> Callable[[int], Writer]:
    """Give the writer factory of whole numbers within limits."""

    def writer(width: int) -> Writer:
        pattern, limit = f"%0{width}d", 10**width - 1 if most is None else most

        def write(value: int) -> str:
            if least <= value <= limit:
                return pattern % value
            raise ZoneRefused(fault)

        return write

    return writer


def _read_number(text: str) -> int | None:
    if text.isdecimal():
        return int(text)
    require_blanks(text)
    return None


def _read_year(text: str) -> int | None:
    year = _read_number(text)
    if year is not None and year > _MOST_YEAR:
        raise ZoneRefused(ZoneFault.LEADING_DIGITS)
    return year


def _read_month_number(text: str) -> int | None:
    month = _read_number(text)
    if month is not None and not 1 <= month <= _MONTHS:
        raise ZoneRefused(ZoneFault.DATE_IMPOSSIBLE)
    return month


def _digits_writer(width: int) -> Writer:
    def write(value: str) -> str:
        if len(value) == width and value.isdecimal() and value.isascii():
            return value
        require_digits(value)
        if len(value) > width:
            raise ZoneRefused(ZoneFault.TOO_LONG)
        return value.zfill(width)

    return write


def _code_writer(width: int) -> Writer:
    def write(value: str) -> str:
        require_digits(value)
        if len(value) != width:
            raise ZoneRefused(ZoneFault.WRONG_LENGTH)
        return value

    return write


def _counted_writer(width: int) -> Writer:
    as_code = _code_writer(width)

    def write(value: str) -> str:
        if not value.strip("0"):
            raise ZoneRefused(ZoneFault.VALUE_UNKNOWN)
        return as_code(value)

    return write


def _read_digits(text: str) -> str | None:
    if text.isdecimal():
        return text
    require_blanks(text)
    return None


def _read_counted(text: str) -> str | None:
    number = _read_digits(text)
    return number if number and number.strip("0") else None


def _read_error(text: str) -> str | None:
    """Read what the receiver wrote behind a zone, digits or not."""
    code = read_text(text)
    return code if code.strip("0") else None


def _signed_writer(width: int) -> Writer:
    pattern, limit = f"%0{width - 1}d", 10 ** (width - 1) - 1

    @lru_cache(maxsize=1024, typed=True)  # amounts repeat; the type tells minus zero from zero
    def write(value: int) -> str:
        if not -limit <= value <= limit:
            raise ZoneRefused(ZoneFault.TOO_LONG)
        if value < 0:
            return "-" + pattern % -value
        return ("-" if value is MINUS_ZERO else "+") + pattern % value

    return write


def _read_signed(text: str) -> int | None:
    sign, digits = text[0], text[1:]
    if not digits.isdecimal():
        require_blanks(text)
        return None
    if sign == "+":
        return int(digits)
    if sign == "-":
        return -int(digits) or MINUS_ZERO
    raise ZoneRefused(ZoneFault.SIGN_MISSING)


@lru_cache(maxsize=1024)
def _write_date(value: date) -> str:
    return value.isoformat().replace("-", "")


def _date_writer(_width: int) -> Writer:
    return _write_date


@lru_cache(maxsize=1024)
def _read_date(text: str) -> date | None:
    if not text.isdecimal():
        require_blanks(text)
        return None
    if text == "00000000":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ZoneRefused(ZoneFault.DATE_IMPOSSIBLE) from None


def _hour_writer(_width: int) -> Writer:
    def write(value: time) -> str:
        return f"{value.hour:02d}{value.minute:02d}"

    return write


def _read_hour(text: str) -> time | None:
    if not text.isdecimal():
        require_blanks(text)
        return None
    try:
        return time(int(text[:2]), int(text[2:]))
    except ValueError:
        raise ZoneRefused(ZoneFault.HOUR_IMPOSSIBLE) from None


def _month_writer(_width: int) -> Writer:
    def write(value: Month) -> str:
        if not (1 <= value.month <= _MONTHS and 1 <= value.year <= _MOST_YEAR):
            raise ZoneRefused(ZoneFault.DATE_IMPOSSIBLE)
        return f"{value.year:04d}{value.month:02d}"

    return write


def _read_month(text: str) -> Month | None:
    if not text.isdecimal():
        require_blanks(text)
        return None
    if text == "000000":
        return None
    if not 1 <= int(text[4:]) <= _MONTHS:
        raise ZoneRefused(ZoneFault.DATE_IMPOSSIBLE)
    return Month(int(text[:4]), int(text[4:]))


NUMBER: Final = plain_kind("number", "N", _within(0, None, ZoneFault.TOO_LONG), _read_number)
"""A whole number, right-aligned, filled with zeros."""

YEAR: Final = plain_kind("year", "N", _within(1, _MOST_YEAR, ZoneFault.TOO_LONG), _read_year)
"""A year in five digits, the first one zero."""

MONTH_NUMBER: Final = plain_kind(
    "month_number", "N", _within(1, _MONTHS, ZoneFault.DATE_IMPOSSIBLE), _read_month_number
)
"""01 to 12."""

DIGITS: Final = plain_kind("digits", "N", _digits_writer, _read_digits)
"""Digits that are no number, such as a reference; kept with their leading zeros."""

CODE: Final = plain_kind("code", "N", _code_writer, _read_digits)
"""Digits in exactly the width of the zone, such as the code of a mutuality."""

COUNTED: Final = plain_kind("counted", "N", _counted_writer, _read_counted)
"""As ``CODE``, for numbers that are counted from 1: zeros are no value."""

UNITS: Final = plain_kind("units", "A", _signed_writer, _read_signed)
"""A sign and a count."""

AMOUNT: Final = Kind(
    name="amount", letter="A", writer=_signed_writer, read=_read_signed, is_money=True
)
"""A sign and eurocent."""

AMOUNT_IN_DIGITS: Final = Kind(
    name="amount", letter="N", writer=_signed_writer, read=_read_signed, is_money=True
)
"""As ``AMOUNT``, in a zone that the layout calls numeric."""

CENTS: Final = Kind(
    name="cents",
    letter="N",
    writer=_within(0, None, ZoneFault.TOO_LONG),
    read=_read_number,
    is_money=True,
)
"""Eurocent whose sign stands in a zone of its own."""

ERROR: Final = plain_kind("error", "N", _digits_writer, _read_error)
"""Two digits that the receiver fills when the zone in front is wrong; zeros are no error."""

DATE: Final = plain_kind("date", "N", _date_writer, _read_date)
"""``YYYYMMDD``; zeros are no date."""

HOUR: Final = plain_kind("hour", "N", _hour_writer, _read_hour)
"""``HHMM``; zeros are midnight, or no hour where the record says so elsewhere."""

MONTH: Final = plain_kind("month", "N", _month_writer, _read_month)
"""``YYYYMM``; zeros are no month."""
