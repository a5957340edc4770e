"""WS-Addressing headers of GenAsync (*transport* 1.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lxml import etree

from bridge.soap.envelope import header_of
from bridge.soap.names import SOAP, WSA, q
from bridge.soap.xml import children

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

ANONYMOUS: Final = "http://www.w3.org/2005/08/addressing/anonymous"


@dataclass(frozen=True, kw_only=True)
class Addressing:
    """What the headers of a message say; ``None`` for what is not there."""

    action: str | None
    to: str | None
    message_id: str | None


def headers(action: str, message_id: str, to: str | None) -> list[Element]:
    """Give the header blocks of a request.

    Args:
        action: Of the operation; marked as to be understood.
        message_id: Fresh for every message.
        to: Destination; an empty element when a query goes to everybody.
    """
    blocks = [_block("Action", action), _block("To", to), _block("MessageID", message_id)]
    blocks[0].set(q(SOAP, "mustUnderstand"), "1")
    for local in ("ReplyTo", "FaultTo"):
        block = _block(local, None)
        etree.SubElement(block, q(WSA, "Address")).text = ANONYMOUS
        blocks.append(block)
    return blocks


def read(envelope: Element) -> Addressing:
    """Read the headers of a message.

    Raises:
        TheirAnswerInvalid: it is no SOAP message.
    """
    header = header_of(envelope)
    found = {} if header is None else {str(each.tag): each.text for each in children(header)}
    return Addressing(
        action=_text(found.get(q(WSA, "Action"))),
        to=_text(found.get(q(WSA, "To"))),
        message_id=_text(found.get(q(WSA, "MessageID"))),
    )


def _block(local: str, text: str | None) -> Element:
    block = etree.Element(q(WSA, local), nsmap={"wsa": WSA, "soap": SOAP})
    block.text = text
    return block


def _text(text: str | None) -> str | None:
    return (text or "").strip() or None
