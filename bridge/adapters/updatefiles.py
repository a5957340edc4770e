"""Port ``UpdateShelf``: what is known of new versions, in a folder of the owner alone."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bridge.adapters.ownfiles import ensure_private_folder, write_private_file
from bridge.domain.updates import Expiry, Release, UpdateState
from bridge.errors import UpdateError

_FILE_NAME: Final = "state.json"


class UpdateFiles:
    """The folder ``updates`` of one user."""

    def __init__(self, folder: Path) -> None:
        """Choose the folder; nothing is read or written yet."""
        self._folder = folder

    def load(self) -> UpdateState:
        """Give what is known; a file that cannot be read knows nothing, and hurts nobody."""
        try:
            document = json.loads((self._folder / _FILE_NAME).read_bytes())
            return _state(document)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, UpdateError):
            return UpdateState()

    def save(self, state: UpdateState) -> None:
        """Keep it.

        Raises:
            StoreError: it cannot be kept, or the folder is not safe.
        """
        ensure_private_folder(self._folder)
        release = None if state.release is None else state.release.document()
        document = {
            "release": release,
            "first_seen_at": _text(state.first_seen_at),
            "checked_at": _text(state.checked_at),
            "trouble": state.trouble,
            "is_downloaded": state.is_downloaded,
            "expiries": [[each.name, _text(each.at)] for each in state.expiries],
        }
        write_private_file(self._folder / _FILE_NAME, json.dumps(document, indent=2).encode())

    def package(self, release: Release) -> Path:
        """Say where the package of a release lies, or would lie."""
        return self._folder / (release.sha256 + Path(release.path).suffix)

    def drop(self, release: Release) -> None:
        """Remove the package of a release, if it is here; one that stays is looked at again."""
        with contextlib.suppress(OSError):
            self.package(release).unlink(missing_ok=True)


def _state(document: dict[str, Any]) -> UpdateState:
    release, trouble = document["release"], document["trouble"]
    return UpdateState(
        release=None if release is None else Release.parse(release),
        first_seen_at=_moment(document["first_seen_at"]),
        checked_at=_moment(document["checked_at"]),
        trouble=None if trouble is None else str(trouble),
        is_downloaded=document["is_downloaded"] is True,
        expiries=tuple(
            Expiry(name=str(name), at=datetime.fromisoformat(at))
            for name, at in document["expiries"]
        ),
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
