"""A whole MemberData message built without our code, genuine and attacked (D26).

Envelope, query and signature are written by hand and signed by python-xmlsec or signxml; only
the assertion is the sandbox's own, as the STS's would be.
"""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support import foreign, pki
from tests.support.recorded import PERSON, Caught, caught

SIGNERS = [
    pytest.param(foreign.sign_with_xmlsec, id="xmlsec"),
    pytest.param(foreign.sign_with_signxml, id="signxml"),
]
COMMONS = "urn:be:fgov:ehealth:mycarenet:commons"
MEMBERDATA = "urn:be:fgov:ehealth:mycarenet:memberdata:protocol:v1"
SAML2 = "urn:oasis:names:tc:SAML:2.0"
EXTENSION = "urn:be:cin:nippin:memberdata:saml:extension"


def query(message: Caught) -> str:
    """Write the question "is this person insured today?" by hand."""
    now = foreign.stamp(message.daemon.clock.now())
    day = message.daemon.clock.now().date()
    nihii = message.daemon.world.nurse.registration.holder.nihii.digits
    return (
        f'<p:AttributeQuery xmlns:p="{SAML2}:protocol" ID="_20261123000001" Version="2.0"'
        f' IssueInstant="{now}"><a:Issuer xmlns:a="{SAML2}:assertion"'
        f' Format="urn:be:cin:nippin:nihii11">{nihii}</a:Issuer>'
        '<p:Extensions xmlns:x="http://www.w3.org/2001/XMLSchema-instance"'
        f' xmlns:e="{EXTENSION}" x:type="e:ExtensionsType">'
        '<e:Facet id="urn:be:cin:nippin:insurability">'
        '<Dimension id="requestType">information</Dimension>'
        '<Dimension id="contactType">other</Dimension></e:Facet></p:Extensions>'
        f'<a:Subject xmlns:a="{SAML2}:assertion">'
        f'<a:NameID Format="urn:be:fgov:person:ssin">{PERSON}</a:NameID>'
        '<a:SubjectConfirmation Method="urn:be:cin:nippin:memberIdentification">'
        f'<a:SubjectConfirmationData NotBefore="{day}T00:00:00"'
        f' NotOnOrAfter="{day + timedelta(days=1)}T00:00:00"/></a:SubjectConfirmation>'
        "</a:Subject></p:AttributeQuery>"
    )


def payload(message: Caught) -> str:
    """Write the request around the question by hand."""
    world = message.daemon.world
    holder = world.nurse.registration.holder
    number = f"<c:Quality>nurse</c:Quality><c:Value>{holder.nihii.digits}</c:Value>"
    detail = base64.b64encode(query(message).encode()).decode()
    return (
        f'<m:MemberDataConsultationRequest xmlns:m="{MEMBERDATA}" Id="_request"'
        f' IssueInstant="{foreign.stamp(message.daemon.clock.now())}">'
        f'<p:CommonInput xmlns:p="{COMMONS}:protocol:v3" xmlns:c="{COMMONS}:core:v3">'
        "<c:Request><c:IsTest>true</c:IsTest></c:Request><c:Origin><c:Package>"
        f"<c:Name>Another program</c:Name><c:License><c:Username>{world.licence.username}"
        f"</c:Username><c:Password>{world.licence.password}</c:Password></c:License></c:Package>"
        f"<c:CareProvider><c:Nihii>{number}</c:Nihii><c:PhysicalPerson>"
        f"<c:Name>{holder.first_name} {holder.last_name}</c:Name><c:Nihii>{number}</c:Nihii>"
        f"<c:Ssin>{holder.niss.digits}</c:Ssin></c:PhysicalPerson></c:CareProvider></c:Origin>"
        "<c:InputReference>20261123000001</c:InputReference></p:CommonInput>"
        f'<p:Detail xmlns:p="{COMMONS}:protocol:v3" ContentType="text/xml"'
        f' ContentEncoding="none" Id="_detail">{detail}</p:Detail>'
        "</m:MemberDataConsultationRequest>"
    )


def recipe(message: Caught) -> foreign.Recipe:
    """Give what a program of others would sign: our session's assertion, its own message."""
    found = re.search(rb"<Assertion .*?</Assertion>", message.request.body, re.DOTALL)
    assert found is not None
    ehealth = message.daemon.world.nurse.ehealth
    identifier = re.search(rb'AssertionID="([^"]+)"', found[0])
    assert identifier is not None
    return foreign.Recipe(
        credential=pki.Credential(key=ehealth.key, certificate=ehealth.certificate),
        assertion=found[0],
        assertion_id=identifier[1].decode(),
        parts=foreign.ESB_PARTS,
        payload=payload(message),
        created=message.daemon.clock.now(),
    )


@pytest.mark.parametrize("sign", SIGNERS)
async def test_a_genuine_message_of_others_is_answered(tmp_path: Path, sign) -> None:
    async with caught(tmp_path, "consult") as message:
        reply = message.deliver(sign(recipe(message)))
        assert message.was_accepted()
        assert b"MemberDataConsultationResponse" in reply.body


@pytest.mark.parametrize("sign", SIGNERS)
async def test_the_same_message_changed_after_signing_is_refused(tmp_path: Path, sign) -> None:
    async with caught(tmp_path, "consult") as message:
        genuine = sign(recipe(message))
        other = genuine.replace(b"20261123000001<", b"20261123000002<", 1)
        assert other != genuine
        message.deliver(other)
        assert not message.was_accepted()
        message.deliver(genuine)
        assert message.was_accepted()


@pytest.mark.parametrize("sign", SIGNERS)
async def test_the_question_moved_aside_for_another_one_is_refused(tmp_path: Path, sign) -> None:
    async with caught(tmp_path, "consult") as message:
        genuine = sign(recipe(message)).decode()
        body = genuine[genuine.index("<soap:Body") : genuine.index("</soap:Envelope>")]
        forged = body.replace('wsu:Id="body"', 'wsu:Id="other"').replace("_request", "_forged")
        moved = genuine.replace(body, forged).replace(
            "</soap:Header>", f"<x>{body}</x></soap:Header>"
        )
        message.deliver(moved.encode())
        assert not message.was_accepted()
        message.deliver(genuine.encode())
        assert message.was_accepted()


@pytest.mark.parametrize("sign", SIGNERS)
async def test_a_message_signed_with_the_key_of_somebody_else_is_refused(
    tmp_path: Path, sign
) -> None:
    async with caught(tmp_path, "consult") as message:
        stranger = message.daemon.world.pki.ehealth("00000000097", "Somebody Else")
        credential = pki.Credential(key=stranger.key, certificate=stranger.certificate)
        message.deliver(sign(replace(recipe(message), credential=credential)))
        assert not message.was_accepted()


@pytest.mark.parametrize("sign", SIGNERS)
async def test_a_message_whose_body_is_not_signed_is_refused(tmp_path: Path, sign) -> None:
    async with caught(tmp_path, "consult") as message:
        message.deliver(sign(recipe(message).changed(parts=("ts",))))
        assert not message.was_accepted()
        message.deliver(sign(recipe(message)))
        assert message.was_accepted()


@pytest.mark.parametrize("sign", SIGNERS)
async def test_a_message_that_was_answered_is_not_answered_again(tmp_path: Path, sign) -> None:
    async with caught(tmp_path, "consult") as message:
        genuine = sign(recipe(message))
        message.deliver(genuine)
        assert message.was_accepted()
        message.deliver(genuine)
        assert not message.was_accepted()


@pytest.mark.parametrize("sign", SIGNERS)
async def test_a_message_of_yesterday_is_refused(tmp_path: Path, sign) -> None:
    async with caught(tmp_path, "consult") as message:
        yesterday = message.daemon.clock.now() - timedelta(days=1)
        message.deliver(sign(recipe(message).changed(created=yesterday)))
        assert not message.was_accepted()
