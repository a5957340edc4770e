"""Taking other people's packages from an environment that was made from the hashed list.

``dev.py`` made that environment with hashes required; each file is compared once more with what
its package recorded at its installation, and no other file is taken.
Wheels for Linux lack one package (pyscard is compiled here), so this is the one source of all.
"""

from __future__ import annotations

import base64
import hashlib
import platform
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

from packaging.markers import Marker, default_environment

from installer.windows.processes import BuildFailed
from tools.requirement_lists import Pin

_NOT_SHIPPED: Final = ("INSTALLER", "REQUESTED", "RECORD", "direct_url.json")


def architecture() -> str:
    """Give what Debian calls this machine.

    Raises:
        BuildFailed: we do not know it.
    """
    known = {"x86_64": "amd64", "aarch64": "arm64"}
    if sys.platform != "linux" or platform.machine() not in known:
        raise BuildFailed(f"a Debian package is made on Linux, not on {sys.platform}")
    return known[platform.machine()]


def wanted_here(pins: Iterable[Pin]) -> list[Pin]:
    """Give the packages of a list that are installed on this system, by their markers."""
    here = {name: str(value) for name, value in default_environment().items()}
    return [pin for pin in pins if not pin.marker or Marker(pin.marker).evaluate(here)]


def files_of(pin: Pin) -> Iterator[tuple[str, bytes, bool]]:
    """Give path, content, and whether it may be run, of each file of an installed package.

    Raises:
        BuildFailed: it is not installed, in another version, or a file is not what was recorded.
    """
    try:
        found = metadata.distribution(pin.name)
    except metadata.PackageNotFoundError as error:
        raise BuildFailed(f"{pin.name} is not installed") from error
    if found.version != str(pin.version):
        raise BuildFailed(f"{pin.name} is {found.version}, and the list says {pin.version}")
    for each in found.files or []:
        if _is_shipped(each):
            path = Path(str(found.locate_file(each)))
            content = path.read_bytes()
            _require(each, content)
            yield each.as_posix(), content, bool(path.stat().st_mode & 0o100)


def _is_shipped(path: metadata.PackagePath) -> bool:
    # What lies outside are programs for the command line, which would call another Python.
    is_outside = ".." in path.parts or path.is_absolute()
    is_noted = path.parent.suffix == ".dist-info" and path.name in _NOT_SHIPPED
    return not is_outside and not is_noted and "__pycache__" not in path.parts


def _require(path: metadata.PackagePath, content: bytes) -> None:
    if path.hash is None:
        raise BuildFailed(f"{path}: nothing was recorded of it")
    digest = hashlib.new(path.hash.mode, content).digest()
    if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != path.hash.value:
        raise BuildFailed(f"{path}: it is not as it was installed")
