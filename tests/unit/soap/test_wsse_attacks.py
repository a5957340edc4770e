"""Our own messages: what they look like, and that no attack on them is accepted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import etree

from bridge.crypto.algorithms import SignatureAlgorithm
from bridge.errors import (
    AssertionUntrusted,
    MessageExpired,
    OurMessageInvalid,
    SignatureInvalid,
    TheirAnswerInvalid,
)
from bridge.soap import wsse, xml
from bridge.soap.names import BASE64, DS, SAML1, SOAP, WSSE, WSU, X509V3, q
from bridge.xmldsig.sign import prepare_enveloped
from bridge.xmldsig.verify import verify_enveloped
from tests.support import foreign, pki
from tests.support.attacks import ATTACKS
from tests.support.fakes import CountingIds

PAYLOAD = b"<p:q xmlns:p='urn:test:question'>insured?</p:q>"
STYLES = ["certificate", "assertion"]


def issued():
    """An assertion whose prefixes differ from those of the envelope around it."""
    signer = pki.sts("ec")
    text = foreign.assertion_xml().replace("<Assertion ", f"<Assertion xmlns:x='{DS}' ")
    root = xml.parse(text.encode())
    pending = prepare_enveloped(
        root,
        id_attribute="AssertionID",
        certificate=signer.certificate,
        algorithm=signer.algorithm,
        signature_id="SIG-1",
    )
    pending.finish(signer.sign(pending.to_be_signed))
    return xml.serialize(root)


ASSERTION = issued()


def holder(assertion):
    verify_enveloped(assertion, id_attribute="AssertionID")
    return pki.ehealth("ec").certificate


def prepare(style="certificate", payload=PAYLOAD, **changes):
    if style == "certificate":
        options = {"token": wsse.X509Token(pki.eid("ec").certificate), "profile": wsse.STS_PROFILE}
    else:
        options = {"token": wsse.AssertionToken(ASSERTION, "token"), "profile": wsse.ESB_PROFILE}
    options |= {"algorithm": SignatureAlgorithm.ECDSA_SHA256, "now": pki.NOW, "ids": CountingIds()}
    return wsse.prepare(xml.parse(payload), **(options | changes))


def signed(style="certificate", **changes):
    pending = prepare(style, **changes)
    signer = pki.eid("ec") if style == "certificate" else pki.ehealth("ec")
    return pending.finish(signer.sign(pending.to_be_signed))


def verify(message, style="certificate", **changes):
    options = {"profile": wsse.STS_PROFILE if style == "certificate" else wsse.ESB_PROFILE}
    options |= {"now": pki.NOW, "holder": None if style == "certificate" else holder}
    return wsse.verify(xml.parse(message), **(options | changes))


# -- what a message looks like -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("certificate", ["Timestamp", "BinarySecurityToken", "Signature"]),
        ("assertion", ["Timestamp", "Assertion", "Signature"]),
    ],
)
def test_the_header_has_the_documented_order(style, expected):
    envelope = xml.parse(signed(style))
    security = xml.descend(envelope, q(SOAP, "Header"), q(WSSE, "Security"))
    assert [xml.local_name(child) for child in xml.children(security)] == expected
    assert security.get(q(SOAP, "mustUnderstand")) == "1"


def test_the_timestamp_lives_as_long_as_the_profile_says():
    security = xml.parse(signed())[0][0]
    created = xml.text_of(security, q(WSU, "Timestamp"), q(WSU, "Created"))
    expires = xml.text_of(security, q(WSU, "Timestamp"), q(WSU, "Expires"))
    assert (created, expires) == ("2026-03-02T08:00:00.000Z", "2026-03-02T08:01:00.000Z")


def test_the_token_is_the_certificate_alone():
    token = xml.only_child(xml.parse(signed())[0][0], q(WSSE, "BinarySecurityToken"))
    assert (token.get("ValueType"), token.get("EncodingType")) == (X509V3, BASE64)
    assert token.text == pki.eid("ec").certificate.base64


def test_the_assertion_is_embedded_character_by_character():
    assert ASSERTION in signed("assertion")


def test_an_xml_declaration_of_the_assertion_is_left_out():
    token = wsse.AssertionToken(b'<?xml version="1.0" encoding="UTF-8"?>\n' + ASSERTION, "token")
    assert verify(signed("assertion", token=token), "assertion").assertion is not None


def test_the_payload_is_copied_not_moved():
    payload = xml.parse(b"<frame xmlns='urn:f' xmlns:p='urn:p'><p:q a='p:b'/></frame>")[0]
    pending = wsse.prepare(
        payload,
        token=wsse.X509Token(pki.eid("ec").certificate),
        profile=wsse.STS_PROFILE,
        algorithm=SignatureAlgorithm.ECDSA_SHA256,
        now=pki.NOW,
        ids=CountingIds(),
    )
    assert payload.getparent() is not None
    message = pending.finish(pki.eid("ec").sign(pending.to_be_signed))
    assert verify(message).payload.nsmap["p"] == "urn:p"


@pytest.mark.parametrize("style", STYLES)
def test_nothing_of_the_message_is_shown(style):
    pending = prepare(style)
    token = wsse.AssertionToken(ASSERTION, "token")
    verified = verify(signed(style), style)
    for shown in (repr(pending), repr(token), repr(verified)):
        assert len(shown) < 300
        assert "insured" not in shown


def test_a_payload_that_has_no_canonical_form_is_our_own_mistake():
    with pytest.raises(OurMessageInvalid):
        prepare(payload=b"<a xmlns='relative'/>")


def test_a_payload_with_the_identifier_of_the_token_is_our_own_mistake():
    both = wsse.SigningProfile(name="both", parts=frozenset(wsse.Part))
    with pytest.raises(OurMessageInvalid):
        prepare("assertion", payload=b"<a AssertionID='token'/>", profile=both)


# -- what is accepted ----------------------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES)
def test_our_message_is_accepted(style):
    verified = verify(signed(style), style)
    assert verified.payload.text == "insured?"
    signer = pki.eid("ec") if style == "certificate" else pki.ehealth("ec")
    assert verified.certificate == signer.certificate
    assert (verified.created, verified.expires) == (pki.NOW, pki.NOW + timedelta(seconds=60))


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({wsse.Part.TIMESTAMP}, id="timestamp-only"),
        pytest.param({wsse.Part.TIMESTAMP, wsse.Part.BODY, wsse.Part.TOKEN}, id="with-assertion"),
    ],
)
def test_other_profiles_sign_and_verify_their_own_parts(parts):
    profile = wsse.SigningProfile(name="other", parts=frozenset(parts))
    message = signed("assertion", profile=profile)
    assert verify(message, "assertion", profile=profile).payload is not None
    with pytest.raises(SignatureInvalid):
        verify(message, "assertion")


@pytest.mark.parametrize("style", STYLES)
def test_blanks_between_the_parts_of_the_header_do_not_matter(style):
    envelope = xml.parse(signed(style))
    for part in envelope[0][0]:
        part.tail = "\n  "
    envelope.text = "\n"
    assert verify(etree.tostring(envelope), style).payload is not None


# -- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("style", STYLES)
def test_no_attack_is_accepted(style, attack):
    message = signed(style)
    altered = ATTACKS[attack](message)
    assert altered != message
    with pytest.raises(TheirAnswerInvalid):
        verify(altered, style)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(timedelta(seconds=-31), MessageExpired, id="too-early"),
        pytest.param(timedelta(seconds=-30), None, id="just-in-time"),
        pytest.param(timedelta(seconds=89), None, id="almost-over"),
        pytest.param(timedelta(seconds=90), MessageExpired, id="over"),
    ],
)
def test_a_message_has_its_time(at, expected):
    message = signed()
    if expected is None:
        assert verify(message, now=pki.NOW + at).created == pki.NOW
    else:
        with pytest.raises(expected):
            verify(message, now=pki.NOW + at)


def test_the_tolerance_is_the_callers():
    message = signed()
    late = pki.NOW + timedelta(seconds=61)
    assert verify(message, now=late).payload is not None
    with pytest.raises(MessageExpired):
        verify(message, now=late, skew_s=0)


@pytest.mark.parametrize("style", STYLES)
def test_a_token_of_the_other_kind_is_refused(style):
    other = STYLES[1 - STYLES.index(style)]
    with pytest.raises(TheirAnswerInvalid):
        verify(signed(style), other)


def test_an_error_of_the_holder_judge_passes_through():
    def refuse(_):
        raise AssertionUntrusted

    with pytest.raises(AssertionUntrusted):
        verify(signed("assertion"), "assertion", holder=refuse)


def test_an_assertion_bound_to_another_key_is_refused():
    with pytest.raises(SignatureInvalid):
        verify(signed("assertion"), "assertion", holder=lambda _: pki.eid("ec").certificate)


def rewritten(change):
    envelope = xml.parse(signed())
    change(envelope[0][0])
    return etree.tostring(envelope)


def set_token(**attributes):
    def change(security):
        for name, value in attributes.items():
            security[1].set(name, value)

    return change


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(set_token(ValueType="urn:other"), id="other-token-type"),
        pytest.param(set_token(EncodingType="urn:other"), id="other-encoding"),
        pytest.param(
            lambda security: security[2][2][0][0].set("ValueType", "urn:other"),
            id="other-type-in-reference",
        ),
        pytest.param(
            lambda security: security[2][2][0][0].set("URI", security[1].get(q(WSU, "Id"))),
            id="reference-without-hash",
        ),
        pytest.param(lambda security: setattr(security[1], "text", ""), id="empty-token"),
        pytest.param(lambda security: setattr(security[1], "text", "AAAA"), id="no-certificate"),
        pytest.param(lambda security: setattr(security[1], "text", "*"), id="no-base64"),
        pytest.param(
            lambda security: setattr(security[0], "tag", q(WSSE, "Timestamp")),
            id="timestamp-of-another-name-space",
        ),
    ],
)
def test_a_token_that_is_not_as_documented_is_refused(change):
    with pytest.raises(TheirAnswerInvalid):
        verify(rewritten(change))


def test_a_second_assertion_of_the_same_name_is_refused():
    message = signed("assertion", payload=b"<a AssertionID='token'/>")
    with pytest.raises(SignatureInvalid):
        verify(message, "assertion", holder=lambda _: pki.ehealth("ec").certificate)


def test_the_key_identifier_must_be_of_the_documented_kind():
    envelope = xml.parse(signed("assertion"))
    next(envelope.iter(q(WSSE, "KeyIdentifier"))).set("ValueType", "urn:other")
    with pytest.raises(SignatureInvalid):
        verify(etree.tostring(envelope), "assertion")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("2026-03-02T08:00:00+00:00", id="offset"),
        pytest.param("2026-03-02 08:00:00Z", id="blank"),
        pytest.param("2026-02-30T08:00:00Z", id="no-such-day"),
        pytest.param("\uff12026-03-02T08:00:00Z", id="other-digits"),
        pytest.param("", id="empty"),
    ],
)
def test_a_genuinely_signed_timestamp_must_be_readable(text):
    recipe = foreign.Recipe(credential=pki.eid("ec"))
    envelope = xml.parse(foreign.sign_with_xmlsec(recipe))
    timestamp = envelope[0][0][0]
    timestamp[0].text = text
    signature = foreign.outer_signature(envelope)
    digest = foreign.digest_of(timestamp)
    signature[0].xpath("ds:Reference[@URI='#ts']/ds:DigestValue", namespaces=foreign.NAMESPACES)[
        0
    ].text = digest
    foreign.resign(signature, recipe.credential)
    with pytest.raises(TheirAnswerInvalid) as caught:
        verify(etree.tostring(envelope))
    assert not isinstance(caught.value, SignatureInvalid)


def test_the_assertion_name_space_is_that_of_saml_1():
    assert xml.parse(ASSERTION).tag == q(SAML1, "Assertion")
