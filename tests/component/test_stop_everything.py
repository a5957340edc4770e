"""Stop everything: sessions, tokens and what waits to be sent, in one act (7.5)."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bridge.adapters.folders import Folders
from bridge.adapters.localsocket import LocalServer
from bridge.cli.app import app
from bridge.daemon.localverbs import AccessVerbs
from bridge.domain.operations import OperationStatus
from bridge.domain.pairings import ClientKind, PairingState
from bridge.service.pairingdesk import COMMAND_LINE
from bridge.service.pairings import WantedPairing
from tests.support.audit import records_of
from tests.support.daemon import CLIENT, TestDaemon, running_daemon
from tests.support.fakes import OpenWindow

GOOD = "https://app.vendor.example"
KEY = {"Idempotency-Key": "a2b1c0d9e8f7a6b5"}
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the key of the pipe is a user's")


async def paired(daemon: TestDaemon) -> str:
    """Connect a web site; gives its token."""
    requests = daemon.services.pairing_requests
    opened = requests.open(
        WantedPairing(
            client_kind=ClientKind.WEB,
            origin=GOOD,
            is_browser=True,
            display_name="Zorg",
            scopes=("status:read",),
        )
    )
    await daemon.services.pairing_desk.approve(opened.pairing.id, where=COMMAND_LINE)
    polled = requests.poll(opened.pairing.id, opened.secret, origin=GOOD)
    return (await requests.collect(polled)).token


async def waiting_send(daemon: TestDaemon) -> None:
    """Have a message wait because nobody answers."""
    person = next(iter(daemon.world.people.people()))
    patients = [{"patient": {"niss": person.niss.digits}, "insurer": person.mutuality.insurer}]
    daemon.world.scenario.choose("genasync_down")
    async with daemon.http() as http:
        body = {"purpose": "new_patients", "patients": patients}
        answer = await http.post(
            "/v1/insurability-batches", json=body, headers={**KEY, "Prefer": "wait=1"}
        )
    assert answer.status_code in {201, 202}, answer.text
    daemon.world.scenario.choose("normal")


async def rows(daemon: TestDaemon) -> list[Any]:
    return await daemon.parts.store.read(
        lambda unit: [
            *unit.exchanges.with_status("to_send"),
            *unit.exchanges.with_status("error", "draft"),
        ]
    )


async def test_stopping_everything_leaves_no_session_no_token_and_nothing_to_send(
    tmp_path: Path,
) -> None:
    async with running_daemon(tmp_path) as daemon:
        await daemon.open_session()
        session = await daemon.services.sessions.current()
        token = await paired(daemon)
        await waiting_send(daemon)
        async with daemon.http(token) as http:
            assert (await http.get("/v1/health", headers={"Origin": GOOD})).status_code == 200
        stop = daemon.services.emergency_stop
        before = await stop.preview()
        assert (before.sessions, before.software) == (1, 1)
        own = daemon.token()
        stopped = await stop.stop(where=COMMAND_LINE)
        assert (stopped.sessions, stopped.software) == (1, 1)
        assert daemon.services.sessions.opened() == []
        async with daemon.http(token) as http:
            refused = await http.get("/v1/health", headers={"Origin": GOOD})
            assert refused.status_code in {401, 403}
            assert (await http.get("/v1/health", headers={
                "Authorization": f"Bearer {own}"})).json()["code"] == "token_invalid"  # fmt: skip
        states = {row.status.value for row in await rows(daemon)}
        assert states <= {"error", "draft"}
        assert states
        await daemon.open_session()
        daemon.clock.advance(hours=1)
        await daemon.services.outbox.send_due()
        posts = [entry for entry in daemon.world.ledger.entries() if entry.operation == "post"]
        assert posts == []
        told = [(r["action"], r["result"]) for r in records_of(tmp_path)]
        for one in (
            ("session_ended", "stopped_by_user"),
            ("everything_stopped", COMMAND_LINE),
            ("pairing_revoked", COMMAND_LINE),
        ):
            assert told.count(one) == 1
        ended = [r for r in records_of(tmp_path) if r["action"] == "session_ended"]
        assert [each["object_id"] for each in ended] == [session.id]


async def test_an_open_pin_prompt_and_queued_work_are_cancelled(tmp_path: Path) -> None:
    window = OpenWindow()
    async with running_daemon(tmp_path, prompt=lambda world: window) as daemon:
        operation = await daemon.services.sessions.open(client=CLIENT, language="en")
        await window.is_open.wait()
        stopped = await daemon.services.emergency_stop.stop(where=COMMAND_LINE)
        assert stopped.sends == 1
        assert (await daemon.finished(operation)).status is OperationStatus.CANCELLED
        assert window.was_closed
        assert daemon.services.sessions.opened() == []


@pytest.mark.parametrize("typed", ["no\n", "yes\n"])
async def test_the_command_line_asks_first(tmp_path: Path, typed: str) -> None:
    loop = asyncio.get_running_loop()
    folders = Folders.under(tmp_path / "own")
    folders.create()
    async with running_daemon(tmp_path) as daemon:
        await paired(daemon)

        def carry(work):
            return asyncio.run_coroutine_threadsafe(work, loop).result(40)

        verbs = AccessVerbs(daemon.services, carry).handlers()
        server = LocalServer(
            folders.runtime, lambda asked: verbs[asked["verb"]](asked), key=lambda: b""
        )
        await asyncio.to_thread(server.start)
        try:
            words = ["stop-everything", "--folder", str(tmp_path / "own"), "--json"]
            done = await asyncio.to_thread(CliRunner().invoke, app, words, input=typed)
        finally:
            await asyncio.to_thread(server.stop)
        (pairing,) = daemon.services.pairing_desk.all()
        if typed == "no\n":
            assert done.exit_code == 1
            assert pairing.state is PairingState.COLLECTED
        else:
            assert json.loads(done.stdout.splitlines()[-1]) == {
                "sessions": 0,
                "software": 1,
                "sends": 0,
            }
            assert pairing.state is PairingState.REVOKED
        assert "1" in done.stderr
