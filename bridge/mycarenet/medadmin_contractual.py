"""Messages about contractual care (410xxx), both directions, element by element.

Source: *Nursing messages* 4.
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from bridge.domain.declarations import DementiaSeverity, ToiletFrequency
from bridge.mycarenet.medadmin_contractual_values import (
    CarePlace,
    ContractualCareAnswer,
    ContractualCareDetail,
    ContractualCareRequest,
    ContractualCareRequestDetail,
    ContractualCareUpdate,
    ContractualDecision,
    Dementia,
    KatzDetail,
    Toilets,
)
from bridge.mycarenet.medadmin_leaves import (
    DECISION_REFERENCE_CHARACTERS,
    add,
    add_part,
    attribute,
    choice,
    day,
    fixed_text,
    needed_part,
    nihii,
    number,
    own_text,
    part,
    put,
    scores,
    text,
    text_of_value,
    truth,
)
from bridge.mycarenet.medadmin_names import ContractualType, RequestType, UpdateNature
from bridge.mycarenet.medadmin_parts import (
    add_care_receiver,
    add_decision,
    add_fault,
    add_limits,
    add_period,
    care_receiver_detail_of,
    care_receiver_id_of,
    care_receiver_of,
    decision_members,
    fault_of,
    header_of,
    limits_of,
    period_of,
    put_header,
)
from bridge.mycarenet.medadmin_values import Raw

# -- writing -------------------------------------------------------------------------------------


def fill_request(element: Element, request: ContractualCareRequest) -> None:
    """Write a request into its element."""
    put_header(element, request.header)
    add_care_receiver(element, request.care_receiver)
    _add_request_detail(element, request.detail)


def fill_answer(element: Element, answer: ContractualCareAnswer) -> None:
    """Write an answer into its element."""
    put_header(element, answer.header)
    add_care_receiver(element, answer.care_receiver)
    add_fault(element, answer.fault)
    if answer.decision is not None:
        detail = add_part(element, "NurseContractualCareResponseDetail")
        add_decision(detail, answer.decision)
        if answer.decision.period is not None:
            add_limits(detail, answer.decision.period)
        add(detail, "PaliatifPatient", answer.decision.is_palliative)
    if answer.echo is not None:
        _add_request_detail(element, answer.echo)


def fill_update(element: Element, update: ContractualCareUpdate) -> None:
    """Write a change of the mutuality into its element."""
    put_header(element, update.header)
    add_care_receiver(element, update.care_receiver)
    detail = add_part(element, "NurseContractualCareUpdateDetail")
    put(detail, "type", update.nature)
    add(detail, "ConsultantDoctor", update.consultant_doctor)
    add(detail, "Provider", update.provider)
    add(detail, "VisitDate", update.visited_on)
    _fill_care(add_part(detail, "newValue"), update.new)
    add(detail, "PaliatifPatient", update.is_palliative)
    _fill_care(add_part(element, "NurseContractualCarePreviousDetail"), update.previous)


def _add_request_detail(parent: Element, detail: ContractualCareRequestDetail) -> None:
    element = add_part(parent, "NurseContractualCareRequestDetail")
    put(element, "type", detail.type)
    add(element, "NurseReference", detail.nurse_reference)
    add(element, "Requester", detail.requester)
    _fill_care(add_part(element, "ContractualCareDetail"), detail.care)


def _fill_care(element: Element, care: ContractualCareDetail) -> None:
    add(element, "DecisionReference", care.decision_reference)
    add(element, "ReferenceProviderModification", care.changes_reference_provider)
    add(element, "ContractualType", care.contractual_type)
    add_period(element, care.period)
    add(element, "CareDaysByWeek", care.care_days_by_week)
    add(element, "VisitByDay", care.visits_by_day)
    if care.toilets is not None:
        toilets = add_part(element, "Toilets")
        put(toilets, "Frequency", care.toilets.frequency)
        if care.toilets.count is not None:
            toilets.text = text_of_value(care.toilets.count)
    if care.katz is not None:
        _fill_katz(add_part(element, "Katz"), care.katz)
    if care.care_place is not None:
        place = add_part(element, "CarePlace")
        add(place, "CarePlaceName", care.care_place.name)
        add(place, "CarePlaceAdress", care.care_place.address)
        add(place, "CarePlacePostalCode", care.care_place.postal_code)


def _fill_katz(element: Element, katz: KatzDetail) -> None:
    scale = katz.scores
    add(element, "KatzScore", scale if isinstance(scale, Raw) else " ".join(map(str, scale)))
    add(element, "ContinenceDetails", katz.has_continence_details)
    if katz.dementia is not None:
        dementia = add_part(element, "Dementia")
        put(dementia, "type", katz.dementia.degree)
        add(dementia, "Doctor", katz.dementia.doctor)
    add(element, "Prescripter", katz.prescriber)


# -- reading -------------------------------------------------------------------------------------


def request_of(element: Element) -> ContractualCareRequest:
    """Read a request.

    Raises:
        TheirAnswerInvalid: a part with children is missing or doubled.
    """
    return ContractualCareRequest(
        header=header_of(element),
        care_receiver=care_receiver_id_of(element),
        detail=_request_detail_of(needed_part(element, "NurseContractualCareRequestDetail")),
    )


def answer_of(element: Element) -> ContractualCareAnswer:
    """Read an answer.

    Raises:
        TheirAnswerInvalid: a part is there twice.
    """
    decided = part(element, "NurseContractualCareResponseDetail")
    echo = part(element, "NurseContractualCareRequestDetail")
    return ContractualCareAnswer(
        header=header_of(element),
        care_receiver=care_receiver_of(element),
        decision=None if decided is None else _decision_of(decided),
        fault=fault_of(element),
        echo=None if echo is None else _request_detail_of(echo),
    )


def update_of(element: Element) -> ContractualCareUpdate:
    """Read a change of the mutuality.

    Raises:
        TheirAnswerInvalid: a part with children is missing or doubled.
    """
    detail = needed_part(element, "NurseContractualCareUpdateDetail")
    return ContractualCareUpdate(
        header=header_of(element),
        care_receiver=care_receiver_detail_of(element),
        nature=choice(attribute(detail, "type"), UpdateNature),
        consultant_doctor=nihii(detail, "ConsultantDoctor"),
        provider=nihii(detail, "Provider"),
        visited_on=day(detail, "VisitDate"),
        new=_care_of(needed_part(detail, "newValue")),
        is_palliative=truth(detail, "PaliatifPatient"),
        previous=_care_of(part(element, "NurseContractualCarePreviousDetail")),
    )


def _decision_of(element: Element) -> ContractualDecision:
    period = part(element, "TreatmentPeriod")
    return ContractualDecision(
        **decision_members(element),
        period=None if period is None else limits_of(period),
        is_palliative=truth(element, "PaliatifPatient"),
    )


def _request_detail_of(element: Element) -> ContractualCareRequestDetail:
    return ContractualCareRequestDetail(
        type=choice(attribute(element, "type"), RequestType),
        nurse_reference=text(element, "NurseReference") or "",
        requester=nihii(element, "Requester"),
        care=_care_of(part(element, "ContractualCareDetail")),
    )


def _care_of(element: Element | None) -> ContractualCareDetail:
    """Read contractual care; an absent part says nothing, which a person will see."""
    if element is None:
        return ContractualCareDetail(period=period_of(None))
    toilets = part(element, "Toilets")
    katz = part(element, "Katz")
    place = part(element, "CarePlace")
    return ContractualCareDetail(
        decision_reference=fixed_text(
            element, "DecisionReference", characters=DECISION_REFERENCE_CHARACTERS
        ),
        changes_reference_provider=truth(
            element, "ReferenceProviderModification", when_empty=False
        ),
        contractual_type=choice(text(element, "ContractualType"), ContractualType),
        period=period_of(part(element, "TreatmentPeriod")),
        care_days_by_week=number(text(element, "CareDaysByWeek")),
        visits_by_day=number(text(element, "VisitByDay")),
        toilets=None if toilets is None else _toilets_of(toilets),
        katz=None if katz is None else _katz_of(katz),
        care_place=None if place is None else _place_of(place),
    )


def _toilets_of(element: Element) -> Toilets:
    return Toilets(
        count=number(own_text(element) or None),
        frequency=choice(attribute(element, "Frequency"), ToiletFrequency),
    )


def _katz_of(element: Element) -> KatzDetail:
    dementia = part(element, "Dementia")
    return KatzDetail(
        scores=scores(element, "KatzScore"),
        has_continence_details=truth(element, "ContinenceDetails", when_empty=False),
        dementia=None if dementia is None else _dementia_of(dementia),
        prescriber=nihii(element, "Prescripter"),
    )


def _dementia_of(element: Element) -> Dementia:
    return Dementia(
        degree=choice(attribute(element, "type"), DementiaSeverity),
        doctor=nihii(element, "Doctor"),
    )


def _place_of(element: Element) -> CarePlace:
    return CarePlace(
        name=text(element, "CarePlaceName") or "",
        address=text(element, "CarePlaceAdress") or "",
        postal_code=text(element, "CarePlacePostalCode") or "",
    )
