"""What the played insurers pay: made-up amounts.

The real amounts change every year and are not public as data; these are FICTITIOUS and serve
demonstrations and tests only.
Codes are of the nomenclature.
Source: *Electronic invoicing* 5.2 and its table of codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Tariff:
    """What an act costs on some days; amounts are fictitious.

    Attributes:
        code: Six digits.
        cents: What insurers pay for it, in eurocent.
        share_cents: What a patient without increased reimbursement pays on top.
        from_on: First day.
        to_on: Last day; ``None`` while it lasts.
    """

    code: str
    cents: int
    share_cents: int
    from_on: date
    to_on: date | None


_YEARS: Final = (
    (date(2024, 1, 1), date(2025, 12, 31), -20),
    (date(2026, 1, 1), None, 0),
)
"""Two times with amounts of their own: eurocents that an act costs more or less than now."""

_NOW: Final[Sequence[tuple[str, int, int]]] = (
    # toilets
    ("425110", 640, 160),
    ("425515", 960, 240),
    ("425913", 510, 130),
    ("427755", 510, 130),
    # injections
    ("423054", 480, 120),
    ("423076", 480, 120),
    ("423091", 480, 120),
    ("423253", 720, 180),
    ("423275", 720, 180),
    ("423290", 720, 180),
    # technical acts
    ("424255", 520, 130),
    ("424410", 780, 195),
    ("424270", 610, 150),
    ("424432", 915, 225),
    ("424336", 450, 110),
    ("424491", 675, 165),
    ("424351", 750, 185),
    ("424513", 1125, 280),
    # basic acts
    ("425014", 460, 115),
    ("425036", 400, 100),
    ("425051", 330, 80),
    ("425412", 690, 170),
    ("425434", 600, 150),
    ("425456", 495, 120),
    # lump sums
    ("425272", 2000, 0),
    ("425294", 3850, 0),
    ("425316", 5270, 0),
    ("425670", 3000, 0),
    ("425692", 5775, 0),
    ("425714", 7905, 0),
    # palliative lump sums
    ("427136", 4100, 0),
    ("427195", 3600, 0),
)

TARIFFS: Final = tuple(
    Tariff(code=code, cents=cents + more, share_cents=share, from_on=from_on, to_on=to_on)
    for from_on, to_on, more in _YEARS
    for code, cents, share in _NOW
)
"""All of them; fictitious."""


def tariff_on(code: str, day: date) -> Tariff | None:
    """Give what an act costs on a day; ``None`` when nothing is known for it."""
    return next((each for each in TARIFFS if each.code == code and _holds(each, day)), None)


def has_tariff(code: str) -> bool:
    """Tell whether an act costs anything known on any day."""
    return any(each.code == code for each in TARIFFS)


def _holds(tariff: Tariff, day: date) -> bool:
    return tariff.from_on <= day and (tariff.to_on is None or day <= tariff.to_on)
