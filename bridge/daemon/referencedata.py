"""Importing reference data from files: by the running daemon, or by the command line itself.

The daemon is asked over the local channel and reads the files itself, as the same user.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from bridge.adapters.clock import SystemClock
from bridge.adapters.db.safekeeping import refuse_set_aside
from bridge.adapters.db.store import SqlStore
from bridge.adapters.folders import Folders
from bridge.adapters.ids import SystemIds
from bridge.adapters.instancelock import InstanceLock
from bridge.daemon.storage import DATABASE, LOCK, Channel, database_key
from bridge.errors import BridgeError, Finding, InputError
from bridge.ports.secrets import SecretStore
from bridge.service.referencedata import Imported, ReferenceDataService

MOST_BYTES: Final = 5_000_000
"""Of one file; the longest public list is a tenth of it."""

VERB: Final = "reference-data"
_MOST_FINDINGS: Final = 100


class ReferenceDesk:
    """Imports files for the command line, on the thread that answers it."""

    def __init__(self, service: ReferenceDataService) -> None:
        """Import through ``service``."""
        self._service = service

    def take(self, request: dict[str, Any]) -> dict[str, Any]:
        """Import the files of ``paths``.

        Raises:
            InputError: ``paths`` are no absolute paths.
            StoreError: it cannot be kept; nothing has changed.
        """
        paths = request.get("paths")
        if not isinstance(paths, list) or not all(isinstance(each, str) for each in paths):
            raise InputError
        files = [Path(each) for each in paths]
        if not all(each.is_absolute() for each in files):
            raise InputError
        return _imported(self._service, files)


def import_by_daemon(files: Sequence[Path], channel: Channel) -> dict[str, Any]:
    """Let the running daemon import files; gives ``editions``, or ``findings`` and their count.

    Raises:
        BridgeError: it answered with a problem, or does not know how (``daemon_too_old``).
    """
    answer = channel({"verb": VERB, "paths": [str(each.resolve()) for each in files]})
    if "error" in answer:
        raise BridgeError(code=str(answer["error"]))
    if "problem" in answer:
        raise BridgeError(code="daemon_too_old")
    return answer


def import_by_ourselves(
    files: Sequence[Path], *, folders: Folders, secrets: Callable[[], SecretStore]
) -> dict[str, Any]:
    """Import files where no daemon runs; gives what ``import_by_daemon`` gives.

    Raises:
        Conflict: ``already_running``, a daemon started a moment ago.
        StoreError: ``storage_damaged``, or it cannot be kept; nothing has changed.
    """
    clock = SystemClock()
    ids = SystemIds(clock)
    path = folders.data / DATABASE
    with InstanceLock(folders.runtime / LOCK):
        refuse_set_aside(path)
        store = SqlStore.open(path, database_key(path, secrets(), ids))
        try:
            return _imported(ReferenceDataService(store=store, clock=clock, ids=ids), files)
        finally:
            store.close_now()


def _imported(service: ReferenceDataService, files: Sequence[Path]) -> dict[str, Any]:
    try:
        contents = _contents(files)
        return {"editions": [_shown(each) for each in asyncio.run(service.import_all(contents))]}
    except InputError as error:
        found = [
            {"pointer": each.pointer, "code": each.code} for each in error.findings[:_MOST_FINDINGS]
        ]
        return {"findings": found, "findings_total": len(error.findings)}


def _contents(files: Sequence[Path]) -> list[bytes]:
    contents: list[bytes] = []
    findings: list[Finding] = []
    for place, file in enumerate(files):
        try:
            with file.open("rb") as opened:
                content = opened.read(MOST_BYTES + 1)
        except OSError:
            content = None
        if content is None or len(content) > MOST_BYTES:
            code = "reference_file_unreadable"
            findings.append(Finding(pointer=f"/files/{place}/lines/0", code=code))
        else:
            contents.append(content)
    if findings:
        raise InputError(code="reference_data_invalid", findings=tuple(findings))
    return contents


def _shown(done: Imported) -> dict[str, Any]:
    edition = done.edition
    return {
        "outcome": done.outcome.value,
        "kind": edition.kind.value,
        "about": None if edition.about is None else edition.about.value,
        "valid_from_on": edition.valid_from.isoformat(),
        "valid_to_on": None if edition.valid_to is None else edition.valid_to.isoformat(),
        "source": edition.source,
        "lines": edition.lines,
        "imported_at": edition.imported_at.isoformat(),
    }
