"""The audit log of one user: its file, its anchors, its key, and who looks at it.

The running daemon is asked to look, because its memory knows best how far the log went; without
one the command line looks by itself.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from bridge.adapters.auditlog import FileAudit, KeyStoreAnchors
from bridge.adapters.clock import SystemClock
from bridge.adapters.eventlog import AnnouncedAnchors
from bridge.adapters.ids import SystemIds
from bridge.adapters.patientsalts import FileSalts
from bridge.adapters.secrets import data_key
from bridge.domain.audit import Action, AuditKeys, Head, Verdict, parse_witness
from bridge.domain.ids import IdSource
from bridge.errors import BridgeError, StoreError
from bridge.ports.audit import AnchorPlace
from bridge.ports.clock import Clock
from bridge.ports.secrets import SecretStore
from bridge.service.audit import AuditTrail

FOLDER: Final = "audit"
AUDIT_KEY: Final = "audit-log"
SETTINGS: Final = "settings-digest"
_POLL_S: Final = 0.1
Channel = Callable[[dict[str, Any]], dict[str, Any]]
"""Asks the running daemon one thing."""


class AuditDesk:
    """Looks at the log for the command line, on a thread of its own."""

    def __init__(self, trail: AuditTrail) -> None:
        """Look at ``trail``."""
        self._trail = trail
        self._state: dict[str, Any] = {"state": "none"}

    def begin(self, request: dict[str, Any]) -> dict[str, Any]:
        """Begin to look, for a ``witness`` too; who looks already is waited for.

        Raises:
            InputError: the witness is none.
        """
        told = request.get("witness")
        witness = parse_witness(str(told)) if told else None
        if self._state["state"] != "running":
            self._state = {"state": "running"}
            threading.Thread(
                target=self._look, args=(witness,), name="audit-verify", daemon=True
            ).start()
        return self._state

    def state(self, _request: dict[str, Any]) -> dict[str, Any]:
        """Tell what was found."""
        return self._state

    def note_bundle(self, request: dict[str, Any]) -> dict[str, Any]:
        """Record that the command line made a support bundle, under its ``reference``."""
        reference = str(request.get("reference"))
        self._trail.record(Action.SUPPORT_BUNDLE_MADE, client="command-line", object_id=reference)
        return {}

    def _look(self, witness: Head | None) -> None:
        try:
            self._state = {"state": "done", **document_of(self._trail.verify(witness))}
        except BridgeError as error:
            self._state = {"state": "failed", "code": error.problem_code}


def audit_trail(
    data: Path,
    *,
    secrets: SecretStore,
    clock: Clock,
    ids: IdSource,
    is_announced: bool = False,
) -> AuditTrail:
    """Give the audit log below a data folder; a new key is made only where nothing is recorded.

    Raises:
        KeyStoreUnavailable: the key store does not give the key.
    """
    file = FileAudit(data / FOLDER)
    key = data_key(secrets, AUDIT_KEY, ids, creates=file.is_new)
    anchors: AnchorPlace = KeyStoreAnchors(secrets)
    if is_announced:
        anchors = AnnouncedAnchors(anchors)
    return AuditTrail(
        file=file,
        anchors=anchors,
        keys=AuditKeys.of(key),
        clock=clock,
        salts=FileSalts(data / FOLDER, ids),
    )


def document_of(verdict: Verdict) -> dict[str, Any]:
    """Write a verdict for people and programs."""
    found = [each for each in (verdict.broken, verdict.clock_step) if each is not None]
    return {
        "is_intact": verdict.is_intact,
        "records": verdict.records,
        "findings": [
            {"kind": each.kind.value, "sequence": each.sequence, "line": each.line}
            for each in found
        ],
    }


def verified_by_daemon(channel: Channel, witness: str | None = None) -> dict[str, Any]:
    """Let the running daemon look.

    Raises:
        StoreError, KeyStoreUnavailable: it cannot.
    """
    answer = channel({"verb": "audit-verify", "witness": witness})
    while answer.get("state") == "running":
        time.sleep(_POLL_S)
        answer = channel({"verb": "audit-verify-state"})
    if answer.pop("state", None) != "done":
        raise StoreError(code=str(answer.get("code") or answer.get("error") or StoreError.code))
    return answer


def own_trail(data: Path, secrets: SecretStore) -> AuditTrail:
    """Give the log to a process that is not the daemon."""
    clock = SystemClock()
    return audit_trail(data, secrets=secrets, clock=clock, ids=SystemIds(clock))


def note(data: Path, secrets: SecretStore, action: Action, object_id: str) -> None:
    """Record what the command line did by itself."""
    trail = own_trail(data, secrets)
    trail.record(action, client="command-line", object_id=object_id)
    trail.finish()


def note_settings(trail: AuditTrail, secrets: SecretStore, settings: str) -> None:
    """Record that the settings file is another one than at the last start.

    Raises:
        KeyStoreUnavailable: what they were cannot be read or kept.
    """
    digest = hashlib.sha256(settings.encode()).digest()
    known = secrets.get(SETTINGS)
    if known == digest:
        return
    secrets.put(SETTINGS, digest)
    if known is not None:
        trail.record(Action.SETTING_CHANGED, object_id="settings-file")
