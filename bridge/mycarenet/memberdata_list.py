"""Lists of MemberData questions and answers, the content of asynchronous messages.

Source: *MyCareNet transport* 5.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lxml import etree

from bridge.errors import OurMessageInvalid, TheirAnswerInvalid
from bridge.mycarenet import names
from bridge.mycarenet.memberdata_query import Consultation, encode_query
from bridge.mycarenet.memberdata_received import ReceivedQuery, decode_query
from bridge.mycarenet.memberdata_response import Response, decode_response, encode_response
from bridge.mycarenet.memberdata_settings import DEFAULT_SETTINGS, MemberDataSettings
from bridge.mycarenet.names import EXTENSION
from bridge.mycarenet.schema import Document, is_valid
from bridge.soap import xml
from bridge.soap.names import SAML2P, q

MOST_QUERIES: Final = 10_000
_QUERIES: Final = q(EXTENSION, "AttributeQueryList")
_RESPONSES: Final = q(EXTENSION, "ResponseList")


def encode_query_list(
    consultations: Sequence[Consultation], *, settings: MemberDataSettings = DEFAULT_SETTINGS
) -> bytes:
    """Write 1 to 10 000 questions as one document; each is checked with our own schema.

    Raises:
        OurMessageInvalid: none or too many questions, or one does not fit our schema.
    """
    if not 1 <= len(consultations) <= MOST_QUERIES:
        raise OurMessageInvalid("a list has 1 to 10 000 questions")
    root = etree.Element(_QUERIES, nsmap=dict(names.QUERY_PREFIXES))
    for consultation in consultations:
        try:
            query = encode_query(consultation, settings=settings)
        except (ValueError, OverflowError):
            raise OurMessageInvalid("a value cannot be written in XML") from None
        if not is_valid(query, Document.QUERY):
            raise OurMessageInvalid("our question does not fit our schema")
        root.append(query)
    return xml.serialize(root)


def decode_query_list(content: bytes) -> list[ReceivedQuery]:
    """Read a list of questions as the platform does.

    Raises:
        TheirAnswerInvalid: it is none, or has no question.
    """
    root = xml.parse(content)
    queries = root.findall(q(SAML2P, "AttributeQuery"))
    if root.tag != _QUERIES or not 1 <= len(queries) <= MOST_QUERIES:
        raise TheirAnswerInvalid("not a list of questions")
    return [decode_query(query) for query in queries]


def encode_response_list(responses: Sequence[Response]) -> bytes:
    """Write a list of answers.

    Raises:
        OurMessageInvalid: one does not fit our schema.
    """
    root = etree.Element(_RESPONSES, nsmap=dict(names.ANSWER_PREFIXES))
    root.extend(encode_response(response) for response in responses)
    return xml.serialize(root)


def decode_response_list(content: bytes) -> list[Response]:
    """Read a list of answers.

    Raises:
        TheirAnswerInvalid: it is none, or one of its answers cannot be read.
    """
    root = xml.parse(content)
    if root.tag != _RESPONSES:
        raise TheirAnswerInvalid("not a list of answers")
    return [
        decode_response(each) for each in xml.children(root) if xml.local_name(each) == "Response"
    ]
