"""What insurers said about a declaration, and what a nurse can do next.

Source: *Nursing messages* 4.4 to 4.6, 6 and 8.
"""

from __future__ import annotations

from typing import Final

from pydantic import Field

from api.models.care import CarePeriodFacts, period_facts
from api.models.common import AnswerModel, Day, Moment
from api.models.problem import OfficialText
from bridge.domain.declarations import (
    CareDecision,
    CareFault,
    Declaration,
    DeclarationKind,
    KatzContent,
    KatzRequest,
    RefusalMeaning,
)
from bridge.domain.exchanges import ExchangeStatus
from bridge.i18n import phrase

_GRANTED: Final = frozenset(
    {ExchangeStatus.ACCEPTED, ExchangeStatus.PARTIALLY_ACCEPTED, ExchangeStatus.ACKNOWLEDGED}
)
_POINTERS: Final = {
    "care_receiver": "/patient",
    "care_receiver.niss": "/patient/niss",
    "care_receiver.mutuality": "/patient/mutuality",
    "care_receiver.membership_number": "/patient/membership_number",
    "care_receiver.sex": "/patient/sex",
    "nurse_reference": "/nurse_reference",
    "requester": "/requester",
    "contractual_type": "/care_kind",
    "decision_reference": "/agreement_number",
    "changes_reference_provider": "/as_reference_provider",
    "period": "/period",
    "period.start_on": "/period/start_on",
    "period.end_on": "/period/end_on",
    "care_days_by_week": "/frequency/days_per_week",
    "toilets": "/frequency/toilets",
    "toilets.frequency": "/frequency/toilet_frequency",
    "visits_by_day": "/frequency/visits_per_day",
    "scores": "/scores",
    "has_continence_details": "/has_continence_details",
    "dementia": "/dementia",
    "dementia.degree": "/dementia/severity",
    "dementia.doctor": "/dementia/doctor",
    "prescriber": "/prescriber",
    "care_place": "/place",
    "care_place.name": "/place/name",
    "care_place.address": "/place/address",
    "care_place.postal_code": "/place/postal_code",
    "start_on": "/start_on",
    "usual_doctor": "/usual_doctor",
    "responsible": "/responsible",
    "third_party_payer": "/third_party_payer",
    "nurse": "/nurse",
    "multidisciplinary_team": "/multidisciplinary_team",
    "product": "/product",
}
"""Member of the message to member of the declaration, where a person can correct it."""
_BY_KIND: Final = {
    (DeclarationKind.KATZ, "type"): "/request",
    (DeclarationKind.TECHNICAL_ACT, "type"): "/act_kind",
}


class CareDecisionFacts(AnswerModel):
    """What an insurer decided."""

    at: Moment
    status: str = Field(description="The status it led to by itself (D17, D32).")
    result: str = Field(description="As the insurer says it.")
    extent: str | None = Field(description="`full`, `partial`, `medical_only`; null: none.")
    agreement_number: str | None
    reason: str | None = Field(description="Three characters; no list of them is public.")
    reason_text: str | None = Field(description="Only where the practice's settings know it.")
    official_text: OfficialText | None = Field(
        description="The official sentence, where it was imported (D4)."
    )
    justification: str | None = Field(description="The insurer's own sentence.")
    granted: CarePeriodFacts | None
    consulting_doctor: str | None
    is_palliative: bool | None
    invoice_start_on: Day | None = Field(
        description="First day palliative lump sums may be invoiced."
    )
    response_id: str


class CareFaultFacts(AnswerModel):
    """Why a declaration was refused without a decision."""

    at: Moment
    code: str
    detail_code: str | None
    location: str | None = Field(description="As the insurer writes it.")
    member: str | None = Field(description="JSON Pointer into the declaration, when it is known.")
    message: str | None = Field(description="The insurer's own sentence.")
    official_text: OfficialText | None = Field(
        description="The official sentence, where it was imported (D4)."
    )
    response_id: str


class CareHandover(AnswerModel):
    """What the patient file takes over; only when there is something to take over."""

    status: str
    start_on: Day | None
    end_on: Day | None
    agreement_number: str | None
    care_kind: str | None
    extent: str | None
    invoice_start_on: Day | None


def decision_facts(decision: CareDecision, language: str) -> CareDecisionFacts:
    """Show a decision."""
    extent, granted = decision.agreement_kind, decision.granted
    return CareDecisionFacts(
        at=decision.at,
        status=decision.status.value,
        result=decision.result.value,
        extent=None if extent is None else extent.value,
        agreement_number=decision.agreement_number,
        reason=decision.reason,
        reason_text=_reason_text(decision, language),
        official_text=None,
        justification=decision.justification,
        granted=None if granted is None else period_facts(granted),
        consulting_doctor=decision.consulting_doctor,
        is_palliative=decision.is_palliative,
        invoice_start_on=decision.invoice_start_on,
        response_id=decision.response_id,
    )


def fault_facts(fault: CareFault, kind: DeclarationKind) -> CareFaultFacts:
    """Show why a declaration was refused without a decision."""
    member = fault.member or ""
    return CareFaultFacts(
        at=fault.at,
        code=fault.code,
        detail_code=fault.detail_code,
        location=fault.location,
        member=_BY_KIND.get((kind, member)) or _POINTERS.get(member),
        message=fault.text,
        official_text=None,
        response_id=fault.response_id,
    )


def handover_of(declaration: Declaration) -> CareHandover | None:
    """Give what the patient file takes over, once something was granted."""
    if declaration.status not in _GRANTED:
        return None
    content, decision, period = declaration.content, declaration.decision, declaration.period
    kind = content.care_kind if isinstance(content, KatzContent) else None
    extent = None if decision is None else decision.agreement_kind
    return CareHandover(
        status=declaration.status.value,
        start_on=period.start_on,
        end_on=period.end_on,
        agreement_number=_number_of(declaration),
        care_kind=None if kind is None else kind.value,
        extent=None if extent is None else extent.value,
        invoice_start_on=None if decision is None else decision.invoice_start_on,
    )


def advice_of(declaration: Declaration) -> str | None:
    """Say what a person can do about a refusal or an error."""
    if declaration.corrected_by_id is not None:
        return None
    if declaration.status is ExchangeStatus.ERROR:
        return "correct_and_resend"
    decision = declaration.decision
    if decision is None or decision.status is not ExchangeStatus.REFUSED:
        return None
    return _advice_on(decision, declaration.kind)


def _advice_on(decision: CareDecision, kind: DeclarationKind) -> str:
    if decision.is_waiting_for_gp:
        return "wait"
    if decision.has_other_nurse:
        return "resend_as_reference_provider"
    is_palliative = kind is DeclarationKind.PALLIATIVE
    return "check_gp_attestation" if is_palliative else "correct_and_resend"


def _number_of(declaration: Declaration) -> str | None:
    """Give the agreement's number; an accepted closure is about the one it closed."""
    content = declaration.content
    if isinstance(content, KatzContent) and content.request is KatzRequest.CLOSE:
        return content.agreement_number
    return declaration.agreement_number


def _reason_text(decision: CareDecision, language: str) -> str | None:
    if decision.is_waiting_for_gp:
        return phrase("refusal_meanings", RefusalMeaning.WAITS_FOR_GP.value, language)
    if decision.has_other_nurse:
        return phrase("refusal_meanings", RefusalMeaning.OTHER_NURSE.value, language)
    return None
