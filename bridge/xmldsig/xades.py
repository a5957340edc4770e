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
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from lxml import etree

from bridge.crypto.algorithms import CURRENT_ALGORITHMS, SignatureAlgorithm, verify
from bridge.crypto.certificates import Certificate
from bridge.errors import CertificateUntrusted, OurMessageInvalid, SignatureInvalid
from bridge.xmldsig.c14n import canonical
from bridge.xmldsig.ids import IdIndex
from bridge.xmldsig.names import DS, EXCLUSIVE, SHA256, q
from bridge.xmldsig.structure import decode_base64
from bridge.xmldsig.verify import refuse_remarks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element as Element

XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"
SIGNED_PROPERTIES: Final = "http://uri.etsi.org/01903#SignedProperties"
BASE64: Final = "http://www.w3.org/2000/09/xmldsig#base64"
OPTIONAL_DEFLATE: Final = "urn:nippin:xml:sig:transform:optional-deflate"

_PREFIXES: Final = {"ds": DS, "xades": XADES}
_MOST_REFERENCES: Final = 2
_PATH: Final = (
    q(XADES, "SignedSignatureProperties"),
    q(XADES, "SigningCertificate"),
    q(XADES, "Cert"),
)


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
    """

    certificate: Certificate
    chain: tuple[Certificate, ...]
    signed_at: datetime
    timestamp: bytes | None = field(default=None, repr=False)


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
    """
    name = f"xmldsig-{unique}"
    signature = etree.Element(q(DS, "Signature"), nsmap=_PREFIXES, Id=name)
    info = etree.SubElement(signature, q(DS, "SignedInfo"))
    _method(info, "CanonicalizationMethod", EXCLUSIVE)
    _method(info, "SignatureMethod", algorithm.value)
    etree.SubElement(signature, q(DS, "SignatureValue"))
    holder = etree.SubElement(etree.SubElement(signature, q(DS, "KeyInfo")), q(DS, "X509Data"))
    for certificate in chain:
        etree.SubElement(holder, q(DS, "X509Certificate")).text = certificate.base64
    properties = _add_properties(signature, name, chain[0], signed_at)
    _reference(info, content.identifier, content.transforms, content.octets)
    reference = _reference(info, properties.get("Id", ""), [EXCLUSIVE], canonical(properties))
    reference.set("Type", SIGNED_PROPERTIES)
    return PendingXades(algorithm, canonical(info), signature)


def verify_xades(signature: Element, content: SignedContent) -> VerifiedXades:
    """Verify a signature over a blob.

    Args:
        signature: The document element ``ds:Signature``, read by our parser.
        content: The blob it must cover.

    Raises:
        SignatureInvalid: it covers something else, was changed, or is made in another way.
    """
    refuse_remarks(signature)
    info = _only(signature, "SignedInfo")
    value = _only(signature, "SignatureValue")
    if signature.tag != q(DS, "Signature") or signature.getparent() is not None:
        raise SignatureInvalid("not a signature of its own")
    algorithm = _algorithm(info)
    _verify_references(signature, info, content)
    chain = _chain(signature)
    properties = _properties(signature)
    certificate = _signer(properties, chain)
    verify(
        certificate.public_key,
        algorithm,
        signature=decode_base64(value.text or ""),
        data=canonical(info),
    )
    return VerifiedXades(
        certificate=certificate,
        chain=chain,
        signed_at=_signing_time(properties),
        timestamp=_timestamp(signature),
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


def _add_properties(
    signature: Element, name: str, certificate: Certificate, signed_at: datetime
) -> Element:
    qualifying = etree.SubElement(
        etree.SubElement(signature, q(DS, "Object")),
        q(XADES, "QualifyingProperties"),
        Target=f"#{name}",
    )
    properties = etree.SubElement(
        qualifying, q(XADES, "SignedProperties"), Id=f"{name}-xades-signedprops"
    )
    signed = etree.SubElement(properties, _PATH[0])
    moment = signed_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    etree.SubElement(signed, q(XADES, "SigningTime")).text = moment
    entry = etree.SubElement(etree.SubElement(signed, _PATH[1]), _PATH[2])
    digest = etree.SubElement(entry, q(XADES, "CertDigest"))
    _method(digest, "DigestMethod", SHA256)
    hashed = base64.b64encode(hashlib.sha256(certificate.der).digest()).decode("ascii")
    etree.SubElement(digest, q(DS, "DigestValue")).text = hashed
    issuer = etree.SubElement(entry, q(XADES, "IssuerSerial"))
    etree.SubElement(issuer, q(DS, "X509IssuerName")).text = certificate.issuer
    serial = str(certificate.x509.serial_number)
    etree.SubElement(issuer, q(DS, "X509SerialNumber")).text = serial
    return properties


# -- verifying -----------------------------------------------------------------------------------


def _only(parent: Element, local: str, namespace: str = DS) -> Element:
    found = parent.findall(q(namespace, local))
    if len(found) != 1:
        raise SignatureInvalid(f"not exactly one {local}")
    return found[0]


def _algorithm(info: Element) -> SignatureAlgorithm:
    if _only(info, "CanonicalizationMethod").get("Algorithm") != EXCLUSIVE:
        raise SignatureInvalid("canonical form is another one")
    method = _only(info, "SignatureMethod")
    named = [each for each in CURRENT_ALGORITHMS if each.value == method.get("Algorithm")]
    if len(named) != 1 or len(method):
        raise SignatureInvalid("algorithm is not accepted")
    return named[0]


def _verify_references(signature: Element, info: Element, content: SignedContent) -> None:
    """Demand one reference to the blob and one to the signed properties, and nothing else."""
    references = info.findall(q(DS, "Reference"))
    properties = _properties(signature)
    wanted = {
        f"#{content.identifier}": (content.transforms, content.octets),
        f"#{properties.get('Id')}": ([EXCLUSIVE], canonical(properties)),
    }
    found = [reference.get("URI", "") for reference in references]
    if sorted(found) != sorted(wanted) or len(references) != _MOST_REFERENCES:
        raise SignatureInvalid("references are not to the blob and the signed properties")
    for reference in references:
        transforms, octets = wanted[reference.get("URI", "")]
        _verify_reference(reference, transforms, octets)


def _verify_reference(reference: Element, transforms: list[str], octets: bytes) -> None:
    steps = _only(reference, "Transforms").findall(q(DS, "Transform"))
    named = [step.get("Algorithm") for step in steps]
    # One who did not deflate may say that he perhaps did: the transform passes the rest through.
    plain = [name for name in named if name != OPTIONAL_DEFLATE]
    wanted = [name for name in transforms if name != OPTIONAL_DEFLATE]
    if any(len(step) for step in steps) or plain != wanted or len(named) > len(plain) + 1:
        raise SignatureInvalid("transforms are others than those of the blob")
    if OPTIONAL_DEFLATE in transforms and OPTIONAL_DEFLATE not in named:
        raise SignatureInvalid("transforms do not inflate what is deflated")
    if _only(reference, "DigestMethod").get("Algorithm") != SHA256:
        raise SignatureInvalid("digest is not accepted")
    said = decode_base64(_only(reference, "DigestValue").text or "")
    if not hmac.compare_digest(said, hashlib.sha256(octets).digest()):
        raise SignatureInvalid("content was changed")


def _properties(signature: Element) -> Element:
    """Give the signed properties that belong to this signature."""
    found = [
        qualifying
        for each in signature.findall(q(DS, "Object"))
        for qualifying in each.findall(q(XADES, "QualifyingProperties"))
    ]
    if len(found) != 1 or found[0].get("Target") != f"#{signature.get('Id')}":
        raise SignatureInvalid("properties are not of this signature")
    properties = _only(found[0], "SignedProperties", XADES)
    if IdIndex(signature).only(properties.get("Id", "")) is not properties:
        raise SignatureInvalid("identifier names another element")
    return properties


def _chain(signature: Element) -> tuple[Certificate, ...]:
    data = _only(_only(signature, "KeyInfo"), "X509Data")
    try:
        return tuple(
            Certificate.parse(decode_base64(each.text or ""))
            for each in data.findall(q(DS, "X509Certificate"))
        )
    except CertificateUntrusted as error:
        raise SignatureInvalid("no certificate") from error


def _signer(properties: Element, chain: tuple[Certificate, ...]) -> Certificate:
    """Give the certificate that the signed properties name: only that one signed."""
    element = properties
    for step in _PATH:
        found = element.findall(step)
        if len(found) != 1:
            raise SignatureInvalid("not exactly one signing certificate")
        element = found[0]
    digest = _only(element, "CertDigest", XADES)
    if _only(digest, "DigestMethod").get("Algorithm") != SHA256:
        raise SignatureInvalid("digest is not accepted")
    said = decode_base64(_only(digest, "DigestValue").text or "")
    serial = _only(_only(element, "IssuerSerial", XADES), "X509SerialNumber").text or ""
    for certificate in chain:
        is_named = hmac.compare_digest(said, hashlib.sha256(certificate.der).digest())
        if is_named and serial.strip() == str(certificate.x509.serial_number):
            return certificate
    raise SignatureInvalid("signing certificate is not there")


def _signing_time(properties: Element) -> datetime:
    text = properties.findtext(f"{_PATH[0]}/{q(XADES, 'SigningTime')}") or ""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise SignatureInvalid("signing time is no moment") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _timestamp(signature: Element) -> bytes | None:
    tokens = list(signature.iter(q(XADES, "EncapsulatedTimeStamp")))
    return decode_base64(tokens[0].text or "") if len(tokens) == 1 else None
