"""Settings of the care rules: all that was inferred or may differ, each with a name.

Source: *Nursing messages* 5.2 to 5.6, 6, 7 and 8; *Identifiers* 2; decision D24.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from bridge.domain.katz import CareKind
from bridge.domain.tables.sending_rules import SENDING_RULES, VALUES, value_on
from bridge.errors import InputError

_SWITCHABLE: Final = frozenset(rule.name for rule in SENDING_RULES if not rule.is_fixed)


class RenewalStart(Enum):
    """On which day a renewal begins, seen from the end of the agreement it renews (D24)."""

    SAME_DAY = "same_day"
    NEXT_DAY = "next_day"


@dataclass(frozen=True, kw_only=True)
class CareSettings:
    """Everything about the care rules that was inferred rather than read somewhere.

    Numbers that are ``None`` are as the dated table says.

    Attributes:
        latest_sending_days: Calendar days after the first day of care.
        renewal_window_days: So many days before its start a renewal may be sent.
        no_answer_days: Without an answer for longer, a person has to look.
        longest_months_toilet: Longest period that may be asked, in months.
        longest_months_a: The same for lump sum A.
        longest_months_b: The same for lump sum B.
        longest_months_c: The same for lump sum C.
        renewal_start: On the last day of the agreement, or the day after.
        has_wider_c: Take the weaker reading of lump sum C (5.2).
        requester_prefixes: First digits of the NIHII number of a nurse or a group of nurses.
        doctor_prefixes: First digits of the NIHII number of a doctor.
        prescriber_prefixes: First digits of the NIHII number of who may prescribe.
        silent_rules: Names of rules that are not looked at.
        lenient_rules: Names of rules whose findings are warnings only.

    Raises:
        InputError: a number is below zero, or a rule is unknown or fixed by the message
            (``setting_invalid``).
    """

    latest_sending_days: int | None = None
    renewal_window_days: int | None = None
    no_answer_days: int | None = None
    longest_months_toilet: int | None = None
    longest_months_a: int | None = None
    longest_months_b: int | None = None
    longest_months_c: int | None = None
    renewal_start: RenewalStart = RenewalStart.SAME_DAY
    has_wider_c: bool = False
    requester_prefixes: tuple[str, ...] = ("4", "94")
    doctor_prefixes: tuple[str, ...] = ("1",)
    prescriber_prefixes: tuple[str, ...] = ("1", "3")
    silent_rules: frozenset[str] = frozenset()
    lenient_rules: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name in ("silent_rules", "lenient_rules"):
            if not getattr(self, name) <= _SWITCHABLE:
                raise InputError(code="setting_invalid", setting=f"care.{name}")
        for name in sorted({each.name for each in VALUES}):
            if (getattr(self, name) or 0) < 0:
                raise InputError(code="setting_invalid", setting=f"care.{name}")

    def value(self, name: str, *, on: date) -> int:
        """Give a number: the setting, or what the dated table says for a day."""
        own = getattr(self, name)
        return value_on(name, on=on) if own is None else int(own)

    def longest_months(self, kind: CareKind, *, on: date) -> int:
        """Give the longest period of a kind of care that begins on a day, in months."""
        return self.value(f"longest_months_{kind.value.lower()}", on=on)
