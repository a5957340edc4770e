"""Software that sent a PIN: the user is told which, and health speaks of it for a day (SEC-82).

The request is refused before this hears of it, and its body is gone; the audit log has the refusal
with the pairing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bridge.domain.health import HealthCheck, HealthStatus
from bridge.domain.softwarenames import shown_name

if TYPE_CHECKING:
    from bridge.service.pairingshelf import PairingParts

CODE: Final = "secret_in_request"
CHECK: Final = "pairing:secret"
WARNED: Final = "pairing.warned"
SHOWN_FOR: Final = timedelta(days=1)
"""How long health speaks of it after it happened last."""

TOLD_EVERY: Final = timedelta(hours=1)
"""How often the user is told of the same software: a loop must not bury her in notices."""

_HERE: Final = "request"


class SecretWatch:
    """Remembers who sent a PIN; used on the loop alone."""

    def __init__(self, parts: PairingParts) -> None:
        """Know of nobody."""
        self._parts = parts
        self._seen: dict[str, datetime] = {}
        self._told: dict[str, datetime] = {}

    def hear(self, code: str, client_id: str | None) -> None:
        """Hear of a refusal; those about other things, and of nobody we know, are no matter."""
        pairing = None if client_id is None else self._parts.shelf.get(client_id)
        if code != CODE or pairing is None:
            return
        now = self._parts.clock.now()
        self._seen[pairing.id] = now
        told = self._told.get(pairing.id)
        if told is not None and now - told < TOLD_EVERY:
            return
        self._told[pairing.id] = now
        self._parts.events.publish(
            WARNED,
            object="pairing",
            object_id=pairing.id,
            status=CODE,
            path="/v1/pairings/current",
            client_id=pairing.id,
        )
        if self._parts.screen is not None:
            self._parts.screen.tell(CODE, pairing.shown_as, _HERE)

    def checks(self) -> list[HealthCheck]:
        """Name the software that sent a PIN lately; else say nothing."""
        now = self._parts.clock.now()
        return [
            HealthCheck(name=CHECK, status=HealthStatus.WARN, time=now, code=CODE, about=name)
            for name in sorted(self._names(now))
        ]

    def _names(self, now: datetime) -> set[str]:
        lately = [name for name, at in self._seen.items() if now - at < SHOWN_FOR]
        found = [self._parts.shelf.get(name) for name in lately]
        return {shown_name(each.display_name) for each in found if each is not None}
