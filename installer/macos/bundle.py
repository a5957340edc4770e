"""Assembling the bundle; it runs on any system, and only macOS can sign and pack it."""

from __future__ import annotations

import io
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from installer.builds import Build
from installer.macos import layout
from installer.macos.runtime import unpack_runtime
from installer.wheels import install_wheels
from installer.windows.processes import BuildFailed
from tray.icon import draw
from tray.state import Face, TrayState

PYTHON: Final = "3.12"
PLATFORMS: Final = {"arm64": "aarch64-apple-darwin", "x86_64": "x86_64-apple-darwin"}


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a bundle is made of.

    Attributes:
        build: Which of the two builds.
        version: Of the build.
        wheel: Our own package.
        bill: Bill of materials.
        requirements: Hashed list of other people's packages.
        runtime: Archive of Python for macOS.
        runtime_sha256: What that archive must be.
        machine: ``arm64`` or ``x86_64``.
    """

    build: Build
    version: str
    wheel: Path
    bill: Path
    requirements: Path
    runtime: Path
    runtime_sha256: str
    machine: str


def build_bundle(parts: Parts, to: Path) -> Path:
    """Assemble ``Carebridge.app`` in a folder, and give its path.

    Raises:
        BuildFailed: the runtime is another one, a wheel is missing, or the contents are wrong.
    """
    app = to / f"{layout.NAME}.app"
    shutil.rmtree(app, ignore_errors=True)
    _write(to / layout.CONTENTS / "Info.plist", layout.information(parts.version))
    _write(to / layout.CONTENTS / "PkgInfo", b"APPL????")
    _write(to / layout.PROGRAM, layout.start_script())
    (to / layout.PROGRAM).chmod(0o755)
    _write(to / layout.ICON, layout.icon_file({size: _icon(size) for size in layout.ICON_SIZES}))
    unpack_runtime(parts.runtime, parts.runtime_sha256, to / layout.RUNTIME)
    packages = to / layout.RUNTIME / "lib" / f"python{PYTHON}" / "site-packages"
    _write(packages / "carebridge.pth", layout.search_path())
    install_wheels(
        parts.requirements,
        to / layout.SITE,
        platform=PLATFORMS[parts.machine],
        python=PYTHON,
    )
    with zipfile.ZipFile(parts.wheel) as wheel:
        wheel.extractall(to / layout.SITE)
    shutil.copyfile(parts.bill, to / layout.CONTENTS / "Resources" / parts.bill.name)
    names = [path.relative_to(to).as_posix() for path in app.rglob("*") if not path.is_dir()]
    wrong = layout.faults(parts.build, names)
    if wrong:
        raise BuildFailed("\n".join(wrong))
    return app


def _icon(size: int) -> bytes:
    written = io.BytesIO()
    draw(Face(state=TrayState.READY), size).save(written, "PNG")
    return written.getvalue()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
