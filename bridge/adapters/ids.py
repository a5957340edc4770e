"""Fresh identifiers from the operating system's random source."""

from __future__ import annotations

import secrets
import threading
import uuid
from typing import TYPE_CHECKING, Final

from bridge.domain.ids import encode_ulid

if TYPE_CHECKING:
    from datetime import datetime

    from bridge.ports.clock import Clock

_RANDOM_BITS: Final = 80
_ONE_MS: Final = 0.001


class SystemIds:
    """``IdSource`` for the running program.

    ULIDs of one process sort in the order in which they were given, also within one millisecond
    and when the clock is set back: the random part is then counted up (API-03).
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last_at: datetime | None = None
        self._last_random = 0

    def uuid(self) -> str:
        """Give a random UUID in its 36-character text form."""
        return str(uuid.uuid4())

    def ulid(self, prefix: str) -> str:
        """Give ``<prefix>_<ULID>``; later ones of this process are greater."""
        with self._lock:
            moment, number = self._next()
        return f"{prefix}_{encode_ulid(moment, number.to_bytes(_RANDOM_BITS // 8))}"

    def secret(self, size: int) -> bytes:
        """Give ``size`` bytes fit for a key."""
        return secrets.token_bytes(size)

    def _next(self) -> tuple[datetime, int]:
        now = self._clock.now()
        if self._last_at is None or (now - self._last_at).total_seconds() >= _ONE_MS:
            self._last_at = now.replace(microsecond=now.microsecond // 1000 * 1000)
            # The top bit stays free, so that counting up cannot overflow within a millisecond.
            self._last_random = secrets.randbits(_RANDOM_BITS - 1)
        else:
            self._last_random += 1
        return self._last_at, self._last_random
