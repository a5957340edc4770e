"""For which processor a library is made, read from its first bytes.

A loader says only that it failed; the user must be told to install the other edition.
Covers ELF (Linux), PE (Windows) and Mach-O (macOS).
"""

from __future__ import annotations

import platform
import struct
import sys
import sysconfig
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_HEAD_BYTES: Final = 4096
_NAMES: Final = {
    "amd64": "x86_64",
    "x64": "x86_64",
    "win32": "x86",
    "i386": "x86",
    "i686": "x86",
    "aarch64": "arm64",
}
_NARROW: Final = {"x86_64": "x86", "arm64": "arm"}
_NARROW_MAX: Final = 2**32

_ELF: Final = {3: "x86", 40: "arm", 62: "x86_64", 183: "arm64"}
_PE: Final = {0x014C: "x86", 0x01C4: "arm", 0x8664: "x86_64", 0xAA64: "arm64"}
_MACH: Final = {7: "x86", 12: "arm", 0x01000007: "x86_64", 0x0100000C: "arm64"}
_FAT_MAGIC: Final = b"\xca\xfe\xba\xbe"
_MOST_FAT: Final = 16


def own_processor() -> str:
    """Name the processor this Python is built for: such as ``x86_64``, ``x86`` or ``arm64``."""
    name = sysconfig.get_platform().rpartition("-")[2].lower()
    if name.startswith("universal"):
        name = platform.machine().lower()
    name = _NAMES.get(name, name)
    return _NARROW.get(name, name) if sys.maxsize < _NARROW_MAX else name


def processors_of(content: bytes) -> frozenset[str]:
    """Name the processors a library is made for; empty when the bytes tell nothing.

    Args:
        content: The beginning of the file.
    """
    try:
        return frozenset(_processors(content))
    except (struct.error, IndexError):
        return frozenset()


def is_for_other_processor(path: Path, *, own: str | None = None) -> bool:
    """Tell whether a library is certainly made for another processor or word size.

    Ask after loading failed: some Windows libraries run on two processors and name one.
    """
    try:
        with path.open("rb") as file:
            found = processors_of(file.read(_HEAD_BYTES))
    except OSError:
        return False
    return bool(found) and (own or own_processor()) not in found


def _processors(content: bytes) -> list[str]:
    if content.startswith(b"\x7fELF"):
        order = "<" if content[5] == 1 else ">"
        return _named(_ELF, struct.unpack_from(f"{order}H", content, 18)[0])
    if content.startswith(b"MZ"):
        (at,) = struct.unpack_from("<I", content, 0x3C)
        is_pe = content[at : at + 4] == b"PE\0\0"
        return _named(_PE, struct.unpack_from("<H", content, at + 4)[0]) if is_pe else []
    if content[:4] in {b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"}:
        return _named(_MACH, struct.unpack_from("<I", content, 4)[0])
    if content.startswith(_FAT_MAGIC):
        (count,) = struct.unpack_from(">I", content, 4)
        # Java classes begin with the same bytes; their "count" is large.
        places = range(8, 8 + 20 * count, 20) if count <= _MOST_FAT else ()
        return [
            name
            for at in places
            for name in _named(_MACH, struct.unpack_from(">I", content, at)[0])
        ]
    return []


def _named(table: dict[int, str], number: int) -> list[str]:
    return [table.get(number, f"other {number}")]
