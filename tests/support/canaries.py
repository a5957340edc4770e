"""Searching files for what must not stand in them, in every form it could be written in."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

SHORTEST = 8
"""Fewer bytes stand somewhere in a large encrypted file by chance."""


def forms_of(text: str) -> dict[str, bytes]:
    """Give the bytes of a text in every form; base64 as a part of something longer, too."""
    plain = text.encode()
    forms = {
        "utf-8": plain,
        "utf-16-le": text.encode("utf-16-le"),
        "utf-16-be": text.encode("utf-16-be"),
        "hex": plain.hex().encode(),
        "HEX": plain.hex().upper().encode(),
        "hex of utf-16": text.encode("utf-16-le").hex().encode(),
    }
    for shift in range(3):
        # The first and the last characters depend on the neighbours.
        inner = base64.b64encode(b"\0" * shift + plain)[4:-4] if shift else None
        forms[f"base64+{shift}"] = inner or base64.b64encode(plain)[:-4]
    return forms


def found_in(content: bytes, canaries: Mapping[str, str]) -> set[str]:
    """Give the canaries that stand in some bytes, with their form."""
    return {
        f"{name} as {form}"
        for name, text in canaries.items()
        for form, searched in forms_of(text).items()
        if len(searched) >= SHORTEST and searched in content
    }


def found_below(folder: Path, canaries: Mapping[str, str]) -> set[str]:
    """Search the names and the bytes of all files below a folder."""
    return {
        f"{path.relative_to(folder)}: {found}"
        for path in folder.rglob("*")
        for found in found_in(
            str(path).encode() + (path.read_bytes() if path.is_file() else b""), canaries
        )
    }
