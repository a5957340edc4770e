"""The two builds and the contents each must and must not have.

The builds differ by content alone: the composition root looks for the sandbox and offers the
simulator when it is there.
Source: *decisions* D2, *local API security* SEC-20.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PACKAGES: Final = ("bridge", "api", "tray")

SIMULATOR_ONLY: Final = (
    "api/models/simulator.py",
    "api/routes/simulator.py",
    "api/simulated.py",
    "bridge/daemon/simulator.py",
    "bridge/sandbox",
)
"""Folders and files of the simulator build: played platform, automatic PIN, printed token."""

NEEDED: Final = (
    "bridge/__main__.py",
    "bridge/adapters/db/migrations/env.py",
    "api/app.py",
    "api/console/static/index.html",
    "api/console/static/main.js",
)
"""A few files without which a wheel cannot start."""


@dataclass(frozen=True, kw_only=True)
class Build:
    """One of the two builds.

    Attributes:
        name: Folder below ``dist/``.
        label: Local part of the version, such as ``simulator`` in ``1.2.0+simulator``.
        leaves_out: Folders and files of the tree that are not packed.
    """

    name: str
    label: str | None
    leaves_out: tuple[str, ...]

    def version(self, public: str) -> str:
        """Give the version of this build of a public version."""
        return f"{public}+{self.label}" if self.label else public

    def faults(self, names: Iterable[str]) -> list[str]:
        """Say what is wrong with the contents of a wheel of this build.

        Args:
            names: Paths inside the wheel.
        """
        present = set(names)
        foreign = [name for name in present if belongs_to(name, self.leaves_out)]
        packed = [place for place in SIMULATOR_ONLY if place not in self.leaves_out]
        missing = [name for name in NEEDED if name not in present]
        missing += [p for p in packed if not any(belongs_to(name, (p,)) for name in present)]
        licences = [name for name in present if name.endswith(".dist-info/licenses/LICENSE")]
        return [
            *(f"must not contain {name}" for name in sorted(foreign)),
            *(f"lacks {name}" for name in sorted(missing)),
            *([] if licences else ["lacks the licence"]),
        ]


def belongs_to(name: str, places: Iterable[str]) -> bool:
    """Tell whether a path is one of some places, or inside one of them."""
    return any(name == place or name.startswith(f"{place}/") for place in places)


PRODUCTION: Final = Build(name="production", label=None, leaves_out=SIMULATOR_ONLY)
SIMULATOR: Final = Build(name="simulator", label="simulator", leaves_out=())
BUILDS: Final = (PRODUCTION, SIMULATOR)
