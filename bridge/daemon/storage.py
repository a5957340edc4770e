"""The database's keeping: opening it when it is sound, copying it, putting a backup back.

The copy is made by whoever has the database open: the running daemon, asked over the local
channel, or the command line itself under the instance lock.
The pass phrase stays in the command line; the daemon is given a derived key.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from bridge import __version__
from bridge.adapters.clock import SystemClock
from bridge.adapters.db import backup
from bridge.adapters.db.engine import KEY_BYTES, copy_encrypted
from bridge.adapters.db.files import remove_database, revision_in
from bridge.adapters.db.rekeying import key_that_opens
from bridge.adapters.db.restore import restore, start_empty
from bridge.adapters.db.safekeeping import DAMAGED, FOREIGN, open_sound, refuse_set_aside
from bridge.adapters.db.soundness import Soundness, examine
from bridge.adapters.db.store import SqlStore
from bridge.adapters.folders import Folders
from bridge.adapters.ids import SystemIds
from bridge.adapters.instancelock import InstanceLock
from bridge.adapters.keyversions import DATABASE_KEY, KeyVersions
from bridge.adapters.ownfiles import create_private_file, store_error, sync_folder
from bridge.adapters.secrets import KeyringSecrets
from bridge.daemon.audit import note
from bridge.domain.audit import Action
from bridge.domain.ids import IdSource
from bridge.errors import BridgeError, Conflict, InputError, KeyStoreUnavailable, StoreError
from bridge.ports.audit import NO_AUDIT, Auditor
from bridge.ports.secrets import SecretStore
from bridge.ports.store import Store, UnitOfWork

LOCK: Final = "instance.lock"
DATABASE: Final = "carebridge.db"
_POLL_S: Final = 0.2
T = TypeVar("T")
Channel = Callable[[dict[str, Any]], dict[str, Any]]
"""Asks the running daemon one thing."""


class ClosedStore:
    """Port ``Store`` where the database cannot be opened: it gives and takes nothing."""

    def __init__(self, code: str) -> None:
        """Refuse with a code: damaged, of another computer, or no key store."""
        self._code = code

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Refuse."""
        del work  # is not begun
        raise StoreError(code=self._code)

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Refuse."""
        del work  # is not begun
        raise StoreError(code=self._code)

    async def close(self) -> None:
        """Do nothing."""


def open_store(path: Path, key: bytes) -> tuple[Store, str | None]:
    """Open the database for a daemon; gives the code of what is wrong with it, if anything.

    Raises:
        StoreError: it cannot be opened, for another reason than damage.
    """
    try:
        return open_sound(path, key, now=SystemClock().now()), None
    except StoreError as error:
        if error.problem_code != DAMAGED:
            raise
        return ClosedStore(DAMAGED), DAMAGED


def database_key(path: Path, secrets: SecretStore, ids: IdSource) -> bytes:
    """Give the key of the database; a new one is made only where nothing is locked by the old.

    Raises:
        KeyStoreUnavailable: the key store does not give the key; ``storage_foreign`` when it has
            none: the folder came from another account or computer (REST-02).
    """
    is_new = not path.exists() or not path.stat().st_size
    versions = KeyVersions(secrets, ids, DATABASE_KEY)
    pending = None if is_new else versions.pending
    # A change of keys was cut off: the new file may have its name already (SEC-133).
    if pending is not None and key_that_opens(path, [versions.key(pending)]) is not None:
        versions.finish(SystemClock().now())
    if not is_new and not versions.is_kept:
        raise KeyStoreUnavailable("the key of the database is elsewhere", code=FOREIGN)
    return versions.key(versions.version, creates=is_new)


class SnapshotDesk:
    """Makes copies for the command line, one at a time, on a thread of its own."""

    def __init__(self, store: Store, audit: Auditor = NO_AUDIT) -> None:
        """Copy ``store``; a damaged one has nothing that could be trusted."""
        self._audit = audit
        self._store = store
        self._lock = threading.Lock()
        self._state: dict[str, Any] = {"state": "none"}

    def begin(self, request: dict[str, Any]) -> dict[str, Any]:
        """Begin a copy into ``path`` under ``key``.

        Raises:
            InputError: ``path`` is not absolute, or ``key`` is none.
            Conflict: ``state_not_allowed``, another copy is being made.
        """
        target, key = _wanted(request)
        with self._lock:
            if self._state["state"] == "running":
                raise Conflict(code="state_not_allowed")
            self._state = {"state": "running"}
        threading.Thread(
            target=self._copy, args=(target, key), name="store-copy", daemon=True
        ).start()
        return self._state

    def state(self, _request: dict[str, Any]) -> dict[str, Any]:
        """Tell how the last copy goes."""
        return self._state

    def _copy(self, target: Path, key: bytes) -> None:
        outcome: dict[str, Any] = {"state": "failed", "code": StoreError.code}
        try:
            if not isinstance(self._store, SqlStore):
                raise StoreError(code=DAMAGED)
            self._store.snapshot(target, key)
            self._audit.record(Action.BACKUP_MADE, client="command-line")
            outcome = {"state": "done"}
        except BridgeError as error:
            outcome = {"state": "failed", "code": error.problem_code}
        finally:
            self._state = outcome


def back_up(
    target: Path,
    passphrase: str,
    *,
    copy: Callable[[Path, bytes], None],
    reached: Callable[[str], None] = lambda _step: None,
) -> backup.Manifest:
    """Write a backup file, checked, complete on disk before it gets its name.

    Args:
        target: Must not exist.
        passphrase: At least ``backup.LEAST_PASSPHRASE`` characters.
        copy: Copies the database into a file under a key.
        reached: Called at every named step (D27).

    Raises:
        InputError: ``backup_passphrase_short``.
        Conflict: ``backup_exists``.
        StoreError: it cannot be read or written, or the copy is not sound.
    """
    if target.exists():
        raise Conflict(code="backup_exists")
    salt = SystemIds(SystemClock()).secret(backup.SALT_BYTES)
    keys = backup.keys_of(passphrase, salt)
    copied, sealed = (target.with_name(f".{target.name}.{ending}") for ending in ("copy", "new"))
    try:
        for draft in (copied, sealed):
            remove_database(draft)
            create_private_file(draft)
        created_at = SystemClock().now()
        copy(copied, keys.database)
        reached("backup.copied")
        manifest = _seal(copied, sealed, keys=keys, salt=salt, created_at=created_at)
        reached("backup.sealed")
        sealed.rename(target)
        sync_folder(target.parent)
    except OSError as error:
        raise store_error(error) from error
    finally:
        remove_database(copied, sealed)
    return manifest


def _seal(
    copied: Path, sealed: Path, *, keys: backup.BackupKeys, salt: bytes, created_at: datetime
) -> backup.Manifest:
    if examine(copied, keys.database, is_thorough=True) is not Soundness.SOUND:
        raise StoreError("the copy is not sound")
    return backup.seal(
        copied,
        sealed,
        keys=keys,
        salt=salt,
        schema=revision_in(copied, keys.database),
        program=__version__,
        created_at=created_at,
    )


def copy_by_daemon(channel: Channel) -> Callable[[Path, bytes], None]:
    """Give what lets the running daemon make the copy."""

    def copy(target: Path, key: bytes) -> None:
        request = {"verb": "snapshot", "path": str(target.resolve()), "key": key.hex()}
        answer = channel(request)
        while answer.get("state") == "running":
            time.sleep(_POLL_S)
            answer = channel({"verb": "snapshot-state"})
        if answer.get("state") != "done":
            raise StoreError(code=str(answer.get("code") or answer.get("error") or StoreError.code))

    return copy


def copy_by_ourselves(folders: Folders) -> Callable[[Path, bytes], None]:
    """Give what makes the copy where no daemon runs.

    Raises (when called):
        StoreError: ``storage_damaged``, or it cannot be read.
        Conflict: ``already_running``, a daemon started a moment ago.
    """

    def copy(target: Path, key: bytes) -> None:
        path = folders.data / DATABASE
        with InstanceLock(folders.runtime / LOCK):
            refuse_set_aside(path)
            if not path.exists():
                raise StoreError("there is no database")
            secrets = KeyringSecrets()
            own = database_key(path, secrets, SystemIds(SystemClock()))
            copy_encrypted(path, own, target, key)
            note(folders.data, secrets, Action.BACKUP_MADE, "database")

    return copy


def put_back(
    source: Path | None,
    passphrase: str,
    *,
    folders: Folders,
    secrets: Callable[[], SecretStore],
) -> dict[str, Any]:
    """Make a backup the database, or an empty one where ``source`` is ``None``.

    Raises:
        Conflict: ``daemon_running``.
        InputError: the backup is foreign, damaged, too new, or has another pass phrase.
        StoreError: it cannot be written; nothing has changed.
    """
    clock = SystemClock()
    path, now = folders.data / DATABASE, clock.now()
    with RefusingLock(folders.runtime / LOCK):
        # A key that is gone is replaced: what it locked is kept aside and could not be opened.
        store = secrets()
        versions = KeyVersions(store, SystemIds(clock), DATABASE_KEY)
        key = versions.key(versions.version, creates=True)
        if source is None:
            kept, created_at = start_empty(path, key=key, now=now), None
        else:
            manifest, kept = restore(source, passphrase, path=path, key=key, now=now)
            created_at = manifest.created_at
        what = "empty" if source is None else "restored"
        note(folders.data, store, Action.SETTING_CHANGED, f"database:{what}")
    return {"created_at": created_at, "kept_in": None if kept is None else str(kept)}


class RefusingLock(InstanceLock):
    """An instance lock that says what to do: stop the daemon first."""

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            Conflict: ``daemon_running``.
        """
        try:
            super().acquire()
        except Conflict as error:
            raise Conflict(code="daemon_running") from error


def _wanted(request: dict[str, Any]) -> tuple[Path, bytes]:
    try:
        target, key = Path(request["path"]), bytes.fromhex(request["key"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError from error
    if not target.is_absolute() or len(key) != KEY_BYTES:
        raise InputError
    return target, key
