"""What is inside a seal: the business content with its signature and the way to seal the answer.

We write as the eHealth connector does; the habits of another client are read as well.
Source: *MyCareNet transport* 6.1 and 8.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from bridge.codecs import blob
from bridge.codecs.blob import Encoding
from bridge.crypto.certificates import Certificate
from bridge.crypto.cms.enveloped import DecryptionKey
from bridge.crypto.cms.signed import CmsSigner
from bridge.crypto.etk import EncryptionToken
from bridge.crypto.seal import seal, unseal
from bridge.domain.ids import IdSource
from bridge.errors import OurMessageInvalid, TheirAnswerInvalid
from bridge.mycarenet.genasync_values import Blob
from bridge.mycarenet.names import ENCRYPTED
from bridge.mycarenet.schema import Document, is_valid
from bridge.soap import xml
from bridge.soap.names import q

XML_TYPE: Final = "text/xml"

_IDS: Final = ("id", "Id", "ID")
_MARKUP: Final = b"<"
_UTF8_MARK: Final = b"\xef\xbb\xbf"
_BASE64_GROWTH: Final = 2
"""More than what base64 adds, with room for certificates and signature."""


class ContentEncryption(Enum):
    """Values of ``ContentEncryption`` that these flows use (*transport* 1.4)."""

    FOR_PLATFORM = "encryptedForKnownBED"
    """Of what we send."""

    FOR_RECIPIENT = "encryptedForKnownRecipient"
    """Of answers."""


@dataclass(frozen=True, kw_only=True)
class BusinessContent:
    """The content, and how it is written.

    Attributes:
        content: Decoded and inflated bytes, which the signature covers.
        content_type: Such as ``text/xml``.
        encoding: How the content was, or is to be, written.
        id: Target of the signature; ``None`` when an answer has none.
    """

    content: bytes = field(repr=False)
    content_type: str = XML_TYPE
    encoding: Encoding = Encoding.DEFLATE
    id: str | None = None


@dataclass(frozen=True, kw_only=True)
class KnownContent:
    """An ``EncryptedKnownContent``.

    Attributes:
        business: The content.
        reply_to_etk: Token for which the answer may be sealed, not verified.
        xades: Serialised signature over the content, not verified.
    """

    business: BusinessContent
    reply_to_etk: bytes | None = field(default=None, repr=False)
    xades: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class OpenedContent:
    """What came out of a seal, both signatures of the seal verified.

    Whether to trust the signers, and whether the XAdES holds, are other questions.

    Attributes:
        known: The content with what surrounds it.
        sender: Who sealed it.
        author: Who signed inside the seal.
        certificates: All that came along, not trusted.
    """

    known: KnownContent
    sender: Certificate
    author: Certificate
    certificates: tuple[Certificate, ...] = field(repr=False)


def new_business_content(
    content: bytes, *, ids: IdSource, encoding: Encoding = Encoding.DEFLATE
) -> BusinessContent:
    """Give content a fresh identifier, to be deflated as the connector does (step 2)."""
    return BusinessContent(content=content, encoding=encoding, id=f"_{ids.uuid()}")


def encode_known(known: KnownContent) -> bytes:
    """Write the element that is sealed, and check it with our own schema (step 4).

    Raises:
        OurMessageInvalid: it does not fit; nothing may be sent.
    """
    root = etree.Element(q(ENCRYPTED, "EncryptedKnownContent"), nsmap={None: ENCRYPTED})
    _add_bytes(root, "Reply-to-Etk", known.reply_to_etk)
    business = known.business
    element = etree.SubElement(root, q(ENCRYPTED, "BusinessContent"))
    if business.id is not None:
        element.set("id", business.id)
    element.set("ContentType", business.content_type)
    element.set("ContentEncoding", business.encoding.value)
    element.text = blob.encode(business.content, encoding=business.encoding)
    _add_bytes(root, "Xades", known.xades)
    if not is_valid(root, Document.KNOWN_CONTENT):
        raise OurMessageInvalid("our content does not fit our schema")
    return xml.serialize(root)


def decode_known(content: bytes, *, most_bytes: int = blob.MOST_BYTES) -> KnownContent:
    """Read what was sealed.

    Zero bytes around it, and around the business content, are removed; an element that was
    deflated as a whole is inflated.

    Args:
        content: As unsealed.
        most_bytes: Largest business content that is accepted, inflated.

    Raises:
        TheirAnswerInvalid: another element, not base64, not deflated as announced, or too large.
    """
    longest = _BASE64_GROWTH * most_bytes
    root = xml.parse(_as_markup(content, most_bytes=longest), most_bytes=longest)
    if root.tag != q(ENCRYPTED, "EncryptedKnownContent"):
        raise TheirAnswerInvalid("not an EncryptedKnownContent")
    element = xml.only_child(root, q(ENCRYPTED, "BusinessContent"))
    # Here the schema's default is none, other than that of blobs.
    encoding = element.get("ContentEncoding") or Encoding.NONE.value
    decoded = blob.decode(_text(element), encoding=encoding, most_bytes=most_bytes)
    business = BusinessContent(
        content=without_zeros(decoded),
        content_type=element.get("ContentType") or "application/octet-stream",
        encoding=Encoding(encoding),
        id=next((element.get(name) for name in _IDS if element.get(name)), None),
    )
    return KnownContent(
        business=business,
        reply_to_etk=_read_bytes(root, "Reply-to-Etk"),
        xades=_read_bytes(root, "Xades"),
    )


def without_zeros(content: bytes) -> bytes:
    """Remove the zero bytes around a document, which stand around some rejections (*6.1*)."""
    return content.strip(b"\0")


def seal_known(
    known: KnownContent,
    *,
    signer: CmsSigner,
    recipient: EncryptionToken,
    ids: IdSource,
    sign_content: Callable[[BusinessContent], bytes] | None = None,
) -> bytes:
    """Sign the content, put everything together and seal it (steps 3 to 5).

    Args:
        known: The content; what it replaces of the signature is up to ``sign_content``.
        signer: Who sends.
        recipient: Verified token of who may read it.
        ids: Source of the content key.
        sign_content: Gives the serialised XAdES over the business content; ``None`` keeps the
            one that is there.

    Raises:
        OurMessageInvalid: it does not fit our schema, or cannot be sealed for the recipient.
        SignatureInvalid: the signer's key does not belong to its certificate.
    """
    if sign_content is not None:
        known = replace(known, xades=sign_content(known.business))
    recipients = [recipient.encryption]
    return seal(encode_known(known), signer=signer, recipients=recipients, ids=ids)


def unseal_known(
    sealed: bytes,
    *,
    keys: Sequence[DecryptionKey],
    most_bytes: int = blob.MOST_BYTES,
) -> OpenedContent:
    """Open a seal and read what is in it.

    Args:
        sealed: Decoded content of a blob with ``ContentEncryption``.
        keys: All keys of ours.
        most_bytes: Largest business content that is accepted, inflated.

    Raises:
        SignatureInvalid, SealForAnotherKey, SealUnreadable: as ``bridge.crypto.seal.unseal``.
        TheirAnswerInvalid: it holds something else.
    """
    opened = unseal(sealed, keys=keys)
    return OpenedContent(
        known=decode_known(opened.content, most_bytes=most_bytes),
        sender=opened.sender,
        author=opened.author,
        certificates=opened.certificates,
    )


def sealed_blob(
    sealed: bytes,
    *,
    message_name: str,
    ids: IdSource,
    encryption: ContentEncryption = ContentEncryption.FOR_PLATFORM,
    encoding: Encoding = Encoding.NONE,
) -> Blob:
    """Give the blob around a seal, with a fresh identifier (step 6).

    Args:
        sealed: The seal.
        message_name: Such as ``M4A_XML``.
        ids: Source of identifiers.
        encryption: For whom it is sealed.
        encoding: How the seal is written; deflating encrypted bytes gains nothing.
    """
    return Blob(
        content=sealed,
        content_type=XML_TYPE,
        message_name=message_name,
        encoding=encoding,
        id=f"_{ids.uuid()}",
        content_encryption=encryption.value,
    )


def _as_markup(content: bytes, *, most_bytes: int) -> bytes:
    """Give the element as text; one client deflates it as a whole before sealing."""
    stripped = without_zeros(content).strip()
    if stripped.removeprefix(_UTF8_MARK).startswith(_MARKUP):
        return stripped
    for window in (-zlib.MAX_WBITS, zlib.MAX_WBITS):
        stream = zlib.decompressobj(wbits=window)
        try:
            inflated = stream.decompress(content, most_bytes)
        except zlib.error:
            continue
        if stream.eof:
            return without_zeros(inflated)
    raise TheirAnswerInvalid("neither an element nor deflated")


def _add_bytes(root: Element, local: str, value: bytes | None) -> None:
    if value is not None:
        element = etree.SubElement(root, q(ENCRYPTED, local))
        element.text = base64.b64encode(value).decode("ascii")


def _read_bytes(root: Element, local: str) -> bytes | None:
    """Give the bytes of an optional child; an empty one counts as absent."""
    element = xml.optional_child(root, q(ENCRYPTED, local))
    text = "" if element is None else _text(element)
    return blob.decode(text, encoding=Encoding.NONE.value) or None


def _text(element: Element) -> str:
    if len(element):
        raise TheirAnswerInvalid("element has children where text is expected")
    return element.text or ""
