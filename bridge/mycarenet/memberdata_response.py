"""The answer of MemberData as it stands in the blob: a SAML Response, both directions.

Reading follows what insurers were seen to write, not the schema: a Fault with or without
namespace, with or without ``Message``; attributes in any order; any number of assertions.
Source: *MyCareNet transport* 5.3 and 5.4, *Insurability* 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from bridge.errors import OurMessageInvalid, TheirAnswerInvalid
from bridge.mycarenet import names
from bridge.mycarenet.memberdata_query import add_facet, add_subject
from bridge.mycarenet.memberdata_received import Facet, read_facets
from bridge.mycarenet.names import EXTENSION, TYPES
from bridge.mycarenet.schema import Document, is_valid
from bridge.soap import xml
from bridge.soap.names import SAML2, SAML2P, XSI, q

_MOST_STATUS_CODES: Final = 4


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """One fact of an assertion.

    Attributes:
        name: Full name.
        text: Value, raw.
        type: ``string``, ``date`` or ``boolean``, as the sender says.
    """

    name: str
    text: str = field(repr=False)
    type: str = "string"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One assertion.

    Attributes:
        id: Its identifier.
        kind: The AssertionType of its advice, such as ``names.PERIOD``.
        issuer: Who states it.
        name_id: Whom it is about.
        name_format: How that person is named.
        not_before: Beginning of the effective period, as written.
        not_on_or_after: End of it, excluded, as written.
        facets: The facets it answers.
    """

    id: str
    kind: str
    issuer: str
    name_id: str = field(repr=False)
    name_format: str
    not_before: str | None
    not_on_or_after: str | None
    facets: tuple[Facet, ...] = ()
    attributes: tuple[Attribute, ...] = ()

    def first(self, name: str) -> str | None:
        """Give the first value of an attribute that is not empty."""
        return next(
            (each.text for each in self.attributes if each.name == name and each.text), None
        )


@dataclass(frozen=True, kw_only=True)
class FaultDetail:
    """One reason, in the words of the platform or an insurer."""

    code: str
    source: str
    location: str | None = None
    message: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class ResponseFault:
    """The Fault of a StatusDetail."""

    code: str
    source: str
    details: tuple[FaultDetail, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Response:
    """One answer.

    Attributes:
        id: Its identifier.
        in_response_to: Identifier of the query; empty when it does not say.
        issued_at: As written.
        issuer: The insurer, or the platform.
        status: Status codes, the top one first.
        fault: Reasons of a refusal, or warnings.
        statements: Assertions in the order of the answer.
    """

    id: str
    in_response_to: str
    issued_at: str
    issuer: str
    status: tuple[str, ...]
    fault: ResponseFault | None = None
    statements: tuple[Statement, ...] = ()


# -- encoding ------------------------------------------------------------------------------------


def encode_response(response: Response) -> Element:
    """Write an answer with the structure of the recorded ones.

    Raises:
        OurMessageInvalid: what we wrote does not fit our schema.
    """
    try:
        root = _encode(response)
    except ValueError:
        # lxml refuses characters that XML cannot carry.
        raise OurMessageInvalid("a value cannot be written in XML") from None
    if not is_valid(root, Document.RESPONSE):
        raise OurMessageInvalid("our answer does not fit our schema")
    return root


def _encode(response: Response) -> Element:
    root = etree.Element(q(SAML2P, "Response"), nsmap=dict(names.ANSWER_PREFIXES))
    root.set("ID", response.id)
    root.set("InResponseTo", response.in_response_to)
    root.set("IssueInstant", response.issued_at)
    root.set("Version", "2.0")
    etree.SubElement(root, q(SAML2, "Issuer")).text = response.issuer
    status = etree.SubElement(root, q(SAML2P, "Status"))
    parent = status
    for code in response.status:
        parent = etree.SubElement(parent, q(SAML2P, "StatusCode"), Value=code)
    if response.fault is not None:
        _add_fault(status, response.fault)
    for statement in response.statements:
        _add_statement(root, statement, issued_at=response.issued_at)
    return root


def _add_fault(status: Element, fault: ResponseFault) -> None:
    """Write the Fault as recorded: itself without namespace, and without ``Message``."""
    element = etree.SubElement(etree.SubElement(status, q(SAML2P, "StatusDetail")), "Fault")
    element.set(q(XSI, "type"), "t:FaultType")
    _add_type(element, "FaultCode", fault.code)
    _add_type(element, "FaultSource", fault.source)
    details = etree.SubElement(element, q(TYPES, "Details"))
    for reason in fault.details:
        detail = etree.SubElement(details, q(TYPES, "Detail"))
        _add_type(detail, "DetailCode", reason.code)
        _add_type(detail, "DetailSource", reason.source)
        _add_type(detail, "Location", reason.location)
        _add_type(detail, "Message", reason.message)


def _add_type(parent: Element, local: str, text: str | None) -> None:
    if text is not None:
        etree.SubElement(parent, q(TYPES, local)).text = text


def _add_statement(root: Element, statement: Statement, *, issued_at: str) -> None:
    assertion = etree.SubElement(root, q(SAML2, "Assertion"))
    assertion.set("ID", statement.id)
    assertion.set("IssueInstant", issued_at)
    assertion.set("Version", "2.0")
    etree.SubElement(assertion, q(SAML2, "Issuer")).text = statement.issuer
    add_subject(
        assertion,
        name_id=statement.name_id,
        name_format=statement.name_format,
        not_before=statement.not_before or "",
        not_on_or_after=statement.not_on_or_after or "",
    )
    advice = etree.SubElement(assertion, q(SAML2, "Advice"))
    advice.set(q(XSI, "type"), "ext:AdviceType")
    etree.SubElement(advice, q(EXTENSION, "AssertionType")).text = statement.kind
    for facet in statement.facets:
        add_facet(advice, facet.id, facet.dimensions)
    facts = etree.SubElement(assertion, q(SAML2, "AttributeStatement"))
    for each in statement.attributes:
        attribute = etree.SubElement(facts, q(SAML2, "Attribute"), Name=each.name)
        value = etree.SubElement(attribute, q(SAML2, "AttributeValue"))
        value.set(q(XSI, "type"), f"xs:{each.type}")
        value.text = each.text


# -- decoding ------------------------------------------------------------------------------------


def decode_response(root: Element) -> Response:
    """Read an answer.

    Raises:
        TheirAnswerInvalid: it is no SAML Response, has no status, or a part is there twice.
    """
    if root.tag != q(SAML2P, "Response"):
        raise TheirAnswerInvalid("not a SAML response")
    status = xml.only_child(root, q(SAML2P, "Status"))
    return Response(
        id=root.get("ID", ""),
        in_response_to=root.get("InResponseTo", ""),
        issued_at=root.get("IssueInstant", ""),
        issuer=xml.optional_text_of(root, q(SAML2, "Issuer")) or "",
        status=_status_codes(status),
        fault=_fault(status),
        statements=tuple(_statement(each) for each in root.findall(q(SAML2, "Assertion"))),
    )


def _status_codes(status: Element) -> tuple[str, ...]:
    codes: list[str] = []
    code = xml.optional_child(status, q(SAML2P, "StatusCode"))
    while code is not None and len(codes) < _MOST_STATUS_CODES:
        codes.append(code.get("Value", "").strip())
        code = xml.optional_child(code, q(SAML2P, "StatusCode"))
    if not codes or not codes[0]:
        raise TheirAnswerInvalid("answer without status")
    return tuple(codes)


def _fault(status: Element) -> ResponseFault | None:
    """Read the Fault by local names: some insurers write it without any namespace."""
    detail = xml.optional_child(status, q(SAML2P, "StatusDetail"))
    fault = None if detail is None else _local(detail, "Fault")
    if fault is None:
        return None
    details = _local(fault, "Details")
    return ResponseFault(
        code=_local_text(fault, "FaultCode") or "",
        source=_local_text(fault, "FaultSource") or "",
        details=()
        if details is None
        else tuple(
            FaultDetail(
                code=_local_text(reason, "DetailCode") or "",
                source=_local_text(reason, "DetailSource") or "",
                location=_local_text(reason, "Location"),
                message=_local_text(reason, "Message"),
            )
            for reason in xml.children(details)
        ),
    )


def _local(parent: Element, local: str) -> Element | None:
    found = (child for child in xml.children(parent) if xml.local_name(child) == local)
    return next(found, None)


def _local_text(parent: Element, local: str) -> str | None:
    element = _local(parent, local)
    return None if element is None else text_within(element) or None


def text_within(element: Element) -> str:
    """Give all text inside an element, without blanks around it."""
    return "".join(str(piece) for piece in element.itertext()).strip()


def _statement(assertion: Element) -> Statement:
    subject = xml.optional_child(assertion, q(SAML2, "Subject"))
    name_id = None if subject is None else xml.optional_child(subject, q(SAML2, "NameID"))
    period = _period(subject)
    advice = xml.optional_child(assertion, q(SAML2, "Advice"))
    return Statement(
        id=assertion.get("ID", ""),
        kind=(_local_text(advice, "AssertionType") or "") if advice is not None else "",
        issuer=xml.optional_text_of(assertion, q(SAML2, "Issuer")) or "",
        name_id="" if name_id is None else text_within(name_id),
        name_format="" if name_id is None else name_id.get("Format", ""),
        not_before=None if period is None else period.get("NotBefore"),
        not_on_or_after=None if period is None else period.get("NotOnOrAfter"),
        facets=() if advice is None else read_facets(advice),
        attributes=_attributes(assertion),
    )


def _period(subject: Element | None) -> Element | None:
    if subject is None:
        return None
    confirmation = xml.optional_child(subject, q(SAML2, "SubjectConfirmation"))
    if confirmation is None:
        return None
    return xml.optional_child(confirmation, q(SAML2, "SubjectConfirmationData"))


def _attributes(assertion: Element) -> tuple[Attribute, ...]:
    return tuple(
        Attribute(
            name=attribute.get("Name", ""),
            text=text_within(value),
            type=value.get(q(XSI, "type"), "string").rpartition(":")[2],
        )
        for facts in assertion.findall(q(SAML2, "AttributeStatement"))
        for attribute in facts.findall(q(SAML2, "Attribute"))
        for value in attribute.findall(q(SAML2, "AttributeValue"))
    )
