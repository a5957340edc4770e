"""Files made for a caller that wait in the encrypted store: exports and reports.

Source: *REST API conventions* 8 (API-67); *Local API security* SEC-134.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

LIFETIME: Final = timedelta(days=1)
"""How long a file waits; then it is deleted, fetched or not."""

LEAST_PASSPHRASE: Final = 12
"""Fewest characters of a pass phrase; a file may lie where anybody can copy it."""

MOST_PASSPHRASE: Final = 200


@dataclass(frozen=True, kw_only=True)
class MadeFile:
    """A file that waits until it expires.

    Attributes:
        rows: How many things are in it.
        size_bytes: Length of the content as it is given.
        sha256: Digest of the content as it is given, in hexadecimal digits.
        is_sealed: It is a ZIP file that opens with the pass phrase the caller chose.
    """

    id: str
    client_id: str
    rows: int
    size_bytes: int
    sha256: str
    created_at: datetime
    expires_at: datetime
    is_sealed: bool = False
