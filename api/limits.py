"""Rate limits: who asks too often waits, and nobody else does.

Source: *Local API security* 17.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

from api.facts import Refusal
from bridge.ports.clock import Clock
from bridge.service.console import CLIENT_ID

FAILURES: Final = 10
FAILURE_WINDOW_S: Final = 60
PAUSES_S: Final = (60, 300, 900)


@dataclass(frozen=True, kw_only=True)
class Rates:
    """How many requests are allowed; the defaults are those of the specification."""

    per_token_s: float = 20
    per_token_burst: int = 40
    per_token_hour: int = 6000
    without_token_s: float = 5
    without_token_burst: int = 10
    console_s: float = 40
    console_burst: int = 160
    console_parts_s: float = 20
    console_parts_burst: int = 120


class TokenBucket:
    """Lets ``burst`` requests through at once and ``rate`` per second after that."""

    def __init__(self, *, rate: float, burst: int, clock: Clock) -> None:
        """Start full."""
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._level = float(burst)
        self._seen = clock.monotonic()

    def take(self) -> float:
        """Take one; gives 0, or the seconds after which there is one again."""
        now = self._clock.monotonic()
        self._level = min(self._burst, self._level + (now - self._seen) * self._rate)
        self._seen = now
        if self._level >= 1:
            self._level -= 1
            return 0
        return (1 - self._level) / self._rate


class FailureBrake:
    """After ten failed authentications in a minute: a pause of 1, 5, then 15 minutes."""

    def __init__(self, clock: Clock) -> None:
        """Start without failures."""
        self._clock = clock
        self._failures: deque[float] = deque()
        self._pauses = 0
        self._until = -math.inf

    def count(self) -> float:
        """Count a failure; gives 0, or the seconds the pause still lasts."""
        now = self._clock.monotonic()
        if now < self._until:
            return self._until - now
        self._failures.append(now)
        while self._failures[0] <= now - FAILURE_WINDOW_S:
            self._failures.popleft()
        if len(self._failures) > FAILURES:
            self._until = now + PAUSES_S[min(self._pauses, len(PAUSES_S) - 1)]
            self._pauses += 1
            self._failures.clear()
            return self._until - now
        return 0


class RateLimits:
    """All limits of one daemon."""

    def __init__(self, clock: Clock, rates: Rates | None = None) -> None:
        """Start with full buckets."""
        self._clock = clock
        self._rates = rates or Rates()
        self._without_token = self._new_bucket()
        self._own_pages = self._new_bucket()
        self._console_parts = TokenBucket(
            rate=self._rates.console_parts_s, burst=self._rates.console_parts_burst, clock=clock
        )
        self._per_token: dict[str, tuple[TokenBucket, TokenBucket]] = {}
        self._brakes: dict[str, FailureBrake] = {}

    def check_without_token(self, *, is_own_page: bool = False) -> Refusal | None:
        """Count a request that needs no token; one bucket for the whole machine.

        Our own page has one to itself, so that nobody keeps the user from signing in there.
        """
        bucket = self._own_pages if is_own_page else self._without_token
        return _refusal(bucket.take(), "without-token", self._rates.without_token_s)

    def check_console_part(self) -> Refusal | None:
        """Count a part of our own page, which needs some thirty at once when it is opened."""
        return _refusal(self._console_parts.take(), "console-parts", self._rates.console_parts_s)

    def check_client(self, client_id: str) -> Refusal | None:
        """Count a request of one client; our own page has more for its many views (17)."""
        is_console = client_id == CLIENT_ID
        if client_id not in self._per_token:
            self._per_token[client_id] = self._new_buckets(is_console=is_console)
        wait = max(bucket.take() for bucket in self._per_token[client_id])
        rate = self._rates.console_s if is_console else self._rates.per_token_s
        return _refusal(wait, "per-token", rate)

    def check_failure(self, origin: str | None) -> Refusal | None:
        """Count a failed authentication; a good token is never held up by others' bad ones."""
        brake = self._brakes.setdefault(origin or "", FailureBrake(self._clock))
        return _refusal(brake.count(), "failed-authentications", FAILURES / FAILURE_WINDOW_S)

    def _new_bucket(self) -> TokenBucket:
        rates = self._rates
        return TokenBucket(
            rate=rates.without_token_s, burst=rates.without_token_burst, clock=self._clock
        )

    def _new_buckets(self, *, is_console: bool) -> tuple[TokenBucket, TokenBucket]:
        rates = self._rates
        rate = rates.console_s if is_console else rates.per_token_s
        burst = rates.console_burst if is_console else rates.per_token_burst
        return (
            TokenBucket(rate=rate, burst=burst, clock=self._clock),
            TokenBucket(
                rate=rates.per_token_hour / 3600,
                burst=rates.per_token_hour,
                clock=self._clock,
            ),
        )


def _refusal(wait: float, policy: str, per_second: float) -> Refusal | None:
    if wait <= 0:
        return None
    seconds = max(1, math.ceil(wait))
    quota = max(1, math.floor(per_second * 60))
    return Refusal(
        code="rate_limited",
        retry_after_s=seconds,
        headers=(
            ("RateLimit-Policy", f'"{policy}";q={quota};w=60'),
            ("RateLimit", f'"{policy}";r=0;t={seconds}'),
        ),
    )
