"""Insurability: the question a nurse asks and the facts she gets.

Source: *Insurability* 3, 4 and 6; member names as in decision D15.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Final

from bridge.domain.identifiers import MembershipNumber, Mutuality, Niss
from bridge.domain.periods import Period, same_day_years_ago
from bridge.errors import Finding, InputError

MOST_YEARS_BACK: Final = 5


class Purpose(Enum):
    """Dimension ``requestType``: ``invoicing`` also gives a payment approval."""

    INFORMATION = "information"
    INVOICING = "invoicing"


class ContactType(Enum):
    """Dimension ``contactType``."""

    HOSPITALIZED = "hospitalized"
    OTHER = "other"


class MemberFacet(Enum):
    """What about a member is asked (*Insurability* 3.1)."""

    INSURABILITY = "insurability"
    PALLIATIVE_STATUS = "palliative_status"
    GLOBAL_MEDICAL_FILE = "global_medical_file"
    CHRONIC_CONDITION = "chronic_condition"
    CARE_PATH_DIABETES = "care_path_diabetes"
    CARE_PATH_RENAL_INSUFFICIENCY = "care_path_renal_insufficiency"
    REFERENCE_PHARMACY = "reference_pharmacy"


@dataclass(frozen=True, kw_only=True)
class Membership:
    """A patient named by sickness fund and membership number."""

    mutuality: Mutuality
    membership_number: MembershipNumber


@dataclass(frozen=True, kw_only=True)
class InsurabilityQuestion:
    """One question about one patient.

    Attributes:
        patient: Person number, or sickness fund with membership number; never both.
        period: Days asked about, both included.
        purpose: Information, or invoicing.
        contact_type: In hospital or not.
        facets: What is asked; one that is not granted spoils the whole question, so what is not
            insurability is better asked on its own (*Insurability* 3.1).
    """

    patient: Niss | Membership
    period: Period
    purpose: Purpose = Purpose.INFORMATION
    contact_type: ContactType = ContactType.OTHER
    facets: tuple[MemberFacet, ...] = (MemberFacet.INSURABILITY,)

    def check(self, today: date) -> None:
        """Apply the rules that need today's date (*Insurability* 6).

        Raises:
            InputError: the period starts in the future or more than five years ago.
        """
        if self.period.from_on > today:
            code = "period_in_future"
        elif self.period.from_on < same_day_years_ago(today, MOST_YEARS_BACK):
            code = "period_too_far_in_past"
        else:
            return
        raise InputError(findings=(Finding(pointer="/period/from_on", code=code),))


class SituationEvent(Enum):
    """What happened to the insurance in the asked period (*transport* 5.3)."""

    CLOSED_BEFORE = "closed_before"
    STARTS_LATER = "starts_later"
    CHANGED_DURING = "changed_during"
    MULTIPLE = "multiple"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class InsuredPeriod:
    """One period in which the patient is insured.

    Attributes:
        period: Days of the period, both included.
        insurer: Insurer (union), such as ``300``.
        mutuality: Sickness fund, such as ``319``.
        membership_number: As the insurer writes it, blanks and letters included.
        ct1: First insurability code, three digits, shown raw.
        ct2: Second insurability code, three digits, shown raw.
        communicated_on: Day of the information.
        payment_approval: Approval number, only for purpose ``invoicing``.
    """

    period: Period
    insurer: str
    mutuality: str
    membership_number: str | None = None
    ct1: str | None = None
    ct2: str | None = None
    communicated_on: date | None = None
    payment_approval: str | None = None

    @property
    def has_preferential_rate(self) -> bool | None:
        """Increased reimbursement: the last digit of CT1 is 1; unknown without CT1."""
        return None if not self.ct1 else self.ct1.endswith("1")


@dataclass(frozen=True, kw_only=True)
class PatientIdentity:
    """Who the insurer says the patient is."""

    niss: Niss | None = None
    last_name: str | None = None
    first_name: str | None = None
    born_on: date | None = None
    deceased_on: date | None = None
    gender: str | None = None

    def __repr__(self) -> str:
        return "PatientIdentity(***)"


@dataclass(frozen=True, kw_only=True)
class HospitalStay:
    """A stay in hospital within the asked period."""

    hospital_nihii: str | None = None
    service: str | None = None
    admitted_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class MedicalHouse:
    """A practice at flat rate the patient is registered with; ``kind`` is the insurer's word."""

    nihii: str | None = None
    kind: str | None = None
    started_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """One reason an insurer or the platform gave, with our reading of it.

    Attributes:
        code: Our code, with texts in four languages.
        remote_code: The party's own code, such as ``UNKNOWN_NISS_ROUTING``.
        source: ``mycarenet`` or the insurer, such as ``300``.
        who_can_fix: As in problem documents.
        user_action: As in problem documents.
    """

    code: str
    remote_code: str
    source: str
    who_can_fix: str
    user_action: str


@dataclass(frozen=True, kw_only=True)
class FacetFacts:
    """What an insurer says about one facet other than insurability.

    Attributes:
        has_data: Whether it says anything; without, the facet does not apply to the patient.
        members: Names of the insurer's facts, such as ``startDate``, with their values, raw.
    """

    facet: MemberFacet
    has_data: bool
    members: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class InsurabilityFacts:
    """The answer in the words of a nurse.

    Attributes:
        is_insured: Insured on the last asked day; ``None`` when the answer does not say.
        periods: Insured periods within the asked one, oldest first.
        insurer_pays_provider: What PaymentByIO says; no right to third-party payment (D15).
        event: What happened to the insurance, if anything.
        event_on: Day of the transfer or closure.
        facets: Answers to the asked facets other than insurability.
        refusals: Reasons of a refusal.
        warnings: Restrictions of an answer that is given all the same.
    """

    patient: PatientIdentity | None = None
    is_insured: bool | None = None
    periods: tuple[InsuredPeriod, ...] = ()
    insurer_pays_provider: bool | None = None
    has_special_social_category: bool | None = None
    event: SituationEvent | None = None
    event_on: date | None = None
    hospital_stay: HospitalStay | None = None
    medical_house: MedicalHouse | None = None
    facets: tuple[FacetFacts, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    warnings: tuple[Refusal, ...] = ()

    @property
    def current(self) -> InsuredPeriod | None:
        """The latest insured period, from which the single facts are taken."""
        return self.periods[-1] if self.periods else None


class CheckStatus(Enum):
    """States of a check, from the one vocabulary of decision D17."""

    TO_SEND = "to_send"
    SENT = "sent"
    ACCEPTED = "accepted"
    PARTIALLY_ACCEPTED = "partially_accepted"
    REFUSED = "refused"
    ERROR = "error"
    OUTCOME_UNKNOWN = "outcome_unknown"


CHECK_MOVES: Final = {
    CheckStatus.TO_SEND: frozenset({CheckStatus.SENT, CheckStatus.ERROR}),
    CheckStatus.SENT: frozenset(
        {
            CheckStatus.ACCEPTED,
            CheckStatus.PARTIALLY_ACCEPTED,
            CheckStatus.REFUSED,
            CheckStatus.ERROR,
            CheckStatus.OUTCOME_UNKNOWN,
        },
    ),
}
"""What may follow what; a state that is missing is final.

``sent`` is written before the first byte leaves, so after a crash it means: we do not know.
"""


@dataclass(frozen=True, kw_only=True)
class InsurabilityCheck:
    """One check: the question, who asked, and what became of it.

    Attributes:
        id: ``ins_…``.
        registration_id: On whose behalf it was asked.
        practice_id: Practice it belongs to; empty for what an older version stored.
        operation_id: The operation that follows the work.
        problem_code: Why the status is ``error`` or ``outcome_unknown``.
        sent_at: When the question left.
        answered_at: When the answer arrived.
    """

    id: str
    registration_id: str
    operation_id: str
    question: InsurabilityQuestion
    status: CheckStatus
    created_at: datetime
    updated_at: datetime
    facts: InsurabilityFacts = field(default_factory=InsurabilityFacts)
    practice_id: str = ""
    problem_code: str | None = None
    sent_at: datetime | None = None
    answered_at: datetime | None = None
