"""Reading the hashed lists of ``requirements/``: what is in them, not what the index says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT: Final = Path(__file__).resolve().parents[1]
LISTS: Final = ("runtime", "dev")

_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True, kw_only=True)
class Pin:
    """One package of a list.

    Attributes:
        name: As package indexes spell it.
        marker: On which systems and versions of Python it is installed; empty: everywhere.
        hashes: SHA-256 of each file of it that may be installed.
    """

    name: str
    version: Version
    marker: str
    hashes: tuple[str, ...]

    def is_for(self, environment: Mapping[str, str]) -> bool:
        """Tell whether it is installed in an environment, described by the names of markers."""
        return not self.marker or Marker(self.marker).evaluate(dict(environment))


def list_of(name: str) -> Path:
    """Give the file of a list."""
    return ROOT / "requirements" / f"{name}.txt"


def pins_of(file: Path) -> list[Pin]:
    """Read a list, in order.

    Raises:
        ValueError: an entry has no exact version or no hash.
    """
    return list(_pins(file.read_text("utf-8")))


def _pins(text: str) -> Iterator[Pin]:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for entry in re.split(r"\n(?=\S)", "\n".join(lines)):
        named = entry.split("--hash", 1)[0].replace("\\", " ").strip()
        if not named:
            continue
        wanted, hashes = Requirement(named), tuple(_HASH.findall(entry))
        exact = [each for each in wanted.specifier if each.operator == "=="]
        if len(exact) != 1 or not hashes:
            raise ValueError(f"{wanted.name}: no exact version, or no hash")
        yield Pin(
            name=canonicalize_name(wanted.name),
            version=Version(exact[0].version),
            marker=str(wanted.marker or ""),
            hashes=hashes,
        )
