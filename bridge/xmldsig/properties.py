"""The qualifying properties of XAdES: when was signed, with which certificate, and the time-stamp.

Source: *MyCareNet transport* 3.1 and 3.3; ETSI TS 101 903 v1.3.2, 7.2.1, 7.2.2 and 7.3.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from lxml import etree

from bridge.crypto.cms.timestamp import TimestampToken
from bridge.errors import SignatureInvalid, TheirAnswerInvalid
from bridge.xmldsig.c14n import canonical
from bridge.xmldsig.ids import IdIndex
from bridge.xmldsig.names import DS, EXCLUSIVE, SHA256, q
from bridge.xmldsig.structure import decode_base64

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element as Element

    from bridge.crypto.certificates import Certificate

XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"

_SIGNED: Final = q(XADES, "SignedSignatureProperties")
_CERTIFICATE: Final = f"{q(XADES, 'SigningCertificate')}/{q(XADES, 'Cert')}"
_STAMPS: Final = "/".join(
    q(XADES, step)
    for step in ("UnsignedProperties", "UnsignedSignatureProperties", "SignatureTimeStamp")
)
_MARKS: Final = re.compile(r'[\\"\s]')


def only(parent: Element, local: str, namespace: str = DS) -> Element:
    """Give the one child of a name.

    Raises:
        SignatureInvalid: there is none, or more than one.
    """
    found = parent.findall(q(namespace, local))
    if len(found) != 1:
        raise SignatureInvalid(f"not exactly one {local}")
    return found[0]


# -- writing -------------------------------------------------------------------------------------


def add_properties(
    signature: Element, name: str, certificate: Certificate, signed_at: datetime
) -> Element:
    """Append the properties to a signature and give the signed ones.

    Args:
        signature: The ``ds:Signature``.
        name: Its ``Id``.
        certificate: The signer's.
        signed_at: Aware moment.
    """
    holder = etree.SubElement(signature, q(DS, "Object"))
    qualifying = etree.SubElement(holder, q(XADES, "QualifyingProperties"), Target=f"#{name}")
    properties = etree.SubElement(qualifying, q(XADES, "SignedProperties"))
    properties.set("Id", f"{name}-xades-signedprops")
    signed = etree.SubElement(properties, _SIGNED)
    moment = signed_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    etree.SubElement(signed, q(XADES, "SigningTime")).text = moment
    holder = etree.SubElement(signed, q(XADES, "SigningCertificate"))
    entry = etree.SubElement(holder, q(XADES, "Cert"))
    digest = etree.SubElement(entry, q(XADES, "CertDigest"))
    etree.SubElement(digest, q(DS, "DigestMethod"), Algorithm=SHA256)
    hashed = base64.b64encode(hashlib.sha256(certificate.der).digest()).decode("ascii")
    etree.SubElement(digest, q(DS, "DigestValue")).text = hashed
    issuer = etree.SubElement(entry, q(XADES, "IssuerSerial"))
    etree.SubElement(issuer, q(DS, "X509IssuerName")).text = certificate.issuer
    serial = str(certificate.x509.serial_number)
    etree.SubElement(issuer, q(DS, "X509SerialNumber")).text = serial
    return properties


# -- reading -------------------------------------------------------------------------------------


def qualifying_of(signature: Element) -> Element:
    """Give the qualifying properties that say they are this signature's.

    Raises:
        SignatureInvalid: none, more than one, or another signature's.
    """
    found = signature.findall(f"{q(DS, 'Object')}/{q(XADES, 'QualifyingProperties')}")
    identifier = signature.get("Id", "")
    if len(found) != 1 or found[0].get("Target") != f"#{identifier}":
        raise SignatureInvalid("properties are not of this signature")
    if IdIndex(signature).only(identifier) is not signature:
        raise SignatureInvalid("identifier names another element")
    return found[0]


def signed_properties_of(signature: Element) -> Element:
    """Give the signed properties of a signature.

    Raises:
        SignatureInvalid: there are none, or their identifier is not theirs alone.
    """
    properties = only(qualifying_of(signature), "SignedProperties", XADES)
    if IdIndex(signature).only(properties.get("Id", "")) is not properties:
        raise SignatureInvalid("identifier names another element")
    return properties


def signer_named(properties: Element, chain: Sequence[Certificate]) -> Certificate:
    """Give the certificate of a chain that the signed properties name: only that one signed.

    Raises:
        SignatureInvalid: it is not there, or digest, issuer and serial number do not agree.
    """
    signed = only(properties, "SignedSignatureProperties", XADES)
    found = signed.findall(_CERTIFICATE)
    if len(found) != 1:
        raise SignatureInvalid("not exactly one signing certificate")
    digest = only(found[0], "CertDigest", XADES)
    if only(digest, "DigestMethod").get("Algorithm") != SHA256:
        raise SignatureInvalid("digest is not accepted")
    said = decode_base64(only(digest, "DigestValue").text or "")
    issuer = only(found[0], "IssuerSerial", XADES)
    for certificate in chain:
        if hmac.compare_digest(said, hashlib.sha256(certificate.der).digest()):
            _demand_issuer(issuer, certificate)
            return certificate
    raise SignatureInvalid("signing certificate is not there")


def signing_time(properties: Element) -> datetime:
    """Give the moment the signer states; one without a zone is taken as UTC.

    Raises:
        SignatureInvalid: it is missing, or no moment.
    """
    signed = only(properties, "SignedSignatureProperties", XADES)
    try:
        moment = datetime.fromisoformat((only(signed, "SigningTime", XADES).text or "").strip())
    except ValueError:
        raise SignatureInvalid("signing time is no moment") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def timestamp_of(signature: Element) -> tuple[bytes | None, TimestampToken | None]:
    """Give the first time-stamp over the value: raw, and read when we can.

    One in a form we do not know is given raw only, as nothing of the nurse's flows needs it.

    Raises:
        SignatureInvalid: we can read it and it is about another value.
    """
    stamp = next(iter(qualifying_of(signature).findall(_STAMPS)), None)
    if stamp is None:
        return None, None
    raw = decode_base64(only(stamp, "EncapsulatedTimeStamp", XADES).text or "")
    method = stamp.find(q(DS, "CanonicalizationMethod"))
    if method is None or method.get("Algorithm") != EXCLUSIVE:
        return raw, None
    try:
        token = TimestampToken.read(raw)
    except TheirAnswerInvalid:
        return raw, None
    token.verify(canonical(only(signature, "SignatureValue")))
    return raw, token


def _demand_issuer(element: Element, certificate: Certificate) -> None:
    """Compare issuer and serial number.

    Programs spell names in many ways, so each part of the name must occur, as text or in
    hexadecimal; which certificate is meant is already settled by the digest.
    """
    serial = (only(element, "X509SerialNumber").text or "").strip()
    said = _MARKS.sub("", only(element, "X509IssuerName").text or "").casefold()
    values = [part.value for part in certificate.x509.issuer]
    texts = [value for value in values if isinstance(value, str)]
    if serial != str(certificate.x509.serial_number) or not all(
        _MARKS.sub("", text).casefold() in said or text.encode().hex() in said for text in texts
    ):
        raise SignatureInvalid("issuer or serial number is another one")
