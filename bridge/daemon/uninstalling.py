"""Leaving nothing behind for this user: keys, files, what starts the program (SEC-167, GDPR-04).

The keys go first: from that moment on everything encrypted is worth nothing, whatever a power cut
leaves of the files; doing it again removes the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from bridge.adapters import tlsfiles
from bridge.adapters.auditlog import ANCHORS
from bridge.adapters.clock import SystemClock
from bridge.adapters.folders import NAME, Folders
from bridge.adapters.ids import SystemIds
from bridge.adapters.keyversions import CERTIFICATE_KEY, DATABASE_KEY, KeyVersions
from bridge.adapters.ownfiles import destroy_file, store_error
from bridge.adapters.tlsfiles import LeafFiles
from bridge.daemon.access import INSTANCE_ID, INSTANCE_KEY
from bridge.daemon.audit import AUDIT_KEY, SETTINGS
from bridge.daemon.localkey import LOCAL_KEY
from bridge.daemon.network import LICENCE
from bridge.daemon.storage import DATABASE, LOCK, RefusingLock
from bridge.ports.secrets import SecretStore
from bridge.ports.traces import SystemTraces
from bridge.service.loopbacktls import KEY as TLS_KEY
from bridge.service.loopbacktls import TlsDesk

KEPT_SECRETS: Final = (
    AUDIT_KEY, ANCHORS, SETTINGS, LOCAL_KEY, LICENCE, INSTANCE_ID, INSTANCE_KEY, TLS_KEY,
)  # fmt: skip
"""Entries of the key store beside the versioned keys; the tests know when one is missing."""


def erase_profile(
    folders: Folders, secrets: SecretStore, traces: SystemTraces, tls: TlsDesk
) -> list[str]:
    """Erase everything of this user; gives what went, by kind and name, never whose it was.

    Raises:
        Conflict: ``daemon_running``, stop it first; nothing has changed.
        TrustStoreError: a store keeps our certificate, which stays known; nothing else has changed.
        KeyStoreUnavailable: the keys cannot be destroyed; nothing else has changed.
        StoreError: a file cannot be removed; the keys are destroyed.
    """
    folders.create()  # what an earlier time removed: the lock needs its place
    with RefusingLock(folders.runtime / LOCK):
        # While it is still known which certificates are ours (TLS-03).
        tls.disable()
        gone = _destroy_keys(secrets)
        gone += traces.remove()
        for folder in (folders.data, folders.logs):
            # Without a folder of the OS session the lock lies below the data; it goes last.
            gone += _remove_below(folder, spared=folders.runtime)
    for folder in (folders.runtime, folders.data, folders.logs):
        gone += _remove_below(folder)
    # On Linux the logs have a folder of ours around them; elsewhere it is somebody else's.
    if folders.logs.parent.name == NAME:
        with suppress(OSError):
            folders.logs.parent.rmdir()
    return gone


def keep_profile(folders: Folders, tls: Callable[[], TlsDesk]) -> list[str]:
    """Let nobody trust a certificate of a program that goes; the data and their keys stay.

    Args:
        folders: Where the data are.
        tls: Gives the desk, which needs the key store; not called while https is off.

    Raises:
        TrustStoreError: a store keeps it, or the user does; nothing else has changed.
        KeyStoreUnavailable: its key cannot be destroyed.
    """
    if not LeafFiles(folders.data / tlsfiles.FOLDER).load():
        return []
    tls().disable()
    return [f"key:{TLS_KEY}", "certificate:tls"]


def _destroy_keys(secrets: SecretStore) -> list[str]:
    ids = SystemIds(SystemClock())
    for name in (DATABASE_KEY, CERTIFICATE_KEY):
        KeyVersions(secrets, ids, name).forget()
    for name in KEPT_SECRETS:
        secrets.delete(name)
    return [f"key:{name}" for name in (DATABASE_KEY, CERTIFICATE_KEY, *KEPT_SECRETS)]


def _remove_below(folder: Path, spared: Path | None = None) -> list[str]:
    """Remove a folder with everything in it; links are not followed."""
    if not folder.is_dir() or folder.is_symlink():
        return []
    gone = []
    try:
        for path in sorted(folder.iterdir()):
            if path == spared:
                continue
            if path.is_dir() and not path.is_symlink():
                gone += _remove_below(path, spared)
            else:
                _remove_file(path)
                gone.append(f"file:{path.name}")
        if spared is None or not spared.is_relative_to(folder):
            folder.rmdir()
    except OSError as error:
        raise store_error(error) from error
    return gone


def _remove_file(path: Path) -> None:
    # The database and what lies aside of it are encrypted under keys that are gone.
    if path.name.startswith(DATABASE):
        path.unlink()
    else:
        destroy_file(path)
