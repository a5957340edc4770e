"""Declarations of care: Katz and lump sums, palliative care, specific technical acts.

A declaration is one request or notification about one patient; its life is the table of
``bridge.domain.exchanges``, so that a status means the same everywhere.
Source: *Nursing messages* 3, 4.1, 6, 7 and 8; decisions D17 to D20, D24, D25 and D32.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum
from typing import Final

from bridge.domain.caredecisions import (
    AGREEMENTS,
    AgreementKind,
    CareDecision,
    CareFault,
    DecisionResult,
    RefusalMeaning,
)
from bridge.domain.exchanges import (
    NO_MARKS,
    ExchangeStatus,
    Mark,
    mark_changes,
    status_after,
)
from bridge.domain.following import FollowsItsMessage
from bridge.domain.identifiers import MembershipNumber, Mutuality, Nihii, Niss
from bridge.domain.katz import CareKind, KatzScores
from bridge.domain.periods import CarePeriod

__all__ = [
    "AGREEMENTS",
    "AGREEMENT_NUMBER_LENGTH",
    "NURSE_REFERENCE_LENGTH",
    "AgreementKind",
    "CareDecision",
    "CareFault",
    "CareFrequency",
    "CarePatient",
    "CarePeriod",
    "CarePlace",
    "Content",
    "DecisionResult",
    "Declaration",
    "DeclarationKind",
    "Dementia",
    "DementiaSeverity",
    "KatzContent",
    "KatzRequest",
    "PalliativeContent",
    "RefusalMeaning",
    "Sex",
    "TechnicalActContent",
    "TechnicalActKind",
    "ToiletFrequency",
]

NURSE_REFERENCE_LENGTH: Final = 15
"""Most characters of ``NurseReference`` (*Nursing messages* 3)."""

AGREEMENT_NUMBER_LENGTH: Final = 15
"""Exact length of a reference of a decision (*Nursing messages* 3)."""


class DeclarationKind(Enum):
    """What is declared."""

    KATZ = "katz"
    PALLIATIVE = "palliative"
    TECHNICAL_ACT = "technical_act"


class Sex(Enum):
    """As the message wants it (zone 303)."""

    MALE = "male"
    FEMALE = "female"


@dataclass(frozen=True, kw_only=True)
class CarePatient:
    """The patient of a declaration.

    Attributes:
        niss: Person number; ``None`` when only the membership is known.
        membership_number: Number at the sickness fund.
        mutuality: Sickness fund; the message is sent to its insurer.
    """

    mutuality: Mutuality
    sex: Sex
    niss: Niss | None = field(default=None, repr=False)
    membership_number: MembershipNumber | None = field(default=None, repr=False)

    @property
    def insurer(self) -> str:
        """The insurer (union) the declaration goes to."""
        return self.mutuality.insurer

    def is_same_person(self, other: CarePatient) -> bool:
        """Tell whether both are the same person, as far as the numbers show."""
        if self.niss is not None and other.niss is not None:
            return self.niss == other.niss
        mine = (self.mutuality, self.membership_number)
        return self.membership_number is not None and mine == (
            other.mutuality,
            other.membership_number,
        )


class KatzRequest(Enum):
    """What a Katz declaration asks (*Nursing messages* 1 and 4.1).

    ``extension`` and ``change`` name an earlier agreement and travel as type ``new``.
    """

    NEW = "new"
    EXTENSION = "extension"
    CHANGE = "change"
    CLOSE = "close"


class ToiletFrequency(Enum):
    """What the number of toilets is counted by (zone 315)."""

    DAY = "day"
    WEEK = "week"


class DementiaSeverity(Enum):
    """Attribute ``type`` of ``Dementia`` (zone 320)."""

    LIGHT = "light"
    MEDIUM = "medium"
    SERIOUS = "serious"


@dataclass(frozen=True, kw_only=True)
class Dementia:
    """Disorientation in time and space, as a doctor attested it (zones 320 and 321)."""

    severity: DementiaSeverity
    doctor: Nihii | None = None


@dataclass(frozen=True, kw_only=True)
class CarePlace:
    """Where care is given when that is not at home (zones 323 to 325)."""

    name: str = field(repr=False)
    address: str = field(repr=False)
    postal_code: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class CareFrequency:
    """How often care is given.

    Attributes:
        days_per_week: 0 to 7 (zone 314).
        visits_per_day: 0 to 2 (zone 317).
        toilets: 0 to 7 by ``toilet_frequency`` (zones 316 and 315).
    """

    days_per_week: int | None = None
    visits_per_day: int | None = None
    toilets: int | None = None
    toilet_frequency: ToiletFrequency | None = None


@dataclass(frozen=True, kw_only=True)
class KatzContent:
    """What a Katz declaration says.

    Attributes:
        request: What is asked.
        care_kind: Requested kind; ``None`` only for ``close``.
        scores: Six scores; ``None`` only for ``close``.
        has_continence_details: Sent as ``ContinenceDetails``, whose meaning is not public (4.1).
        agreement_number: The agreement that is extended, changed or closed.
        changes_reference_provider: ``ReferenceProviderModification``: this nurse takes over.
        prescriber: NIHII of the prescriber (zone 322).
        place: ``None`` at home.
    """

    request: KatzRequest
    period: CarePeriod
    care_kind: CareKind | None = None
    scores: KatzScores | None = field(default=None, repr=False)
    has_continence_details: bool = False
    dementia: Dementia | None = field(default=None, repr=False)
    frequency: CareFrequency = field(default_factory=CareFrequency)
    place: CarePlace | None = None
    prescriber: Nihii | None = None
    agreement_number: str | None = None
    changes_reference_provider: bool = False


@dataclass(frozen=True, kw_only=True)
class PalliativeContent:
    """What a palliative declaration says (*Nursing messages* 6).

    Attributes:
        start_on: First day of palliative care.
        usual_doctor: The patient's general practitioner.
        responsible: Responsible nurse of the group; the requester when left out.
        third_party_payer: Group that is paid.
        nurse: The nurse who gives the care.
        multidisciplinary_team: The palliative team, when there is one.
    """

    start_on: date
    usual_doctor: Nihii
    responsible: Nihii | None = None
    third_party_payer: Nihii | None = None
    nurse: Nihii | None = None
    multidisciplinary_team: Nihii | None = None


class TechnicalActKind(Enum):
    """The specific technical acts the schema knows (D25)."""

    PERFUSION = "perfusion"
    PARENTERAL = "parenteral"
    CATHETER = "catheter"


@dataclass(frozen=True, kw_only=True)
class TechnicalActContent:
    """What a notification of a specific technical act says (*Nursing messages* 7).

    Attributes:
        product: What is administered, at most 150 characters, upper case.
    """

    act_kind: TechnicalActKind
    period: CarePeriod
    prescriber: Nihii
    product: str


Content = KatzContent | PalliativeContent | TechnicalActContent


@dataclass(frozen=True, kw_only=True)
class Declaration(FollowsItsMessage):
    """One declaration with all that became of it.

    Attributes:
        id: ``ktz_…``, ``pal_…`` or ``tec_…``.
        requester: NIHII in whose name it is asked; the registration's care provider.
        nurse_reference: Our reference inside the message, echoed in answers.
        sender_reference: Reference of the message's header, new for each sending (zone 204).
        submission_id: What was released together with it.
        decisions: Oldest first.
        fault: The last technical error.
        corrects_id: The declaration this one corrects.
        corrected_by_id: The declaration that corrects this one.
        closes_id: The declaration whose agreement this one closes.
    """

    kind: DeclarationKind
    patient: CarePatient
    content: Content
    requester: Nihii
    nurse_reference: str
    sender_reference: str | None = None
    submission_id: str | None = None
    decisions: tuple[CareDecision, ...] = ()
    fault: CareFault | None = None
    corrects_id: str | None = None
    corrected_by_id: str | None = None
    closes_id: str | None = None

    @property
    def decision(self) -> CareDecision | None:
        """The latest decision."""
        return self.decisions[-1] if self.decisions else None

    @property
    def agreement_number(self) -> str | None:
        """The number of its agreement, once there is one."""
        found = (each.agreement_number for each in reversed(self.decisions) if each.agreement_kind)
        return next(found, None)

    @property
    def period(self) -> CarePeriod:
        """The days it is about: granted ones once there is an agreement, else the asked ones."""
        decision = self.decision
        if decision is not None and decision.agreement_kind and decision.granted is not None:
            return decision.granted
        if isinstance(self.content, PalliativeContent):
            return CarePeriod(start_on=self.content.start_on)
        return self.content.period

    def decided(self, decision: CareDecision) -> Declaration:
        """Take over a decision; the earlier ones stay, the marks of people are cleared (D17).

        A refusal after an approval first needs a person (D32).

        Raises:
            Conflict: the table does not allow the move (``state_not_allowed``).
        """
        return self.moved(
            status_after(self.decisions, decision.status),
            at=decision.at,
            has_own_answer=True,
            decisions=(*self.decisions, decision),
            answered_at=decision.at,
            problem_code=None,
            **NO_MARKS,
        )

    def failed(self, fault: CareFault) -> Declaration:
        """Take over a technical error; after a decision a person has to look.

        Raises:
            Conflict: the table does not allow the move (``state_not_allowed``).
        """
        has_decision = bool(self.decisions) or self.status is ExchangeStatus.ACKNOWLEDGED
        return self.moved(
            ExchangeStatus.MANUAL_ACTION_REQUIRED if has_decision else ExchangeStatus.ERROR,
            at=fault.at,
            has_own_answer=True,
            fault=fault,
            answered_at=fault.at,
            problem_code="remote_refused",
            **NO_MARKS,
        )

    def marked(self, mark: Mark, *, at: datetime) -> Declaration:
        """Set or clear a mark; one that is there already keeps its moment.

        Raises:
            Conflict: archiving needs ``processed_at`` first (``not_processed``, D20).
        """
        changes = mark_changes(self, mark, at=at)
        return replace(self, updated_at=at, **changes) if changes else self
