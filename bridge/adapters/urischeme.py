r"""Registering ``carebridge:`` for one user (SEC-45, *Desktop packaging* 3 and 4).

Linux: a ``.desktop`` file, and a line in ``mimeapps.list``, which is where ``xdg-mime`` looks.
Windows: ``HKCU\Software\Classes\carebridge``.
macOS: the application's ``Info.plist`` says it, so there is nothing to do here; see
``docs/support.md``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from bridge.adapters.desktopfiles import MIME, uri_entry
from bridge.adapters.desktopfiles import URI_FILE as DESKTOP_FILE
from bridge.adapters.ownfiles import store_error, write_private_file
from bridge.domain.openuris import SCHEME

ARGUMENT: Final = "--url"
_DEFAULTS: Final = "[Default Applications]"
CLASS_KEY: Final = rf"Software\Classes\{SCHEME}"


class UriScheme(Protocol):
    """The registration on one operating system."""

    def register(self, command: Sequence[str]) -> None:
        """Let addresses be opened with a command, to which the address is added."""
        ...

    def unregister(self) -> None:
        """Take that back; nothing happens when it was not so."""
        ...

    def is_registered(self) -> bool:
        """Tell whether addresses are opened with us."""
        ...


@dataclass(frozen=True)
class DesktopScheme:
    """The registration on a Linux desktop.

    Attributes:
        applications: Folder of ``.desktop`` files of this user.
        mimeapps: File that says which application opens what.
    """

    applications: Path
    mimeapps: Path

    @classmethod
    def of_user(cls, environment: Mapping[str, str] | None = None) -> DesktopScheme:
        """Give the usual places of the current user."""
        known = os.environ if environment is None else environment
        home = Path(known.get("HOME") or Path.home())
        share = Path(known.get("XDG_DATA_HOME") or home / ".local" / "share")
        config = Path(known.get("XDG_CONFIG_HOME") or home / ".config")
        return cls(share / "applications", config / "mimeapps.list")

    def register(self, command: Sequence[str]) -> None:
        """Let the desktop open our addresses with a command, to which the address is added.

        Raises:
            StoreError: a file cannot be written.
        """
        self._write(self.applications / DESKTOP_FILE, uri_entry(command))
        self._write(self.mimeapps, _lines(_with_default(self._kept())))

    def unregister(self) -> None:
        """Take the registration back; nothing happens when there is none.

        Raises:
            StoreError: a file cannot be changed.
        """
        self._remove(self.applications / DESKTOP_FILE)
        kept = self._kept()
        without = _without_ours(kept)
        if without == kept:
            return
        if is_bare(without):
            self._remove(self.mimeapps)
        else:
            self._write(self.mimeapps, _lines(without))

    def is_registered(self) -> bool:
        """Tell whether the desktop opens our addresses with us."""
        line = f"{MIME}={DESKTOP_FILE}"
        is_default = any(each.rstrip(";") == line for each in self._kept())
        return is_default and (self.applications / DESKTOP_FILE).is_file()

    def _kept(self) -> list[str]:
        try:
            return self.mimeapps.read_text("utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise store_error(OSError()) from error

    def _remove(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise store_error(error) from error

    def _write(self, path: Path, content: bytes) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise store_error(error) from error
        write_private_file(path, content)


def registry_values(command: Sequence[str]) -> dict[tuple[str, str], str]:
    """Give what stands in the registry: key below ``HKCU`` and name of the value, to its text."""
    words = " ".join(f'"{word}"' for word in command)
    return {
        (CLASS_KEY, ""): "URL:Carebridge",
        (CLASS_KEY, "URL Protocol"): "",
        (rf"{CLASS_KEY}\DefaultIcon", ""): f'"{command[0]}",0',
        (rf"{CLASS_KEY}\shell\open\command", ""): f'{words} "%1"',
    }


def is_bare(lines: Iterable[str]) -> bool:
    """Tell whether a list of applications names none: such a file is not left behind."""
    return all(not line.strip() or line.lstrip().startswith("[") for line in lines)


def _lines(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _without_ours(lines: list[str]) -> list[str]:
    """Take us out of every list of applications for our addresses, and nobody else."""
    kept = []
    for line in lines:
        name, is_pair, value = line.partition("=")
        if name.strip() != MIME or not is_pair:
            kept.append(line)
            continue
        others = [each for each in value.split(";") if each and each.strip() != DESKTOP_FILE]
        if others:
            kept.append(f"{MIME}={';'.join(others)}")
    return kept


def _with_default(lines: list[str]) -> list[str]:
    kept = [line for line in lines if line.partition("=")[0].strip() != MIME]
    if _DEFAULTS not in kept:
        kept = [*kept, *([""] if kept else []), _DEFAULTS]
    place = kept.index(_DEFAULTS) + 1
    return [*kept[:place], f"{MIME}={DESKTOP_FILE}", *kept[place:]]


if sys.platform == "win32":
    import contextlib
    import winreg

    class RegistryScheme:
        """The registration on Windows, for the current user alone."""

        def register(self, command: Sequence[str]) -> None:
            """Let Windows open our addresses with a command, to which the address is added.

            Raises:
                StoreError: the registry cannot be written.
            """
            try:
                for (key, name), text in registry_values(command).items():
                    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, key) as opened:
                        winreg.SetValueEx(opened, name, 0, winreg.REG_SZ, text)
            except OSError as error:
                raise store_error(error) from error

        def unregister(self) -> None:
            """Take the registration back; nothing happens when there is none."""
            below = ("\\shell\\open\\command", "\\shell\\open", "\\shell", "\\DefaultIcon", "")
            for part in below:
                with contextlib.suppress(FileNotFoundError):
                    winreg.DeleteKey(winreg.HKEY_CURRENT_USER, CLASS_KEY + part)

        def is_registered(self) -> bool:
            """Tell whether Windows opens our addresses with us."""
            key = rf"{CLASS_KEY}\shell\open\command"
            try:
                with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:
                    text, _ = winreg.QueryValueEx(opened, "")
            except OSError:
                return False
            return str(text).endswith(f'{ARGUMENT}" "%1"')


class BundledScheme:
    """The registration on macOS, which the application's bundle carries."""

    def register(self, command: Sequence[str]) -> None:
        """Do nothing: ``Info.plist`` says it."""

    def unregister(self) -> None:
        """Do nothing: it goes with the application."""

    def is_registered(self) -> bool:
        """Tell whether this program runs from an application's bundle."""
        return ".app/Contents/" in sys.executable


def user_scheme() -> UriScheme:
    """Give the registration of this operating system, for the current user."""
    if sys.platform == "win32":
        return RegistryScheme()
    if sys.platform == "darwin":
        return BundledScheme()
    return DesktopScheme.of_user()
