"""Reading MTOM answers: parts of a MIME message put back where the document includes them.

Clients here never send MTOM; some answers of GenAsync come so.
The reader is our own: one that forgives is one in which two programs see different parts.
Source: *MyCareNet transport* 1.4; *Library choices* 5; RFC 2046 5.1, RFC 2387; XML-binary Optimized
Packaging (W3C, 2005) 3 and 4.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from bridge.errors import TheirAnswerInvalid
from bridge.soap import xml
from bridge.soap.names import q

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element as Element

XOP: Final = "http://www.w3.org/2004/08/xop/include"
MOST_PARTS: Final = 200
"""Most parts of one answer; a page has at most 100 business answers and as many receipts."""

_MOST_HEAD_BYTES: Final = 8_192
_MOST_TYPE_CHARACTERS: Final = 2_048
_INCLUDE: Final = q(XOP, "Include")
_MULTIPART: Final = "multipart/related"
_COMPOSITE: Final = ("multipart/", "message/")
_IDENTITY: Final = frozenset({"", "7bit", "8bit", "binary"})

_PARAMETER: Final = re.compile(
    r"""\s*;\s*(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)=
        (?:"(?P<quoted>(?:[^"\\\r\n]|\\[^\r\n])*)"|(?P<token>[^\s;"]+))""",
    re.VERBOSE,
)
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_FOLDED: Final = re.compile(rb"\r\n[ \t]+")
_LINE_END: Final = b"\r\n"
_BLANKS: Final = b" \t\r\n"


@dataclass(frozen=True, kw_only=True)
class _Part:
    """One part, decoded; ``name`` is its Content-ID without brackets, empty when it has none."""

    name: str
    content: bytes = field(repr=False)


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
    if len(body) > xml.MOST_BYTES:
        raise TheirAnswerInvalid("the answer is too large")
    parameters = _parameters(content_type)
    parts = [_part(piece) for piece in _pieces(body, parameters.get("boundary", ""))]
    root, others = _root_of(parts, _bare(parameters.get("start", "")))
    document = xml.parse(root)
    _include(document, others)
    return document


def _parameters(content_type: str) -> dict[str, str]:
    """Read the parameters of a content type by their names in lower case."""
    if len(content_type) > _MOST_TYPE_CHARACTERS:
        raise TheirAnswerInvalid("content type is too long")
    rest = content_type[content_type.find(";") :].rstrip(" \t;") if ";" in content_type else ""
    found: dict[str, str] = {}
    place = 0
    while place < len(rest):
        parameter = _PARAMETER.match(rest, place)
        if parameter is None or parameter["name"].lower() in found:
            raise TheirAnswerInvalid("content type cannot be read")
        quoted, token = parameter["quoted"], parameter["token"]
        value = token if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        found[parameter["name"].lower()] = value
        place = parameter.end()
    return found


def _pieces(body: bytes, boundary: str) -> list[bytes]:
    """Cut a body at its boundary; blanks alone may stand before the first and after the last."""
    if not _BOUNDARY.fullmatch(boundary):
        raise TheirAnswerInvalid("boundary is no boundary")
    delimiter = b"\r\n--" + boundary.encode("ascii")
    before, *pieces = (_LINE_END + body).split(delimiter, MOST_PARTS + 2)
    if not 1 < len(pieces) <= MOST_PARTS + 1 or before.strip(_BLANKS):
        raise TheirAnswerInvalid("parts of the answer cannot be told apart")
    end = pieces.pop()
    if not end.startswith(b"--") or end[2:].strip(_BLANKS):
        raise TheirAnswerInvalid("the answer does not end where it should")
    return [_after_delimiter(piece) for piece in pieces]


def _after_delimiter(piece: bytes) -> bytes:
    padding, end, rest = piece.partition(_LINE_END)
    if not end or padding.strip(b" \t"):
        raise TheirAnswerInvalid("boundary stands inside a line")
    return rest


def _part(piece: bytes) -> _Part:
    head, end, content = (_LINE_END + piece).partition(_LINE_END * 2)
    if not end or len(head) > _MOST_HEAD_BYTES:
        raise TheirAnswerInvalid("head of a part has no end")
    fields = _fields(head)
    if fields.get("content-type", "").lower().startswith(_COMPOSITE):
        raise TheirAnswerInvalid("a part has parts of its own")
    return _Part(name=_bare(fields.get("content-id", "")), content=_decoded(content, fields))


def _fields(head: bytes) -> dict[str, str]:
    """Read the fields of a part by their names in lower case."""
    fields: dict[str, str] = {}
    for line in _FOLDED.sub(b" ", head).split(_LINE_END):
        if not line:
            continue
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or name.lower() in fields or name != name.strip():
            raise TheirAnswerInvalid("head of a part cannot be read")
        fields[name.lower()] = value.strip()
    return fields


def _decoded(content: bytes, fields: Mapping[str, str]) -> bytes:
    encoding = fields.get("content-transfer-encoding", "").lower()
    if encoding in _IDENTITY:
        return content
    if encoding != "base64":
        raise TheirAnswerInvalid("a part is written in another way")
    try:
        return base64.b64decode(content.translate(None, _BLANKS), validate=True)
    except binascii.Error as error:
        raise TheirAnswerInvalid("a part is not base64") from error


def _root_of(parts: list[_Part], start: str) -> tuple[bytes, dict[str, bytes]]:
    """Give the document and the named parts; ``start`` names the document, else it is the first."""
    named = [part.name for part in parts if part.name]
    if len(named) != len(set(named)):
        raise TheirAnswerInvalid("two parts of the answer have the same name")
    root = next((part for part in parts if part.name == start), None) if start else parts[0]
    if root is None:
        raise TheirAnswerInvalid("the document of the answer is missing")
    others = {part.name: part.content for part in parts if part is not root and part.name}
    return root.content, others


def _bare(text: str) -> str:
    return text.strip().removeprefix("<").removesuffix(">")


def _include(document: Element, parts: Mapping[str, bytes]) -> None:
    """Put each part in its place, as base64 text; all of them together stay within our limit."""
    total = 0
    for include in list(document.iter(_INCLUDE)):
        parent, href = include.getparent(), include.get("href", "")
        if parent is None or not _is_alone(include, parent) or not href.startswith("cid:"):
            raise TheirAnswerInvalid("an included part stands where none may")
        content = parts.get(unquote(href.removeprefix("cid:")))
        if content is None:
            raise TheirAnswerInvalid("an included part is missing")
        total += len(content)
        if total > xml.MOST_BYTES:
            raise TheirAnswerInvalid("the answer is too large")
        parent.remove(include)
        parent.text = base64.b64encode(content).decode("ascii")


def _is_alone(include: Element, parent: Element) -> bool:
    around = (parent.text or "") + (include.tail or "") + (include.text or "")
    return len(parent) == 1 and len(include) == 0 and not around.strip()
