"""Identifiers in a document: what a reference may point at (*Library choices* 2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from bridge.errors import SignatureInvalid
from bridge.xmldsig.names import ID_ATTRIBUTES

if TYPE_CHECKING:
    from lxml.etree import _Element as Element


class IdIndex:
    """All identifiers of the document an element stands in, over all identifier attributes."""

    def __init__(self, element: Element) -> None:
        self._owners: dict[str, list[tuple[str, Element]]] = {}
        for owner in element.getroottree().iter(etree.Element):
            for value in {owner.attrib[name] for name in ID_ATTRIBUTES & set(owner.attrib)}:
                # A schema-aware reader trims identifiers: " x" and "x" are the same to it.
                self._owners.setdefault(value.strip(), []).append((value, owner))

    def only(self, identifier: str) -> Element:
        """Give the one element with this identifier.

        Raises:
            SignatureInvalid: no element has it, or more than one.
        """
        owners = self._owners.get(identifier, [])
        if len(owners) != 1 or owners[0][0] != identifier:
            raise SignatureInvalid("identifier does not name exactly one element")
        return owners[0][1]

    def has(self, identifier: str) -> bool:
        """Tell whether any element has this identifier, blanks around it aside."""
        return identifier.strip() in self._owners
