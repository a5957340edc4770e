"""Building a message with a signed WS-Security header (*STS session* 3 and 13.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from lxml import etree

from bridge.errors import OurMessageInvalid, TheirAnswerInvalid
from bridge.soap.instants import encode_instant
from bridge.soap.names import (
    BASE64,
    DS,
    SAML1,
    SAML_ASSERTION_ID,
    SAML_TOKEN_TYPE,
    SOAP,
    WSSE,
    WSSE11,
    WSU,
    X509V3,
    q,
)
from bridge.soap.profiles import AssertionToken, Part, SigningProfile, X509Token
from bridge.soap.xml import fill, parse, serialize, slot
from bridge.xmldsig.sign import PendingSignature, prepare_detached

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from lxml.etree import _Element as Element

    from bridge.crypto.algorithms import SignatureAlgorithm
    from bridge.domain.ids import IdSource

_WSU_ID = q(WSU, "Id")


@dataclass(frozen=True)
class PendingMessage:
    """A message that lacks only its signature value.

    Attributes:
        algorithm: How the value must be made.
        to_be_signed: The exact bytes to sign; to be hashed by the signer.
    """

    algorithm: SignatureAlgorithm
    to_be_signed: bytes = field(repr=False)
    _signature: PendingSignature = field(repr=False)
    _envelope: Element = field(repr=False)

    def finish(self, signature: bytes) -> bytes:
        """Put the value in its place and give the exact bytes to send.

        Args:
            signature: PKCS#1 v1.5 for RSA, raw ``r || s`` for EC.

        Raises:
            OurMessageInvalid: the value is empty, or was put already.
        """
        self._signature.finish(signature)
        return serialize(self._envelope)


def prepare(
    payload: Element,
    *,
    token: X509Token | AssertionToken,
    profile: SigningProfile,
    algorithm: SignatureAlgorithm,
    now: datetime,
    ids: IdSource,
    headers: Sequence[Element] = (),
) -> PendingMessage:
    """Build a message around a copy of a payload, ready to be signed.

    Args:
        payload: What becomes the child of the Body; it is not changed.
        token: How the signer shows who she is; an assertion is embedded untouched.
        profile: Which parts are signed, and the lifetime of the timestamp.
        algorithm: Must fit the signer's key.
        now: Aware moment of creation.
        ids: Source of the identifiers inside the message.
        headers: Further header blocks, such as WS-Addressing; not signed.

    Raises:
        OurMessageInvalid: the assertion is not the one it is said to be, or a fragment does not
            survive being written.
    """
    token_id = f"X509-{ids.uuid()}" if isinstance(token, X509Token) else token.assertion_id
    frame = etree.Element(q(SOAP, "Envelope"), nsmap={"soap": SOAP})
    header = etree.SubElement(frame, q(SOAP, "Header"))
    header.extend(headers)
    security = etree.SubElement(
        header, q(WSSE, "Security"), nsmap={"wsse": WSSE, "wsu": WSU, "wsse11": WSSE11}
    )
    security.set(q(SOAP, "mustUnderstand"), "1")
    _add_timestamp(security, identifier=f"TS-{ids.uuid()}", now=now, profile=profile)
    security.append(_certificate_token(token, token_id) if isinstance(token, X509Token) else slot())
    body = etree.SubElement(frame, q(SOAP, "Body"), nsmap={"wsu": WSU})
    body.set(_WSU_ID, f"id-{ids.uuid()}")
    body.append(slot())
    fragments = [payload] if isinstance(token, X509Token) else [_assertion(token), payload]
    return _pending(fill(frame, fragments), token_id, profile, algorithm, f"SIG-{ids.uuid()}")


def _pending(
    envelope: Element,
    token_id: str,
    profile: SigningProfile,
    algorithm: SignatureAlgorithm,
    signature_id: str,
) -> PendingMessage:
    security, body = envelope[0][-1], envelope[1]
    timestamp, shown = security[0], security[1]
    parts = {
        Part.BODY: (body.get(_WSU_ID, ""), body),
        Part.TIMESTAMP: (timestamp.get(_WSU_ID, ""), timestamp),
        Part.TOKEN: (token_id, shown),
    }
    signature = prepare_detached(
        security,
        targets=[target for part, target in parts.items() if part in profile.parts],
        key_info=_key_info(token_id, by_assertion=shown.tag == q(SAML1, "Assertion")),
        algorithm=algorithm,
        signature_id=signature_id,
    )
    return PendingMessage(algorithm, signature.to_be_signed, signature, envelope)


def _add_timestamp(
    security: Element,
    *,
    identifier: str,
    now: datetime,
    profile: SigningProfile,
) -> None:
    expires = now + timedelta(seconds=profile.timestamp_lifetime_s)
    timestamp = etree.SubElement(security, q(WSU, "Timestamp"))
    timestamp.set(_WSU_ID, identifier)
    etree.SubElement(timestamp, q(WSU, "Created")).text = encode_instant(now)
    etree.SubElement(timestamp, q(WSU, "Expires")).text = encode_instant(expires)


def _certificate_token(token: X509Token, identifier: str) -> Element:
    element = etree.Element(q(WSSE, "BinarySecurityToken"), nsmap={"wsse": WSSE, "wsu": WSU})
    element.set(_WSU_ID, identifier)
    element.set("ValueType", X509V3)
    element.set("EncodingType", BASE64)
    element.text = token.certificate.base64
    return element


def _assertion(token: AssertionToken) -> Element:
    try:
        assertion = parse(token.xml)
    except TheirAnswerInvalid as error:
        raise OurMessageInvalid("assertion does not parse") from error
    if assertion.tag != q(SAML1, "Assertion") or assertion.get("AssertionID") != token.assertion_id:
        raise OurMessageInvalid("assertion is not the one it is said to be")
    return assertion


def _key_info(token_id: str, *, by_assertion: bool) -> Element:
    key_info = etree.Element(q(DS, "KeyInfo"), nsmap={"ds": DS, "wsse": WSSE, "wsse11": WSSE11})
    reference = etree.SubElement(key_info, q(WSSE, "SecurityTokenReference"))
    if by_assertion:
        reference.set(q(WSSE11, "TokenType"), SAML_TOKEN_TYPE)
        key = etree.SubElement(reference, q(WSSE, "KeyIdentifier"), ValueType=SAML_ASSERTION_ID)
        key.text = token_id
    else:
        etree.SubElement(reference, q(WSSE, "Reference"), URI=f"#{token_id}", ValueType=X509V3)
    return key_info
