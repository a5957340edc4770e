"""Between declarations and messages: what is written, and what an answer says.

Source: *Nursing messages* 2 to 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Final, TypeVar

from bridge.domain.careupdates import AgreementFacts, UpdateNature
from bridge.domain.declarations import (
    AGREEMENTS,
    AgreementKind,
    CareDecision,
    CareFault,
    CareFrequency,
    CarePatient,
    CarePeriod,
    DecisionResult,
    Declaration,
    Dementia,
    KatzContent,
    KatzRequest,
    PalliativeContent,
    RefusalMeaning,
    TechnicalActContent,
)
from bridge.domain.exchanges import ExchangeStatus, ReceivedResponse
from bridge.domain.identifiers import Nihii, Niss
from bridge.domain.katz import CareKind, KatzScores
from bridge.errors import InputError
from bridge.mycarenet import medadmin_contractual_values as contractual
from bridge.mycarenet import medadmin_messages as messages
from bridge.mycarenet import medadmin_names as names
from bridge.mycarenet.medadmin_locations import member_of_location
from bridge.mycarenet.medadmin_values import (
    CareReceiver,
    Decision,
    Header,
    MessageFault,
    PeriodLimits,
    PeriodWithLength,
    Raw,
    known,
)

T = TypeVar("T")

_RESULTS: Final = {
    names.DecisionResult.AGREEMENT: DecisionResult.AGREEMENT,
    names.DecisionResult.PARTIAL_AGREEMENT: DecisionResult.PARTIAL_AGREEMENT,
    names.DecisionResult.ONLY_MEDICAL_AGREEMENT: DecisionResult.MEDICAL_AGREEMENT,
    names.DecisionResult.ONLY_MEDICAL_AGREEMENT_WITHOUT_SMALL_RISKS: (
        DecisionResult.MEDICAL_AGREEMENT_WITHOUT_SMALL_RISKS
    ),
    names.DecisionResult.REJECTION: DecisionResult.REJECTION,
}
_NATURES: Final = {
    names.UpdateNature.VISIT: UpdateNature.VISIT,
    names.UpdateNature.AGREEMENT_CLOSURE: UpdateNature.AGREEMENT_CLOSURE,
    names.UpdateNature.NEW_PROVIDER: UpdateNature.NEW_PROVIDER,
    names.UpdateNature.DECISION_MODIFICATION: UpdateNature.DECISION_MODIFICATION,
}
_REQUEST_NAMES: Final = {
    KatzContent: names.MessageName.CONTRACTUAL_REQUEST,
    PalliativeContent: names.MessageName.PALLIATIVE_REQUEST,
    TechnicalActContent: names.MessageName.TECHNICAL_REQUEST,
}


# -- writing -------------------------------------------------------------------------------------


def request_of(declaration: Declaration, *, is_test: bool) -> messages.Request:
    """Give the message of a declaration that has its sender reference.

    Raises:
        LookupError: it has none yet.
    """
    if declaration.sender_reference is None:
        raise LookupError("a message needs a reference")
    header = Header(
        message_name=_REQUEST_NAMES[type(declaration.content)],
        sender_reference=declaration.sender_reference,
        is_test=is_test,
    )
    receiver = _receiver(declaration.patient)
    content = declaration.content
    if isinstance(content, KatzContent):
        katz = _katz_detail(declaration, content)
        return contractual.ContractualCareRequest(
            header=header, care_receiver=receiver, detail=katz
        )
    if isinstance(content, PalliativeContent):
        palliative = _palliative_detail(declaration, content)
        return messages.PalliativeCareRequest(
            header=header, care_receiver=receiver, detail=palliative
        )
    technical = _technical_detail(declaration, content)
    return messages.TechnicalCareRequest(header=header, care_receiver=receiver, detail=technical)


def _receiver(patient: CarePatient) -> CareReceiver:
    return CareReceiver(
        mutuality=patient.mutuality,
        sex=patient.sex,
        niss=patient.niss,
        membership_number=patient.membership_number,
    )


def _katz_detail(
    declaration: Declaration, content: KatzContent
) -> contractual.ContractualCareRequestDetail:
    is_close = content.request is KatzRequest.CLOSE
    kind, frequency, period = content.care_kind, content.frequency, content.period
    return contractual.ContractualCareRequestDetail(
        type=names.RequestType.CLOSE if is_close else names.RequestType.NEW,
        nurse_reference=declaration.nurse_reference,
        requester=declaration.requester,
        care=contractual.ContractualCareDetail(
            decision_reference=content.agreement_number,
            changes_reference_provider=content.changes_reference_provider or None,
            contractual_type=None if kind is None else names.ContractualType(kind.value),
            period=PeriodWithLength(start_on=period.start_on, end_on=period.end_on),
            care_days_by_week=frequency.days_per_week,
            visits_by_day=frequency.visits_per_day,
            toilets=_toilets(frequency),
            katz=_katz(content),
            care_place=_place(content),
        ),
    )


def _toilets(frequency: CareFrequency) -> contractual.Toilets | None:
    if frequency.toilets is None:
        return None
    return contractual.Toilets(count=frequency.toilets, frequency=frequency.toilet_frequency)


def _katz(content: KatzContent) -> contractual.KatzDetail | None:
    if content.scores is None:
        return None
    dementia = content.dementia
    return contractual.KatzDetail(
        scores=tuple(content.scores),
        has_continence_details=content.has_continence_details,
        prescriber=content.prescriber,
        dementia=None
        if dementia is None
        else contractual.Dementia(degree=dementia.severity, doctor=dementia.doctor),
    )


def _place(content: KatzContent) -> contractual.CarePlace | None:
    place = content.place
    if place is None:
        return None
    return contractual.CarePlace(
        name=place.name, address=place.address, postal_code=place.postal_code
    )


def _palliative_detail(
    declaration: Declaration, content: PalliativeContent
) -> messages.PalliativeCareDetail:
    return messages.PalliativeCareDetail(
        nurse_reference=declaration.nurse_reference,
        requester=declaration.requester,
        start_on=content.start_on,
        responsible=content.responsible or declaration.requester,
        usual_doctor=content.usual_doctor,
        third_party_payer=content.third_party_payer,
        nurse=content.nurse,
        multidisciplinary_team=content.multidisciplinary_team,
    )


def _technical_detail(
    declaration: Declaration, content: TechnicalActContent
) -> messages.TechnicalCareDetail:
    period = content.period
    return messages.TechnicalCareDetail(
        type=content.act_kind,
        nurse_reference=declaration.nurse_reference,
        requester=declaration.requester,
        period=PeriodLimits(start_on=period.start_on, end_on=period.end_on),
        prescriber=content.prescriber,
        product=content.product,
    )


# -- reading -------------------------------------------------------------------------------------


def decision_of(
    decision: Decision,
    *,
    response: ReceivedResponse,
    at: datetime,
    meanings: Mapping[str, RefusalMeaning],
) -> CareDecision:
    """Give what an insurer decided; what cannot be understood needs a person.

    Args:
        decision: As received.
        response: The answer it came in.
        at: When.
        meanings: What the practice knows of reasons, by their three characters (4.5).
    """
    result = result_of(decision)
    meaning = meanings.get(decision.reason or "")
    doctor = known(decision.consultant_doctor)
    made = CareDecision(
        at=at,
        status=_status_of(result),
        result=result,
        response_id=response.id,
        agreement_number=decision.reference.strip() or None,
        reason=decision.reason,
        justification=decision.justification,
        consulting_doctor=None if doctor is None else doctor.digits,
        is_waiting_for_gp=meaning is RefusalMeaning.WAITS_FOR_GP,
        has_other_nurse=meaning is RefusalMeaning.OTHER_NURSE,
    )
    if isinstance(decision, contractual.ContractualDecision):
        granted, is_palliative = _limits(decision.period), known(decision.is_palliative)
        return replace(made, granted=granted, is_palliative=is_palliative)
    if isinstance(decision, messages.PalliativeDecision):
        return replace(made, invoice_start_on=known(decision.invoice_start_on))
    return made


def result_of(decision: Decision) -> DecisionResult:
    """Give what was decided; what cannot be understood is ``OTHER``."""
    return _RESULTS.get(known(decision.result), DecisionResult.OTHER)  # type: ignore[arg-type]  # a raw text has no entry


def _status_of(result: DecisionResult) -> ExchangeStatus:
    if result is DecisionResult.OTHER:
        return ExchangeStatus.MANUAL_ACTION_REQUIRED
    extent = AGREEMENTS.get(result)
    if extent is None:
        return ExchangeStatus.REFUSED
    is_partial = extent is AgreementKind.PARTIAL
    return ExchangeStatus.PARTIALLY_ACCEPTED if is_partial else ExchangeStatus.ACCEPTED


def fault_of(
    fault: MessageFault,
    *,
    message_name: names.MessageName | None,
    response: ReceivedResponse,
    at: datetime,
) -> CareFault:
    """Give why a declaration was refused without a decision.

    Args:
        fault: As received.
        message_name: Of the answer; zones have their meaning by it.
        response: The answer it came in.
        at: When.
    """
    detail = fault.details[0] if fault.details else None
    code = fault.code.text if isinstance(fault.code, Raw) else fault.code
    text = (detail.message if detail and detail.message else fault.message) or None
    location = None if detail is None else detail.location
    return CareFault(
        at=at,
        response_id=response.id,
        code=code.value if isinstance(code, names.FaultCode) else (code or ""),
        detail_code=None if detail is None else detail.code,
        location=location,
        member=None
        if location is None
        else member_of_location(location, message_name=message_name),
        text=None if text is None else text.text,
    )


def nature_of(update: contractual.ContractualCareUpdate) -> UpdateNature:
    """Give why an insurer wrote; an unknown reason is one for a person."""
    nature = known(update.nature)
    return UpdateNature.OTHER if nature is None else _NATURES[nature]


def facts_of(care: contractual.ContractualCareDetail) -> AgreementFacts:
    """Give one side of a change; what was not understood counts as not stated."""
    wanted = known(care.contractual_type)
    has_none = wanted is names.ContractualType.NOMENCLATURE
    katz = care.katz
    return AgreementFacts(
        agreement_number=(care.decision_reference or "").strip() or None,
        care_kind=None if wanted is None or has_none else CareKind(wanted.value),
        has_no_lump_sum=has_none,
        period=CarePeriod(start_on=known(care.period.start_on), end_on=known(care.period.end_on)),
        frequency=_frequency(care),
        scores=None if katz is None else _scores(known(katz.scores)),
        dementia=None if katz is None else _dementia(katz.dementia),
    )


def _frequency(care: contractual.ContractualCareDetail) -> CareFrequency:
    toilets = care.toilets
    return CareFrequency(
        days_per_week=known(care.care_days_by_week),
        visits_per_day=known(care.visits_by_day),
        toilets=None if toilets is None else known(toilets.count),
        toilet_frequency=None if toilets is None else known(toilets.frequency),
    )


def _scores(scores: tuple[int, ...] | None) -> KatzScores | None:
    try:
        return None if scores is None else KatzScores.of(scores)
    except InputError:
        return None


def _dementia(dementia: contractual.Dementia | None) -> Dementia | None:
    degree = None if dementia is None else known(dementia.degree)
    if dementia is None or degree is None:
        return None
    return Dementia(severity=degree, doctor=known(dementia.doctor))


def _limits(period: PeriodLimits | None) -> CarePeriod | None:
    if period is None:
        return None
    start_on, end_on = known(period.start_on), known(period.end_on)
    return (
        None
        if start_on is None and end_on is None
        else CarePeriod(start_on=start_on, end_on=end_on)
    )


def niss_of(value: Niss | Raw | None) -> Niss | None:
    """Give a person number that was understood."""
    return known(value)


def nihii_of(value: Nihii | Raw | None) -> str | None:
    """Give a care provider number as it is shown."""
    if isinstance(value, Raw):
        return value.text
    return None if value is None else value.digits


def day_of(value: date | Raw | None) -> date | None:
    """Give a day that was understood."""
    return known(value)
