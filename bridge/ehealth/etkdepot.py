"""The depot of encryption tokens: whose token is asked for, and what comes back, both directions.

Reading an answer is tolerant: parts are found by local name.
Source: *MyCareNet transport* 8.1 and 8.2, *STS session* 9.7.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from lxml import etree
from lxml.etree import _Element as Element

from bridge.errors import CertificateUntrusted, OurMessageInvalid, TheirAnswerInvalid
from bridge.soap import xml
from bridge.soap.names import q

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bridge.crypto.certificates import Certificate

DEPOT: Final = "urn:be:fgov:ehealth:etkdepot:1_0:protocol"
COMMONS: Final = "urn:be:fgov:ehealth:commons:1_0:core"
ACTION: Final = ""
"""SOAPAction of the one operation: empty."""

FOUND: Final = "200"
TYPE_UNKNOWN: Final = "400"
NOT_FOUND: Final = "404"
FAILED: Final = "500"

DIGITS: Final[Mapping[str, int]] = MappingProxyType(
    {"CBE": 10, "SSIN": 11, "NIHII": 8, "NIHII11": 11, "NIHII-GROUP": 8, "NIHII-HOSPITAL": 8},
)
"""Known types of identifiers, with the digits of their values."""

MYCARENET_CBE: Final = "0820563481"
MYCARENET_APPLICATION: Final = "MYCARENET"

_CODE: Final = re.compile(r"[0-9]{3}")
_NAMED: Final = re.compile(r"([A-Z0-9-]+)=([0-9]{8,11})(?:\s*,\s*(\S.*))?", re.DOTALL)
_MOST_CHARACTERS: Final = 500_000


@dataclass(frozen=True, kw_only=True)
class EtkIdentifier:
    """Whose token.

    Attributes:
        type: One of ``DIGITS``.
        value: Digits without separators.
        application: Name of the owner's application, empty for none.
    """

    type: str
    value: str
    application: str = ""

    def __repr__(self) -> str:
        return f"EtkIdentifier({self.type}=***)"


@dataclass(frozen=True, kw_only=True)
class EtkSettings:
    """Choices about tokens that a pilot may have to change.

    Attributes:
        mycarenet_cbe: Enterprise number under which MyCareNet's token is filed.
        mycarenet_application: Name of its application; one client names it, another leaves it
            empty.
        lifetime_h: Hours for which a token is used before it is looked up again.
    """

    mycarenet_cbe: str = MYCARENET_CBE
    mycarenet_application: str = MYCARENET_APPLICATION
    lifetime_h: int = 12

    @property
    def mycarenet(self) -> EtkIdentifier:
        """Whom to ask for when sealing for MyCareNet."""
        return EtkIdentifier(
            type="CBE", value=self.mycarenet_cbe, application=self.mycarenet_application
        )


@dataclass(frozen=True, kw_only=True)
class DepotError:
    """One error of an answer."""

    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class EtkAnswer:
    """What the depot answers.

    Attributes:
        code: Status, such as ``200`` or ``404``.
        asked: The criteria, given back.
        etk: The token, not verified.
        matching: Who could be meant, when more than one could.
        errors: Why there is no token.
    """

    code: str
    asked: tuple[EtkIdentifier, ...] = ()
    etk: bytes | None = field(default=None, repr=False)
    matching: tuple[tuple[EtkIdentifier, ...], ...] = ()
    errors: tuple[DepotError, ...] = ()


def identifier_of(certificate: Certificate) -> EtkIdentifier:
    """Give the identifier under which the owner of an eHealth certificate is filed.

    Raises:
        CertificateUntrusted: its common name is not that of an eHealth certificate.
    """
    found = _NAMED.fullmatch(certificate.common_name or "")
    if found is None:
        raise CertificateUntrusted("not an eHealth certificate")
    return EtkIdentifier(type=found[1], value=found[2], application=found[3] or "")


def encode_request(identifier: EtkIdentifier) -> Element:
    """Write a request; an empty application is left out.

    Raises:
        OurMessageInvalid: an unknown type, or a value of another length.
    """
    if not is_well_formed(identifier):
        raise OurMessageInvalid("no identifier the depot knows")
    request = etree.Element(q(DEPOT, "GetEtkRequest"), nsmap={"etk": DEPOT})
    _add_identifiers(request, "SearchCriteria", [identifier])
    return request


def decode_request(payload: Element) -> tuple[EtkIdentifier, ...]:
    """Read the criteria of a request; whether their types are known is another question.

    Raises:
        TheirAnswerInvalid: it is no request.
    """
    if payload.tag != q(DEPOT, "GetEtkRequest"):
        raise TheirAnswerInvalid("not a GetEtkRequest")
    criteria = xml.only_child(payload, q(DEPOT, "SearchCriteria"))
    return _identifiers(criteria)


def is_well_formed(identifier: EtkIdentifier) -> bool:
    """Tell whether a type is known and the value has its number of digits."""
    value = identifier.value
    is_number = value.isascii() and value.isdigit()
    return is_number and DIGITS.get(identifier.type) == len(value)


def encode_answer(answer: EtkAnswer) -> Element:
    """Write an answer as the depot does."""
    response = etree.Element(q(DEPOT, "GetEtkResponse"), nsmap={"etk": DEPOT, "core": COMMONS})
    status = etree.SubElement(response, q(COMMONS, "Status"))
    etree.SubElement(status, "Code").text = answer.code
    message = etree.SubElement(status, "Message", Lang="EN")
    message.text = _STATUS_TEXTS.get(answer.code, "Error")
    if answer.asked:
        _add_identifiers(response, "GivenSearchCriteria", answer.asked)
    for candidate in answer.matching:
        _add_identifiers(response, "MatchingEtk", candidate)
    if answer.etk is not None:
        token = etree.SubElement(response, q(DEPOT, "ETK"))
        token.text = base64.b64encode(answer.etk).decode("ascii")
    for error in answer.errors:
        element = etree.SubElement(response, q(DEPOT, "Error"))
        etree.SubElement(element, q(DEPOT, "Code")).text = error.code
        etree.SubElement(element, q(DEPOT, "Message")).text = error.message
    return response


def decode_answer(payload: Element) -> EtkAnswer:
    """Read an answer.

    Raises:
        TheirAnswerInvalid: it is none, without a status, or says both yes and no.
    """
    if payload.tag != q(DEPOT, "GetEtkResponse"):
        raise TheirAnswerInvalid("not a GetEtkResponse")
    given = _named(payload, "GivenSearchCriteria")
    tokens = [_token(each) for each in _named(payload, "ETK")]
    answer = EtkAnswer(
        code=_status(payload),
        asked=_identifiers(given[0]) if given else (),
        etk=tokens[0] if tokens else None,
        matching=tuple(_identifiers(each) for each in _named(payload, "MatchingEtk")),
        errors=tuple(_error(each) for each in _named(payload, "Error")),
    )
    contents = (len(tokens), bool(answer.matching), bool(answer.errors))
    if sum(contents) > 1 or (answer.code == FOUND and sum(contents) == 0):
        raise TheirAnswerInvalid("not exactly one kind of content")
    return answer


_STATUS_TEXTS: Final = MappingProxyType(
    {
        FOUND: "Success",
        TYPE_UNKNOWN: "The type of the identifier is unknown",
        NOT_FOUND: "No token was found",
        FAILED: "Internal error",
    },
)


def _add_identifiers(parent: Element, local: str, identifiers: Sequence[EtkIdentifier]) -> None:
    group = etree.SubElement(parent, q(DEPOT, local))
    for identifier in identifiers:
        element = etree.SubElement(group, q(DEPOT, "Identifier"))
        etree.SubElement(element, q(DEPOT, "Type")).text = identifier.type
        etree.SubElement(element, q(DEPOT, "Value")).text = identifier.value
        if identifier.application:
            etree.SubElement(element, q(DEPOT, "ApplicationID")).text = identifier.application


def _identifiers(group: Element) -> tuple[EtkIdentifier, ...]:
    found = tuple(
        EtkIdentifier(
            type=_text(each, "Type"),
            value=_text(each, "Value"),
            application=_text(each, "ApplicationID", is_optional=True),
        )
        for each in _named(group, "Identifier")
    )
    if not found:
        raise TheirAnswerInvalid("no identifier")
    return found


def _status(payload: Element) -> str:
    """Give the code of the one status."""
    statuses = _named(payload, "Status")
    stated = _text(statuses[0], "Code", is_optional=True) if len(statuses) == 1 else ""
    if not _CODE.fullmatch(stated):
        raise TheirAnswerInvalid("no status")
    return stated


def _error(element: Element) -> DepotError:
    return DepotError(
        code=_text(element, "Code", is_optional=True),
        message=_text(element, "Message", is_optional=True),
    )


def _token(element: Element) -> bytes:
    text = "".join((element.text or "").split())
    if len(text) > _MOST_CHARACTERS:
        raise TheirAnswerInvalid("token is too long")
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise TheirAnswerInvalid("token is not base64") from error


def _named(parent: Element, local: str) -> list[Element]:
    return [each for each in xml.children(parent) if xml.local_name(each) == local]


def _text(parent: Element, local: str, *, is_optional: bool = False) -> str:
    found = _named(parent, local)
    if len(found) > 1 or not (found or is_optional):
        raise TheirAnswerInvalid("element is missing or repeated")
    return (found[0].text or "").strip() if found else ""
