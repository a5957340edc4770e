"""Exclusive canonical form (*Library choices* 2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree

from bridge.errors import SignatureInvalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element as Element

_DEFAULT: Final = "#default"


def canonical(element: Element, prefixes: Sequence[str] = ()) -> bytes:
    """Write an element and all below it in exclusive canonical form, without comments.

    Args:
        element: The apex; text after its end tag is not part of it.
        prefixes: ``PrefixList`` of an ``InclusiveNamespaces`` element.

    Raises:
        SignatureInvalid: there is no canonical form, as with relative namespace names.
    """
    try:
        return etree.tostring(
            _knowing_default(element) if _DEFAULT in prefixes else element,
            method="c14n",
            exclusive=True,
            # lxml keeps comments unless told not to; the algorithm we name drops them.
            with_comments=False,
            inclusive_ns_prefixes=list(prefixes),
        )
    except etree.C14NError as error:
        raise SignatureInvalid("no canonical form") from error


def _knowing_default(element: Element) -> Element:
    """Copy an element into a document in which lxml honours ``#default``.

    lxml 6.1 drops a listed prefix that is not in the document's dictionary of names, where this
    word never is unless a parser's tag filter puts it there; libxmlsec and Java signers honour it
    (``test_inclusive_name_spaces_are_honoured``).
    What is read here is what lxml has just written itself.
    """
    parser = etree.XMLPullParser(
        tag=_DEFAULT,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=True,  # lengths were checked when the document was read
    )
    parser.feed(etree.tostring(element, encoding="UTF-8", with_tail=False))
    return parser.close()
