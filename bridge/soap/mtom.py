"""Reading MTOM answers: parts of a MIME message put back where the document includes them.

Clients here never send MTOM; some answers of GenAsync come so.
Source: *MyCareNet transport* 2.3 and 2.5; XML-binary Optimized Packaging (W3C, 2005) 3 and 4.
"""

from __future__ import annotations

import base64
from email import policy
from email.message import Message
from email.parser import BytesParser
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from bridge.errors import TheirAnswerInvalid
from bridge.soap import xml
from bridge.soap.names import q

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

XOP: Final = "http://www.w3.org/2004/08/xop/include"
MOST_PARTS: Final = 200
_INCLUDE: Final = q(XOP, "Include")
_MULTIPART: Final = "multipart/related"


def document_of(body: bytes, content_type: str) -> Element:
    """Read a reply as one document, whether it came alone or in parts.

    Args:
        body: As received.
        content_type: Header as received; anything but ``multipart/related`` is a plain document.

    Raises:
        TheirAnswerInvalid: no document, parts that are missing, or too much of them.
    """
    if content_type.partition(";")[0].strip().lower() != _MULTIPART:
        return xml.parse(body)
    parts = _parts(body, content_type)
    root, others = _root_of(parts, content_type)
    document = xml.parse(root)
    _include(document, others)
    return document


def _parts(body: bytes, content_type: str) -> list[Message]:
    header = f"MIME-Version: 1.0\r\nContent-Type: {_one_line(content_type)}\r\n\r\n"
    message = BytesParser(policy=policy.compat32).parsebytes(header.encode("latin-1") + body)
    found = message.get_payload()
    parts = [each for each in found if isinstance(each, Message)]
    if message.defects or not 1 <= len(parts) <= MOST_PARTS:
        raise TheirAnswerInvalid("parts of the answer cannot be told apart")
    if any(part.is_multipart() or part.defects for part in parts):
        raise TheirAnswerInvalid("a part of the answer cannot be read")
    return parts


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _root_of(parts: list[Message], content_type: str) -> tuple[bytes, dict[str, bytes]]:
    """Give the document and the other parts by their name; ``start`` names the document."""
    header = BytesParser(policy=policy.compat32).parsebytes(
        f"Content-Type: {_one_line(content_type)}\r\n\r\n".encode("latin-1")
    )
    start = _name(str(header.get_param("start", "")))
    named: dict[str, bytes] = {}
    root: bytes | None = None
    for place, part in enumerate(parts):
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            raise TheirAnswerInvalid("a part of the answer cannot be decoded")
        name = _name(str(part.get("Content-ID", "")))
        is_root = name == start if start else place == 0
        if is_root and root is None:
            root = content
        elif name in named:
            raise TheirAnswerInvalid("two parts of the answer have the same name")
        else:
            named[name] = content
    if root is None:
        raise TheirAnswerInvalid("the document of the answer is missing")
    return root, named


def _name(text: str) -> str:
    return text.strip().removeprefix("<").removesuffix(">")


def _include(document: Element, parts: dict[str, bytes]) -> None:
    """Put each part in its place, as base64 text; all of them together stay within our limit."""
    total = 0
    for include in list(document.iter(_INCLUDE)):
        parent, href = include.getparent(), include.get("href", "")
        if parent is None or len(parent) != 1 or not href.startswith("cid:"):
            raise TheirAnswerInvalid("an included part stands where none may")
        content = parts.get(unquote(href.removeprefix("cid:")))
        if content is None:
            raise TheirAnswerInvalid("an included part is missing")
        total += len(content)
        if total > xml.MOST_BYTES:
            raise TheirAnswerInvalid("the answer is too large")
        parent.remove(include)
        parent.text = base64.b64encode(content).decode("ascii")
