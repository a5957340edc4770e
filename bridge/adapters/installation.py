"""Whether the installed program can be, or was, changed by others (LOC-02).

Everything that code is loaded from must be writable by its owner, us or the system, alone; and the
files of our own packages must be those that were installed.
A folder that the user herself can write is accepted: so are all installations for one user.
"""

from __future__ import annotations

import base64
import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Final

PACKAGES: Final = ("bridge", "api", "tray")
_DISTRIBUTION: Final = "carebridge"
_CACHE: Final = "__pycache__"


def loaded_from() -> list[Path]:
    """Give the folders and archives from which code is loaded, and the program itself."""
    places = [Path(entry) for entry in sys.path if entry]
    return [Path(sys.executable), *(place for place in places if place.exists())]


def root_of_packages() -> Path:
    """Give the folder our own packages lie in."""
    return Path(__file__).resolve().parents[2]


def is_installed() -> bool:
    """Tell whether our packages were installed, rather than run from a source tree."""
    return recorded_files() is not None


def recorded_files() -> Mapping[str, str] | None:
    """Give the files of our packages as they were installed, with their SHA-256 in base64.

    ``None`` for a source tree, of which nothing is recorded.
    """
    root = root_of_packages()
    for found in metadata.distributions(name=_DISTRIBUTION, path=[str(root)]):
        files = found.files or []
        recorded = {
            each.as_posix(): each.hash.value
            for each in files
            if each.hash is not None and each.parts[0] in PACKAGES
        }
        if recorded:
            return recorded
    return None


def first_changed(root: Path, recorded: Mapping[str, str]) -> str | None:
    """Give a file of our packages that is not as it was installed, or was put beside them.

    Compiled modules count where they were installed too, as on Windows; elsewhere Python makes
    them when it likes.
    """
    has_compiled = any(f"/{_CACHE}/" in name for name in recorded)
    present = {
        path.relative_to(root).as_posix()
        for package in PACKAGES
        for path in (root / package).rglob("*")
        if not path.is_dir() and (has_compiled or _CACHE not in path.parts)
    }
    strange = sorted(present - set(recorded))
    if strange:
        return strange[0]
    for name, digest in recorded.items():
        try:
            content = (root / name).read_bytes()
        except OSError:
            return name
        found = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        if found != digest:
            return name
    return None


def first_shared(places: Iterable[Path], packages: Iterable[Path] = ()) -> Path | None:
    """Give a place that others may write.

    Args:
        places: Folders and files from which code is loaded; the folders above them count too.
        packages: Folders of which everything counts.
    """
    seen: set[Path] = set()
    for path in _everything(places, packages):
        if path not in seen:
            seen.add(path)
            if _others_may_write(path):
                return path
    return None


def _everything(places: Iterable[Path], packages: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        resolved = place.resolve()
        yield resolved
        yield from resolved.parents
    for package in packages:
        yield package
        yield from (each for each in package.rglob("*") if each.is_dir() or each.is_file())


if sys.platform == "win32":
    from bridge.adapters.windowsaccess import others_may_write

    def _others_may_write(path: Path) -> bool:
        # Whatever lies at the top of a drive may be extended by users; what is there stays.
        return path.parent != path and others_may_write(path)

else:
    import grp
    import os
    import pwd
    import stat

    _ADMINISTRATORS: Final = frozenset({0, 80} if sys.platform == "darwin" else {0})
    """Groups whose members can change everything in any case: ``wheel`` and ``admin``, ``root``."""

    def _others_may_write(path: Path) -> bool:
        facts = path.stat()
        if facts.st_uid not in {0, os.geteuid()}:
            return True
        is_sticky = stat.S_ISDIR(facts.st_mode) and bool(facts.st_mode & stat.S_ISVTX)
        if is_sticky:  # others may add there, but not change or move what is ours
            return False
        if facts.st_mode & stat.S_IWOTH:
            return True
        return bool(facts.st_mode & stat.S_IWGRP) and _has_others(facts.st_gid)

    def _has_others(group: int) -> bool:
        """Tell whether somebody else is in a group; many users have one of their own."""
        if group in _ADMINISTRATORS:
            return False
        own = {"root", pwd.getpwuid(os.geteuid()).pw_name}
        members = {each.pw_name for each in pwd.getpwall() if each.pw_gid == group}
        try:
            members |= set(grp.getgrgid(group).gr_mem)
        except KeyError:
            return True
        return bool(members - own)
