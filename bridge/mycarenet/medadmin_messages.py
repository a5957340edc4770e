"""Messages about palliative and specific technical care, and all messages together, as values.

Source: *Nursing messages* 4, 6 and 7.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from bridge.domain.declarations import TechnicalActKind
from bridge.domain.identifiers import Nihii
from bridge.mycarenet.medadmin_contractual_values import (
    ContractualCareAnswer,
    ContractualCareRequest,
    ContractualCareUpdate,
)
from bridge.mycarenet.medadmin_names import DecisionResult, Meaning, MessageName
from bridge.mycarenet.medadmin_values import (
    CareReceiver,
    CareReceiverDetail,
    Decision,
    Header,
    MessageFault,
    PeriodLimits,
    Raw,
    Unreadable,
)

# -- palliative care (420xxx) --------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class PalliativeCareDetail:
    """Palliative care and who gives it (6).

    Attributes:
        nurse_reference: At most 15 upper-case characters; empty when absent.
        requester: The nurse or the group.
        responsible: Of the group.
        usual_doctor: The general practitioner.
    """

    nurse_reference: str
    requester: Nihii | Raw | None
    start_on: date | Raw | None
    responsible: Nihii | Raw | None
    usual_doctor: Nihii | Raw | None
    third_party_payer: Nihii | Raw | None = None
    nurse: Nihii | Raw | None = None
    multidisciplinary_team: Nihii | Raw | None = None


@dataclass(frozen=True, kw_only=True)
class PalliativeCareRequest:
    """Message 420000; read in a confirmation it is a receipt (D19)."""

    header: Header
    care_receiver: CareReceiver = field(repr=False)
    detail: PalliativeCareDetail

    @property
    def nurse_reference(self) -> str:
        """The nurse's own reference."""
        return self.detail.nurse_reference


@dataclass(frozen=True, kw_only=True)
class PalliativeDecision(Decision):
    """A decision about palliative care; its lump sums are invoiced from ``invoice_start_on``."""

    invoice_start_on: date | Raw | None = None


@dataclass(frozen=True, kw_only=True)
class PalliativeCareAnswer:
    """Messages 420900, 420999 and 420000ERR: a decision or a fault, and the request given back."""

    header: Header
    care_receiver: CareReceiver | CareReceiverDetail | None = field(repr=False)
    decision: PalliativeDecision | None = None
    fault: MessageFault | None = None
    echo: PalliativeCareDetail | None = None

    @property
    def nurse_reference(self) -> str:
        """The nurse's own reference; empty when the request is not given back."""
        return "" if self.echo is None else self.echo.nurse_reference


# -- specific technical care (430xxx) ------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class TechnicalCareDetail:
    """A specific technical act (7).

    Attributes:
        nurse_reference: At most 15 upper-case characters; empty when absent.
        requester: The nurse or the group.
        product: What is administered: at most 150 upper-case characters.
    """

    type: TechnicalActKind | Raw | None
    nurse_reference: str
    requester: Nihii | Raw | None
    period: PeriodLimits
    prescriber: Nihii | Raw | None
    product: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class TechnicalCareRequest:
    """Message 430000, a notification; read in a confirmation it is a receipt."""

    header: Header
    care_receiver: CareReceiver = field(repr=False)
    detail: TechnicalCareDetail

    @property
    def nurse_reference(self) -> str:
        """The nurse's own reference."""
        return self.detail.nurse_reference


@dataclass(frozen=True, kw_only=True)
class TechnicalReceipt:
    """What a receipt 430001 gives back."""

    nurse_reference: str
    message_name: MessageName | Raw | None


@dataclass(frozen=True, kw_only=True)
class TechnicalCareAnswer:
    """Messages 430001 and 430000ERR: a receipt, or a fault with the notification given back."""

    header: Header
    care_receiver: CareReceiver | CareReceiverDetail | None = field(repr=False)
    receipt: TechnicalReceipt | None = None
    fault: MessageFault | None = None
    echo: TechnicalCareDetail | None = None

    @property
    def nurse_reference(self) -> str:
        """The nurse's own reference; empty when nothing is given back."""
        given_back = self.receipt or self.echo
        return "" if given_back is None else given_back.nurse_reference


Request = ContractualCareRequest | PalliativeCareRequest | TechnicalCareRequest
"""What a nurse sends."""

Answer = ContractualCareAnswer | PalliativeCareAnswer | TechnicalCareAnswer | ContractualCareUpdate
"""What an insurer sends."""

Received = Answer | Request | Unreadable
"""What is read in a delivery: a request is our own, given back as confirmation."""


def meaning_of(message: Answer | Request) -> Meaning:
    """Tell what a message does, from its name, or from its content where a name is missing."""
    name = message.header.message_name
    if isinstance(name, MessageName):
        return name.meaning
    if isinstance(message, ContractualCareUpdate):
        return Meaning.UNSOLICITED
    if isinstance(message, Request):
        return Meaning.REQUEST
    if message.fault is not None:
        return Meaning.ERROR
    if isinstance(message, TechnicalCareAnswer):
        return Meaning.RECEIPT if message.receipt is not None else Meaning.UNKNOWN
    return _decided(message.decision)


def _decided(decision: Decision | None) -> Meaning:
    result = None if decision is None else decision.result
    if not isinstance(result, DecisionResult):
        return Meaning.UNKNOWN
    return Meaning.POSITIVE if result.is_positive else Meaning.NEGATIVE
