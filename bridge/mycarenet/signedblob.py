"""Signing and verifying the blob of an asynchronous message (``Xades-t``).

Source: *MyCareNet transport* 3.1, 3.2 and 3.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bridge.codecs.blob import Encoding
from bridge.errors import SignatureInvalid, TheirAnswerInvalid
from bridge.soap import xml
from bridge.xmldsig.c14n import canonical
from bridge.xmldsig.xades import SignedContent, VerifiedXades, verify_xades

if TYPE_CHECKING:
    from bridge.mycarenet.genasync_values import Blob

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

    Raises:
        SignatureInvalid: it is none, or not over this blob.
    """
    try:
        element = xml.parse(signature)
    except TheirAnswerInvalid as error:
        raise SignatureInvalid("signature is no XML") from error
    return verify_xades(element, signed_content(value))
