"""Nobody is told anything that a user did not ask for (SEC-166)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridge.settings import Settings
from tests.support.daemon import running_daemon
from tests.support.wire import WatchedTransport

pytestmark = pytest.mark.timeout(60)


class Silent(WatchedTransport):
    """Remembers what went out."""

    def __init__(self, world: Any) -> None:
        super().__init__(world)
        self.sent: list[Any] = []

    async def exchange(self, request: Any) -> Any:
        self.sent.append(request)
        return await super().exchange(request)


async def test_sec_166_an_idle_daemon_sends_nothing_to_anybody(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, transport=Silent) as daemon, daemon.http() as http:
        assert (await http.get("/v1/health")).status_code == 200
        for _ in range(3):
            daemon.clock.advance(days=2)
            daemon.services.watch.look()
            await daemon.services.outbox.send_due()
        assert daemon.parts.transport.sent == []


def test_sec_166_looking_for_updates_is_off_until_an_address_is_set() -> None:
    assert Settings().updates.address is None
