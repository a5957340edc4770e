"""The SOAP 1.1 envelope (*STS session* 2, *transport* 1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from bridge.errors import TheirAnswerInvalid
from bridge.soap.names import SOAP, q
from bridge.soap.xml import children, fill, slot

if TYPE_CHECKING:
    from lxml.etree import _Element as Element


def wrap(payload: Element) -> Element:
    """Put a copy of a payload into a new envelope, with its prefixes as they are."""
    frame = etree.Element(q(SOAP, "Envelope"), nsmap={"soap": SOAP})
    etree.SubElement(frame, q(SOAP, "Body")).append(slot())
    return fill(frame, [payload])


def unwrap(envelope: Element) -> Element:
    """Give the payload of an envelope.

    Raises:
        TheirAnswerInvalid: not a SOAP 1.1 envelope with one Body, last, with one element in it.
    """
    content = children(body_of(envelope))
    if len(content) != 1:
        raise TheirAnswerInvalid("body has not exactly one element")
    return content[0]


def body_of(envelope: Element) -> Element:
    """Give the Body of an envelope.

    Raises:
        TheirAnswerInvalid: not a SOAP 1.1 envelope of an optional Header and one Body.
    """
    parts = children(envelope)
    names = [part.tag for part in parts]
    if envelope.tag != q(SOAP, "Envelope") or names not in (
        [q(SOAP, "Body")],
        [q(SOAP, "Header"), q(SOAP, "Body")],
    ):
        raise TheirAnswerInvalid("not a SOAP 1.1 envelope")
    return parts[-1]


def header_of(envelope: Element) -> Element | None:
    """Give the Header of an envelope, ``None`` when it has none.

    Raises:
        TheirAnswerInvalid: as ``body_of``.
    """
    body = body_of(envelope)
    return body.getprevious()
