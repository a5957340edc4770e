"""Enveloped data: content that only the holders of some keys can read.

Opening gives one error for everything that can go wrong once a private key is used, and replaces
a key that does not come out by a random one, so that nobody learns about padding from us.
Source: RFC 5652 6, RFC 3218, *MyCareNet transport* 8.3.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from asn1crypto import cms, core, x509  # type: ignore[import-untyped]  # publishes no types
from cryptography import x509 as extensions
from cryptography.hazmat.primitives import padding as blocks
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from bridge.crypto.algorithms import FEWEST_RSA_BITS
from bridge.crypto.certificates import Certificate
from bridge.crypto.cms.reading import content_of, is_named, structure
from bridge.domain.ids import IdSource
from bridge.errors import OurMessageInvalid, SealForAnotherKey, SealUnreadable

_KEY_BYTES: Final = 16
_BLOCK_BYTES: Final = 16
_BLOCK_BITS: Final = 8 * _BLOCK_BYTES
_CIPHERS: Final = {"aes128_cbc": 16, "aes192_cbc": 24, "aes256_cbc": 32}
"""Names of the ciphers that are read, with the bytes of their keys; we write the first."""


class DecryptionKey(Protocol):
    """The private key of an encryption certificate.

    Contract: the key itself is never given out and never shown.
    """

    @property
    def certificate(self) -> Certificate:
        """The encryption certificate."""
        ...

    def decrypt(self, encrypted: bytes) -> bytes:
        """Undo RSA encryption with the padding of PKCS#1 v1.5.

        Raises:
            ValueError: there is no such padding; some libraries give random bytes instead.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class RsaDecryptionKey:
    """A decryption key in memory."""

    key: rsa.RSAPrivateKey = field(repr=False)
    certificate: Certificate = field(repr=False)

    def decrypt(self, encrypted: bytes) -> bytes:
        """Undo RSA encryption with the padding of PKCS#1 v1.5, see ``DecryptionKey``."""
        return self.key.decrypt(encrypted, padding.PKCS1v15())


def write_enveloped(content: bytes, *, recipients: Sequence[Certificate], ids: IdSource) -> bytes:
    """Encrypt ``content`` with AES-128-CBC for recipients and write the message in DER.

    Args:
        content: What only the recipients may read.
        recipients: Their encryption certificates.
        ids: Source of key and initialisation vector.

    Raises:
        OurMessageInvalid: no recipient, or a certificate that is not for encryption.
    """
    if not recipients:
        raise OurMessageInvalid("sealed for nobody")
    key, vector = ids.secret(_KEY_BYTES), ids.secret(_BLOCK_BYTES)
    padder = blocks.PKCS7(_BLOCK_BITS).padder()
    encryptor = Cipher(AES(key), CBC(vector)).encryptor()
    padded = padder.update(content) + padder.finalize()
    algorithm = {"algorithm": "aes128_cbc", "parameters": core.OctetString(vector)}
    enveloped = {
        "version": "v0",
        "recipient_infos": [_recipient(each, key) for each in recipients],
        "encrypted_content_info": {
            "content_type": "data",
            "content_encryption_algorithm": algorithm,
            "encrypted_content": encryptor.update(padded) + encryptor.finalize(),
        },
    }
    info = {"content_type": "enveloped_data", "content": cms.EnvelopedData(enveloped)}
    return bytes(cms.ContentInfo(info).dump())


def is_for_encryption(certificate: Certificate) -> bool:
    """Tell whether a certificate can be sealed for: RSA of 2048 bits, and meant for it."""
    key = certificate.public_key
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < FEWEST_RSA_BITS:
        return False
    try:
        usage = certificate.x509.extensions.get_extension_for_class(extensions.KeyUsage).value
    except extensions.ExtensionNotFound:
        return True
    return usage.key_encipherment or usage.data_encipherment


def open_enveloped(encoded: bytes, keys: Sequence[DecryptionKey]) -> bytes:
    """Decrypt a message with whichever of our keys it is for.

    Raises:
        TheirAnswerInvalid: another structure.
        SealForAnotherKey: none of our keys is named; no key was used.
        SealUnreadable: anything else, with no word about what.
    """
    enveloped = content_of(encoded, "enveloped_data")
    with structure():
        recipients = [each.chosen for each in enveloped["recipient_infos"] if each.name == "ktri"]
        inside = enveloped["encrypted_content_info"]
    found = _ours(recipients, keys)
    if found is None:
        raise SealForAnotherKey
    plain = _plain(inside, *found)
    if plain is None:
        raise SealUnreadable
    return plain


def _recipient(certificate: Certificate, key: bytes) -> Any:
    public = certificate.public_key
    if not isinstance(public, rsa.RSAPublicKey) or not is_for_encryption(certificate):
        raise OurMessageInvalid("certificate is not for encryption")
    parsed = x509.Certificate.load(certificate.der)
    named = {"issuer": parsed.issuer, "serial_number": parsed.serial_number}
    parts = {
        "version": "v0",
        "rid": cms.RecipientIdentifier("issuer_and_serial_number", named),
        "key_encryption_algorithm": {"algorithm": "rsaes_pkcs1v15", "parameters": core.Null()},
        "encrypted_key": public.encrypt(key, padding.PKCS1v15()),
    }
    return cms.RecipientInfo("ktri", parts)


def _ours(
    recipients: Sequence[Any], keys: Sequence[DecryptionKey]
) -> tuple[Any, DecryptionKey] | None:
    """Find the first recipient that is one of our certificates."""
    for recipient in recipients:
        with structure():
            identifier = recipient["rid"]
        for key in keys:
            if is_named(key.certificate, identifier):
                return recipient, key
    return None


def _plain(inside: Any, recipient: Any, key: DecryptionKey) -> bytes | None:
    """Decrypt; ``None`` for whatever does not come out."""
    with structure():
        algorithm = inside["content_encryption_algorithm"]
        size = _CIPHERS.get(algorithm["algorithm"].native)
        vector = algorithm["parameters"].native
        encrypted = bytes(inside["encrypted_content"])
        is_known = recipient["key_encryption_algorithm"]["algorithm"].native == "rsaes_pkcs1v15"
        wrapped = recipient["encrypted_key"].native
    if size is None or not is_known or not _fits(vector, encrypted):
        return None
    return _without_padding(_content_key(wrapped, key, size), vector, encrypted)


def _fits(vector: Any, encrypted: bytes) -> bool:
    is_vector = isinstance(vector, bytes) and len(vector) == _BLOCK_BYTES
    return is_vector and bool(encrypted) and len(encrypted) % _BLOCK_BYTES == 0


def _content_key(wrapped: bytes, key: DecryptionKey, size: int) -> bytes:
    """Give the content key; a random one in its place keeps the way of a failure the same."""
    substitute = secrets.token_bytes(size)
    try:
        found = key.decrypt(wrapped)
    except ValueError:
        return substitute
    return found if len(found) == size else substitute


def _without_padding(key: bytes, vector: bytes, encrypted: bytes) -> bytes | None:
    decryptor = Cipher(AES(key), CBC(vector)).decryptor()
    padded = decryptor.update(encrypted) + decryptor.finalize()
    unpadder = blocks.PKCS7(_BLOCK_BITS).unpadder()
    try:
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        return None
