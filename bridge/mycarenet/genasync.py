"""GenAsync on the wire: post, get and confirm, both directions.

Reading is tolerant: parts are found by local name, an answer whose blob cannot be read becomes an
``UnreadableBlob`` beside the others, and identifiers need not be well-formed.
Source: *MyCareNet transport* 2.1 to 2.6, 2.10 and 6.4.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from bridge.errors import OurMessageInvalid, TheirAnswerInvalid
from bridge.mycarenet.common import (
    add_common_input,
    add_origin,
    read_common_input,
    read_origin,
)
from bridge.mycarenet.genasync_parts import (
    add,
    add_blob,
    add_limit,
    add_tack,
    add_xades,
    checked,
    count_of,
    demand,
    find,
    from_base64,
    is_included,
    maximum,
    only,
    payload_of,
    read_blob,
    read_message,
    read_tack,
    read_xades,
    to_base64,
    words,
)
from bridge.mycarenet.genasync_values import (
    Confirmation,
    Post,
    Query,
    Tack,
    UnreadableBlob,
    Waiting,
    WaitingTack,
)
from bridge.mycarenet.names import ESB_COMMON, GENASYNC
from bridge.soap import xml
from bridge.soap.names import q

POST_ACTION: Final = "urn:be:cin:nip:async:generic:post:msg"
GET_ACTION: Final = "urn:be:cin:nip:async:generic:get:query"
CONFIRM_ACTION: Final = "urn:be:cin:nip:async:generic:confirm:hash"

MOST_POSTED_BYTES: Final = 100_000_000
"""Largest content of a post as a platform reads it: an invoice file of 100 000 acts has 70 MB."""


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
    payload = payload_of("post")
    add_common_input(payload, q(GENASYNC, "CommonInput"), post.common, namespace=ESB_COMMON)
    add_blob(payload, post.detail)
    if post.xades is not None:
        add_xades(payload, post.xades)
    return checked(payload)


def decode_post(payload: Element) -> Post:
    """Read a post as the platform does.

    Raises:
        TheirAnswerInvalid: it is none, or its blob cannot be read.
    """
    demand(payload, "post")
    common = xml.only_child(payload, q(GENASYNC, "CommonInput"))
    element = xml.only_child(payload, q(GENASYNC, "Detail"))
    detail = read_blob(element, most_bytes=MOST_POSTED_BYTES)
    if isinstance(detail, UnreadableBlob):
        raise TheirAnswerInvalid(detail.why)
    return Post(
        common=read_common_input(common, namespace=ESB_COMMON),
        detail=detail,
        xades=read_xades(payload) or None,
    )


def encode_post_answer(tack: Tack) -> Element:
    """Write the receipt of a post."""
    payload = payload_of("postResponse")
    add_tack(payload, "return", tack)
    return payload


def decode_post_answer(payload: Element) -> Tack:
    """Read the receipt of a post.

    Raises:
        TheirAnswerInvalid: it is none.
    """
    demand(payload, "postResponse")
    returned = only(payload, "return")
    nested = find(returned, "TAck")
    return read_tack(returned if nested is None else nested)


# -- get -----------------------------------------------------------------------------------------


def encode_get(query: Query) -> Element:
    """Write a query, and check it with our own schema.

    Raises:
        OurMessageInvalid: it does not fit.
    """
    payload = payload_of("get")
    add_origin(payload, q(GENASYNC, "Origin"), query.origin, namespace=ESB_COMMON)
    if query.reply_to_etk is not None:
        add(payload, "Reply-to-etk", to_base64(query.reply_to_etk))
    if query.include_ios or query.exclude_ios:
        parameters = etree.SubElement(payload, q(GENASYNC, "QueryParameters"))
        add(parameters, "includeIOs", " ".join(query.include_ios))
        add(parameters, "excludeIOs", " ".join(query.exclude_ios))
    messages = etree.SubElement(payload, q(GENASYNC, "MsgQuery"))
    add_limit(messages, most=query.most_messages, included=query.include_messages)
    add(messages, "MessageNames", " ".join(query.message_names))
    tacks = etree.SubElement(payload, q(GENASYNC, "TAckQuery"))
    add_limit(tacks, most=query.most_tacks, included=query.include_tacks)
    return checked(payload)


def decode_get(payload: Element) -> Query:
    """Read a query as the platform does.

    Raises:
        TheirAnswerInvalid: it is none.
    """
    demand(payload, "get")
    messages, tacks = only(payload, "MsgQuery"), only(payload, "TAckQuery")
    parameters = find(payload, "QueryParameters")
    etk = find(payload, "Reply-to-etk")
    return Query(
        origin=read_origin(only(payload, "Origin"), namespace=ESB_COMMON),
        message_names=words(messages, "MessageNames"),
        most_messages=maximum(messages),
        most_tacks=maximum(tacks),
        include_messages=is_included(messages),
        include_tacks=is_included(tacks),
        include_ios=() if parameters is None else words(parameters, "includeIOs"),
        exclude_ios=() if parameters is None else words(parameters, "excludeIOs"),
        reply_to_etk=None if etk is None else from_base64(etk.text),
    )


def encode_get_answer(waiting: Waiting) -> Element:
    """Write what is waiting."""
    payload = payload_of("getResponse")
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
        add_blob(entry, message.detail)
        add_xades(entry, message.xades)
    for receipt in waiting.tacks:
        entry = etree.SubElement(returned, q(GENASYNC, "TAckResponse"))
        add_tack(entry, "TAck", receipt.tack)
        add_xades(entry, receipt.xades)
    return payload


def decode_get_answer(payload: Element) -> Waiting:
    """Read what is waiting; what cannot be read stays beside what can.

    Raises:
        TheirAnswerInvalid: it is no answer to a query.
    """
    demand(payload, "getResponse")
    returned = only(payload, "return")
    entries = xml.children(returned)
    return Waiting(
        messages=tuple(
            read_message(each) for each in entries if xml.local_name(each) == "MsgResponse"
        ),
        tacks=tuple(
            WaitingTack(tack=read_tack(only(each, "TAck")), xades=read_xades(each))
            for each in entries
            if xml.local_name(each) == "TAckResponse"
        ),
        message_count=count_of(returned, "MsgCount"),
        tack_count=count_of(returned, "TAckCount"),
    )


# -- confirm -------------------------------------------------------------------------------------


def encode_confirm(confirmation: Confirmation) -> Element:
    """Write a confirmation, and check it with our own schema.

    Raises:
        OurMessageInvalid: it does not fit.
    """
    payload = payload_of("confirm")
    add_origin(payload, q(GENASYNC, "Origin"), confirmation.origin, namespace=ESB_COMMON)
    contents = [to_base64(value) for value in confirmation.tack_contents]
    # All four lists are written, empty ones too: clients of the first generation do (2.6).
    add(payload, "MsgHashValues", " ".join(confirmation.message_hashes))
    add(payload, "MsgRefValues", " ".join(confirmation.message_references))
    add(payload, "TAckContents", " ".join(contents))
    add(payload, "TAckReferences", " ".join(confirmation.tack_references))
    return checked(payload)


def decode_confirm(payload: Element) -> Confirmation:
    """Read a confirmation as the platform does.

    Raises:
        TheirAnswerInvalid: it is none.
    """
    demand(payload, "confirm")
    return Confirmation(
        origin=read_origin(only(payload, "Origin"), namespace=ESB_COMMON),
        message_hashes=words(payload, "MsgHashValues"),
        message_references=words(payload, "MsgRefValues"),
        tack_contents=tuple(from_base64(value) for value in words(payload, "TAckContents")),
        tack_references=words(payload, "TAckReferences"),
    )


def encode_confirm_answer() -> Element:
    """Write the answer to a confirmation, which says nothing."""
    return payload_of("confirmResponse")


def decode_confirm_answer(payload: Element) -> None:
    """Read the answer to a confirmation.

    Raises:
        TheirAnswerInvalid: it is none.
    """
    demand(payload, "confirmResponse")


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
