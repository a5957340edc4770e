"""What a reader's name tells (*Belgian eID card* 13)."""

from __future__ import annotations

import hashlib
from typing import Final

from bridge.domain.cards import ReaderKind

_VIRTUAL: Final = "windows hello"
_ID_DIGITS: Final = 16


def reader_id(name: str) -> str:
    """Make the identifier of a reader; the same name has the same one on every day."""
    return f"rdr_{hashlib.sha256(name.encode()).hexdigest()[:_ID_DIGITS]}"


def reader_kind(name: str) -> ReaderKind:
    """Tell a reader from one that the operating system plays."""
    return ReaderKind.VIRTUAL if _VIRTUAL in name.lower() else ReaderKind.PHYSICAL
