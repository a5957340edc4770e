"""A mailbox that is down: said once, shown in health, back once, nothing lost."""

from __future__ import annotations

from typing import Any

import pytest
import structlog

from bridge.domain.health import HealthStatus
from bridge.errors import BridgeError
from bridge.sandbox.genasync_scenarios import DOWN
from tests.component.test_story_batches import HOUR_S, ask, request_about
from tests.support.daemon import TestDaemon, running_daemon


@pytest.fixture(autouse=True)
def _plain_logging():
    structlog.reset_defaults()


@pytest.fixture
async def daemon(tmp_path: Any) -> Any:
    async with running_daemon(tmp_path) as running:
        await running.open_session()
        yield running


def mailbox(daemon: TestDaemon) -> list[tuple[HealthStatus, str | None, str | None]]:
    report = daemon.services.health.report()
    return [
        (each.status, each.code, each.about) for each in report if each.name == "mailbox:answers"
    ]


async def poll(daemon: TestDaemon) -> Any:
    registration = daemon.world.nurse.registration.id
    return await daemon.services.poller.poll(registration, "memberdata")


async def test_down_and_back_are_told_once_each(
    daemon: TestDaemon, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mailbox(daemon) == [(HealthStatus.PASS, None, None)]
    daemon.world.scenario.choose(DOWN)
    for _ in range(3):
        with pytest.raises(BridgeError):
            await poll(daemon)
    ((status, code, about),) = mailbox(daemon)
    assert (status, about) == (HealthStatus.WARN, "memberdata")
    assert code is not None
    daemon.world.scenario.choose("normal")
    await poll(daemon)
    await poll(daemon)
    assert mailbox(daemon) == [(HealthStatus.PASS, None, None)]
    said = capsys.readouterr().out
    assert said.count("mailbox.down") == 1
    assert said.count("mailbox.back") == 1


async def test_health_changes_are_events(
    daemon: TestDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    daemon.services.watch.look()
    monkeypatch.setattr(daemon.services.events, "publish", lambda kind, **_facts: told.append(kind))
    daemon.world.scenario.choose(DOWN)
    with pytest.raises(BridgeError):
        await poll(daemon)
    daemon.services.watch.look()
    daemon.services.watch.look()
    daemon.world.scenario.choose("normal")
    await poll(daemon)
    daemon.services.watch.look()
    assert told == ["health.changed", "health.changed"]


async def test_what_waits_is_there_when_it_is_back(daemon: TestDaemon) -> None:
    async with daemon.http() as http:
        assert (await ask(http, request_about(daemon))).status_code == 201
        daemon.world.clock.set_insurers_ahead(HOUR_S)
        daemon.world.scenario.choose(DOWN)
        with pytest.raises(BridgeError):
            await poll(daemon)
        daemon.world.scenario.choose("normal")
        await poll(daemon)
        rows = (await http.get("/v1/exchanges")).json()["items"]
    assert {row["status"] for row in rows} <= {"accepted", "partially_accepted", "refused"}


async def test_every_row_of_every_list_carries_its_practice(daemon: TestDaemon) -> None:
    async with daemon.http() as http:
        await ask(http, request_about(daemon))
        niss = daemon.world.people.people()[0].niss.digits
        headers = {"Idempotency-Key": "a-check-of-this-test", "Prefer": "wait=30"}
        body = {"patient": {"niss": niss}}
        await http.post("/v1/insurability-checks", json=body, headers=headers)
        practice = (await http.get("/v1/practices")).json()["items"][0]["id"]
        for path in (
            "/v1/exchanges",
            "/v1/insurability-batches",
            "/v1/insurability-checks",
            "/v1/ehealth-sessions",
            "/v1/registrations",
        ):
            rows = (await http.get(path)).json()["items"]
            assert rows, path
            assert {row["practice_id"] for row in rows} == {practice}, path
