"""The file by which programs of the same user find the running daemon (SEC-43).

It holds no token and no secret.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from bridge.adapters.ownfiles import ensure_private_folder, write_private_file
from bridge.adapters.processes import process_started_at

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA: Final = 1
_FILE_NAME: Final = "instance.json"
_CLOCK_JITTER_S: Final = 2


@dataclass(frozen=True, kw_only=True)
class RuntimeFacts:
    """What programs of the same user may know of the daemon.

    Attributes:
        process_started_at: Moment the process started; with the pid it names one process.
        instance_public_key: Key by which the daemon proves to be this instance (SEC-64).
        api: Version of the API, such as ``v1``.
        tls_port: Where https is spoken; ``None`` while it is off.
    """

    port: int
    pid: int
    process_started_at: datetime
    os_session_id: str
    instance_id: str
    instance_public_key: str
    version: str
    api: str
    tls_port: int | None = None
    schema: int = SCHEMA


class RuntimeFile:
    """``instance.json`` in the runtime folder."""

    def __init__(self, folder: Path) -> None:
        """Choose the folder; nothing is read or written yet."""
        self._folder = folder
        self._path = folder / _FILE_NAME

    def publish(self, facts: RuntimeFacts) -> None:
        """Write the file, after the sockets listen.

        Raises:
            StoreError: the folder is not safe (``folder_unsafe``), or the file cannot be written.
        """
        ensure_private_folder(self._folder)
        known = {name: value for name, value in asdict(facts).items() if value is not None}
        document = known | {"process_started_at": facts.process_started_at.isoformat()}
        write_private_file(self._path, json.dumps(document, indent=2).encode())

    def read(self) -> RuntimeFacts | None:
        """Give the facts of the running daemon; ``None`` when there is none.

        A file of a process that is gone, or whose pid now belongs to another one, counts as none.
        """
        facts = self._parse()
        started_at = process_started_at(facts.pid) if facts else None
        if facts is None or started_at is None:
            return None
        difference = abs((started_at - facts.process_started_at).total_seconds())
        return facts if difference <= _CLOCK_JITTER_S else None

    def withdraw(self, *, pid: int) -> None:
        """Remove the file if it is still the one of this process."""
        facts = self._parse()
        if facts is not None and facts.pid == pid:
            self._path.unlink(missing_ok=True)

    def _parse(self) -> RuntimeFacts | None:
        try:
            document: dict[str, Any] = json.loads(self._path.read_bytes())
            started_at = datetime.fromisoformat(document["process_started_at"])
            facts = RuntimeFacts(**{**document, "process_started_at": started_at})
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return facts if facts.schema == SCHEMA and started_at.tzinfo else None
