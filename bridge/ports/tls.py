"""Ports: where the certificate of the https listener lies, and whom it is shown to as trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from bridge.crypto.loopbackleaf import Leaf


class TrustStore(Protocol):
    """A store of trusted certificates of this user alone.

    Contract: ``add`` may ask the user for her consent, in the system's own words; saying no is a
    failure.
    ``remove`` does nothing where the certificate is not.
    Failures are ``TrustStoreError``.
    """

    @property
    def name(self) -> str:
        """What people call it; no path of this computer."""
        ...

    def add(self, leaf: Leaf, file: Path) -> None:
        """Trust a certificate, which also lies in a file in PEM."""
        ...

    def remove(self, leaf: Leaf, file: Path) -> None:
        """Trust it no longer."""
        ...

    def holds(self, leaf: Leaf) -> bool:
        """Tell whether it is trusted here."""
        ...


class LeafShelf(Protocol):
    """Keeps the certificates between runs; they are public.

    The old one stays beside the new one until it is gone from all stores.
    Failures of writing are ``StoreError``.
    """

    def load(self) -> list[Leaf]:
        """Give what is kept, newest first; what cannot be read is none."""
        ...

    def save(self, leaf: Leaf) -> Path:
        """Keep one more, and give its file in PEM."""
        ...

    def file(self, leaf: Leaf) -> Path:
        """Say where it lies."""
        ...

    def drop(self, leaf: Leaf) -> None:
        """Keep it no longer."""
        ...
