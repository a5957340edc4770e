"""Messages of the legacy token service: an attribute query of SAML 1.1, both directions.

One leg: the holder's key signs the query inside the message, the card signs the message.
Source: *STS session* 4.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from lxml import etree

from bridge.crypto.algorithms import algorithm_for
from bridge.crypto.certificates import Certificate
from bridge.ehealth.assertions import HOLDER_OF_KEY, ID_ATTRIBUTE, SUBJECT_NAME
from bridge.ehealth.instants import parse_instant
from bridge.ehealth.profiles import IDENTIFICATION, NAMESPACES, Claim
from bridge.errors import CertificateUntrusted, SignatureInvalid, TheirAnswerInvalid
from bridge.soap import xml
from bridge.soap.instants import encode_instant
from bridge.soap.names import DS, SAML1, SAML1P, q
from bridge.xmldsig.sign import PendingSignature, prepare_enveloped
from bridge.xmldsig.verify import verify_enveloped

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

REQUEST_ID: Final = "RequestID"
RESPONSE_ID: Final = "ResponseID"
SUCCESS: Final = "Success"

_VERSION: Final = {"MajorVersion": "1", "MinorVersion": "1"}
_CERTIFICATE: Final = (q(DS, "KeyInfo"), q(DS, "X509Data"), q(DS, "X509Certificate"))
_QUERIED: Final = (q(SAML1P, "AttributeQuery"), q(SAML1, "Subject"))
_CONFIRMED: Final = q(SAML1, "SubjectConfirmation")


@dataclass(frozen=True, kw_only=True)
class Query:
    """Ask for an assertion bound to the holder's key.

    Attributes:
        id: ``RequestID``: an NCName, the reference of the exchange.
        issued_at: Moment of the query.
        claims: Wanted attributes in order; those of identification state their value.
        not_before: Start of the wanted window.
        not_after: End of the wanted window.
        subject: Certificate that signs the message around the query.
        holder: Certificate of the key the assertion is bound to; it signs the query.
    """

    id: str
    issued_at: datetime
    claims: tuple[Claim, ...]
    not_before: datetime
    not_after: datetime
    subject: Certificate = field(repr=False)
    holder: Certificate = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ReceivedQuery:
    """A query as the service reads it.

    Attributes:
        subject_name: Distinguished name of the one who asks.
        holder: Certificate the assertion shall be bound to.
        is_signed: The holder's key signed the query whole.
    """

    id: str
    claims: tuple[Claim, ...]
    not_before: datetime
    not_after: datetime
    subject_name: str = field(repr=False)
    holder: Certificate = field(repr=False)
    is_signed: bool


@dataclass(frozen=True, kw_only=True)
class QueryReply:
    """What the service answered.

    Attributes:
        status: Local part of the status, ``Success`` when there is an assertion; on failure the
            innermost one.
        assertion: Exact bytes; ``None`` on failure.
    """

    status: str
    assertion: bytes | None = field(repr=False)


def prepare_query(query: Query) -> tuple[Element, PendingSignature]:
    """Write a query with room for the holder's signature, which comes first in it (4.2).

    Raises:
        OurMessageInvalid: the identifier cannot be signed by.
    """
    root = etree.Element(q(SAML1P, "Request"), nsmap={"samlp": SAML1P, "saml": SAML1})
    root.set(REQUEST_ID, query.id)
    _set_version(root, query.issued_at)
    asked = etree.SubElement(root, q(SAML1P, "AttributeQuery"))
    subject = _add_subject(asked, query.subject)
    confirmation = _add(subject, "SubjectConfirmation")
    _add(confirmation, "ConfirmationMethod", HOLDER_OF_KEY)
    _add_carrier(_add(confirmation, "SubjectConfirmationData"), query)
    info = etree.SubElement(confirmation, q(DS, "KeyInfo"), nsmap={"ds": DS})
    data = etree.SubElement(info, q(DS, "X509Data"))
    etree.SubElement(data, q(DS, "X509Certificate")).text = query.holder.base64
    for claim in query.claims:
        _name(_add(asked, "AttributeDesignator"), claim.uri)
    pending = prepare_enveloped(
        root,
        id_attribute=REQUEST_ID,
        certificate=query.holder,
        algorithm=algorithm_for(query.holder.public_key),
    )
    root.insert(0, root[-1])
    return root, pending


def decode_query(root: Element) -> ReceivedQuery:
    """Read a query; its signature, when there is one, is verified.

    Raises:
        TheirAnswerInvalid: it is none, lacks a member, or its signature is not the holder's.
    """
    if root.tag != q(SAML1P, "Request") or not root.get(REQUEST_ID):
        raise TheirAnswerInvalid("not a samlp:Request")
    asked = xml.only_child(root, _QUERIED[0])
    subject = xml.only_child(asked, _QUERIED[1])
    confirmation = xml.only_child(subject, _CONFIRMED)
    if xml.text_of(confirmation, q(SAML1, "ConfirmationMethod")) != HOLDER_OF_KEY:
        raise TheirAnswerInvalid("confirmed in another way")
    holder = _certificate(xml.text_of(confirmation, *_CERTIFICATE))
    carrier = xml.descend(confirmation, q(SAML1, "SubjectConfirmationData"), q(SAML1, "Assertion"))
    conditions = xml.only_child(carrier, q(SAML1, "Conditions"))
    return ReceivedQuery(
        id=root.get(REQUEST_ID, ""),
        claims=_read_claims(asked, carrier),
        not_before=parse_instant(conditions.get("NotBefore", "")),
        not_after=parse_instant(conditions.get("NotOnOrAfter", "")),
        subject_name=xml.text_of(subject, q(SAML1, "NameIdentifier")),
        holder=holder,
        is_signed=_is_signed(root, holder),
    )


def encode_reply(
    assertion: bytes | None,
    *,
    in_response_to: str,
    response_id: str,
    issued_at: datetime,
    status: str = SUCCESS,
) -> Element:
    """Write the answer: the assertion with success, or a status of failure without one."""
    root = etree.Element(q(SAML1P, "Response"), nsmap={"samlp": SAML1P})
    root.set(RESPONSE_ID, response_id)
    root.set("InResponseTo", in_response_to)
    _set_version(root, issued_at)
    outer = etree.SubElement(root, q(SAML1P, "Status"))
    etree.SubElement(outer, q(SAML1P, "StatusCode"), Value=f"samlp:{status}")
    if assertion is None:
        return root
    root.append(xml.slot())
    return xml.fill(root, [xml.parse(assertion)])


def decode_reply(root: Element, *, request_id: str) -> QueryReply:
    """Read the answer to a query.

    Raises:
        TheirAnswerInvalid: it is none, answers another query, or success has no assertion.
    """
    if root.tag != q(SAML1P, "Response"):
        raise TheirAnswerInvalid("not a samlp:Response")
    if root.get("InResponseTo", request_id) != request_id:
        raise TheirAnswerInvalid("the answer belongs to another request")
    code = xml.descend(root, q(SAML1P, "Status"), q(SAML1P, "StatusCode"))
    status = _local(code)
    inner = code.find(q(SAML1P, "StatusCode"))
    if status != SUCCESS:
        return QueryReply(status=status if inner is None else _local(inner), assertion=None)
    return QueryReply(
        status=status, assertion=xml.serialize(xml.only_child(root, q(SAML1, "Assertion")))
    )


# -- parts ---------------------------------------------------------------------------------------


def _add(parent: Element, local: str, text: str | None = None) -> Element:
    child = etree.SubElement(parent, q(SAML1, local))
    child.text = text
    return child


def _set_version(element: Element, at: datetime) -> None:
    element.set("IssueInstant", encode_instant(at))
    for name, value in _VERSION.items():
        element.set(name, value)


def _add_subject(parent: Element, certificate: Certificate) -> Element:
    subject = _add(parent, "Subject")
    name = _add(subject, "NameIdentifier", certificate.subject)
    name.set("Format", SUBJECT_NAME)
    name.set("NameQualifier", certificate.issuer)
    return subject


def _add_carrier(parent: Element, query: Query) -> None:
    """Write the unsigned assertion that carries the window and what we state (4.1)."""
    carrier = _add(parent, "Assertion")
    carrier.set(ID_ATTRIBUTE, query.id.replace("request-", "assertion-", 1))
    carrier.set("Issuer", query.subject.subject)
    _set_version(carrier, query.issued_at)
    conditions = _add(carrier, "Conditions")
    conditions.set("NotBefore", encode_instant(query.not_before))
    conditions.set("NotOnOrAfter", encode_instant(query.not_after))
    statement = _add(carrier, "AttributeStatement")
    _add_subject(statement, query.subject)
    for claim in query.claims:
        if claim.value is not None:
            attribute = _add(statement, "Attribute")
            _name(attribute, claim.uri)
            _add(attribute, "AttributeValue", claim.value)


def _name(element: Element, uri: str) -> None:
    element.set("AttributeName", uri)
    element.set("AttributeNamespace", NAMESPACES[uri])


def _read_claims(asked: Element, carrier: Element) -> tuple[Claim, ...]:
    """Read what is wanted, each with what is stated of it; namespaces must be the known ones."""
    path = f"{q(SAML1, 'AttributeStatement')}/{q(SAML1, 'Attribute')}"
    stated = {
        _uri(each): xml.text_of(each, q(SAML1, "AttributeValue")) for each in carrier.findall(path)
    }
    wanted = [_uri(each) for each in asked.iterchildren(q(SAML1, "AttributeDesignator"))]
    if set(stated) - set(wanted):
        raise TheirAnswerInvalid("an attribute is stated and not wanted back")
    if any(NAMESPACES.get(uri) != IDENTIFICATION for uri in stated):
        raise TheirAnswerInvalid("a certified attribute is stated")
    return tuple(Claim(uri, stated.get(uri)) for uri in wanted)


def _uri(element: Element) -> str:
    uri = element.get("AttributeName", "")
    namespace = NAMESPACES.get(uri)
    if namespace is not None and element.get("AttributeNamespace") != namespace:
        raise TheirAnswerInvalid("an attribute of another namespace")
    return uri


def _certificate(text: str) -> Certificate:
    try:
        return Certificate.parse(base64.b64decode("".join(text.split()), validate=True))
    except (ValueError, CertificateUntrusted) as error:
        raise TheirAnswerInvalid("the holder's certificate is unreadable") from error


def _is_signed(root: Element, holder: Certificate) -> bool:
    if root.find(q(DS, "Signature")) is None:
        return False
    if verify_enveloped(root, id_attribute=REQUEST_ID) != holder:
        raise SignatureInvalid("query is signed by another key than the holder's")
    return True


def _local(code: Element) -> str:
    return code.get("Value", "").rpartition(":")[2]
