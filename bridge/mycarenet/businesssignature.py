"""The signature over the business content inside a seal.

We sign as the eHealth connector does: decoded and inflated, without canonical form; another
client canonicalises, which is verified as well.
Source: *MyCareNet transport* 6.1, step 3.
"""

from __future__ import annotations

from bridge.codecs.blob import Encoding
from bridge.errors import SignatureInvalid, TheirAnswerInvalid
from bridge.mycarenet.encrypted import XML_TYPE, BusinessContent, KnownContent
from bridge.soap import xml
from bridge.xmldsig.c14n import canonical
from bridge.xmldsig.xades import SignedContent, VerifiedXades, verify_xades


def business_as_signed(business: BusinessContent) -> SignedContent:
    """Give business content as our signature sees it.

    Raises:
        SignatureInvalid: it has no identifier.
    """
    if not business.id:
        raise SignatureInvalid("content has no identifier to be signed by")
    return SignedContent(
        identifier=business.id,
        octets=business.content,
        is_deflated=business.encoding is Encoding.DEFLATE,
        is_xml=False,
    )


def verify_business(known: KnownContent) -> VerifiedXades:
    """Verify the signature that came with business content.

    Raises:
        SignatureInvalid: there is none, or it does not hold over this content.
    """
    if known.xades is None:
        raise SignatureInvalid("content is not signed")
    content = business_as_signed(known.business)
    try:
        signature = xml.parse(known.xades)
    except TheirAnswerInvalid as error:
        raise SignatureInvalid("signature is no XML") from error
    try:
        return verify_xades(signature, content)
    except SignatureInvalid:
        canonicalised = _canonicalised(content, known.business)
        if canonicalised is None:
            raise
        return verify_xades(signature, canonicalised)


def _canonicalised(content: SignedContent, business: BusinessContent) -> SignedContent | None:
    """Give the content as a client that canonicalises sees it; ``None`` when it is no XML."""
    if business.content_type != XML_TYPE:
        return None
    try:
        octets = canonical(xml.parse(business.content))
    except TheirAnswerInvalid:
        return None
    return SignedContent(
        identifier=content.identifier,
        octets=octets,
        is_deflated=content.is_deflated,
        is_xml=True,
    )
