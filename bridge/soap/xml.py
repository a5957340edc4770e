"""The only XML parser, and reading of trees.

No entity, document type, network or oversized input gets past it; comments and processing
instructions are dropped, so that no text depends on them.
Source: *Library choices* 2.4, *style anchors* 9.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lxml import etree

from bridge.errors import OurMessageInvalid, TheirAnswerInvalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element as Element

MOST_BYTES: Final = 25_000_000
"""Longest document we read unless told otherwise, in bytes (*style anchors* 4.2)."""

MOST_DEPTH: Final = 128
"""Deepest nesting we read; official messages stay far below."""

_LONG_TEXT: Final = 10_000_000
_TOO_DEEP: Final = etree.XPath("boolean(" + "/*" * (MOST_DEPTH + 1) + ")")
_DOCTYPE: Final = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)

_SLOT: Final = "{urn:carebridge:slot}slot"
_SLOT_TEXT: Final = b'<slot xmlns="urn:carebridge:slot"/>'


def parse(body: bytes, *, most_bytes: int = MOST_BYTES) -> Element:
    """Read a document and give its root.

    Args:
        body: UTF-8, whatever the document claims.
        most_bytes: Longest body accepted.

    Raises:
        TheirAnswerInvalid: too long, too deep, not UTF-8, with a document type, or not well formed.
    """
    if len(body) > most_bytes:
        raise TheirAnswerInvalid("document is too long")
    # Refused before parsing: entities would be expanded in attribute values while parsing.
    # A zero byte means UTF-16 or UTF-32, in which the words below could hide.
    if b"\0" in body or _DOCTYPE.search(body):
        raise TheirAnswerInvalid("document has a document type, or is not UTF-8")
    try:
        root = _read(body)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise TheirAnswerInvalid("document is not well formed") from error
    if _TOO_DEEP(root.getroottree()):
        raise TheirAnswerInvalid("document is nested too deep")
    return root


def serialize(element: Element) -> bytes:
    """Write an element in UTF-8 without declaration and without changing a blank.

    Text after its end tag is not written.
    """
    return etree.tostring(element, encoding="UTF-8", xml_declaration=False, with_tail=False)


def slot() -> Element:
    """Make a place in a frame that ``fill`` replaces by a fragment."""
    return etree.Element(_SLOT, nsmap={None: "urn:carebridge:slot"})


def fill(frame: Element, fragments: Sequence[Element]) -> Element:
    """Copy a frame, with each slot replaced by a fragment that keeps its own prefixes.

    Appending an element to another tree lets lxml rename its prefixes, which breaks a signature
    inside; joining the written forms does not.

    Args:
        frame: A tree with slots, without a default name space around them.
        fragments: What goes in, in document order.

    Raises:
        OurMessageInvalid: another number of slots, or a default name space around one.
    """
    around = [place.getparent() for place in frame.iter(_SLOT)]
    if any(parent is not None and None in parent.nsmap for parent in around):
        raise OurMessageInvalid("default name space around a slot")
    pieces = serialize(frame).split(_SLOT_TEXT)
    if len(pieces) != len(fragments) + 1:
        raise OurMessageInvalid("frame has another number of slots")
    written = [serialize(fragment) for fragment in fragments]
    joined = pieces[0] + b"".join(
        fragment + piece for fragment, piece in zip(written, pieces[1:], strict=True)
    )
    try:
        return parse(joined, most_bytes=len(joined))
    except TheirAnswerInvalid as error:
        raise OurMessageInvalid("our own message does not parse") from error


def children(element: Element) -> list[Element]:
    """List the child elements."""
    return [child for child in element if isinstance(child.tag, str)]


def local_name(element: Element) -> str:
    """Give the name of an element without its name space."""
    return etree.QName(element).localname


def optional_child(element: Element, tag: str) -> Element | None:
    """Give the child with a tag, ``None`` when there is none.

    Raises:
        TheirAnswerInvalid: there is more than one.
    """
    found = element.findall(tag)
    if len(found) > 1:
        raise TheirAnswerInvalid("element is there more than once")
    return found[0] if found else None


def only_child(element: Element, tag: str) -> Element:
    """Give the one child with a tag.

    Raises:
        TheirAnswerInvalid: there is none, or more than one.
    """
    found = optional_child(element, tag)
    if found is None:
        raise TheirAnswerInvalid("element is missing")
    return found


def descend(element: Element, *tags: str) -> Element:
    """Follow only children down a path of tags.

    Raises:
        TheirAnswerInvalid: a step is missing or ambiguous.
    """
    for tag in tags:
        element = only_child(element, tag)
    return element


def text_of(element: Element, *tags: str) -> str:
    """Give the text, without blanks around it, of the leaf at the end of a path of tags.

    Raises:
        TheirAnswerInvalid: a step is missing or ambiguous, or the end has children.
    """
    leaf = descend(element, *tags)
    if len(leaf):
        raise TheirAnswerInvalid("element has children where text is expected")
    return (leaf.text or "").strip()


def optional_text_of(element: Element, *tags: str) -> str | None:
    """Give the text as ``text_of``; ``None`` when a step is missing or the text is empty.

    Raises:
        TheirAnswerInvalid: a step is ambiguous, or the end has children.
    """
    leaf: Element | None = element
    for tag in tags:
        leaf = None if leaf is None else optional_child(leaf, tag)
    return None if leaf is None else text_of(leaf) or None


def _read(body: bytes) -> Element:
    parser = etree.XMLParser(  # noqa: TID251  # the one place that constructs a parser
        encoding="UTF-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=True,
        collect_ids=False,
        # Lifts the limit of 10 000 000 bytes for one text; the length was checked before.
        huge_tree=len(body) > _LONG_TEXT,
    )
    return etree.fromstring(body, parser)  # noqa: TID251  # the one place that parses
