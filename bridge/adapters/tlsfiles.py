"""Port ``LeafShelf``, and the settings of TLS for the https listener.

The private key is in the key store; OpenSSL wants it in a file, so for one moment it lies
encrypted in a folder of the owner alone, under a pass phrase that exists in memory only.
"""

from __future__ import annotations

import secrets
import ssl
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from bridge.adapters.ownfiles import ensure_private_folder, write_private_file
from bridge.crypto.loopbackleaf import Leaf, private_key
from bridge.errors import KeyStoreUnavailable

FOLDER: Final = "tls"
_PREFIX: Final = "leaf-"
_MOMENT: Final = "moment.pem"


class LeafFiles:
    """The folder ``tls`` of one user."""

    def __init__(self, folder: Path) -> None:
        """Choose the folder; nothing is read or written yet."""
        self._folder = folder

    def load(self) -> list[Leaf]:
        """Give what is kept, newest first."""
        found = []
        for path in self._folder.glob(f"{_PREFIX}*.pem"):
            try:
                found.append(Leaf.parse(ssl.PEM_cert_to_DER_cert(path.read_text("ascii"))))
            except (OSError, ValueError):
                continue
        return sorted(found, key=lambda leaf: leaf.not_after, reverse=True)

    def save(self, leaf: Leaf) -> Path:
        """Keep one more, and give its file.

        Raises:
            StoreError: it cannot be written, or the folder is not safe.
        """
        ensure_private_folder(self._folder)
        file = self.file(leaf)
        write_private_file(file, ssl.DER_cert_to_PEM_cert(leaf.der).encode())
        return file

    def file(self, leaf: Leaf) -> Path:
        """Say where it lies."""
        return self._folder / f"{_PREFIX}{leaf.sha256[:16]}.pem"

    def drop(self, leaf: Leaf) -> None:
        """Keep it no longer."""
        self.file(leaf).unlink(missing_ok=True)

    def context(self, key_der: bytes, leaf: Leaf) -> ssl.SSLContext:
        """Give the settings of TLS for a listener with this key and certificate.

        Raises:
            KeyStoreUnavailable: the key is none, or not the one of the certificate.
            StoreError: the folder is not safe.
        """
        passphrase = secrets.token_hex(32)
        encrypted = private_key(key_der).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode())
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        ensure_private_folder(self._folder)
        moment = self._folder / _MOMENT
        try:
            write_private_file(moment, encrypted + ssl.DER_cert_to_PEM_cert(leaf.der).encode())
            context.load_cert_chain(moment, password=passphrase)
        except ssl.SSLError as error:
            raise KeyStoreUnavailable("not the key of the certificate") from error
        finally:
            moment.unlink(missing_ok=True)
        return context
