"""Finding a nursing act by its code, and the code of a lump sum for a day.

Source: *eFact for nursing* 5.2; *Identifiers* 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final

from bridge.domain.holidays import has_weekend_codes
from bridge.domain.katz import CareKind
from bridge.domain.tables.holidays import WEEKEND
from bridge.domain.tables.nursing_acts import BY_CODE, ActContext, ActKind, NursingAct

CODE_LENGTH: Final = 6
_MODULUS: Final = 7


def has_valid_check(code: str) -> bool:
    """Tell whether a code is six digits whose last is the first five modulo 7."""
    is_number = len(code) == CODE_LENGTH and code.isascii() and code.isdigit()
    return is_number and int(code[:5]) % _MODULUS == int(code[5])


@dataclass(frozen=True, kw_only=True)
class Nomenclature:
    """The codes that are known: our table, and what was loaded from the nomenclature.

    Attributes:
        lines: Lines of each code; loaded ones stand before ours.
    """

    lines: Mapping[str, tuple[NursingAct, ...]] = field(default_factory=lambda: BY_CODE)

    @classmethod
    def with_loaded(cls, loaded: Iterable[NursingAct]) -> Nomenclature:
        """Give our table with loaded lines, which win over ours on the days they hold."""
        lines = dict(BY_CODE)
        for each in reversed(tuple(loaded)):
            lines[each.code] = (each, *lines.get(each.code, ()))
        return cls(lines=MappingProxyType(lines))

    def is_known(self, code: str) -> bool:
        """Tell whether a code is known on any day."""
        return code in self.lines

    def find(self, code: str, *, on: date) -> NursingAct | None:
        """Give what a code means on a day; ``None`` when that is not known."""
        return next((each for each in self.lines.get(code, ()) if each.holds_on(on)), None)

    def lump_sum(
        self, care: CareKind, *, on: date, weekend: frozenset[int] = WEEKEND
    ) -> NursingAct | None:
        """Give the lump sum of a class for a day: that of the week, or of weekend and holiday."""
        is_weekend = has_weekend_codes(on, weekend=weekend)
        context = ActContext.HOME_WEEKEND if is_weekend else ActContext.HOME_WEEK
        found = (line for lines in self.lines.values() for line in lines if line.holds_on(on))
        return next(
            (
                each
                for each in found
                if each.kind is ActKind.LUMP_SUM
                and each.lump_sum is care
                and each.context is context
            ),
            None,
        )
