"""https on loopback: on when the user says so, gone without a trace when she says no (SEC-63).

It protects nothing that plain http on loopback does not; it is there for browsers that refuse
plain http to this computer.
Source: *Local API security* 6.3.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from bridge.crypto import loopbackleaf
from bridge.crypto.loopbackleaf import Leaf
from bridge.domain.ids import IdSource
from bridge.domain.updates import Expiry
from bridge.errors import BridgeError, TrustStoreError
from bridge.ports.clock import Clock
from bridge.ports.secrets import SecretStore
from bridge.ports.tls import LeafShelf, TrustStore

KEY: Final = "tls-key"
"""Name of the private key in the key store; it lies nowhere else."""

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class TlsParts:
    """What the desk works with."""

    clock: Clock
    ids: IdSource
    secrets: SecretStore
    shelf: LeafShelf
    stores: Sequence[TrustStore]


class TlsDesk:
    """Makes, renews and removes key and certificate."""

    def __init__(self, parts: TlsParts) -> None:
        """Do nothing yet."""
        self._parts = parts

    @property
    def leaf(self) -> Leaf | None:
        """The certificate in use; ``None`` while https is off."""
        kept = self._parts.shelf.load()
        return kept[0] if kept else None

    def trusted_by(self) -> dict[str, bool]:
        """Tell for each store whether the certificate in use is trusted there."""
        leaf = self.leaf
        return {each.name: leaf is not None and each.holds(leaf) for each in self._parts.stores}

    def enable(self) -> Leaf:
        """Make key and certificate, and let the user's stores trust it; twice changes nothing.

        Raises:
            TrustStoreError: a store said no, or the user did; nothing stays.
            KeyStoreUnavailable, StoreError: key or certificate cannot be kept.
        """
        leaf = self.leaf
        if leaf is not None and self._parts.secrets.get(KEY) is not None:
            self._trust(leaf)
            return leaf
        self._remove(self._parts.shelf.load())
        return self._new()

    def disable(self) -> None:
        """Remove certificate and key from everywhere (TLS-03).

        Raises:
            TrustStoreError: a store keeps it; the certificate stays known, to be tried again.
            KeyStoreUnavailable: the key cannot be removed.
        """
        self._parts.secrets.delete(KEY)
        self._remove(self._parts.shelf.load())

    def ready(self) -> tuple[bytes, Leaf] | None:
        """Give key and certificate for the listener, renewed when it is time; ``None`` when off.

        A renewal that fails leaves what is there: an old certificate is better than none.

        Raises:
            KeyStoreUnavailable: the key is not there.
        """
        leaf = self.leaf
        if leaf is None:
            return None
        if leaf.is_due(self._parts.clock.now()):
            leaf = self._renewed(leaf)
        key = self._parts.secrets.get(KEY)
        return (b"" if key is None else key), leaf

    def ends(self) -> Iterable[Expiry]:
        """Give the end of the certificate in use (SEC-185)."""
        leaf = self.leaf
        return () if leaf is None else (Expiry(name="tls_leaf", at=leaf.not_after),)

    def _renewed(self, old: Leaf) -> Leaf:
        before = self._parts.secrets.get(KEY)
        try:
            leaf = self._new()
            self._remove([each for each in self._parts.shelf.load() if each != leaf])
        except BridgeError as error:
            log.warning("tls.not_renewed", code=error.problem_code)
            if self.leaf == old and before is not None:
                self._parts.secrets.put(KEY, before)
                with contextlib.suppress(TrustStoreError):
                    self._trust(old)
        return self.leaf or old

    def _new(self) -> Leaf:
        """Make the next pair; the file comes first, so that nothing is trusted that is not known.

        Raises:
            TrustStoreError: a store said no; the new pair is gone again.
        """
        parts = self._parts
        key = loopbackleaf.new_key()
        serial = parts.ids.secret(loopbackleaf.SERIAL_BYTES)
        leaf = loopbackleaf.issue(key, now=parts.clock.now(), serial=serial)
        parts.shelf.save(leaf)
        parts.secrets.put(KEY, key)
        try:
            self._trust(leaf)
        except TrustStoreError:
            parts.secrets.delete(KEY)
            self._remove([leaf])
            raise
        return leaf

    def _trust(self, leaf: Leaf) -> None:
        file = self._parts.shelf.file(leaf)
        for store in self._parts.stores:
            if not store.holds(leaf):
                store.add(leaf, file)

    def _remove(self, leaves: Iterable[Leaf]) -> None:
        """Take certificates out of all stores, whatever one of them says, then forget them."""
        failed: TrustStoreError | None = None
        for leaf in leaves:
            file = self._parts.shelf.file(leaf)
            try:
                for store in self._parts.stores:
                    store.remove(leaf, file)
            except TrustStoreError as error:
                failed = error
            else:
                self._parts.shelf.drop(leaf)
        if failed is not None:
            raise failed
