"""Port ``SystemProbe``: disk, key store, and whether the platform answers at all."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.domain.systemfacts import Reach, SystemFacts
from bridge.errors import BridgeError
from bridge.ports.clock import Clock

REACH_S: Final = 15.0


@dataclass(frozen=True, kw_only=True)
class ComputerProbe:
    """Looks at this computer.

    Attributes:
        folder: Where the database lies.
        try_keys: Raises when the key store does not give back what it took.
        addresses: Address of each service, by name.
        reach: Calls an address without any content.
    """

    clock: Clock
    folder: Path
    try_keys: Callable[[], object]
    addresses: Mapping[str, str]
    reach: Callable[[str], Awaitable[Reach]]
    has_proxy: bool = False

    async def look(self) -> SystemFacts:
        """Look at everything at once."""
        reached = await asyncio.gather(*map(self._reached, self.addresses.values()))
        free, has_keys = await asyncio.to_thread(self._here)
        return SystemFacts(
            seen_at=self.clock.now(),
            free_bytes=free,
            has_key_store=has_keys,
            services=dict(zip(self.addresses, reached, strict=True)),
            has_proxy=self.has_proxy,
        )

    async def _reached(self, address: str) -> Reach:
        try:
            async with asyncio.timeout(REACH_S):
                return await self.reach(address)
        except (BridgeError, TimeoutError):
            return Reach()

    def _here(self) -> tuple[int | None, bool]:
        try:
            free = shutil.disk_usage(self.folder).free
        except OSError:
            free = None
        try:
            self.try_keys()
        except BridgeError:
            return free, False
        return free, True
