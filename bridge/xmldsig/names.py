"""Names of XML signatures (*STS session* 3 and 8)."""

from __future__ import annotations

from typing import Final

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
WSU: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
XML: Final = "http://www.w3.org/XML/1998/namespace"

EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
"""Exclusive canonical form without comments; also the namespace of its parameters."""

ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA1: Final = "http://www.w3.org/2000/09/xmldsig#sha1"


def q(namespace: str, local: str) -> str:
    """Write a qualified name the way lxml does: ``{namespace}local``."""
    return f"{{{namespace}}}{local}"


ID_ATTRIBUTES: Final = frozenset(
    {
        "Id",
        "ID",
        "AssertionID",
        "RequestID",
        "ResponseID",
        q(WSU, "Id"),
        q(XML, "id"),
    },
)
"""Every attribute that some verifier takes for an identifier (*Library choices* 2.3)."""
