"""Reading changes nothing, and what must not be sent is nowhere afterwards."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from api.app import create_app
from api.simulated import ALL_ENDPOINTS
from tests.support.api_services import HOST, UNLIMITED, good_request
from tests.support.daemon import PORT, TestDaemon, running_daemon

ENDLESS = "/v1/events"
CONSTANT = ("/v1/problem-types", "/openapi.json")
"""Hundreds of addresses stand in these; the document's are examples."""
READ = [each for each in ALL_ENDPOINTS if each.method == "GET" and each.path != ENDLESS]
TAKES_BODY = [each for each in ALL_ENDPOINTS if each.method in {"POST", "PUT", "PATCH"}]
SECRET = "7391046528"
NAMES = ("pin", "PUK", "pin_code", "code_pin", "PinCode")


@asynccontextmanager
async def asked(daemon: TestDaemon):
    """Speak to the API without its limits: what is asked here is more than anybody asks."""
    app = create_app(daemon.services, port=PORT, endpoints=ALL_ENDPOINTS, rates=UNLIMITED)
    headers = {"Authorization": f"Bearer {daemon.token()}"}
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 50000))
    async with httpx.AsyncClient(
        transport=transport, base_url=f"http://{HOST}", headers=headers
    ) as http:
        yield http


async def contents(daemon: TestDaemon) -> dict[str, list[tuple]]:
    """Give every row of every table."""

    def work(unit):
        run = unit.connection.exec_driver_sql
        names = run("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
        return {
            name: [tuple(row) for row in unit.connection.execute(text(f'SELECT * FROM "{name}"'))]  # noqa: S608  # names of ours
            for name in names
        }

    return await daemon.parts.store.read(work)


async def filled(daemon: TestDaemon, http: httpx.AsyncClient) -> None:
    """Let there be something to read of the commonest kinds."""
    assert (await daemon.open_session()).status.value == "succeeded"
    person = daemon.world.people.people()[0].niss.digits
    key = {"Idempotency-Key": "a-key-of-this-test", "Prefer": "wait=30"}
    question = {"patient": {"niss": person}}
    assert (await http.post("/v1/insurability-checks", json=question, headers=key)).is_success
    month = {"month": "2026-11", "insurer": "100"}
    assert (await http.post("/v1/invoice-batches", json=month)).status_code == 201


def is_readable(path: str) -> bool:
    found = re.sub(r"\?.*", "", path)
    return any(re.fullmatch(re.sub(r"\{[a-z_]+\}", "[^/]+", each.path), found) for each in READ)


def links(document: object) -> set[str]:
    """Give every address of ours in a document."""
    if isinstance(document, dict):
        return set().union(*map(links, document.values()))
    if isinstance(document, list):
        return set().union(*map(links, document))
    is_ours = isinstance(document, str) and document.startswith("/v1/")
    return {document} if is_ours and is_readable(document) else set()


def files_below(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


@pytest.mark.timeout(60)  # reads every address
async def test_csrf_04_reading_every_address_changes_nothing(tmp_path: Path) -> None:
    """SEC-08: every address that can be read, and every one to which an answer leads."""
    async with running_daemon(tmp_path) as daemon, asked(daemon) as http:
        await filled(daemon, http)
        await daemon.services.poller.close()  # it fetches by itself
        await daemon.services.billing_sync.close()
        before = await contents(daemon)
        received = len(daemon.world.ledger.entries())
        waiting = {good_request(each)["path"] for each in READ}
        seen: set[str] = set()
        while waiting:
            path = waiting.pop()
            seen.add(path)
            answer = await http.get(path)
            assert answer.status_code < 500, path
            if answer.is_success and "json" in answer.headers["Content-Type"]:
                leads = set() if path.startswith(CONSTANT) else links(answer.json())
                waiting |= {each for each in leads if not each.startswith(CONSTANT)} - seen
        for endpoint in READ:
            assert (await http.head(good_request(endpoint)["path"])).status_code == 405
        for kind in ("operations", "insurability-checks", "invoice-batches"):
            assert any(re.fullmatch(f"/v1/{kind}/[a-z]+_[0-9A-Z]+", path) for path in seen), kind
        assert len(daemon.world.ledger.entries()) == received
        assert await contents(daemon) == before


async def test_pin_01_a_secret_sent_to_any_address_is_nowhere_afterwards(tmp_path: Path) -> None:
    """SEC-82: in a body of any depth; neither in the database, nor in any file, nor said again."""
    async with running_daemon(tmp_path) as daemon, asked(daemon) as http:
        for place, endpoint in enumerate(TAKES_BODY):
            body = {"patient": [{"a": {NAMES[place % len(NAMES)]: SECRET}}]}
            request = good_request(endpoint)
            lines = [line for line in request["headers"] if line[0] != "authorization"]
            answer = await http.request(
                endpoint.method, request["path"], json=body, headers=httpx.Headers(lines)
            )
            assert answer.json()["code"] == "secret_in_request", endpoint.path
            assert SECRET not in answer.text
        assert SECRET not in str(await contents(daemon))
    kept = files_below(tmp_path)
    assert len(kept) > 1
    assert not [content for content in kept if SECRET.encode() in content]
