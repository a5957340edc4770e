"""Refuse packages with known weaknesses: the hashed lists against what is known offline (SEC-186).

Two sources are asked, and nothing is fetched:

- the table below: versions this program relies on, each for a reason that is written there;
- advisories in the OSV format, a file or a folder of files (or ``CAREBRIDGE_ADVISORIES``), such as
  the export of the Python Packaging Advisory Database that a release machine keeps up to date.

Without advisories only the table is checked, and the closing line says so: passing then means "no
weakness that we wrote down ourselves", not "no known weakness".
Called by ``dev.py build`` and by the linters; the exit status is 1 when something is found.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tools.requirement_lists import LISTS, Pin, list_of, pins_of

SETTING: Final = "CAREBRIDGE_ADVISORIES"

LEAST: Final[Mapping[str, tuple[str, str]]] = {
    "starlette": ("1.0.1", "CVE-2026-48710: a malformed Host could poison decisions on the path"),
    "fastapi": ("0.132.0", "before, JSON without a content type was parsed"),
    "h11": ("0.16.0", "CVE-2025-43859: leniency in chunked bodies"),
    "urllib3": ("2.6.3", "CVE-2026-21441: redirects could be decompressed without bound"),
    "cryptography": ("46.0.5", "CVE-2026-26007: points of small subgroups were accepted"),
}
"""Package: the least version, and why; *Local API security* 19 asks for the first two."""


@dataclass(frozen=True, kw_only=True)
class Weakness:
    """A package in a list that must not be there."""

    list_name: str
    pin: Pin
    reason: str

    def __str__(self) -> str:
        return f"{self.list_name}: {self.pin.name} {self.pin.version}: {self.reason}"


def below_least(pins: Iterable[Pin]) -> Iterator[tuple[Pin, str]]:
    """Find packages older than the table allows."""
    for pin in pins:
        least, reason = LEAST.get(pin.name, ("0", ""))
        if pin.version < Version(least):
            yield pin, f"at least {least} ({reason})"


def advisories_of(place: Path) -> list[dict[str, Any]]:
    """Read a file or all ``*.json`` below a folder; one file may hold one advisory or a list.

    Raises:
        ValueError: there is none, or one is not JSON: an empty audit must not look like a good one.
    """
    files = sorted(place.rglob("*.json")) if place.is_dir() else [place]
    found: list[dict[str, Any]] = []
    for file in files:
        document = json.loads(file.read_bytes())
        found.extend(document if isinstance(document, list) else [document])
    if not found:
        raise ValueError(f"no advisories below {place.name}")
    return found


def affected(
    pins: Iterable[Pin], advisories: Iterable[dict[str, Any]]
) -> Iterator[tuple[Pin, str]]:
    """Find packages that advisories name in just this version."""
    by_name: dict[str, list[Pin]] = {}
    for pin in pins:
        by_name.setdefault(pin.name, []).append(pin)
    for advisory in advisories:
        if advisory.get("withdrawn"):
            continue
        names = ", ".join([str(advisory.get("id")), *map(str, advisory.get("aliases") or ())])
        for part in advisory.get("affected") or ():
            package = part.get("package") or {}
            if package.get("ecosystem") == "PyPI":
                for pin in by_name.get(canonicalize_name(str(package.get("name"))), ()):
                    if is_affected(pin.version, part):
                        yield pin, names


def is_affected(version: Version, part: Mapping[str, Any]) -> bool:
    """Tell whether a version is named, or lies in a range, of one part of an advisory."""
    if any(_version(text) == version for text in part.get("versions") or ()):
        return True
    ranges = [each for each in part.get("ranges") or () if each.get("type") == "ECOSYSTEM"]
    return any(_is_within(version, each.get("events") or ()) for each in ranges)


def _is_within(version: Version, events: Sequence[Mapping[str, str]]) -> bool:
    """Walk the events of a range in order of their versions, as the OSV format says."""
    moments: list[tuple[Version, int, str]] = []
    order = {"introduced": 1, "fixed": 0, "last_affected": 2, "limit": 0}
    for event in events:
        for kind, text in event.items():
            found = Version("0.dev0") if text == "0" else _version(text)
            if kind in order and found is not None:
                moments.append((found, order[kind], kind))
    is_inside = False
    for moment, _, kind in sorted(moments):
        if moment > version:
            break
        if kind == "last_affected":
            is_inside = is_inside and moment == version
        else:
            is_inside = kind == "introduced"
    return is_inside


def _version(text: object) -> Version | None:
    try:
        return Version(str(text))
    except InvalidVersion:
        return None


def audit(
    lists: Mapping[str, Sequence[Pin]], advisories: Sequence[dict[str, Any]]
) -> list[Weakness]:
    """Give everything that is wrong with some lists."""
    return [
        Weakness(list_name=name, pin=pin, reason=reason)
        for name, pins in lists.items()
        for pin, reason in [*below_least(pins), *affected(pins, advisories)]
    ]


def main(arguments: Sequence[str]) -> int:
    """Audit lists, the two of this project unless told otherwise; 1 when something is found."""
    parser = argparse.ArgumentParser(description="Refuse packages with known weaknesses, offline.")
    parser.add_argument("lists", nargs="*", type=Path, help="hashed lists")
    parser.add_argument("--advisories", type=Path, help=f"OSV file or folder; else {SETTING}")
    words = parser.parse_args(arguments)
    place = words.advisories or os.environ.get(SETTING)
    files = words.lists or [list_of(name) for name in LISTS]
    try:
        known = advisories_of(Path(place)) if place else []
        lists = {file.stem: pins_of(file) for file in files}
    except (OSError, ValueError) as error:
        print(f"the audit could not be made: {error}", file=sys.stderr)
        return 1
    found = audit(lists, known)
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    against = f"{len(known)} advisories and" if place else "no advisories, only"
    count = sum(len(pins) for pins in lists.values())
    print(f"{count} packages against {against} {len(LEAST)} least versions: {len(found)} found")
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
