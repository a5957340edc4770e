"""Attacks on the eHealth session: SES-01 to SES-05 of *Local API security* 21.5."""

from __future__ import annotations

import base64
import io
import json
import zipfile
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.simulated import ALL_ENDPOINTS
from bridge import logs
from bridge.adapters.secrets import MemorySecrets
from bridge.adapters.sessionvault import FILE_NAME, SealedSessions
from bridge.domain.operations import OperationStatus
from bridge.domain.pairings import PairingState
from bridge.domain.secrets import Pin
from bridge.domain.sessions import SessionPolicy, SessionState
from bridge.errors import ActorMismatch, NotFound, SessionExpired, SessionRequired
from bridge.ports.ossession import OsSessionChange
from bridge.sandbox.world import World
from bridge.service import supportbundle
from tests.support.audit import records_of
from tests.support.canary import is_in
from tests.support.daemon import CLIENT, TestDaemon, opened_keystore, running_daemon
from tests.support.fakes import CountingIds
from tests.support.logfiles import logging_to
from tests.support.wire import WatchedTransport

KEY = {"Idempotency-Key": "a2b1c0d9e8f7a6b5"}
HTTP_TOO_MANY = 429
SESSIONS = "/v1/ehealth-sessions"
CHECKS = "/v1/insurability-checks"
BATCHES = "/v1/insurability-batches"


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[TestDaemon]:
    async with running_daemon(tmp_path) as running:
        yield running


def state_of(daemon: TestDaemon, session_id: str) -> SessionState:
    return daemon.services.sessions.get(session_id).state(daemon.clock.now())


async def shown(daemon: TestDaemon) -> dict[str, Any]:
    async with daemon.http() as http:
        document: dict[str, Any] = (await http.get(f"{SESSIONS}/current")).json()
    return document


# -- SES-01: the assertion leaves the services in no wrapping -------------------------------------


async def worked_with(daemon: TestDaemon) -> list[bytes]:
    """Open a session, ask about a patient and about a batch; gives the answers."""
    person = next(iter(daemon.world.people.people()))
    question = {
        "patient": {"niss": person.niss.digits}, "purpose": "information", "contact_type": "other"
    }  # fmt: skip
    told = []
    async with daemon.http() as http:
        told.append(await http.post(SESSIONS, json={}, headers={"Prefer": "wait=30"}))
        told.append(await http.post(CHECKS, json=question, headers={**KEY, "Prefer": "wait=30"}))
        patients = [{"patient": question["patient"], "insurer": person.mutuality.insurer}]
        batch = {"purpose": "new_patients", "patients": patients}
        told.append(await http.post(BATCHES, json=batch, headers={**KEY, "Prefer": "wait=30"}))
        daemon.world.scenario.choose("sts_down")
        told.append(await http.post(SESSIONS, json={}, headers={"Prefer": "wait=30"}))
        daemon.world.scenario.choose("normal")
        listed = (await http.get("/v1/exchanges")).json()["items"]
        for endpoint in ALL_ENDPOINTS:
            if endpoint.method == "GET" and endpoint.path not in {"/v1/events", "/openapi.json"}:
                daemon.clock.advance(seconds=1)  # else the rate limit answers
                path = endpoint.path.replace("{exchange_id}", listed[0]["id"])
                told.append(await http.get(path.replace("{", "").replace("}", "")))
    assert all(each.status_code != HTTP_TOO_MANY for each in told)
    return [each.content + repr(each.headers).encode() for each in told]


async def test_ses_01_the_assertion_is_in_no_answer_event_log_or_bundle_sec_10(
    tmp_path: Path, daemon: TestDaemon, capfd: pytest.CaptureFixture[str]
) -> None:
    listener = daemon.services.events.subscribe(CLIENT.id)
    with logging_to(tmp_path):
        answers = await worked_with(daemon)
    sent = [entry for entry in daemon.world.ledger.entries() if entry.operation == "post"]
    assert sent, "a message with the assertion in its header has left"
    held = daemon.services.sessions.require(daemon.world.nurse.registration.id)
    secret = canary_of(held.assertion.xml)
    events = []
    while (event := await listener.next(within_s=0)) is not None:
        events.append(repr(event).encode())
    log = (tmp_path / logs.FILE_NAME).read_text()
    bundle = supportbundle.assemble({"log": log}, reference="A", created_at=daemon.clock.now())
    out, err = capfd.readouterr()
    audit = json.dumps(records_of(tmp_path)).encode()
    assert len(answers) > 50
    assert any(b'"content_base64":"' in answer for answer in answers)
    assert events
    for place, content in enumerate([*answers, *events, log.encode(), bundle, audit,
                                     out.encode(), err.encode()]):  # fmt: skip
        assert not is_in(secret, content), place
    assert repr(held) == f"OpenSession({held.facts.id})"


def canary_of(assertion: bytes) -> bytes:
    """Give a piece that stands nowhere else: the beginning of the signature's value."""
    return assertion.partition(b"SignatureValue>")[2].strip()[:40]


def zipped(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", content)
    return packed.getvalue()


@pytest.mark.parametrize(
    "wrapped",
    [
        pytest.param(lambda text: b"x" + text + b"y", id="clear"),
        pytest.param(lambda text: b'{"a":"' + base64.b64encode(b"q" + text) + b'"}', id="base64"),
        pytest.param(lambda text: base64.urlsafe_b64encode(zlib.compress(text)), id="deflate"),
        pytest.param(lambda text: b"ab" + base64.b64encode(text), id="base64-out-of-step"),
        pytest.param(lambda text: base64.b64encode(base64.b64encode(text)), id="twice"),
        pytest.param(zipped, id="zip"),
    ],
)
def test_ses_01_the_search_finds_what_is_wrapped(wrapped):
    secret = b"canary+/assertion0123456789abcdefgh"
    assert is_in(secret, wrapped(b"before " * 9 + secret + b" after"))
    assert not is_in(secret, wrapped(b"something else altogether" * 4))


# -- SES-02: the clock ---------------------------------------------------------------------------


async def test_ses_02_no_change_of_the_clock_extends_a_session(daemon: TestDaemon) -> None:
    await daemon.open_session()
    session = await daemon.services.sessions.current()
    daemon.clock.advance(hours=11)
    daemon.clock.set_wrong(hours=-6)
    left = (await daemon.services.sessions.current()).expires_at - daemon.clock.now()
    assert left <= timedelta(hours=1)
    daemon.clock.advance(hours=1)
    assert state_of(daemon, session.id) is SessionState.EXPIRED
    with pytest.raises(SessionExpired):
        daemon.services.sessions.require(session.registration_id)
    assert (await shown(daemon))["state"] == "expired"


async def test_ses_02_set_forward_or_suspended_13_h_it_is_expired(daemon: TestDaemon) -> None:
    for change in (daemon.clock.set_wrong, daemon.clock.advance):
        await daemon.open_session()
        session = await daemon.services.sessions.current()
        change(hours=13)
        assert state_of(daemon, session.id) is SessionState.EXPIRED
        daemon.services.watch.look()
        daemon.clock.set_wrong(hours=-13)
        assert state_of(daemon, session.id) is SessionState.EXPIRED
        daemon.clock.set_wrong(hours=13)


# -- SES-03: a renewal that fails ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "status", "code"),
    [
        pytest.param("sts_down", 503, "remote_unavailable", id="SES-03-down"),
        pytest.param("sts_garbage", 502, "remote_invalid_answer", id="SES-03-garbage"),
    ],
)
async def test_ses_03_a_renewal_that_fails_gives_no_session(
    daemon: TestDaemon, scenario: str, status: int, code: str
) -> None:
    await daemon.open_session()
    before = await shown(daemon)
    daemon.world.scenario.choose(scenario)
    async with daemon.http() as http:
        begun = await http.post(SESSIONS, json={}, headers={"Prefer": "wait=30"})
        operation = begun.json()
        listed = (await http.get(SESSIONS)).json()["items"]
    assert operation["object"] == "operation"
    assert operation["status"] == "failed"
    assert operation["result"] is None
    assert (operation["problem"]["status"], operation["problem"]["code"]) == (status, code)
    assert before["id"] not in begun.text
    assert [each["id"] for each in listed] == [before["id"]]
    assert await shown(daemon) == before


# -- SES-04: another nurse's card ----------------------------------------------------------------


class TwoCards:
    """A reader in which the card of the nurse lies that is asked for."""

    def __init__(self, world: World) -> None:
        self._worlds = {
            each.nurse.registration.holder.niss.digits: each
            for each in (world, world.of_other_nurse)
        }
        self._used = world

    async def facts(self, *, holder=None):
        self._used = self._worlds[holder]
        return await self._used.card.facts(holder=holder)

    async def sign(self, data, *, algorithm, pin):
        own = Pin(bytearray(self._used.nurse.pin))
        return await self._used.card.sign(data, algorithm=algorithm, pin=own)


async def test_ses_04_another_nurses_card_ends_all_sessions_of_the_first_sec_95(
    tmp_path: Path,
) -> None:
    async with running_daemon(tmp_path, card=TwoCards, has_chain_check=False) as daemon:
        sessions, store = daemon.services.sessions, daemon.parts.store
        hers = daemon.world.of_other_nurse.nurse
        first = daemon.world.nurse.registration
        second_of_first = replace(first, id="reg_second")
        other = replace(hers.registration, id="reg_other")
        for registration, nurse in ((second_of_first, daemon.world.nurse), (other, hers)):
            daemon.parts.keystore.keep(opened_keystore(nurse), registration_id=registration.id)
            await store.write(lambda unit, kept=registration: unit.registrations.put(kept))
        for registration_id in (first.id, second_of_first.id):
            await opened(daemon, registration_id)
        mine = {session.id for session in sessions.opened()}
        assert len(mine) == 2
        await opened(daemon, other.id)
        assert {state_of(daemon, each) for each in mine} == {SessionState.ENDED}
        assert [each.registration_id for each in sessions.opened()] == [other.id]
        for registration_id in (first.id, second_of_first.id):
            with pytest.raises(ActorMismatch):
                sessions.require(registration_id)
        await refused_work_of_the_first(daemon)
        sessions.end(sessions.opened()[0].id)
        with pytest.raises(SessionRequired):
            sessions.require(first.id)
        await opened(daemon, first.id)
        assert sessions.require(first.id)


async def opened(daemon: TestDaemon, registration_id: str) -> None:
    operation = await daemon.services.sessions.open(
        client=CLIENT, language="en", registration_id=registration_id
    )
    finished = await daemon.finished(operation)
    assert finished.status is OperationStatus.SUCCEEDED, finished.problem


async def refused_work_of_the_first(daemon: TestDaemon) -> None:
    """What waits in the name of the first nurse does not leave in that of the other."""
    person = next(iter(daemon.world.people.people()))
    question = {
        "patient": {"niss": person.niss.digits}, "purpose": "information", "contact_type": "other"
    }  # fmt: skip
    sent = len(daemon.world.ledger.entries())
    async with daemon.http() as http:
        refused = await http.post(CHECKS, json=question, headers=KEY)
        assert (refused.status_code, refused.json()["code"]) == (409, "actor_mismatch")
        fetch = await http.post("/v1/response-fetches", json={}, headers=KEY)
        assert (fetch.status_code, fetch.json()["code"]) == (409, "actor_mismatch")
    assert len(daemon.world.ledger.entries()) == sent


# -- SES-05: sign-out and user switch ------------------------------------------------------------


class Binding:
    """Where a seal opens; tests move to another one."""

    def __init__(self) -> None:
        self.value = b"boot-1\nsession-1"

    def __call__(self) -> bytes:
        return self.value


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(OsSessionChange.SIGNED_OUT, id="SES-05-sign-out"),
        pytest.param(OsSessionChange.SWITCHED_AWAY, id="SES-05-user-switch"),
    ],
)
async def test_ses_05_the_session_goes_and_pairings_and_history_stay(
    tmp_path: Path, change: OsSessionChange
) -> None:
    vault = SealedSessions(tmp_path, secrets=MemorySecrets(), ids=WideIds(), binding=Binding())
    policy = SessionPolicy(survives_restart=True)
    async with running_daemon(tmp_path, session_vault=vault, session_policy=policy) as daemon:
        await daemon.open_session()
        session = await daemon.services.sessions.current()
        sealed = tmp_path / FILE_NAME
        assert sealed.exists()
        history = await daemon.services.operations.page(client_id=CLIENT.id, limit=9)
        daemon.services.session_endings.take(change)
        assert state_of(daemon, session.id) is SessionState.ENDED
        with pytest.raises(NotFound):
            await daemon.services.sessions.current()
        assert not sealed.exists()
        assert await daemon.services.sessions.restore() == 0
        assert await daemon.services.operations.page(client_id=CLIENT.id, limit=9) == history
        assert all(
            pairing.state is not PairingState.REVOKED
            for pairing in daemon.services.pairing_desk.all()
        )
        last = records_of(tmp_path)[-1]
        assert (last["action"], last["result"]) == ("session_ended", change.value)


async def test_sec_93_a_session_that_is_being_opened_when_all_end_is_not_kept(
    tmp_path: Path,
) -> None:
    async with running_daemon(tmp_path, transport=WatchedTransport) as daemon:

        async def sign_out(request: Any, reply: Any) -> Any:
            daemon.services.session_endings.take(OsSessionChange.SIGNED_OUT)
            return reply

        daemon.parts.transport.after = sign_out
        operation = await daemon.open_session()
        assert operation.problem is not None
        assert operation.problem.code == "ehealth_session_withdrawn"
        assert daemon.services.sessions.all() == []
        last = records_of(tmp_path)[-1]
        assert (last["action"], last["result"]) == ("session_failed", "ehealth_session_withdrawn")
        daemon.parts.transport.after = None
        assert (await daemon.open_session()).status is OperationStatus.SUCCEEDED


class WideIds(CountingIds):
    """Secrets of the asked size, also large ones."""

    def secret(self, size: int) -> bytes:
        return super().secret(8).rjust(size, b"\x05")[-size:]
