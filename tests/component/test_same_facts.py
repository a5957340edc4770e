"""Tray, ``carebridge diagnose`` and the interface say the same (one set of facts)."""

from __future__ import annotations

import httpx
import pytest

from api.app import create_app
from api.routes import instance
from bridge import i18n
from bridge.adapters.preferences import PreferenceFile
from bridge.cli.diagnose import read_report
from bridge.daemon.traylink import DaemonTray, TrayParts
from bridge.domain.health import overall
from bridge.domain.healthnames import CHECKS, RELAYED
from bridge.domain.systemfacts import Reach, StartAtLogin, SystemFacts, UpkeepFacts
from bridge.domain.verdict import verdict
from bridge.service.overviews import OverviewReader, sentence
from tests.support.api_services import UNLIMITED
from tests.support.daemon import BASE_URL, PORT, running_daemon


class Troubled:
    """A computer with several troubles at once."""

    def __init__(self, clock) -> None:
        self._clock = clock

    async def look(self) -> SystemFacts:
        return SystemFacts(
            seen_at=self._clock.now(),
            free_bytes=10**8,
            services={"sts": Reach(took_ms=20), "memberdata": Reach(code="tls_intercepted")},
            upkeep=UpkeepFacts(start_at_login=StartAtLogin.BROKEN, crashes=2),
        )


class Told:
    """A surface of which only the words matter here."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def tell(self, text: str) -> None:
        self.texts.append(text)


@pytest.fixture
async def daemon(tmp_path):
    async with running_daemon(tmp_path, probe=lambda world: Troubled(world.clock)) as running:
        yield running


async def answered(daemon, **headers) -> httpx.Response:
    app = create_app(daemon.services, port=PORT, endpoints=instance.ENDPOINTS, rates=UNLIMITED)
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 50000))
    known = {"Authorization": f"Bearer {daemon.token()}", "Accept-Language": "en"}
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=known) as http:
        return await http.post("/v1/health/probes", json={}, headers=headers)


async def said_in_the_tray(daemon, folder) -> str:
    begun, surface = [], Told()
    link = DaemonTray(
        TrayParts(
            services=daemon.services,
            store=daemon.parts.store,
            begin=begun.append,
            port=PORT,
            preferences=PreferenceFile(folder),
            windows=None,  # what is asked for here needs none
            folder=folder,
        )
    )
    link.do("language:en")
    await begun.pop()
    link._surface = surface
    link.do("diagnose")
    await begun.pop()
    return surface.texts[-1]


async def test_the_three_say_the_same_and_api_84_name_nobody(daemon, tmp_path):
    report = (await answered(daemon)).json()
    found = read_report(report)
    since = {(check.name, check.code): at for check, at in found}
    judged = verdict(
        [check for check, _ in found],
        fixer=lambda code: i18n.problem_type(code).who_can_fix,
        since=lambda check: since[check.name, check.code],
    )
    on_the_command_line = sentence(judged, "en")
    on_the_phone = (await answered(daemon, Accept="text/plain")).text.splitlines()[1]
    in_the_tray = await said_in_the_tray(daemon, tmp_path)
    assert on_the_command_line == on_the_phone == in_the_tray
    assert "disk" in in_the_tray

    own = daemon.services.health.report()
    assert {(each.name, each.about, each.code, each.observed_value) for each in own} == {
        (each.name, each.about, each.code, each.observed_value) for each, _ in found
    }
    assert report["status"] == overall(own).value
    overview = await OverviewReader(daemon.services, daemon.parts.store).read()
    assert overview.problem == judged.code == "storage_low"
    assert {
        (check.name, check.code)
        for check, _ in found
        if check.name not in RELAYED and check.code not in CHECKS[check.name]
    } == set()
    answer = (await answered(daemon)).text
    for secret in (str(tmp_path), daemon.world.nurse.registration.holder.niss.digits, "/root"):
        assert secret not in answer, "API-84"
