"""GenericInsurability about one patient, at once: request and answer, both directions.

Source: *MyCareNet transport* 7; *Insurability* 2.1 and 2.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from bridge.domain.identifiers import Niss
from bridge.domain.ids import IdSource
from bridge.domain.insurability import InsurabilityFacts, InsurabilityQuestion, Membership
from bridge.domain.registrations import Registration
from bridge.errors import OurMessageInvalid, RemoteFault, RemoteRefusal, TheirAnswerInvalid
from bridge.mycarenet import genins, genins_facts
from bridge.mycarenet.common import (
    CommonInput,
    Package,
    add_common_input,
    origin_for,
    read_common_input,
    reference_digits,
)
from bridge.mycarenet.genins_answers import add_answer, answer_of
from bridge.mycarenet.genins_values import BUSINESS, CARENET, GenInsAnswer
from bridge.mycarenet.memberdata_facts import MOST_CODE_CHARACTERS, PLATFORM
from bridge.mycarenet.schema import Document, is_valid
from bridge.soap import xml
from bridge.soap.names import q

PROTOCOL: Final = "urn:be:fgov:ehealth:genericinsurability:protocol:v1"
CORE: Final = "urn:be:fgov:ehealth:genericinsurability:core:v1"
ACTION: Final = PROTOCOL + ":GetInsurability"
_REQUEST: Final = q(PROTOCOL, "GetInsurabilityRequest")
_RESPONSE: Final = q(PROTOCOL, "GetInsurabilityResponse")
_OK: Final = "200"
_PREFIXES: Final = {"gi": PROTOCOL, "gic": CORE}


@dataclass(frozen=True, kw_only=True)
class SingleQuestion:
    """One question with its envelope.

    Attributes:
        reference: InputReference of message and record, 14 digits.
    """

    common: CommonInput
    reference: str
    question: InsurabilityQuestion = field(repr=False)


def new_question(
    *,
    registration: Registration,
    package: Package,
    question: InsurabilityQuestion,
    is_test: bool,
    ids: IdSource,
) -> SingleQuestion:
    """Give a question its envelope; the schema of this service has no ``Sender``."""
    reference = reference_digits(ids)
    origin = replace(origin_for(registration, package), sender=None)
    common = CommonInput(is_test=is_test, origin=origin, input_reference=reference)
    return SingleQuestion(common=common, reference=reference, question=question)


def encode_question(asked: SingleQuestion) -> Element:
    """Write the SOAP payload of a question.

    Raises:
        OurMessageInvalid: what is asked does not fit our schema; nothing may be sent.
    """
    payload = etree.Element(_REQUEST, nsmap=_PREFIXES)
    add_common_input(payload, q(PROTOCOL, "CommonInput"), asked.common, namespace=CORE)
    record = etree.SubElement(payload, q(PROTOCOL, "RecordCommonInput"))
    etree.SubElement(record, q(CORE, "InputReference")).text = asked.reference
    request = etree.SubElement(payload, q(PROTOCOL, "Request"))
    genins.add_patient(
        etree.SubElement(request, q(CARENET, "CareReceiverId")), asked.question.patient
    )
    detail = etree.SubElement(request, q(CARENET, "InsurabilityRequestDetail"))
    genins.add_asked(detail, asked.question)
    if not is_valid(request, Document.GENINS_SINGLE):
        raise OurMessageInvalid("our question does not fit our schema")
    _rename(request)
    return payload


def decode_question(payload: Element) -> SingleQuestion:
    """Read a question as the platform does.

    Raises:
        TheirAnswerInvalid: it is none, or a part is missing or wrong.
    """
    if payload.tag != _REQUEST:
        raise TheirAnswerInvalid("not a question of this service")
    common = xml.only_child(payload, q(PROTOCOL, "CommonInput"))
    record = xml.only_child(payload, q(PROTOCOL, "RecordCommonInput"))
    request = xml.only_child(payload, q(PROTOCOL, "Request"))
    _rename(request, CORE, CARENET)
    if not is_valid(request, Document.GENINS_SINGLE):
        raise TheirAnswerInvalid("schema of the question")
    patient = genins.patient_of(xml.only_child(request, q(CARENET, "CareReceiverId")))
    if patient is None:
        raise TheirAnswerInvalid("nobody is asked about")
    detail = xml.only_child(request, q(CARENET, "InsurabilityRequestDetail"))
    return SingleQuestion(
        common=read_common_input(common, namespace=CORE),
        reference=xml.text_of(record, q(CORE, "InputReference")),
        question=genins.asked_of(detail, patient),
    )


def encode_answer(answer: GenInsAnswer, asked: SingleQuestion) -> Element:
    """Write the SOAP payload of an answer."""
    payload = etree.Element(_RESPONSE, nsmap=_PREFIXES)
    status = etree.SubElement(payload, "Status")
    etree.SubElement(status, "Code").text = _OK
    etree.SubElement(status, "Message", Lang="EN").text = "Success"
    output = etree.SubElement(payload, q(PROTOCOL, "CommonOutput"))
    etree.SubElement(output, q(CORE, "InputReference")).text = asked.common.input_reference
    etree.SubElement(output, q(CORE, "OutputReference")).text = answer.output_reference
    record = etree.SubElement(payload, q(PROTOCOL, "RecordCommonOutput"))
    etree.SubElement(record, q(CORE, "InputReference")).text = asked.reference
    response = etree.SubElement(payload, q(PROTOCOL, "Response"))
    if answer.detail is None:
        patient = etree.SubElement(response, q(CARENET, "CareReceiverId"))
        genins.add_patient(patient, asked.question.patient)
    add_answer(response, answer)
    detail = etree.SubElement(response, q(CARENET, "InsurabilityRequestDetail"))
    genins.add_asked(detail, asked.question)
    _rename(response)
    return payload


def decode_answer(payload: Element, asked: SingleQuestion) -> InsurabilityFacts:
    """Read the answer to a question.

    Raises:
        TheirAnswerInvalid: no answer, the answer to something else, or about someone else.
        RemoteRefusal: the platform refused.
    """
    if payload.tag != _RESPONSE:
        raise TheirAnswerInvalid("not an answer of this service")
    code = _status(payload)
    if code != _OK:
        remote = RemoteFault(system=PLATFORM, code=code[:MOST_CODE_CHARACTERS])
        raise RemoteRefusal(remote=remote)
    record = xml.only_child(payload, q(PROTOCOL, "RecordCommonOutput"))
    reference = xml.optional_text_of(record, q(CORE, "InputReference"))
    # Some answers drop leading zeros: the type is a number.
    if reference is not None and reference.lstrip("0") != asked.reference.lstrip("0"):
        raise TheirAnswerInvalid("answer to another question")
    response = xml.only_child(payload, q(PROTOCOL, "Response"))
    answer = answer_of(response, patient=_given_back(response))
    return genins_facts.facts_of(answer, asked.question)


def _given_back(response: Element) -> Niss | Membership | None:
    patient = xml.optional_child(response, q(CORE, "CareReceiverId"))
    if patient is None:
        return None
    _rename(patient, CORE, CARENET)
    return genins.patient_of(patient)


def _status(payload: Element) -> str:
    for child in xml.children(payload):
        if xml.local_name(child) == "Status":
            return next(((each.text or "") for each in child if xml.local_name(each) == "Code"), "")
    return _OK


def _rename(element: Element, old: str = CARENET, new: str = CORE) -> None:
    """Move what is inside an element into the namespace of this service, or back."""
    for each in element.iter():
        name = etree.QName(each)
        if name.namespace in {old, BUSINESS}:
            each.tag = q(new, name.localname)
    etree.cleanup_namespaces(element)
