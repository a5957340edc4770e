"""How the runs before this one ended: in order, or not.

Whoever starts the program again after a crash (we ourselves, systemd, launchd), the mark tells.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog

from bridge.adapters.ownfiles import write_private_file
from bridge.errors import BridgeError

if TYPE_CHECKING:
    from pathlib import Path

_FILE_NAME: Final = "runs.json"
REMEMBERED_FOR: Final = timedelta(days=1)
_MOST_KEPT: Final = 100

log = structlog.get_logger()


@dataclass(frozen=True)
class RunMark:
    """A file that says that a run is going on, and when earlier ones broke off.

    Attributes:
        folder: Must exist.
    """

    folder: Path

    def begin(self, now: datetime) -> None:
        """Say that this run began; one that was going on before did not end in order."""
        found = self._read()
        crashes = self._crashes(found, now)
        if found.get("is_running") is True:
            log.warning("daemon.crashed_before", count=len(crashes) + 1)
            crashes.append(now)
        self._write(crashes, is_running=True)

    def end(self, now: datetime) -> None:
        """Say that this run ends in order."""
        self._write(self._crashes(self._read(), now), is_running=False)

    def crashes(self, now: datetime) -> int:
        """Count the runs within the last day that broke off."""
        return len(self._crashes(self._read(), now))

    def _crashes(self, found: dict[str, Any], now: datetime) -> list[datetime]:
        try:
            times = [datetime.fromisoformat(each) for each in found.get("crashes", [])]
            return [each for each in times if now - each < REMEMBERED_FOR][-_MOST_KEPT:]
        except (TypeError, ValueError):
            return []

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads((self.folder / _FILE_NAME).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, crashes: list[datetime], *, is_running: bool) -> None:
        """Keep it; where nothing can be written, other checks say so."""
        told = {"is_running": is_running, "crashes": [each.isoformat() for each in crashes]}
        try:
            write_private_file(self.folder / _FILE_NAME, json.dumps(told).encode())
        except BridgeError as error:
            log.info("daemon.run_not_marked", code=error.problem_code)
