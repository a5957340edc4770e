"""Health over the interface: probes on demand, history, and the sentence for the phone."""

from __future__ import annotations

import httpx

from api.app import create_app
from api.routes import instance
from bridge.domain.systemfacts import Reach, SystemFacts
from tests.support.api_services import UNLIMITED
from tests.support.daemon import BASE_URL, PORT, running_daemon


class Way:
    """A probe that sees what a test says."""

    def __init__(self, clock) -> None:
        self._clock = clock
        self.services = {"sts": Reach(took_ms=20), "memberdata": Reach(took_ms=20)}
        self.looks = 0

    async def look(self) -> SystemFacts:
        self.looks += 1
        return SystemFacts(seen_at=self._clock.now(), free_bytes=10**12, services=self.services)


async def test_a_service_that_fails_is_told_with_whose_turn_it_is_and_kept(tmp_path):
    ways = []

    def way(world):
        ways.append(Way(world.clock))
        return ways[0]

    async with running_daemon(tmp_path, probe=way) as daemon:
        app = create_app(daemon.services, port=PORT, endpoints=instance.ENDPOINTS, rates=UNLIMITED)
        headers = {"Authorization": f"Bearer {daemon.token()}", "Accept-Language": "en"}
        transport = httpx.ASGITransport(app, client=("127.0.0.1", 50000))
        async with httpx.AsyncClient(
            transport=transport, base_url=BASE_URL, headers=headers
        ) as http:
            (probe,) = ways
            probe.services = {**probe.services, "memberdata": Reach()}
            looked = await http.post("/v1/health/probes", json={})
            assert looked.status_code == 200
            entries = looked.json()["checks"]["mycarenet:reachability"]
            assert [(entry["about"], entry["output"]) for entry in entries] == [
                ("memberdata", "remote_unavailable")
            ]
            looks = probe.looks
            await http.post("/v1/health/probes", json={})  # a loop of software is no knocking
            said = await http.get("/v1/health", headers={"Accept": "text/plain"})
            lines = said.text.splitlines()
            assert lines[1].startswith("With MyCareNet or eHealth: The service cannot be reached")
            assert len(lines) <= 10
            assert probe.looks == looks  # API-82: a health request looks at nothing

            daemon.clock.advance(hours=1)
            probe.services = {**probe.services, "memberdata": Reach(took_ms=5)}
            await http.post("/v1/health/probes", json={})
            history = (await http.get("/v1/health/history")).json()["items"]
            told = [
                (item["status"], item["code"])
                for item in history
                if item["check"] == "mycarenet:reachability"
            ]
            assert told == [("pass", None), ("warn", "remote_unavailable")]
