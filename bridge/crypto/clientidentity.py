"""A certificate of ours for TLS with its key, as it comes in a PKCS#12 file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    pkcs12,
)

from bridge.errors import InputError


@dataclass(frozen=True, kw_only=True)
class ClientIdentity:
    """A certificate of ours for TLS, with its key.

    Attributes:
        certificate: PEM, with its chain.
        key: PKCS#8 in DER, not encrypted.
    """

    certificate: str = field(repr=False)
    key: bytes = field(repr=False)


def read_identity(content: bytes, passphrase: str) -> ClientIdentity:
    """Open a PKCS#12 file.

    Raises:
        InputError: it is none, the pass phrase does not open it, or it does not hold an RSA or
            EC key with its certificate (``billing_certificate_invalid``).
    """
    try:
        file = pkcs12.load_pkcs12(content, passphrase.encode())
    except (ValueError, TypeError) as error:
        raise InputError(code="billing_certificate_invalid") from error
    if file.cert is None or not isinstance(file.key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise InputError(code="billing_certificate_invalid")
    if not _belong_together(file.cert.certificate, file.key):
        raise InputError(code="billing_certificate_invalid")
    chain = [file.cert, *file.additional_certs]
    pem = b"".join(each.certificate.public_bytes(Encoding.PEM) for each in chain)
    key = file.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return ClientIdentity(certificate=pem.decode("ascii"), key=key)


def ends_at(certificate: str) -> datetime:
    """Give the moment until which a certificate is valid, aware.

    Args:
        certificate: PEM; of a chain the first one counts.

    Raises:
        InputError: it cannot be read (``billing_certificate_invalid``).
    """
    try:
        read = x509.load_pem_x509_certificate(certificate.encode("ascii"))
    except ValueError as error:
        raise InputError(code="billing_certificate_invalid") from error
    return read.not_valid_after_utc


def sealed_key(identity: ClientIdentity, passphrase: bytes) -> bytes:
    """Write the key as PEM under a pass phrase, for a library that reads files only.

    Raises:
        InputError: the key cannot be read (``billing_certificate_invalid``).
    """
    try:
        key = load_der_private_key(identity.key, None)
    except (ValueError, TypeError) as error:
        raise InputError(code="billing_certificate_invalid") from error
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))


def _belong_together(
    certificate: x509.Certificate, key: RSAPrivateKey | EllipticCurvePrivateKey
) -> bool:
    public = certificate.public_key()
    return isinstance(public, type(key.public_key())) and public == key.public_key()
