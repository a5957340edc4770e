"""Our own ends: what of ours expires, and when it is spoken of (SEC-185)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import structlog

from bridge.domain.health import HealthCheck, HealthStatus
from bridge.domain.updates import Expiry
from bridge.ports.clock import Clock

CHECK: Final = "update:signing_expiry"
Ends = Callable[[], Iterable[Expiry]]

log = structlog.get_logger()


class ExpiryWatch:
    """Looks at everything of ours that ends, and never stops anything because of it."""

    def __init__(self, clock: Clock) -> None:
        """Watch nothing yet."""
        self._clock = clock
        self._ends: list[Ends] = []
        self._told: dict[str, int] = {}

    def watch(self, ends: Ends) -> None:
        """Ask here too."""
        self._ends.append(ends)

    def checks(self) -> list[HealthCheck]:
        """Give one check for each end that is near, one that passes when there is none near.

        Nothing is said where nothing of ours ends.
        """
        now = self._clock.now()
        known = [each for ends in self._ends for each in ends()]
        near = [(each, band) for each in known if (band := each.band(now)) is not None]
        for each, band in near:
            self._tell(each.name, band)
        if not known or near:
            return [self._near(each) for each, _ in near]
        return [HealthCheck(name=CHECK, status=HealthStatus.PASS, time=now)]

    def _near(self, end: Expiry) -> HealthCheck:
        now = self._clock.now()
        return HealthCheck(
            name=CHECK,
            status=HealthStatus.WARN,
            time=now,
            code="signing_expired" if end.band(now) == 0 else "signing_expiring",
            observed_value=max((end.at - now).days, 0),
            observed_unit="d",
            about=end.name,
        )

    def _tell(self, name: str, band: int) -> None:
        """Write it to the log once for each of 60, 30, 7 days and the end."""
        if self._told.get(name) != band:
            self._told[name] = band
            log.warning("expiry.near", check=name, count=band)
