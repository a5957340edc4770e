"""Messages the played STS must refuse, and which check of its ledger refuses them.

Source: *STS session* 18; decision D26: genuine and attacked messages are also built without our
signing code.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.ehealth import sts
from bridge.ehealth.profiles import CERTIFICATE_HOLDER, NURSE, PERSON, Claim
from bridge.sandbox.exchange import XML_TYPE, SandboxRequest
from bridge.sandbox.pki import Credential
from bridge.sandbox.sts import StsService
from bridge.sandbox.sts_gate import StsPolicy
from bridge.soap import wsse, xml
from tests.support import foreign, pki
from tests.support.attacks import ATTACKS
from tests.support.stsdrive import StsDrive, driving, fault_of, read

KINDS = [pytest.param("rsa", id="rsa-2048"), pytest.param("ec", id="p-384")]
SIGNERS = [
    pytest.param(foreign.sign_with_xmlsec, id="xmlsec"),
    pytest.param(foreign.sign_with_signxml, id="signxml"),
]
OTHER = "00000000097"


@pytest.fixture(params=KINDS)
def drive(request):
    with driving(request.param) as started:
        yield started


@pytest.fixture
def rsa():
    with driving("rsa") as started:
        yield started


def refusal(drive: StsDrive, reply) -> tuple[str, str | None]:
    """Give code and failed check of a message that must have been refused."""
    entry = drive.world.ledger.entries()[-1]
    code = fault_of(reply)
    assert not entry.accepted
    assert (entry.code or "").rpartition(":")[2] == code
    return code, entry.check


def signed_regions(message: bytes) -> list[range]:
    """Give where the signed parts are: timestamp with certificate, and body."""
    marks = [(b"<wsu:Timestamp", b"</wsse:BinarySecurityToken>"), (b"<soap:Body", b"</soap:Body>")]
    return [range(message.index(first), message.index(last) + len(last)) for first, last in marks]


def test_one_byte_changed_anywhere_in_a_signed_part(drive) -> None:
    message = drive.issue_message()
    places = [place for region in signed_regions(message) for place in region[3::41]]
    assert len(places) > 80
    for place in places:
        attacked = bytearray(message)
        attacked[place] ^= 1
        assert fault_of(drive.post(bytes(attacked))) != "accepted", place
    assert fault_of(drive.post(message)) == "accepted"


@pytest.mark.parametrize("name", sorted(ATTACKS.keys() - {"signature_value_in_der"}))
def test_every_known_attack_on_the_first_leg(drive, name: str) -> None:
    message = drive.issue_message()
    attacked = ATTACKS[name](message)
    assert attacked != message
    assert fault_of(drive.post(attacked)) != "accepted"
    assert not drive.world.ledger.entries()[-1].accepted


@pytest.mark.parametrize("name", ["body_moved_same_id", "payload_text_changed", "token_twice"])
def test_attacks_on_the_second_leg(rsa, name: str) -> None:
    challenge = rsa.challenge()
    attacked = ATTACKS[name](rsa.answer_message(challenge))
    assert fault_of(rsa.post(attacked, sts.CHALLENGE_ACTION)) != "accepted"
    assert isinstance(read(rsa.answer(challenge)), sts.TokenReply)


def test_an_ecdsa_value_in_der() -> None:
    with driving("ec") as drive:
        attacked = ATTACKS["signature_value_in_der"](drive.issue_message())
        code, check = refusal(drive, drive.post(attacked))
        assert code == "SOA-01001"
        assert check is not None
        assert check.startswith("signature")


def test_replayed(drive) -> None:
    message = drive.issue_message()
    assert fault_of(drive.post(message)) == "accepted"
    assert refusal(drive, drive.post(message)) == ("SOA-01001", "replay")
    drive.clock.advance(seconds=89)
    assert refusal(drive, drive.post(message)) == ("SOA-01001", "replay")


def test_replayed_with_the_other_form_of_its_ecdsa_value() -> None:
    order = int(
        "ffffffffffffffffffffffffffffffffffffffffffffffff"
        "c7634d81f4372ddf581a0db248b0a77aecec196accc52973",
        16,
    )
    with driving("ec") as drive:
        message = drive.issue_message()
        assert fault_of(drive.post(message)) == "accepted"
        envelope = xml.parse(message)
        value = next(envelope.iter(f"{{{foreign.DS}}}SignatureValue"))
        raw = base64.b64decode(value.text)
        twin = raw[:48] + (order - int.from_bytes(raw[48:])).to_bytes(48)
        value.text = base64.b64encode(twin).decode()
        assert refusal(drive, drive.post(xml.serialize(envelope))) == ("SOA-01001", "replay")


@pytest.mark.parametrize(
    "ago",
    [
        pytest.param(timedelta(seconds=91), id="over"),
        pytest.param(timedelta(hours=1), id="an-hour-old"),
        pytest.param(timedelta(seconds=-31), id="from-the-future"),
    ],
)
def test_out_of_its_time(rsa, ago: timedelta) -> None:
    message = rsa.signed(sts.encode_issue(rsa.request()), rsa.eid, ago=ago)
    code, check = refusal(rsa, rsa.post(message))
    assert code == "MessageExpired"
    assert check is not None
    assert check.startswith("timestamp")


def test_a_timestamp_longer_than_five_minutes(rsa) -> None:
    profile = replace(wsse.STS_PROFILE, timestamp_lifetime_s=301)
    message = rsa.signed(sts.encode_issue(rsa.request()), rsa.eid, profile=profile)
    assert refusal(rsa, rsa.post(message))[0] == "MessageExpired"


def test_signed_by_another_key_than_shown(rsa) -> None:
    message = rsa.signed(sts.encode_issue(rsa.request()), rsa.ehealth, shown=rsa.eid)
    code, check = refusal(rsa, rsa.post(message))
    assert (code, check) == ("SOA-01001", "signature: wrong signature value")


@pytest.mark.parametrize("part", [pytest.param(part, id=part.value) for part in wsse.Part])
def test_a_part_that_is_not_signed(rsa, part) -> None:
    profile = replace(wsse.STS_PROFILE, parts=wsse.STS_PROFILE.parts - {part})
    message = rsa.signed(sts.encode_issue(rsa.request()), rsa.eid, profile=profile)
    assert refusal(rsa, rsa.post(message))[0] == "SOA-01001"


def test_the_certificate_of_an_unknown_issuer(rsa) -> None:
    subject = rsa.eid.certificate.x509.subject
    stranger = rsa.world.pki.stranger.credential(subject, rsa.eid.key, now=rsa.clock.now())
    message = rsa.signed(sts.encode_issue(rsa.request()), stranger)
    expected = ("SOA-01001", "certificate of an unknown issuer")
    assert refusal(rsa, rsa.post(message)) == expected
    certificate = rsa.world.pki.stranger.issue(subject, rsa.ehealth.key, now=rsa.clock.now())
    reply = rsa.issue(holder=certificate)
    assert refusal(rsa, reply) == ("InvalidRequest", "certificate of an unknown issuer")


def test_the_certificate_of_the_sts_itself_is_nobodys_card(rsa) -> None:
    message = rsa.signed(sts.encode_issue(rsa.request()), rsa.world.pki.sts)
    assert refusal(rsa, rsa.post(message))[1] == "certificate of an unknown issuer"


def test_an_expired_certificate(rsa) -> None:
    expired = Credential(key=rsa.eid.key, certificate=rsa.world.pki.expired(rsa.eid))
    message = rsa.signed(sts.encode_issue(rsa.request()), expired)
    assert refusal(rsa, rsa.post(message)) == ("SOA-01001", "certificate out of its validity")


def test_a_revoked_certificate(rsa) -> None:
    rsa.world.pki.revoke(rsa.eid.certificate)
    assert refusal(rsa, rsa.issue()) == ("SOA-01001", "certificate revoked")
    rsa.world.pki.revoked.clear()
    rsa.world.pki.revoke(rsa.ehealth.certificate)
    assert refusal(rsa, rsa.issue()) == ("InvalidRequest", "certificate revoked")


@pytest.mark.parametrize(
    ("action", "code"),
    [
        pytest.param("", "SOA-03004", id="none"),
        pytest.param("urn:be:fgov:ehealth:sts:protocol:v1:Other", "SOA-03004", id="unknown"),
        pytest.param(sts.CHALLENGE_ACTION, "SOA-03004", id="of-the-other-leg"),
    ],
)
def test_another_soap_action(rsa, action: str, code: str) -> None:
    assert refusal(rsa, rsa.post(rsa.issue_message(), action))[0] == code


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        pytest.param(b"<a/>", "application/soap+xml", "SOA-03002", id="soap-1.2"),
        pytest.param(b"<a/>", "", "SOA-03002", id="no-content-type"),
        pytest.param(b"<a>", XML_TYPE, "SOA-03001", id="not-well-formed"),
        pytest.param(b"", XML_TYPE, "SOA-03001", id="empty"),
        pytest.param(b"<!DOCTYPE a><a/>", XML_TYPE, "SOA-03001", id="document-type"),
        pytest.param(b"<a/>", XML_TYPE, "SOA-03002", id="no-envelope"),
        pytest.param(
            f"<s:Envelope xmlns:s='{foreign.SOAP}'><s:Body/></s:Envelope>".encode(),
            XML_TYPE,
            "SOA-03003",
            id="empty-body",
        ),
        pytest.param(
            f"<s:Envelope xmlns:s='{foreign.SOAP}'><s:Body><a/></s:Body></s:Envelope>".encode(),
            XML_TYPE,
            "SOA-01001",
            id="unsigned",
        ),
    ],
)
def test_what_is_no_signed_soap_message(rsa, body: bytes, content_type: str, code: str) -> None:
    assert refusal(rsa, rsa.post(body, content_type=content_type))[0] == code


def stated(niss: str) -> tuple[Claim, Claim]:
    return Claim(CERTIFICATE_HOLDER, niss), Claim(PERSON, niss)


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        pytest.param((), "InvalidRequest", id="none"),
        pytest.param((Claim(NURSE),), "InvalidRequest", id="nobody-named"),
        pytest.param((*stated(OTHER), Claim(NURSE)), "SOA-01002", id="other-person"),
        pytest.param((*stated("{own}"), Claim("urn:x")), "InvalidRequest", id="unknown"),
        pytest.param((*stated("{own}"), *stated("{own}")), "InvalidRequest", id="repeated"),
        pytest.param(
            (*stated("{own}"), Claim(NURSE, "true")), "InvalidRequest", id="self-certified"
        ),
        pytest.param(
            (Claim(CERTIFICATE_HOLDER), Claim(PERSON, "{own}")), "InvalidRequest", id="empty"
        ),
        pytest.param(
            (Claim(CERTIFICATE_HOLDER, "{own}"), Claim(PERSON, OTHER)), "SOA-01002", id="two-people"
        ),
    ],
)
def test_claims_that_do_not_hold(rsa, claims: tuple[Claim, ...], code: str) -> None:
    own = rsa.world.nurse.registration.holder.niss.digits
    filled = tuple(
        replace(claim, value=claim.value.format(own=own)) if claim.value else claim
        for claim in claims
    )
    found, check = refusal(rsa, rsa.issue(claims=filled))
    assert found == code
    assert check is not None
    assert check.startswith("claims")


def test_the_key_of_somebody_else_cannot_be_bound(rsa) -> None:
    reply = rsa.issue(holder=rsa.world.pki.other_holder.certificate)
    assert refusal(rsa, reply)[0] == "SOA-01002"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param(timedelta(), timedelta(hours=24, seconds=1), id="too-long"),
        pytest.param(timedelta(), timedelta(), id="empty"),
        pytest.param(timedelta(), timedelta(hours=-1), id="backwards"),
        pytest.param(timedelta(minutes=6), timedelta(hours=1), id="starts-later"),
        pytest.param(timedelta(minutes=-6), timedelta(hours=1), id="started-long-ago"),
        pytest.param(timedelta(minutes=-4), timedelta(minutes=-2), id="over"),
    ],
)
def test_windows_that_are_not_given(rsa, start: timedelta, end: timedelta) -> None:
    now = rsa.clock.now()
    reply = rsa.issue(not_before=now + start, not_after=now + end)
    assert refusal(rsa, reply) == ("InvalidTimeRange", "lifetime")


def test_a_window_of_exactly_a_day_is_given(rsa) -> None:
    now = rsa.clock.now()
    assert fault_of(rsa.issue(not_before=now, not_after=now + timedelta(hours=24))) == "accepted"


def test_a_request_with_another_key_type(rsa) -> None:
    element = sts.encode_issue(rsa.request())
    next(element.iter("{*}KeyType")).text = "http://docs.oasis-open.org/ws-sx/wstrust/200512/Bearer"
    code, check = refusal(rsa, rsa.post(rsa.signed(element, rsa.eid)))
    assert (code, check) == ("InvalidRequest", "request: unknown KeyType")


def test_a_challenge_is_used_up_by_its_answer(rsa) -> None:
    challenge = rsa.challenge()
    assert fault_of(rsa.answer(challenge)) == "accepted"
    expected = ("FailedAuthentication", "challenge unknown, used or late")
    assert refusal(rsa, rsa.answer(challenge)) == expected


def test_a_challenge_lives_a_minute(rsa) -> None:
    challenge = rsa.challenge()
    rsa.clock.advance(seconds=59)
    assert fault_of(rsa.answer(challenge)) == "accepted"
    challenge = rsa.challenge()
    rsa.clock.advance(seconds=60)
    assert refusal(rsa, rsa.answer(challenge))[0] == "FailedAuthentication"


def test_a_challenge_answered_by_another_key(rsa) -> None:
    challenge = rsa.challenge()
    expected = ("FailedAuthentication", "challenge signed by another key")
    assert refusal(rsa, rsa.answer(challenge, rsa.eid)) == expected
    assert refusal(rsa, rsa.answer(challenge))[0] == "FailedAuthentication"


def test_a_challenge_that_was_never_asked(rsa) -> None:
    never = sts.ChallengeReply(context="x", text="0123456789")
    assert refusal(rsa, rsa.answer(never))[0] == "FailedAuthentication"


def test_a_challenge_answered_for_another_context(rsa) -> None:
    expected = ("FailedAuthentication", "challenge with another context")
    assert refusal(rsa, rsa.answer(rsa.challenge(), context="another")) == expected


def test_a_second_leg_without_challenge(rsa) -> None:
    payload = sts.encode_challenge(sts.ChallengeReply(context="x", text="1"))
    reply = rsa.post(rsa.signed(payload, rsa.ehealth), sts.CHALLENGE_ACTION)
    assert refusal(rsa, reply)[0] == "InvalidRequest"


# -- messages built without our code ---------------------------------------------------------------


RST = """<t:RequestSecurityToken xmlns:t="http://docs.oasis-open.org/ws-sx/ws-trust/200512"
 Context="urn:uuid:by-hand-{number}">
<t:TokenType>http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1</t:TokenType>
<t:RequestType>http://docs.oasis-open.org/ws-sx/ws-trust/200512/Issue</t:RequestType>
<t:Claims Dialect="http://docs.oasis-open.org/wsfed/authorization/200706/authclaims"
 xmlns:auth="http://docs.oasis-open.org/wsfed/authorization/200706">
<auth:ClaimType Uri="urn:be:fgov:ehealth:1.0:certificateholder:person:ssin">
<auth:Value>{niss}</auth:Value></auth:ClaimType>
<auth:ClaimType Uri="urn:be:fgov:person:ssin"><auth:Value>{niss}</auth:Value></auth:ClaimType>
<auth:ClaimType Uri="urn:be:fgov:person:ssin:nurse:boolean"/></t:Claims>
<t:Lifetime xmlns:u="{wsu}"><u:Created>{created:%Y-%m-%dT%H:%M:%S.0000000+0000}</u:Created>
<u:Expires>{expires:%Y-%m-%dT%H:%M:%S.0000000+0000}</u:Expires></t:Lifetime>
<t:KeyType>http://docs.oasis-open.org/ws-sx/wstrust/200512/PublicKey</t:KeyType>
<t:UseKey><o:SecurityTokenReference xmlns:o="{wsse}"><d:X509Data xmlns:d="{ds}">
<d:X509Certificate>{holder}</d:X509Certificate></d:X509Data></o:SecurityTokenReference></t:UseKey>
</t:RequestSecurityToken>"""


def recipe_for(drive: StsDrive, niss: str | None = None) -> foreign.Recipe:
    """Write a request by hand, to be signed by somebody else's program."""
    now = drive.clock.now()
    payload = RST.format(
        number=drive.world.ids.uuid(),
        niss=niss or drive.world.nurse.registration.holder.niss.digits,
        wsu=foreign.WSU,
        wsse=foreign.WSSE,
        ds=foreign.DS,
        created=now,
        expires=now + timedelta(hours=10),
        holder=drive.ehealth.certificate.base64,
    )
    credential = pki.Credential(drive.eid.key, drive.eid.certificate)
    return foreign.Recipe(credential=credential, payload=payload, created=now)


@pytest.mark.parametrize("sign", SIGNERS)
def test_a_genuine_message_of_another_program_is_accepted(drive, sign) -> None:
    reply = read(drive.post(sign(recipe_for(drive))))
    assert isinstance(reply, sts.ChallengeReply)
    assert isinstance(read(drive.answer(reply)), sts.TokenReply)


@pytest.mark.parametrize("sign", SIGNERS)
@pytest.mark.parametrize(
    "name", ["body_moved_same_id", "body_moved_new_id", "second_payload", "payload_text_changed"]
)
def test_an_attacked_message_of_another_program_is_refused(drive, sign, name: str) -> None:
    message = sign(recipe_for(drive))
    assert fault_of(drive.post(ATTACKS[name](message))) == "SOA-01001"
    assert fault_of(drive.post(message)) == "accepted"


def test_another_program_cannot_ask_for_somebody_else(drive) -> None:
    message = foreign.sign_with_xmlsec(recipe_for(drive, OTHER))
    assert refusal(drive, drive.post(message))[0] == "SOA-01002"


def test_empty_and_real_prefix_lists_are_honoured(rsa) -> None:
    for prefixes in ("", "soap wsu"):
        message = foreign.sign_with_xmlsec(recipe_for(rsa).changed(prefixes=prefixes))
        assert fault_of(rsa.post(message)) == "accepted"


def test_sha1_only_when_switched_on(rsa) -> None:
    recipe = recipe_for(rsa).changed(method=foreign.RSA_SHA1, digest_method=foreign.SHA1)
    message = foreign.sign_with_xmlsec(recipe)
    assert refusal(rsa, rsa.post(message))[0] == "SOA-01001"
    world = rsa.world
    old = StsService(
        clock=world.clock,
        ids=world.ids,
        pki=world.pki,
        scenario=world.scenario,
        ledger=world.ledger,
        nurses=world.nurses,
        policy=StsPolicy(accepts_sha1=True),
    )
    request = SandboxRequest(
        path="/", soap_action=sts.ISSUE_ACTION, content_type=XML_TYPE, body=message
    )
    assert isinstance(read(old.answer(request)), sts.ChallengeReply)
