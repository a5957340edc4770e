"""What the bundle contains, and what its property list says.

::

    Carebridge.app/Contents/
      Info.plist  PkgInfo
      MacOS/carebridge                 a script that runs the interpreter beside it
      Resources/carebridge.icns
      Resources/runtime/               Python, relocatable
      Resources/site/                  other people's packages and our own
      Resources/bom.cdx.json

It has no icon in the Dock (``LSUIElement``): it lives in the menu bar.
The scheme ``carebridge:`` is registered by ``CFBundleURLTypes`` alone.
Source: *Desktop packaging* 4; Apple, *Information Property List*.
"""

from __future__ import annotations

import plistlib
import struct
from collections.abc import Iterable, Mapping
from typing import Final

from bridge.adapters.autostart import agent_facts
from bridge.domain.openuris import SCHEME
from installer.builds import Build

NAME: Final = "Carebridge"
IDENTIFIER: Final = "be.carebridge"
OLDEST_MACOS: Final = "12.0"
CONTENTS: Final = f"{NAME}.app/Contents"
PROGRAM: Final = f"{CONTENTS}/MacOS/carebridge"
RUNTIME: Final = f"{CONTENTS}/Resources/runtime"
SITE: Final = f"{CONTENTS}/Resources/site"
ICON: Final = f"{CONTENTS}/Resources/carebridge.icns"
INSTALLED: Final = f"/Applications/{PROGRAM}"
"""Where the LaunchAgent of an administrator looks for it."""

_ICON_KINDS: Final = {16: b"icp4", 32: b"icp5", 64: b"icp6", 128: b"ic07", 256: b"ic08"}
ICON_SIZES: Final = tuple(_ICON_KINDS)


def information(version: str) -> bytes:
    """Give ``Info.plist``."""
    facts = {
        "CFBundleIdentifier": IDENTIFIER,
        "CFBundleName": NAME,
        "CFBundleDisplayName": NAME,
        "CFBundleExecutable": "carebridge",
        "CFBundleIconFile": "carebridge",
        "CFBundlePackageType": "APPL",
        "CFBundleInfoDictionaryVersion": "6.0",
        "CFBundleShortVersionString": version.partition("+")[0],
        "CFBundleVersion": version.partition("+")[0],
        "CFBundleDevelopmentRegion": "en",
        "CFBundleLocalizations": ["en", "fr", "nl", "de"],
        "CFBundleURLTypes": [
            {"CFBundleURLName": IDENTIFIER, "CFBundleURLSchemes": [SCHEME]},
        ],
        "LSApplicationCategoryType": "public.app-category.medical",
        "LSMinimumSystemVersion": OLDEST_MACOS,
        "LSUIElement": True,
        "NSHighResolutionCapable": True,
        "NSHumanReadableCopyright": "Apache License 2.0",
    }
    return plistlib.dumps(facts)


def launch_agent() -> bytes:
    """Give the LaunchAgent an administrator may put into ``/Library/LaunchAgents``.

    A user alone writes her own with ``carebridge autostart enable``; not both.
    """
    return agent_facts((INSTALLED, "run"))


def start_script() -> bytes:
    """Give the program of the bundle: the interpreter beside it, isolated, with our packages.

    An isolated interpreter reads no variable and no folder of the user's; the one folder that is
    added is that of the bundle.
    """
    lines = (
        "#!/bin/sh",
        'here=$(cd "$(dirname "$0")/.." && pwd -P) || exit 1',
        'exec "$here/Resources/runtime/bin/python3" -I -m bridge "$@"',
    )
    return "".join(f"{line}\n" for line in lines).encode()


def search_path() -> bytes:
    """Give the ``.pth`` of the runtime that leads to our packages, from its ``site-packages``."""
    return b"../../../../site\n"


def icon_file(pictures: Mapping[int, bytes]) -> bytes:
    """Give ``.icns`` from PNG pictures by their size in pixels."""
    parts = [
        _ICON_KINDS[size] + struct.pack(">I", len(picture) + 8) + picture
        for size, picture in sorted(pictures.items())
    ]
    body = b"".join(parts)
    return b"icns" + struct.pack(">I", len(body) + 8) + body


def faults(build: Build, names: Iterable[str]) -> list[str]:
    """Say what is wrong with the contents of a bundle (D2)."""
    present = set(names)
    ours = [name.removeprefix(f"{SITE}/") for name in present if name.startswith(f"{SITE}/")]
    wanted = (PROGRAM, ICON, f"{CONTENTS}/Info.plist", f"{RUNTIME}/bin/python3")
    missing = [name for name in wanted if name not in present]
    return [*build.faults(ours), *(f"missing: {name}" for name in missing)]
