"""The ``Prefer`` header (RFC 7240): ``wait`` and ``return=minimal`` (API-18, API-41)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

LONGEST_WAIT_S: Final = 30
_PREFERENCE: Final = re.compile(r'([a-z-]+)(?:\s*=\s*"?([A-Za-z0-9]+)"?)?')


@dataclass(frozen=True)
class Preferences:
    """What the caller would like.

    Attributes:
        wait_s: Seconds to hold the answer, at most 30; 0 answers at once.
        is_minimal: The caller needs no body.
    """

    wait_s: int = 0
    is_minimal: bool = False

    @classmethod
    def parse(cls, lines: list[bytes]) -> Self:
        """Read the header; what is not understood is ignored, as the RFC asks."""
        wait_s, is_minimal = 0, False
        for part in b",".join(lines).decode("latin-1").split(","):
            found = _PREFERENCE.fullmatch(part.split(";")[0].strip().lower())
            if found is None:
                continue
            name, value = found[1], found[2] or ""
            if name == "wait" and value.isdigit():
                wait_s = min(int(value[:4]), LONGEST_WAIT_S)
            elif name == "return":
                is_minimal = value == "minimal"
        return cls(wait_s, is_minimal)
