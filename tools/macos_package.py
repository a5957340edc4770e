"""``dev.py package macos``: the application bundle, and on macOS the installer package."""

from __future__ import annotations

import argparse
import hashlib
import platform
import sys
from pathlib import Path
from typing import Any, Final

from installer.builds import BUILDS
from installer.macos import layout
from installer.macos.bundle import PLATFORMS, Parts, build_bundle
from installer.windows.processes import BuildFailed, run
from tools import audit_dependencies, bill_of_materials
from tools.requirement_lists import list_of
from tools.wheels import ROOT, build_wheel, version

SUMS: Final = "SHA256SUMS"


def add_to(systems: Any) -> None:
    """Add the system to the command line of ``dev.py package``."""
    macos = systems.add_parser("macos", help="application bundle and package")
    macos.add_argument("--build", choices=[each.name for each in BUILDS], default="production")
    macos.add_argument("--to", type=Path, default=ROOT / "dist" / "macos")
    macos.add_argument("--update-root", type=Path, help="root of the update metadata")
    macos.add_argument("--runtime", type=Path, required=True, help="archive with Python for macOS")
    macos.add_argument("--runtime-sha256", required=True, help="hash of that archive")
    macos.add_argument("--machine", choices=list(PLATFORMS), default=_machine())
    macos.set_defaults(work=build_macos)


def build_macos(words: argparse.Namespace) -> list[Path]:
    """Build everything for macOS; give the files that are published.

    Raises:
        BuildFailed: a tool failed, a content is wrong, or a package has a known weakness.
    """
    if audit_dependencies.main(()):
        raise BuildFailed("a package has a known weakness")
    build = next(each for each in BUILDS if each.name == words.build)
    to: Path = words.to / build.name
    named = build.version(version())
    bill = bill_of_materials.write(to, named)
    parts = Parts(
        build=build,
        version=named,
        wheel=build_wheel(build, to / "wheel", bill=bill, update_root=words.update_root),
        bill=bill,
        requirements=list_of("runtime"),
        runtime=words.runtime,
        runtime_sha256=words.runtime_sha256,
        machine=words.machine,
    )
    app = build_bundle(parts, to)
    agent = to / "be.carebridge.daemon.plist"
    agent.write_bytes(layout.launch_agent())
    made = [bill, agent]
    if sys.platform == "darwin":
        package = to / f"carebridge-{named}-{words.machine}.pkg"
        print(run([str(ROOT / "installer" / "macos" / "pack.sh"), str(app), str(package)]))
        made.append(package)
    lines = [f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}\n" for each in made]
    (to / SUMS).write_text("".join(lines), "utf-8")
    return [*made, to / SUMS]


def _machine() -> str:
    return "x86_64" if platform.machine() in {"x86_64", "AMD64"} else "arm64"
