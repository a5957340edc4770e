"""Digests of what a signature references."""

from __future__ import annotations

import hashlib
from copy import deepcopy
from typing import TYPE_CHECKING

from bridge.errors import SignatureInvalid
from bridge.xmldsig.c14n import canonical
from bridge.xmldsig.names import SHA1

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element as Element


def digest(octets: bytes, method: str) -> bytes:
    """Hash octets with the method of a reference, SHA-256 or (old assertions) SHA-1."""
    if method == SHA1:
        return hashlib.sha1(octets, usedforsecurity=False).digest()
    return hashlib.sha256(octets).digest()


def canonical_without(root: Element, child: Element, prefixes: Sequence[str] = ()) -> bytes:
    """Write the canonical form of an element as if one of its children were not there.

    Text after the child stays, as the enveloped transform demands.
    The document itself is not touched.

    Raises:
        SignatureInvalid: the child is not a child of the element.
    """
    if child.getparent() is not root:
        raise SignatureInvalid("signature is no child of what it signs")
    # The whole document is copied: a copied subtree forgets name spaces of its ancestors.
    twin = _twin(root)
    double = twin[root.index(child)]
    before = double.getprevious()
    if before is None:
        twin.text = (twin.text or "") + (double.tail or "")
    else:
        before.tail = (before.tail or "") + (double.tail or "")
    twin.remove(double)
    return canonical(twin, prefixes)


def _twin(element: Element) -> Element:
    steps: list[int] = []
    top = element
    while (parent := top.getparent()) is not None:
        steps.append(parent.index(top))
        top = parent
    twin = deepcopy(top)
    for step in reversed(steps):
        twin = twin[step]
    return twin
