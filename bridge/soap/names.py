"""Names of the messages we speak (*STS session* 3, 5, 12, 13; *transport* 1.1)."""

from __future__ import annotations

from typing import Final

from bridge.xmldsig.names import DS, EXCLUSIVE, WSU, XML, q

__all__ = [
    "AUTH",
    "BASE64",
    "DS",
    "ERR",
    "EXCLUSIVE",
    "SAML1",
    "SAML1P",
    "SAML2",
    "SAML2P",
    "SAML_ASSERTION_ID",
    "SAML_TOKEN_TYPE",
    "SOAP",
    "WSA",
    "WSSE",
    "WSSE11",
    "WST",
    "WSU",
    "X509V3",
    "XML",
    "XSI",
    "q",
]

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSSE11: Final = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
WST: Final = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
WSA: Final = "http://www.w3.org/2005/08/addressing"
AUTH: Final = "http://docs.oasis-open.org/wsfed/authorization/200706"
SAML1: Final = "urn:oasis:names:tc:SAML:1.0:assertion"
SAML1P: Final = "urn:oasis:names:tc:SAML:1.0:protocol"
SAML2: Final = "urn:oasis:names:tc:SAML:2.0:assertion"
SAML2P: Final = "urn:oasis:names:tc:SAML:2.0:protocol"
ERR: Final = "urn:be:fgov:ehealth:errors:soa:v1"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"

X509V3: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
)
"""``ValueType`` of a certificate token."""

BASE64: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
)
"""``EncodingType`` of a certificate token."""

SAML_ASSERTION_ID: Final = (
    "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.0#SAMLAssertionID"
)
"""``ValueType`` of a key identifier that names an assertion."""

SAML_TOKEN_TYPE: Final = (
    "http://docs.oasis-open.org/wss/"  # noqa: S105  # a public URI, not a secret
    "oasis-wss-saml-token-profile-1.1#SAMLV1.1"
)
"""``TokenType`` of a SAML 1.1 assertion."""
