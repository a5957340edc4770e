"""Start at login of this user, on each system (*Desktop packaging* 3 and 4).

One way per system, never two: an entry and a unit would start two programs.
"""

from __future__ import annotations

import plistlib
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from bridge.adapters.ownfiles import store_error
from bridge.adapters.selfcall import own_command

NAME: Final = "Carebridge"
ARGUMENT: Final = "--autostart"
_LABEL: Final = "be.carebridge.daemon"
_BACK_OFF_S: Final = 10
"""Between two starts after a crash."""


class Autostart(Protocol):
    """Contract: ``enable`` and ``disable`` may be repeated; nothing is started or ended by them."""

    def enable(self) -> None:
        """Have the program started at each login.

        Raises:
            StoreError: it cannot be written.
        """
        ...

    def disable(self) -> None:
        """Start it no more.

        Raises:
            StoreError: it cannot be removed.
        """
        ...

    @property
    def is_enabled(self) -> bool:
        """Whether it is started at login."""
        ...


@dataclass(frozen=True, kw_only=True)
class FileAutostart:
    """An entry that is a file of the user's own.

    Attributes:
        path: Where the system looks for it.
        content: What stands in it.
    """

    path: Path
    content: bytes

    def enable(self) -> None:
        """Write the file."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes(self.content)
        except OSError as error:
            raise store_error(error) from error

    def disable(self) -> None:
        """Remove the file."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise store_error(error) from error

    @property
    def is_enabled(self) -> bool:
        """Whether the file is there, and is ours."""
        try:
            return self.path.read_bytes() == self.content
        except OSError:
            return False


def desktop_entry(command: Sequence[str], config: Path) -> FileAutostart:
    """Give the entry of an XDG desktop."""
    lines = (
        "[Desktop Entry]",
        "Type=Application",
        f"Name={NAME}",
        "Comment=eHealth, MyCareNet",
        f"Exec={' '.join(map(_exec_word, command))}",
        "Terminal=false",
        "X-GNOME-Autostart-enabled=true",
    )
    content = ("\n".join(lines) + "\n").encode()
    return FileAutostart(path=config / "autostart" / "carebridge.desktop", content=content)


def launch_agent(command: Sequence[str], home: Path) -> FileAutostart:
    """Give the LaunchAgent of macOS: started again after a failure only."""
    facts = {
        "Label": _LABEL,
        "ProgramArguments": list(command),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": _BACK_OFF_S,
        "LimitLoadToSessionType": "Aqua",
    }
    path = home / "Library" / "LaunchAgents" / f"{_LABEL}.plist"
    return FileAutostart(path=path, content=plistlib.dumps(facts))


def _exec_word(word: str) -> str:
    """Quote a word as desktop entries read it."""
    escaped = word.replace("%", "%%")
    return escaped if escaped == shlex.quote(escaped) else f'"{escaped}"'


if sys.platform == "win32":
    import winreg

    _RUN: Final = r"Software\Microsoft\Windows\CurrentVersion\Run"

    @dataclass(frozen=True, kw_only=True)
    class RunKey:
        """The value below the user's Run key; whoever disabled it in the task manager stays so."""

        command: Sequence[str]

        def enable(self) -> None:
            """Write the value."""
            try:
                with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN) as key:
                    line = subprocess.list2cmdline(self.command)
                    winreg.SetValueEx(key, NAME, 0, winreg.REG_SZ, line)
            except OSError as error:
                raise store_error(error) from error

        def disable(self) -> None:
            """Remove the value."""
            try:
                with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN) as key:
                    winreg.DeleteValue(key, NAME)
            except FileNotFoundError:
                return
            except OSError as error:
                raise store_error(error) from error

        @property
        def is_enabled(self) -> bool:
            """Whether the value is there."""
            try:
                with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN) as key:
                    winreg.QueryValueEx(key, NAME)
            except OSError:
                return False
            return True

    def autostart_of_user() -> Autostart:
        """Give the way of this system."""
        return RunKey(command=own_command(ARGUMENT))

else:
    import platformdirs

    def autostart_of_user() -> Autostart:
        """Give the way of this system."""
        command = own_command(ARGUMENT)
        if sys.platform == "darwin":
            return launch_agent(command, Path.home())
        return desktop_entry(command, platformdirs.user_config_path())


__all__ = [
    "Autostart",
    "FileAutostart",
    "autostart_of_user",
    "desktop_entry",
    "launch_agent",
]
