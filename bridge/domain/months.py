"""Calendar months, in which care is invoiced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self


@dataclass(frozen=True, order=True)
class Month:
    """One calendar month; months compare in time.

    Attributes:
        year: Four digits.
        month: 1 to 12.
    """

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Self:
        """Give the month a day lies in."""
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"
