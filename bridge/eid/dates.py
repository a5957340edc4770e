"""Dates as the card writes them, in the language of the municipality (*Belgian eID card* 4)."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from bridge.errors import CardDataInvalid

_MONTHS: Final = {
    "fr": ["JAN", "FEV", "MARS", "AVR", "MAI", "JUIN", "JUIL", "AOUT", "SEPT", "OCT", "NOV", "DEC"],
    "nl": ["JAN", "FEB", "MAAR", "APR", "MEI", "JUN", "JUL", "AUG", "SEP", "OKT", "NOV", "DEC"],
    "de": ["JAN", "FEB", "MÄR", "APR", "MAI", "JUN", "JUL", "AUG", "SEP", "OKT", "NOV", "DEZ"],
}
_BY_NAME: Final = {
    name: number for names in _MONTHS.values() for number, name in enumerate(names, start=1)
}
_NUMERIC: Final = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})")


def read_day(text: str) -> date:
    """Read ``DD.MM.YYYY``.

    Raises:
        CardDataInvalid: not such a date.
    """
    found = _NUMERIC.fullmatch(text.strip())
    try:
        day, month, year = (int(part) for part in found.groups()) if found else (0, 0, 0)
        return date(year, month, day)
    except ValueError:
        raise CardDataInvalid("a date of the card cannot be read") from None


def write_day(day: date) -> str:
    """Write ``DD.MM.YYYY``."""
    return f"{day:%d.%m.%Y}"


def read_birth(text: str) -> date | None:
    """Read the date of birth; ``None`` where day or month is not known, or cannot be read.

    Separators are blanks or dots, one or several.
    """
    parts = [part for part in re.split(r"[\s.]+", text.strip().upper()) if part]
    if len(parts) != 3 or not (parts[0].isdigit() and parts[2].isdigit()):  # noqa: PLR2004  # d m y
        return None
    month = int(parts[1]) if parts[1].isdigit() else _BY_NAME.get(parts[1], 0)
    try:
        return date(int(parts[2]), month, int(parts[0]))
    except ValueError:
        return None


def write_birth(day: date, language: str = "nl") -> str:
    """Write a date of birth as a municipality of ``fr``, ``nl`` or ``de`` does."""
    name = _MONTHS[language][day.month - 1]
    blank = "." if language == "de" else " "
    return blank.join((f"{day:%d}", name, str(day.year)))
