"""Encryption tokens (ETK): for whom a message can be sealed, vouched for by the eHealth platform.

A token is signed data of the registration authority around the encryption certificate, which the
owner's authentication certificate issued.
Source: *MyCareNet transport* 8.2 and 8.3, *STS session* 9.7.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidSignature

from bridge.crypto.certificates import Certificate
from bridge.crypto.cms.enveloped import is_for_encryption
from bridge.crypto.cms.signed import SignedMessage
from bridge.crypto.names import CertificateIdentity
from bridge.crypto.trust import TrustList
from bridge.errors import CertificateOutOfTime, CertificateUntrusted

MOST_BYTES: Final = 65_536
"""Longest token that is read."""

_NAMED: Final = re.compile(r"[A-Z0-9-]+=[0-9]{8,11}\s*,\s*(\S.*)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class EtkTrust:
    """Whom to believe as registration authority.

    Attributes:
        anchors: Its certificate itself, or the authorities that issue it.
        signer_cbe: Enterprise number its certificate must carry, unless that is an anchor itself;
            ``None`` asks for none.
    """

    anchors: TrustList
    signer_cbe: str | None


@dataclass(frozen=True, kw_only=True)
class EncryptionToken:
    """A verified token.

    Attributes:
        encoded: The bytes as received, to be given to others.
        encryption: Certificate to seal for.
        authentication: The owner's certificate, which issued the other one.
        authority: Certificate of the registration authority.
    """

    encoded: bytes = field(repr=False)
    encryption: Certificate
    authentication: Certificate = field(repr=False)
    authority: Certificate = field(repr=False)

    @property
    def owner(self) -> CertificateIdentity:
        """Whom the registration authority vouches for."""
        return self.encryption.identity

    @property
    def application(self) -> str | None:
        """Name of the owner's application, which follows the number; ``None`` without one."""
        found = _NAMED.fullmatch(self.encryption.common_name or "")
        return found[1] if found else None

    @property
    def not_after(self) -> datetime:
        """Last moment at which it can be used, aware: until the first of both certificates ends."""
        return min(self.encryption.not_after, self.authentication.not_after)

    def is_valid_at(self, moment: datetime) -> bool:
        """Tell whether an aware moment lies in the validity of both certificates."""
        both = (self.encryption, self.authentication)
        return all(certificate.is_valid_at(moment) for certificate in both)


def read_token(encoded: bytes, *, trust: EtkTrust, at: datetime) -> EncryptionToken:
    """Read a token and verify everything about it.

    Args:
        encoded: As the depot gives it, without base64.
        trust: Whose word counts.
        at: Aware moment at which it is to be used.

    Raises:
        TheirAnswerInvalid: no token.
        SignatureInvalid: the authority's signature does not hold.
        CertificateOutOfTime: expired, or not yet valid.
        CertificateUntrusted: another authority, not issued by its owner, or not for encryption.
    """
    if len(encoded) > MOST_BYTES:
        raise CertificateUntrusted("token is too long")
    message = SignedMessage.read(encoded)
    authority = message.verify(trust.anchors.anchors)
    _verify_authority(authority, message.certificates, trust=trust, at=at)
    encryption = Certificate.parse(message.content)
    token = EncryptionToken(
        encoded=encoded,
        encryption=encryption,
        authentication=_issuer_of(encryption, message.certificates),
        authority=authority,
    )
    if not is_for_encryption(encryption):
        raise CertificateUntrusted("not a certificate for encryption")
    if not token.is_valid_at(at):
        raise CertificateOutOfTime("token is not valid at this moment")
    return token


def _verify_authority(
    authority: Certificate,
    others: Sequence[Certificate],
    *,
    trust: EtkTrust,
    at: datetime,
) -> None:
    """Believe the authority when it is an anchor itself, or issued by one and named as it should.

    The name matters: the same authorities issue the certificates of every care provider.
    """
    if authority in trust.anchors.anchors:
        if not authority.is_valid_at(at):
            raise CertificateOutOfTime("registration authority is not valid at this moment")
        return
    trust.anchors.verify(authority, at=at, intermediates=others)
    if trust.signer_cbe is not None and authority.identity.cbe != trust.signer_cbe:
        raise CertificateUntrusted("another enterprise signed the token")


def _issuer_of(encryption: Certificate, candidates: Sequence[Certificate]) -> Certificate:
    """Find the certificate that issued the encryption certificate: the same owner's."""
    for candidate in candidates:
        if candidate.x509.subject != encryption.x509.issuer:
            continue
        try:
            encryption.x509.verify_directly_issued_by(candidate.x509)
        except (ValueError, TypeError, InvalidSignature):
            continue
        if candidate.x509.subject == encryption.x509.subject:
            return candidate
    raise CertificateUntrusted("encryption certificate was not issued by its owner")
