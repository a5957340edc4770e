"""New keys for everything that is encrypted: once a year, or when a person says so (SEC-133).

The database goes under its next key as a whole, beside itself and then in one move; sealed
certificates one by one.
Whatever a kill leaves is taken up at the next start, and the old keys are destroyed last.
The key of the audit log stays: it hides nothing, and records of ten years must hold together.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import structlog

from bridge.adapters.clock import SystemClock
from bridge.adapters.db.rekeying import rekey_aside
from bridge.adapters.db.safekeeping import refuse_set_aside
from bridge.adapters.db.store import SqlStore
from bridge.adapters.folders import Folders
from bridge.adapters.ids import SystemIds
from bridge.adapters.instancelock import InstanceLock
from bridge.adapters.keystore import KeystoreVault
from bridge.adapters.keyversions import CERTIFICATE_KEY, DATABASE_KEY, KeyVersions
from bridge.adapters.localprotocol import Handler
from bridge.daemon.audit import own_trail
from bridge.daemon.storage import DATABASE, LOCK, Channel, database_key
from bridge.domain.audit import Action
from bridge.domain.ids import IdSource
from bridge.errors import BridgeError, Conflict, StoreError
from bridge.ports.audit import Auditor
from bridge.ports.clock import Clock
from bridge.ports.secrets import SecretStore
from bridge.ports.store import Store

LIFETIME: Final = timedelta(days=365)
"""Age at which a key is replaced by itself."""

CERTIFICATES: Final = "certificates"
_POLL_S: Final = 0.2

log = structlog.get_logger()


def _pass(_step: str) -> None:
    """Reach a step without consequence: failpoints are for tests (D27)."""


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The keys that are replaced, and who tells the time."""

    database: KeyVersions
    certificates: KeyVersions
    clock: Clock

    @classmethod
    def of(cls, secrets: SecretStore, ids: IdSource, clock: Clock) -> Keys:
        """Find them in a key store."""
        return cls(
            database=KeyVersions(secrets, ids, DATABASE_KEY),
            certificates=KeyVersions(secrets, ids, CERTIFICATE_KEY),
            clock=clock,
        )

    def are_due(self) -> bool:
        """Tell whether a key is old, or a change was begun and not finished.

        The first look at a key that nobody has looked at yet begins its year.
        """
        now = self.clock.now()
        for versions in (self.database, self.certificates):
            versions.note(now)
            made_at = versions.made_at or now
            if versions.pending is not None or now - made_at >= LIFETIME:
                return True
        return False


class KeyRotation:
    """Replaces the keys of one profile, one change at a time."""

    def __init__(
        self,
        store: Store,
        path: Path,
        *,
        vault: KeystoreVault,
        keys: Keys,
        audit: Auditor,
        reached: Callable[[str], None] = _pass,
    ) -> None:
        """Replace the keys of ``store``, whose file is ``path``, and of ``vault``."""
        self._store = store
        self._path = path
        self._vault = vault
        self._keys = keys
        self._audit = audit
        self._reached = reached
        self._busy = threading.Lock()
        self._state: dict[str, Any] = {"state": "none"}

    def run(self) -> int:
        """Replace all keys; blocks, gives the version of the database's key.

        Raises:
            Conflict: ``state_not_allowed``, another change goes on.
            StoreError: ``storage_damaged``, something damaged lies there that only the old key
                may still open; otherwise it cannot be written, and everything is as before.
            KeyStoreUnavailable: the keys cannot be kept.
        """
        if not self._busy.acquire(blocking=False):
            raise Conflict(code="state_not_allowed")
        try:
            return self._replace()
        finally:
            self._busy.release()

    async def daily(self) -> None:
        """Replace the keys when they are due; what fails is tried again the next day."""
        try:
            if await asyncio.to_thread(self._keys.are_due):
                await asyncio.to_thread(self.run)
        except BridgeError as error:
            log.warning("keys.unchanged", code=error.problem_code)

    def handlers(self) -> dict[object, Handler]:
        """Give what the local channel answers with."""
        return {"rotate-key": self.begin, "rotate-key-state": self.state}

    def begin(self, _request: dict[str, Any]) -> dict[str, Any]:
        """Begin to replace the keys for the command line."""
        if self._state["state"] != "running":
            self._state = {"state": "running"}
            threading.Thread(target=self._work, name="key-rotation", daemon=True).start()
        return self._state

    def state(self, _request: dict[str, Any]) -> dict[str, Any]:
        """Tell how it goes."""
        return self._state

    def _work(self) -> None:
        try:
            self._state = {"state": "done", "version": self.run()}
        except BridgeError as error:
            self._state = {"state": "failed", "code": error.problem_code}

    def _replace(self) -> int:
        store, database = self._store, self._keys.database
        if not isinstance(store, SqlStore):
            raise StoreError(code="storage_damaged")
        old = database.key(database.version)
        version, key = database.begin()
        # Begun together, so that what a kill leaves of either is taken up.
        self._keys.certificates.begin()
        self._reached("rotation.key_kept")
        rekey_aside(self._path, old, key, self._reached)
        store.rekey(key, reached=self._reached)
        database.finish(self._keys.clock.now())
        self._reached("rotation.old_key_gone")
        self._vault.rotate(self._keys.clock.now(), reached=self._reached)
        self._audit.record(Action.KEY_ROTATED, object_id=f"database:{version}")
        log.info("keys.replaced", count=version)
        return version


def rotated_by_daemon(channel: Channel) -> dict[str, Any]:
    """Let the running daemon replace the keys, and wait.

    Raises:
        StoreError: it cannot; has the daemon's code.
    """
    answer = channel({"verb": "rotate-key"})
    while answer.get("state") == "running":
        time.sleep(_POLL_S)
        answer = channel({"verb": "rotate-key-state"})
    if answer.get("state") != "done":
        raise StoreError(code=str(answer.get("code") or answer.get("error") or StoreError.code))
    return {"version": answer["version"]}


def rotated_by_ourselves(folders: Folders, secrets: SecretStore) -> dict[str, Any]:
    """Replace the keys where no daemon runs.

    Raises:
        Conflict: ``already_running``, a daemon started a moment ago.
        StoreError, KeyStoreUnavailable: as for ``KeyRotation.run``.
    """
    clock = SystemClock()
    ids, path = SystemIds(clock), folders.data / DATABASE
    with InstanceLock(folders.runtime / LOCK):
        refuse_set_aside(path)
        store = SqlStore.open(path, database_key(path, secrets, ids))
        trail = own_trail(folders.data, secrets)
        try:
            rotation = KeyRotation(
                store,
                path,
                vault=KeystoreVault(folders.data / CERTIFICATES, secrets=secrets, ids=ids),
                keys=Keys.of(secrets, ids, clock),
                audit=trail,
            )
            return {"version": rotation.run()}
        finally:
            trail.finish()
            store.close_now()
