"""The answer part of GenericInsurability: fault, or patient and insurance, both directions.

Source: *Insurability* 2.2; *MyCareNet transport* 7.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from bridge.domain.identifiers import Niss
from bridge.domain.insurability import HospitalStay, MedicalHouse, Membership, PatientIdentity
from bridge.errors import InvalidIdentifier, TheirAnswerInvalid
from bridge.mycarenet.genins_values import (
    BUSINESS,
    CARENET,
    GenInsAnswer,
    GenInsDetail,
    GenInsFault,
    GenInsItem,
    Reason,
)
from bridge.soap import xml
from bridge.soap.names import q

_DAY: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_TRUTHS: Final = {"true": True, "1": True, "false": False, "0": False}
_HOUSES: Final = ("Nurse", "Medical", "Kine")
_NO_DIRECTION: Final = "toOtherIo"


def add_answer(parent: Element, answer: GenInsAnswer) -> None:
    """Write a fault, or the patient and the insurance, as further children."""
    if answer.fault is not None:
        _add_fault(etree.SubElement(parent, q(BUSINESS, "MessageFault")), answer.fault)
    if answer.detail is not None:
        identity = answer.identity or PatientIdentity()
        _add_identity(etree.SubElement(parent, q(CARENET, "CareReceiverDetail")), identity)
        detail = etree.SubElement(parent, q(CARENET, "InsurabilityResponseDetail"))
        _add_detail(detail, answer.detail)


def answer_of(element: Element, *, patient: Niss | Membership | None) -> GenInsAnswer:
    """Read one answer.

    Raises:
        TheirAnswerInvalid: a day or a truth value cannot be read, or an obligatory part is missing.
    """
    fault = _optional(element, "MessageFault")
    identity = _optional(element, "CareReceiverDetail")
    detail = _optional(element, "InsurabilityResponseDetail")
    return GenInsAnswer(
        reference=element.get("recordInputReference") or "",
        output_reference=element.get("recordOutputReference"),
        patient=patient,
        fault=None if fault is None else _fault_of(fault),
        identity=None if identity is None else _identity_of(identity),
        detail=None if detail is None else _detail_of(detail),
    )


# -- writing -------------------------------------------------------------------------------------


def _add(parent: Element, local: str, value: object) -> None:
    """Add a child; nothing for ``None``."""
    if value is None:
        return
    text = value.isoformat() if isinstance(value, date) else str(value)
    if isinstance(value, bool):
        text = text.lower()
    etree.SubElement(parent, q(CARENET, local)).text = text


def _add_fault(parent: Element, fault: GenInsFault) -> None:
    _add(parent, "FaultCode", fault.code)
    _add(parent, "FaultSource", fault.source)
    if fault.insurers:
        several = etree.SubElement(parent, q(CARENET, "MultiIO"))
        for insurer in fault.insurers:
            _add(several, "IO", insurer)
    _add(parent, "Message", fault.code.replace("_", " ").capitalize())
    details = etree.SubElement(parent, q(CARENET, "Details"))
    for reason in fault.reasons:
        detail = etree.SubElement(details, q(CARENET, "Detail"))
        _add(detail, "DetailCode", reason.code)
        _add(detail, "Location", reason.location)


def _add_identity(parent: Element, identity: PatientIdentity) -> None:
    _add(parent, "Inss", None if identity.niss is None else identity.niss.digits)
    _add(parent, "FirstName", identity.first_name)
    _add(parent, "LastName", identity.last_name)
    _add(parent, "Birthday", identity.born_on)
    _add(parent, "Deceased", identity.deceased_on)
    _add(parent, "Sex", identity.gender)


def _add_detail(parent: Element, detail: GenInsDetail) -> None:
    if detail.event is not None:
        situation = etree.SubElement(parent, q(CARENET, "GeneralSituation"), Event=detail.event)
        if detail.event_on is not None:
            transfer = etree.SubElement(situation, q(CARENET, "Transfer"), Direction=_NO_DIRECTION)
            _add(transfer, "TransferDate", detail.event_on)
    payment = etree.SubElement(parent, q(CARENET, "Payment"))
    _add(payment, "PaymentByIo", detail.pays_provider)
    _add(payment, "SpecialSocialCategory", detail.has_special_social_category)
    stay = detail.hospital_stay
    if stay is not None:
        hospitalized = etree.SubElement(parent, q(CARENET, "Hospitalized"))
        _add(hospitalized, "Hospital", (stay.hospital_nihii or "").zfill(12))
        _add(hospitalized, "AdmissionDate", stay.admitted_on)
        _add(hospitalized, "AdmissionService", stay.service)
    house = detail.medical_house
    if house is not None and house.started_on is not None:
        kinds = dict.fromkeys((house.kind or "").split(), "true")
        registered = etree.SubElement(parent, q(CARENET, "MedicalHouse"), kinds)
        _add(registered, "PeriodStart", house.started_on)
    _add_items(parent, detail)


def _add_items(parent: Element, detail: GenInsDetail) -> None:
    if not detail.items:
        return
    listed = etree.SubElement(parent, q(CARENET, "InsurabilityList"))
    if detail.is_truncated:
        listed.set("Truncated", "true")
    for item in detail.items:
        element = etree.SubElement(listed, q(CARENET, "InsurabilityItem"))
        _add(element, "RegNrWithMut", item.membership_number)
        _add(element, "Mutuality", item.mutuality)
        period = etree.SubElement(element, q(CARENET, "Period"))
        _add(period, "PeriodStart", item.since)
        _add(period, "PeriodEnd", item.until)
        _add(element, "CT1", item.ct1)
        _add(element, "CT2", item.ct2)
        _add(element, "PaymentApproval", item.payment_approval)
        _add(element, "InsurabilityDate", item.communicated_on)


# -- reading -------------------------------------------------------------------------------------


def _optional(element: Element, local: str) -> Element | None:
    """Find a child whatever its namespace: the two lists of schemas disagree (2.3)."""
    found = [each for each in xml.children(element) if xml.local_name(each) == local]
    if len(found) > 1:
        raise TheirAnswerInvalid(f"several {local}")
    return found[0] if found else None


def _text(element: Element | None, local: str) -> str | None:
    child = None if element is None else _optional(element, local)
    text = "" if child is None else "".join(child.itertext()).strip()
    return text or None


def _day(element: Element | None, local: str) -> date | None:
    text = _text(element, local)
    if text is None:
        return None
    found = _DAY.fullmatch(text)
    try:
        return date.fromisoformat(found[1] if found else "")
    except ValueError:
        raise TheirAnswerInvalid(f"day in {local}") from None


def _truth(element: Element, local: str) -> bool | None:
    text = _text(element, local)
    if text is not None and text not in _TRUTHS:
        raise TheirAnswerInvalid(f"truth value in {local}")
    return None if text is None else _TRUTHS[text]


def _fault_of(element: Element) -> GenInsFault:
    details = _optional(element, "Details")
    several = _optional(element, "MultiIO")
    return GenInsFault(
        code=_text(element, "FaultCode") or "",
        source=_text(element, "FaultSource") or "",
        reasons=tuple(
            Reason(code=_text(each, "DetailCode") or "", location=_text(each, "Location"))
            for each in (() if details is None else xml.children(details))
        ),
        insurers=tuple(
            (each.text or "").strip() for each in (() if several is None else xml.children(several))
        ),
    )


def _identity_of(element: Element) -> PatientIdentity:
    number = _text(element, "Inss")
    try:
        niss = None if number is None else Niss.parse(number)
    except InvalidIdentifier:
        niss = None
    return PatientIdentity(
        niss=niss,
        first_name=_text(element, "FirstName"),
        last_name=_text(element, "LastName"),
        born_on=_day(element, "Birthday"),
        deceased_on=_day(element, "Deceased"),
        gender=_text(element, "Sex"),
    )


def _detail_of(element: Element) -> GenInsDetail:
    payment = _optional(element, "Payment")
    pays = None if payment is None else _truth(payment, "PaymentByIo")
    if payment is None or pays is None:
        raise TheirAnswerInvalid("PaymentByIo is missing")
    situation = _optional(element, "GeneralSituation")
    transfers = [] if situation is None else xml.children(situation)
    listed = _optional(element, "InsurabilityList")
    items = [] if listed is None else xml.children(listed)
    return GenInsDetail(
        pays_provider=pays,
        event=None if situation is None else situation.get("Event"),
        event_on=_day(transfers[0], "TransferDate") if transfers else None,
        has_special_social_category=_truth(payment, "SpecialSocialCategory"),
        hospital_stay=_stay_of(_optional(element, "Hospitalized")),
        medical_house=_house_of(_optional(element, "MedicalHouse")),
        items=tuple(_item_of(each) for each in items),
        is_truncated=listed is not None and _TRUTHS.get(listed.get("Truncated", ""), False),
    )


def _stay_of(element: Element | None) -> HospitalStay | None:
    if element is None:
        return None
    return HospitalStay(
        hospital_nihii=_text(element, "Hospital"),
        service=_text(element, "AdmissionService"),
        admitted_on=_day(element, "AdmissionDate"),
    )


def _house_of(element: Element | None) -> MedicalHouse | None:
    if element is None:
        return None
    kinds = [name for name in _HOUSES if _TRUTHS.get(element.get(name, ""), False)]
    return MedicalHouse(kind=" ".join(kinds) or None, started_on=_day(element, "PeriodStart"))


def _item_of(element: Element) -> GenInsItem:
    period = _optional(element, "Period")
    since = _day(period, "PeriodStart")
    mutuality = _text(element, "Mutuality")
    communicated = _day(element, "InsurabilityDate")
    if since is None or mutuality is None or communicated is None:
        raise TheirAnswerInvalid("an insured period lacks its start, its fund or its day")
    return GenInsItem(
        since=since,
        until=_day(period, "PeriodEnd"),
        mutuality=mutuality,
        communicated_on=communicated,
        membership_number=_text(element, "RegNrWithMut"),
        ct1=_text(element, "CT1"),
        ct2=_text(element, "CT2"),
        payment_approval=_text(element, "PaymentApproval"),
    )
