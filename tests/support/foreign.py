"""Signed messages built without our code: templates by hand, signed by python-xmlsec or signxml.

They are the other half of a judgement: what others sign by the book we accept, what an attacker
makes of it we refuse.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import signxml
import xmlsec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from lxml import etree

from bridge.soap import xml
from tests.support import pki

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
EXC: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA1: Final = "http://www.w3.org/2000/09/xmldsig#sha1"
RSA_SHA1: Final = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
HMAC_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
SAML: Final = "urn:oasis:names:tc:SAML:1.0:assertion"
_WSS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE: Final = f"{_WSS}-wssecurity-secext-1.0.xsd"
WSU: Final = f"{_WSS}-wssecurity-utility-1.0.xsd"
WSSE11: Final = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
X509V3: Final = f"{_WSS}-x509-token-profile-1.0#X509v3"
B64: Final = f"{_WSS}-soap-message-security-1.0#Base64Binary"
ASSERTION_ID: Final = (
    "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.0#SAMLAssertionID"
)
SAML_V11: Final = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1"

METHODS: Final = {
    "rsa": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "ec": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
}
NAMESPACES: Final = {"soap": SOAP, "wsse": WSSE, "wsu": WSU, "ds": DS, "saml": SAML}
ID_ATTRIBUTES: Final = (("Id", WSU), ("Id", None), ("AssertionID", None))

STS_PARTS: Final = ("body", "ts", "token")
ESB_PARTS: Final = ("body", "ts")


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def prefix_list(prefixes: str | None) -> str:
    if prefixes is None:
        return ""
    return f'<ec:InclusiveNamespaces xmlns:ec="{EXC}" PrefixList="{prefixes}"/>'


def signature_template(
    references: list[tuple[str, list[str]]],
    *,
    method: str,
    key_info: str,
    digest_method: str = SHA256,
    prefixes: str | None = None,
) -> str:
    """Write a ``ds:Signature`` without values; ``references`` are URIs with their transforms."""
    listed = prefix_list(prefixes)

    def transform(name: str) -> str:
        return f'<ds:Transform Algorithm="{name}">{listed if name == EXC else ""}</ds:Transform>'

    written = "".join(
        f'<ds:Reference URI="{uri}"><ds:Transforms>{"".join(map(transform, names))}'
        f'</ds:Transforms><ds:DigestMethod Algorithm="{digest_method}"/><ds:DigestValue/>'
        "</ds:Reference>"
        for uri, names in references
    )
    return (
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{EXC}">{listed}</ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{method}"/>{written}</ds:SignedInfo>'
        f"<ds:SignatureValue/><ds:KeyInfo>{key_info}</ds:KeyInfo></ds:Signature>"
    )


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A message to be signed, by the book unless changed."""

    credential: pki.Credential
    assertion: bytes | None = None
    assertion_id: str = "token"
    parts: tuple[str, ...] = STS_PARTS
    payload: str = '<q:Question xmlns:q="urn:test:question">is she insured?</q:Question>'
    created: datetime = pki.NOW
    lifetime: timedelta = field(default=timedelta(seconds=60))
    method: str | None = None
    digest_method: str = SHA256
    prefixes: str | None = None

    @property
    def key_info(self) -> str:
        if self.assertion is None:
            target = f'<wsse:Reference URI="#token" ValueType="{X509V3}"/>'
            return f"<wsse:SecurityTokenReference>{target}</wsse:SecurityTokenReference>"
        return (
            f'<wsse:SecurityTokenReference xmlns:k="{WSSE11}" k:TokenType="{SAML_V11}">'
            f'<wsse:KeyIdentifier ValueType="{ASSERTION_ID}">{self.assertion_id}'
            "</wsse:KeyIdentifier>"
            "</wsse:SecurityTokenReference>"
        )

    @property
    def token(self) -> str:
        if self.assertion is not None:
            return self.assertion.decode()
        return (
            f'<wsse:BinarySecurityToken wsu:Id="token" ValueType="{X509V3}" EncodingType="{B64}">'
            f"{self.credential.certificate.base64}</wsse:BinarySecurityToken>"
        )

    def envelope(self, signature: str) -> etree._Element:
        return xml.parse(
            f'<soap:Envelope xmlns:soap="{SOAP}" xmlns:wsu="{WSU}"><soap:Header>'
            f'<wsse:Security xmlns:wsse="{WSSE}" soap:mustUnderstand="1">'
            f'<wsu:Timestamp wsu:Id="ts"><wsu:Created>{stamp(self.created)}</wsu:Created>'
            f"<wsu:Expires>{stamp(self.created + self.lifetime)}</wsu:Expires></wsu:Timestamp>"
            f"{self.token}{signature}</wsse:Security></soap:Header>"
            f'<soap:Body wsu:Id="body">{self.payload}</soap:Body></soap:Envelope>'.encode()
        )

    def changed(self, **members: Any) -> Recipe:
        return replace(self, **members)


def kind_of(credential: pki.Credential) -> str:
    return "rsa" if isinstance(credential.key, rsa.RSAPrivateKey) else "ec"


def outer_signature(envelope: etree._Element) -> etree._Element:
    return envelope.xpath(
        "/soap:Envelope/soap:Header//ds:Signature[last()]", namespaces=NAMESPACES
    )[-1]


def register_ids(context: Any, root: etree._Element) -> None:
    """Tell libxmlsec which attributes are identifiers; it finds no other."""
    for element in root.iter(etree.Element):
        for name, namespace in ID_ATTRIBUTES:
            if (f"{{{namespace}}}{name}" if namespace else name) in element.attrib:
                context.register_id(element, name, namespace)


def sign_with_xmlsec(recipe: Recipe) -> bytes:
    """Sign a recipe with python-xmlsec."""
    template = signature_template(
        [(f"#{part}", [EXC]) for part in recipe.parts],
        method=recipe.method or METHODS[kind_of(recipe.credential)],
        key_info=recipe.key_info,
        digest_method=recipe.digest_method,
        prefixes=recipe.prefixes,
    )
    envelope = recipe.envelope(template)
    context = xmlsec.SignatureContext()
    if recipe.method == HMAC_SHA256:
        # The confusion an attacker hopes for: the public certificate as a shared secret.
        secret = recipe.credential.certificate.der
        context.key = xmlsec.Key.from_binary_data(xmlsec.constants.KeyDataHmac, secret)
    else:
        context.key = _private_key(recipe.credential)
    register_ids(context, envelope)
    context.sign(outer_signature(envelope))
    return etree.tostring(envelope)


def sign_with_signxml(recipe: Recipe) -> bytes:
    """Sign a recipe with signxml."""
    envelope = recipe.envelope("")
    key_info = xml.parse(
        f'<ds:KeyInfo xmlns:ds="{DS}" xmlns:wsse="{WSSE}">{recipe.key_info}</ds:KeyInfo>'.encode()
    )
    signer = signxml.XMLSigner(
        method=signxml.methods.detached,
        signature_algorithm=METHODS[kind_of(recipe.credential)].rpartition("#")[2],
        digest_algorithm="sha256",
        c14n_algorithm=EXC,
    )
    signature = signer.sign(
        envelope,
        key=recipe.credential.key,
        cert=[recipe.credential.certificate.x509],
        reference_uri=[f"#{part}" for part in recipe.parts],
        key_info=key_info,
    )
    envelope[0][0].append(signature)
    return etree.tostring(envelope)


def assertion_xml(*, identifier: str = "token", extra: str = "") -> str:
    return (
        f'<Assertion xmlns="{SAML}" AssertionID="{identifier}" MajorVersion="1" MinorVersion="1">'
        f"<AttributeStatement><Subject>nurse</Subject>{extra}</AttributeStatement></Assertion>"
    )


def sign_assertion_with_xmlsec(
    document: str,
    credential: pki.Credential,
    *,
    uri: str = "#token",
    method: str | None = None,
    digest_method: str = SHA256,
    prefixes: str | None = None,
) -> bytes:
    """Sign an assertion as the STS does: enveloped, last child, certificate of the signer."""
    certificate = f"<ds:X509Certificate>{credential.certificate.base64}</ds:X509Certificate>"
    root = xml.parse(document.encode())
    template = signature_template(
        [(uri, [ENVELOPED, EXC])],
        method=method or METHODS[kind_of(credential)],
        key_info=f"<ds:X509Data>{certificate}</ds:X509Data>",
        digest_method=digest_method,
        prefixes=prefixes,
    )
    root.append(xml.parse(template.encode()))
    context = xmlsec.SignatureContext()
    context.key = _private_key(credential)
    register_ids(context, root)
    context.sign(root[-1])
    return etree.tostring(root)


def digest_of(element: etree._Element) -> str:
    """Give the SHA-256 of an element's canonical form, in base64."""
    octets = etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
    return base64.b64encode(hashlib.sha256(octets).digest()).decode()


def resign(signature: etree._Element, credential: pki.Credential) -> None:
    """Sign ``SignedInfo`` as it now stands, with ``cryptography`` alone."""
    octets = etree.tostring(signature[0], method="c14n", exclusive=True, with_comments=False)
    key = credential.key
    if isinstance(key, rsa.RSAPrivateKey):
        value = key.sign(octets, padding.PKCS1v15(), hashes.SHA256())
    else:
        r, s = decode_dss_signature(key.sign(octets, ec.ECDSA(hashes.SHA256())))
        value = r.to_bytes(48) + s.to_bytes(48)
    signature[1].text = base64.b64encode(value).decode()


def verify_with_xmlsec(message: bytes, signature_path: str, credential: pki.Credential) -> None:
    """Judge a message of ours with python-xmlsec; raises ``xmlsec.Error`` when it does not hold."""
    root = xml.parse(message)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(
        credential.certificate_pem, xmlsec.constants.KeyDataFormatCertPem
    )
    register_ids(context, root)
    context.verify(root.xpath(signature_path, namespaces=NAMESPACES)[0])


def _private_key(credential: pki.Credential) -> Any:
    return xmlsec.Key.from_memory(credential.key_pem, xmlsec.constants.KeyDataFormatPem)
