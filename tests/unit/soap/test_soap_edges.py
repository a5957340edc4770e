"""The edges of XML, moments, faults and tokens: what is refused, and by which error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bridge.errors import OurMessageInvalid, TheirAnswerInvalid
from bridge.soap import envelope, faults, wsse, xml
from bridge.soap.instants import decode_instant
from bridge.soap.names import SOAP, WSU, q
from bridge.xmldsig.verify import verify_enveloped
from tests.support import foreign, pki
from tests.support.fakes import CountingIds


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"text", id="no-xml"),
        pytest.param(b"<a>", id="not-closed"),
        pytest.param(b"<!DOCTYPE a><a/>", id="document-type"),
        pytest.param(b"<!doctype a><a/>", id="document-type-in-small-letters"),
        pytest.param("<a/>".encode("utf-16"), id="utf-16"),
        pytest.param(b"<a>\xff</a>", id="not-utf-8"),
        pytest.param(b"<a>" * 300 + b"</a>" * 300, id="too-deep"),
        pytest.param(b"<a>&b;</a>", id="unknown-entity"),
    ],
)
def test_documents_that_are_refused(body: bytes) -> None:
    with pytest.raises(TheirAnswerInvalid):
        xml.parse(body)


def test_a_document_that_is_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(TheirAnswerInvalid):
        xml.parse(b"<a/>", most_bytes=3)


def test_comments_do_not_split_what_is_read() -> None:
    assert xml.parse(b"<a>one<!-- two -->three<?four?></a>").text == "onethree"


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(body: bytes) -> None:
    try:
        root = xml.parse(body)
    except TheirAnswerInvalid:
        return
    assert xml.parse(xml.serialize(root)).tag == root.tag


@pytest.mark.parametrize(
    "text", ["", "2026-11-23", "2026-11-23T09:30:00", "2026-13-23T09:30:00Z", "2026-11-23T09:30Z"]
)
def test_moments_that_are_none(text: str) -> None:
    with pytest.raises(TheirAnswerInvalid):
        decode_instant(text)


def test_moments_with_and_without_a_fraction() -> None:
    whole = decode_instant("2026-11-23T09:30:00Z")
    assert decode_instant("2026-11-23T09:30:00.250Z").microsecond == 250_000
    assert whole.utcoffset() is not None


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"<e:Envelope xmlns:e='{SOAP}'/>", id="no-body"),
        pytest.param(f"<e:Envelope xmlns:e='{SOAP}'><e:Body/></e:Envelope>", id="empty-body"),
        pytest.param(f"<e:Envelope xmlns:e='{SOAP}'><e:Body><a/><b/></e:Body></e:Envelope>",
                     id="two-payloads"),
        pytest.param(f"<e:Envelope xmlns:e='{SOAP}'><e:Body><a/></e:Body><e:Body><a/></e:Body>"
                     "</e:Envelope>", id="two-bodies"),
        pytest.param("<Envelope><Body><a/></Body></Envelope>", id="other-name-space"),
    ],
)  # fmt: skip
def test_envelopes_that_are_refused(body: str) -> None:
    with pytest.raises(TheirAnswerInvalid):
        envelope.unwrap(xml.parse(body.encode()))


@pytest.mark.parametrize("retry", [None, True, False])
@pytest.mark.parametrize("reference", [None, "incident-1"])
def test_a_fault_is_read_as_it_was_written(retry, reference) -> None:
    fault = faults.Fault(
        code="SOA-01002", text="no access", reference=reference, origin="Consumer", retry=retry
    )
    assert faults.decode(xml.parse(faults.encode(fault))) == fault


def test_a_payload_is_no_fault() -> None:
    assert faults.decode(envelope.wrap(etree.Element("a"))) is None


@pytest.mark.parametrize(
    ("token", "name"),
    [
        pytest.param(b"not xml", "token", id="not-xml"),
        pytest.param(b"<Assertion AssertionID='token'/>", "token", id="no-assertion"),
        pytest.param(foreign.assertion_xml().encode(), "another", id="another-identifier"),
    ],
)
def test_a_token_that_is_no_assertion_is_our_own_mistake(token: bytes, name: str) -> None:
    signer = pki.ehealth("rsa")
    with pytest.raises(OurMessageInvalid):
        wsse.prepare(
            etree.Element("a"),
            token=wsse.AssertionToken(token, name),
            profile=wsse.ESB_PROFILE,
            algorithm=signer.algorithm,
            now=pki.NOW,
            ids=CountingIds(),
        )


def prepared():
    signer = pki.eid("rsa")
    pending = wsse.prepare(
        etree.Element("a"),
        token=wsse.X509Token(signer.certificate),
        profile=wsse.STS_PROFILE,
        algorithm=signer.algorithm,
        now=pki.NOW,
        ids=CountingIds(),
    )
    return signer, pending


def test_a_signature_is_put_once_and_never_empty() -> None:
    signer, pending = prepared()
    with pytest.raises(OurMessageInvalid):
        pending.finish(b"")
    pending.finish(signer.sign(pending.to_be_signed))
    with pytest.raises(OurMessageInvalid):
        pending.finish(b"again")


def test_a_timestamp_with_a_third_part_is_refused() -> None:
    signer, pending = prepared()
    root = xml.parse(pending.finish(signer.sign(pending.to_be_signed)))
    stamp = next(root.iter(q(WSU, "Timestamp")))
    etree.SubElement(stamp, q(WSU, "Created")).text = "2026-11-23T09:30:00Z"
    with pytest.raises(TheirAnswerInvalid):
        wsse.verify(root, profile=wsse.STS_PROFILE, now=pki.NOW)


def test_a_comment_that_reaches_the_verifier_is_refused() -> None:
    signer, pending = prepared()
    root = xml.parse(pending.finish(signer.sign(pending.to_be_signed)))
    body = xml.only_child(root, q(SOAP, "Body"))
    body.append(etree.Comment("put in after parsing"))
    with pytest.raises(TheirAnswerInvalid):
        wsse.verify(root, profile=wsse.STS_PROFILE, now=pki.NOW)


def test_an_assertion_without_a_signature_is_refused() -> None:
    root = xml.parse(foreign.assertion_xml().encode())
    with pytest.raises(TheirAnswerInvalid):
        verify_enveloped(root, id_attribute="AssertionID")


def test_fragments_and_slots_must_fit() -> None:
    frame = etree.Element("{urn:test}frame", nsmap={"t": "urn:test"})
    frame.append(xml.slot())
    filled = xml.fill(frame, [etree.Element("a")])
    assert [child.tag for child in filled] == ["a"]
    with pytest.raises(OurMessageInvalid):
        xml.fill(frame, [])
    around = etree.Element("{urn:test}frame", nsmap={None: "urn:test"})
    around.append(xml.slot())
    with pytest.raises(OurMessageInvalid):
        xml.fill(around, [etree.Element("a")])
