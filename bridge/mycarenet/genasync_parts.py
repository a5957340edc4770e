"""Parts of GenAsync messages: blobs, receipts, lists.

Source: *MyCareNet transport* 1.4, 2.4 to 2.6.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from bridge.codecs import blob
from bridge.errors import OurMessageInvalid, TheirAnswerInvalid
from bridge.mycarenet import names
from bridge.mycarenet.genasync_values import Blob, Tack, UnreadableBlob, WaitingMessage
from bridge.mycarenet.names import GENASYNC
from bridge.mycarenet.schema import Document, is_valid
from bridge.soap import xml
from bridge.soap.names import q

_BLOB_ATTRIBUTES: Final = (
    ("MessageName", "message_name"),
    ("Id", "id"),
    ("ContentEncryption", "content_encryption"),
    ("HashValue", "hash_value"),
    ("Reference", "reference"),
    ("Issuer", "issuer"),
)
_TACK_ATTRIBUTES: Final = (
    ("Issuer", "issuer"),
    ("AppliesTo", "applies_to"),
    ("ResultMajor", "result_major"),
    ("ResultMinor", "result_minor"),
    ("ResultMessage", "result_message"),
    ("Id", "id"),
    ("Reference", "reference"),
)


def payload_of(local: str) -> Element:
    """Begin a payload."""
    return etree.Element(q(GENASYNC, local), nsmap=dict(names.ASYNC_PREFIXES))


def checked(payload: Element) -> Element:
    """Give a payload that fits our own schema.

    Raises:
        OurMessageInvalid: it does not.
    """
    if not is_valid(payload, Document.GENASYNC):
        raise OurMessageInvalid("our message does not fit our schema")
    return payload


def add(parent: Element, local: str, text: str) -> None:
    """Write a child with text."""
    etree.SubElement(parent, q(GENASYNC, local)).text = text


def add_limit(query: Element, *, most: int | None, included: bool) -> None:
    """Write how much of a kind is wanted."""
    query.set("Include", "true" if included else "false")
    if most is not None:
        add(query, "Max", str(most))


def add_blob(parent: Element, value: Blob) -> None:
    """Write a blob."""
    element = etree.SubElement(parent, q(GENASYNC, "Detail"), ContentType=value.content_type)
    element.set("ContentEncoding", value.encoding.value)
    for name, member in _BLOB_ATTRIBUTES:
        text = getattr(value, member)
        if text is not None:
            element.set(name, text)
    element.text = blob.encode(value.content, encoding=value.encoding)


def read_blob(element: Element, *, most_bytes: int = blob.MOST_BYTES) -> Blob | UnreadableBlob:
    """Read a blob; one that cannot be decoded, or whose hash differs, says why."""
    members = {member: element.get(name) for name, member in _BLOB_ATTRIBUTES}
    name = members.pop("message_name") or ""
    raw = element.text or ""
    encoding = element.get("ContentEncoding")
    try:
        content = blob.decode(
            raw, encoding=encoding, hash_value=members["hash_value"], most_bytes=most_bytes
        )
        written = blob.Encoding(encoding or blob.Encoding.DEFLATE.value)
    except TheirAnswerInvalid as error:
        return UnreadableBlob(
            why=str(error),
            message_name=name,
            hash_value=members["hash_value"],
            reference=members["reference"],
            raw_text=raw,
        )
    return Blob(
        content=content,
        content_type=element.get("ContentType", ""),
        message_name=name,
        encoding=written,
        **members,
    )


def read_message(entry: Element) -> WaitingMessage:
    """Read one business answer.

    Raises:
        TheirAnswerInvalid: it has no blob.
    """
    output = find(entry, "CommonOutput")
    references = (
        {}
        if output is None
        else {xml.local_name(each): (each.text or "").strip() for each in xml.children(output)}
    )
    return WaitingMessage(
        input_reference=references.get("InputReference") or None,
        nip_reference=references.get("NIPReference") or None,
        output_reference=references.get("OutputReference") or None,
        detail=read_blob(only(entry, "Detail")),
        xades=read_xades(entry),
    )


def add_tack(parent: Element, local: str, tack: Tack) -> None:
    """Write a receipt."""
    element = etree.SubElement(parent, q(GENASYNC, local))
    for name, member in _TACK_ATTRIBUTES:
        text = getattr(tack, member)
        if text is not None:
            element.set(name, text)
    element.text = to_base64(tack.value)


def read_tack(element: Element) -> Tack:
    """Read a receipt.

    Raises:
        TheirAnswerInvalid: it has no reference, no result or no value.
    """
    members = {member: element.get(name) for name, member in _TACK_ATTRIBUTES}
    applies_to, major = members.pop("applies_to"), members.pop("result_major")
    issuer = members.pop("issuer")
    if not applies_to or not major:
        raise TheirAnswerInvalid("receipt without reference or result")
    return Tack(
        value=from_base64(element.text),
        issuer=issuer or "",
        applies_to=applies_to,
        result_major=major,
        **members,
    )


def add_xades(parent: Element, signature: bytes) -> None:
    """Write a signature beside its blob."""
    add(parent, "Xades-t", to_base64(signature))


def read_xades(parent: Element) -> bytes:
    """Read the signature beside a blob; empty when there is none."""
    element = find(parent, "Xades-t")
    return b"" if element is None else from_base64(element.text)


def demand(payload: Element, local: str) -> None:
    """Refuse another element.

    Raises:
        TheirAnswerInvalid: it is another one.
    """
    if payload.tag != q(GENASYNC, local):
        raise TheirAnswerInvalid(f"not a {local}")


def find(parent: Element, local: str) -> Element | None:
    """Find a child by local name."""
    return next((each for each in xml.children(parent) if xml.local_name(each) == local), None)


def only(parent: Element, local: str) -> Element:
    """Give a child by local name.

    Raises:
        TheirAnswerInvalid: it is missing.
    """
    found = find(parent, local)
    if found is None:
        raise TheirAnswerInvalid(f"{local} is missing")
    return found


def words(parent: Element, local: str) -> tuple[str, ...]:
    """Read a list of words; empty when it is missing."""
    found = find(parent, local)
    return () if found is None else tuple((found.text or "").split())


def maximum(query: Element) -> int | None:
    """Read the most of a query; ``None`` when it does not say."""
    found = find(query, "Max")
    return None if found is None else _number(found.text)


def is_included(query: Element) -> bool:
    """Tell whether a kind is wanted, which is the default."""
    return query.get("Include", "true") in {"true", "1"}


def count_of(element: Element, name: str) -> int:
    """Read a count."""
    return _number(element.get(name, "0"))


def _number(text: str | None) -> int:
    try:
        return int((text or "").strip())
    except ValueError:
        raise TheirAnswerInvalid("not a number") from None


def to_base64(value: bytes) -> str:
    """Write base64."""
    return base64.b64encode(value).decode("ascii")


def from_base64(text: str | None) -> bytes:
    """Read base64.

    Raises:
        TheirAnswerInvalid: it is none.
    """
    try:
        return base64.b64decode("".join((text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise TheirAnswerInvalid("not base64") from None
