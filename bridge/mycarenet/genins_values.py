"""Values of GenericInsurability: questions and answers about one patient each.

Source: *Insurability* 2; *MyCareNet transport* 7.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from bridge.domain.identifiers import Niss
from bridge.domain.insurability import (
    HospitalStay,
    InsurabilityQuestion,
    MedicalHouse,
    Membership,
    PatientIdentity,
)

CARENET: Final = "urn:be:cin:mycarenet:1.0:carenet:types"
"""Namespace of the content of both list elements (*Insurability* 2.3)."""

BUSINESS: Final = "urn:be:cin:nip:async:business"
"""Namespace of the lists themselves."""

MOST_QUESTIONS: Final = 10_000
MOST_ITEMS: Final = 5
"""Insured periods of one answer; more are told by ``Truncated``."""


@dataclass(frozen=True, kw_only=True)
class GenInsQuestion:
    """One question of a list.

    Attributes:
        reference: ``recordInputReference``, 1 to 14 digits: the key of the patient.
    """

    reference: str
    question: InsurabilityQuestion = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a question was refused.

    Attributes:
        code: Number of the reason, such as ``12``.
        location: Element that is wrong, such as ``Inss``.
    """

    code: str
    location: str | None = None


@dataclass(frozen=True, kw_only=True)
class GenInsFault:
    """A refusal.

    Attributes:
        code: ``INPUT_ERROR``, ``NO_IO_ERROR`` or ``MULTIIO_ERROR``.
        source: Who refuses.
        insurers: First digits of the insurers, when there are several.
    """

    code: str
    source: str
    reasons: tuple[Reason, ...] = ()
    insurers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GenInsItem:
    """One insured period; ``until`` is ``None`` while it is open."""

    since: date
    until: date | None
    mutuality: str
    communicated_on: date
    membership_number: str | None = None
    ct1: str | None = None
    ct2: str | None = None
    payment_approval: str | None = None


@dataclass(frozen=True, kw_only=True)
class GenInsDetail:
    """What is known of a patient's insurance.

    Attributes:
        event: ``changeDuring``, ``multiple``, ``closedBefore`` or ``startLater``.
        event_on: Day of the first transfer.
        is_truncated: Whether there are more periods than an answer holds.
    """

    pays_provider: bool
    event: str | None = None
    event_on: date | None = None
    has_special_social_category: bool | None = None
    hospital_stay: HospitalStay | None = None
    medical_house: MedicalHouse | None = None
    items: tuple[GenInsItem, ...] = ()
    is_truncated: bool = False


@dataclass(frozen=True, kw_only=True)
class GenInsAnswer:
    """One answer of a list: a fault, or who the patient is with the insurance.

    Attributes:
        reference: The question's own, given back.
        patient: The patient as asked, given back.
    """

    reference: str
    output_reference: str | None
    patient: Niss | Membership | None = field(repr=False)
    fault: GenInsFault | None = None
    identity: PatientIdentity | None = field(default=None, repr=False)
    detail: GenInsDetail | None = field(default=None, repr=False)
