"""How long and how large one HTTP exchange may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class HttpLimits:
    """Limits of one exchange.

    Attributes:
        connect_s: Seconds to resolve, connect and agree on TLS.
        read_s: Seconds without a byte.
        total_s: Seconds for the whole exchange, against answers that trickle.
        most_bytes: Largest answer.
    """

    connect_s: float = 10
    read_s: float = 60
    total_s: float = 180
    most_bytes: int = 25_000_000


DEFAULT_LIMITS: Final = HttpLimits()
