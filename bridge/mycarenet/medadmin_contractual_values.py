"""Messages about contractual care (Katz scale, toilets, lump sums), as values.

Source: *Nursing messages* 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from bridge.domain.declarations import DementiaSeverity, ToiletFrequency
from bridge.domain.identifiers import Nihii
from bridge.mycarenet.medadmin_names import ContractualType, RequestType, UpdateNature
from bridge.mycarenet.medadmin_values import (
    CareReceiver,
    CareReceiverDetail,
    Decision,
    Header,
    MessageFault,
    PeriodLimits,
    PeriodWithLength,
    Raw,
)


@dataclass(frozen=True, kw_only=True)
class Toilets:
    """Number of toilets, 0 to 7, and in what time."""

    count: int | Raw | None = None
    frequency: ToiletFrequency | Raw | None = None


@dataclass(frozen=True, kw_only=True)
class Dementia:
    """Degree of a dementia and the doctor who attests it."""

    degree: DementiaSeverity | Raw | None
    doctor: Nihii | Raw | None = None


@dataclass(frozen=True, kw_only=True)
class KatzDetail:
    """The Katz scale of a patient.

    Attributes:
        scores: Six scores of 1 to 4 in the order of the national form (``KatzItem``) [inferred].
        has_continence_details: Its meaning is not public; false unless ticked (4.1).
    """

    scores: tuple[int, ...] | Raw = field(repr=False)
    has_continence_details: bool | Raw | None = False
    dementia: Dementia | None = field(default=None, repr=False)
    prescriber: Nihii | Raw | None = None


@dataclass(frozen=True, kw_only=True)
class CarePlace:
    """Where care is given: name and address of at most 25 characters, four digits."""

    name: str
    address: str
    postal_code: str

    def __repr__(self) -> str:
        return "CarePlace(***)"


@dataclass(frozen=True, kw_only=True)
class ContractualCareDetail:
    """Which contractual care, from when, how often (4.1).

    Attributes:
        decision_reference: 15 characters: the agreement that is changed or closed.
        changes_reference_provider: Whether the reference provider becomes the requester.
        care_days_by_week: 0 to 7.
        visits_by_day: 0 to 2.
    """

    period: PeriodWithLength
    decision_reference: str | None = None
    changes_reference_provider: bool | Raw | None = None
    contractual_type: ContractualType | Raw | None = None
    care_days_by_week: int | Raw | None = None
    visits_by_day: int | Raw | None = None
    toilets: Toilets | None = None
    katz: KatzDetail | None = None
    care_place: CarePlace | None = None


@dataclass(frozen=True, kw_only=True)
class ContractualCareRequestDetail:
    """What is requested; answers give it back.

    Attributes:
        nurse_reference: At most 15 upper-case characters; empty when absent.
        requester: The nurse or the group.
    """

    type: RequestType | Raw | None
    nurse_reference: str
    requester: Nihii | Raw | None
    care: ContractualCareDetail


@dataclass(frozen=True, kw_only=True)
class ContractualCareRequest:
    """Message 410000; read in a confirmation it is a receipt (D19)."""

    header: Header
    care_receiver: CareReceiver = field(repr=False)
    detail: ContractualCareRequestDetail

    @property
    def nurse_reference(self) -> str:
        """The nurse's own reference."""
        return self.detail.nurse_reference


@dataclass(frozen=True, kw_only=True)
class ContractualDecision(Decision):
    """A decision about contractual care (4.2).

    Attributes:
        period: The granted one.
        is_palliative: Whether the insurer holds the patient for palliative.
    """

    period: PeriodLimits | None = None
    is_palliative: bool | Raw | None = None


@dataclass(frozen=True, kw_only=True)
class ContractualCareAnswer:
    """Messages 410900, 410999 and 410000ERR: a decision or a fault, and the request given back."""

    header: Header
    care_receiver: CareReceiver | CareReceiverDetail | None = field(repr=False)
    decision: ContractualDecision | None = None
    fault: MessageFault | None = None
    echo: ContractualCareRequestDetail | None = None

    @property
    def nurse_reference(self) -> str:
        """The nurse's own reference; empty when the request is not given back."""
        return "" if self.echo is None else self.echo.nurse_reference


@dataclass(frozen=True, kw_only=True)
class ContractualCareUpdate:
    """Message 410908: a change that the mutuality started itself (4.3).

    Attributes:
        nature: Why.
        provider: Whom it tells.
        visited_on: Day of the visit of the controlling doctor.
        new: What holds from now on.
        previous: What held.
    """

    header: Header
    care_receiver: CareReceiverDetail = field(repr=False)
    nature: UpdateNature | Raw | None
    consultant_doctor: Nihii | Raw | None
    provider: Nihii | Raw | None
    new: ContractualCareDetail
    previous: ContractualCareDetail
    visited_on: date | Raw | None = None
    is_palliative: bool | Raw | None = None
