"""The care providers the played insurers know: doctors, and the nurses of the platform.

The numbers are fictitious and have valid check digits.
Source: *Nursing messages* 4.6, *Identifiers* 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bridge.domain.identifiers import Nihii
from bridge.sandbox.nurse import nihii_of

DOCTOR_PREFIX: Final = "1"
"""First digit of the number of a doctor (*Identifiers* 2)."""


@dataclass(frozen=True)
class Doctor:
    """A doctor of the sandbox, and what for."""

    number: Nihii
    purpose: str


DOCTORS: Final = (
    Doctor(nihii_of("100071", "004"), "general practitioner"),
    Doctor(nihii_of("100082", "004"), "general practitioner"),
    Doctor(nihii_of("100093", "003"), "general practitioner, rights acquired"),
    Doctor(nihii_of("100104", "580"), "specialist in internal medicine"),
    Doctor(nihii_of("100115", "370"), "specialist in neurology"),
)
"""Doctors whose prescriptions and attestations are accepted."""

_ADVISING: Final = {
    union: nihii_of(f"1009{union[0]}0", "000")
    for union in ("100", "200", "300", "400", "500", "600", "900")
}
_KNOWN: Final = frozenset(doctor.number.long for doctor in DOCTORS)


def advising_doctor(insurer: str) -> Nihii:
    """Give the advising doctor of an insurer."""
    return _ADVISING[insurer]


def is_known_doctor(number: Nihii) -> bool:
    """Tell whether a number is a doctor's whom the sandbox knows."""
    return number.long.startswith(DOCTOR_PREFIX) and number.long in _KNOWN
