"""What only time tells: sessions that run out, and health that changes with others."""

from __future__ import annotations

from pathlib import Path

from bridge.domain.health import HealthStatus
from bridge.sandbox.reader import FIRST_READER
from tests.support.daemon import TestDaemon, running_daemon


def told(daemon: TestDaemon, prefix: str) -> list[str]:
    """Look, and give the types of events that begin so."""
    listener = daemon.services.events.subscribe("test")
    daemon.services.watch.look()
    found = []
    while listener._waiting:
        found.append(listener._waiting.popleft().type)
    listener.close()
    return [kind for kind in found if kind.startswith(prefix)]


async def test_d8_a_session_is_told_to_be_expiring_three_times_and_then_expired(
    tmp_path: Path,
) -> None:
    async with running_daemon(tmp_path) as daemon:
        await daemon.open_session()
        assert told(daemon, "ehealth_session") == []
        for minutes in (10 * 60 + 55, 45, 10):
            daemon.clock.advance(minutes=minutes)
            assert told(daemon, "ehealth_session") == ["ehealth_session.expiring"]
            assert told(daemon, "ehealth_session") == []
        daemon.clock.advance(minutes=20)
        assert told(daemon, "ehealth_session") == ["ehealth_session.expired"]
        assert told(daemon, "ehealth_session") == []


async def test_health_that_changes_is_told_once(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        assert told(daemon, "health") == []
        daemon.world.reader.remove(FIRST_READER)
        assert told(daemon, "health") == ["health.changed"]
        assert told(daemon, "health") == []
        checks = {check.name: check for check in daemon.services.health.report()}
        assert checks["card:present"].code == "card_missing"
        assert checks["card:present"].status is HealthStatus.WARN
        assert daemon.services.health.since(checks["card:present"]) == daemon.clock.now()
