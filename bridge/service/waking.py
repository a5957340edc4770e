"""After the computer slept: nothing is said to be ready before it was looked at again (SEC-96).

Sessions are judged by both clocks at every look, and each exchange has a connection of its own, so
what is left are the readers: what was seen of them before says nothing about now.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

import structlog

from bridge.domain.cards import ServiceState

if TYPE_CHECKING:
    from bridge.ports.clock import Clock
    from bridge.service.readers import ReaderService

MOST_GAP_S: Final = 30.0
"""Between two looks; they come every few seconds while the computer is awake."""
PATIENCE_S: Final = 15.0
"""How long readers that hang keep us from saying that we are ready."""

log = structlog.get_logger()


class WakeWatch:
    """Notices that the computer slept, whoever looks first; used on the loop alone."""

    def __init__(self, *, clock: Clock, readers: ReaderService) -> None:
        """Begin awake."""
        self._clock = clock
        self._readers = readers
        self._looked = clock.monotonic()
        self._woke: tuple[datetime, float] | None = None
        self._heard: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """Have a function called on the loop when the computer woke, to look at things again."""
        self._heard.append(listener)

    def look(self) -> None:
        """Look whether time was lost since the last look."""
        tick = self._clock.monotonic()
        if tick - self._looked > MOST_GAP_S:
            log.info("computer.woke", seconds=round(tick - self._looked))
            self._woke = (self._clock.now(), tick)
            for listener in self._heard:
                listener()
        self._looked = tick

    @property
    def is_current(self) -> bool:
        """Tell whether what is known was looked at since the computer woke."""
        self.look()
        if self._woke is None:
            return True
        woke_at, tick = self._woke
        seen = self._readers.snapshot()
        is_seen = seen.seen_at >= woke_at or seen.service is ServiceState.MISSING
        if is_seen or self._clock.monotonic() - tick > PATIENCE_S:
            self._woke = None
        return self._woke is None
