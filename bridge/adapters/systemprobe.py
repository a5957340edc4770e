"""Port ``SystemProbe``: disk, key store, and whether the platform answers at all."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.domain.systemfacts import Reach, SystemFacts, UpkeepFacts
from bridge.errors import BridgeError
from bridge.ports.clock import Clock

REACH_S: Final = 15.0
INTERCEPTED: Final = "tls_intercepted"


@dataclass(frozen=True, kw_only=True)
class ComputerProbe:
    """Looks at this computer.

    Attributes:
        folder: Where the database lies.
        try_keys: Raises when the key store does not give back what it took.
        addresses: Address of each service, by name.
        reach: Calls an address without any content.
        upkeep: Looks at backups, the entry for start at login, and how earlier runs ended.
    """

    clock: Clock
    folder: Path
    try_keys: Callable[[], object]
    addresses: Mapping[str, str]
    reach: Callable[[str], Awaitable[Reach]]
    has_proxy: bool = False
    upkeep: Callable[[], UpkeepFacts | None] = lambda: None

    async def look(self) -> SystemFacts:
        """Look at everything at once."""
        reached = await asyncio.gather(*map(self._reached, self.addresses.values()))
        free, has_keys, upkeep = await asyncio.to_thread(self._here)
        return SystemFacts(
            seen_at=self.clock.now(),
            free_bytes=free,
            has_key_store=has_keys,
            services=dict(zip(self.addresses, reached, strict=True)),
            has_proxy=self.has_proxy,
            upkeep=upkeep,
        )

    async def _reached(self, address: str) -> Reach:
        try:
            async with asyncio.timeout(REACH_S):
                return await self.reach(address)
        except TimeoutError:
            return Reach()
        except BridgeError as error:
            # Plain silence has one code, whatever kept us from being heard.
            is_opened = error.problem_code == INTERCEPTED
            return Reach(code=INTERCEPTED if is_opened else None)

    def _here(self) -> tuple[int | None, bool, UpkeepFacts | None]:
        try:
            free = shutil.disk_usage(self.folder).free
        except OSError:
            free = None
        return free, self._has_keys(), self.upkeep()

    def _has_keys(self) -> bool:
        try:
            self.try_keys()
        except BridgeError:
            return False
        return True
