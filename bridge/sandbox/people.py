"""The people the played insurers know.

Answers derive from these people, the asked period and the asked facets; no number decides
anything by itself (D5).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from bridge.domain.identifiers import MembershipNumber, Mutuality, Niss
from bridge.domain.insurability import HospitalStay, MedicalHouse
from bridge.domain.periods import Period
from bridge.sandbox.care_traits import CareTraits

_NEW_CENTURY: Final = 2000


@dataclass(frozen=True, kw_only=True)
class InsuredSpan:
    """Some time at one sickness fund with the same codes.

    Attributes:
        from_on: First day.
        to_on: Last day; ``None`` while it lasts.
        mutuality: The sickness fund.
        membership_number: The person's number there.
        ct1: First insurability code.
        ct2: Second insurability code.
    """

    from_on: date
    to_on: date | None
    mutuality: Mutuality
    membership_number: MembershipNumber
    ct1: str = "110"
    ct2: str = "110"

    def within(self, period: Period, *, until: date | None = None) -> Period | None:
        """Give the part inside a period, ended by a death on ``until``; ``None`` when empty."""
        ends = [period.to_on, *(day for day in (self.to_on, until) if day is not None)]
        first, last = max(self.from_on, period.from_on), min(ends)
        return Period(from_on=first, to_on=last) if first <= last else None


@dataclass(frozen=True, kw_only=True)
class SandboxPerson:
    """One fictitious person.

    Attributes:
        mutuality: Present sickness fund.
        membership_number: Number there.
        purpose: What the person is for, in English.
        periods: Times of insurance, oldest first; none means that no insurer is found.
        insurer_pays_provider: What PaymentByIO says.
        is_known: Whether the routing knows the person number at all.
        palliative_since: Start of the palliative status, if any.
        care: What insurers find when care of this person is asked for.
    """

    niss: Niss
    last_name: str = field(repr=False)
    first_name: str = field(repr=False)
    born_on: date = field(repr=False)
    gender: str
    mutuality: Mutuality
    membership_number: MembershipNumber
    purpose: str
    periods: tuple[InsuredSpan, ...]
    deceased_on: date | None = None
    insurer_pays_provider: bool = False
    medical_house: MedicalHouse | None = None
    hospital_stay: HospitalStay | None = None
    palliative_since: date | None = None
    is_known: bool = True
    care: CareTraits = field(default_factory=CareTraits, repr=False)

    def is_member(self, mutuality: Mutuality, number: str) -> bool:
        """Tell whether the person has, or had, a membership number at a sickness fund."""
        memberships = [
            (self.mutuality, self.membership_number),
            *((span.mutuality, span.membership_number) for span in self.periods),
        ]
        return any(
            fund == mutuality and squeezed(membership.text) == squeezed(number)
            for fund, membership in memberships
        )


def squeezed(number: str) -> str:
    """Give a membership number without blanks, as insurers compare it."""
    return number.replace(" ", "").upper()


def complete_niss(born_on: date, serial: int, *, month_offset: int = 0) -> Niss:
    """Make a person number with its check digits (*Identifiers* 1).

    Args:
        born_on: Date of birth.
        serial: 1 to 997, odd for a man.
        month_offset: 20 or 40 for a bis number.
    """
    month = born_on.month + month_offset
    stem = f"{born_on.year % 100:02}{month:02}{born_on.day:02}{serial:03}"
    prefix = "2" if born_on.year >= _NEW_CENTURY else ""
    return Niss.parse(f"{stem}{97 - int(prefix + stem) % 97:02}")


class PeopleRegister:
    """All people; safe to use from several threads, changed at run time."""

    def __init__(self, people: Iterable[SandboxPerson] = ()) -> None:
        """Begin with ``people``, in their order."""
        self._lock = threading.Lock()
        self._people = {person.niss: person for person in people}

    def add(self, person: SandboxPerson) -> None:
        """Add a person, or replace the one with the same number, from the next message on."""
        with self._lock:
            self._people[person.niss] = person

    def people(self) -> list[SandboxPerson]:
        """List everybody, in the order of entry."""
        with self._lock:
            return list(self._people.values())

    def find(self, niss: Niss) -> SandboxPerson | None:
        """Find by person number."""
        with self._lock:
            return self._people.get(niss)

    def find_member(self, mutuality: Mutuality, number: str) -> SandboxPerson | None:
        """Find by sickness fund and membership number; the latest entry wins."""
        found = (each for each in reversed(self.people()) if each.is_member(mutuality, number))
        return next(found, None)
