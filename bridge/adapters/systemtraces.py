"""What an installation leaves with the system of this user, in the places it uses (SEC-167).

Linux: desktop entries for autostart and the URI scheme, the scheme's line in ``mimeapps.list``,
a unit of the user.
macOS: an agent that starts at login.
Windows: the value of ``Run`` and the class of the URI scheme, in the user's part of the registry.
Firewall rules, policies and a machine-wide scheme belong to the installer, which wrote them with
other rights.
The certificate of loopback is taken out of the trust stores by whoever put it there.
Source: *Desktop packaging*, 5.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from bridge.adapters.ownfiles import store_error
from bridge.adapters.urischeme import is_bare

_SCHEME: Final = "x-scheme-handler/carebridge"
_FILES: Final = (
    ".config/autostart/carebridge*.desktop",
    ".local/share/applications/carebridge*.desktop",
    ".config/systemd/user/carebridge*.service",
    ".config/systemd/user/*.target.wants/carebridge*.service",
    "Library/LaunchAgents/*carebridge*.plist",
)
_LISTS: Final = (".config/mimeapps.list", ".local/share/applications/mimeapps.list")


class UserTraces:
    """Port ``SystemTraces`` below the home of a user."""

    def __init__(self, home: Path | None = None) -> None:
        """Look below ``home``; the user's own when left out."""
        self._home = home or Path.home()

    def remove(self) -> list[str]:
        """Remove everything; gives what was there, by its kind and name.

        Raises:
            StoreError: something cannot be removed; what went is gone.
        """
        try:
            gone = [self._unlink(path) for each in _FILES for path in sorted(self._home.glob(each))]
            gone += [f"list:{name}" for name in _LISTS if self._unlist(self._home / name)]
            return [*gone, *_remove_from_registry()]
        except OSError as error:
            raise store_error(error) from error

    def _unlink(self, path: Path) -> str:
        path.unlink()
        return f"file:{path.name}"

    def _unlist(self, path: Path) -> bool:
        """Take the scheme out of a list that holds those of other programs too."""
        if not path.is_file():
            return False
        lines = path.read_text("utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(_SCHEME)]
        if kept == lines:
            return False
        if is_bare(kept):
            path.unlink()
            return True
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.write_text("".join(kept), "utf-8")
        draft.replace(path)
        return True


if sys.platform == "win32":
    import winreg

    _RUN: Final = r"Software\Microsoft\Windows\CurrentVersion\Run"
    _CLASS: Final = r"Software\Classes\carebridge"

    def _remove_from_registry() -> list[str]:
        gone = []
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN, access=winreg.KEY_SET_VALUE) as run:
                winreg.DeleteValue(run, "Carebridge")
            gone.append("registry:Run")
        except FileNotFoundError:
            pass
        return [*gone, *(["registry:carebridge"] if _remove_tree(_CLASS) else [])]

    def _remove_tree(name: str) -> bool:
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, name) as key:
                inner = [winreg.EnumKey(key, each) for each in range(winreg.QueryInfoKey(key)[0])]
        except FileNotFoundError:
            return False
        for each in inner:
            _remove_tree(rf"{name}\{each}")
        winreg.DeleteKey(winreg.HKEY_CURRENT_USER, name)
        return True

else:

    def _remove_from_registry() -> list[str]:
        return []
