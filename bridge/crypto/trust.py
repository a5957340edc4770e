"""Trust: does a certificate chain to an anchor we chose for this role?

Path building and validation are those of the ``cryptography`` library (RFC 5280); purposes of the
web do not apply here, so leaf certificates may carry any extension.
Revocation is not looked up: the core does no I/O.
Source: *STS session* 11, *Library choices* 2.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from cryptography import x509
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from bridge.crypto.certificates import Certificate
from bridge.errors import CertificateOutOfTime, CertificateUntrusted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def _require_authority(
    _policy: Policy,
    _certificate: x509.Certificate,
    constraints: x509.BasicConstraints,
) -> None:
    if not constraints.ca:
        raise ValueError("issuer is no certification authority")


def _refuse_authority(
    _policy: Policy,
    _certificate: x509.Certificate,
    constraints: x509.BasicConstraints | None,
) -> None:
    if constraints is not None and constraints.ca:
        raise ValueError("a certification authority signs no messages")


def _require_certificate_signing(
    _policy: Policy,
    _certificate: x509.Certificate,
    usage: x509.KeyUsage | None,
) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("issuer may not sign certificates")


_AUTHORITIES = (
    ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, _require_authority)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _require_certificate_signing)
)
_LEAVES = ExtensionPolicy.permit_all().may_be_present(
    x509.BasicConstraints, Criticality.AGNOSTIC, _refuse_authority
)


class TrustList:
    """The anchors trusted for one role, such as the eHealth STS."""

    def __init__(self, anchors: Sequence[Certificate]) -> None:
        self._anchors = tuple(anchors)

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Read anchors from concatenated PEM certificates.

        Raises:
            CertificateUntrusted: ``certificate_unreadable``, not one certificate, or a broken one.
        """
        try:
            found = x509.load_pem_x509_certificates(pem)
        except ValueError as error:
            raise CertificateUntrusted("no anchors", code="certificate_unreadable") from error
        return cls([Certificate.parse(Certificate.from_x509(anchor).der) for anchor in found])

    @property
    def anchors(self) -> tuple[Certificate, ...]:
        """The anchors."""
        return self._anchors

    def verify(
        self,
        leaf: Certificate,
        *,
        at: datetime,
        intermediates: Sequence[Certificate] = (),
    ) -> None:
        """Find a valid path from a leaf to an anchor.

        Args:
            leaf: The certificate in question.
            at: Aware moment at which everything on the path must be valid.
            intermediates: Untrusted certificates that may help; their order is free.

        Raises:
            CertificateOutOfTime: the leaf is not valid at that moment.
            CertificateUntrusted: there is no such path.
        """
        if not leaf.is_valid_at(at):
            raise CertificateOutOfTime("leaf is not valid at this moment")
        if not self._anchors:
            raise CertificateUntrusted("nobody is trusted")
        verifier = (
            PolicyBuilder()
            .store(Store([anchor.x509 for anchor in self._anchors]))
            .time(at)
            .extension_policies(ca_policy=_AUTHORITIES, ee_policy=_LEAVES)
            .build_client_verifier()
        )
        try:
            verifier.verify(leaf.x509, [helper.x509 for helper in intermediates])
        except VerificationError as error:
            raise CertificateUntrusted("no path to an anchor") from error

    def __repr__(self) -> str:
        return f"TrustList({len(self._anchors)} anchors)"
