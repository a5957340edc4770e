"""``dev.py package linux``: the Debian package, its bill of materials and checksums."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import Any, Final

from installer.builds import BUILDS
from installer.linux.deb import Parts, build_deb
from installer.windows.processes import BuildFailed
from tools import audit_dependencies, bill_of_materials
from tools.requirement_lists import list_of, pins_of
from tools.wheels import ROOT, build_wheel, version

SUMS: Final = "SHA256SUMS"


def add_to(systems: Any) -> None:
    """Add the system to the command line of ``dev.py package``."""
    linux = systems.add_parser("linux", help="Debian package")
    linux.add_argument("--build", choices=[each.name for each in BUILDS], default="production")
    linux.add_argument("--to", type=Path, default=ROOT / "dist" / "linux")
    linux.add_argument("--update-root", type=Path, help="root of the update metadata")
    linux.add_argument("--quick", action="store_true", help="pack for speed; not for a release")
    linux.set_defaults(work=build_linux)


def build_linux(words: argparse.Namespace) -> list[Path]:
    """Build everything for Linux; give the files that are published.

    Raises:
        BuildFailed: a tool failed, a content is wrong, or a package has a known weakness.
    """
    if audit_dependencies.main(()):
        raise BuildFailed("a package has a known weakness")
    build = next(each for each in BUILDS if each.name == words.build)
    to: Path = words.to / build.name
    bill = bill_of_materials.write(to, build.version(version()))
    parts = Parts(
        build=build,
        version=build.version(version()),
        wheel=build_wheel(build, to / "wheel", bill=bill, update_root=words.update_root),
        bill=bill,
        licence=ROOT / "LICENSE",
        pins=pins_of(list_of("runtime")),
    )
    made = [bill, build_deb(parts, to, is_quick=words.quick)]
    lines = [f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}\n" for each in made]
    (to / SUMS).write_text("".join(lines), "utf-8")
    return [*made, to / SUMS]
