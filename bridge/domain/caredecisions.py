"""What insurers say to a declaration of care: decisions and technical errors.

Source: *Nursing messages* 4.4 to 4.6, 6 and 8; decisions D17 and D32.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Final

from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.periods import CarePeriod


class DecisionResult(Enum):
    """What the insurer decided (attribute ``result``, *Nursing messages* 4.4)."""

    AGREEMENT = "agreement"
    PARTIAL_AGREEMENT = "partial_agreement"
    MEDICAL_AGREEMENT = "medical_agreement"
    MEDICAL_AGREEMENT_WITHOUT_SMALL_RISKS = "medical_agreement_without_small_risks"
    REJECTION = "rejection"
    OTHER = "other"


class AgreementKind(Enum):
    """How far an agreement goes, as people are told."""

    FULL = "full"
    PARTIAL = "partial"
    MEDICAL_ONLY = "medical_only"


AGREEMENTS: Final = {
    DecisionResult.AGREEMENT: AgreementKind.FULL,
    DecisionResult.PARTIAL_AGREEMENT: AgreementKind.PARTIAL,
    DecisionResult.MEDICAL_AGREEMENT: AgreementKind.MEDICAL_ONLY,
    DecisionResult.MEDICAL_AGREEMENT_WITHOUT_SMALL_RISKS: AgreementKind.MEDICAL_ONLY,
}
"""Results that are agreements (*Nursing messages* 4.4)."""


class RefusalMeaning(Enum):
    """What a reason of a refusal means; no list is public, a practice keeps its own (4.5)."""

    WAITS_FOR_GP = "waits_for_gp"
    """The general practitioner's attestation is not there yet: wait, do not resend."""

    OTHER_NURSE = "other_nurse"
    """Another nurse is the reference provider: resend to become it."""


@dataclass(frozen=True, kw_only=True)
class CareDecision:
    """What an insurer decided about a declaration; a later one keeps the earlier (D17).

    Attributes:
        at: When it was received.
        status: The declaration's status it led to.
        response_id: The answer it came in.
        agreement_number: The decision's reference, used for extension, change and closure.
        reason: Three characters; a text only where the practice's own table knows one (4.5).
        justification: The insurer's sentence.
        granted: Granted period, when it is stated.
        consulting_doctor: Advising doctor.
        is_palliative: What the insurer says about the palliative status (zone 339).
        invoice_start_on: First day palliative lump sums may be invoiced (zone 316 of 420900).
        is_waiting_for_gp: A refusal until the general practitioner's attestation arrives: wait,
            do not resend.
        has_other_nurse: Refused because another nurse is the reference provider.
        receiver_reference: The insurer's own reference of the answer, the same when it comes again.
    """

    at: datetime
    status: ExchangeStatus
    result: DecisionResult
    response_id: str
    agreement_number: str | None = None
    reason: str | None = None
    justification: str | None = field(default=None, repr=False)
    granted: CarePeriod | None = None
    consulting_doctor: str | None = None
    is_palliative: bool | None = None
    invoice_start_on: date | None = None
    is_waiting_for_gp: bool = False
    has_other_nurse: bool = False
    receiver_reference: str | None = None

    @property
    def agreement_kind(self) -> AgreementKind | None:
        """How far the agreement goes; ``None`` when it is none."""
        return AGREEMENTS.get(self.result)


@dataclass(frozen=True, kw_only=True)
class CareFault:
    """Why a declaration was refused without a decision (``…ERR``, *Nursing messages* 4.6).

    Attributes:
        code: The insurer's fault code, such as ``INPUT_ERROR``.
        detail_code: The first detail's code, shown raw.
        location: Where, as the insurer writes it, such as ``zone 305``.
        member: The member of the declaration it points at, when that is known.
        text: The insurer's sentence.
    """

    at: datetime
    response_id: str
    code: str
    detail_code: str | None = None
    location: str | None = None
    member: str | None = None
    text: str | None = field(default=None, repr=False)
