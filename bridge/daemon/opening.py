"""What a daemon opens before anything else: key store, database, certificates, audit log.

Where one of them cannot be opened the daemon starts all the same: it says in health what is wrong,
refuses everything that needs the rest, and writes nothing (REST-02, REST-03).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bridge.adapters.auditlog import KeyStoreAnchors, NoFile
from bridge.adapters.db.safekeeping import FOREIGN
from bridge.adapters.keystore import KeystoreVault
from bridge.adapters.patientsalts import NoSalts
from bridge.adapters.secrets import ClosedSecrets, MemorySecrets
from bridge.daemon.audit import audit_trail
from bridge.daemon.rotation import CERTIFICATES
from bridge.daemon.storage import DATABASE, ClosedStore, database_key, open_store
from bridge.domain.audit import AuditKeys
from bridge.errors import KeyStoreUnavailable, StoreError
from bridge.service.audit import AuditTrail

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridge.domain.ids import IdSource
    from bridge.ports.clock import Clock
    from bridge.ports.secrets import SecretStore
    from bridge.ports.store import Store

_KEY_BYTES: Final = 32


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What was opened.

    Attributes:
        secrets: The key store; in memory for this run where there is none.
        trouble: Code of what could not be opened, if anything.
        is_closed: Nothing may be kept: neither key store nor audit log are there.
    """

    secrets: SecretStore
    store: Store
    vault: KeystoreVault
    audit: AuditTrail
    trouble: str | None = None
    is_closed: bool = False


def open_profile(
    data: Path, *, secrets: Callable[[], SecretStore], clock: Clock, ids: IdSource
) -> Opened:
    """Open everything below a data folder.

    Args:
        data: The folder.
        secrets: Opens the key store and tries it out.
        clock: Time of the audit log.
        ids: Source of keys.

    Raises:
        StoreError: the database cannot be opened, for another reason than damage, a key store that
            is not there, or a key that is elsewhere.
    """
    try:
        return _open(data, secrets(), clock, ids)
    except StoreError as error:
        if not isinstance(error, KeyStoreUnavailable) and error.problem_code != FOREIGN:
            raise
        return _closed(data, error.problem_code, clock, ids)


def _open(data: Path, secrets: SecretStore, clock: Clock, ids: IdSource) -> Opened:
    path = data / DATABASE
    store, trouble = open_store(path, database_key(path, secrets, ids))
    return Opened(
        secrets=secrets,
        store=store,
        vault=KeystoreVault(data / CERTIFICATES, secrets=secrets, ids=ids),
        audit=audit_trail(data, secrets=secrets, clock=clock, ids=ids, is_announced=True),
        trouble=trouble,
    )


def _closed(data: Path, code: str, clock: Clock, ids: IdSource) -> Opened:
    """Give what answers and keeps nothing; its secrets go with this run."""
    secrets = MemorySecrets()
    audit = AuditTrail(
        file=NoFile(),
        anchors=KeyStoreAnchors(secrets),
        keys=AuditKeys.of(ids.secret(_KEY_BYTES)),
        clock=clock,
        salts=NoSalts(),
    )
    return Opened(
        secrets=secrets,
        store=ClosedStore(code),
        vault=KeystoreVault(data / CERTIFICATES, secrets=ClosedSecrets(), ids=ids),
        audit=audit,
        trouble=code,
        is_closed=True,
    )
