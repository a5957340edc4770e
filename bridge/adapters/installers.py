"""Port ``InstallerStart``: exactly the bytes whose hash was compared are started (UPD-03).

Linux: the bytes are copied into memory that is sealed before their hash is compared, and that
memory is started; no name of a file is looked at again.
Windows: the file is opened so that nobody can write, move or remove it, its hash is compared
through that handle, and the handle stays open until the installer runs.
Elsewhere there is no installer, and the user is told where the package lies
(*desktop packaging* 0).
"""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from bridge.domain.updates import Release
from bridge.errors import Conflict, UpdateError

HAS_INSTALLERS: Final = sys.platform in {"linux", "win32"}
_CHUNK: Final = 1 << 20
ENVIRONMENT: Final = ("PATH", "HOME", "LANG", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR")
"""What an installer is told about where it runs; nothing else of ours (SEC-104)."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """Port ``HeldPackage``: bytes that stay as they are while this is held."""

    path: Path
    handle: int | None = None

    def start(self) -> None:
        """Start them, and do not wait.

        Raises:
            UpdateError: the system does not start them.
            Conflict: ``update_by_hand``, this system has no installer of ours.
        """
        if not HAS_INSTALLERS:
            raise Conflict(code="update_by_hand")
        passed = () if self.handle is None else (self.handle,)
        try:
            process = subprocess.Popen(  # noqa: S603  a path of our own, checked a moment ago
                [str(self.path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                close_fds=True,
                pass_fds=passed,
                env=_environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise UpdateError("the installer does not start") from error
        # It usually outlives us; where it does not, somebody must hear of its end.
        threading.Thread(target=process.wait, name="installer", daemon=True).start()


class SystemInstallers:
    """Starts packages on this system."""

    @contextmanager
    def hold(self, package: Path, release: Release) -> Iterator[Held]:
        """Take hold of a package; see the port."""
        with _held(package, release) as held:
            yield held


def _compare(file: BinaryIO, release: Release, copy: BinaryIO | None = None) -> None:
    """Read a file once, copying it where that is wanted, and compare length and hash."""
    digest, length = hashlib.sha256(), 0
    while part := file.read(_CHUNK):
        length += len(part)
        if length > release.length:
            raise UpdateError("package is longer than what was checked")
        digest.update(part)
        if copy is not None:
            copy.write(part)
    if length != release.length or digest.hexdigest() != release.sha256:
        raise UpdateError("package is not what was checked")


if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    _GENERIC_READ: Final = 0x80000000
    _SHARE_READ: Final = 1
    _OPEN_EXISTING: Final = 3
    _NORMAL: Final = 0x80
    _OPEN_REPARSE_POINT: Final = 0x00200000

    def _environment() -> dict[str, str] | None:
        return None

    @contextmanager
    def _held(package: Path, release: Release) -> Iterator[Held]:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateFileW.restype = wintypes.HANDLE
        handle = kernel.CreateFileW(
            str(package),
            wintypes.DWORD(_GENERIC_READ),
            wintypes.DWORD(_SHARE_READ),  # neither writing nor removing, until it is closed
            None,
            wintypes.DWORD(_OPEN_EXISTING),
            wintypes.DWORD(_NORMAL | _OPEN_REPARSE_POINT),
            None,
        )
        if handle in {None, wintypes.HANDLE(-1).value}:
            raise UpdateError("package cannot be held")
        number = msvcrt.open_osfhandle(handle, os.O_RDONLY)
        with os.fdopen(number, "rb") as file:
            _compare(file, release)
            yield Held(path=package)

elif sys.platform == "linux":
    import fcntl

    _SEALS: Final = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL

    def _environment() -> dict[str, str] | None:
        return {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}

    @contextmanager
    def _held(package: Path, release: Release) -> Iterator[Held]:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            source = os.fdopen(os.open(package, flags), "rb")
        except FileNotFoundError as error:
            raise Conflict(code="update_missing") from error
        except OSError as error:
            raise UpdateError("package cannot be read") from error
        number = os.memfd_create("carebridge-setup", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
        with os.fdopen(number, "wb", buffering=0) as copy, source:
            if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
                raise UpdateError("package is no file")
            _compare(source, release, copy)
            fcntl.fcntl(number, fcntl.F_ADD_SEALS, _SEALS)
            yield Held(path=Path(f"/proc/self/fd/{number}"), handle=number)

else:

    def _environment() -> dict[str, str] | None:
        return None

    @contextmanager
    def _held(package: Path, release: Release) -> Iterator[Held]:
        with package.open("rb") as file:
            _compare(file, release)
        yield Held(path=package)
