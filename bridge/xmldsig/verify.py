"""Verification of XML signatures: says what is covered, or refuses.

Rules, each with a test (*Library choices* 2.3): exactly one signature at the expected place;
algorithms and transforms from a list; the key's type fits; a referenced identifier names exactly
one element; an enveloped signature is a child of what it signs; digests are compared in constant
time; the key comes from a certificate that the caller must trust for the role.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from lxml import etree

from bridge.crypto.algorithms import CURRENT_ALGORITHMS, verify
from bridge.crypto.certificates import Certificate
from bridge.errors import CertificateUntrusted, SignatureInvalid
from bridge.xmldsig.c14n import canonical
from bridge.xmldsig.digests import canonical_without, digest
from bridge.xmldsig.ids import IdIndex
from bridge.xmldsig.names import DS, q
from bridge.xmldsig.structure import Reference, Signature, decode_base64, read_signature

if TYPE_CHECKING:
    from collections.abc import Collection

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from lxml.etree import _Element as Element

    from bridge.crypto.algorithms import SignatureAlgorithm


def verify_enveloped(
    root: Element,
    *,
    id_attribute: str,
    algorithms: Collection[SignatureAlgorithm] = CURRENT_ALGORITHMS,
) -> Certificate:
    """Verify the enveloped signature of an element, which covers it whole.

    Args:
        root: What must be covered: everything in it but the signature itself.
        id_attribute: Name of its identifier attribute, such as ``AssertionID``.
        algorithms: Those accepted.

    Returns:
        The signer's certificate from the signature; whether it is trusted is for the caller.

    Raises:
        SignatureInvalid: not signed, not this element, changed, or made in another way.
    """
    refuse_remarks(root)
    signatures = root.findall(q(DS, "Signature"))
    if len(signatures) != 1:
        raise SignatureInvalid("not exactly one signature in the element")
    signature = read_signature(signatures[0], algorithms=algorithms)
    if len(signature.references) != 1 or not signature.references[0].enveloped:
        raise SignatureInvalid("not exactly one enveloped reference")
    reference = signature.references[0]
    if reference.identifier != root.get(id_attribute):
        raise SignatureInvalid("reference is not to the element")
    if IdIndex(root).only(reference.identifier) is not root:
        raise SignatureInvalid("reference is to another element")
    certificate = certificate_in(signature.key_info)
    verify_value(signature, certificate.public_key)
    verify_digest(reference, canonical_without(root, signature.element, reference.prefixes))
    return certificate


def verify_detached(
    signature: Signature,
    *,
    document: Element,
    public_key: PublicKeyTypes,
) -> list[Element]:
    """Verify a signature over elements elsewhere in the same document.

    Returns:
        The elements that are covered, one for each reference, none twice.

    Raises:
        SignatureInvalid: something does not hold.
    """
    refuse_remarks(document)
    verify_value(signature, public_key)
    index = IdIndex(document)
    covered: list[Element] = []
    for reference in signature.references:
        element = index.only(reference.identifier)
        if reference.enveloped or any(element is other for other in covered):
            raise SignatureInvalid("reference is enveloped, or repeated")
        verify_digest(reference, canonical(element, reference.prefixes))
        covered.append(element)
    return covered


def verify_value(signature: Signature, public_key: PublicKeyTypes) -> None:
    """Verify the signature value over ``ds:SignedInfo``.

    Raises:
        SignatureInvalid: the value is not this key's.
    """
    verify(
        public_key,
        signature.algorithm,
        signature=signature.value,
        data=canonical(signature.signed_info, signature.prefixes),
    )


def verify_digest(reference: Reference, octets: bytes) -> None:
    """Compare the digest of canonical octets with a reference, in constant time.

    Raises:
        SignatureInvalid: they differ.
    """
    if not hmac.compare_digest(digest(octets, reference.digest_method), reference.digest):
        raise SignatureInvalid("content was changed")


def certificate_in(key_info: Element) -> Certificate:
    """Read the one certificate of ``ds:KeyInfo/ds:X509Data``.

    Raises:
        SignatureInvalid: not exactly one certificate, or no certificate at all.
    """
    found = key_info.findall(f"{q(DS, 'X509Data')}/{q(DS, 'X509Certificate')}")
    if len(found) != 1:
        raise SignatureInvalid("not exactly one certificate")
    try:
        return Certificate.parse(decode_base64(found[0].text or ""))
    except CertificateUntrusted as error:
        raise SignatureInvalid("no certificate") from error


def refuse_remarks(element: Element) -> None:
    """Refuse comments and processing instructions in a document that is to be verified.

    Canonical form drops comments, so text split by one would be read differently from what was
    signed; our parser never lets any in.

    Raises:
        SignatureInvalid: there is one.
    """
    if next(element.iter(etree.Comment, etree.PI, etree.Entity), None) is not None:
        raise SignatureInvalid("comment or processing instruction in signed content")
