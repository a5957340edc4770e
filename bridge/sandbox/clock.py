"""The platform's clock: ours, plus an offset."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bridge.ports.clock import Clock
from bridge.sandbox.scenarios import ScenarioBoard

SKEW: Final = timedelta(hours=1)
"""How far the clock is ahead in the scenario ``clock_skew``."""


class SandboxClock:
    """``Clock`` of the played platform."""

    def __init__(self, clock: Clock, scenario: ScenarioBoard) -> None:
        """Follow ``clock``, which is the daemon's."""
        self._clock = clock
        self._scenario = scenario
        self._offset = timedelta()
        self._insurers_ahead = timedelta()

    @property
    def base(self) -> Clock:
        """The clock it follows."""
        return self._clock

    @property
    def offset(self) -> timedelta:
        """How far this clock is ahead of the daemon's, without the scenario's part."""
        return self._offset

    def set_offset(self, seconds: int) -> None:
        """Let this clock be ahead by some seconds, behind when negative."""
        self._offset = timedelta(seconds=seconds)

    @property
    def insurers_ahead(self) -> timedelta:
        """How much later it is for the insurers than for the platform."""
        return self._insurers_ahead

    def set_insurers_ahead(self, seconds: int) -> None:
        """Let more time have passed for the insurers: what they answer later becomes ready."""
        self._insurers_ahead = timedelta(seconds=seconds)

    def insurers_now(self) -> datetime:
        """Give the insurers' time, which decides when a deferred answer is ready."""
        return self.now() + self._insurers_ahead

    def now(self) -> datetime:
        """Give the platform's time, aware, in UTC."""
        skew = SKEW if self._scenario.name == "clock_skew" else timedelta()
        return self._clock.now() + self._offset + skew

    def monotonic(self) -> float:
        """Give seconds since some fixed point."""
        return self._clock.monotonic()
