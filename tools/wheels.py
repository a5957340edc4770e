"""Build both wheels below ``dist/`` and list what each contains.

The build back end is called directly, so that neither network nor a second environment is needed.
Called by ``dev.py build``; ``--to FOLDER`` builds elsewhere.
Source: *decisions* D2.
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

from installer.builds import BUILDS, PACKAGES, Build

ROOT: Final = Path(__file__).resolve().parents[1]


def settings_of(build: Build) -> dict[str, Any]:
    """Give the project's settings as one build needs them: its version and what it packs."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    public = ProjectMetadata(str(ROOT), PluginManager(), settings).version
    settings["project"]["version"] = build.version(public)
    settings["project"]["dynamic"].remove("version")
    del settings["tool"]["hatch"]["version"]
    wheel = {"packages": list(PACKAGES), "exclude": list(build.leaves_out)}
    settings["tool"]["hatch"]["build"] = {"targets": {"wheel": wheel}}
    return settings


def build_wheel(build: Build, folder: Path) -> Path:
    """Build one wheel into a folder and give its path."""
    plugins, settings = PluginManager(), settings_of(build)
    metadata = ProjectMetadata(str(ROOT), plugins, settings)
    builder = WheelBuilder(str(ROOT), plugin_manager=plugins, config=settings, metadata=metadata)
    (made,) = builder.build(directory=str(folder), versions=["standard"])
    return Path(made)


def contents(wheel: Path) -> list[str]:
    """List the files in a wheel, in order."""
    with zipfile.ZipFile(wheel) as archive:
        return sorted(archive.namelist())


def main(words: Sequence[str]) -> int:
    """Build both, print their contents; give 1 when one holds what it must not, or too little."""
    parser = argparse.ArgumentParser(description="Build the production and the simulator wheel.")
    parser.add_argument("--to", type=Path, default=ROOT / "dist", help="folder to build into")
    folder = parser.parse_args(words).to
    faults = []
    for build in BUILDS:
        wheel = build_wheel(build, folder / build.name)
        names = contents(wheel)
        print(f"{build.name}: {wheel.name}", *names, sep="\n  ")
        faults += [f"{build.name}: {fault}" for fault in build.faults(names)]
    print(*faults, sep="\n", file=sys.stderr, end="\n" if faults else "")
    return int(bool(faults))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
