"""What the Debian package contains, and what it asks of the system.

::

    /opt/carebridge/            a virtual environment: other people's packages and our own
    /usr/bin/carebridge         runs it
    /usr/share/applications/    the entry of the menu, and the one for links
    /usr/share/icons/           the icon
    /usr/lib/systemd/user/      both units, off until a user enables one
    /usr/share/doc/carebridge/  licence and bill of materials

The interpreter is the system's, of the version the package was built with, so that its security
updates reach us; everything else is the locked list.
There are no maintainer scripts: nothing of ours runs as root.
Source: *Desktop packaging* 4; decision D2.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Final

from bridge.adapters.desktopfiles import (
    APPLICATION_FILE,
    ICON,
    URI_FILE,
    application_entry,
    uri_entry,
)
from bridge.adapters.systemdunits import GRAPHICAL, HEADLESS, unit_text
from installer.builds import SIMULATOR_ONLY, Build, belongs_to

HOME: Final = "opt/carebridge"
MINOR: Final = f"{sys.version_info[0]}.{sys.version_info[1]}"
PYTHON: Final = f"/usr/bin/python{MINOR}"
SITE: Final = f"{HOME}/lib/python{MINOR}/site-packages"
PROGRAM: Final = "usr/bin/carebridge"
DOCS: Final = "usr/share/doc/carebridge"
_APPLICATIONS: Final = "usr/share/applications"
_UNITS: Final = "usr/lib/systemd/user"
_ICONS: Final = "usr/share/icons/hicolor"
ICON_SIZES: Final = (16, 24, 32, 48, 64, 128, 256)
ALLOWED: Final = (HOME, PROGRAM, DOCS, _APPLICATIONS, _UNITS, _ICONS)
"""Everything lies below these, so that a removal leaves nothing."""
_CALLED: Final = f"/{PROGRAM}"

DEPENDS: Final = (
    f"python{MINOR}",
    "python3-tk",
    "libc6 (>= 2.34)",
    "libpcsclite1",
)
"""Interpreter, our windows, and the way to card readers."""
RECOMMENDS: Final = (
    "pcscd",
    "python3-gi",
    "gir1.2-gtk-3.0",
    "gir1.2-ayatanaappindicator3-0.1",
    "gnome-keyring | kwalletmanager",
    "xdg-utils",
)
"""Smart-card service, the icon, a key store, and opening pages."""


def small_files() -> dict[str, bytes]:
    """Give the files that are written here, by their path."""
    run, end = (_CALLED, "run"), (_CALLED, "--quit")
    return {
        PROGRAM: f'#!/bin/sh\nexec /{HOME}/bin/python -I -m bridge "$@"\n'.encode(),
        f"{HOME}/pyvenv.cfg": (
            f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {MINOR}\n".encode()
        ),
        f"{_APPLICATIONS}/{APPLICATION_FILE}": application_entry((_CALLED, "--from-menu")),
        f"{_APPLICATIONS}/{URI_FILE}": uri_entry((_CALLED, "--url")),
        f"{_UNITS}/{GRAPHICAL}": unit_text(GRAPHICAL, run, end).encode(),
        f"{_UNITS}/{HEADLESS}": unit_text(HEADLESS, run, end).encode(),
    }


def icon_path(size: int) -> str:
    """Give where the icon of a size lies."""
    return f"{_ICONS}/{size}x{size}/apps/{ICON}.png"


def control(*, version: str, architecture: str, installed_kib: int) -> str:
    """Give the facts that ``dpkg`` reads."""
    return "\n".join(
        [
            "Package: carebridge",
            f"Version: {version}",
            f"Architecture: {architecture}",
            "Maintainer: Carebridge <support@carebridge.invalid>",
            f"Installed-Size: {installed_kib}",
            f"Depends: {', '.join(DEPENDS)}",
            f"Recommends: {', '.join(RECOMMENDS)}",
            "Section: misc",
            "Priority: optional",
            "Description: connection between nursing software, eHealth and MyCareNet",
            " Carebridge runs on the computer of a Belgian home nurse and asks eHealth and the",
            " insurers in her name, with her eID.",
            "",
        ]
    )


def faults(build: Build, names: Iterable[str]) -> list[str]:
    """Say what is wrong with the contents of a package (D2).

    Args:
        build: Which of the two it is.
        names: Paths of its files, without the first slash.
    """
    present = set(names)
    ours = [name.removeprefix(f"{SITE}/") for name in present if name.startswith(f"{SITE}/")]
    strange = sorted(name for name in present if not belongs_to(name, ALLOWED))
    wanted = [*small_files(), f"{HOME}/bin/python", *map(icon_path, ICON_SIZES)]
    missing = [name for name in wanted if name not in present]
    compiled = [name for name in ours if _is_compiled(name) and _source_of(name) not in ours]
    hidden = [name for name in ours if _is_compiled(name) and _is_left_out(build, _source_of(name))]
    return [
        *build.faults(name for name in ours if not _is_compiled(name)),
        *(f"outside of our places: {name}" for name in strange),
        *(f"missing: {name}" for name in missing),
        *(f"compiled, without its source: {name}" for name in compiled),
        *(f"must not be there: {name}" for name in hidden),
    ]


def _is_left_out(build: Build, name: str) -> bool:
    return belongs_to(name, [each for each in SIMULATOR_ONLY if each in build.leaves_out])


def _is_compiled(name: str) -> bool:
    return "__pycache__/" in name


def _source_of(name: str) -> str:
    """Give the source of a compiled module: ``a/__pycache__/b.cpython-311.pyc`` is ``a/b.py``."""
    folder, _, file = name.rpartition("__pycache__/")
    return f"{folder}{file.split('.', 1)[0]}.py"
