"""Agreements of the played insurers: who may give which care to whom, and who is the nurse.

Source: *Nursing messages* 4.2, 4.3 and 6.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from bridge.domain.identifiers import Nihii, Niss
from bridge.mycarenet.medadmin_contractual_values import ContractualCareDetail
from bridge.mycarenet.medadmin_names import CareFamily
from bridge.mycarenet.medadmin_values import PeriodWithLength


@dataclass(frozen=True, kw_only=True)
class CareAgreement:
    """One agreement of one insurer.

    Attributes:
        number: The decision's reference, 15 characters.
        insurer: Such as ``300``.
        niss: Whose care it is.
        provider: The reference provider.
        start_on: First day.
        end_on: Last day; ``None`` for palliative care.
        decided_at: By the insurers' time.
        care: What was agreed to; ``None`` for palliative care.
        is_by_insurer: Nobody asked for it: it came in the place of another one.
    """

    number: str
    family: CareFamily
    insurer: str
    niss: Niss
    provider: Nihii
    start_on: date
    end_on: date | None
    decided_at: datetime
    care: ContractualCareDetail | None = field(default=None, repr=False)
    is_by_insurer: bool = False

    @property
    def terms(self) -> ContractualCareDetail | None:
        """What was agreed to, with the days as they are by now."""
        if self.care is None:
            return None
        period = PeriodWithLength(start_on=self.start_on, end_on=self.end_on)
        return replace(self.care, period=period)

    def is_open(self, day: date) -> bool:
        """Tell whether it holds on a day."""
        return self.start_on <= day and (self.end_on is None or day <= self.end_on)

    def overlaps(self, start_on: date, end_on: date) -> bool:
        """Tell whether it shares a day with some others."""
        return self.start_on <= end_on and (self.end_on is None or start_on <= self.end_on)


class CareRegister:
    """All agreements of all insurers; safe to use from several threads."""

    def __init__(self) -> None:
        """Begin without any."""
        self._lock = threading.Lock()
        self._agreements: dict[str, CareAgreement] = {}

    def add(self, agreement: CareAgreement) -> None:
        """Enter an agreement."""
        with self._lock:
            self._agreements[agreement.number] = agreement

    def change(self, number: str, **members: Any) -> CareAgreement:
        """Change members of an agreement; gives it as it is then."""
        with self._lock:
            changed = replace(self._agreements[number], **members)
            self._agreements[number] = changed
        return changed

    def find(self, number: str) -> CareAgreement | None:
        """Find by the decision's reference."""
        with self._lock:
            return self._agreements.get(number)

    def all(self) -> list[CareAgreement]:
        """List everything, oldest first."""
        with self._lock:
            return list(self._agreements.values())

    def of(self, niss: Niss, *, insurer: str, family: CareFamily) -> list[CareAgreement]:
        """List the agreements of a person at an insurer, oldest first."""
        return [
            each
            for each in self.all()
            if (each.niss, each.insurer, each.family) == (niss, insurer, family)
        ]
