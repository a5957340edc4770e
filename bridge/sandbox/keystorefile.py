"""The certificate file as eHealth gives it: several keys in one PKCS#12 file.

No library at hand writes more than one key, so the others are put beside the first, and the check
value is made anew.
Source: *STS session* 9.7, RFC 7292 4 and appendix B.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any, Final

from asn1crypto import cms, pkcs12  # type: ignore[import-untyped]  # publishes no types
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization import pkcs12 as writer

from bridge.crypto.certificates import Certificate
from bridge.sandbox.pki import Credential

_ALIAS: Final = b"authentication"
_MAC_PURPOSE: Final = 3
_BLOCK_BYTES: Final = 64


def write_keystore(
    authentication: Credential,
    *,
    encryption: Sequence[Credential],
    others: Sequence[Certificate],
    passphrase: str,
) -> bytes:
    """Write the file.

    Args:
        authentication: Key and certificate under the name ``authentication``.
        encryption: Keys and certificates under their decimal serial numbers.
        others: Certificates that go along.
        passphrase: Opens the file.
    """
    secret = passphrase.encode()
    along = [*others, *(each.certificate for each in encryption)]
    first = writer.serialize_key_and_certificates(
        _ALIAS,
        authentication.key,
        authentication.certificate.x509,
        [each.x509 for each in along],
        BestAvailableEncryption(secret),
    )
    file = pkcs12.Pfx.load(first)
    bags = pkcs12.SafeContents([_key_bag(each, secret) for each in encryption])
    content = pkcs12.AuthenticatedSafe([*file.authenticated_safe, _data(bags.dump())]).dump()
    file["auth_safe"] = _data(content)
    mac = file["mac_data"]
    key = _mac_key(passphrase, mac["mac_salt"].native, iterations=mac["iterations"].native)
    mac["mac"]["digest"] = hmac.digest(key, content, "sha256")
    return bytes(file.dump(force=True))


def _data(content: bytes) -> Any:
    return cms.ContentInfo({"content_type": "data", "content": content})


def _key_bag(credential: Credential, secret: bytes) -> Any:
    sealed = credential.key.private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(secret)
    )
    number = str(credential.certificate.x509.serial_number)
    return {
        "bag_id": "pkcs8_shrouded_key_bag",
        "bag_value": pkcs12.EncryptedPrivateKeyInfo.load(sealed),
        "bag_attributes": [{"type": "friendly_name", "values": [number]}],
    }


def _mac_key(passphrase: str, salt: bytes, *, iterations: int) -> bytes:
    """Derive the key of the check value: one block of SHA-256 (RFC 7292 B.2)."""
    password = passphrase.encode("utf-16-be") + b"\0\0"
    start = bytes([_MAC_PURPOSE]) * _BLOCK_BYTES + _filled(salt) + _filled(password)
    key = hashlib.sha256(start).digest()
    for _ in range(iterations - 1):
        key = hashlib.sha256(key).digest()
    return key


def _filled(value: bytes) -> bytes:
    """Repeat a value until it fills whole blocks."""
    length = -(-len(value) // _BLOCK_BYTES) * _BLOCK_BYTES
    return (value * (length // len(value) + 1))[:length]
