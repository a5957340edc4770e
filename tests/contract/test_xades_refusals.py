"""Signatures over blobs whose value is right and whose form is not: each rule refuses alone.

Every case is signed again after the change, so that only the rule can tell.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from bridge.errors import OurMessageInvalid, SignatureInvalid
from bridge.mycarenet.genasync_values import Blob, Tack
from bridge.mycarenet.signedblob import signed_content, verify_signed_blob, verify_signed_tack
from bridge.soap import xml
from bridge.xmldsig.names import DS, q
from bridge.xmldsig.xades import MANIFEST, prepare_xades
from tests.support import pki
from tests.support.stamping import EXC, XADES

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element

BLOB = Blob(content=b"200", content_type="text/plain", message_name="HCPFAC", id="_b1")
POSTED = Blob(content=b"posted", content_type="text/plain", message_name="HCPFAC", id="_p1")
TACK = Tack(
    id="_t1",
    value=b"receipt",
    issuer="urn:nip:issuer:io:300",
    applies_to="urn:nip:reference:input:R1",
    result_major="urn:nip:tack:result:major:success",
)
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
BASE64 = f"{DS}base64"


def signature_over(value: Blob) -> Element:
    who = pki.ehealth("rsa")
    pending = prepare_xades(
        signed_content(value),
        chain=(who.certificate,),
        algorithm=who.algorithm,
        signed_at=pki.NOW,
        unique="1",
    )
    return xml.parse(pending.finish(who.sign(pending.to_be_signed)))


def c14n(element: Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True)


def digest(octets: bytes) -> str:
    return base64.b64encode(hashlib.sha256(octets).digest()).decode()


def signed_again(element: Element) -> bytes:
    """Renew the digest of the signed properties and the value, then write."""
    properties = next(element.iter(q(XADES, "SignedProperties")), None)
    info = element.find(q(DS, "SignedInfo"))
    named = f"#{properties.get('Id')}" if properties is not None else None
    for reference in info.findall(q(DS, "Reference")):
        if properties is not None and reference.get("URI") == named:
            reference.find(q(DS, "DigestValue")).text = digest(c14n(properties))
    signed = pki.ehealth("rsa").sign(c14n(info))
    element.find(q(DS, "SignatureValue")).text = base64.b64encode(signed).decode()
    return etree.tostring(element)


def one(element: Element, name: str, namespace: str = DS) -> Element:
    return next(element.iter(q(namespace, name)))


def references(element: Element) -> list[Element]:
    return element.findall(f"{q(DS, 'SignedInfo')}/{q(DS, 'Reference')}")


def parameter(element: Element) -> None:
    etree.SubElement(element, q(DS, "Parameter"))


def twin(element: Element, name: str) -> None:
    qualifying = one(element, "QualifyingProperties", XADES)
    etree.SubElement(qualifying, q(XADES, "Other"), Id=element.get("Id") or name)


def copied(element: Element) -> None:
    first = references(element)[0]
    first.addnext(xml.parse(etree.tostring(first)))


def property_twin(element: Element) -> None:
    properties = one(element, "SignedProperties", XADES)
    etree.SubElement(element, q(DS, "Object"), Id=properties.get("Id") or "")


def blob_twin(element: Element) -> None:
    etree.SubElement(element, q(DS, "Object"), Id="_b1")


def no_certificates(element: Element) -> None:
    for each in list(element.iter(q(DS, "X509Certificate"))):
        each.getparent().remove(each)


def many_certificates(element: Element) -> None:
    holder = one(element, "X509Data")
    for _ in range(20):
        holder.append(xml.parse(etree.tostring(one(element, "X509Certificate"))))


def two_signers(element: Element) -> None:
    cert = one(element, "Cert", XADES)
    cert.addnext(xml.parse(etree.tostring(cert)))


def put(name: str, text: str, namespace: str = DS) -> Callable[[Element], None]:
    def change(element: Element) -> None:
        one(element, name, namespace).text = text

    return change


def attribute(name: str, value: str, key: str = "Algorithm") -> Callable[[Element], None]:
    def change(element: Element) -> None:
        one(element, name).set(key, value)

    return change


def inside(name: str, namespace: str = DS) -> Callable[[Element], None]:
    return lambda element: parameter(one(element, name, namespace))


def signers_digest_in_sha1(element: Element) -> None:
    one(one(element, "CertDigest", XADES), "DigestMethod").set("Algorithm", f"{DS}sha1")


def unknown_signer(element: Element) -> None:
    one(one(element, "CertDigest", XADES), "DigestValue").text = digest(b"somebody else")


CHANGES: dict[str, Callable[[Element], None]] = {
    "other canonical form": attribute("CanonicalizationMethod", "urn:other"),
    "canonical form with parameters": inside("CanonicalizationMethod"),
    "old algorithm": attribute("SignatureMethod", f"{DS}rsa-sha1"),
    "algorithm with parameters": inside("SignatureMethod"),
    "other transform": attribute("Transform", "urn:other"),
    "transform with parameters": inside("Transform"),
    "old digest": attribute("DigestMethod", f"{DS}sha1"),
    "digest with parameters": inside("DigestMethod"),
    "blob twice": copied,
    "identifier of the signature twice": lambda element: twin(element, "x"),
    "identifier of the properties twice": property_twin,
    "identifier of the blob in the signature": blob_twin,
    "no certificate": no_certificates,
    "too many certificates": many_certificates,
    "certificate that is none": put("X509Certificate", "AAAA"),
    "two signers": two_signers,
    "signer's digest is old": signers_digest_in_sha1,
    "signer is not among the certificates": unknown_signer,
    "another serial number": put("X509SerialNumber", "1"),
    "another issuer": put("X509IssuerName", "CN=Somebody"),
    "no moment": put("SigningTime", "yesterday", XADES),
    "reference of an unknown kind": lambda element: references(element)[1].set("Type", "urn:x"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_every_rule_refuses_alone(change: Callable[[Element], None]) -> None:
    assert verify_signed_blob(BLOB, signed_again(signature_over(BLOB)))
    element = signature_over(BLOB)
    change(element)
    with pytest.raises(SignatureInvalid):
        verify_signed_blob(BLOB, signed_again(element))


def test_a_signing_time_without_a_zone_is_read_as_utc() -> None:
    element = signature_over(BLOB)
    one(element, "SigningTime", XADES).text = "2026-11-24T10:00:00"
    found = verify_signed_blob(BLOB, signed_again(element))
    assert found.signed_at == datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_a_signature_inside_something_else_is_refused() -> None:
    wrapped = etree.Element("a")
    wrapped.append(signature_over(BLOB))
    with pytest.raises(SignatureInvalid):
        verify_signed_blob(BLOB, etree.tostring(wrapped))


def test_nobody_signs_nothing() -> None:
    with pytest.raises(OurMessageInvalid):
        prepare_xades(
            signed_content(BLOB),
            chain=(),
            algorithm=pki.ehealth("rsa").algorithm,
            signed_at=pki.NOW,
            unique="1",
        )


# -- receipts, whose manifest covers the post ----------------------------------------------------


def reference(parent: Element, uri: str, octets: bytes, transforms: list[str]) -> Element:
    made = etree.SubElement(parent, q(DS, "Reference"), URI=uri)
    steps = etree.SubElement(made, q(DS, "Transforms"))
    for each in transforms:
        etree.SubElement(steps, q(DS, "Transform"), Algorithm=each)
    etree.SubElement(made, q(DS, "DigestMethod"), Algorithm=SHA256)
    etree.SubElement(made, q(DS, "DigestValue")).text = digest(octets)
    return made


def receipt(*covered: tuple[str, bytes], place: str = "object") -> bytes:
    """Sign a receipt with a manifest over the blobs named."""
    value = Blob(content=TACK.value, content_type="text/plain", message_name="T", id=TACK.id)
    element = signature_over(value)
    holder = etree.SubElement(element, q(DS, "Object"))
    if place == "deeper":
        holder = etree.SubElement(holder, "deeper")
    manifest = etree.SubElement(holder, q(DS, "Manifest"), Id="_m1")
    for uri, octets in covered:
        reference(manifest, uri, octets, [BASE64])
    info = element.find(q(DS, "SignedInfo"))
    reference(info, "#_m1", c14n(manifest), [EXC]).set("Type", MANIFEST)
    return signed_again(element)


def test_a_manifest_may_cover_what_was_posted() -> None:
    found = verify_signed_tack(TACK, receipt(("#_p1", POSTED.content)), posted=POSTED)
    assert found.covers_posted is True


def test_a_manifest_about_others_covers_nothing_of_ours() -> None:
    other = receipt(("#_p9", b"other"))
    assert verify_signed_tack(TACK, other, posted=POSTED).covers_posted is False
    assert verify_signed_tack(TACK, other).covers_posted is False


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(lambda: receipt(("#_p1", b"another post")), id="another-content"),
        pytest.param(lambda: receipt(("#_p1", b"posted"), place="deeper"), id="elsewhere"),
        pytest.param(lambda: receipt(*[("#_p9", b"other")] * 2000), id="too-long"),
    ],
)
def test_a_manifest_that_is_wrong_is_refused(signature: Callable[[], bytes]) -> None:
    with pytest.raises(SignatureInvalid):
        verify_signed_tack(TACK, signature(), posted=POSTED)


def test_a_receipt_without_identifier_cannot_be_signed() -> None:
    with pytest.raises(SignatureInvalid):
        verify_signed_tack(replace(TACK, id=None), receipt())
