"""What a reader tells of itself and its driver."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from bridge.adapters.pcsc.api import Handle, Pcsc
from bridge.errors import CardError

_VENDOR: Final = 0x00010100
_TYPE: Final = 0x00010101
_VERSION: Final = 0x00010102
_VERSION_BYTES: Final = 4


def firmware(pcsc: Pcsc, handle: Handle) -> tuple[int, int] | None:
    """Give major and minor version of the reader; ``None`` when it does not tell."""
    with suppress(CardError):
        told = pcsc.attribute(handle, _VERSION)
        if len(told) >= _VERSION_BYTES:
            # Written as 0xMMmmbbbb by a little-endian computer.
            return told[3], told[2]
    return None


def driver_name(pcsc: Pcsc, handle: Handle) -> str | None:
    """Name maker, model and version of a reader; ``None`` when it tells none of them."""
    parts = [_text(pcsc, handle, _VENDOR), _text(pcsc, handle, _TYPE)]
    version = firmware(pcsc, handle)
    if version is not None:
        parts.append(f"{version[0]}.{version[1]:02}")
    return " ".join(part for part in parts if part) or None


def _text(pcsc: Pcsc, handle: Handle, number: int) -> str:
    try:
        told = pcsc.attribute(handle, number)
    except CardError:
        return ""
    return told.split(b"\0")[0].decode("utf-8", errors="replace").strip()
