"""Canaries in every place a caller or the platform can write to; none comes out in the log."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from api.app import create_app
from api.simulated import ALL_ENDPOINTS
from bridge.adapters.ids import SystemIds
from bridge.ports.transport import Transport, WireReply, WireRequest
from bridge.sandbox.transport import SandboxTransport
from tests.support.api_services import (
    PORT,
    UNLIMITED,
    GuardedProbe,
    authenticate,
    good_request,
)
from tests.support.audit import records_of
from tests.support.daemon import running_daemon
from tests.support.fakes import FixedClock
from tests.support.logfiles import logging_to

CHECKS = "/v1/insurability-checks"
KEY = {"Idempotency-Key": "a2b1c0d9e8f7a6b5"}
NAME = "Pruikenmaker"
FAULT = """<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>
<faultcode>s:Server</faultcode><faultstring>no {0}</faultstring><detail><x y="{0}">{0}</x></detail>
</s:Fault></s:Body></s:Envelope>"""


class TurningTransport:
    """Carries to the sandbox until it is told what to do instead."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.instead: Any = None

    async def exchange(self, request: WireRequest) -> WireReply:
        if isinstance(self.instead, Exception):
            raise self.instead
        return self.instead or await self._inner.exchange(request)


@pytest.fixture
def kept(tmp_path: Path):
    folder = tmp_path / "log"
    folder.mkdir()
    with logging_to(folder) as path:
        logging.getLogger().setLevel(logging.DEBUG)
        yield path


async def test_log_01_log_02_no_canary_is_in_log_console_or_audit_log(
    tmp_path: Path, kept: Path, capfd
) -> None:
    carriers = []

    def turning(world: Any) -> TurningTransport:
        carriers.append(TurningTransport(SandboxTransport(world)))
        return carriers[0]

    async with running_daemon(tmp_path, transport=turning) as daemon:
        person = next(iter(daemon.world.people.people()))
        niss = person.niss.digits
        token, nurse = daemon.token(), daemon.world.nurse
        pin = nurse.pin.decode()
        await daemon.open_session()
        question = {"patient": {"niss": niss}, "purpose": "information", "contact_type": "other"}
        async with daemon.http(token) as http:
            for request in (
                {"url": CHECKS, "json": question, "headers": KEY},
                {"url": CHECKS, "json": {**question, niss: NAME}, "headers": KEY | {"X-A": niss}},
                {"url": CHECKS, "json": {"patient": {"niss": NAME}}, "headers": KEY},
                {"url": f"{CHECKS}?patient={niss}", "json": question, "headers": KEY},
                {"url": f"/v1/{niss}/{NAME}", "json": {niss: niss}, "headers": {"Origin": NAME}},
                {"url": CHECKS, "content": f'{{"{niss}": {NAME}', "headers": KEY | JSON},
                {"url": CHECKS, "json": {"pin": pin}, "headers": KEY},
            ):
                await http.post(**request)
            for number, instead in enumerate(
                (
                    WireReply(
                        status=500,
                        content_type="text/xml",
                        body=FAULT.format(f"{niss} {NAME}").encode(),
                    ),
                    RuntimeError(f"{niss} {NAME}"),
                )
            ):
                carriers[0].instead = instead
                key = {"Idempotency-Key": f"a2b1c0d9e8f7a6b{number}"}
                answer = await http.post(CHECKS, json=question, headers=key)
                await daemon.services.operations.wait(answer.json()["id"], seconds=40)
            carriers[0].instead = None
        assertion = daemon.services.sessions.require(nurse.registration.id).assertion.xml
    out, err = capfd.readouterr()
    audit = (tmp_path / "audit" / "audit.jsonl").read_text()
    log = kept.read_text()  # noqa: ASYNC240  # after the story
    assert "http.answered" in log
    assert "RuntimeError" in log
    assert records_of(tmp_path)
    for place, text in {"log": log, "out": out, "err": err, "audit": audit}.items():
        for canary in (niss, NAME, token, person.last_name, assertion_value(assertion)):
            assert canary not in text, place
        assert nurse.registration.holder.niss.digits not in text, place
        assert f'"{pin}"' not in text, place


JSON = {"Content-Type": "application/json"}


def assertion_value(assertion: Any) -> str:
    """Give a piece of the assertion that stands nowhere else."""
    text = assertion if isinstance(assertion, str) else assertion.decode()
    return text[len(text) // 2 :][:60]


class BrokenServices(SimpleNamespace):
    """Services of which every one breaks when it is touched, with a canary in its words."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"{NAME} {name}")


async def test_log_03_a_bug_in_any_handler_says_nothing_sec_18(kept: Path) -> None:
    """Every endpoint whose handler needs a service answers 500, with a reference and no words."""
    clock = FixedClock()
    services: Any = BrokenServices(
        clock=clock,
        ids=SystemIds(clock),
        paired_tokens=SimpleNamespace(authenticate=authenticate, is_paired=lambda _: False),
        tickets=None,
        audit=SimpleNamespace(refused=lambda *_, **__: None),
        default_language="en",
        simulator=object(),
        peers=None,
        process_of=None,
    )
    guarded, broken = GuardedProbe(), []
    guarded.guard = create_app(services, port=PORT, endpoints=ALL_ENDPOINTS, rates=UNLIMITED)
    for endpoint in ALL_ENDPOINTS:
        reply = await guarded.ask(**good_request(endpoint))
        assert NAME.encode() not in reply.body
        assert b"Traceback" not in reply.body
        if reply.status == 500:
            broken.append(endpoint.operation_id)
            assert reply.code == "internal_error"
            assert reply.document["errors"] == []
            assert reply.document["params"] == {}
    assert len(broken) > 0.8 * len(ALL_ENDPOINTS)
    log = kept.read_text()  # noqa: ASYNC240  # after the story
    assert NAME not in log
    assert log.count("http.broken") == len(broken)
