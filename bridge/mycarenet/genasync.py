"""GenAsync on the wire: post, get and confirm, both directions.

Reading is tolerant: parts are found by local name, an answer whose blob cannot be read becomes an
``UnreadableBlob`` beside the others, and identifiers need not be well-formed.
Source: *MyCareNet transport* 2.1 to 2.6, 2.10 and 6.4.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from bridge.codecs import blob
from bridge.errors import OurMessageInvalid, TheirAnswerInvalid
from bridge.mycarenet import names
from bridge.mycarenet.common import (
    add_common_input,
    add_origin,
    read_common_input,
    read_origin,
)
from bridge.mycarenet.genasync_values import (
    Blob,
    Confirmation,
    Post,
    Query,
    Tack,
    UnreadableBlob,
    Waiting,
    WaitingMessage,
    WaitingTack,
)
from bridge.mycarenet.names import ESB_COMMON, GENASYNC
from bridge.mycarenet.schema import Document, is_valid
from bridge.soap import xml
from bridge.soap.names import q

POST_ACTION: Final = "urn:be:cin:nip:async:generic:post:msg"
GET_ACTION: Final = "urn:be:cin:nip:async:generic:get:query"
CONFIRM_ACTION: Final = "urn:be:cin:nip:async:generic:confirm:hash"

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


@dataclass(frozen=True, kw_only=True)
class Reject:
    """A refusal of content after it was taken over.

    Attributes:
        message_name: The message that failed.
        code: Detail code, else the fault code.
    """

    message_name: str
    input_reference: str | None
    code: str


def tack_hmac(content: bytes, result_major: str) -> bytes:
    """Give the value a receipt should have: HMAC-SHA256 with ``ResultMajor`` as key.

    That the request means the decoded, inflated content is inferred (*transport* 2.4).
    """
    return hmac.new(result_major.encode(), content, hashlib.sha256).digest()


# -- post ----------------------------------------------------------------------------------------


def encode_post(post: Post) -> Element:
    """Write a post, and check it with our own schema.

    Raises:
        OurMessageInvalid: it does not fit; nothing may be sent.
    """
    payload = _payload("post")
    add_common_input(payload, q(GENASYNC, "CommonInput"), post.common, namespace=ESB_COMMON)
    _add_blob(payload, post.detail)
    if post.xades is not None:
        _add_xades(payload, post.xades)
    return _checked(payload)


def decode_post(payload: Element) -> Post:
    """Read a post as the platform does.

    Raises:
        TheirAnswerInvalid: it is none, or its blob cannot be read.
    """
    _demand(payload, "post")
    common = xml.only_child(payload, q(GENASYNC, "CommonInput"))
    detail = _read_blob(xml.only_child(payload, q(GENASYNC, "Detail")))
    if isinstance(detail, UnreadableBlob):
        raise TheirAnswerInvalid(detail.why)
    return Post(
        common=read_common_input(common, namespace=ESB_COMMON),
        detail=detail,
        xades=_read_xades(payload) or None,
    )


def encode_post_answer(tack: Tack) -> Element:
    """Write the receipt of a post."""
    payload = _payload("postResponse")
    _add_tack(payload, "return", tack)
    return payload


def decode_post_answer(payload: Element) -> Tack:
    """Read the receipt of a post.

    Raises:
        TheirAnswerInvalid: it is none.
    """
    _demand(payload, "postResponse")
    returned = _only(payload, "return")
    nested = _find(returned, "TAck")
    return _read_tack(returned if nested is None else nested)


# -- get -----------------------------------------------------------------------------------------


def encode_get(query: Query) -> Element:
    """Write a query, and check it with our own schema.

    Raises:
        OurMessageInvalid: it does not fit.
    """
    payload = _payload("get")
    add_origin(payload, q(GENASYNC, "Origin"), query.origin, namespace=ESB_COMMON)
    if query.reply_to_etk is not None:
        _add(payload, "Reply-to-etk", _base64(query.reply_to_etk))
    if query.include_ios or query.exclude_ios:
        parameters = etree.SubElement(payload, q(GENASYNC, "QueryParameters"))
        _add(parameters, "includeIOs", " ".join(query.include_ios))
        _add(parameters, "excludeIOs", " ".join(query.exclude_ios))
    messages = etree.SubElement(payload, q(GENASYNC, "MsgQuery"))
    _limit(messages, most=query.most_messages, included=query.include_messages)
    _add(messages, "MessageNames", " ".join(query.message_names))
    tacks = etree.SubElement(payload, q(GENASYNC, "TAckQuery"))
    _limit(tacks, most=query.most_tacks, included=query.include_tacks)
    return _checked(payload)


def decode_get(payload: Element) -> Query:
    """Read a query as the platform does.

    Raises:
        TheirAnswerInvalid: it is none.
    """
    _demand(payload, "get")
    messages, tacks = _only(payload, "MsgQuery"), _only(payload, "TAckQuery")
    parameters = _find(payload, "QueryParameters")
    etk = _find(payload, "Reply-to-etk")
    return Query(
        origin=read_origin(_only(payload, "Origin"), namespace=ESB_COMMON),
        message_names=_words(messages, "MessageNames"),
        most_messages=_maximum(messages),
        most_tacks=_maximum(tacks),
        include_messages=_is_included(messages),
        include_tacks=_is_included(tacks),
        include_ios=() if parameters is None else _words(parameters, "includeIOs"),
        exclude_ios=() if parameters is None else _words(parameters, "excludeIOs"),
        reply_to_etk=None if etk is None else _bytes(etk.text),
    )


def encode_get_answer(waiting: Waiting) -> Element:
    """Write what is waiting."""
    payload = _payload("getResponse")
    returned = etree.SubElement(payload, q(GENASYNC, "return"))
    returned.set("MsgCount", str(waiting.message_count))
    returned.set("TAckCount", str(waiting.tack_count))
    for message in waiting.messages:
        if isinstance(message.detail, UnreadableBlob):
            raise OurMessageInvalid("only readable blobs are written")
        entry = etree.SubElement(returned, q(GENASYNC, "MsgResponse"))
        output = etree.SubElement(entry, q(GENASYNC, "CommonOutput"))
        for local, text in (
            ("InputReference", message.input_reference),
            ("NIPReference", message.nip_reference),
            ("OutputReference", message.output_reference),
        ):
            if text is not None:
                etree.SubElement(output, q(ESB_COMMON, local)).text = text
        _add_blob(entry, message.detail)
        _add_xades(entry, message.xades)
    for receipt in waiting.tacks:
        entry = etree.SubElement(returned, q(GENASYNC, "TAckResponse"))
        _add_tack(entry, "TAck", receipt.tack)
        _add_xades(entry, receipt.xades)
    return payload


def decode_get_answer(payload: Element) -> Waiting:
    """Read what is waiting; what cannot be read stays beside what can.

    Raises:
        TheirAnswerInvalid: it is no answer to a query.
    """
    _demand(payload, "getResponse")
    returned = _only(payload, "return")
    entries = xml.children(returned)
    return Waiting(
        messages=tuple(
            _read_message(each) for each in entries if xml.local_name(each) == "MsgResponse"
        ),
        tacks=tuple(
            WaitingTack(tack=_read_tack(_only(each, "TAck")), xades=_read_xades(each))
            for each in entries
            if xml.local_name(each) == "TAckResponse"
        ),
        message_count=_count(returned, "MsgCount"),
        tack_count=_count(returned, "TAckCount"),
    )


# -- confirm -------------------------------------------------------------------------------------


def encode_confirm(confirmation: Confirmation) -> Element:
    """Write a confirmation, and check it with our own schema.

    Raises:
        OurMessageInvalid: it does not fit.
    """
    payload = _payload("confirm")
    add_origin(payload, q(GENASYNC, "Origin"), confirmation.origin, namespace=ESB_COMMON)
    contents = [_base64(value) for value in confirmation.tack_contents]
    # All four lists are written, empty ones too: clients of the first generation do (2.6).
    _add(payload, "MsgHashValues", " ".join(confirmation.message_hashes))
    _add(payload, "MsgRefValues", " ".join(confirmation.message_references))
    _add(payload, "TAckContents", " ".join(contents))
    _add(payload, "TAckReferences", " ".join(confirmation.tack_references))
    return _checked(payload)


def decode_confirm(payload: Element) -> Confirmation:
    """Read a confirmation as the platform does.

    Raises:
        TheirAnswerInvalid: it is none.
    """
    _demand(payload, "confirm")
    return Confirmation(
        origin=read_origin(_only(payload, "Origin"), namespace=ESB_COMMON),
        message_hashes=_words(payload, "MsgHashValues"),
        message_references=_words(payload, "MsgRefValues"),
        tack_contents=tuple(_bytes(value) for value in _words(payload, "TAckContents")),
        tack_references=_words(payload, "TAckReferences"),
    )


def encode_confirm_answer() -> Element:
    """Write the answer to a confirmation, which says nothing."""
    return _payload("confirmResponse")


def decode_confirm_answer(payload: Element) -> None:
    """Read the answer to a confirmation.

    Raises:
        TheirAnswerInvalid: it is none.
    """
    _demand(payload, "confirmResponse")


def decode_reject(content: bytes) -> Reject:
    """Read a REJECT; NUL bytes around it are removed, as some senders add them (6.1).

    Raises:
        TheirAnswerInvalid: it is none.
    """
    root = xml.parse(content.strip(b"\0 \t\r\n"))
    if xml.local_name(root) not in {"RejectInb", "RejectOutb"}:
        raise TheirAnswerInvalid("not a REJECT")
    texts = {
        xml.local_name(each): (each.text or "").strip()
        for each in root.iter()
        if isinstance(each.tag, str)
    }
    code = texts.get("DetailCode") or texts.get("FaultCode")
    if not code:
        raise TheirAnswerInvalid("REJECT without a code")
    return Reject(
        message_name=root.get("msgName", ""),
        input_reference=texts.get("InputReference"),
        code=code,
    )


# -- parts ---------------------------------------------------------------------------------------


def _payload(local: str) -> Element:
    return etree.Element(q(GENASYNC, local), nsmap=dict(names.ASYNC_PREFIXES))


def _checked(payload: Element) -> Element:
    if not is_valid(payload, Document.GENASYNC):
        raise OurMessageInvalid("our message does not fit our schema")
    return payload


def _add(parent: Element, local: str, text: str) -> None:
    etree.SubElement(parent, q(GENASYNC, local)).text = text


def _limit(query: Element, *, most: int | None, included: bool) -> None:
    query.set("Include", "true" if included else "false")
    if most is not None:
        _add(query, "Max", str(most))


def _add_blob(parent: Element, value: Blob) -> None:
    element = etree.SubElement(parent, q(GENASYNC, "Detail"), ContentType=value.content_type)
    element.set("ContentEncoding", value.encoding.value)
    for name, member in _BLOB_ATTRIBUTES:
        text = getattr(value, member)
        if text is not None:
            element.set(name, text)
    element.text = blob.encode(value.content, encoding=value.encoding)


def _read_blob(element: Element) -> Blob | UnreadableBlob:
    members = {member: element.get(name) for name, member in _BLOB_ATTRIBUTES}
    name = members.pop("message_name") or ""
    raw = element.text or ""
    encoding = element.get("ContentEncoding")
    try:
        content = blob.decode(raw, encoding=encoding, hash_value=members["hash_value"])
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


def _read_message(entry: Element) -> WaitingMessage:
    output = _find(entry, "CommonOutput")
    references = (
        {}
        if output is None
        else {xml.local_name(each): (each.text or "").strip() for each in xml.children(output)}
    )
    return WaitingMessage(
        input_reference=references.get("InputReference") or None,
        nip_reference=references.get("NIPReference") or None,
        output_reference=references.get("OutputReference") or None,
        detail=_read_blob(_only(entry, "Detail")),
        xades=_read_xades(entry),
    )


def _add_tack(parent: Element, local: str, tack: Tack) -> None:
    element = etree.SubElement(parent, q(GENASYNC, local))
    for name, member in _TACK_ATTRIBUTES:
        text = getattr(tack, member)
        if text is not None:
            element.set(name, text)
    element.text = _base64(tack.value)


def _read_tack(element: Element) -> Tack:
    members = {member: element.get(name) for name, member in _TACK_ATTRIBUTES}
    applies_to, major = members.pop("applies_to"), members.pop("result_major")
    issuer = members.pop("issuer")
    if not applies_to or not major:
        raise TheirAnswerInvalid("receipt without reference or result")
    return Tack(
        value=_bytes(element.text),
        issuer=issuer or "",
        applies_to=applies_to,
        result_major=major,
        **members,
    )


def _add_xades(parent: Element, signature: bytes) -> None:
    _add(parent, "Xades-t", _base64(signature))


def _read_xades(parent: Element) -> bytes:
    element = _find(parent, "Xades-t")
    return b"" if element is None else _bytes(element.text)


def _demand(payload: Element, local: str) -> None:
    if payload.tag != q(GENASYNC, local):
        raise TheirAnswerInvalid(f"not a {local}")


def _find(parent: Element, local: str) -> Element | None:
    return next((each for each in xml.children(parent) if xml.local_name(each) == local), None)


def _only(parent: Element, local: str) -> Element:
    found = _find(parent, local)
    if found is None:
        raise TheirAnswerInvalid(f"{local} is missing")
    return found


def _words(parent: Element, local: str) -> tuple[str, ...]:
    found = _find(parent, local)
    return () if found is None else tuple((found.text or "").split())


def _maximum(query: Element) -> int | None:
    found = _find(query, "Max")
    return None if found is None else _number(found.text)


def _is_included(query: Element) -> bool:
    return query.get("Include", "true") in {"true", "1"}


def _count(element: Element, name: str) -> int:
    return _number(element.get(name, "0"))


def _number(text: str | None) -> int:
    try:
        return int((text or "").strip())
    except ValueError:
        raise TheirAnswerInvalid("not a number") from None


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _bytes(text: str | None) -> bytes:
    try:
        return base64.b64decode("".join((text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise TheirAnswerInvalid("not base64") from None
