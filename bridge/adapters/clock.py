"""The computer's clock."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime


class SystemClock:
    """Port ``Clock`` on the operating system's clocks."""

    def now(self) -> datetime:
        """Give the moment, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Give seconds since the computer started, its sleep included; setting changes nothing."""
        if sys.platform == "linux":
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        elif sys.platform == "darwin":  # noqa: RET505  # the type checker reads one platform only
            return time.clock_gettime(time.CLOCK_MONOTONIC)
        else:
            return time.monotonic()
