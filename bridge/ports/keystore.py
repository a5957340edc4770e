"""Port: the eHealth certificate of a registration."""

from __future__ import annotations

from typing import Protocol

from bridge.crypto.certificates import Certificate
from bridge.crypto.cms.enveloped import DecryptionKey


class EhealthCredential(Protocol):
    """A certificate and the use of its private key.

    Contract: the key itself is never given out and never shown.
    """

    @property
    def certificate(self) -> Certificate:
        """The eHealth certificate."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Sign ``data`` with the algorithm that fits the key (RSA-SHA256 or ECDSA-SHA256)."""
        ...

    def sign_seal(self, data: bytes) -> bytes:
        """Sign a layer of a seal: RSASSA-PSS with SHA-256, or ECDSA in DER (*transport* 8.3)."""
        ...

    @property
    def decryption_keys(self) -> tuple[DecryptionKey, ...]:
        """The keys for opening what is, or was, sealed for the holder; may be empty."""
        ...


class EhealthKeystore(Protocol):
    """Keeps one eHealth credential per registration, encrypted (SEC-136)."""

    def load(self, registration_id: str) -> EhealthCredential:
        """Open the credential of a registration.

        Raises:
            CertificateMissing: none was imported.
            KeyStoreUnavailable: the key store does not give the key.
        """
        ...
