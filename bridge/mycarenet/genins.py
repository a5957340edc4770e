"""Lists of GenericInsurability questions and answers, both directions.

Source: *Insurability* 2.1 to 2.3; *MyCareNet transport* 7.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from bridge.domain.identifiers import MembershipNumber, Mutuality, Niss
from bridge.domain.insurability import ContactType, InsurabilityQuestion, Membership, Purpose
from bridge.domain.periods import BRUSSELS, Period
from bridge.errors import InputError, InvalidIdentifier, OurMessageInvalid, TheirAnswerInvalid
from bridge.mycarenet.genins_answers import add_answer, answer_of
from bridge.mycarenet.genins_values import (
    BUSINESS,
    CARENET,
    MOST_QUESTIONS,
    GenInsAnswer,
    GenInsQuestion,
)
from bridge.mycarenet.schema import Document, is_valid
from bridge.soap import xml
from bridge.soap.names import q

_REQUESTS: Final = q(BUSINESS, "GenericRequestList")
_REQUEST: Final = q(BUSINESS, "GenericRequest")
_RESPONSES: Final = q(BUSINESS, "GenericResponseList")
_RESPONSE: Final = q(BUSINESS, "GenericResponse")
_PREFIXES: Final = {"b": BUSINESS, "m": CARENET}
_REFERENCE: Final = re.compile(r"[0-9]{1,14}", re.ASCII)
_CONTACTS: Final = {
    ContactType.OTHER: "ambulatory_care",
    ContactType.HOSPITALIZED: "hospitalized_elsewhere",
}
"""A nurse's patient is cared for at home unless asked about as in hospital (2.1)."""

_KNOWN_CONTACTS: Final = {text: contact for contact, text in _CONTACTS.items()}


def encode_question_list(questions: Sequence[GenInsQuestion], *, now: datetime) -> bytes:
    """Write 1 to 10 000 questions as one document.

    Raises:
        OurMessageInvalid: none or too many questions, or what we wrote does not fit our schema.
    """
    if not 1 <= len(questions) <= MOST_QUESTIONS:
        raise OurMessageInvalid("a list has 1 to 10 000 questions")
    root = etree.Element(_REQUESTS, nsmap=_PREFIXES)
    root.set("timestamp", now.astimezone(BRUSSELS).isoformat(timespec="seconds"))
    for asked in questions:
        if not _REFERENCE.fullmatch(asked.reference):
            raise OurMessageInvalid("a record reference has 1 to 14 digits")
        request = etree.SubElement(root, _REQUEST, recordInputReference=asked.reference)
        patient = etree.SubElement(request, q(BUSINESS, "CareReceiver"))
        add_patient(patient, asked.question.patient)
        add_asked(etree.SubElement(request, q(BUSINESS, "insRequest")), asked.question)
    if not is_valid(root, Document.GENINS_LIST):
        raise OurMessageInvalid("our questions do not fit our schema")
    return xml.serialize(root)


def decode_question_list(content: bytes) -> list[GenInsQuestion | InputError]:
    """Read a list of questions as an insurer does; one with a wrong number is an ``InputError``.

    Raises:
        TheirAnswerInvalid: it is no list, or does not fit the schema.
    """
    root = xml.parse(content)
    if root.tag != _REQUESTS or not is_valid(root, Document.GENINS_LIST):
        raise TheirAnswerInvalid("not a list of questions")
    return [_question_of(each) for each in root.findall(_REQUEST)]


def encode_answer_list(answers: Sequence[tuple[GenInsAnswer, InsurabilityQuestion]]) -> bytes:
    """Write a list of answers, each with the question it answers."""
    root = etree.Element(_RESPONSES, nsmap=_PREFIXES)
    for answer, question in answers:
        response = etree.SubElement(root, _RESPONSE, recordInputReference=answer.reference)
        if answer.output_reference is not None:
            response.set("recordOutputReference", answer.output_reference)
        patient = etree.SubElement(response, q(CARENET, "CareReceiverId"))
        add_patient(patient, question.patient)
        add_asked(etree.SubElement(response, q(BUSINESS, "insRequest")), question)
        add_answer(response, answer)
    return xml.serialize(root)


def decode_answer_list(content: bytes) -> list[GenInsAnswer]:
    """Read a list of answers.

    Raises:
        TheirAnswerInvalid: it is none, or one of its answers cannot be read.
    """
    root = xml.parse(content)
    if root.tag != _RESPONSES:
        raise TheirAnswerInvalid("not a list of answers")
    return [
        answer_of(each, patient=patient_of(xml.only_child(each, q(CARENET, "CareReceiverId"))))
        for each in root.findall(_RESPONSE)
    ]


def add_patient(parent: Element, patient: Niss | Membership) -> None:
    """Write who is asked about: person number, or sickness fund and number there."""
    if isinstance(patient, Niss):
        etree.SubElement(parent, q(CARENET, "Inss")).text = patient.digits
        return
    etree.SubElement(parent, q(CARENET, "RegNrWithMut")).text = patient.membership_number.text
    etree.SubElement(parent, q(CARENET, "Mutuality")).text = patient.mutuality.digits


def add_asked(parent: Element, question: InsurabilityQuestion) -> None:
    """Write what is asked; also given back in answers."""
    kind = etree.SubElement(parent, q(CARENET, "InsurabilityRequestType"))
    kind.text = question.purpose.value
    period = etree.SubElement(parent, q(CARENET, "Period"))
    etree.SubElement(period, q(CARENET, "PeriodStart")).text = question.period.from_on.isoformat()
    etree.SubElement(period, q(CARENET, "PeriodEnd")).text = question.period.to_on.isoformat()
    contact = etree.SubElement(parent, q(CARENET, "InsurabilityContactType"))
    contact.text = _CONTACTS[question.contact_type]


def patient_of(element: Element) -> Niss | Membership | None:
    """Read who is meant; ``None`` when nobody is named.

    Raises:
        TheirAnswerInvalid: a number is not valid.
    """
    niss = xml.optional_text_of(element, q(CARENET, "Inss"))
    number = xml.optional_text_of(element, q(CARENET, "RegNrWithMut"))
    mutuality = xml.optional_text_of(element, q(CARENET, "Mutuality"))
    try:
        if niss:
            return Niss.parse(niss)
        if number and mutuality:
            return Membership(
                mutuality=Mutuality.parse(mutuality),
                membership_number=MembershipNumber.parse(number),
            )
    except InvalidIdentifier as error:
        raise TheirAnswerInvalid(f"number of a patient: {error.problem_code}") from None
    return None


def _question_of(request: Element) -> GenInsQuestion | InputError:
    reference = request.get("recordInputReference") or ""
    try:
        patient = patient_of(xml.only_child(request, q(BUSINESS, "CareReceiver")))
        if patient is None:
            return InputError(code="patient_reference_incomplete", reference=reference)
        question = asked_of(xml.only_child(request, q(BUSINESS, "insRequest")), patient)
    except TheirAnswerInvalid:
        return InputError(code="niss_invalid", reference=reference)
    except InputError:
        return InputError(code="period_reversed", reference=reference)
    return GenInsQuestion(reference=reference, question=question)


def asked_of(element: Element, patient: Niss | Membership) -> InsurabilityQuestion:
    """Read what is asked about a patient.

    Raises:
        InputError: the period ends before it begins.
    """
    period = xml.only_child(element, q(CARENET, "Period"))
    contact = xml.text_of(element, q(CARENET, "InsurabilityContactType"))
    return InsurabilityQuestion(
        patient=patient,
        period=Period(
            from_on=date.fromisoformat(xml.text_of(period, q(CARENET, "PeriodStart"))),
            to_on=date.fromisoformat(xml.text_of(period, q(CARENET, "PeriodEnd"))),
        ),
        purpose=Purpose(xml.text_of(element, q(CARENET, "InsurabilityRequestType"))),
        contact_type=_KNOWN_CONTACTS.get(contact, ContactType.OTHER),
    )
