"""How often is asked: intervals, back-off, throttling; and answers that come after everything."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.ehealth.endpoints import (
    GENASYNC_INVOICING_PATH,
    GENASYNC_MEDADMIN_PATH,
    GENASYNC_MEMBERDATA_PATH,
)
from bridge.errors import BridgeError, RemoteRefusal
from bridge.mycarenet.services import INVOICING
from bridge.sandbox import genasync_scenarios as scenarios
from bridge.sandbox.genasync_business import BusinessAnswer
from bridge.service.inbox import Inbox
from bridge.service.polling import PollingSettings
from bridge.service.remote import TOO_SOON
from tests.component.test_story_batches import ask, request_about
from tests.support.daemon import TestDaemon, running_daemon
from tests.support.exchanging import (
    KIND,
    NO,
    YES,
    TrivialKind,
    fetched,
    listens_to,
    now_of,
    played,
    sent,
)

pytestmark = pytest.mark.timeout(60)
SETTINGS = PollingSettings()


@pytest.fixture
async def daemon(tmp_path: Path) -> Any:
    async with running_daemon(tmp_path, kinds=lambda _world: {KIND: TrivialKind()}) as running:
        await running.open_session()
        yield running


async def poll(daemon: TestDaemon) -> Any:
    return await daemon.services.poller.poll(daemon.world.nurse.registration.id, "memberdata")


def pause_of(daemon: TestDaemon) -> timedelta:
    """Give how long it is until the next fetch."""
    state = daemon.services.poller.state(daemon.world.nurse.registration.id, "memberdata")
    return timedelta(seconds=state.next_s - daemon.clock.monotonic())


def queries(daemon: TestDaemon) -> int:
    return sum(1 for each in daemon.world.ledger.entries() if each.operation == "get")


async def test_often_while_an_answer_is_awaited_and_seldom_otherwise(daemon: TestDaemon) -> None:
    await poll(daemon)
    assert pause_of(daemon) == SETTINGS.idle_interval
    async with daemon.http() as http:
        await ask(http, request_about(daemon))
    await poll(daemon)
    assert pause_of(daemon) == SETTINGS.interval
    daemon.world.clock.set_insurers_ahead(3600)
    await poll(daemon)
    assert pause_of(daemon) == SETTINGS.idle_interval


async def test_trouble_makes_it_ask_less_and_less_often(daemon: TestDaemon) -> None:
    daemon.world.scenario.choose(scenarios.DOWN)
    pauses = []
    for _ in range(5):
        with pytest.raises(BridgeError):
            await poll(daemon)
        pauses.append(pause_of(daemon))
    minutes = [round(pause.total_seconds() / 60) for pause in pauses]
    assert minutes == [5, 10, 20, 30, 30]
    daemon.world.scenario.choose("normal")
    await poll(daemon)
    assert pause_of(daemon) == SETTINGS.idle_interval


async def test_not_enough_time_is_waited_for_and_not_for_ever(daemon: TestDaemon) -> None:
    inbox = Inbox(daemon.services.poller._parts, throttle_pause_s=0.0)
    registration = daemon.world.nurse.registration.id
    daemon.world.scenario.choose(scenarios.THROTTLED)
    with pytest.raises(RemoteRefusal) as caught:
        await inbox.fetch(registration, "memberdata")
    assert caught.value.remote.code == TOO_SOON
    assert queries(daemon) == 8
    daemon.world.scenario.choose("normal")
    assert (await inbox.fetch(registration, "memberdata")).messages == 0


async def test_the_platform_counts_the_time_between_two_queries(daemon: TestDaemon) -> None:
    inbox = Inbox(daemon.services.poller._parts, throttle_pause_s=0.0)
    registration = daemon.world.nurse.registration.id
    played(daemon, GENASYNC_MEMBERDATA_PATH).least_interval_s = 30
    await inbox.fetch(registration, "memberdata")
    with pytest.raises(RemoteRefusal):
        await inbox.fetch(registration, "memberdata")
    daemon.clock.advance(seconds=30)
    await inbox.fetch(registration, "memberdata")


async def test_a_service_used_once_is_asked_again_for_what_comes_late(
    daemon: TestDaemon,
) -> None:
    registration = daemon.world.nurse.registration
    before = await daemon.services.poller._services_of(registration)
    assert "invoicing" not in before
    await sent(daemon, INVOICING, b"A FILE")
    assert await daemon.services.poller._services_of(registration) == [*before, "invoicing"]


async def test_a_fetch_brings_the_receipts_of_all_unanswered_messages(daemon: TestDaemon) -> None:
    listens_to(daemon, GENASYNC_INVOICING_PATH)
    exchanges = [await sent(daemon, INVOICING, b"FILE %d" % number) for number in range(3)]
    found = await fetched(daemon, INVOICING)
    assert (found.messages, found.receipts) == (0, 3)
    assert {(await now_of(daemon, each)).status.value for each in exchanges} == {"received"}
    assert played(daemon, GENASYNC_MEDADMIN_PATH).mailboxes.count() == 0


async def test_an_answer_after_archiving_brings_the_row_back(daemon: TestDaemon) -> None:
    listens_to(
        daemon,
        GENASYNC_INVOICING_PATH,
        BusinessAnswer(content=NO, message_name="HCPFAC", after=timedelta(minutes=1)),
        BusinessAnswer(content=YES, message_name="HCPFAC", after=timedelta(days=9)),
    )
    exchange = await sent(daemon, INVOICING, b"A FILE")
    await fetched(daemon, INVOICING, ahead_s=60)
    async with daemon.http() as http:
        for mark in ("read", "processed", "archived"):
            headers = {"Idempotency-Key": str(uuid.uuid4())}
            body = {"exchange_ids": [exchange.id], "mark": mark}
            answer = await http.post("/v1/exchanges/marks", json=body, headers=headers)
            assert answer.is_success, answer.text
        archived = (await http.get(f"/v1/exchanges/{exchange.id}")).json()
        assert archived["archived_at"] is not None
        await fetched(daemon, INVOICING, ahead_s=10 * 24 * 3600)
        after = (await http.get(f"/v1/exchanges/{exchange.id}")).json()
    assert after["status"] == "accepted"
    assert [each["status"] for each in after["decisions"]] == ["refused", "accepted"]
    assert [after[f"{mark}_at"] for mark in ("read", "processed", "archived")] == [None] * 3
