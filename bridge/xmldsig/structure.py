"""The parts of a ``ds:Signature``, read strictly: what is not expected is refused.

Source: XML Signature Syntax 1.1, narrowed to *STS session* 3, 8 and 10.1.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bridge.crypto.algorithms import SignatureAlgorithm
from bridge.errors import SignatureInvalid
from bridge.xmldsig.names import DS, ENVELOPED, EXCLUSIVE, SHA1, SHA256, q

if TYPE_CHECKING:
    from collections.abc import Collection

    from lxml.etree import _Element as Element

_MOST_REFERENCES: Final = 16
_BLANKS: Final = " \t\r\n"
_PREFIXES: Final = q(EXCLUSIVE, "InclusiveNamespaces")


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One ``ds:Reference``.

    Attributes:
        identifier: What stands behind the ``#`` of the URI.
        enveloped: The signature itself is left out of what is digested.
        prefixes: ``PrefixList`` of the canonical form.
        digest_method: URI of the hash.
        digest: The value it must have.
    """

    identifier: str
    enveloped: bool
    prefixes: tuple[str, ...]
    digest_method: str
    digest: bytes


@dataclass(frozen=True, kw_only=True)
class Signature:
    """One ``ds:Signature``, read but not yet verified.

    Attributes:
        element: Where it stands.
        signed_info: Its ``ds:SignedInfo``.
        prefixes: ``PrefixList`` of the canonical form of ``signed_info``.
        algorithm: How the value was made.
        value: The signature value.
        key_info: Its ``ds:KeyInfo``.
    """

    element: Element
    signed_info: Element
    prefixes: tuple[str, ...]
    algorithm: SignatureAlgorithm
    references: tuple[Reference, ...]
    value: bytes
    key_info: Element


def read_signature(
    element: Element,
    *,
    algorithms: Collection[SignatureAlgorithm],
) -> Signature:
    """Read a ``ds:Signature``.

    Args:
        element: The signature.
        algorithms: Those accepted; SHA-1 digests are accepted only next to ``RSA_SHA1``.

    Raises:
        SignatureInvalid: another structure, transform or algorithm than expected.
    """
    signed_info, value, key_info = _exactly(element, "SignedInfo", "SignatureValue", "KeyInfo")
    method, signature_method, *references = _elements(signed_info)
    _demand(method.tag == q(DS, "CanonicalizationMethod"))
    _demand(signature_method.tag == q(DS, "SignatureMethod"))
    _demand(1 <= len(references) <= _MOST_REFERENCES)
    _demand(method.get("Algorithm") == EXCLUSIVE)
    algorithm = _algorithm(signature_method, algorithms)
    digests = {SHA256, SHA1} if SignatureAlgorithm.RSA_SHA1 in algorithms else {SHA256}
    return Signature(
        element=element,
        signed_info=signed_info,
        prefixes=_prefixes(method),
        algorithm=algorithm,
        references=tuple(_reference(reference, digests) for reference in references),
        value=decode_base64(_leaf_text(value)),
        key_info=key_info,
    )


def decode_base64(text: str) -> bytes:
    """Decode base64 that may be broken into lines.

    Raises:
        SignatureInvalid: empty, or any other character than base64 and blanks.
    """
    try:
        decoded = base64.b64decode(text.translate(dict.fromkeys(map(ord, _BLANKS))), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SignatureInvalid("no base64") from error
    _demand(bool(decoded))
    return decoded


def _reference(element: Element, digests: Collection[str]) -> Reference:
    _demand(element.tag == q(DS, "Reference"))
    transforms, method, value = _exactly(element, "Transforms", "DigestMethod", "DigestValue")
    uri = element.get("URI", "")
    _demand(uri.startswith("#") and len(uri) > 1)
    steps = _elements(transforms)
    names = [step.get("Algorithm") for step in steps]
    _demand(all(step.tag == q(DS, "Transform") for step in steps))
    _demand(names in ([EXCLUSIVE], [ENVELOPED, EXCLUSIVE]))
    _demand(all(len(_elements(step)) == 0 for step in steps[:-1]))
    digest_method = method.get("Algorithm", "")
    _demand(digest_method in digests and len(_elements(method)) == 0)
    return Reference(
        identifier=uri[1:],
        enveloped=len(steps) > 1,
        prefixes=_prefixes(steps[-1]),
        digest_method=digest_method,
        digest=decode_base64(_leaf_text(value)),
    )


def _algorithm(
    element: Element,
    algorithms: Collection[SignatureAlgorithm],
) -> SignatureAlgorithm:
    # A child would be a parameter, such as a shortened HMAC: nothing we accept has one.
    _demand(len(_elements(element)) == 0)
    found = [known for known in algorithms if known.value == element.get("Algorithm")]
    _demand(len(found) == 1)
    return found[0]


def _prefixes(canonicalisation: Element) -> tuple[str, ...]:
    """Read the ``PrefixList``; none, and an empty one, mean the same."""
    parameters = _elements(canonicalisation)
    if not parameters:
        return ()
    _demand(len(parameters) == 1 and parameters[0].tag == _PREFIXES)
    return tuple(parameters[0].get("PrefixList", "").split())


def _exactly(parent: Element, *names: str) -> list[Element]:
    children = _elements(parent)
    _demand([child.tag for child in children] == [q(DS, name) for name in names])
    return children


def _elements(parent: Element) -> list[Element]:
    return [child for child in parent if isinstance(child.tag, str)]


def _leaf_text(element: Element) -> str:
    _demand(len(element) == 0)
    return element.text or ""


def _demand(condition: bool) -> None:  # noqa: FBT001  # reads as a sentence at every call
    if not condition:
        raise SignatureInvalid("signature has another structure than expected")
