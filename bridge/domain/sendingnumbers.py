"""Sending numbers: 1 to 999 for each payer and calendar year, without gaps.

Source: *Identifiers* 8; *eFact for nursing* 1.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final, Self

from bridge.errors import Conflict

MOST_SENDINGS: Final = 999
"""A sending number has three digits."""


@dataclass(frozen=True, kw_only=True)
class SendingNumbers:
    """The numbers of one payer in one calendar year.

    Attributes:
        payer: Number of the nurse or the group.
        year: Calendar year in which is sent.
        last: The highest that was ever taken.
        freed: Given back by batches that were removed before they were sent.
    """

    payer: str
    year: int
    last: int = 0
    freed: frozenset[int] = frozenset()

    @classmethod
    def of(cls, *, payer: str, year: int, used: Collection[int]) -> Self:
        """Give the numbers from those that batches hold: what is missing below them is free.

        A batch that was sent is never removed, so a number that nobody holds never left.
        """
        last = max(used, default=0)
        return cls(payer=payer, year=year, last=last, freed=frozenset(range(1, last)) - {*used})

    @property
    def upcoming(self) -> int:
        """The number that is taken next; beyond ``MOST_SENDINGS`` when there is none left."""
        return min(self.freed, default=self.last + 1)

    def taken(self) -> tuple[int, SendingNumbers]:
        """Take the next number: the lowest that was given back, or the one after the last.

        Raises:
            Conflict: the year has no number left (``sending_numbers_used_up``).
        """
        number = self.upcoming
        if number > MOST_SENDINGS:
            raise Conflict(code="sending_numbers_used_up")
        return number, replace(self, last=max(self.last, number), freed=self.freed - {number})

    def given_back(self, number: int) -> SendingNumbers:
        """Give a number back that never left; twice changes nothing."""
        if not 0 < number <= self.last:
            return self
        freed = self.freed | {number}
        last = self.last
        while last in freed:
            freed -= {last}
            last -= 1
        return replace(self, last=last, freed=freed)


def invoice_number(*, year: int, month: int, serial: int) -> str:
    """Give the number of an individual invoice: year, month and serial in twelve digits.

    Raises:
        Conflict: a month has no more than 999 999 of them (``invoice_numbers_used_up``).
    """
    if not 0 < serial < _SERIALS:
        raise Conflict(code="invoice_numbers_used_up")
    return f"{year:04d}{month:02d}{serial:06d}"


_SERIALS: Final = 1_000_000
