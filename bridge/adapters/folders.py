"""Where Carebridge keeps its files, per operating system (SEC-43)."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import platformdirs

from bridge.adapters.ownfiles import ensure_private_folder

NAME: Final = "Carebridge"


@dataclass(frozen=True, kw_only=True)
class Folders:
    """The folders of one user.

    Attributes:
        data: Database and sealed certificates; survives updates.
        runtime: What describes the running daemon: runtime file, lock, local socket.
        logs: Log files, without personal facts.
    """

    data: Path
    runtime: Path
    logs: Path

    @classmethod
    def of_user(cls) -> Self:
        """Give the usual folders of the current user on this system."""
        data = platformdirs.user_data_path(NAME, appauthor=False, roaming=False)
        return cls(
            data=data,
            runtime=_runtime_folder(data),
            logs=platformdirs.user_log_path(NAME, appauthor=False),
        )

    @classmethod
    def under(cls, base: Path) -> Self:
        """Give folders below one explicit folder, for tests and the simulator build."""
        return cls(data=base / "data", runtime=base / "run", logs=base / "log")

    def create(self) -> None:
        """Create all of them, for the owner alone.

        Raises:
            StoreError: one of them cannot be created or is not safe to use.
        """
        for folder in (self.data, self.runtime, self.logs):
            ensure_private_folder(folder)


def _runtime_folder(data: Path) -> Path:
    session_folder = os.environ.get("XDG_RUNTIME_DIR")
    if sys.platform == "linux" and session_folder:
        return Path(session_folder, NAME)
    # Without a folder of the OS session we stay in our own; shared temporary folders are never
    # used (SEC-104).
    return data / "run"
