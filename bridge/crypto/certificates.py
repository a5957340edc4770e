"""X.509 certificates as frozen values.

Source: *STS session* 8.1 (padding), 9.7 (whom they name), 10.1 (names as text).
"""

from __future__ import annotations

import base64
import hashlib
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from bridge.crypto.names import CertificateIdentity, common_name_of, identity_of, name_text
from bridge.errors import CertificateUntrusted

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

MOST_BYTES: Final = 65_536
"""No certificate of a person or organisation comes near this."""

_SEQUENCE: Final = 0x30
_LONG_FORM: Final = 0x80

_UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What the library raises for bytes that are no certificate."""


@dataclass(frozen=True)
class Certificate:
    """One certificate, equal to another exactly when every byte is.

    Attributes:
        der: The certificate without padding.
    """

    der: bytes

    @classmethod
    def parse(cls, der: bytes) -> Self:
        """Read a certificate; cards pad theirs with zeros, which are removed.

        Raises:
            CertificateUntrusted: ``certificate_unreadable``, these bytes are no certificate.
        """
        certificate = cls(_without_padding(der))
        try:
            certificate._read_all()
        except _UNREADABLE as error:
            raise _unreadable() from error
        return certificate

    @classmethod
    def from_x509(cls, certificate: x509.Certificate) -> Self:
        """Take over a certificate of the ``cryptography`` library."""
        return cls(certificate.public_bytes(Encoding.DER))

    @cached_property
    def x509(self) -> x509.Certificate:
        """The certificate as an object of the ``cryptography`` library."""
        return x509.load_der_x509_certificate(self.der)

    @cached_property
    def public_key(self) -> PublicKeyTypes:
        """The key it certifies."""
        return self.x509.public_key()

    @cached_property
    def subject(self) -> str:
        """Name of the holder as text, see ``bridge.crypto.names``."""
        return name_text(self.x509.subject)

    @cached_property
    def issuer(self) -> str:
        """Name of the issuer as text, see ``bridge.crypto.names``."""
        return name_text(self.x509.issuer)

    @cached_property
    def identity(self) -> CertificateIdentity:
        """Whom it names."""
        return identity_of(self.x509.subject)

    @property
    def common_name(self) -> str | None:
        """The only common name of the holder, if there is exactly one."""
        return common_name_of(self.x509.subject)

    @property
    def not_before(self) -> datetime:
        """First moment of its validity, aware."""
        return self.x509.not_valid_before_utc

    @property
    def not_after(self) -> datetime:
        """Last moment of its validity, aware."""
        return self.x509.not_valid_after_utc

    @property
    def base64(self) -> str:
        """The DER in base64 on one line, as it stands in messages."""
        return base64.b64encode(self.der).decode("ascii")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the DER, hexadecimal."""
        return hashlib.sha256(self.der).hexdigest()

    def is_valid_at(self, moment: datetime) -> bool:
        """Tell whether an aware moment lies in the validity, both ends included."""
        return self.not_before <= moment <= self.not_after

    def _read_all(self) -> None:
        # cryptography decodes lazily; what cannot be decoded must fail while parsing.
        with warnings.catch_warnings():
            # Oddities such as a negative serial number or a country of three letters are the
            # issuer's; trust is judged apart.
            warnings.simplefilter("ignore")
            _ = (self.public_key, self.subject, self.issuer, self.identity)
            _ = (self.not_before, self.not_after, list(self.x509.extensions))

    def __repr__(self) -> str:
        return f"Certificate({self.fingerprint[:16]})"


def _without_padding(der: bytes) -> bytes:
    length = _length(der[:6])
    if not 0 < length <= min(len(der), MOST_BYTES) or der[length:].strip(b"\0"):
        raise _unreadable()
    return der[:length]


def _length(head: bytes) -> int:
    """Give the length DER states for the outermost sequence, header included; 0 if none."""
    if len(head) < 2 or head[0] != _SEQUENCE:  # noqa: PLR2004  # tag and length octet
        return 0
    if head[1] < _LONG_FORM:
        return 2 + head[1]
    octets = head[1] - _LONG_FORM
    return 2 + octets + int.from_bytes(head[2 : 2 + octets])


def _unreadable() -> CertificateUntrusted:
    return CertificateUntrusted("no certificate", code="certificate_unreadable")
