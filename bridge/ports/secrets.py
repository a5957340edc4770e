"""Port: the operating system's key store."""

from __future__ import annotations

from typing import Final, Protocol

MOST_BYTES: Final = 900
"""Largest value: Windows limits one entry to about 1 280 characters of text (SEC-131)."""


class SecretStore(Protocol):
    """Keeps small secrets: keys and pass phrases, never documents.

    Contract: what was put is read back unchanged, also by the next process of the same user.
    A value above ``MOST_BYTES`` is refused with ``ValueError``: a bug of the caller.
    Every other failure is ``KeyStoreUnavailable``; nothing ever falls back to a plain file.
    """

    def get(self, name: str) -> bytes | None:
        """Read a secret; ``None`` when there is none."""
        ...

    def put(self, name: str, value: bytes) -> None:
        """Write a secret, replacing an older one."""
        ...

    def delete(self, name: str) -> None:
        """Remove a secret; nothing happens when there is none."""
        ...
