"""Messages about specific technical care (430xxx), both directions, element by element.

Source: *Nursing messages* 7.
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from bridge.domain.declarations import TechnicalActKind
from bridge.mycarenet.medadmin_leaves import (
    add,
    add_part,
    attribute,
    choice,
    needed_part,
    nihii,
    part,
    put,
    text,
)
from bridge.mycarenet.medadmin_messages import (
    TechnicalCareAnswer,
    TechnicalCareDetail,
    TechnicalCareRequest,
    TechnicalReceipt,
)
from bridge.mycarenet.medadmin_names import MessageName
from bridge.mycarenet.medadmin_parts import (
    add_care_receiver,
    add_fault,
    add_limits,
    care_receiver_id_of,
    care_receiver_of,
    fault_of,
    header_of,
    limits_of,
    put_header,
)


def fill_request(element: Element, request: TechnicalCareRequest) -> None:
    """Write a notification into its element."""
    put_header(element, request.header)
    add_care_receiver(element, request.care_receiver)
    _add_detail(element, request.detail)


def fill_answer(element: Element, answer: TechnicalCareAnswer) -> None:
    """Write an answer into its element; here what is given back comes before the fault (7)."""
    put_header(element, answer.header)
    add_care_receiver(element, answer.care_receiver)
    if answer.echo is not None:
        _add_detail(element, answer.echo)
    add_fault(element, answer.fault)
    if answer.receipt is not None:
        receipt = add_part(element, "SpecificTechnicalResponseCareDetail")
        add(receipt, "NurseReference", answer.receipt.nurse_reference)
        add(receipt, "MessageName", answer.receipt.message_name)


def request_of(element: Element) -> TechnicalCareRequest:
    """Read a notification.

    Raises:
        TheirAnswerInvalid: a part with children is missing or doubled.
    """
    return TechnicalCareRequest(
        header=header_of(element),
        care_receiver=care_receiver_id_of(element),
        detail=_detail_of(needed_part(element, "SpecificTechnicalCareDetail")),
    )


def answer_of(element: Element) -> TechnicalCareAnswer:
    """Read an answer.

    Raises:
        TheirAnswerInvalid: a part is there twice.
    """
    receipt = part(element, "SpecificTechnicalResponseCareDetail")
    echo = part(element, "SpecificTechnicalCareDetail")
    return TechnicalCareAnswer(
        header=header_of(element),
        care_receiver=care_receiver_of(element),
        receipt=None if receipt is None else _receipt_of(receipt),
        fault=fault_of(element),
        echo=None if echo is None else _detail_of(echo),
    )


def _add_detail(parent: Element, detail: TechnicalCareDetail) -> None:
    element = add_part(parent, "SpecificTechnicalCareDetail")
    put(element, "type", detail.type)
    add(element, "NurseReference", detail.nurse_reference)
    add(element, "Requester", detail.requester)
    add_limits(element, detail.period)
    add(element, "Prescriber", detail.prescriber)
    add(element, "AdministeredProduct", detail.product)


def _detail_of(element: Element) -> TechnicalCareDetail:
    return TechnicalCareDetail(
        type=choice(attribute(element, "type"), TechnicalActKind),
        nurse_reference=text(element, "NurseReference") or "",
        requester=nihii(element, "Requester"),
        period=limits_of(part(element, "TreatmentPeriod")),
        prescriber=nihii(element, "Prescriber"),
        product=text(element, "AdministeredProduct") or "",
    )


def _receipt_of(element: Element) -> TechnicalReceipt:
    return TechnicalReceipt(
        nurse_reference=text(element, "NurseReference") or "",
        message_name=choice(text(element, "MessageName"), MessageName),
    )
