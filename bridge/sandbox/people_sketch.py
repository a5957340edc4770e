"""How people of the sandbox are written down: what differs from an ordinary insured person.

Their numbers are fictitious and have valid check digits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from bridge.domain.identifiers import MembershipNumber, Mutuality
from bridge.sandbox.people import InsuredSpan, SandboxPerson, complete_niss

INSURED_SINCE: Final = date(2004, 1, 1)
LAST_NAME: Final = "Voorbeeld"


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """The part of a person that differs from the others."""

    first_name: str
    born_on: date
    serial: int
    mutuality: str
    number: str
    purpose: str
    month_offset: int = 0
    ct: str = "110"
    more: dict[str, Any] = field(default_factory=dict)

    def person(self) -> SandboxPerson:
        """Complete the person; insured since long ago unless ``more`` says otherwise."""
        members: dict[str, Any] = {"periods": (self.span(),), **self.more}
        return SandboxPerson(
            niss=complete_niss(self.born_on, self.serial, month_offset=self.month_offset),
            last_name=LAST_NAME,
            first_name=self.first_name,
            born_on=self.born_on,
            gender="male" if self.serial % 2 else "female",
            mutuality=Mutuality(self.mutuality),
            membership_number=MembershipNumber(self.number),
            purpose=self.purpose,
            **members,
        )

    def span(self) -> InsuredSpan:
        """Give the time of insurance of an ordinary person."""
        return span(self.mutuality, self.number, max(self.born_on, INSURED_SINCE), ct=self.ct)


def span(
    mutuality: str,
    number: str,
    from_on: date,
    to_on: date | None = None,
    *,
    ct: str = "110",
) -> InsuredSpan:
    """Write one time of insurance with the same CT1 and CT2."""
    return InsuredSpan(
        from_on=from_on,
        to_on=to_on,
        mutuality=Mutuality(mutuality),
        membership_number=MembershipNumber(number),
        ct1=ct,
        ct2=ct,
    )
