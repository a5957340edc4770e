"""Signing in two steps: prepare gives the bytes to sign, finish puts the value in place.

A card signs slowly, on another thread, perhaps after a PIN (*style anchors* 4.4).
"""

from __future__ import annotations

import base64
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree

from bridge.errors import OurMessageInvalid, SignatureInvalid
from bridge.xmldsig.c14n import canonical
from bridge.xmldsig.digests import canonical_without, digest
from bridge.xmldsig.ids import IdIndex
from bridge.xmldsig.names import DS, ENVELOPED, EXCLUSIVE, SHA256, q

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.etree import _Element as Element

    from bridge.crypto.algorithms import SignatureAlgorithm
    from bridge.crypto.certificates import Certificate


@dataclass(frozen=True)
class PendingSignature:
    """A signature that lacks only its value.

    Attributes:
        algorithm: How the value must be made.
        to_be_signed: The canonical ``ds:SignedInfo``; to be hashed by the signer.
    """

    algorithm: SignatureAlgorithm
    to_be_signed: bytes = field(repr=False)
    _value: Element = field(repr=False)

    def finish(self, signature: bytes) -> None:
        """Put the value in its place in the document.

        Raises:
            OurMessageInvalid: the value is empty, or was put already.
        """
        if not signature or self._value.text:
            raise OurMessageInvalid("signature value is empty, or there already")
        self._value.text = base64.b64encode(signature).decode("ascii")


def prepare_enveloped(
    root: Element,
    *,
    id_attribute: str,
    certificate: Certificate,
    algorithm: SignatureAlgorithm,
    signature_id: str | None = None,
) -> PendingSignature:
    """Append an unfinished enveloped signature to an element, as the STS does (*STS* 10.1).

    Args:
        root: What is signed whole; the signature becomes its last child.
        id_attribute: Name of its identifier attribute, such as ``AssertionID``.
        certificate: The signer's, put into ``ds:KeyInfo``.
        algorithm: Must fit the signer's key.
        signature_id: ``Id`` of the signature, if it needs one.

    Raises:
        OurMessageInvalid: the element has no identifier of its own, or no canonical form.
    """
    identifier = root.get(id_attribute, "")
    signature = _empty_signature(algorithm, signature_id)
    with _ours():
        _demand_unique(IdIndex(root), identifier, root)
        root.append(signature)
        _add_reference(signature, identifier, canonical_without(root, signature), enveloped=True)
    key_info = etree.SubElement(signature, q(DS, "KeyInfo"))
    holder = etree.SubElement(key_info, q(DS, "X509Data"))
    etree.SubElement(holder, q(DS, "X509Certificate")).text = certificate.base64
    return _pending(signature, algorithm)


def prepare_detached(
    parent: Element,
    *,
    targets: Sequence[tuple[str, Element]],
    key_info: Element,
    algorithm: SignatureAlgorithm,
    signature_id: str,
) -> PendingSignature:
    """Append an unfinished signature over elements elsewhere in the same document.

    Args:
        parent: Where the signature becomes the last child.
        targets: Identifier and element of everything to be signed, in order.
        key_info: The ``ds:KeyInfo``.
        algorithm: Must fit the signer's key.
        signature_id: ``Id`` of the signature.

    Raises:
        OurMessageInvalid: an identifier names not just its element, or there is no canonical form.
    """
    signature = _empty_signature(algorithm, signature_id)
    parent.append(signature)
    with _ours():
        index = IdIndex(parent)
        for identifier, element in targets:
            _demand_unique(index, identifier, element)
            _add_reference(signature, identifier, canonical(element), enveloped=False)
    signature.append(key_info)
    return _pending(signature, algorithm)


@contextmanager
def _ours() -> Iterator[None]:
    try:
        yield
    except SignatureInvalid as error:
        raise OurMessageInvalid("what is to be signed cannot be signed") from error


def _demand_unique(index: IdIndex, identifier: str, element: Element) -> None:
    if index.only(identifier) is not element:
        raise SignatureInvalid("identifier names another element")


def _empty_signature(algorithm: SignatureAlgorithm, signature_id: str | None) -> Element:
    signature = etree.Element(q(DS, "Signature"), nsmap={"ds": DS})
    if signature_id is not None:
        signature.set("Id", signature_id)
    signed_info = etree.SubElement(signature, q(DS, "SignedInfo"))
    _add_method(signed_info, "CanonicalizationMethod", EXCLUSIVE)
    _add_method(signed_info, "SignatureMethod", algorithm.value)
    etree.SubElement(signature, q(DS, "SignatureValue"))
    return signature


def _add_reference(
    signature: Element,
    identifier: str,
    octets: bytes,
    *,
    enveloped: bool,
) -> None:
    reference = etree.SubElement(signature[0], q(DS, "Reference"), URI=f"#{identifier}")
    transforms = etree.SubElement(reference, q(DS, "Transforms"))
    if enveloped:
        _add_method(transforms, "Transform", ENVELOPED)
    _add_method(transforms, "Transform", EXCLUSIVE)
    _add_method(reference, "DigestMethod", SHA256)
    value = etree.SubElement(reference, q(DS, "DigestValue"))
    value.text = base64.b64encode(digest(octets, SHA256)).decode("ascii")


def _add_method(parent: Element, name: str, algorithm: str) -> None:
    etree.SubElement(parent, q(DS, name), Algorithm=algorithm)


def _pending(signature: Element, algorithm: SignatureAlgorithm) -> PendingSignature:
    signed_info, value = signature[0], signature[1]
    return PendingSignature(algorithm, canonical(signed_info), value)
