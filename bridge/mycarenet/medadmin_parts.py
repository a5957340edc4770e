"""Parts that all medical-administrative messages share, both directions.

Source: *Nursing messages* 2 and 3.
"""

from __future__ import annotations

from typing import Final, TypedDict

from lxml.etree import _Element as Element

from bridge.domain.declarations import Sex
from bridge.domain.identifiers import MembershipNumber, Mutuality, Nihii, Niss
from bridge.mycarenet.medadmin_leaves import (
    DECISION_REFERENCE_CHARACTERS,
    REASON_CHARACTERS,
    add,
    add_part,
    attribute,
    attribute_truth,
    choice,
    day,
    fixed_text,
    identifier,
    needed_part,
    nihii,
    number,
    own_text,
    part,
    put,
    text,
)
from bridge.mycarenet.medadmin_names import DecisionResult, FaultCode, LengthUnit, MessageName
from bridge.mycarenet.medadmin_values import (
    CareReceiver,
    CareReceiverDetail,
    Decision,
    FaultDetail,
    FaultText,
    Header,
    MessageFault,
    PeriodLength,
    PeriodLimits,
    PeriodWithLength,
    Raw,
)
from bridge.soap import xml
from bridge.soap.names import XML, q

_LANGUAGE: Final = q(XML, "lang")


class DecisionMembers(TypedDict):
    """Members of a decision, for the decisions that have more."""

    result: DecisionResult | Raw | None
    reference: str
    reason: str | None
    justification: str | None
    consultant_doctor: Nihii | Raw | None


# -- header --------------------------------------------------------------------------------------


def put_header(element: Element, header: Header) -> None:
    """Write the attributes of a message."""
    put(element, "MessageName", header.message_name)
    put(element, "Version", header.version)
    put(element, "Duplicate", header.is_duplicate)
    put(element, "TestFlag", header.is_test)
    put(element, "SenderReference", header.sender_reference)
    put(element, "ReceiverReference", header.receiver_reference)
    put(element, "Synchronous", header.is_synchronous)


def header_of(element: Element) -> Header:
    """Read the attributes of a message; in older schemas each may be absent."""
    return Header(
        message_name=choice(attribute(element, "MessageName"), MessageName),
        version=attribute(element, "Version"),
        is_duplicate=attribute_truth(element, "Duplicate"),
        is_test=attribute_truth(element, "TestFlag"),
        sender_reference=attribute(element, "SenderReference") or "",
        receiver_reference=attribute(element, "ReceiverReference"),
        is_synchronous=attribute_truth(element, "Synchronous"),
    )


# -- patient -------------------------------------------------------------------------------------


def add_care_receiver(parent: Element, patient: CareReceiver | CareReceiverDetail | None) -> None:
    """Write the patient as requests name him, or as the insurer knows him."""
    if isinstance(patient, CareReceiver):
        element = add_part(parent, "CareReceiverId")
        add(element, "Inss", patient.niss)
        add(element, "RegNrWithMut", patient.membership_number)
        add(element, "Mutuality", patient.mutuality)
        add(element, "Sex", patient.sex)
    elif patient is not None:
        _add_known(add_part(parent, "CareReceiverDetail"), patient)


def _add_known(element: Element, patient: CareReceiverDetail) -> None:
    add(element, "Inss", patient.niss)
    add(element, "FirstName", patient.first_name)
    add(element, "LastName", patient.last_name)
    add(element, "Birthday", patient.born_on)
    add(element, "Deceased", patient.deceased_on)
    add(element, "Sex", patient.sex)
    add(element, "RegNrWithMut", patient.membership_number)
    add(element, "Mutuality", patient.mutuality)


def care_receiver_id_of(message: Element) -> CareReceiver:
    """Read the patient of a request.

    Raises:
        TheirAnswerInvalid: no patient, or more than one.
    """
    return _named(needed_part(message, "CareReceiverId"))


def care_receiver_detail_of(message: Element) -> CareReceiverDetail:
    """Read the patient as the insurer knows him.

    Raises:
        TheirAnswerInvalid: no patient, or more than one.
    """
    return _known(needed_part(message, "CareReceiverDetail"))


def care_receiver_of(message: Element) -> CareReceiver | CareReceiverDetail | None:
    """Read the patient of an answer."""
    detail = part(message, "CareReceiverDetail")
    if detail is not None:
        return _known(detail)
    named = part(message, "CareReceiverId")
    return None if named is None else _named(named)


def _named(element: Element) -> CareReceiver:
    return CareReceiver(
        niss=identifier(element, "Inss", Niss),
        membership_number=identifier(element, "RegNrWithMut", MembershipNumber),
        mutuality=identifier(element, "Mutuality", Mutuality),
        sex=choice(text(element, "Sex"), Sex),
    )


def _known(element: Element) -> CareReceiverDetail:
    return CareReceiverDetail(
        niss=identifier(element, "Inss", Niss),
        first_name=text(element, "FirstName"),
        last_name=text(element, "LastName"),
        born_on=day(element, "Birthday"),
        deceased_on=day(element, "Deceased"),
        sex=choice(text(element, "Sex"), Sex),
        membership_number=identifier(element, "RegNrWithMut", MembershipNumber),
        mutuality=identifier(element, "Mutuality", Mutuality),
    )


# -- period --------------------------------------------------------------------------------------


def add_limits(parent: Element, period: PeriodLimits) -> None:
    """Write a first and a last day."""
    element = add_part(parent, "TreatmentPeriod")
    add(element, "PeriodStart", period.start_on)
    add(element, "PeriodEnd", period.end_on)


def limits_of(element: Element | None) -> PeriodLimits:
    """Read a first and a last day."""
    return PeriodLimits(start_on=day(element, "PeriodStart"), end_on=day(element, "PeriodEnd"))


def add_period(parent: Element, period: PeriodWithLength) -> None:
    """Write a first day, and a last day or a length."""
    element = add_part(parent, "TreatmentPeriod")
    add(element, "PeriodStart", period.start_on)
    add(element, "PeriodEnd", period.end_on)
    if period.length is not None:
        add(element, "PeriodLength", period.length.count)
        put(element[-1], "type", period.length.unit)


def period_of(element: Element | None) -> PeriodWithLength:
    """Read a first day, and a last day or a length."""
    length = None if element is None else part(element, "PeriodLength")
    return PeriodWithLength(
        start_on=day(element, "PeriodStart"),
        end_on=day(element, "PeriodEnd"),
        length=None if length is None else _length_of(length),
    )


def _length_of(element: Element) -> PeriodLength:
    count = number(own_text(element))
    return PeriodLength(
        count=Raw("") if count is None else count,
        unit=choice(attribute(element, "type"), LengthUnit),
    )


# -- decision ------------------------------------------------------------------------------------


def add_decision(parent: Element, decision: Decision) -> None:
    """Write who decided, and what."""
    add(parent, "ConsultantDoctor", decision.consultant_doctor)
    element = add_part(parent, "Decision")
    put(element, "result", decision.result)
    add(element, "Reference", decision.reference)
    add(element, "Reason", decision.reason)
    add(element, "Justification", decision.justification)


def decision_members(element: Element) -> DecisionMembers:
    """Read who decided, and what."""
    decision = part(element, "Decision")
    result = None if decision is None else attribute(decision, "result")
    reference = fixed_text(decision, "Reference", characters=DECISION_REFERENCE_CHARACTERS)
    return DecisionMembers(
        result=choice(result, DecisionResult),
        reference=reference or "",
        reason=fixed_text(decision, "Reason", characters=REASON_CHARACTERS),
        justification=text(decision, "Justification"),
        consultant_doctor=nihii(element, "ConsultantDoctor"),
    )


# -- fault ---------------------------------------------------------------------------------------


def add_fault(parent: Element, fault: MessageFault | None) -> None:
    """Write a fault; nothing for ``None``."""
    if fault is None:
        return
    element = add_part(parent, "MessageFault")
    add(element, "FaultCode", fault.code)
    add(element, "FaultSource", fault.source)
    if fault.insurers:
        several = add_part(element, "MultiIO")
        for insurer in fault.insurers:
            add(several, "IO", insurer)
    _add_text(element, fault.message)
    details = add_part(element, "Details")
    for each in fault.details:
        detail = add_part(details, "Detail")
        add(detail, "DetailCode", each.code)
        add(detail, "Location", each.location)
        _add_text(detail, each.message)


def fault_of(message: Element) -> MessageFault | None:
    """Read a fault; ``None`` when there is none."""
    element = part(message, "MessageFault")
    if element is None:
        return None
    several = part(element, "MultiIO")
    details = part(element, "Details")
    return MessageFault(
        code=choice(text(element, "FaultCode"), FaultCode),
        source=text(element, "FaultSource") or "",
        message=_text_of(element),
        insurers=tuple(map(own_text, _children(several, "IO"))),
        details=tuple(map(_detail_of, _children(details, "Detail"))),
    )


def _detail_of(element: Element) -> FaultDetail:
    return FaultDetail(
        code=text(element, "DetailCode") or "",
        location=text(element, "Location"),
        message=_text_of(element),
    )


def _children(element: Element | None, local: str) -> list[Element]:
    found = () if element is None else xml.children(element)
    return [each for each in found if xml.local_name(each) == local]


def _add_text(parent: Element, message: FaultText | None) -> None:
    if message is not None:
        add(parent, "Message", message.text)
        put(parent[-1], _LANGUAGE, message.language)


def _text_of(element: Element) -> FaultText | None:
    message = part(element, "Message")
    if message is None:
        return None
    return FaultText(text=own_text(message), language=attribute(message, _LANGUAGE))
