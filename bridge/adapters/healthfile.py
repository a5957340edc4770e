"""Port ``HistoryShelf``: a small file of the user's own."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from bridge.adapters.ownfiles import write_private_file
from bridge.domain.health import HealthChange, HealthStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FILE_NAME: Final = "health-history.json"


class HealthFile:
    """The file; one that is absent or damaged means that nothing is known of before."""

    def __init__(self, folder: Path) -> None:
        """Choose the folder, which must exist."""
        self._path = folder / FILE_NAME

    def load(self) -> Sequence[HealthChange]:
        """Give what was kept, oldest first."""
        try:
            return [_change(each) for each in json.loads(self._path.read_text("utf-8"))]
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return []

    def save(self, changes: Sequence[HealthChange]) -> None:
        """Keep these instead.

        Raises:
            StoreError: they cannot be written.
        """
        written = [_document(each) for each in changes]
        write_private_file(self._path, json.dumps(written, ensure_ascii=False).encode())


def _document(change: HealthChange) -> dict[str, Any]:
    return {
        "at": change.at.isoformat(),
        "name": change.name,
        "status": change.status.value,
        "code": change.code,
        "about": change.about,
    }


def _change(found: dict[str, Any]) -> HealthChange:
    at = datetime.fromisoformat(found["at"])
    if at.tzinfo is None:
        raise ValueError("a moment without a zone")
    return HealthChange(
        at=at,
        name=str(found["name"]),
        status=HealthStatus(found["status"]),
        code=found.get("code"),
        about=found.get("about"),
    )
