"""Messages: every payload survives; nothing but our errors comes out of hostile ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bridge.crypto.algorithms import SignatureAlgorithm
from bridge.errors import SignatureInvalid, TheirAnswerInvalid
from bridge.soap import envelope, faults, wsse, xml
from bridge.soap.instants import decode_instant, encode_instant
from bridge.xmldsig.c14n import canonical
from bridge.xmldsig.verify import verify_enveloped
from tests.support import foreign, pki
from tests.support.attacks import ATTACKS
from tests.support.fakes import CountingIds

EID = pki.eid("ec")
HOLDER = pki.ehealth("ec")
ASSERTION = foreign.sign_assertion_with_xmlsec(foreign.assertion_xml(), pki.sts("ec"))
TOKENS = {
    "certificate": (wsse.X509Token(EID.certificate), wsse.STS_PROFILE, EID),
    "assertion": (wsse.AssertionToken(ASSERTION, "token"), wsse.ESB_PROFILE, HOLDER),
}
styles = st.sampled_from(sorted(TOKENS))
texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r"), max_size=80
)


def holder(assertion):
    verify_enveloped(assertion, id_attribute="AssertionID")
    return HOLDER.certificate


def question(text):
    payload = etree.Element("{urn:test}q", nsmap={"t": "urn:test"}, said=text)
    payload.text = text
    return payload


def signed(style, text):
    token, profile, signer = TOKENS[style]
    pending = wsse.prepare(
        question(text),
        token=token,
        profile=profile,
        algorithm=SignatureAlgorithm.ECDSA_SHA256,
        now=pki.NOW,
        ids=CountingIds(),
    )
    return pending.finish(signer.sign(pending.to_be_signed))


def verify(message, style):
    return wsse.verify(
        xml.parse(message),
        profile=TOKENS[style][1],
        now=pki.NOW,
        holder=None if style == "certificate" else holder,
    )


TEXT = "is she insured?"
SIGNED = {style: signed(style, TEXT) for style in TOKENS}
GENUINE = canonical(question(TEXT))


@given(styles, texts)
@settings(deadline=None)
def test_every_payload_arrives_as_it_was_sent(style, text):
    payload = verify(signed(style, text), style).payload
    assert (payload.text or "", payload.get("said")) == (text, text)


@given(styles, st.data())
@settings(max_examples=300, deadline=None)
def test_a_flipped_byte_changes_nothing_or_is_refused(style, data):
    altered = bytearray(SIGNED[style])
    altered[data.draw(st.integers(0, len(altered) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        verified = verify(bytes(altered), style)
    except TheirAnswerInvalid:
        return
    assert canonical(verified.payload) == GENUINE
    assert (verified.created, verified.certificate) == (pki.NOW, TOKENS[style][2].certificate)


def signed_parts():
    """Where in a message the parts lie that a signature covers, in both styles."""
    ends = {
        b"<soap:Body": b"</soap:Body>",
        b"<wsu:Timestamp": b"</wsu:Timestamp>",
        b"<wsse:BinarySecurityToken": b"</wsse:BinarySecurityToken>",
        b"<Assertion": b"<ds:Signature",
    }
    for style, message in SIGNED.items():
        for start, end in ends.items():
            if start in message:
                first = message.index(start)
                name = start.decode().rpartition(":")[2].strip("<")
                yield pytest.param(style, first, message.index(end, first), id=f"{style}-{name}")


@pytest.mark.parametrize(("style", "first", "last"), list(signed_parts()))
def test_a_changed_letter_in_a_signed_part_is_refused(style, first, last):
    message = SIGNED[style]
    letters = [place for place in range(first, last) if chr(message[place]).isalnum()]
    tried = letters[:: max(1, len(letters) // 100)]
    for place in tried:
        other = b"B" if message[place : place + 1] == b"A" else b"A"
        with pytest.raises(TheirAnswerInvalid):
            verify(message[:place] + other + message[place + 1 :], style)
    assert len(tried) > 20


@given(styles, st.sampled_from(sorted(ATTACKS)), texts)
@settings(deadline=None)
def test_no_attack_succeeds_whatever_the_payload_says(style, attack, text):
    with pytest.raises(TheirAnswerInvalid):
        verify(ATTACKS[attack](signed(style, text)), style)


@given(styles, st.data())
@settings(max_examples=200, deadline=None)
def test_moved_and_doubled_parts_never_change_what_is_read(style, data):
    root = xml.parse(SIGNED[style])
    everything = list(root.iter(etree.Element))
    moved = data.draw(st.sampled_from(everything[1:]))
    inside = set(moved.iter(etree.Element))
    target = data.draw(st.sampled_from([one for one in everything if one not in inside]))
    chosen = xml.parse(xml.serialize(moved)) if data.draw(st.booleans()) else moved
    target.insert(data.draw(st.integers(0, 3)), chosen)
    try:
        verified = verify(etree.tostring(root), style)
    except TheirAnswerInvalid:
        return
    assert canonical(verified.payload) == GENUINE


@given(styles, st.text("ABCDEFabcdef0123456789+/= \n", max_size=140))
@settings(deadline=None)
def test_no_guessed_signature_value_is_accepted(style, value):
    root = xml.parse(SIGNED[style])
    foreign.outer_signature(root)[1].text = value
    with pytest.raises(SignatureInvalid):
        verify(etree.tostring(root), style)


@given(texts)
@settings(deadline=None)
def test_comments_anywhere_change_nothing(text):
    message = signed("certificate", "one" + text)
    remarked = message.replace(b"</", b"<!-- evil --></").replace(b">one", b">o<!-- evil -->ne")
    assert remarked.count(b"evil") > 20
    assert verify(remarked, "certificate").payload.text == "one" + text


@given(st.binary(max_size=400))
@settings(deadline=None)
def test_random_bytes_raise_only_our_errors(body):
    with pytest.raises(TheirAnswerInvalid):
        verify(body, "certificate")


MARKUP = (
    "<a>",
    "</a>",
    "<b x='1'/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?p?>",
    "&amp;",
    "&x;",
    "<!DOCTYPE a>",
    "text",
    "\x00",
    "é",
)


@given(st.lists(st.sampled_from(MARKUP), max_size=12).map("".join))
@settings(max_examples=300, deadline=None)
def test_random_markup_is_read_without_remarks_or_refused(document):
    try:
        root = xml.parse(document.encode())
    except TheirAnswerInvalid:
        return
    assert list(root.iter(etree.Comment, etree.PI, etree.Entity)) == []
    assert xml.parse(xml.serialize(root)).tag == root.tag


@given(st.text("ABC-0123456789", min_size=1, max_size=10), texts, st.none() | st.booleans())
@settings(deadline=None)
def test_faults_are_read_as_they_were_written(code, text, retry):
    written = faults.Fault(code, text, "reference", "Client", retry)
    read = faults.decode(xml.parse(faults.encode(written)))
    expected = text.strip() or f"{code}: {text}".strip()
    assert read == faults.Fault(code, expected, "reference", "Client", retry)


@given(texts)
@settings(deadline=None)
def test_wrapping_and_unwrapping_are_inverse(text):
    assert canonical(envelope.unwrap(envelope.wrap(question(text)))) == canonical(question(text))


@given(st.datetimes(timezones=st.timezones()))
@settings(deadline=None)
def test_moments_are_read_to_the_millisecond(moment):
    try:
        text = encode_instant(moment)
    except OverflowError:  # the first and last day of the calendar have no UTC
        return
    assert abs((decode_instant(text) - moment).total_seconds()) < 0.001


@given(st.text(max_size=30))
@settings(deadline=None)
def test_other_texts_are_no_moments(text):
    with pytest.raises(TheirAnswerInvalid):
        decode_instant(text)
