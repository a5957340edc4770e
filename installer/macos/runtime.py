"""The Python of the bundle: a relocatable one for macOS, given by its file and its hash.

Its archive has one top folder ``python/``, which is the layout of *python-build-standalone*; it is
never fetched here.
"""

from __future__ import annotations

import hashlib
import tarfile
from pathlib import Path
from typing import Final

from installer.windows.processes import BuildFailed

_TOP: Final = "python"


def unpack_runtime(archive: Path, sha256: str, folder: Path) -> None:
    """Unpack Python, after its hash was compared.

    Raises:
        BuildFailed: it is another archive, or has another layout.
    """
    if hashlib.sha256(archive.read_bytes()).hexdigest() != sha256:
        raise BuildFailed(f"{archive.name} is not the runtime that was named")
    above = folder.parent
    above.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as packed:
        packed.extractall(above, filter="data")
    if not (above / _TOP).is_dir():
        raise BuildFailed(f"{archive.name} has no folder {_TOP}/")
    (above / _TOP).rename(folder)
