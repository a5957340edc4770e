"""Verifying an issued assertion; its values and layout are in ``bridge.ehealth.assertions``.

Source: *STS session* 11, checks 1 to 8, each with an error of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bridge.crypto.certificates import Certificate
from bridge.crypto.trust import TrustList
from bridge.ehealth.assertions import (
    HOLDER_OF_KEY,
    ID_ATTRIBUTE,
    ISSUER,
    Assertion,
    AssertionContent,
    build_assertion,
    holder_of,
    parse_assertion,
    read_assertion,
)
from bridge.ehealth.profiles import SessionProfile
from bridge.errors import (
    AssertionExpired,
    AssertionForeign,
    AssertionSignatureInvalid,
    AssertionUnsigned,
    AssertionUntrusted,
    CertificateOutOfTime,
    CertificateUntrusted,
    ClockSkew,
    NotRecognised,
    SignatureInvalid,
)
from bridge.soap import xml
from bridge.soap.names import DS, q
from bridge.xmldsig.verify import verify_enveloped

__all__ = [
    "EHEALTH_CBE",
    "Assertion",
    "AssertionContent",
    "Expected",
    "StsTrust",
    "build_assertion",
    "holder_of",
    "parse_assertion",
    "verify_assertion",
]

EHEALTH_CBE: Final = "0809394427"
"""Enterprise number of the eHealth platform, in every STS signer seen (*STS session* 11)."""

_NIHII_SHORT: Final = 8


@dataclass(frozen=True, kw_only=True)
class StsTrust:
    """Whom to believe as STS.

    Attributes:
        anchors: Issuing authorities of the STS signer; the leaf changes every three years.
        signer_cbe: Enterprise number the signer's subject must carry; ``None`` asks for none.
        issuer: Name of the STS inside the assertion.
    """

    anchors: TrustList
    signer_cbe: str | None = EHEALTH_CBE
    issuer: str = ISSUER


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What we asked for: the key it must be bound to and what it must say."""

    holder: Certificate = field(repr=False)
    profile: SessionProfile


def verify_assertion(
    assertion: Assertion,
    *,
    expected: Expected,
    trust: StsTrust,
    now: datetime,
    skew_s: int = 60,
) -> None:
    """Verify signature, signer, window, holder's key, identity and recognition, in this order.

    Everything is read again from the bytes whose signature was verified.

    Raises:
        AssertionUnsigned: it carries no signature.
        AssertionSignatureInvalid: the signature does not hold over the whole assertion.
        AssertionUntrusted: another signer or issuer than the trusted STS.
        AssertionExpired: its window is over.
        ClockSkew: its window starts later than ``now`` by more than ``skew_s`` seconds.
        AssertionForeign: bound to another key, or about another person, than asked.
        NotRecognised: genuine, but the holder is not recognised as this care provider.
    """
    root = xml.parse(assertion.xml)
    if root.find(q(DS, "Signature")) is None:
        raise AssertionUnsigned
    try:
        signer = verify_enveloped(root, id_attribute=ID_ATTRIBUTE)
    except SignatureInvalid as error:
        raise AssertionSignatureInvalid from error
    covered = read_assertion(root, assertion.xml)
    _verify_signer(signer, trust=trust, now=now)
    if covered.issuer != trust.issuer:
        raise AssertionUntrusted("another issuer")
    _verify_window(covered, now=now, skew=timedelta(seconds=skew_s))
    _verify_holder(covered, expected)
    _verify_recognition(covered, expected.profile)


def _verify_signer(signer: Certificate, *, trust: StsTrust, now: datetime) -> None:
    try:
        trust.anchors.verify(signer, at=now)
    except (CertificateUntrusted, CertificateOutOfTime) as error:
        raise AssertionUntrusted from error
    if trust.signer_cbe is not None and signer.identity.cbe != trust.signer_cbe:
        raise AssertionUntrusted("the signer is another enterprise")


def _verify_window(assertion: Assertion, *, now: datetime, skew: timedelta) -> None:
    if now >= assertion.not_on_or_after:
        raise AssertionExpired
    if assertion.not_before > now + skew:
        ahead = assertion.not_before - now
        raise ClockSkew(skew_s=-round(ahead.total_seconds()))


def _verify_holder(assertion: Assertion, expected: Expected) -> None:
    is_ours = assertion.holder.der == expected.holder.der
    if not is_ours or assertion.confirmation != HOLDER_OF_KEY:
        raise AssertionForeign("bound to another key")
    for name, value in expected.profile.identity.items():
        if set(assertion.values(name)) != {value}:
            raise AssertionForeign("about another person")


def _verify_recognition(assertion: Assertion, profile: SessionProfile) -> None:
    """A person who is not recognised gets an assertion all the same (*STS session* 12.4)."""
    for name in profile.required_true:
        if set(assertion.values(name)) != {"true"}:
            raise NotRecognised
    if not profile.nihii_attributes:
        return
    numbers = {
        number[:_NIHII_SHORT]
        for name in profile.nihii_attributes
        for number in assertion.values(name)
    }
    if not numbers:
        raise NotRecognised
    if numbers != {profile.nihii}:
        raise AssertionForeign("another care provider number")
