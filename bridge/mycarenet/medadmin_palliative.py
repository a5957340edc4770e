"""Messages about palliative care (420xxx), both directions, element by element.

Source: *Nursing messages* 6.
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from bridge.mycarenet.medadmin_leaves import add, add_part, day, needed_part, nihii, part, text
from bridge.mycarenet.medadmin_messages import (
    PalliativeCareAnswer,
    PalliativeCareDetail,
    PalliativeCareRequest,
    PalliativeDecision,
)
from bridge.mycarenet.medadmin_parts import (
    add_care_receiver,
    add_decision,
    add_fault,
    care_receiver_id_of,
    care_receiver_of,
    decision_members,
    fault_of,
    header_of,
    put_header,
)


def fill_request(element: Element, request: PalliativeCareRequest) -> None:
    """Write a request into its element."""
    put_header(element, request.header)
    add_care_receiver(element, request.care_receiver)
    _add_detail(element, request.detail)


def fill_answer(element: Element, answer: PalliativeCareAnswer) -> None:
    """Write an answer into its element."""
    put_header(element, answer.header)
    add_care_receiver(element, answer.care_receiver)
    add_fault(element, answer.fault)
    if answer.decision is not None:
        detail = add_part(element, "PalliativeCareResponseDetail")
        add_decision(detail, answer.decision)
        add(detail, "InvoiceStartDate", answer.decision.invoice_start_on)
    if answer.echo is not None:
        _add_detail(element, answer.echo)


def request_of(element: Element) -> PalliativeCareRequest:
    """Read a request.

    Raises:
        TheirAnswerInvalid: a part with children is missing or doubled.
    """
    return PalliativeCareRequest(
        header=header_of(element),
        care_receiver=care_receiver_id_of(element),
        detail=_detail_of(needed_part(element, "PalliativeCareDetail")),
    )


def answer_of(element: Element) -> PalliativeCareAnswer:
    """Read an answer.

    Raises:
        TheirAnswerInvalid: a part is there twice.
    """
    decided = part(element, "PalliativeCareResponseDetail")
    echo = part(element, "PalliativeCareDetail")
    return PalliativeCareAnswer(
        header=header_of(element),
        care_receiver=care_receiver_of(element),
        decision=None if decided is None else _decision_of(decided),
        fault=fault_of(element),
        echo=None if echo is None else _detail_of(echo),
    )


def _add_detail(parent: Element, detail: PalliativeCareDetail) -> None:
    element = add_part(parent, "PalliativeCareDetail")
    add(element, "NurseReference", detail.nurse_reference)
    add(element, "Requester", detail.requester)
    add(element, "PeriodStart", detail.start_on)
    group = add_part(element, "Group")
    add(group, "Responsible", detail.responsible)
    add(group, "ThirdPartyPayer", detail.third_party_payer)
    add(element, "UsualDoctor", detail.usual_doctor)
    provider = add_part(element, "CareProvider")
    add(provider, "Nurse", detail.nurse)
    add(provider, "MultidisciplinaryTeam", detail.multidisciplinary_team)


def _detail_of(element: Element) -> PalliativeCareDetail:
    group = part(element, "Group")
    provider = part(element, "CareProvider")
    return PalliativeCareDetail(
        nurse_reference=text(element, "NurseReference") or "",
        requester=nihii(element, "Requester"),
        start_on=day(element, "PeriodStart"),
        responsible=nihii(group, "Responsible"),
        third_party_payer=nihii(group, "ThirdPartyPayer"),
        usual_doctor=nihii(element, "UsualDoctor"),
        nurse=nihii(provider, "Nurse"),
        multidisciplinary_team=nihii(provider, "MultidisciplinaryTeam"),
    )


def _decision_of(element: Element) -> PalliativeDecision:
    return PalliativeDecision(
        **decision_members(element),
        invoice_start_on=day(element, "InvoiceStartDate"),
    )
