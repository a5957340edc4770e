"""Days and amounts as people of each language write them in Belgium."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

_BRUSSELS: Final = ZoneInfo("Europe/Brussels")
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_DAYS: Final = {"de": "%d.%m.%Y"}
_USUAL_DAY: Final = "%d/%m/%Y"


def shown_day(day: date, language: str) -> str:
    """Write a calendar day, such as ``05/10/2026`` or ``05.10.2026``."""
    return day.strftime(_DAYS.get(language, _USUAL_DAY))


def shown_moment(moment: datetime, language: str) -> str:
    """Write a moment to the minute, in Brussels time."""
    local = moment.astimezone(_BRUSSELS)
    return f"{shown_day(local.date(), language)} {local:%H:%M}"


def shown_money(cents: int, language: str) -> str:
    """Write an amount, such as ``1.234,56 €``; in English ``€1,234.56``."""
    sign = "-" if cents < 0 else ""
    euros, rest = divmod(abs(cents), 100)
    if language == "en":
        return f"{sign}€{euros:,}.{rest:02d}"
    whole = f"{euros:,}".replace(",", ".")
    return f"{sign}{whole},{rest:02d}{_NO_BREAK}€"


def shown_percent(hundredths: int, language: str) -> str:
    """Write a percentage that is given in hundredths of a percent."""
    whole, rest = divmod(hundredths, 100)
    point = "." if language == "en" else ","
    return f"{whole}{point}{rest:02d}{_NO_BREAK}%"
