"""Where PKCS#11 libraries lie, per platform (*Belgian eID card* 11).

The official middleware comes first; OpenSC is the fallback: it reads cards with RSA keys, and
those with EC keys only from 0.27 on.
Libraries are loaded by full path only, never searched by name.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

_LINUX_FOLDERS: Final = (
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib",
)

_KINDS: Final = (("beidpkcs11", "official"), ("beid-pkcs11", "official"), ("opensc", "opensc"))
_MAC_MIDDLEWARE: Final = "/Library/Belgium Identity Card/Pkcs11/beid-pkcs11.bundle"

CARD_MODULES: Final[Mapping[str, tuple[str, ...]]] = {
    "win32": (
        r"{SYSTEMROOT}\System32\beidpkcs11.dll",
        r"{PROGRAMFILES}\OpenSC Project\OpenSC\pkcs11\opensc-pkcs11.dll",
    ),
    "darwin": (
        f"{_MAC_MIDDLEWARE}/Contents/MacOS/libbeidpkcs11.dylib",
        "/Library/OpenSC/lib/opensc-pkcs11.so",
        "/opt/homebrew/lib/opensc-pkcs11.so",
        "/usr/local/lib/opensc-pkcs11.so",
    ),
    "linux": (
        *(f"{folder}/libbeidpkcs11.so.0" for folder in _LINUX_FOLDERS),
        *(f"{folder}/opensc-pkcs11.so" for folder in _LINUX_FOLDERS),
        *(f"{folder}/pkcs11/opensc-pkcs11.so" for folder in _LINUX_FOLDERS),
    ),
}
"""Libraries for real cards, best first; names in braces are variables of the environment."""

SOFTHSM_MODULES: Final[Mapping[str, tuple[str, ...]]] = {
    "win32": (
        r"{SYSTEMDRIVE}\SoftHSM2\lib\softhsm2-x64.dll",
        r"{PROGRAMFILES}\SoftHSM2\lib\softhsm2-x64.dll",
    ),
    "darwin": (
        "/opt/homebrew/lib/softhsm/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
    ),
    "linux": tuple(f"{folder}/softhsm/libsofthsm2.so" for folder in _LINUX_FOLDERS),
}
"""The software token of the simulator build and of the tests."""


def kind_of(module: Path) -> str:
    """Name the makers of a library by its file name: ``official``, ``opensc`` or ``other``."""
    name = module.name.lower()
    return next((kind for part, kind in _KINDS if part in name), "other")


def discover(
    order: Sequence[str],
    override: Path | None = None,
    *,
    platform: str = sys.platform,
    environ: Mapping[str, str] = os.environ,
    table: Mapping[str, tuple[str, ...]] = CARD_MODULES,
) -> list[Path]:
    """Give the libraries that may be used, best first; each one once.

    Args:
        order: Kinds of libraries, best first; others are left out.
        override: The only library to use, whether it is there or not.
        platform: As in ``sys.platform``.
        environ: Variables of the environment, names in capitals.
        table: Where to look.
    """
    if override is not None:
        return [override]
    found = discover_modules(platform, environ, table)
    # A folder may be a link to another one.
    single = {path.resolve(): path for path in reversed(found)}
    distinct = [path for path in found if single[path.resolve()] is path]
    return [path for kind in order for path in distinct if kind_of(path) == kind]


def discover_modules(
    platform: str,
    environ: Mapping[str, str],
    table: Mapping[str, tuple[str, ...]] = CARD_MODULES,
) -> list[Path]:
    """Give the libraries of a table that are there, best first.

    Args:
        platform: As in ``sys.platform``.
        environ: Variables of the environment, names in capitals.
        table: Which libraries to look for.
    """
    return [path for path in _candidates(platform, environ, table) if path.is_file()]


def _candidates(
    platform: str,
    environ: Mapping[str, str],
    table: Mapping[str, tuple[str, ...]],
) -> Iterator[Path]:
    for template in table.get(platform, ()):
        try:
            yield Path(template.format_map(environ))
        except KeyError:
            # Without the variable there is no such folder.
            continue
