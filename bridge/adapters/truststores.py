"""Port ``TrustStore``: stores of this user, through the tools that belong to them.

Windows: the user's own root store, through ``certutil``; Windows asks the user in its own window.
macOS: the login keychain, through ``security``; macOS asks for the password of the user.
Linux: the databases of Chromium and Firefox, through ``certutil`` of NSS, where both are there.
Everywhere: a file in PEM for software that reads whom to trust from a file.
"""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.crypto.loopbackleaf import Leaf
from bridge.errors import TrustStoreError
from bridge.ports.tls import TrustStore

_PATIENCE_S: Final = 120
"""The user may be asked, and reads."""

_NSS_PLACES: Final = (
    (".pki/nssdb", "Chromium"),
    ("snap/chromium/current/.pki/nssdb", "Chromium (snap)"),
    (".mozilla/firefox/*", "Firefox"),
    ("snap/firefox/common/.mozilla/firefox/*", "Firefox (snap)"),
    (".var/app/org.mozilla.firefox/.mozilla/firefox/*", "Firefox (Flatpak)"),
)


@dataclass(frozen=True)
class Said:
    """How a tool ended, and what it printed."""

    status: int
    output: bytes


Tool = Callable[[Sequence[str]], Said]
"""Runs a program by its full path."""


def run(command: Sequence[str]) -> Said:
    """Run a tool of the system without standard input.

    Raises:
        TrustStoreError: it is not there, or waits too long.
    """
    try:
        done = subprocess.run(  # noqa: S603  full path, arguments of ours
            list(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_PATIENCE_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TrustStoreError from error
    return Said(done.returncode, done.stdout)


def _require(said: Said) -> None:
    if said.status:
        raise TrustStoreError("the tool said no")


@dataclass(frozen=True, kw_only=True)
class NssStore:
    """A database of NSS: Chromium's or one profile of Firefox.

    Attributes:
        folder: With ``cert9.db`` in it.
    """

    name: str
    folder: Path
    certutil: str
    tool: Tool = run

    def add(self, leaf: Leaf, file: Path) -> None:
        """Trust the certificate as that of a server, never as an authority."""
        _require(self._do("-A", "-n", _nickname(leaf), "-t", "P,,", "-a", "-i", str(file)))

    def remove(self, leaf: Leaf, file: Path) -> None:  # noqa: ARG002  # the port's; found by name
        """Trust it no longer."""
        if self.holds(leaf):
            _require(self._do("-D", "-n", _nickname(leaf)))

    def holds(self, leaf: Leaf) -> bool:
        """Tell whether exactly this certificate is there."""
        said = self._do("-L", "-n", _nickname(leaf), "-r")
        return said.status == 0 and said.output == leaf.der

    def _do(self, *words: str) -> Said:
        return self.tool([self.certutil, *words, "-d", f"sql:{self.folder}"])


@dataclass(frozen=True, kw_only=True)
class WindowsRootStore:
    """The root store of the current user; never that of the machine."""

    certutil: str
    tool: Tool = run
    name: str = "Windows"

    def add(self, leaf: Leaf, file: Path) -> None:  # noqa: ARG002  # the port's; read from the file
        """Trust it; Windows asks the user."""
        _require(self._do("-f", "-addstore", "Root", str(file)))

    def remove(self, leaf: Leaf, file: Path) -> None:  # noqa: ARG002  # the port's; found by name
        """Trust it no longer; Windows asks the user."""
        if self.holds(leaf):
            _require(self._do("-delstore", "Root", leaf.sha1))

    def holds(self, leaf: Leaf) -> bool:
        """Tell whether it is there."""
        return self._do("-store", "Root", leaf.sha1).status == 0

    def _do(self, *words: str) -> Said:
        return self.tool([self.certutil, "-user", *words])


@dataclass(frozen=True, kw_only=True)
class MacKeychain:
    """The login keychain of the current user."""

    keychain: Path
    security: str = "/usr/bin/security"
    tool: Tool = run
    name: str = "macOS"

    def add(self, leaf: Leaf, file: Path) -> None:  # noqa: ARG002  # the port's; read from the file
        """Trust it for TLS only; macOS asks the user."""
        words = ("-r", "trustRoot", "-p", "ssl", "-k", str(self.keychain))
        _require(self.tool([self.security, "add-trusted-cert", *words, str(file)]))

    def remove(self, leaf: Leaf, file: Path) -> None:
        """Trust it no longer, and remove it."""
        if self.holds(leaf):
            self.tool([self.security, "remove-trusted-cert", str(file)])
            words = ("-Z", leaf.sha1.upper(), str(self.keychain))
            _require(self.tool([self.security, "delete-certificate", *words]))

    def holds(self, leaf: Leaf) -> bool:
        """Tell whether it is there."""
        said = self.tool([self.security, "find-certificate", "-a", "-Z", str(self.keychain)])
        return said.status == 0 and leaf.sha1.upper().encode() in said.output


@dataclass(frozen=True, kw_only=True)
class TrustFile:
    """A file in PEM for software that reads whom to trust from a file."""

    path: Path
    name: str = "file"

    def add(self, leaf: Leaf, file: Path) -> None:  # noqa: ARG002  # the port's; the file has it all
        """Write the file."""
        try:
            self.path.write_bytes(file.read_bytes())
        except OSError as error:
            raise TrustStoreError from error

    def remove(self, leaf: Leaf, file: Path) -> None:  # noqa: ARG002  # the port's; compared whole
        """Remove the file when it is about this certificate."""
        if self.holds(leaf):
            self.path.unlink(missing_ok=True)

    def holds(self, leaf: Leaf) -> bool:
        """Tell whether the file is about this certificate."""
        try:
            return ssl.PEM_cert_to_DER_cert(self.path.read_text("ascii")) == leaf.der
        except (OSError, ValueError):
            return False


def stores_of_user(folder: Path, home: Path, *, tool: Tool = run) -> list[TrustStore]:
    """Find the stores of the current user.

    Args:
        folder: Of our own files; the file for other software lies there.
        home: The user's.
        tool: Runs programs.
    """
    stores: list[TrustStore] = [TrustFile(path=folder / "trust.pem")]
    if sys.platform == "win32":
        system = Path(os.environ["SYSTEMROOT"], "System32", "certutil.exe")
        stores.append(WindowsRootStore(certutil=str(system), tool=tool))
    elif sys.platform == "darwin":
        keychain = home / "Library" / "Keychains" / "login.keychain-db"
        stores.append(MacKeychain(keychain=keychain, tool=tool))
    else:
        stores.extend(nss_stores(home, shutil.which("certutil"), tool=tool))
    return stores


def nss_stores(home: Path, certutil: str | None, *, tool: Tool = run) -> list[TrustStore]:
    """Find the databases of browsers below a home folder; none without the tool for them."""
    if certutil is None:
        return []
    return [
        NssStore(name=name, folder=folder, certutil=certutil, tool=tool)
        for pattern, name in _NSS_PLACES
        for folder in sorted(home.glob(pattern))
        if (folder / "cert9.db").is_file()
    ]


def _nickname(leaf: Leaf) -> str:
    return f"Carebridge {leaf.sha256[:16]}"
