"""The certificate with which this computer speaks TLS to itself (SEC-63).

A leaf that can sign nothing, for the three names of loopback only, and for about a year.
Its key was made on this computer, so no other computer has it.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bridge.errors import KeyStoreUnavailable

LIFETIME: Final = timedelta(days=395)
"""From now; with the slack before it less than the 397 days that browsers accept."""

SLACK: Final = timedelta(days=1)
"""Clocks of computers differ from ours of a moment ago."""

RENEWED_BEFORE: Final = timedelta(days=30)
NAME: Final = "Carebridge on this computer"
SERIAL_BYTES: Final = 16
_ADDRESSES: Final = ("127.0.0.1", "::1")


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """The certificate, and how others name it."""

    der: bytes = field(repr=False)
    not_after: datetime

    @classmethod
    def parse(cls, der: bytes) -> Leaf:
        """Read a certificate.

        Raises:
            ValueError: it is none.
        """
        return cls(der=der, not_after=x509.load_der_x509_certificate(der).not_valid_after_utc)

    @property
    def sha256(self) -> str:
        """Fingerprint, as people compare it."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def sha1(self) -> str:
        """Name by which Windows and macOS find a certificate in their stores."""
        return hashlib.sha1(self.der).hexdigest()  # noqa: S324  # a name in their stores, no proof

    def is_due(self, now: datetime) -> bool:
        """Tell whether it is time for the next one."""
        return now >= self.not_after - RENEWED_BEFORE


def new_key() -> bytes:
    """Make a key pair, as DER for the key store."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def private_key(der: bytes) -> ec.EllipticCurvePrivateKey:
    """Read a key.

    Raises:
        KeyStoreUnavailable: what the key store gave is no such key.
    """
    try:
        key = load_der_private_key(der, None)
    except (ValueError, TypeError) as error:
        raise KeyStoreUnavailable("no key of a listener") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise KeyStoreUnavailable("no key of a listener")
    return key


def issue(key_der: bytes, *, now: datetime, serial: bytes) -> Leaf:
    """Make the certificate of a key.

    Args:
        key_der: From ``new_key``.
        now: Aware.
        serial: Random bytes; the number they give is never negative.
    """
    key = private_key(key_der)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    names = [x509.IPAddress(ipaddress.ip_address(address)) for address in _ADDRESSES]
    public = key.public_key()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(int.from_bytes(serial) >> 1 or 1)
        .not_valid_before(now - SLACK)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([*names, x509.DNSName("localhost")]), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Leaf.parse(made.public_bytes(Encoding.DER))


def _usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
