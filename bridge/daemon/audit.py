"""The audit log of one user: its file, its anchors, its key."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bridge.adapters.auditlog import FileAudit, KeyStoreAnchors
from bridge.adapters.secrets import data_key
from bridge.domain.audit import AuditKeys
from bridge.domain.ids import IdSource
from bridge.ports.clock import Clock
from bridge.ports.secrets import SecretStore
from bridge.service.audit import AuditTrail

FOLDER: Final = "audit"
_KEY: Final = "audit-log"


def audit_trail(data: Path, *, secrets: SecretStore, clock: Clock, ids: IdSource) -> AuditTrail:
    """Give the audit log below a data folder; a new key is made only where nothing is recorded.

    Raises:
        KeyStoreUnavailable: the key store does not give the key.
    """
    file = FileAudit(data / FOLDER)
    key = data_key(secrets, _KEY, ids, creates=file.is_new)
    return AuditTrail(
        file=file, anchors=KeyStoreAnchors(secrets), keys=AuditKeys.of(key), clock=clock
    )
