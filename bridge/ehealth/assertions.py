"""The issued assertion: SAML 1.1, holder of key.

Source: *STS session* 10 (layout) and 11 (what a client verifies).
The assertion is kept as the bytes received: re-writing it would break its signature.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final

from lxml import etree

from bridge.crypto.certificates import Certificate
from bridge.ehealth.instants import parse_instant
from bridge.errors import CertificateUntrusted, TheirAnswerInvalid
from bridge.soap import xml
from bridge.soap.instants import encode_instant
from bridge.soap.names import DS, SAML1, q

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

ISSUER: Final = "urn:be:fgov:ehealth:sts:1_0"
ID_ATTRIBUTE: Final = "AssertionID"
HOLDER_OF_KEY: Final = "urn:oasis:names:tc:SAML:1.0:cm:holder-of-key"
SUBJECT_NAME: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"
AUTHENTICATED_BY_KEY: Final = "urn:oasis:names:tc:SAML:1.0:am:X509-PKI"

_SUBJECT: Final = (q(SAML1, "AuthenticationStatement"), q(SAML1, "Subject"))
_CONFIRMATION: Final = (q(SAML1, "SubjectConfirmation"),)
_CERTIFICATE: Final = (q(DS, "KeyInfo"), q(DS, "X509Data"), q(DS, "X509Certificate"))

Attribute = tuple[str, str, str]
"""Name, namespace and one value; an attribute with several values comes several times."""


@dataclass(frozen=True, kw_only=True)
class Assertion:
    """One assertion; nothing in it is believed before ``verify_assertion``.

    Attributes:
        xml: Exact bytes of the element.
        subject: Distinguished name of the subject, in the notation of the STS.
        subject_issuer: Distinguished name of the issuer of the subject's certificate.
        confirmation: Confirmation method; only holder-of-key is of use.
        holder: Certificate of the key the assertion is bound to.
        attributes: In the order received.
    """

    xml: bytes = field(repr=False)
    id: str
    issuer: str
    issued_at: datetime
    not_before: datetime
    not_on_or_after: datetime
    subject: str = field(repr=False)
    subject_issuer: str = field(repr=False)
    confirmation: str
    holder: Certificate = field(repr=False)
    attributes: tuple[Attribute, ...] = field(repr=False)

    def values(self, name: str) -> tuple[str, ...]:
        """Give all values of an attribute, empty ones left out."""
        return tuple(value for uri, _, value in self.attributes if uri == name and value)


def parse_assertion(body: bytes) -> Assertion:
    """Read one assertion.

    Raises:
        TheirAnswerInvalid: not well-formed, not exactly one assertion, or a member is missing.
    """
    return read_assertion(xml.parse(body), body)


def read_assertion(root: Element, body: bytes) -> Assertion:
    """Read a parsed assertion; ``body`` are the bytes it was parsed from.

    Raises:
        TheirAnswerInvalid: as ``parse_assertion``.
    """
    if root.tag != q(SAML1, "Assertion") or root.find(f".//{q(SAML1, 'Assertion')}") is not None:
        raise TheirAnswerInvalid("not exactly one assertion")
    if (root.get("MajorVersion"), root.get("MinorVersion")) != ("1", "1"):
        raise TheirAnswerInvalid("not a SAML 1.1 assertion")
    conditions = xml.only_child(root, q(SAML1, "Conditions"))
    subject = xml.descend(root, *_SUBJECT)
    name = xml.only_child(subject, q(SAML1, "NameIdentifier"))
    return Assertion(
        xml=body,
        id=_attribute(root, ID_ATTRIBUTE),
        issuer=_attribute(root, "Issuer"),
        issued_at=parse_instant(_attribute(root, "IssueInstant")),
        not_before=parse_instant(_attribute(conditions, "NotBefore")),
        not_on_or_after=parse_instant(_attribute(conditions, "NotOnOrAfter")),
        subject=xml.text_of(name),
        subject_issuer=name.get("NameQualifier", ""),
        confirmation=xml.text_of(subject, *_CONFIRMATION, q(SAML1, "ConfirmationMethod")),
        holder=holder_of(root),
        attributes=_read_attributes(root),
    )


def holder_of(root: Element) -> Certificate:
    """Give the certificate an assertion is bound to; a verifier of messages needs only this.

    Raises:
        TheirAnswerInvalid: there is not exactly one.
    """
    text = xml.text_of(root, *_SUBJECT, *_CONFIRMATION, *_CERTIFICATE)
    try:
        return Certificate.parse(base64.b64decode("".join(text.split()), validate=True))
    except (ValueError, CertificateUntrusted) as error:
        raise TheirAnswerInvalid("the holder's certificate is unreadable") from error


@dataclass(frozen=True, kw_only=True)
class AssertionContent:
    """What goes into an assertion that the sandbox issues.

    Attributes:
        id: ``_`` and 32 hexadecimal digits.
        issued_at: Moment of issue and of authentication.
        subject: Certificate that names the subject: the one that signed the request.
        attributes: In the order of the request.
    """

    id: str
    issued_at: datetime
    not_before: datetime
    not_on_or_after: datetime
    subject: Certificate = field(repr=False)
    holder: Certificate = field(repr=False)
    attributes: Sequence[Attribute] = field(repr=False)
    issuer: str = ISSUER


def build_assertion(content: AssertionContent) -> Element:
    """Write an unsigned assertion in the layout of *STS session* 10.1."""
    issued_at = encode_instant(content.issued_at)
    root = etree.Element(q(SAML1, "Assertion"), nsmap={None: SAML1})
    root.set(ID_ATTRIBUTE, content.id)
    root.set("IssueInstant", issued_at)
    root.set("Issuer", content.issuer)
    root.set("MajorVersion", "1")
    root.set("MinorVersion", "1")
    conditions = _add(root, "Conditions")
    conditions.set("NotBefore", encode_instant(content.not_before))
    conditions.set("NotOnOrAfter", encode_instant(content.not_on_or_after))
    authentication = _add(root, "AuthenticationStatement")
    authentication.set("AuthenticationInstant", issued_at)
    authentication.set("AuthenticationMethod", AUTHENTICATED_BY_KEY)
    confirmation = _add(_add_subject(authentication, content.subject), "SubjectConfirmation")
    _add(confirmation, "ConfirmationMethod", HOLDER_OF_KEY)
    key_info = etree.SubElement(confirmation, q(DS, "KeyInfo"), nsmap={"ds": DS})
    certificates = etree.SubElement(key_info, q(DS, "X509Data"))
    etree.SubElement(certificates, q(DS, "X509Certificate")).text = content.holder.base64
    statement = _add(root, "AttributeStatement")
    _add_subject(statement, content.subject)
    for (name, namespace), values in groupby(content.attributes, key=lambda item: item[:2]):
        attribute = _add(statement, "Attribute")
        attribute.set("AttributeName", name)
        attribute.set("AttributeNamespace", namespace)
        for *_, value in values:
            _add(attribute, "AttributeValue", value)
    return root


def _add(parent: Element, local: str, text: str | None = None) -> Element:
    child = etree.SubElement(parent, q(SAML1, local))
    child.text = text
    return child


def _add_subject(parent: Element, certificate: Certificate) -> Element:
    subject = _add(parent, "Subject")
    name = _add(subject, "NameIdentifier", certificate.subject)
    name.set("Format", SUBJECT_NAME)
    name.set("NameQualifier", certificate.issuer)
    return subject


def _attribute(element: Element, name: str) -> str:
    value = element.get(name)
    if not value:
        raise TheirAnswerInvalid(f"an assertion without {name}")
    return value


def _read_attributes(root: Element) -> tuple[Attribute, ...]:
    return tuple(
        (
            _attribute(attribute, "AttributeName"),
            attribute.get("AttributeNamespace", ""),
            xml.text_of(value),
        )
        for statement in root.iterchildren(q(SAML1, "AttributeStatement"))
        for attribute in statement.iterchildren(q(SAML1, "Attribute"))
        for value in attribute.iterchildren(q(SAML1, "AttributeValue"))
    )
