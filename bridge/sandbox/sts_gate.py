"""What every message to the played STS must pass before it is read.

Source: *STS session* 18, rows 1 to 6.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bridge.crypto.algorithms import SignatureAlgorithm
from bridge.crypto.certificates import Certificate
from bridge.crypto.trust import TrustList
from bridge.errors import (
    CertificateOutOfTime,
    CertificateUntrusted,
    MessageExpired,
    SignatureInvalid,
    TheirAnswerInvalid,
)
from bridge.sandbox.exchange import SandboxRequest
from bridge.sandbox.pki import Pki
from bridge.sandbox.refusals import (
    MESSAGE_EXPIRED,
    NOT_AUTHENTICATED,
    Refused,
)
from bridge.sandbox.replays import ReplayGuard
from bridge.sandbox.soap_reading import parse
from bridge.soap import wsse


@dataclass(frozen=True, kw_only=True)
class StsPolicy:
    """How strict the played STS is, where the real one is unknown.

    Attributes:
        skew_s: Tolerated difference of clocks, seconds.
        longest_lifetime: Longest window that can be asked.
        most_start_difference: How far the start of the window may be from now.
        accepts_sha1: Accept RSA-SHA1 signatures, as before 2023.
    """

    skew_s: int = 30
    longest_lifetime: timedelta = timedelta(hours=24)
    most_start_difference: timedelta = timedelta(minutes=5)
    accepts_sha1: bool = False


class StsGate:
    """Verifies messages and certificates."""

    def __init__(self, pki: Pki, policy: StsPolicy) -> None:
        """Trust the eID and eHealth authorities of ``pki`` (*STS session* 1.1, all variants)."""
        self._pki = pki
        self._policy = policy
        self._replays = ReplayGuard()
        self._trust = TrustList([pki.eid_authority.certificate, pki.ehealth_authority.certificate])
        self._profile = wsse.STS_PROFILE
        if policy.accepts_sha1:
            algorithms = self._profile.algorithms | {SignatureAlgorithm.RSA_SHA1}
            self._profile = replace(self._profile, algorithms=algorithms)

    def receive(self, request: SandboxRequest, *, now: datetime) -> wsse.VerifiedMessage:
        """Give the verified message.

        Raises:
            Refused: not SOAP, not signed right, out of its time, replayed, or from a certificate
                that is not trusted.
        """
        message = parse(request)
        with _refusing():
            verified = wsse.verify(
                message,
                profile=self._profile,
                now=now,
                skew_s=self._policy.skew_s,
            )
        self.check_certificate(verified.certificate, now=now, code=NOT_AUTHENTICATED)
        until = verified.expires + timedelta(seconds=self._policy.skew_s)
        self._replays.admit(message, now=now, until=until)
        return verified

    def check_certificate(self, certificate: Certificate, *, now: datetime, code: str) -> None:
        """Check issuer, validity and revocation.

        Raises:
            Refused: with ``code``.
        """
        try:
            self._trust.verify(certificate, at=now)
        except CertificateOutOfTime as error:
            raise Refused(code, "certificate out of its validity") from error
        except CertificateUntrusted as error:
            raise Refused(code, "certificate of an unknown issuer") from error
        if self._pki.is_revoked(certificate):
            raise Refused(code, "certificate revoked")


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn what verification says into a fault."""
    try:
        yield
    except MessageExpired as error:
        raise Refused(MESSAGE_EXPIRED, f"timestamp: {error}") from error
    except SignatureInvalid as error:
        raise Refused(NOT_AUTHENTICATED, f"signature: {error}") from error
    except TheirAnswerInvalid as error:
        raise Refused(NOT_AUTHENTICATED, f"security header: {error}") from error
