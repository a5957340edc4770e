"""The question to MemberData: SOAP payload and the AttributeQuery inside its blob.

Source: *MyCareNet transport* 5.1 and 5.2, *Insurability* 3.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from bridge.codecs import blob
from bridge.domain.identifiers import Niss
from bridge.domain.ids import IdSource
from bridge.domain.insurability import InsurabilityQuestion, MemberFacet
from bridge.domain.periods import BRUSSELS
from bridge.domain.registrations import Registration
from bridge.errors import OurMessageInvalid
from bridge.mycarenet import names
from bridge.mycarenet.common import (
    CommonInput,
    Package,
    add_common_input,
    origin_for,
    provider_number,
    reference_digits,
)
from bridge.mycarenet.memberdata_settings import (
    DEFAULT_SETTINGS,
    MemberDataSettings,
    ReferenceLayout,
)
from bridge.mycarenet.names import CORE, MEMBERDATA, PROTOCOL
from bridge.mycarenet.schema import Document, is_valid
from bridge.soap import xml
from bridge.soap.names import SAML2, SAML2P, XSI, q

FACETS: Final[Mapping[MemberFacet, tuple[str, tuple[tuple[str, str], ...]]]] = MappingProxyType(
    {
        MemberFacet.INSURABILITY: (names.INSURABILITY, ()),
        MemberFacet.PALLIATIVE_STATUS: (names.PALLIATIVE_STATUS, ()),
        MemberFacet.GLOBAL_MEDICAL_FILE: (names.GLOBAL_MEDICAL_FILE, ()),
        MemberFacet.CHRONIC_CONDITION: (names.CHRONIC_CONDITION, ()),
        MemberFacet.CARE_PATH_DIABETES: (names.CARE_PATH, (("carePathType", "diabetes"),)),
        MemberFacet.CARE_PATH_RENAL_INSUFFICIENCY: (
            names.CARE_PATH,
            (("carePathType", "renalinsufficiency"),),
        ),
        MemberFacet.REFERENCE_PHARMACY: (names.REFERENCE_PHARMACY, ()),
    },
)
"""Facet to its name and its fixed dimensions (*Insurability* 3.1)."""


@dataclass(frozen=True, kw_only=True)
class Consultation:
    """One question with the identifiers of its messages.

    Attributes:
        request_id: Of the SOAP payload; comes back as its ``InResponseTo``.
        query_id: Of the AttributeQuery: ``_`` and the reference; comes back likewise.
        input_reference: Our reference of the exchange.
        is_test: Marks a test message.
        package: The software that sends.
        registration: On whose behalf.
        issued_at: Aware.
    """

    request_id: str
    query_id: str
    input_reference: str
    is_test: bool
    package: Package
    registration: Registration
    question: InsurabilityQuestion = field(repr=False)
    issued_at: datetime


def new_consultation(
    *,
    registration: Registration,
    package: Package,
    question: InsurabilityQuestion,
    is_test: bool,
    settings: MemberDataSettings = DEFAULT_SETTINGS,
    now: datetime,
    ids: IdSource,
) -> Consultation:
    """Give a question its identifiers."""
    if settings.reference_layout is ReferenceLayout.LOCAL_TIME:
        reference = now.astimezone(BRUSSELS).strftime("%Y%m%d%H%M%S")
    else:
        reference = reference_digits(ids)
    return Consultation(
        request_id=f"_{ids.uuid()}",
        query_id=f"_{reference}",
        input_reference=reference,
        is_test=is_test,
        package=package,
        registration=registration,
        question=question,
        issued_at=now,
    )


def encode_consultation(
    consultation: Consultation,
    *,
    settings: MemberDataSettings = DEFAULT_SETTINGS,
    ids: IdSource,
) -> Element:
    """Write the SOAP payload of a question, and check it with our own schema.

    Raises:
        InputError: there is no shape for this kind of registration yet.
        OurMessageInvalid: what we wrote does not fit our schema; nothing may be sent.
    """
    try:
        query = encode_query(consultation, settings=settings)
        payload = _encode_payload(consultation, query, settings=settings, ids=ids)
    except (ValueError, OverflowError):
        # lxml refuses characters that XML cannot carry; the last day of all has no next one.
        raise OurMessageInvalid("a value cannot be written in XML") from None
    if not is_valid(query, Document.QUERY) or not is_valid(payload, Document.CONSULTATION):
        raise OurMessageInvalid("our question does not fit our schema")
    return payload


def encode_query(
    consultation: Consultation,
    *,
    settings: MemberDataSettings = DEFAULT_SETTINGS,
) -> Element:
    """Write the AttributeQuery of a question."""
    query = etree.Element(q(SAML2P, "AttributeQuery"), nsmap=dict(names.QUERY_PREFIXES))
    query.set("ID", consultation.query_id)
    query.set("Version", "2.0")
    query.set("IssueInstant", instant(consultation.issued_at))
    issuer = etree.SubElement(query, q(SAML2, "Issuer"), Format=names.ISSUER_NIHII11)
    issuer.text = provider_number(consultation.registration)
    extensions = etree.SubElement(query, q(SAML2P, "Extensions"))
    extensions.set(q(XSI, "type"), "ext:ExtensionsType")
    for facet in consultation.question.facets:
        dimensions = FACETS[facet][1]
        if facet is MemberFacet.INSURABILITY:
            dimensions = _dimensions(consultation.question, settings)
        add_facet(extensions, FACETS[facet][0], dimensions)
    name_id, name_format = _subject(consultation.question)
    add_subject(
        query,
        name_id=name_id,
        name_format=name_format,
        not_before=midnight(consultation.question.period.from_on),
        not_on_or_after=midnight(_end(consultation.question, settings)),
    )
    return query


def add_facet(parent: Element, facet_id: str, dimensions: tuple[tuple[str, str], ...]) -> None:
    """Write a facet; its dimensions have no namespace (*Insurability* 3.1)."""
    facet = etree.SubElement(parent, q(names.EXTENSION, "Facet"), id=facet_id)
    for dimension_id, text in dimensions:
        etree.SubElement(facet, "Dimension", id=dimension_id).text = text


def add_subject(
    parent: Element,
    *,
    name_id: str,
    name_format: str,
    not_before: str,
    not_on_or_after: str,
) -> None:
    """Write whom, and which period, a query or an assertion is about."""
    subject = etree.SubElement(parent, q(SAML2, "Subject"))
    etree.SubElement(subject, q(SAML2, "NameID"), Format=name_format).text = name_id
    confirmation = etree.SubElement(
        subject,
        q(SAML2, "SubjectConfirmation"),
        Method=names.MEMBER_IDENTIFICATION,
    )
    etree.SubElement(
        confirmation,
        q(SAML2, "SubjectConfirmationData"),
        NotBefore=not_before,
        NotOnOrAfter=not_on_or_after,
    )


def instant(moment: datetime) -> str:
    """Write an aware moment in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def midnight(day: date) -> str:
    """Write the beginning of a day as a local time without zone (*transport* 5.2)."""
    return f"{day.isoformat()}T00:00:00"


def _dimensions(
    question: InsurabilityQuestion,
    settings: MemberDataSettings,
) -> tuple[tuple[str, str], ...]:
    purpose = (names.REQUEST_TYPE, question.purpose.value)
    contact = (names.CONTACT_TYPE, question.contact_type.value)
    return (purpose, contact) if settings.sends_contact_type else (purpose,)


def _subject(question: InsurabilityQuestion) -> tuple[str, str]:
    patient = question.patient
    if isinstance(patient, Niss):
        return patient.digits, names.SUBJECT_SSIN
    number = f"{patient.membership_number.text}@{patient.mutuality.digits}"
    return number, names.SUBJECT_MEMBERSHIP


def _end(question: InsurabilityQuestion, settings: MemberDataSettings) -> date:
    return question.period.to_on + timedelta(days=1 if settings.end_is_excluded else 0)


def _encode_payload(
    consultation: Consultation,
    query: Element,
    *,
    settings: MemberDataSettings,
    ids: IdSource,
) -> Element:
    payload = etree.Element(
        q(MEMBERDATA, "MemberDataConsultationRequest"),
        nsmap=dict(names.PREFIXES),
    )
    payload.set("Id", consultation.request_id)
    payload.set("IssueInstant", instant(consultation.issued_at))
    common = CommonInput(
        is_test=consultation.is_test,
        origin=origin_for(
            consultation.registration,
            consultation.package,
            with_organization=settings.sends_organization,
        ),
        input_reference=consultation.input_reference,
    )
    add_common_input(payload, q(PROTOCOL, "CommonInput"), common)
    if settings.sends_routing:
        _add_routing(payload, consultation.question)
    add_detail(payload, query, detail_id=f"_{ids.uuid()}")
    return payload


def add_detail(
    parent: Element,
    content: Element,
    *,
    detail_id: str,
    with_hash: bool = False,
) -> None:
    """Write a document as a plain blob (*transport* 1.4); clients send no hash."""
    written = xml.serialize(content)
    detail = etree.SubElement(parent, q(PROTOCOL, "Detail"), ContentType="text/xml")
    detail.set("ContentEncoding", blob.Encoding.NONE.value)
    if with_hash:
        detail.set("HashValue", blob.hash_of(written))
    detail.set("Id", detail_id)
    detail.text = blob.encode(written)


def _add_routing(payload: Element, question: InsurabilityQuestion) -> None:
    routing = etree.SubElement(payload, q(PROTOCOL, "Routing"))
    receiver = etree.SubElement(routing, q(CORE, "CareReceiver"))
    patient = question.patient
    if isinstance(patient, Niss):
        etree.SubElement(receiver, q(CORE, "Ssin")).text = patient.digits
    else:
        number = patient.membership_number.text
        etree.SubElement(receiver, q(CORE, "RegNrWithMut")).text = number
        etree.SubElement(receiver, q(CORE, "Mutuality")).text = patient.mutuality.digits
    reference = question.period.to_on.isoformat()
    etree.SubElement(routing, q(CORE, "ReferenceDate")).text = reference
    period = etree.SubElement(routing, q(CORE, "Period"))
    etree.SubElement(period, q(CORE, "Start")).text = question.period.from_on.isoformat()
    etree.SubElement(period, q(CORE, "End")).text = question.period.to_on.isoformat()
