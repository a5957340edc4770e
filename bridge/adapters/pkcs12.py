"""Reading a PKCS#12 file with several keys.

The file eHealth gives has the key ``authentication`` and older encryption keys named by serial
number (*STS session* 9.7).
The reader of ``cryptography`` only gives the first key, so the right one is looked up by its name
with asn1crypto, and decrypted by ``cryptography``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from asn1crypto import pkcs12 as asn1  # type: ignore[import-untyped]  # publishes no types
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_private_key, pkcs12

from bridge.errors import KeystoreUnreadable, PassphraseWrong

if TYPE_CHECKING:
    from cryptography import x509

AUTHENTICATION_ALIAS: Final = "authentication"

UsableKey = RSAPrivateKey | EllipticCurvePrivateKey


@dataclass(frozen=True)
class _KeyBag:
    alias: str | None
    der: bytes
    is_encrypted: bool


@dataclass(frozen=True, kw_only=True, repr=False)
class OpenedKeystore:
    """What was found in a file.

    Attributes:
        key: The key that was asked for.
        certificate: Its certificate.
        others: The other certificates of the file.
        decryption: Every other RSA key that has a certificate in the file: those for opening what
            is, or was, sealed for the owner.
    """

    key: UsableKey
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    decryption: tuple[tuple[RSAPrivateKey, x509.Certificate], ...] = ()


def open_pkcs12(
    content: bytes,
    passphrase: str,
    *,
    alias: str = AUTHENTICATION_ALIAS,
    accepts_single_key: bool = True,
) -> OpenedKeystore:
    """Open a file and take the key of one name.

    Args:
        content: The file.
        passphrase: As typed.
        alias: Name of the key, compared without regard to case.
        accepts_single_key: Take the only key of a file, whatever its name.

    Raises:
        KeystoreUnreadable: no PKCS#12 file, or no such key with a certificate in it.
        PassphraseWrong: the pass phrase does not open it.
    """
    with _unreadable():
        bags = list(_key_bags(asn1.Pfx.load(content, strict=True)))
    secret = passphrase.encode()
    try:
        file = pkcs12.load_pkcs12(content, secret)
    except ValueError as error:
        raise PassphraseWrong from error
    bag = _choose(bags, alias, accepts_single_key=accepts_single_key)
    key = _key_of(bag, secret)
    if not isinstance(key, UsableKey):
        raise KeystoreUnreadable("neither RSA nor EC")
    found = [file.cert] if file.cert else []
    certificates = [entry.certificate for entry in (*found, *file.additional_certs)]
    opened = _with_certificate(key, certificates)
    further = [each for each in bags if each is not bag]
    return replace(opened, decryption=tuple(_decryption(further, secret, certificates)))


@contextmanager
def _unreadable() -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, KeyError) as error:
        raise KeystoreUnreadable from error


def _key_bags(file: Any) -> Iterator[_KeyBag]:
    for safe in file.authenticated_safe:
        if safe["content_type"].native != "data":
            continue
        for bag in asn1.SafeContents.load(bytes(safe["content"])):
            kind = bag["bag_id"].native
            if kind in {"key_bag", "pkcs8_shrouded_key_bag"}:
                yield _KeyBag(_alias_of(bag), bag["bag_value"].untag().dump(), kind != "key_bag")


def _key_of(bag: _KeyBag, secret: bytes) -> PrivateKeyTypes:
    with _unreadable():
        return load_der_private_key(bag.der, secret if bag.is_encrypted else None)


def _decryption(
    bags: list[_KeyBag],
    secret: bytes,
    certificates: list[x509.Certificate],
) -> Iterator[tuple[RSAPrivateKey, x509.Certificate]]:
    """Pair RSA keys with each certificate of theirs; others open nothing and are passed over."""
    for bag in bags:
        try:
            key = _key_of(bag, secret)
        except (KeystoreUnreadable, UnsupportedAlgorithm):
            continue
        if isinstance(key, RSAPrivateKey):
            public = key.public_key()
            yield from ((key, each) for each in certificates if each.public_key() == public)


def _alias_of(bag: Any) -> str | None:
    for attribute in bag["bag_attributes"] or ():
        if attribute["type"].native == "friendly_name":
            return str(attribute["values"][0].native)
    return None


def _choose(bags: list[_KeyBag], alias: str, *, accepts_single_key: bool) -> _KeyBag:
    named = [bag for bag in bags if (bag.alias or "").casefold() == alias.casefold()]
    if len(named) == 1:
        return named[0]
    if accepts_single_key and not named and len(bags) == 1:
        return bags[0]
    raise KeystoreUnreadable("no key of that name")


def _with_certificate(key: UsableKey, certificates: list[x509.Certificate]) -> OpenedKeystore:
    public = key.public_key()
    own = [found for found in certificates if found.public_key() == public]
    if not own:
        raise KeystoreUnreadable("the key has no certificate")
    newest = max(own, key=lambda found: found.not_valid_after_utc)
    others = tuple(found for found in certificates if found not in own)
    return OpenedKeystore(key=key, certificate=newest, others=others)
