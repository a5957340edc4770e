"""Medical-administrative messages of home nurses: documents, both directions.

A document is one message, or a list of messages.
We write lists, as the nurse client does; both are read (*Nursing messages* 1.1).
Source: *Nursing messages* 1 to 7.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from types import MappingProxyType
from typing import Final, TypeVar

from lxml import etree
from lxml.etree import _Element as Element

from bridge.errors import OurMessageInvalid, TheirAnswerInvalid
from bridge.mycarenet import medadmin_contractual, medadmin_palliative, medadmin_technical
from bridge.mycarenet.medadmin_contractual_values import (
    ContractualCareAnswer,
    ContractualCareRequest,
    ContractualCareUpdate,
)
from bridge.mycarenet.medadmin_messages import (
    Answer,
    PalliativeCareAnswer,
    PalliativeCareRequest,
    Received,
    Request,
    TechnicalCareAnswer,
    TechnicalCareRequest,
)
from bridge.mycarenet.medadmin_names import CARENET, MessageName, TransportName
from bridge.mycarenet.medadmin_values import FlatMessage, Raw, Unreadable
from bridge.mycarenet.schema import Document, is_valid
from bridge.soap import xml
from bridge.soap.names import q

REQUEST_LIST: Final = "MedAdminRequestList"
ANSWER_LIST: Final = "MedAdminResponseList"
_M = TypeVar("_M")
_DEFAULT: Final = {None: CARENET}

_ELEMENTS: Final[Mapping[type[Request | Answer], str]] = MappingProxyType(
    {
        ContractualCareRequest: "SingleNurseContractualCareRequest",
        ContractualCareAnswer: "SingleNurseContractualCareResponse",
        ContractualCareUpdate: "SingleNurseContractualCareUpdate",
        PalliativeCareRequest: "SinglePalliativeCareRequest",
        PalliativeCareAnswer: "SinglePalliativeCareResponse",
        TechnicalCareRequest: "SingleSpecificTechnicalCareRequest",
        TechnicalCareAnswer: "SingleSpecificTechnicalCareResponse",
    }
)
_REQUEST_READERS: Final[Mapping[str, Callable[[Element], Request]]] = MappingProxyType(
    {
        _ELEMENTS[ContractualCareRequest]: medadmin_contractual.request_of,
        _ELEMENTS[PalliativeCareRequest]: medadmin_palliative.request_of,
        _ELEMENTS[TechnicalCareRequest]: medadmin_technical.request_of,
    }
)
_ANSWER_READERS: Final[Mapping[str, Callable[[Element], Answer]]] = MappingProxyType(
    {
        _ELEMENTS[ContractualCareAnswer]: medadmin_contractual.answer_of,
        _ELEMENTS[ContractualCareUpdate]: medadmin_contractual.update_of,
        _ELEMENTS[PalliativeCareAnswer]: medadmin_palliative.answer_of,
        _ELEMENTS[TechnicalCareAnswer]: medadmin_technical.answer_of,
    }
)
_REQUEST_NAMES: Final[Mapping[type[Request], MessageName]] = MappingProxyType(
    {
        ContractualCareRequest: MessageName.CONTRACTUAL_REQUEST,
        PalliativeCareRequest: MessageName.PALLIATIVE_REQUEST,
        TechnicalCareRequest: MessageName.TECHNICAL_REQUEST,
    }
)
_UTF8_MARK: Final = b"\xef\xbb\xbf"
_MARKUP: Final = b"<"


# -- writing -------------------------------------------------------------------------------------


def encode_requests(requests: Sequence[Request]) -> bytes:
    """Write requests to one insurer as a list, as a nurse sends them.

    Raises:
        OurMessageInvalid: none at all, a text that was not understood in one of them, a name or
            reference that a request does not have, or one that does not fit our schema.
    """
    for request in requests:
        _check_sent(request)
    return _written_list(REQUEST_LIST, requests)


def encode_request(request: Request) -> bytes:
    """Write one request as a document of its own.

    Raises:
        OurMessageInvalid: as ``encode_requests``.
    """
    _check_sent(request)
    return _written(_filled(request))


def encode_receipt(request: Request) -> bytes:
    """Write a request as an insurer gives it back for confirmation, under any of its names.

    Raises:
        OurMessageInvalid: it does not fit our schema.
    """
    return _written(_filled(request))


def encode_answers(answers: Sequence[Answer]) -> bytes:
    """Write answers as a list; what an answer gives back may hold texts that are not understood.

    Raises:
        OurMessageInvalid: none at all, or one that does not fit our schema.
    """
    return _written_list(ANSWER_LIST, answers)


def encode_answer(answer: Answer) -> bytes:
    """Write one answer as a document of its own.

    Raises:
        OurMessageInvalid: it does not fit our schema.
    """
    return _written(_filled(answer))


def _written_list(local: str, messages: Sequence[Request | Answer]) -> bytes:
    root = etree.Element(q(CARENET, local), nsmap=_DEFAULT)
    root.extend([_filled(message) for message in messages])
    return _written(root)


def _filled(message: Request | Answer) -> Element:
    element = etree.Element(q(CARENET, _ELEMENTS[type(message)]), nsmap=_DEFAULT)
    try:
        _fill(element, message)
    except ValueError:
        raise OurMessageInvalid("a character that XML cannot hold") from None
    return element


def _fill(element: Element, message: Request | Answer) -> None:
    match message:
        case ContractualCareRequest():
            medadmin_contractual.fill_request(element, message)
        case ContractualCareAnswer():
            medadmin_contractual.fill_answer(element, message)
        case ContractualCareUpdate():
            medadmin_contractual.fill_update(element, message)
        case PalliativeCareRequest():
            medadmin_palliative.fill_request(element, message)
        case PalliativeCareAnswer():
            medadmin_palliative.fill_answer(element, message)
        case TechnicalCareRequest():
            medadmin_technical.fill_request(element, message)
        case TechnicalCareAnswer():
            medadmin_technical.fill_answer(element, message)


def _written(root: Element) -> bytes:
    if not is_valid(root, Document.MEDADMIN):
        raise OurMessageInvalid("our messages do not fit our schema")
    return xml.serialize(root)


def _check_sent(request: Request) -> None:
    if request.header.message_name is not _REQUEST_NAMES[type(request)]:
        raise OurMessageInvalid("not the name of a request")
    if request.header.receiver_reference is not None:
        raise OurMessageInvalid("a request has no reference of the receiver")
    if _holds_raw(request):
        raise OurMessageInvalid("a text that was not understood is not sent on")


def _holds_raw(value: object) -> bool:
    if isinstance(value, Raw):
        return True
    if not is_dataclass(value):
        return False
    return any(_holds_raw(getattr(value, each.name)) for each in fields(value))


# -- reading -------------------------------------------------------------------------------------


def decode_requests(content: bytes) -> tuple[Request | Unreadable, ...]:
    """Read one request or a list, as an insurer does.

    Raises:
        TheirAnswerInvalid: not XML, or neither a request nor a list of requests.
    """
    root = xml.parse(content)
    local = xml.local_name(root)
    if local != REQUEST_LIST and local not in _REQUEST_READERS:
        raise TheirAnswerInvalid("no requests")
    return tuple(_read(each, _REQUEST_READERS) for each in _messages(root))


def decode_answers(content: bytes) -> tuple[Received, ...]:
    """Read what a delivery holds: answers, changes, or our own requests given back.

    A message that cannot be read is an ``Unreadable``; the others of its list are not lost.

    Raises:
        TheirAnswerInvalid: not XML, or a document of another kind.
    """
    root = xml.parse(content)
    readers: dict[str, Callable[[Element], Received]] = {**_REQUEST_READERS, **_ANSWER_READERS}
    if xml.local_name(root) not in {REQUEST_LIST, ANSWER_LIST, *readers}:
        raise TheirAnswerInvalid("no messages of home nurses")
    return tuple(_read(each, readers) for each in _messages(root))


def flat_message_of(content: bytes, message_name: str | None = None) -> FlatMessage | None:
    """Recognise the flat CareNet layout, whose widths are not public; ``None`` for XML.

    Args:
        content: As unsealed and inflated.
        message_name: ``MessageName`` of the delivery; where it says nothing the content decides.
    """
    try:
        name = TransportName((message_name or "").strip())
    except ValueError:
        name = None
    start = content.removeprefix(_UTF8_MARK).lstrip()[:1]
    if (name is not None and name.is_flat) or start not in {_MARKUP, b""}:
        is_confirmation = name is not None and name.is_confirmation
        return FlatMessage(content=content, is_confirmation=is_confirmation)
    return None


def _messages(root: Element) -> list[Element]:
    is_list = xml.local_name(root) in {REQUEST_LIST, ANSWER_LIST}
    return xml.children(root) if is_list else [root]


def _read(element: Element, readers: Mapping[str, Callable[[Element], _M]]) -> _M | Unreadable:
    local = xml.local_name(element)
    try:
        return readers[local](element)
    except (KeyError, TheirAnswerInvalid):
        return Unreadable(element=local, content=xml.serialize(element))
