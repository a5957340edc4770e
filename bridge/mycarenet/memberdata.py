"""MemberData: is this patient insured? Questions and answers, both directions.

Source: *MyCareNet transport* 5, *Insurability* 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from bridge.domain.ids import IdSource
from bridge.domain.insurability import InsurabilityFacts, InsurabilityQuestion
from bridge.errors import OurMessageInvalid, RemoteFault, RemoteRefusal, TheirAnswerInvalid
from bridge.mycarenet import names
from bridge.mycarenet.memberdata_facts import MOST_CODE_CHARACTERS, PLATFORM, facts_of
from bridge.mycarenet.memberdata_query import (
    Consultation,
    add_detail,
    encode_consultation,
    new_consultation,
)
from bridge.mycarenet.memberdata_received import (
    ReceivedConsultation,
    decode_consultation,
    read_detail,
)
from bridge.mycarenet.memberdata_response import Response, decode_response, encode_response
from bridge.mycarenet.memberdata_settings import MemberDataSettings, ReferenceLayout
from bridge.mycarenet.names import CORE, MEMBERDATA, MEMBERDATA_ACTION, PROTOCOL
from bridge.mycarenet.schema import Document, is_valid
from bridge.soap import xml
from bridge.soap.names import q

__all__ = [
    "MEMBERDATA_ACTION",
    "Answer",
    "Consultation",
    "MemberDataSettings",
    "ReceivedConsultation",
    "ReferenceLayout",
    "Response",
    "decode_answer",
    "decode_consultation",
    "encode_answer",
    "encode_consultation",
    "new_consultation",
]

_OWN_STATUS: Final = "Success"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer with the identifiers of its SOAP payload.

    Attributes:
        id: Of the payload.
        request_id: The question's payload that it answers.
        input_reference: The question's reference, given back.
        output_reference: The platform's own reference.
    """

    id: str
    request_id: str
    input_reference: str | None
    output_reference: str | None
    response: Response


def encode_answer(answer: Answer, *, ids: IdSource) -> Element:
    """Write the SOAP payload of an answer, hash included, and check it with our own schema.

    Raises:
        OurMessageInvalid: what we wrote does not fit our schema.
    """
    response = encode_response(answer.response)
    payload = etree.Element(
        q(MEMBERDATA, "MemberDataConsultationResponse"),
        nsmap=dict(names.PREFIXES),
    )
    payload.set("Id", answer.id)
    payload.set("InResponseTo", answer.request_id)
    payload.set("IssueInstant", answer.response.issued_at)
    returned = etree.SubElement(payload, q(PROTOCOL, "Return"))
    output = etree.SubElement(returned, q(PROTOCOL, "CommonOutput"))
    for local, text in (
        ("InputReference", answer.input_reference),
        ("OutputReference", answer.output_reference),
    ):
        if text is not None:
            etree.SubElement(output, q(CORE, local)).text = text
    add_detail(returned, response, detail_id=f"_{ids.uuid()}", with_hash=True)
    if not is_valid(payload, Document.ANSWER):
        raise OurMessageInvalid("our answer does not fit our schema")
    return payload


def decode_answer(
    payload: Element,
    *,
    request_id: str,
    query_id: str,
    question: InsurabilityQuestion,
) -> InsurabilityFacts:
    """Read the answer to a question.

    Args:
        payload: Child of the SOAP body.
        request_id: Identifier of our payload.
        query_id: Identifier of our query.
        question: What was asked.

    Raises:
        TheirAnswerInvalid: no answer, the answer to something else, or about someone else.
        RemoteRefusal: the platform refused without an answer in the blob.
    """
    if payload.tag != q(MEMBERDATA, "MemberDataConsultationResponse"):
        raise TheirAnswerInvalid("not a MemberData answer")
    if payload.get("InResponseTo") != request_id:
        raise TheirAnswerInvalid("answer to another request")
    _check_status(payload)
    returned = xml.only_child(payload, q(PROTOCOL, "Return"))
    content = read_detail(xml.only_child(returned, q(PROTOCOL, "Detail")))
    response = decode_response(xml.parse(content))
    if response.in_response_to != query_id:
        raise TheirAnswerInvalid("answer to another query")
    return facts_of(response, question)


def _check_status(payload: Element) -> None:
    """Refuse on the status that other services of the bus carry; MemberData normally has none."""
    for status in xml.children(payload):
        if xml.local_name(status) != "Status":
            continue
        code = next(
            (each.get("Value", "") for each in xml.children(status) if each.get("Value")),
            "",
        ).rpartition(":")[2]
        if code and code != _OWN_STATUS:
            raise RemoteRefusal(
                remote=RemoteFault(system=PLATFORM, code=code[:MOST_CODE_CHARACTERS])
            )
