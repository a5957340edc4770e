"""XAdES-BES over a blob that travels beside its signature, and reading XAdES-T.

The blob is referenced by its identifier; what is digested is its content, decoded, inflated and,
when it is XML, in exclusive canonical form: attributes and name of the blob are not covered.
Source: *MyCareNet transport* 3; *Library choices* 2.5.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from lxml import etree

from bridge.crypto.algorithms import CURRENT_ALGORITHMS, SignatureAlgorithm, verify
from bridge.crypto.certificates import Certificate
from bridge.crypto.cms.timestamp import TimestampToken
from bridge.errors import CertificateUntrusted, OurMessageInvalid, SignatureInvalid
from bridge.xmldsig.c14n import canonical
from bridge.xmldsig.ids import IdIndex
from bridge.xmldsig.names import DS, EXCLUSIVE, SHA256, q
from bridge.xmldsig.properties import (
    XADES,
    add_properties,
    only,
    signed_properties_of,
    signer_named,
    signing_time,
    timestamp_of,
)
from bridge.xmldsig.structure import decode_base64
from bridge.xmldsig.verify import refuse_remarks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element as Element

__all__ = [
    "BASE64",
    "MANIFEST",
    "OPTIONAL_DEFLATE",
    "SIGNED_PROPERTIES",
    "XADES",
    "PendingXades",
    "SignedContent",
    "VerifiedXades",
    "prepare_xades",
    "verify_xades",
]

SIGNED_PROPERTIES: Final = "http://uri.etsi.org/01903#SignedProperties"
MANIFEST: Final = "http://www.w3.org/2000/09/xmldsig#Manifest"
BASE64: Final = "http://www.w3.org/2000/09/xmldsig#base64"
OPTIONAL_DEFLATE: Final = "urn:nippin:xml:sig:transform:optional-deflate"

MOST_CERTIFICATES: Final = 10
"""Most certificates of one signature; a chain has four."""

_PREFIXES: Final = {"ds": DS, "xades": XADES}
_MOST_MANIFEST: Final = 16


@dataclass(frozen=True, kw_only=True)
class SignedContent:
    """A blob as its signature sees it.

    Attributes:
        identifier: ``Id`` of the blob; some unions send what is no NCName.
        octets: Decoded and inflated content; in exclusive canonical form when it is XML.
        is_deflated: Whether the blob says ``deflate``.
        is_xml: Whether the blob says ``text/xml``.
    """

    identifier: str
    octets: bytes = field(repr=False)
    is_deflated: bool = False
    is_xml: bool = True

    @property
    def transforms(self) -> list[str]:
        """What leads from the blob's text to the octets, in order."""
        deflate = [OPTIONAL_DEFLATE] if self.is_deflated else []
        return [BASE64, *deflate, *([EXCLUSIVE] if self.is_xml else [])]


@dataclass(frozen=True)
class PendingXades:
    """A signature that lacks only its value.

    Attributes:
        algorithm: How the value must be made.
        to_be_signed: The canonical ``ds:SignedInfo``; to be hashed by the signer.
    """

    algorithm: SignatureAlgorithm
    to_be_signed: bytes = field(repr=False)
    _signature: Element = field(repr=False)

    def finish(self, value: bytes) -> bytes:
        """Put the value in its place and give the serialised signature.

        Raises:
            OurMessageInvalid: the value is empty, or was put already.
        """
        slot = self._signature[1]
        if not value or slot.text:
            raise OurMessageInvalid("signature value is empty, or there already")
        slot.text = base64.b64encode(value).decode("ascii")
        return etree.tostring(self._signature, encoding="UTF-8")


@dataclass(frozen=True, kw_only=True)
class VerifiedXades:
    """What a signature over a blob says; whether its signer is trusted is for the caller.

    Attributes:
        certificate: The signer's, named by the signed properties.
        chain: All certificates of the signature.
        signed_at: As the signer says.
        timestamp: Raw time-stamp token over the value, when there is one (XAdES-T).
        stamp: The same token read, its imprint compared with the value; ``None`` when there is
            none, or in a form we cannot read.
        covers_posted: Whether a nested manifest covers the blob that was posted; ``None`` when
            there is no manifest.
    """

    certificate: Certificate
    chain: tuple[Certificate, ...]
    signed_at: datetime
    timestamp: bytes | None = field(default=None, repr=False)
    stamp: TimestampToken | None = None
    covers_posted: bool | None = None


def prepare_xades(
    content: SignedContent,
    *,
    chain: Sequence[Certificate],
    algorithm: SignatureAlgorithm,
    signed_at: datetime,
    unique: str,
) -> PendingXades:
    """Write everything of a signature but its value.

    Args:
        content: What is signed.
        chain: The signer's certificate first, then its issuers.
        algorithm: Must fit the signer's key.
        signed_at: Aware moment.
        unique: Part of the identifiers, such as a UUID.

    Raises:
        OurMessageInvalid: there is no certificate.
    """
    if not chain:
        raise OurMessageInvalid("nobody to sign")
    name = f"xmldsig-{unique}"
    signature = etree.Element(q(DS, "Signature"), nsmap=_PREFIXES, Id=name)
    info = etree.SubElement(signature, q(DS, "SignedInfo"))
    _method(info, "CanonicalizationMethod", EXCLUSIVE)
    _method(info, "SignatureMethod", algorithm.value)
    etree.SubElement(signature, q(DS, "SignatureValue"))
    holder = etree.SubElement(etree.SubElement(signature, q(DS, "KeyInfo")), q(DS, "X509Data"))
    for certificate in chain:
        etree.SubElement(holder, q(DS, "X509Certificate")).text = certificate.base64
    properties = add_properties(signature, name, chain[0], signed_at)
    _reference(info, content.identifier, content.transforms, content.octets)
    reference = _reference(info, properties.get("Id", ""), [EXCLUSIVE], canonical(properties))
    reference.set("Type", SIGNED_PROPERTIES)
    return PendingXades(algorithm, canonical(info), signature)


def verify_xades(
    signature: Element, content: SignedContent, *, posted: SignedContent | None = None
) -> VerifiedXades:
    """Verify a signature over a blob.

    Args:
        signature: The document element ``ds:Signature``, read by our parser.
        content: The blob it must cover.
        posted: For a receipt, the blob it answers, which a nested manifest may cover (3.4).

    Raises:
        SignatureInvalid: it covers something else, was changed, or is made in another way.
    """
    refuse_remarks(signature)
    if signature.tag != q(DS, "Signature") or signature.getparent() is not None:
        raise SignatureInvalid("not a signature of its own")
    info = only(signature, "SignedInfo")
    algorithm = _algorithm(info)
    properties = signed_properties_of(signature)
    manifest = _verify_references(signature, info, properties, content)
    chain = _chain(signature)
    certificate = signer_named(properties, chain)
    verify(
        certificate.public_key,
        algorithm,
        signature=decode_base64(only(signature, "SignatureValue").text or ""),
        data=canonical(info),
    )
    raw, stamp = timestamp_of(signature)
    return VerifiedXades(
        certificate=certificate,
        chain=chain,
        signed_at=signing_time(properties),
        timestamp=raw,
        stamp=stamp,
        covers_posted=None if manifest is None else _covers(manifest, posted),
    )


# -- writing -------------------------------------------------------------------------------------


def _method(parent: Element, name: str, algorithm: str) -> None:
    etree.SubElement(parent, q(DS, name), Algorithm=algorithm)


def _reference(info: Element, identifier: str, transforms: list[str], octets: bytes) -> Element:
    reference = etree.SubElement(info, q(DS, "Reference"), URI=f"#{identifier}")
    steps = etree.SubElement(reference, q(DS, "Transforms"))
    for transform in transforms:
        _method(steps, "Transform", transform)
    _method(reference, "DigestMethod", SHA256)
    digest = base64.b64encode(hashlib.sha256(octets).digest()).decode("ascii")
    etree.SubElement(reference, q(DS, "DigestValue")).text = digest
    return reference


# -- verifying -----------------------------------------------------------------------------------


def _algorithm(info: Element) -> SignatureAlgorithm:
    canonicalisation = only(info, "CanonicalizationMethod")
    if canonicalisation.get("Algorithm") != EXCLUSIVE or len(canonicalisation):
        raise SignatureInvalid("canonical form is another one")
    method = only(info, "SignatureMethod")
    named = [each for each in CURRENT_ALGORITHMS if each.value == method.get("Algorithm")]
    if len(named) != 1 or len(method):
        raise SignatureInvalid("algorithm is not accepted")
    return named[0]


def _verify_references(
    signature: Element, info: Element, properties: Element, content: SignedContent
) -> Element | None:
    """Demand one reference to the blob, one to the signed properties, and at most a manifest.

    Returns:
        The manifest, if it is signed.
    """
    by_type: dict[str, list[Element]] = {}
    for reference in info.findall(q(DS, "Reference")):
        by_type.setdefault(_kind(reference), []).append(reference)
    blobs, own = by_type.pop("", []), by_type.pop(SIGNED_PROPERTIES, [])
    manifests = by_type.pop(MANIFEST, [])
    if (len(blobs), len(own)) != (1, 1) or by_type or len(manifests) > 1:
        raise SignatureInvalid("references are not to the blob and the signed properties")
    index = IdIndex(signature)
    if index.has(content.identifier):
        raise SignatureInvalid("blob has the identifier of a part of the signature")
    _demand_target(blobs[0], content.identifier)
    _verify_content(blobs[0], content)
    _demand_target(own[0], properties.get("Id", ""))
    _verify_digest(own[0], [EXCLUSIVE], canonical(properties))
    if not manifests:
        return None
    manifest = index.only(manifests[0].get("URI", "").removeprefix("#"))
    if manifest not in signature.findall(f"{q(DS, 'Object')}/{q(DS, 'Manifest')}"):
        raise SignatureInvalid("manifest stands elsewhere")
    _demand_target(manifests[0], manifest.get("Id", ""))
    _verify_digest(manifests[0], [EXCLUSIVE], canonical(manifest))
    return manifest


def _kind(reference: Element) -> str:
    """Give the type that decides what a reference is to; others say nothing."""
    kind = reference.get("Type", "")
    return kind if kind in {SIGNED_PROPERTIES, MANIFEST} else ""


def _demand_target(reference: Element, identifier: str) -> None:
    if not identifier or reference.get("URI") != f"#{identifier}":
        raise SignatureInvalid("reference is to something else")


def _covers(manifest: Element, posted: SignedContent | None) -> bool:
    """Tell whether a manifest covers a blob; what it says of others cannot be verified here."""
    references = manifest.findall(q(DS, "Reference"))
    if len(references) > _MOST_MANIFEST:
        raise SignatureInvalid("manifest is too long")
    if posted is None:
        return False
    named = [each for each in references if each.get("URI") == f"#{posted.identifier}"]
    for reference in named:
        _verify_content(reference, posted)
    return bool(named)


def _verify_content(reference: Element, content: SignedContent) -> None:
    """Verify a reference to a blob.

    One who did not deflate may say that he perhaps did: the transform passes the rest through, so
    its place does not matter then; where it inflates it comes right after base64.
    """
    named = _transforms(reference)
    if not content.is_deflated and OPTIONAL_DEFLATE in named[1:]:
        named.remove(OPTIONAL_DEFLATE)
    if named != content.transforms:
        raise SignatureInvalid("transforms are others than those of the blob")
    _verify_octets(reference, content.octets)


def _verify_digest(reference: Element, transforms: list[str], octets: bytes) -> None:
    if _transforms(reference) != transforms:
        raise SignatureInvalid("transforms are others than expected")
    _verify_octets(reference, octets)


def _transforms(reference: Element) -> list[str]:
    steps = list(only(reference, "Transforms"))
    if any(len(step) or step.tag != q(DS, "Transform") for step in steps):
        raise SignatureInvalid("a transform has parameters")
    return [step.get("Algorithm", "") for step in steps]


def _verify_octets(reference: Element, octets: bytes) -> None:
    method = only(reference, "DigestMethod")
    if method.get("Algorithm") != SHA256 or len(method):
        raise SignatureInvalid("digest is not accepted")
    said = decode_base64(only(reference, "DigestValue").text or "")
    if not hmac.compare_digest(said, hashlib.sha256(octets).digest()):
        raise SignatureInvalid("content was changed")


def _chain(signature: Element) -> tuple[Certificate, ...]:
    data = only(only(signature, "KeyInfo"), "X509Data")
    found = data.findall(q(DS, "X509Certificate"))
    if not 1 <= len(found) <= MOST_CERTIFICATES:
        raise SignatureInvalid("no certificates, or too many")
    try:
        return tuple(Certificate.parse(decode_base64(each.text or "")) for each in found)
    except CertificateUntrusted as error:
        raise SignatureInvalid("no certificate") from error
