"""Signatures of the National Register over identity and address (*Belgian eID card* 9)."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from bridge.crypto.certificates import Certificate
from bridge.errors import CardDataInvalid

SIGNATURE_BYTES: Final = 256
"""Size of a signature file: an RSA-2048 value, or an ECDSA value with zero padding."""

_PORTRAIT_HASHES: Final = {20: "sha1", 32: "sha256", 48: "sha384"}
_SEQUENCE: Final = 0x30
_SHORT_LENGTH: Final = 0x80

RegisterKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def verify_identity(identity: bytes, signature: bytes, register: Certificate) -> None:
    """Verify the signature over the identity file exactly as read.

    Raises:
        CardDataInvalid: it does not hold.
    """
    _verify(register, signature, identity)


def verify_address(
    address: bytes,
    signature: bytes,
    identity_signature: bytes,
    register: Certificate,
) -> None:
    """Verify the signature over the address, which also covers the identity's signature file.

    Raises:
        CardDataInvalid: it does not hold.
    """
    _verify(register, signature, address_text(address, identity_signature))


def verify_portrait(portrait: bytes, expected: bytes | None) -> None:
    """Compare the portrait with the hash in the identity file; its length names the algorithm.

    Raises:
        CardDataInvalid: they differ, or there is no hash.
    """
    name = _PORTRAIT_HASHES.get(len(expected or b""))
    if name is None or hashlib.new(name, portrait).digest() != expected:
        raise CardDataInvalid("the portrait is another one")


def address_text(address: bytes, identity_signature: bytes) -> bytes:
    """Give what the address signature covers: no padding of the one, all of the other."""
    return address.rstrip(b"\0") + identity_signature


def sign(key: RegisterKey, text: bytes) -> bytes:
    """Sign as the Register does, padded to the size of the file."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(text, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(text, ec.ECDSA(hashes.SHA384())).ljust(SIGNATURE_BYTES, b"\0")


def _verify(register: Certificate, signature: bytes, text: bytes) -> None:
    key = register.public_key
    if isinstance(key, rsa.RSAPublicKey):
        _verify_rsa(key, signature, text)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        try:
            key.verify(_without_padding(signature), text, ec.ECDSA(hashes.SHA384()))
        except InvalidSignature:
            raise CardDataInvalid("the signature of the Register does not hold") from None
    else:
        raise CardDataInvalid("the Register has no such key")


def _verify_rsa(key: rsa.RSAPublicKey, signature: bytes, text: bytes) -> None:
    for algorithm in (hashes.SHA256(), hashes.SHA1()):  # noqa: S303  # old cards have SHA-1 only
        with suppress(InvalidSignature):
            key.verify(signature, text, padding.PKCS1v15(), algorithm)
            return
    raise CardDataInvalid("the signature of the Register does not hold")


def _without_padding(signature: bytes) -> bytes:
    """Cut an ECDSA value to its own length."""
    if len(signature) < 2 or signature[0] != _SEQUENCE or signature[1] >= _SHORT_LENGTH:  # noqa: PLR2004  # head of DER
        raise CardDataInvalid("no ECDSA value")
    length = signature[1] + 2
    if signature[length:].strip(b"\0"):
        raise CardDataInvalid("more than an ECDSA value")
    return signature[:length]
