"""SOAP faults with the error detail of the eHealth platform (*STS session* 12, *transport* 9.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lxml import etree

from bridge.soap.names import ERR, SOAP, WSSE, XML, q
from bridge.soap.xml import children, local_name, serialize

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_GENASYNC: Final = "urn:be:cin:nip:async:generic"
_TYPES: Final = "urn:be:cin:types:v1"
_TOO_SOON: Final = "not enough time"
_CODE_IN_TEXT: Final = re.compile(r"\s*(SOA-[0-9]{5})\b")


@dataclass(frozen=True)
class Fault:
    """What a fault says.

    Attributes:
        code: ``SOA-01002``, ``InvalidRequest``, ``MessageExpired``; no prefix.
        text: The party's own sentence.
        reference: Its identifier of the incident, for support.
        origin: Who is at the cause, free text such as ``Consumer``.
        retry: Whether it says that a repetition may help.
    """

    code: str
    text: str
    reference: str | None = None
    origin: str | None = None
    retry: bool | None = None

    @property
    def is_too_soon(self) -> bool:
        """Whether a query followed the one before too closely (*transport* 2.9)."""
        return _TOO_SOON in self.text.lower()


def decode(envelope: Element) -> Fault | None:
    """Read the fault of a message; ``None`` when there is none.

    Tolerant: elements are found by local name, since parties differ in qualifying them.
    """
    body = _child(envelope, "Body")
    fault = None if body is None else _child(body, "Fault")
    if fault is None:
        return None
    faultstring = _text(fault, "faultstring") or ""
    detail = _detail(fault)
    if detail is None:
        in_text = _CODE_IN_TEXT.match(faultstring)
        code = in_text[1] if in_text else _text(fault, "faultcode") or ""
        return Fault(_without_prefix(code), faultstring)
    code = _text(detail, "Code") or _generic_code(detail)
    return Fault(
        code=_without_prefix(code),
        text=_text(detail, "Message") or faultstring,
        reference=detail.get("Id") or None,
        origin=_text(detail, "Origin"),
        retry=_BOOLEANS.get(_text(detail, "Retry") or ""),
    )


def encode(fault: Fault, *, environment: str = "Simulation") -> bytes:
    """Write a message with a fault and its ``err:SystemError``.

    Args:
        fault: What to say; without an origin it is ``Provider``.
        environment: One of the words of the official schema, such as ``Acceptation``.
    """
    envelope, element = _fault("soap:Server", f"{fault.code}: {fault.text}")
    detail = etree.SubElement(element, "detail")
    error = etree.SubElement(detail, q(ERR, "SystemError"), nsmap={"err": ERR})
    if fault.reference is not None:
        error.set("Id", fault.reference)
    etree.SubElement(error, "Origin").text = fault.origin or "Provider"
    etree.SubElement(error, "Code").text = fault.code
    message = etree.SubElement(error, "Message")
    message.set(q(XML, "lang"), "en")
    message.text = fault.text
    if fault.retry is not None:
        etree.SubElement(error, "Retry").text = "true" if fault.retry else "false"
    etree.SubElement(error, q(ERR, "Environment")).text = environment
    return serialize(envelope)


def generic_fault(code: str, text: str) -> bytes:
    """Write a fault of GenAsync, with the detail the service has for it (*transport* 2.10)."""
    envelope, fault = _fault("soap:Server", text)
    detail = etree.SubElement(fault, "detail")
    generic = etree.SubElement(detail, q(_GENASYNC, "fault"))
    for local, value in (("FaultCode", code), ("FaultSource", "MYCARENET"), ("Message", text)):
        etree.SubElement(generic, q(_TYPES, local)).text = value
    return serialize(envelope)


def wsse_fault(local_code: str, text: str) -> bytes:
    """Write a message with a plain WS-Security fault, such as ``MessageExpired``, no detail."""
    envelope, _ = _fault(f"wsse:{local_code}", text)
    return serialize(envelope)


_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def _fault(code: str, text: str) -> tuple[Element, Element]:
    envelope = etree.Element(q(SOAP, "Envelope"), nsmap={"soap": SOAP, "wsse": WSSE})
    body = etree.SubElement(envelope, q(SOAP, "Body"))
    fault = etree.SubElement(body, q(SOAP, "Fault"))
    etree.SubElement(fault, "faultcode").text = code
    etree.SubElement(fault, "faultstring").text = text
    return envelope, fault


def _detail(fault: Element) -> Element | None:
    """Give the element of the detail that carries a code."""
    detail = _child(fault, "detail")
    candidates = [] if detail is None else children(detail)
    return next(
        (
            each
            for each in candidates
            if _text(each, "Code") or _child(each, "FaultCode") is not None
        ),
        None,
    )


def _generic_code(detail: Element) -> str:
    """Give the code of a GenAsync fault: its first detail, else the fault's own (2.10)."""
    details = _child(detail, "Details")
    first = None if details is None else _child(details, "Detail")
    code = None if first is None else _text(first, "DetailCode")
    return code or _text(detail, "FaultCode") or ""


def _child(parent: Element, name: str) -> Element | None:
    return next((child for child in children(parent) if local_name(child) == name), None)


def _text(parent: Element, name: str) -> str | None:
    child = _child(parent, name)
    return None if child is None else "".join(map(str, child.itertext())).strip() or None


def _without_prefix(code: str) -> str:
    return code.rpartition(":")[2]
