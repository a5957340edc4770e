"""Start at login of this user, on each system (*Desktop packaging* 3 and 4).

One way per system, never two: an entry and a unit would start two programs.
An entry starts our own starter, which starts the daemon again after a crash; units and the
LaunchAgent leave that to systemd and launchd.
"""

from __future__ import annotations

import plistlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final, Protocol

from bridge.adapters.desktopfiles import APPLICATION_FILE, NAME, login_entry
from bridge.adapters.ownfiles import store_error
from bridge.adapters.selfcall import own_command
from bridge.adapters.systemdunits import GRAPHICAL, HEADLESS, unit
from bridge.domain.systemfacts import StartAtLogin
from bridge.errors import InputError

ARGUMENT: Final = "--autostart"
_END: Final = "--quit"
_RUN: Final = "run"
LABEL: Final = "be.carebridge.daemon"
_BACK_OFF_S: Final = 10
"""Between two starts after a crash, by launchd."""


class Way(Enum):
    """How the program is started at login."""

    ENTRY = "entry"
    """The usual way of this system."""
    UNIT = "systemd"
    HEADLESS = "systemd-no-tray"
    MACHINE = "machine"
    """The entry that an administrator's installer wrote for every user of a Windows."""


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
    def is_there(self) -> bool:
        """Whether something is started at login in our name."""
        ...

    @property
    def is_enabled(self) -> bool:
        """Whether that is this program, called as it should be."""
        ...


@dataclass(frozen=True)
class LoginStart:
    """All ways of one system, of which at most one is used.

    Attributes:
        ways: In the order in which they are offered.
    """

    ways: Mapping[Way, Autostart]

    def enable(self, way: Way = Way.ENTRY) -> None:
        """Use one way, and none of the others; the one for every user where it starts us already.

        Raises:
            InputError: ``setting_invalid``, this system does not know the way.
            StoreError: something cannot be written.
        """
        if way not in self.ways:
            raise InputError(code="setting_invalid", setting=way.value)
        machine = self.ways.get(Way.MACHINE)
        if machine is not None and machine.is_enabled:
            way = Way.MACHINE
        for other, entry in self.ways.items():
            if other is not way:
                entry.disable()
        self.ways[way].enable()

    def disable(self) -> None:
        """Use none; what an administrator wrote stays, and is told as used.

        Raises:
            StoreError: something cannot be removed.
        """
        for entry in self.ways.values():
            entry.disable()

    @property
    def is_enabled(self) -> bool:
        """Whether anything is started at login in our name."""
        return bool(self.used)

    @property
    def used(self) -> tuple[Way, ...]:
        """The ways that start something; more than one is a mistake of somebody else."""
        return tuple(way for way, entry in self.ways.items() if entry.is_there)

    @property
    def state(self) -> StartAtLogin:
        """How it stands, for health."""
        used = self.used
        if not used:
            return StartAtLogin.OFF
        if len(used) > 1:
            return StartAtLogin.TWICE
        is_ours = self.ways[used[0]].is_enabled
        return StartAtLogin.ON if is_ours else StartAtLogin.BROKEN


@dataclass(frozen=True, kw_only=True)
class ForEverybody:
    """An entry for every user of the computer, which only an administrator changes.

    Attributes:
        entry: How it is read.
    """

    entry: Autostart

    def enable(self) -> None:
        """Leave it to the administrator."""

    def disable(self) -> None:
        """Leave it to the administrator; a user switches it off in the settings of Windows."""

    @property
    def is_there(self) -> bool:
        """Whether something is started for every user in our name."""
        return self.entry.is_there

    @property
    def is_enabled(self) -> bool:
        """Whether that is this program."""
        return self.entry.is_enabled


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
    def is_there(self) -> bool:
        """Whether there is a file, whatever stands in it."""
        return self.path.exists()

    @property
    def is_enabled(self) -> bool:
        """Whether the file is there, and is ours."""
        try:
            return self.path.read_bytes() == self.content
        except OSError:
            return False


def desktop_entry(command: Sequence[str], config: Path) -> FileAutostart:
    """Give the entry of an XDG desktop."""
    return FileAutostart(path=config / "autostart" / APPLICATION_FILE, content=login_entry(command))


def agent_facts(command: Sequence[str]) -> bytes:
    """Give the LaunchAgent of macOS as a property list: started again after a failure only."""
    facts = {
        "Label": LABEL,
        "ProgramArguments": list(command),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": _BACK_OFF_S,
        "LimitLoadToSessionType": "Aqua",
    }
    return plistlib.dumps(facts)


def launch_agent(command: Sequence[str], home: Path) -> FileAutostart:
    """Give the LaunchAgent of a user."""
    path = home / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    return FileAutostart(path=path, content=agent_facts(command))


def linux_ways(config: Path) -> dict[Way, Autostart]:
    """Give the ways of Linux below a folder of settings."""
    run, end = own_command(_RUN), own_command(_END)
    return {
        Way.ENTRY: desktop_entry(own_command(ARGUMENT), config),
        Way.UNIT: unit(GRAPHICAL, config, run=run, end=end),
        Way.HEADLESS: unit(HEADLESS, config, run=run, end=end),
    }


if sys.platform == "win32":
    import winreg

    _RUN_KEY: Final = r"Software\Microsoft\Windows\CurrentVersion\Run"

    @dataclass(frozen=True, kw_only=True)
    class RunKey:
        """The value below a Run key; whoever disabled it in the task manager stays so.

        Attributes:
            root: The user's part of the registry, or the machine's.
        """

        command: Sequence[str]
        root: int = winreg.HKEY_CURRENT_USER

        def enable(self) -> None:
            """Write the value."""
            try:
                with winreg.CreateKey(self.root, _RUN_KEY) as key:
                    winreg.SetValueEx(key, NAME, 0, winreg.REG_SZ, self._line)
            except OSError as error:
                raise store_error(error) from error

        def disable(self) -> None:
            """Remove the value."""
            try:
                with winreg.CreateKey(self.root, _RUN_KEY) as key:
                    winreg.DeleteValue(key, NAME)
            except FileNotFoundError:
                return
            except OSError as error:
                raise store_error(error) from error

        @property
        def is_there(self) -> bool:
            """Whether there is a value."""
            return self._found() is not None

        @property
        def is_enabled(self) -> bool:
            """Whether the value calls this program; the installer quotes the path always."""
            found = self._found() or ""
            return found.replace('"', "").casefold() == self._line.replace('"', "").casefold()

        @property
        def _line(self) -> str:
            return subprocess.list2cmdline(self.command)

        def _found(self) -> str | None:
            try:
                with winreg.OpenKey(self.root, _RUN_KEY) as key:
                    return str(winreg.QueryValueEx(key, NAME)[0])
            except OSError:
                return None

    def autostart_of_user() -> LoginStart:
        """Give the ways of this system."""
        command = own_command(ARGUMENT)
        of_machine = RunKey(command=command, root=winreg.HKEY_LOCAL_MACHINE)
        return LoginStart(
            {Way.ENTRY: RunKey(command=command), Way.MACHINE: ForEverybody(entry=of_machine)}
        )

else:
    import platformdirs

    def autostart_of_user() -> LoginStart:
        """Give the ways of this system."""
        if sys.platform == "darwin":
            return LoginStart({Way.ENTRY: launch_agent(own_command(_RUN), Path.home())})
        return LoginStart(linux_ways(platformdirs.user_config_path()))


__all__ = [
    "Autostart",
    "FileAutostart",
    "ForEverybody",
    "LoginStart",
    "Way",
    "agent_facts",
    "autostart_of_user",
    "desktop_entry",
    "launch_agent",
    "linux_ways",
]
