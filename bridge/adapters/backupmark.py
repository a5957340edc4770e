"""When the last backup was made: health asks, and the backup itself may lie anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import structlog

from bridge.adapters.ownfiles import write_private_file
from bridge.errors import BridgeError

if TYPE_CHECKING:
    from pathlib import Path

_FILE_NAME: Final = "last-backup"

log = structlog.get_logger()


@dataclass(frozen=True)
class BackupMark:
    """A file with one moment in it.

    Attributes:
        folder: Must exist.
    """

    folder: Path

    def set(self, now: datetime) -> None:
        """Say that a backup was made; that it was made matters more than that this is kept."""
        try:
            write_private_file(self.folder / _FILE_NAME, now.isoformat().encode())
        except BridgeError as error:
            log.info("backup.not_marked", code=error.problem_code)

    def since(self, now: datetime) -> datetime:
        """Give since when nothing was copied: the last backup, or the first time this was asked."""
        try:
            found = datetime.fromisoformat((self.folder / _FILE_NAME).read_text("utf-8"))
        except (OSError, ValueError):
            found = None
        if found is not None and found.tzinfo is not None:
            return found
        self.set(now)
        return now
