"""A question as the platform's side reads it: raw, with what is missing left out.

The platform reports most mistakes of a query with a code of their own, so nothing here is
mandatory that has such a code.
Source: *MyCareNet transport* 5.2 and 5.4.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml.etree import _Element as Element

from bridge.codecs import blob
from bridge.errors import TheirAnswerInvalid
from bridge.mycarenet.common import CommonInput, read_common_input
from bridge.mycarenet.names import EXTENSION, MEMBERDATA, PROTOCOL
from bridge.mycarenet.schema import type_of
from bridge.soap import xml
from bridge.soap.names import SAML2, SAML2P, q


@dataclass(frozen=True, kw_only=True)
class ReceivedName:
    """A text with its format: issuer or patient."""

    text: str = field(repr=False)
    format: str | None


@dataclass(frozen=True, kw_only=True)
class Facet:
    """A facet with its dimensions, each an identifier and a text."""

    id: str
    dimensions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """The confirmation that carries the period.

    Attributes:
        method: Its method, empty when absent.
        names_someone: Whether it holds an identifier, which is not expected there.
        has_data: Whether the element with the period is there.
        not_before: Beginning, as written.
        not_on_or_after: End, as written.
    """

    method: str
    names_someone: bool
    has_data: bool
    not_before: str | None
    not_on_or_after: str | None


@dataclass(frozen=True, kw_only=True)
class ReceivedQuery:
    """An AttributeQuery, raw.

    Attributes:
        facets: ``None`` when there are no extensions at all.
        extensions_type: Resolved ``xsi:type`` of the extensions.
        has_attributes: Whether it asks for attributes, which is forbidden.
    """

    id: str
    issuer: ReceivedName | None
    extensions_type: str | None
    facets: tuple[Facet, ...] | None
    name_id: ReceivedName | None
    confirmation: Confirmation | None
    has_attributes: bool


@dataclass(frozen=True, kw_only=True)
class ReceivedConsultation:
    """A question with its envelope of identifiers.

    Attributes:
        request_id: Of the SOAP payload.
        common: CommonInput.
        query: The question, raw.
        content: The question's element, for a check of its shape.
    """

    request_id: str
    common: CommonInput
    query: ReceivedQuery
    content: Element = field(repr=False, compare=False)


def decode_consultation(payload: Element) -> ReceivedConsultation:
    """Read the SOAP payload of a question.

    Raises:
        TheirAnswerInvalid: it is no question, or its blob cannot be read.
    """
    if payload.tag != q(MEMBERDATA, "MemberDataConsultationRequest"):
        raise TheirAnswerInvalid("not a MemberData question")
    detail = xml.only_child(payload, q(PROTOCOL, "Detail"))
    content = xml.parse(read_detail(detail))
    return ReceivedConsultation(
        request_id=payload.get("Id", ""),
        common=read_common_input(xml.only_child(payload, q(PROTOCOL, "CommonInput"))),
        query=decode_query(content),
        content=content,
    )


def read_detail(detail: Element) -> bytes:
    """Read a blob element, hash included.

    Raises:
        TheirAnswerInvalid: sealed, not as announced, too large, or with another hash.
    """
    if detail.get("ContentEncryption"):
        raise TheirAnswerInvalid("blob is sealed")
    return blob.decode(
        xml.text_of(detail),
        encoding=detail.get("ContentEncoding"),
        hash_value=detail.get("HashValue"),
    )


def decode_query(query: Element) -> ReceivedQuery:
    """Read an AttributeQuery.

    Raises:
        TheirAnswerInvalid: another element, without identifier, or with a part there twice.
    """
    if query.tag != q(SAML2P, "AttributeQuery") or not query.get("ID"):
        raise TheirAnswerInvalid("not an AttributeQuery")
    extensions = xml.optional_child(query, q(SAML2P, "Extensions"))
    subject = xml.optional_child(query, q(SAML2, "Subject"))
    return ReceivedQuery(
        id=query.get("ID", ""),
        issuer=_name(query, "Issuer"),
        extensions_type=None if extensions is None else type_of(extensions),
        facets=None if extensions is None else read_facets(extensions),
        name_id=None if subject is None else _name(subject, "NameID"),
        confirmation=None if subject is None else _confirmation(subject),
        has_attributes=query.find(q(SAML2, "Attribute")) is not None,
    )


def read_facets(parent: Element) -> tuple[Facet, ...]:
    """Read the facets of extensions or of an advice; dimensions by local name."""
    return tuple(
        Facet(
            id=facet.get("id", ""),
            dimensions=tuple(
                (dimension.get("id", ""), xml.text_of(dimension))
                for dimension in xml.children(facet)
                if xml.local_name(dimension) == "Dimension"
            ),
        )
        for facet in parent.findall(q(EXTENSION, "Facet"))
    )


def _name(parent: Element, local: str) -> ReceivedName | None:
    element = xml.optional_child(parent, q(SAML2, local))
    if element is None:
        return None
    return ReceivedName(text=xml.text_of(element), format=element.get("Format"))


def _confirmation(subject: Element) -> Confirmation | None:
    element = xml.optional_child(subject, q(SAML2, "SubjectConfirmation"))
    if element is None:
        return None
    period = xml.optional_child(element, q(SAML2, "SubjectConfirmationData"))
    return Confirmation(
        method=element.get("Method", ""),
        names_someone=any(
            xml.local_name(child) in {"BaseID", "NameID", "EncryptedID"}
            for child in xml.children(element)
        ),
        has_data=period is not None,
        not_before=None if period is None else period.get("NotBefore"),
        not_on_or_after=None if period is None else period.get("NotOnOrAfter"),
    )
