"""An audit log in a folder, with a clock to move and a key that tests know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bridge.adapters.auditlog import FILE_NAME, FileAudit, KeyStoreAnchors
from bridge.adapters.patientsalts import FileSalts
from bridge.adapters.secrets import MemorySecrets
from bridge.domain.audit import Action, AuditKeys
from bridge.service.audit import AuditTrail
from tests.support.fakes import CountingIds, FixedClock

KEYS = AuditKeys.of(bytes(range(32)))


class AuditBench:
    """A folder with an audit log, and the key store its anchors lie in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FixedClock()
        self.secrets = MemorySecrets()
        self.trail = self.opened()

    def opened(self) -> AuditTrail:
        """Open the log as a fresh process does."""
        return AuditTrail(
            file=FileAudit(self.folder),
            anchors=KeyStoreAnchors(self.secrets),
            keys=KEYS,
            clock=self.clock,
            salts=FileSalts(self.folder, CountingIds()),
        )

    @property
    def path(self) -> Path:
        return self.folder / FILE_NAME

    def lines(self) -> list[bytes]:
        return self.path.read_bytes().splitlines()

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines()]

    def rewrite(self, lines: list[bytes]) -> None:
        """Put other lines into the file, as who can write to it may."""
        self.path.write_bytes(b"".join(line + b"\n" for line in lines))

    def record(self, count: int) -> None:
        """Record that many exports, a second apart."""
        for _ in range(count):
            self.clock.advance(seconds=1)
            self.trail.record(Action.EXPORT_MADE, client="command-line")


def records_of(folder: Path) -> list[dict[str, Any]]:
    """Read the records of a daemon whose data lie in ``folder``."""
    content = (folder / "audit" / FILE_NAME).read_bytes()
    return [json.loads(line) for line in content.splitlines()]
