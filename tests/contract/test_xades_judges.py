"""XAdES over blobs: libxmlsec, the official schema and a second computation as judges."""

from __future__ import annotations

import base64
import hashlib
import zlib
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import xmlsec
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bridge.codecs import blob
from bridge.codecs.blob import Encoding
from bridge.errors import OurMessageInvalid, SignatureInvalid
from bridge.mycarenet.genasync_values import Blob
from bridge.mycarenet.signedblob import signed_content, verify_signed_blob
from bridge.soap import xml
from bridge.xmldsig.names import DS, q
from bridge.xmldsig.xades import OPTIONAL_DEFLATE, XADES, prepare_xades
from tests.support.pki import NOW, Credential, ehealth_name, issue, key, root
from tests.support.shared import SCHEMAS

FOLDER = SCHEMAS / "connector" / "external" / "XSD"
KINDS = ["rsa", "ec"]
TEXT = Blob(content=b"200" + b"0" * 347, content_type="text/plain", message_name="HCPFAC", id="_b1")
DOCUMENT = Blob(
    content=b'<?xml version="1.0"?><a  xmlns="urn:x"  b="2" a="1">\xc3\xa9</a>',
    content_type="text/xml",
    message_name="M4A_XML",
    id="_b2",
)
BLOBS = [
    pytest.param(replace(each, encoding=encoding), id=f"{name}-{encoding.value}")
    for name, each in (("text", TEXT), ("xml", DOCUMENT))
    for encoding in Encoding
]


@cache
def signer(kind: str) -> Credential:
    return issue(ehealth_name("NIHII=41000109"), key(kind, "signer"), issuer=root())


def signed(value: Blob, kind: str = "rsa") -> bytes:
    credential = signer(kind)
    pending = prepare_xades(
        signed_content(value),
        chain=(credential.certificate, root().certificate),
        algorithm=credential.algorithm,
        signed_at=NOW,
        unique="1234",
    )
    return pending.finish(credential.sign(pending.to_be_signed))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", BLOBS)
def test_what_we_sign_we_verify(value: Blob, kind: str) -> None:
    found = verify_signed_blob(value, signed(value, kind))
    assert found.certificate == signer(kind).certificate
    assert found.chain == (signer(kind).certificate, root().certificate)
    assert (found.signed_at, found.timestamp) == (NOW, None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [TEXT, DOCUMENT], ids=["text", "xml"])
def test_libxmlsec_verifies_it_beside_its_blob(value: Blob, kind: str) -> None:
    document = etree.Element("document")
    detail = etree.SubElement(document, "Detail", Id=value.id or "")
    detail.text = blob.encode(value.content)
    document.append(xml.parse(signed(value, kind)))
    again = xml.parse(etree.tostring(document))
    xmlsec.tree.add_ids(again, ["Id"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(
        signer(kind).certificate_pem, xmlsec.constants.KeyDataFormatCertPem
    )
    context.verify(again.find(q(DS, "Signature")))
    again.find("Detail").text = blob.encode(value.content.replace(b"2", b"3"))
    with pytest.raises(xmlsec.Error):
        xmlsec.SignatureContext.verify(context, again.find(q(DS, "Signature")))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", BLOBS)
def test_qualifying_properties_are_valid_against_the_official_schema(
    value: Blob, kind: str
) -> None:
    schema = etree.XMLSchema(file=str(Path(FOLDER) / "XAdES.xsd"))
    qualifying = next(xml.parse(signed(value, kind)).iter(q(XADES, "QualifyingProperties")))
    schema.assertValid(xml.parse(etree.tostring(qualifying)))
    signature = etree.XMLSchema(file=str(Path(FOLDER) / "xmldsig-core-schema.xsd"))
    signature.assertValid(xml.parse(signed(value, kind)))


@pytest.mark.parametrize("value", BLOBS)
def test_the_digest_is_that_of_a_second_computation(value: Blob) -> None:
    text = base64.b64decode(blob.encode(value.content, encoding=value.encoding))
    if value.encoding is Encoding.DEFLATE:
        text = zlib.decompress(text, wbits=-15)
    if value.content_type == "text/xml":
        text = etree.tostring(xml.parse(text), method="c14n", exclusive=True)
    expected = base64.b64encode(hashlib.sha256(text).digest()).decode()
    reference = xml.parse(signed(value)).find(f".//{q(DS, 'Reference')}")
    assert reference.findtext(q(DS, "DigestValue")) == expected
    steps = [each.get("Algorithm") for each in reference.iter(q(DS, "Transform"))]
    assert (OPTIONAL_DEFLATE in steps) is (value.encoding is Encoding.DEFLATE)


@pytest.mark.parametrize("value", BLOBS)
@pytest.mark.parametrize("content", [b"other", b"<a/>", b""])
def test_another_content_is_refused(value: Blob, content: bytes) -> None:
    with pytest.raises(SignatureInvalid):
        verify_signed_blob(replace(value, content=content), signed(value))


@pytest.mark.parametrize("identifier", ["_b9", "", None])
def test_another_blob_is_refused(identifier: str | None) -> None:
    with pytest.raises(SignatureInvalid):
        verify_signed_blob(replace(TEXT, id=identifier), signed(TEXT))


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_changed_letter_is_noticed(data: st.DataObject) -> None:
    signature = _SIGNED
    place = data.draw(st.integers(0, len(signature) - 1))
    letter = data.draw(st.sampled_from(b"Aa0/x"))
    changed = signature[:place] + bytes([letter]) + signature[place + 1 :]
    if canonical_of(changed) == canonical_of(signature):
        return
    try:
        found = verify_signed_blob(TEXT, changed)
    except SignatureInvalid:
        return
    # What nothing signs is a further certificate of the chain; the signer's own is signed.
    assert found.certificate == signer("rsa").certificate
    assert found.signed_at == NOW


def canonical_of(content: bytes) -> bytes | None:
    try:
        return etree.tostring(xml.parse(content), method="c14n")
    except Exception:  # noqa: BLE001  # whatever our parser says: it is no document
        return None


def test_properties_of_another_signature_are_refused() -> None:
    element = xml.parse(signed(TEXT))
    qualifying = next(element.iter(q(XADES, "QualifyingProperties")))
    qualifying.set("Target", "#other")
    with pytest.raises(SignatureInvalid):
        verify_signed_blob(TEXT, etree.tostring(element))


def test_a_second_reference_to_the_properties_cannot_stand_for_the_blob() -> None:
    element = xml.parse(signed(TEXT))
    info = element.find(q(DS, "SignedInfo"))
    first, second = info.findall(q(DS, "Reference"))
    first.set("URI", second.get("URI") or "")
    with pytest.raises(SignatureInvalid):
        verify_signed_blob(TEXT, etree.tostring(element))


def test_another_certificate_cannot_take_the_signers_place() -> None:
    thief = issue(ehealth_name("NIHII=41000208"), key("rsa", "thief"), issuer=root())
    element = xml.parse(signed(TEXT))
    first = next(element.iter(q(DS, "X509Certificate")))
    first.text = thief.certificate.base64
    with pytest.raises(SignatureInvalid):
        verify_signed_blob(TEXT, etree.tostring(element))


@pytest.mark.parametrize("signature", [b"", b"no xml", b"<a/>", b"<!DOCTYPE a><a/>"])
def test_what_is_no_signature_is_refused(signature: bytes) -> None:
    with pytest.raises(SignatureInvalid):
        verify_signed_blob(TEXT, signature)


def test_a_value_is_put_once() -> None:
    credential = signer("rsa")
    pending = prepare_xades(
        signed_content(TEXT),
        chain=(credential.certificate,),
        algorithm=credential.algorithm,
        signed_at=NOW,
        unique="1",
    )
    with pytest.raises(OurMessageInvalid):
        pending.finish(b"")
    pending.finish(b"value")
    with pytest.raises(OurMessageInvalid):
        pending.finish(b"value")


_SIGNED = signed(TEXT)
