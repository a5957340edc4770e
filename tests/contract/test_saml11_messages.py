"""The legacy query and its answer: judged by the official schemas, libxmlsec and the sandbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import xmlsec
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from bridge.ehealth import saml11
from bridge.ehealth.endpoints import SAML11_STS_PATH
from bridge.ehealth.profiles import NURSE, Claim
from bridge.errors import SignatureInvalid, TheirAnswerInvalid
from bridge.sandbox.exchange import XML_TYPE, SandboxRequest
from bridge.sandbox.sts_saml11 import ACTIONS
from bridge.soap import envelope, xml
from bridge.soap.names import DS, SAML1, SAML1P, q
from tests.support.shared import SCHEMAS
from tests.support.stsdrive import StsDrive, driving

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element

    from bridge.crypto.certificates import Certificate

FOLDER = SCHEMAS / "connector" / "external" / "XSD"
PROTOCOL = "oasis-sstc-saml-schema-protocol-1.1.xsd"
NEWER = "urn:be:fgov:ehealth:sts:protocol:v1:RequestSecurityToken"


@pytest.fixture(params=[pytest.param("rsa", id="rsa-2048"), pytest.param("ec", id="p-384")])
def drive(request):
    with driving(request.param) as started:
        yield started


def pem(certificate: Certificate) -> bytes:
    return certificate.x509.public_bytes(Encoding.PEM)


@cache
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(file=str(FOLDER / PROTOCOL))


def query_of(drive: StsDrive, **changes: Any) -> saml11.Query:
    now = drive.clock.now()
    query = saml11.Query(
        id=f"request-{drive.world.ids.uuid()}",
        issued_at=now,
        claims=drive.profile.claims,
        not_before=now,
        not_after=now + timedelta(hours=12),
        subject=drive.eid.certificate,
        holder=drive.ehealth.certificate,
    )
    return replace(query, **changes)


def signed(drive: StsDrive, query: saml11.Query) -> Element:
    element, pending = saml11.prepare_query(query)
    pending.finish(drive.ehealth.sign(pending.to_be_signed))
    return element


def asked(drive: StsDrive, payload: Element, *, action: str = NEWER) -> Any:
    body = drive.signed(payload, drive.eid)
    return drive.world.dispatch(
        SandboxRequest(
            path=SAML11_STS_PATH,
            soap_action=f'"{action}"',
            content_type=XML_TYPE,
            body=body,
        )
    )


def read(reply: Any, query: saml11.Query) -> saml11.QueryReply:
    payload = envelope.unwrap(xml.parse(reply.body))
    return saml11.decode_reply(payload, request_id=query.id)


def checks(drive: StsDrive) -> str | None:
    return drive.world.ledger.entries()[-1].check


def test_the_query_against_the_official_schema(drive: StsDrive) -> None:
    element = signed(drive, query_of(drive))
    schema().assertValid(xml.parse(xml.serialize(element)))
    assert element[0].tag == q(DS, "Signature")


def test_libxmlsec_verifies_the_signature_inside(drive: StsDrive) -> None:
    element = xml.parse(xml.serialize(signed(drive, query_of(drive))))
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(
        pem(drive.ehealth.certificate), xmlsec.constants.KeyDataFormatCertPem
    )
    context.register_id(element, "RequestID")
    context.verify(element.find(q(DS, "Signature")))


def test_what_we_write_we_read(drive: StsDrive) -> None:
    query = query_of(drive)
    read_back = saml11.decode_query(xml.parse(xml.serialize(signed(drive, query))))
    assert (read_back.id, read_back.claims, read_back.holder) == (
        query.id,
        query.claims,
        query.holder,
    )
    assert (read_back.not_before, read_back.not_after) == (query.not_before, query.not_after)
    assert read_back.is_signed


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_the_answer_against_the_official_schema(drive: StsDrive, action: str) -> None:
    query = query_of(drive)
    reply = asked(drive, signed(drive, query), action=action)
    payload = envelope.unwrap(xml.parse(reply.body))
    schema().assertValid(xml.parse(xml.serialize(payload)))
    answer = read(reply, query)
    assert answer.status == "Success"
    assert answer.assertion is not None


def test_a_failure_against_the_official_schema(drive: StsDrive) -> None:
    query = query_of(drive, not_after=drive.clock.now() - timedelta(days=1))
    reply = asked(drive, signed(drive, query))
    schema().assertValid(xml.parse(xml.serialize(envelope.unwrap(xml.parse(reply.body)))))
    assert read(reply, query) == saml11.QueryReply(status="Requester", assertion=None)


def unsigned(element: Element) -> None:
    element.remove(element[0])


def changed(element: Element) -> None:
    element.set("IssueInstant", "2026-11-23T09:30:01Z")


def other_subject(element: Element) -> None:
    for name in element.iter(q(SAML1, "NameIdentifier")):
        name.text = "CN=Somebody"


def other_namespace(element: Element) -> None:
    next(element.iter(q(SAML1, "AttributeDesignator"))).set("AttributeNamespace", "urn:x")


def not_wanted_back(element: Element) -> None:
    first = next(element.iter(q(SAML1, "AttributeDesignator")))
    first.getparent().remove(first)


def other_confirmation(element: Element) -> None:
    next(element.iter(q(SAML1, "ConfirmationMethod"))).text = "urn:x"


def no_certificate(element: Element) -> None:
    confirmation = next(element.iter(q(SAML1, "SubjectConfirmation")))
    next(confirmation.iter(q(DS, "X509Certificate"))).text = "AAAA"


@pytest.mark.parametrize(
    "change",
    [
        unsigned,
        changed,
        other_subject,
        other_namespace,
        not_wanted_back,
        other_confirmation,
        no_certificate,
    ],
)
def test_the_sandbox_refuses_a_wrong_query(
    drive: StsDrive, change: Callable[[Element], None]
) -> None:
    query = query_of(drive)
    element = signed(drive, query)
    change(element)
    assert read(asked(drive, element), query).status == "Requester"
    assert checks(drive) is not None
    good = query_of(drive)
    assert read(asked(drive, signed(drive, good)), good).status == "Success"


def test_a_certified_attribute_cannot_be_stated(drive: StsDrive) -> None:
    query = query_of(drive, claims=(*drive.profile.claims[:2], Claim(NURSE, "true")))
    assert read(asked(drive, signed(drive, query)), query).status == "Requester"


def test_another_key_cannot_sign_for_the_holder(drive: StsDrive) -> None:
    query = query_of(drive, holder=drive.eid.certificate)
    element, pending = saml11.prepare_query(query)
    pending.finish(drive.eid.sign(pending.to_be_signed))
    certificate = drive.ehealth.certificate.base64
    confirmation = next(element.iter(q(SAML1, "SubjectConfirmation")))
    next(confirmation.iter(q(DS, "X509Certificate"))).text = certificate
    with pytest.raises(SignatureInvalid):
        saml11.decode_query(element)


def test_an_unknown_action_is_a_fault(drive: StsDrive) -> None:
    reply = asked(drive, signed(drive, query_of(drive)), action="urn:x")
    assert b"SOA-03004" in reply.body


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("<a/>", id="not-a-response"),
        pytest.param(f'<r:Response xmlns:r="{SAML1P}"/>', id="no-status"),
        pytest.param(
            f'<r:Response xmlns:r="{SAML1P}" InResponseTo="request-2"><r:Status>'
            '<r:StatusCode Value="r:Success"/></r:Status></r:Response>',
            id="another-request",
        ),
        pytest.param(
            f'<r:Response xmlns:r="{SAML1P}"><r:Status>'
            '<r:StatusCode Value="r:Success"/></r:Status></r:Response>',
            id="success-without-assertion",
        ),
    ],
)
def test_an_answer_that_does_not_hold_is_refused(answer: str) -> None:
    with pytest.raises(TheirAnswerInvalid):
        saml11.decode_reply(xml.parse(answer.encode()), request_id="request-1")


def test_the_innermost_status_is_told() -> None:
    answer = (
        f'<r:Response xmlns:r="{SAML1P}"><r:Status><r:StatusCode Value="r:Requester">'
        '<r:StatusCode Value="r:RequestVersionTooLow"/></r:StatusCode></r:Status></r:Response>'
    )
    reply = saml11.decode_reply(xml.parse(answer.encode()), request_id="request-1")
    assert reply == saml11.QueryReply(status="RequestVersionTooLow", assertion=None)
