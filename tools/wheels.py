"""Build both wheels below ``dist/``, with a bill of materials, and list what each contains.

The build back end is called directly, so that neither network nor a second environment is needed.
Nothing is built from packages with known weaknesses (``tools.audit_dependencies``).
The bill of materials lies beside the wheels and in them (PEP 770); with ``--sign-with KEY`` it has
a signature, and with ``--update-root FILE`` the wheels know whom to trust about new versions.
Called by ``dev.py build``; ``--to FOLDER`` builds elsewhere.
Source: *decisions* D2, *Local API security* SEC-181 and SEC-186.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from hatchling.builders.wheel import WheelBuilder
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager

from bridge.domain.updates import ROOT_FILE
from installer.builds import BUILDS, PACKAGES, Build
from tools import audit_dependencies, bill_of_materials
from tools.release_metadata import ask

ROOT: Final = Path(__file__).resolve().parents[1]


def settings_of(
    build: Build, *, bill: Path | None = None, update_root: Path | None = None
) -> dict[str, Any]:
    """Give the project's settings as one build needs them: its version and what it packs.

    Args:
        build: Which of the two.
        bill: Bill of materials that is packed.
        update_root: Metadata that says whom to trust about new versions, packed too.
    """
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    public = ProjectMetadata(str(ROOT), PluginManager(), settings).version
    settings["project"]["version"] = build.version(public)
    settings["project"]["dynamic"].remove("version")
    del settings["tool"]["hatch"]["version"]
    wheel: dict[str, Any] = {"packages": list(PACKAGES), "exclude": list(build.leaves_out)}
    if bill is not None:
        wheel["sbom-files"] = [str(bill.resolve())]
    if update_root is not None:
        wheel["force-include"] = {str(update_root.resolve()): f"bridge/{ROOT_FILE}"}
    settings["tool"]["hatch"]["build"] = {"targets": {"wheel": wheel}}
    return settings


def version() -> str:
    """Give the public version of the program."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return str(ProjectMetadata(str(ROOT), PluginManager(), settings).version)


def build_wheel(build: Build, folder: Path, **packed: Path | None) -> Path:
    """Build one wheel into a folder and give its path; ``packed`` as for ``settings_of``."""
    plugins, settings = PluginManager(), settings_of(build, **packed)
    metadata = ProjectMetadata(str(ROOT), plugins, settings)
    builder = WheelBuilder(str(ROOT), plugin_manager=plugins, config=settings, metadata=metadata)
    (made,) = builder.build(directory=str(folder), versions=["standard"])
    return Path(made)


def contents(wheel: Path) -> list[str]:
    """List the files in a wheel, in order."""
    with zipfile.ZipFile(wheel) as archive:
        return sorted(archive.namelist())


def main(words: Sequence[str]) -> int:
    """Build both, print their contents; give 1 when one holds what it must not, or too little.

    Also 1, before anything is built, when a package has a known weakness (SUP-01).
    """
    parser = argparse.ArgumentParser(description="Build the production and the simulator wheel.")
    parser.add_argument("--to", type=Path, default=ROOT / "dist", help="folder to build into")
    parser.add_argument("--sign-with", type=Path, help="key for the bill of materials")
    parser.add_argument("--update-root", type=Path, help="root of the update metadata")
    parser.add_argument("--advisories", help="OSV file or folder for the audit")
    chosen = parser.parse_args(words)
    told = () if chosen.advisories is None else ("--advisories", chosen.advisories)
    if audit_dependencies.main(told):
        return 1
    folder, key = chosen.to, None
    if chosen.sign_with is not None:
        key = bill_of_materials.private_key(chosen.sign_with, ask("the key"))
    bill = bill_of_materials.write(folder, version(), key=key)
    faults = []
    for build in BUILDS:
        wheel = build_wheel(build, folder / build.name, bill=bill, update_root=chosen.update_root)
        names = contents(wheel)
        print(f"{build.name}: {wheel.name}", *names, sep="\n  ")
        faults += [f"{build.name}: {fault}" for fault in build.faults(names)]
    print(*faults, sep="\n", file=sys.stderr, end="\n" if faults else "")
    return int(bool(faults))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
