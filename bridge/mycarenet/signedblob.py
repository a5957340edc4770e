"""Signing and verifying the blob of an asynchronous message (``Xades-t``).

Source: *MyCareNet transport* 3.1, 3.2 and 3.4.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bridge.codecs.blob import Encoding
from bridge.errors import SignatureInvalid, TheirAnswerInvalid
from bridge.soap import xml
from bridge.xmldsig.c14n import canonical
from bridge.xmldsig.xades import SignedContent, VerifiedXades, verify_xades

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from bridge.mycarenet.genasync_values import Blob, Tack

XML: Final = "text/xml"


def signed_content(value: Blob) -> SignedContent:
    """Give a blob as its signature sees it.

    Raises:
        SignatureInvalid: it has no identifier, or says it is XML and is not.
    """
    if not value.id:
        raise SignatureInvalid("blob has no identifier to be signed by")
    is_xml = value.content_type == XML
    octets = value.content
    if is_xml:
        try:
            octets = canonical(xml.parse(value.content))
        except TheirAnswerInvalid as error:
            raise SignatureInvalid("blob is no XML") from error
    return SignedContent(
        identifier=value.id,
        octets=octets,
        is_deflated=value.encoding is Encoding.DEFLATE,
        is_xml=is_xml,
    )


def verify_signed_blob(value: Blob, signature: bytes) -> VerifiedXades:
    """Verify the signature that came with a blob.

    That XML is canonicalised is known of one client only (3.1), so both ways are read: each
    covers the content whole.

    Raises:
        SignatureInvalid: it is none, or not over this blob.
    """
    element = _parsed(signature)
    content = signed_content(value)
    if not content.is_xml:
        return verify_xades(element, content)
    try:
        return verify_xades(element, content)
    except SignatureInvalid:
        return verify_xades(element, replace(content, octets=value.content, is_xml=False))


def verify_signed_tack(
    tack: Tack, signature: bytes, *, posted: Blob | None = None
) -> VerifiedXades:
    """Verify the signature that came with a receipt.

    Args:
        tack: The receipt; its value is what is signed.
        signature: ``Xades-t`` beside it.
        posted: What the receipt is about, which the signature may cover as well (3.4).

    Raises:
        SignatureInvalid: it is none, or not over this receipt, or over another post.
    """
    if not tack.id:
        raise SignatureInvalid("receipt has no identifier to be signed by")
    return verify_xades(
        _parsed(signature),
        SignedContent(identifier=tack.id, octets=tack.value, is_xml=False),
        posted=None if posted is None else signed_content(posted),
    )


def _parsed(signature: bytes) -> Element:
    try:
        return xml.parse(signature)
    except TheirAnswerInvalid as error:
        raise SignatureInvalid("signature is no XML") from error
