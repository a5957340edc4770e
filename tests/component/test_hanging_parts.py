"""A hung reader driver and a hung insurer keep nobody else waiting: DOS-06 (21.7)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bridge.domain.operations import OperationStatus
from bridge.errors import OutcomeUnknown, ReaderTimeout
from bridge.sandbox.transport import SandboxTransport
from tests.support.daemon import CLIENT, running_daemon

CHECKS = "/v1/insurability-checks"
KEY = {"Idempotency-Key": "a2b1c0d9e8f7a6b5"}


class Hanging:
    """Something that does not come back before its limit, which a test decides."""

    def __init__(self) -> None:
        self.is_in = asyncio.Event()
        self.limit = asyncio.Event()

    async def hang(self) -> None:
        self.is_in.set()
        await self.limit.wait()


class HungDriver(Hanging):
    """A card whose driver hangs until the limit of the card thread."""

    async def facts(self, *, holder: str | None = None):
        await self.hang()
        raise ReaderTimeout


class HungInsurer(SandboxTransport):
    """A platform that takes a question and stays silent until the limit of the transport."""

    def __init__(self, world) -> None:
        super().__init__(world)
        self.hanging = Hanging()

    async def exchange(self, request):
        if "memberdata" not in request.url.lower():
            return await super().exchange(request)
        await self.hanging.hang()
        raise OutcomeUnknown


async def is_responsive(http) -> None:
    async with asyncio.timeout(40):
        for path in ("/livez", "/readyz", "/v1/health", "/v1/readers", "/v1/exchanges"):
            assert (await http.get(path)).status_code == 200, path


async def test_dos_06_pin_05_a_hung_driver_ends_as_reader_timeout(tmp_path: Path) -> None:
    driver = HungDriver()
    async with running_daemon(tmp_path, card=lambda world: driver) as daemon, daemon.http() as http:
        operation = await daemon.services.sessions.open(client=CLIENT, language="en")
        await driver.is_in.wait()
        await is_responsive(http)
        driver.limit.set()
        final = await daemon.finished(operation)
        assert final.status is OperationStatus.FAILED
        assert final.problem is not None
        assert final.problem.code == "reader_timeout"
        again = await http.post("/v1/ehealth-sessions", json={})
        assert again.status_code == 202, "the desk is free again"


async def test_dos_06_a_hung_insurer_ends_as_unknown_outcome(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, transport=HungInsurer) as daemon, daemon.http() as http:
        await daemon.open_session()
        person = next(iter(daemon.world.people.people()))
        question = {"patient": {"niss": person.niss.digits}, "purpose": "information"}
        body = {**question, "contact_type": "other"}
        asked = (await http.post(CHECKS, json=body, headers=KEY)).json()
        hanging = daemon.parts.transport.hanging
        await hanging.is_in.wait()
        await is_responsive(http)
        hanging.limit.set()
        await daemon.services.operations.wait(asked["id"], seconds=40)
        final = (await http.get(asked["links"]["self"])).json()
        assert final["status"] == "outcome_unknown"
