"""WS-Trust messages as values, both directions (*STS session* 5)."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bridge.ehealth import sts
from bridge.ehealth.profiles import DEFAULT_SETTINGS, Claim
from bridge.errors import TheirAnswerInvalid
from bridge.soap import wsse, xml
from tests.support import pki

NS = {
    "wst": "http://docs.oasis-open.org/ws-sx/ws-trust/200512",
    "auth": "http://docs.oasis-open.org/wsfed/authorization/200706",
    "wsu": ("http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"),
    "wsse": ("http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"),
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOLDER = pki.ehealth("ec").certificate
REQUEST = sts.IssueRequest(
    context="11111111-2222-4333-8444-555555555555",
    claims=(Claim("urn:be:fgov:person:ssin", "85073003328"), Claim("urn:x:nurse:boolean")),
    not_before=NOW,
    not_after=NOW + timedelta(hours=12),
    holder=HOLDER,
)


def changed(element, name: str, change):
    """Give a copy in which ``change`` was applied to the first element of that local name."""
    twin = copy.deepcopy(element)
    change(twin.xpath(f"//*[local-name()='{name}']")[0])
    return twin


def test_the_request_has_the_members_and_order_every_known_client_sends() -> None:
    element = sts.encode_issue(REQUEST)
    assert element.get("Context") == REQUEST.context
    assert [child.tag for child in element] == [
        f"{{{NS['wst']}}}{name}"
        for name in ("TokenType", "RequestType", "Claims", "Lifetime", "KeyType", "UseKey")
    ]
    texts = {child.tag.rpartition("}")[2]: child.text for child in element}
    assert texts["TokenType"] == (
        "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1"
    )
    assert texts["RequestType"] == "http://docs.oasis-open.org/ws-sx/ws-trust/200512/Issue"
    assert texts["KeyType"] == "http://docs.oasis-open.org/ws-sx/wstrust/200512/PublicKey"


def test_claims_carry_values_only_where_stated() -> None:
    element = sts.encode_issue(REQUEST)
    claims = element.find("wst:Claims", NS)
    assert claims.get("Dialect") == (
        "http://docs.oasis-open.org/wsfed/authorization/200706/authclaims"
    )
    assert [claim.get("Uri") for claim in claims] == [claim.uri for claim in REQUEST.claims]
    assert claims.xpath("auth:ClaimType/auth:Value/text()", namespaces=NS) == ["85073003328"]
    assert len(claims[1]) == 0


def test_lifetime_and_key_to_use() -> None:
    element = sts.encode_issue(REQUEST)
    assert element.findtext("wst:Lifetime/wsu:Created", None, NS) == "2026-03-02T08:00:00.000Z"
    assert element.findtext("wst:Lifetime/wsu:Expires", None, NS) == "2026-03-02T20:00:00.000Z"
    path = "wst:UseKey/wsse:SecurityTokenReference/ds:X509Data/ds:X509Certificate"
    assert element.findtext(path, None, NS) == HOLDER.base64


def test_another_key_type_is_a_setting() -> None:
    spelling = "http://docs.oasis-open.org/ws-sx/ws-trust/200512/PublicKey"
    settings = replace(DEFAULT_SETTINGS, key_type=spelling)
    element = sts.encode_issue(REQUEST, settings)
    assert element.findtext("wst:KeyType", None, NS) == spelling
    assert sts.decode_issue(element, settings) == REQUEST
    with pytest.raises(TheirAnswerInvalid):
        sts.decode_issue(element)


def test_the_life_of_the_timestamp_is_a_setting() -> None:
    settings = replace(DEFAULT_SETTINGS, timestamp_lifetime_s=120)
    assert sts.signing_profile() == wsse.STS_PROFILE
    assert sts.signing_profile(settings).timestamp_lifetime_s == 120


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(REQUEST, id="complete"),
        pytest.param(replace(REQUEST, context=None), id="without-context"),
        pytest.param(replace(REQUEST, holder=None), id="without-key-to-use"),
        pytest.param(replace(REQUEST, claims=REQUEST.claims * 2), id="repeated-claims"),
    ],
)
def test_the_service_reads_what_the_client_writes(request_: sts.IssueRequest) -> None:
    written = xml.serialize(sts.encode_issue(request_))
    assert sts.decode_issue(xml.parse(written)) == request_


def test_a_qualified_context_is_tolerated() -> None:
    written = xml.serialize(sts.encode_issue(REQUEST)).replace(b" Context=", b" wst:Context=")
    assert sts.decode_issue(xml.parse(written)).context == REQUEST.context


def test_two_different_contexts_are_refused() -> None:
    element = sts.encode_issue(REQUEST)
    element.set(f"{{{NS['wst']}}}Context", "another")
    with pytest.raises(TheirAnswerInvalid):
        sts.decode_issue(element)


@pytest.mark.parametrize(
    ("created", "expires"),
    [
        pytest.param(
            "2026-03-02T08:00:00.0000000Z", "2026-03-02T20:00:00.0000000Z", id="seven-decimals"
        ),
        pytest.param("2026-03-02T08:00:00+0000", "2026-03-02T20:00:00+0000", id="no-colon"),
        pytest.param("2026-03-02T09:00:00.000+01:00", "2026-03-02T21:00:00.000+01:00", id="offset"),
    ],
)
def test_any_spelling_of_the_lifetime_is_read(created: str, expires: str) -> None:
    element = sts.encode_issue(REQUEST)
    element.find("wst:Lifetime/wsu:Created", NS).text = created
    element.find("wst:Lifetime/wsu:Expires", NS).text = expires
    decoded = sts.decode_issue(element)
    assert (decoded.not_before, decoded.not_after) == (REQUEST.not_before, REQUEST.not_after)


def test_an_offset_of_the_caller_is_written_in_utc() -> None:
    brussels = timezone(timedelta(hours=1))
    element = sts.encode_issue(replace(REQUEST, not_before=NOW.astimezone(brussels)))
    assert element.findtext("wst:Lifetime/wsu:Created", None, NS) == "2026-03-02T08:00:00.000Z"


def remove(element) -> None:
    element.getparent().remove(element)


def double(element) -> None:
    element.getparent().append(xml.parse(xml.serialize(element)))


def say(text: str):
    def change(element) -> None:
        element.text = text

    return change


@pytest.mark.parametrize(
    ("name", "change"),
    [
        *(
            pytest.param(name, change, id=f"{change.__name__}-{name}")
            for name in ("TokenType", "RequestType", "KeyType", "Claims", "Lifetime", "Created")
            for change in (remove, double)
        ),
        pytest.param("TokenType", say("urn:saml2"), id="other-token"),
        pytest.param("RequestType", say("urn:renew"), id="other-request"),
        pytest.param("KeyType", say("urn:bearer"), id="other-key-type"),
        pytest.param("Claims", lambda element: element.set("Dialect", "x"), id="other-dialect"),
        pytest.param("ClaimType", lambda element: element.set("Uri", ""), id="nameless-claim"),
        pytest.param("Value", lambda element: element.append(xml.slot()), id="value-with-child"),
        pytest.param("Created", say("yesterday"), id="no-moment"),
        pytest.param("UseKey", double, id="two-keys-to-use"),
        pytest.param("X509Data", remove, id="no-certificate"),
        pytest.param("X509Certificate", say("AAAA"), id="unreadable-certificate"),
        pytest.param("X509Certificate", say("?"), id="no-base64"),
    ],
)
def test_a_request_that_is_not_right_is_refused(name: str, change) -> None:
    element = changed(sts.encode_issue(REQUEST), name, change)
    with pytest.raises(TheirAnswerInvalid):
        sts.decode_issue(element)


def test_another_payload_is_no_request() -> None:
    challenge = sts.encode_challenge(sts.ChallengeReply(context=None, text="1"))
    with pytest.raises(TheirAnswerInvalid):
        sts.decode_issue(challenge)
    with pytest.raises(TheirAnswerInvalid):
        sts.decode_reply(sts.encode_issue(REQUEST))
    with pytest.raises(TheirAnswerInvalid):
        sts.decode_challenge_answer(challenge)


@pytest.mark.parametrize(
    "context", [pytest.param("ctx", id="context"), pytest.param(None, id="none")]
)
def test_challenge_and_answer_round_trip_unchanged(context: str | None) -> None:
    text = " 0123456789 é\n"
    reply = sts.ChallengeReply(context=context, text=text)
    written = xml.serialize(sts.encode_challenge(reply))
    assert sts.decode_reply(xml.parse(written)) == reply
    answer = sts.ChallengeAnswer(context=context, text=text)
    written = xml.serialize(sts.encode_challenge_answer(answer))
    assert sts.decode_challenge_answer(xml.parse(written)) == answer


def test_extras_beside_the_answer_are_ignored() -> None:
    element = sts.encode_challenge_answer(sts.ChallengeAnswer(context="ctx", text="42"))
    element.append(xml.parse(b"<x:Extra xmlns:x='urn:x'>1</x:Extra>"))
    assert sts.decode_challenge_answer(element).text == "42"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(say(""), id="empty"),
        pytest.param(lambda element: element.append(xml.slot()), id="with-child"),
        pytest.param(remove, id="missing"),
        pytest.param(double, id="twice"),
    ],
)
def test_a_challenge_without_one_text_is_refused(change) -> None:
    element = sts.encode_challenge(sts.ChallengeReply(context="ctx", text="42"))
    with pytest.raises(TheirAnswerInvalid):
        sts.decode_reply(changed(element, "Challenge", change))


def test_a_token_keeps_its_own_characters() -> None:
    assertion = b'<Assertion xmlns="urn:a" xmlns:x="urn:x" x:b="1">caf\xc3\xa9 &lt;\n</Assertion>'
    element = sts.encode_token(sts.TokenReply(context="ctx", assertion=assertion))
    decoded = sts.decode_reply(xml.parse(xml.serialize(element)), context="ctx")
    assert isinstance(decoded, sts.TokenReply)
    assert xml.parse(decoded.assertion).tag == "{urn:a}Assertion"
    assert "café <\n" in xml.parse(decoded.assertion).text


def test_the_answer_to_another_request_is_refused() -> None:
    reply = sts.encode_challenge(sts.ChallengeReply(context="theirs", text="1"))
    with pytest.raises(TheirAnswerInvalid):
        sts.decode_reply(reply, context="ours")
    assert sts.decode_reply(reply).context == "theirs"


def test_an_answer_without_context_is_taken() -> None:
    reply = sts.encode_challenge(sts.ChallengeReply(context=None, text="1"))
    assert sts.decode_reply(reply, context="ours").context is None


@pytest.mark.parametrize(
    "members",
    [
        pytest.param(b"", id="neither"),
        pytest.param(
            b"<w:SignChallenge><w:Challenge>1</w:Challenge></w:SignChallenge>"
            b"<w:RequestedSecurityToken><a/></w:RequestedSecurityToken>",
            id="both",
        ),
        pytest.param(b"<w:RequestedSecurityToken/>", id="empty-token"),
        pytest.param(
            b"<w:RequestedSecurityToken><a/><b/></w:RequestedSecurityToken>", id="two-tokens"
        ),
        pytest.param(b"<w:RequestedSecurityToken>text</w:RequestedSecurityToken>", id="text"),
    ],
)
def test_an_answer_must_be_a_challenge_or_a_token(members: bytes) -> None:
    body = b"<w:RequestSecurityTokenResponse xmlns:w='%s'>%s</w:RequestSecurityTokenResponse>" % (
        NS["wst"].encode(),
        members,
    )
    with pytest.raises(TheirAnswerInvalid):
        sts.decode_reply(xml.parse(body))


def test_messages_do_not_show_what_they_carry() -> None:
    shown = repr(REQUEST) + repr(sts.TokenReply(context="c", assertion=b"<secret/>"))
    shown += repr(sts.ChallengeReply(context="c", text="secret"))
    assert "85073003328" not in shown
    assert "secret" not in shown
