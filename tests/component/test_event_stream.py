"""The stream of events over a real socket, as a front end reads it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn

from api.app import PRODUCTION_ENDPOINTS, create_app
from api.endpoints import Endpoint
from api.routes.events import KEEP_ALIVE_S
from bridge.adapters.listener import listen
from bridge.sandbox.reader import FIRST_READER
from tests.support.daemon import CLIENT, TestDaemon, running_daemon

PATH = "/v1/events"


@asynccontextmanager
async def serving(
    daemon: TestDaemon, endpoints: tuple[Endpoint, ...] = PRODUCTION_ENDPOINTS
) -> AsyncIterator[httpx.AsyncClient]:
    """Serve a daemon's API on a loopback port, in the loop of the test."""
    listening = listen((0,))
    server = _server(daemon, listening, endpoints)
    task = asyncio.create_task(server.serve(sockets=list(listening.sockets)))
    while not server.started:  # noqa: ASYNC110  # the server offers no event
        await asyncio.sleep(0.005)
    headers = {"Authorization": f"Bearer {daemon.token()}"}
    base = f"http://127.0.0.1:{listening.port}"
    try:
        async with httpx.AsyncClient(base_url=base, headers=headers, trust_env=False) as client:
            yield client
    finally:
        daemon.services.events.stop()
        server.should_exit = True
        await task


def _server(daemon: TestDaemon, listening, endpoints):
    app = create_app(daemon.services, port=listening.port, endpoints=endpoints)
    return uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))


async def events(stream: httpx.Response) -> AsyncIterator[dict]:
    """Give each event: its lines, and its data as JSON."""
    event: dict = {}
    async for line in stream.aiter_lines():
        if not line and "data" in event:
            yield {**event, "data": json.loads(event["data"])}
            event = {}
        elif ": " in line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            event[name] = value


async def test_api_50_headers_and_form(tmp_path: Path) -> None:
    async with (
        running_daemon(tmp_path) as daemon,
        serving(daemon) as client,
        client.stream("GET", PATH) as stream,
    ):
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-store"
        daemon.world.reader.remove(FIRST_READER)
        event = await anext(events(stream))
        assert event["retry"] == "3000"
        assert event["event"] == event["data"]["type"] == "card.removed"
        assert event["id"] == event["data"]["id"]
        assert set(event["data"]) == {
            "id", "type", "at", "object", "object_id", "status", "links",
        }  # fmt: skip


async def test_api_92_an_event_arrives_soon_after_the_reader_told(tmp_path: Path) -> None:
    async with (
        running_daemon(tmp_path) as daemon,
        serving(daemon) as client,
        client.stream("GET", f"{PATH}?topics=readers") as stream,
    ):
        source = events(stream)
        for _ in range(5):
            async with asyncio.timeout(KEEP_ALIVE_S - 1):  # not with the next sign of life
                daemon.world.reader.remove(FIRST_READER)
                assert (await anext(source))["event"] == "card.removed"
                daemon.world.reader.insert(daemon.world.document, FIRST_READER)
                assert (await anext(source))["event"] == "card.inserted"


async def test_a_session_is_told_without_a_word_about_the_nurse(tmp_path: Path) -> None:
    async with (
        running_daemon(tmp_path) as daemon,
        serving(daemon) as client,
        client.stream("GET", PATH) as stream,
    ):
        source = events(stream)
        await daemon.open_session()
        seen: list[dict] = []
        while not seen or seen[-1]["event"] != "ehealth_session.opened":
            seen.append(await anext(source))
        text = json.dumps(seen)
        holder = daemon.world.nurse.registration.holder
        for secret in (holder.niss.digits, holder.last_name, holder.nihii.digits):
            assert secret not in text
        assert {"operation.updated", "ehealth_session.opened"} <= {each["event"] for each in seen}


async def test_api_53_a_stream_goes_on_where_it_was_left(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, serving(daemon) as client:
        async with client.stream("GET", f"{PATH}?topics=readers") as stream:
            daemon.world.reader.remove(FIRST_READER)
            last = (await anext(events(stream)))["id"]
        daemon.world.reader.insert(daemon.world.document, FIRST_READER)
        await asyncio.sleep(0.05)
        async with client.stream(
            "GET", f"{PATH}?topics=readers", headers={"Last-Event-ID": last}
        ) as stream:
            assert (await anext(events(stream)))["event"] == "card.inserted"
        async with client.stream("GET", PATH, headers={"Last-Event-ID": "evt_old"}) as stream:
            assert (await anext(events(stream)))["event"] == "resync"


async def test_an_unknown_topic_is_a_problem(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, serving(daemon) as client:
        refused = await client.get(f"{PATH}?topics=patients")
        assert (refused.status_code, refused.json()["code"]) == (400, "parameter_invalid")


async def test_dos_05_api_54_the_fifth_stream_is_refused_until_one_is_closed(
    tmp_path: Path,
) -> None:
    async with running_daemon(tmp_path) as daemon, serving(daemon) as client:
        async with asyncio.timeout(40):
            open_ones = [client.stream("GET", PATH) for _ in range(4)]
            for each in open_ones:
                await each.__aenter__()
            refused = await client.get(PATH)
            assert (refused.status_code, refused.json()["code"]) == (429, "stream_limit_reached")
            for each in open_ones:
                await each.__aexit__(None, None, None)
            while daemon.services.events.listeners:  # noqa: ASYNC110  # as above
                await asyncio.sleep(0.01)


async def test_a_token_without_the_scope_gets_no_stream(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, serving(daemon) as client:
        poor = replace(CLIENT, id="poor", scopes=frozenset({"status:read"}))
        token = daemon.services.tokens.issue(poor, lifetime=timedelta(minutes=1))
        refused = await client.get(PATH, headers={"Authorization": f"Bearer {token}"})
        assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")


@pytest.mark.timeout(30)
def test_a_daemon_that_stops_ends_its_streams_at_once(tmp_path: Path) -> None:
    ended: list[str] = []

    async def scenario() -> None:
        async with (
            running_daemon(tmp_path) as daemon,
            serving(daemon) as client,
            client.stream("GET", PATH) as stream,
        ):
            source = events(stream)
            daemon.services.events.stop()
            ended.extend([each["event"] async for each in source])

    asyncio.run(scenario())
    assert ended == ["daemon.stopping"]
