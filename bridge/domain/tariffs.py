"""Tariffs: what an act is paid on a day, loaded as data; Carebridge holds no amounts of its own.

Source: *eFact for nursing* 5.2 (codes and tariffs are data with dates).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from bridge.domain.tables.sending_rules import Dated


@dataclass(frozen=True, kw_only=True)
class Tariff(Dated):
    """What one act is paid; amounts are cents for one unit.

    Attributes:
        name: Nomenclature code, six digits.
        insurer_amount: Paid by the insurer at the ordinary rate.
        copayment: Due by the patient at the ordinary rate.
        preferential_insurer_amount: Paid by the insurer at the preferential rate.
        preferential_copayment: Due by the patient at the preferential rate.
    """

    insurer_amount: int
    copayment: int
    preferential_insurer_amount: int
    preferential_copayment: int

    def insurer_pays(self, *, has_preferential_rate: bool) -> int:
        """Give what the insurer pays at a rate."""
        return self.preferential_insurer_amount if has_preferential_rate else self.insurer_amount

    def patient_pays(self, *, has_preferential_rate: bool) -> int:
        """Give what the patient pays at a rate."""
        return self.preferential_copayment if has_preferential_rate else self.copayment


@dataclass(frozen=True, kw_only=True)
class Tariffs:
    """The tariffs that were loaded.

    Attributes:
        lines: Lines of each code.
    """

    lines: Mapping[str, tuple[Tariff, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, loaded: Iterable[Tariff]) -> Tariffs:
        """Give tariffs from lines in any order."""
        lines: dict[str, tuple[Tariff, ...]] = {}
        for each in loaded:
            lines[each.name] = (*lines.get(each.name, ()), each)
        return cls(lines=MappingProxyType(lines))

    def find(self, code: str, *, on: date) -> Tariff | None:
        """Give the tariff of an act on a day; ``None`` when none was loaded."""
        return next((each for each in self.lines.get(code, ()) if each.holds_on(on)), None)
