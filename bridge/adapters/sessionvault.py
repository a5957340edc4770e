"""Port ``SessionVault``: one sealed file, whose key is in the system's key store (SEC-91).

Each time something is kept it gets a key of its own, which replaces the one before.
So an older file does not open any more, and taking the key away destroys what a copy holds.
From the key and the binding to start, sign-in and account the key of the seal is derived: what is
carried elsewhere, or lies there after the next start, does not open either.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bridge.adapters.oslogin import login_binding
from bridge.adapters.ownfiles import store_error, write_private_file
from bridge.adapters.secrets import DATA_KEY_BYTES
from bridge.errors import StoreError
from bridge.ports.sessionvault import Kept

if TYPE_CHECKING:
    from bridge.domain.ids import IdSource
    from bridge.ports.secrets import SecretStore

FILE_NAME: Final = "sessions.sealed"
KEY_NAME: Final = "sessions-key"
_NONCE_BYTES: Final = 12
_LABEL: Final = b"carebridge/sessions/1"
_MOST_BYTES: Final = 4 * 1024 * 1024


class SealedSessions:
    """A file below the data folder."""

    def __init__(
        self,
        folder: Path,
        *,
        secrets: SecretStore,
        ids: IdSource,
        binding: Callable[[], bytes] = login_binding,
    ) -> None:
        """Use a folder that exists; ``binding`` says what the seal is tied to."""
        self._path = folder / FILE_NAME
        self._secrets = secrets
        self._ids = ids
        self._binding = binding

    def keep(self, content: bytes) -> None:
        """Seal content under a new key, in place of what was kept before.

        Raises:
            StoreError, KeyStoreUnavailable: it cannot be kept; then nothing is.
        """
        try:
            key, nonce = self._ids.secret(DATA_KEY_BYTES), self._ids.secret(_NONCE_BYTES)
            sealed = self._cipher(key).encrypt(nonce, content, _LABEL)
            self._secrets.put(KEY_NAME, key)
            write_private_file(self._path, nonce + sealed)
        except StoreError:
            self.destroy()
            raise

    def take(self) -> Kept:
        """Open what was kept, and destroy it there.

        Raises:
            StoreError, KeyStoreUnavailable: it cannot be read now.
        """
        content = self._read()
        if content is None:
            return Kept()
        key = self._secrets.get(KEY_NAME)
        opened = None if key is None else self._opened(key, content)
        self.destroy()
        return Kept(content=opened, is_refused=opened is None)

    def destroy(self) -> None:
        """Remove key and file; either of them is worth nothing alone.

        Raises:
            StoreError, KeyStoreUnavailable: one of them is still there.
        """
        try:
            self._remove_file()
        finally:
            self._secrets.delete(KEY_NAME)

    def _opened(self, key: bytes, content: bytes) -> bytes | None:
        nonce, sealed = content[:_NONCE_BYTES], content[_NONCE_BYTES:]
        if len(key) != DATA_KEY_BYTES or len(nonce) != _NONCE_BYTES:
            return None
        try:
            return self._cipher(key).decrypt(nonce, sealed, _LABEL)
        except InvalidTag:
            return None

    def _cipher(self, key: bytes) -> AESGCM:
        tied = HKDF(SHA256(), DATA_KEY_BYTES, salt=self._binding(), info=_LABEL).derive(key)
        return AESGCM(tied)

    def _read(self) -> bytes | None:
        """Read the file, following no link that somebody put in its place."""
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
        try:
            with os.fdopen(os.open(self._path, flags), "rb") as file:
                return file.read(_MOST_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            if self._path.is_symlink():
                return b""
            raise StoreError("the sealed sessions cannot be read") from error

    def _remove_file(self) -> None:
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise store_error(error) from error
