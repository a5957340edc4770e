"""Kinds of zones: how the text of a zone and its value belong together.

Writing is strict: a value that does not fit is refused with the fault that says why.
Reading is liberal about blanks: a zone of blanks is an absent value, whatever the kind.
Source: *efact-nursing* 2.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Literal

from bridge.domain.months import Month
from bridge.errors import ZoneFault, ZoneRefused

Value = str | int | date | time | Month | None
"""What a zone may hold; ``None`` where it holds nothing."""

Letter = Literal["N", "A"]
"""The two types of the official layouts: digits, and characters."""

Writer = Callable[[Any], str]
Reader = Callable[[str], Any]


class MinusZero(int):
    """Zero with a minus sign, as credit notes write it; equal to every other zero."""


MINUS_ZERO: Final = MinusZero(0)

_NO_HOUR: Final = time(0, 0)
_MOST_YEAR: Final = 9999
_MONTHS: Final = 12
_PLAIN: Final = str.maketrans(
    {
        "Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "Ø": "O", "ø": "o", "ß": "ss", "Ł": "L",
        "ł": "l", "Đ": "D", "đ": "d", "Þ": "TH", "þ": "th", "\u2018": "'",
        "\u2019": "'", "\u2013": "-", "\u2014": "-",
    },
)  # fmt: skip


def plain_ascii(text: str) -> str:
    """Write a name without accents, as the insurers want it.

    A letter loses its marks; ligatures and letters of the Latin alphabet that have no marks are
    spelled out; curved apostrophes and long dashes become plain ones.
    What is left outside ASCII stays, so that the zone is refused and a person decides.
    Source: *efact-nursing* 2 (one source strips accents, the other also for names).
    """
    apart = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How one kind of zone is written and read.

    Attributes:
        name: What it is called in a layout.
        letter: ``N`` or ``A``.
        writer: Makes the writer for a width.
        read: Reads a text of the right width.
        always: Character that fills the zone for ever, or the text of a constant.
        codes: Codes the zone may hold, with their meaning.
        is_money: The value is an amount in eurocent.
    """

    name: str
    letter: Letter
    writer: Callable[[int], Writer]
    read: Reader
    always: str | None = None
    codes: Mapping[str, str] | None = None
    is_money: bool = False

    def shown(self, value: Value) -> str:
        """Say what a value means, in no language; empty when that says nothing more."""
        if isinstance(value, str):
            return (self.codes or {}).get(value, "")
        if isinstance(value, time):
            return "" if value == _NO_HOUR else value.strftime("%H:%M")
        if self.is_money and isinstance(value, int):
            return f"{Decimal(value) / 100:.2f}"
        return "" if value is None else str(value)


def require_digits(value: str) -> None:
    """Refuse what is not made of ASCII digits alone."""
    if not (value.isascii() and value.isdecimal()):
        raise ZoneRefused(ZoneFault.NOT_NUMERIC)


def require_blanks(text: str) -> None:
    """Let a zone of blanks pass as absent, and refuse every other text that is no number."""
    if not text.isspace():
        raise ZoneRefused(ZoneFault.NOT_NUMERIC)


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


def text_writer(width: int) -> Writer:
    """Make a writer of text: printable ASCII, left-aligned, filled with blanks."""

    def write(value: str) -> str:
        if not (value.isascii() and value.isprintable()):
            raise ZoneRefused(ZoneFault.NOT_ASCII)
        if len(value) > width:
            raise ZoneRefused(ZoneFault.TOO_LONG)
        return value.ljust(width)

    return write


def read_text(text: str) -> str:
    """Read text, without the blanks behind it."""
    if text.isascii() and text.isprintable():
        return text.rstrip(" ")
    raise ZoneRefused(ZoneFault.NOT_ASCII)


def _read_choice(text: str) -> str | None:
    return read_text(text) or None


def _exact_writer(width: int) -> Writer:
    as_text = text_writer(width)

    def write(value: str) -> str:
        if len(value) != width:
            raise ZoneRefused(ZoneFault.WRONG_LENGTH)
        return as_text(value)

    return write


def _read_exact(text: str) -> str | None:
    if not (text.isascii() and text.isprintable()):
        raise ZoneRefused(ZoneFault.NOT_ASCII)
    return text if text.strip(" 0") else None


def _serial_writer(width: int) -> Writer:
    def write(value: str) -> str:
        if not (value.isascii() and value.isalnum()):
            raise ZoneRefused(ZoneFault.NOT_ASCII)
        if len(value) > width:
            raise ZoneRefused(ZoneFault.TOO_LONG)
        return value.rjust(width, "0")

    return write


def _kind(name: str, letter: Letter, writer: Callable[[int], Writer], read: Reader) -> Kind:
    return Kind(name=name, letter=letter, writer=writer, read=read)


NUMBER: Final = _kind("number", "N", _within(0, None, ZoneFault.TOO_LONG), _read_number)
"""A whole number, right-aligned, filled with zeros."""

YEAR: Final = _kind("year", "N", _within(1, _MOST_YEAR, ZoneFault.TOO_LONG), _read_year)
"""A year in five digits, the first one zero."""

MONTH_NUMBER: Final = _kind(
    "month_number", "N", _within(1, _MONTHS, ZoneFault.DATE_IMPOSSIBLE), _read_month_number
)
"""01 to 12."""

DIGITS: Final = _kind("digits", "N", _digits_writer, _read_digits)
"""Digits that are no number, such as a reference; kept with their leading zeros."""

CODE: Final = _kind("code", "N", _code_writer, _read_digits)
"""Digits in exactly the width of the zone, such as the code of a mutuality."""

COUNTED: Final = _kind("counted", "N", _counted_writer, _read_counted)
"""As ``CODE``, for numbers that are counted from 1: zeros are no value."""

EXACT_DIGITS: Final = _kind("exact", "N", _exact_writer, _read_exact)
"""Characters that fill an N zone to the last one; zeros or blanks are nothing."""

EXACT: Final = _kind("exact", "A", _exact_writer, _read_exact)
"""As ``EXACT_DIGITS``, in an A zone."""

UNITS: Final = _kind("units", "A", _signed_writer, _read_signed)
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

ERROR: Final = _kind("error", "N", _digits_writer, _read_error)
"""Two digits that the receiver fills when the zone in front is wrong; zeros are no error."""

DATE: Final = _kind("date", "N", _date_writer, _read_date)
"""``YYYYMMDD``; zeros are no date."""

HOUR: Final = _kind("hour", "N", _hour_writer, _read_hour)
"""``HHMM``; zeros are midnight, or no hour where the record says so elsewhere."""

MONTH: Final = _kind("month", "N", _month_writer, _read_month)
"""``YYYYMM``; zeros are no month."""

TEXT: Final = _kind("text", "A", text_writer, read_text)
"""Printable ASCII, left-aligned, filled with blanks."""

SERIAL: Final = _kind("serial", "N", _serial_writer, read_text)
"""Letters and digits, right-aligned, filled with zeros."""


def fixed(text: str, *, letter: Letter = "N") -> Kind:
    """Give the kind of a zone that always holds the same text."""

    def writer(_width: int) -> Writer:
        return lambda _value: text

    return Kind(name="fixed", letter=letter, writer=writer, read=read_text, always=text)


def filled(character: str, letter: Letter) -> Kind:
    """Give the kind of a reserve: the same character throughout."""

    def writer(width: int) -> Writer:
        return lambda _value: character * width

    return Kind(name="reserve", letter=letter, writer=writer, read=read_text, always=character)


def choice(codes: Mapping[str, str], *, letter: Letter = "N") -> Kind:
    """Give the kind of a zone that holds a code of a list; unknown ones are read as they are."""

    def writer(_width: int) -> Writer:
        def write(value: str) -> str:
            if value in codes:
                return value
            raise ZoneRefused(ZoneFault.VALUE_UNKNOWN)

        return write

    return Kind(name="choice", letter=letter, writer=writer, read=_read_choice, codes=codes)


ZEROS: Final = filled("0", "N")
"""A reserve of zeros."""

BLANKS: Final = filled(" ", "A")
"""A reserve of blanks."""
