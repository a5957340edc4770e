"""Verifying a message with a signed WS-Security header (*STS session* 3, 13.1 and 18).

Strict by design: a header with anything but one timestamp, one token and one signature is
refused, and the signature must cover exactly the parts of the profile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bridge.crypto.certificates import Certificate
from bridge.errors import CertificateUntrusted, MessageExpired, SignatureInvalid, TheirAnswerInvalid
from bridge.soap.envelope import body_of, header_of, unwrap
from bridge.soap.instants import decode_instant
from bridge.soap.names import BASE64, DS, SAML1, SAML_ASSERTION_ID, WSSE, WSU, X509V3, q
from bridge.soap.profiles import Part, SigningProfile
from bridge.soap.xml import children, descend, only_child, text_of
from bridge.xmldsig.ids import IdIndex
from bridge.xmldsig.structure import decode_base64, read_signature
from bridge.xmldsig.verify import refuse_remarks, verify_detached

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from lxml.etree import _Element as Element

_SECURITY: Final = q(WSSE, "Security")
_TIMESTAMP: Final = q(WSU, "Timestamp")
_CERTIFICATE: Final = q(WSSE, "BinarySecurityToken")
_ASSERTION: Final = q(SAML1, "Assertion")
_SIGNATURE: Final = q(DS, "Signature")


@dataclass(frozen=True)
class VerifiedMessage:
    """A message whose signature holds over the parts of its profile.

    Attributes:
        payload: The child of the Body; covered when the profile signs the Body.
        certificate: Whose key signed; whether it is trusted is for the caller.
        assertion: The assertion shown, ``None`` for a certificate token.
        created: Start of the timestamp.
        expires: End of the timestamp.
    """

    payload: Element = field(repr=False)
    certificate: Certificate
    assertion: Element | None = field(repr=False)
    created: datetime
    expires: datetime


def verify(
    envelope: Element,
    *,
    profile: SigningProfile,
    now: datetime,
    skew_s: int = 30,
    holder: Callable[[Element], Certificate] | None = None,
) -> VerifiedMessage:
    """Verify a received message.

    Args:
        envelope: Root of the message, from ``bridge.soap.xml.parse``.
        profile: What must be covered, and how.
        now: Aware moment of receipt.
        skew_s: Seconds the two clocks may differ.
        holder: Gives the certificate an assertion is bound to, after judging the assertion; its
            errors pass through.
            Without it the message must show a certificate token.

    Raises:
        SignatureInvalid: not signed exactly as the profile says, or changed.
        MessageExpired: the timestamp is over, too long, or in the future.
        TheirAnswerInvalid: not a SOAP message with one payload and one security header.
    """
    refuse_remarks(envelope)
    payload = unwrap(envelope)
    security = _only_security(envelope)
    timestamp = only_child(security, _TIMESTAMP)
    token = only_child(security, _CERTIFICATE if holder is None else _ASSERTION)
    signature = read_signature(only_child(security, _SIGNATURE), algorithms=profile.algorithms)
    if holder is None:
        certificate = _shown_certificate(signature.key_info, token)
    else:
        _demand_assertion_reference(signature.key_info, token)
        certificate = holder(token)
    covered = verify_detached(signature, document=envelope, public_key=certificate.public_key)
    parts = {Part.BODY: body_of(envelope), Part.TIMESTAMP: timestamp, Part.TOKEN: token}
    _demand_covered(covered, [parts[part] for part in profile.parts])
    created, expires = _lifetime(timestamp)
    _demand_fresh(created, expires, profile=profile, now=now, skew=timedelta(seconds=skew_s))
    return VerifiedMessage(
        payload, certificate, None if holder is None else token, created, expires
    )


def _only_security(envelope: Element) -> Element:
    header = header_of(envelope)
    found = list(envelope.iter(_SECURITY))
    if header is None or len(found) != 1 or found[0].getparent() is not header:
        raise SignatureInvalid("not exactly one security header")
    if len(children(found[0])) != 3:  # noqa: PLR2004  # timestamp, token, signature
        raise SignatureInvalid("security header has other parts than expected")
    return found[0]


def _shown_certificate(key_info: Element, token: Element) -> Certificate:
    """Give the certificate of the token, to which the key information must point."""
    reference = descend(key_info, q(WSSE, "SecurityTokenReference"), q(WSSE, "Reference"))
    uri = reference.get("URI", "")
    if not uri.startswith("#") or IdIndex(token).only(uri[1:]) is not token:
        raise SignatureInvalid("key information points at another token")
    if (
        token.get("ValueType") != X509V3
        or reference.get("ValueType", X509V3) != X509V3
        or token.get("EncodingType", BASE64) != BASE64
    ):
        raise SignatureInvalid("token is no certificate")
    try:
        return Certificate.parse(decode_base64(text_of(token)))
    except CertificateUntrusted as error:
        raise SignatureInvalid("token is no certificate") from error


def _demand_assertion_reference(key_info: Element, assertion: Element) -> None:
    identifier = descend(key_info, q(WSSE, "SecurityTokenReference"), q(WSSE, "KeyIdentifier"))
    named = assertion.get("AssertionID", "")
    if identifier.get("ValueType") != SAML_ASSERTION_ID or text_of(identifier) != named:
        raise SignatureInvalid("key information points at another token")
    if IdIndex(assertion).only(named) is not assertion:
        raise SignatureInvalid("key information points at another assertion")


def _demand_covered(covered: list[Element], wanted: list[Element]) -> None:
    if len(covered) != len(wanted) or any(
        all(element is not other for other in covered) for element in wanted
    ):
        raise SignatureInvalid("signature covers other parts than expected")


def _lifetime(timestamp: Element) -> tuple[datetime, datetime]:
    if len(children(timestamp)) != 2:  # noqa: PLR2004  # Created and Expires
        raise TheirAnswerInvalid("timestamp has other parts than expected")
    created = decode_instant(text_of(timestamp, q(WSU, "Created")))
    return created, decode_instant(text_of(timestamp, q(WSU, "Expires")))


def _demand_fresh(
    created: datetime,
    expires: datetime,
    *,
    profile: SigningProfile,
    now: datetime,
    skew: timedelta,
) -> None:
    if not timedelta(0) < expires - created <= timedelta(seconds=profile.longest_timestamp_s):
        raise MessageExpired("timestamp has no acceptable length")
    if created > now + skew:
        raise MessageExpired("timestamp is in the future")
    if now >= expires + skew:
        raise MessageExpired("timestamp is over")
