"""Both legs of a token request against the played STS, and every way in which it goes wrong."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.ehealth import profiles, saml, sts
from bridge.ehealth.endpoints import STS_PATH
from bridge.errors import (
    AssertionExpired,
    AssertionForeign,
    AssertionSignatureInvalid,
    AssertionUnsigned,
    AssertionUntrusted,
    NotDelivered,
    NotRecognised,
    TheirAnswerInvalid,
)
from bridge.ports.transport import WireRequest
from bridge.sandbox.exchange import SandboxRequest
from bridge.sandbox.transport import SandboxTransport
from bridge.soap import envelope, faults, xml
from tests.support.stsdrive import StsDrive, driving, fault_of, read

KINDS = [pytest.param("rsa", id="rsa-2048"), pytest.param("ec", id="p-384")]


@pytest.fixture(params=KINDS)
def drive(request):
    with driving(request.param) as started:
        yield started


@pytest.fixture
def rsa():
    with driving("rsa") as started:
        yield started


def verify(drive: StsDrive, assertion: bytes) -> saml.Assertion:
    parsed = saml.parse_assertion(assertion)
    saml.verify_assertion(
        parsed,
        expected=saml.Expected(holder=drive.ehealth.certificate, profile=drive.profile),
        trust=drive.world.sts_trust(),
        now=drive.clock.now(),
    )
    return parsed


def last_entry(drive: StsDrive):
    return drive.world.ledger.entries()[-1]


async def test_both_legs_over_the_transport_port_give_a_verified_assertion(drive) -> None:
    transport = SandboxTransport(drive.world)
    url = drive.world.endpoints("http://127.0.0.1:1").sts

    async def exchange(body: bytes, action: str):
        wire = WireRequest(url=url, body=body, content_type="text/xml", soap_action=action)
        reply = await transport.exchange(wire)
        assert (reply.status, reply.sent_at) == (200, drive.clock.now())
        return sts.decode_reply(envelope.unwrap(xml.parse(reply.body)), context=request.context)

    request = drive.request()
    message = drive.signed(sts.encode_issue(request), drive.eid)
    challenge = await exchange(message, sts.ISSUE_ACTION)
    assert isinstance(challenge, sts.ChallengeReply)
    assert challenge.context == request.context
    token = await exchange(drive.answer_message(challenge), sts.CHALLENGE_ACTION)
    assert isinstance(token, sts.TokenReply)
    assertion = verify(drive, token.assertion)
    assert assertion.holder == drive.ehealth.certificate
    assert assertion.not_on_or_after == request.not_after
    assert assertion.not_before == request.not_before - timedelta(minutes=5)


def test_attributes_come_in_the_order_of_the_request(rsa) -> None:
    assertion = verify(rsa, rsa.assertion())
    holder = rsa.world.nurse.registration.holder
    assert assertion.attributes == (
        (profiles.CERTIFICATE_HOLDER, profiles.IDENTIFICATION, holder.niss.digits),
        (profiles.PERSON, profiles.IDENTIFICATION, holder.niss.digits),
        (profiles.NURSE, profiles.CERTIFIED, "true"),
        (profiles.NURSE_NIHII, profiles.CERTIFIED, holder.nihii.long),
        (profiles.GIVEN_NAME, profiles.CERTIFIED, holder.first_name),
        (profiles.SURNAME, profiles.CERTIFIED, holder.last_name),
    )
    assert assertion.subject == rsa.eid.certificate.subject
    assert len(assertion.id) == 33
    assert assertion.id.startswith("_")


def test_the_ledger_tells_what_was_accepted(rsa) -> None:
    before = len(rsa.world.ledger.entries())
    challenge = rsa.challenge()
    read(rsa.answer(challenge))
    entries = rsa.world.ledger.entries()[before:]
    assert [(entry.operation, entry.accepted, entry.reference) for entry in entries] == [
        ("issue", True, challenge.context),
        ("challenge", True, challenge.context),
    ]
    assert {(entry.service, entry.code, entry.check) for entry in entries} == {("sts", None, None)}


def test_every_challenge_is_new(rsa) -> None:
    assert len({rsa.challenge().text for _ in range(4)}) == 4


def test_the_context_may_be_left_out_of_the_second_leg(rsa) -> None:
    assert isinstance(read(rsa.answer(rsa.challenge(), context=None)), sts.TokenReply)


def test_one_certificate_in_both_roles_needs_no_challenge(rsa) -> None:
    payload = sts.encode_issue(rsa.request())
    assert isinstance(read(rsa.post(rsa.signed(payload, rsa.ehealth))), sts.TokenReply)
    without = sts.encode_issue(rsa.request(holder=None))
    reply = read(rsa.post(rsa.signed(without, rsa.ehealth)))
    assert isinstance(reply, sts.TokenReply)
    assert saml.parse_assertion(reply.assertion).holder == rsa.ehealth.certificate


def test_whether_a_challenge_is_asked_can_be_forced(rsa) -> None:
    rsa.world.scenario.choose("challenge_always")
    payload = sts.encode_issue(rsa.request())
    assert isinstance(read(rsa.post(rsa.signed(payload, rsa.ehealth))), sts.ChallengeReply)
    rsa.world.scenario.choose("challenge_direct")
    assert isinstance(read(rsa.issue()), sts.TokenReply)


def test_a_user_session_is_certified_only_with_an_eid(rsa) -> None:
    settings = replace(profiles.DEFAULT_SETTINGS, asks_user_session=True)
    claims = profiles.profile_for(rsa.world.nurse.registration, settings).claims
    rsa.world.scenario.choose("challenge_direct")
    values = []
    for signer in (rsa.eid, rsa.ehealth):
        reply = read(rsa.post(rsa.signed(sts.encode_issue(rsa.request(claims=claims)), signer)))
        assertion = saml.parse_assertion(reply.assertion)
        values.append(assertion.values(profiles.USER_SESSION))
    assert values == [("true",), ("false",)]


def test_somebody_who_is_no_nurse_is_told_so_in_the_assertion(rsa) -> None:
    pki = rsa.world.pki
    niss = "00000000097"
    eid, ehealth = pki.eid(niss, "No", "Nurse"), pki.other_holder
    claims = tuple(
        replace(claim, value=niss if claim.value else None) for claim in rsa.profile.claims
    )
    request = rsa.request(claims=claims, holder=ehealth.certificate)
    challenge = read(rsa.post(rsa.signed(sts.encode_issue(request), eid)))
    assertion = saml.parse_assertion(read(rsa.answer(challenge, ehealth)).assertion)
    assert assertion.values(profiles.NURSE) == ("false",)
    assert assertion.values(profiles.NURSE_NIHII) == ()
    assert assertion.values(profiles.PERSON) == (niss,)


@pytest.mark.parametrize(
    ("scenario", "error"),
    [
        pytest.param("assertion_unsigned", AssertionUnsigned, id="unsigned"),
        pytest.param("assertion_wrongly_signed", AssertionSignatureInvalid, id="wrongly-signed"),
        pytest.param("assertion_tampered", AssertionSignatureInvalid, id="tampered"),
        pytest.param("assertion_untrusted", AssertionUntrusted, id="untrusted"),
        pytest.param("assertion_expired", AssertionExpired, id="expired"),
        pytest.param("assertion_foreign", AssertionForeign, id="foreign-key"),
        pytest.param("assertion_other_person", AssertionForeign, id="other-person"),
        pytest.param("not_recognised", NotRecognised, id="not-recognised"),
    ],
)
def test_the_client_refuses_each_wrong_assertion_in_its_own_way(rsa, scenario, error) -> None:
    rsa.world.scenario.choose(scenario)
    assertion = rsa.assertion()
    with pytest.raises(error):
        verify(rsa, assertion)
    assert last_entry(rsa).accepted


async def test_a_service_that_is_down_gets_no_byte(rsa) -> None:
    rsa.world.scenario.choose("sts_down")
    url = rsa.world.endpoints("http://127.0.0.1:1").sts
    before = len(rsa.world.ledger.entries())
    wire = WireRequest(url=url, body=b"x", content_type="text/xml", soap_action=sts.ISSUE_ACTION)
    with pytest.raises(NotDelivered):
        await SandboxTransport(rsa.world).exchange(wire)
    assert rsa.post(b"x").status == 503
    assert len(rsa.world.ledger.entries()) == before


def test_a_fault_and_garbage_on_demand(rsa) -> None:
    rsa.world.scenario.choose("sts_soap_fault")
    reply = rsa.issue()
    assert fault_of(reply) == "SOA-02001"
    assert (last_entry(rsa).accepted, last_entry(rsa).code) == (True, "SOA-02001")
    rsa.world.scenario.choose("sts_garbage")
    reply = rsa.issue()
    assert reply.content_type == "text/html"
    with pytest.raises(TheirAnswerInvalid):
        xml.parse(reply.body)


def test_no_scenario_makes_the_sandbox_accept_more(rsa) -> None:
    for name in rsa.world.scenario.available:
        rsa.world.scenario.choose(name)
        if rsa.world.is_down(STS_PATH):
            continue
        wrong = rsa.signed(sts.encode_issue(rsa.request()), rsa.ehealth, shown=rsa.eid)
        assert fault_of(rsa.post(wrong)) != "accepted", name


def test_a_clock_an_hour_off_is_seen_from_the_date_of_the_refusal(rsa) -> None:
    rsa.world.scenario.choose("clock_skew")
    reply = rsa.issue()
    assert fault_of(reply) == "MessageExpired"
    assert reply.sent_at == rsa.clock.now() + timedelta(hours=1)
    rsa.world.scenario.choose("normal")
    rsa.world.clock.set_offset(-3600)
    reply = rsa.issue()
    assert fault_of(reply) == "MessageExpired"
    assert reply.sent_at == rsa.clock.now() - timedelta(hours=1)


def test_an_unknown_path_has_no_service(rsa) -> None:
    request = SandboxRequest(path="/nothing", soap_action=None, content_type="text/xml", body=b"")
    assert rsa.world.dispatch(request).status == 404


def test_faults_carry_a_reference_for_support(rsa) -> None:
    fault = faults.decode(xml.parse(rsa.issue(claims=()).body))
    assert fault is not None
    assert (fault.code, fault.origin, fault.retry) == ("InvalidRequest", "Consumer", False)
    assert fault.reference


def test_a_challenge_answered_from_many_threads_is_accepted_once(rsa) -> None:
    challenge = rsa.challenge()
    messages = [rsa.answer_message(challenge) for _ in range(6)]
    codes: list[str] = []

    def send(message: bytes) -> None:
        codes.append(fault_of(rsa.post(message, sts.CHALLENGE_ACTION)))

    threads = [threading.Thread(target=send, args=(message,)) for message in messages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["FailedAuthentication"] * 5 + ["accepted"]
