"""The imported eHealth certificates, sealed at rest (SEC-131, SEC-136).

Importing asks for the pass phrase once.
Key and certificates are then sealed again with AES-256-GCM under our own data key, which lives in
the operating system's key store; so the pass phrase itself is kept nowhere.
One file per registration; a second import replaces the first.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from bridge.adapters.keyversions import CERTIFICATE_KEY, KeyVersions
from bridge.adapters.ownfiles import ensure_private_folder, write_private_file
from bridge.adapters.pkcs12 import AUTHENTICATION_ALIAS, OpenedKeystore, UsableKey, open_pkcs12
from bridge.crypto.algorithms import SignatureAlgorithm, algorithm_for, sign
from bridge.crypto.certificates import Certificate
from bridge.crypto.cms import schemes
from bridge.crypto.cms.enveloped import DecryptionKey, RsaDecryptionKey
from bridge.errors import CertificateMissing, CertificateUntrusted, KeystoreUnreadable, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from bridge.domain.ids import IdSource
    from bridge.ports.secrets import SecretStore

_FORMAT: Final = 1
_NONCE_BYTES: Final = 12
_SEALED: Final = ".sealed"
_SAFE_ID: Final = re.compile(r"[A-Za-z0-9_]{1,64}")


@dataclass(frozen=True, kw_only=True)
class KeystoreFacts:
    """What may be shown of an imported certificate.

    Attributes:
        certificate: The eHealth certificate, without its key.
        chain: The other certificates of the file.
    """

    certificate: Certificate
    chain: tuple[Certificate, ...]

    def __repr__(self) -> str:
        return "KeystoreFacts(***)"


class Credential:
    """An eHealth certificate that can sign; its key cannot be taken out of this object."""

    def __init__(
        self,
        key: UsableKey,
        certificate: Certificate,
        chain: tuple[Certificate, ...],
        decryption_keys: tuple[DecryptionKey, ...] = (),
    ) -> None:
        self._key = key
        self.certificate = certificate
        self.chain = chain
        self.decryption_keys = decryption_keys

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """The algorithm ``sign`` uses."""
        return algorithm_for(self._key.public_key())

    def sign(self, data: bytes) -> bytes:
        """Sign ``data`` (hashed inside): PKCS#1 v1.5 for RSA, raw ``r || s`` for EC."""
        return sign(self._key, self.algorithm, data)

    def sign_seal(self, data: bytes) -> bytes:
        """Sign a layer of a seal (hashed inside): RSASSA-PSS for RSA, ECDSA in DER for EC."""
        scheme = schemes.scheme_of_ehealth(self._key.public_key())
        return schemes.sign(self._key, scheme, data)

    def __repr__(self) -> str:
        return "Credential(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a credential is not copied or stored")


class KeystoreVault:
    """Keeps one sealed eHealth certificate per registration in a folder of its own."""

    def __init__(
        self,
        folder: Path,
        *,
        secrets: SecretStore,
        ids: IdSource,
        alias: str = AUTHENTICATION_ALIAS,
        accepts_single_key: bool = True,
    ) -> None:
        """Use a folder; nothing is read or created yet.

        Args:
            folder: Below the data folder; created with the first import.
            secrets: Where the data key lives.
            ids: Source of the data key and of nonces.
            alias: Name of the key to take from an imported file.
            accepts_single_key: Take the only key of a file, whatever its name.
        """
        self._folder = folder
        self._keys = KeyVersions(secrets, ids, CERTIFICATE_KEY)
        self._ids = ids
        self._alias = alias
        self._accepts_single_key = accepts_single_key

    def import_pkcs12(
        self,
        content: bytes,
        passphrase: str,
        *,
        registration_id: str,
    ) -> KeystoreFacts:
        """Open a PKCS#12 file, seal what it holds, and give what may be shown of it.

        Raises:
            PassphraseWrong: the pass phrase does not open the file.
            KeystoreUnreadable: no PKCS#12 file, or no usable authentication key in it.
            StoreError: it cannot be written.
            KeyStoreUnavailable: the data key cannot be kept.
        """
        opened = open_pkcs12(
            content,
            passphrase,
            alias=self._alias,
            accepts_single_key=self._accepts_single_key,
        )
        return self.keep(opened, registration_id=registration_id)

    def keep(self, opened: OpenedKeystore, *, registration_id: str) -> KeystoreFacts:
        """Seal what a file held, and give what may be shown of it.

        Raises:
            KeystoreUnreadable: a certificate in it cannot be read.
            StoreError: it cannot be written.
            KeyStoreUnavailable: the data key cannot be kept.
        """
        facts = _facts_of(opened)
        ensure_private_folder(self._folder)
        sealed = self._seal(_encode(opened), registration_id, self._keys.version)
        write_private_file(self._path(registration_id), sealed)
        return facts

    def facts(self, registration_id: str) -> KeystoreFacts:
        """Give what may be shown of the imported certificate.

        Raises:
            CertificateMissing, KeystoreUnreadable, KeyStoreUnavailable: as for ``load``.
        """
        credential = self.load(registration_id)
        return KeystoreFacts(certificate=credential.certificate, chain=credential.chain)

    def load(self, registration_id: str) -> Credential:
        """Unseal the credential of a registration.

        Raises:
            CertificateMissing: none was imported.
            KeystoreUnreadable: the file was damaged or sealed under another key; import again.
            KeyStoreUnavailable: the key store does not give the data key.
        """
        try:
            content = self._path(registration_id).read_bytes()
        except FileNotFoundError as error:
            raise CertificateMissing from error
        except OSError as error:
            raise StoreError("certificate file cannot be read") from error
        return _decode(self._unseal(content, registration_id))

    def remove(self, registration_id: str) -> None:
        """Forget the credential of a registration; nothing happens when there is none."""
        self._path(registration_id).unlink(missing_ok=True)

    def rotate(self, now: datetime, *, reached: Callable[[str], None] = lambda _step: None) -> None:
        """Seal every file under the next key, one by one, and destroy the key before (SEC-133).

        Each file says under which key it is, so a kill in between leaves files that all open.

        Args:
            now: When the new key became the one in use.
            reached: Called at every named step (D27).

        Raises:
            KeystoreUnreadable: a file does not open; both keys stay, so that nothing is lost.
            StoreError, KeyStoreUnavailable: it cannot be written; as before.
        """
        files = sorted(self._folder.glob(f"*{_SEALED}"))
        if not files:
            self._keys.abandon()
            return
        version, _ = self._keys.begin()
        reached("rotation.certificate_key_kept")
        for file in files:
            content = self._unseal(file.read_bytes(), file.stem)
            write_private_file(file, self._seal(content, file.stem, version))
            reached("rotation.certificate")
        self._keys.finish(now)
        reached("rotation.certificate_key_gone")

    def _path(self, registration_id: str) -> Path:
        if not _SAFE_ID.fullmatch(registration_id):
            raise ValueError("not an identifier of ours")
        return self._folder / f"{registration_id}{_SEALED}"

    def _seal(self, content: bytes, registration_id: str, version: int) -> bytes:
        nonce = self._ids.secret(_NONCE_BYTES)
        # Only the first key is made here; later ones are made when keys are replaced.
        cipher = AESGCM(self._keys.key(version, creates=version == 1))
        sealed = cipher.encrypt(nonce, content, _bound_to(registration_id, version))
        document = {
            "format": _FORMAT,
            "key_version": version,
            "nonce": _text(nonce),
            "sealed": _text(sealed),
        }
        return json.dumps(document).encode()

    def _unseal(self, content: bytes, registration_id: str) -> bytes:
        try:
            document: dict[str, Any] = json.loads(content)
            nonce, sealed = _bytes(document["nonce"]), _bytes(document["sealed"])
            version = int(document["key_version"])
            cipher = AESGCM(self._keys.key(version))
            return cipher.decrypt(nonce, sealed, _bound_to(registration_id, version))
        except (ValueError, KeyError, TypeError, InvalidTag) as error:
            raise KeystoreUnreadable("sealed file does not open") from error


def _bound_to(registration_id: str, version: int) -> bytes:
    return f"carebridge/ehealth-certificate/{registration_id}/{version}".encode()


def _facts_of(opened: OpenedKeystore) -> KeystoreFacts:
    try:
        return KeystoreFacts(
            certificate=Certificate.from_x509(opened.certificate),
            chain=tuple(Certificate.from_x509(other) for other in opened.others),
        )
    except CertificateUntrusted as error:
        raise KeystoreUnreadable("certificate in the file is unreadable") from error


def _encode(opened: OpenedKeystore) -> bytes:
    certificates = (opened.certificate, *opened.others)
    document = {
        "key": _key_text(opened.key),
        "certificates": [_text(each.public_bytes(Encoding.DER)) for each in certificates],
        "decryption": [
            {"key": _key_text(key), "certificate": _text(certificate.public_bytes(Encoding.DER))}
            for key, certificate in opened.decryption
        ],
    }
    return json.dumps(document).encode()


def _key_text(key: UsableKey) -> str:
    return _text(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def _decode(content: bytes) -> Credential:
    document = json.loads(content)
    key = _sealed_key(document["key"])
    if not isinstance(key, UsableKey):
        raise KeystoreUnreadable("neither RSA nor EC")
    certificate, *chain = (Certificate.parse(_bytes(each)) for each in document["certificates"])
    # Files sealed before there were decryption keys have none.
    decryption = tuple(map(_decryption_key, document.get("decryption", ())))
    return Credential(key, certificate, tuple(chain), decryption)


def _decryption_key(entry: dict[str, str]) -> DecryptionKey:
    key = _sealed_key(entry["key"])
    if not isinstance(key, RSAPrivateKey):
        raise KeystoreUnreadable("decryption needs RSA")
    return RsaDecryptionKey(key=key, certificate=Certificate.parse(_bytes(entry["certificate"])))


def _sealed_key(text: str) -> PrivateKeyTypes:
    """Read a key that came out of a seal of ours.

    Importing checked its numbers, and the seal shows that they are still the same.
    Checking again costs a twentieth of a second for each key, each time one is used.
    """
    return load_der_private_key(_bytes(text), None, unsafe_skip_rsa_key_validation=True)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
