"""What the user chose in the tray: a small file of her own, beside the settings.

Settings are written by people and read by us; what we write ourselves stands apart, so that no
comment of theirs is ever lost.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from bridge.adapters.ownfiles import write_private_file

_FILE_NAME: Final = "preferences.json"


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """What was chosen.

    Attributes:
        language: ``fr``, ``nl``, ``de`` or ``en``; ``None`` follows the system.
        has_begun: The first steps were shown once, so they do not come by themselves again.
    """

    language: str | None = None
    has_begun: bool = False


class PreferenceFile:
    """The file; one that is absent or damaged means that nothing was chosen."""

    def __init__(self, folder: Path) -> None:
        """Choose the folder, which must exist."""
        self._path = folder / _FILE_NAME

    def read(self) -> Preferences:
        """Give what was chosen; members of a newer version are left out."""
        try:
            found = json.loads(self._path.read_text("utf-8"))
            known = {name: found[name] for name in asdict(Preferences()) if name in found}
            return Preferences(**known)
        except (OSError, ValueError, TypeError):
            return Preferences()

    def write(self, preferences: Preferences) -> None:
        """Keep what was chosen.

        Raises:
            StoreError: it cannot be written.
        """
        write_private_file(self._path, json.dumps(asdict(preferences)).encode())
