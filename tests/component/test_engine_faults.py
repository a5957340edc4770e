"""Faults between us and the platform: nothing lost, nothing sent twice, nothing confirmed unstored.

The oracle of what was sent is the ledger of the played platform, never our own rows (D27).
"""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from bridge.daemon.parts import Platform
from bridge.domain.exchanges import ExchangeStatus
from bridge.ehealth.endpoints import GENASYNC_MEMBERDATA_PATH
from bridge.ehealth.profiles import StsSettings
from bridge.errors import BridgeError, OutcomeUnknown, SessionExpired, StoreError
from bridge.mycarenet.common import Package
from bridge.mycarenet.genasync_values import WaitingMessage
from bridge.mycarenet.memberdata import MemberDataSettings
from bridge.sandbox.genasync import GenAsyncService
from bridge.sandbox.genasync_mailbox import Delivery, renamed
from bridge.service.genasync import TackHmac
from tests.component.test_story_batches import HOUR_S, ask, request_about
from tests.support import stores
from tests.support.daemon import CLIENT, TestDaemon, running_daemon
from tests.support.wire import CONFIRM, GET, POST, CuttingWire, WatchedTransport

pytestmark = pytest.mark.timeout(60)
ANSWERED = {"accepted", "partially_accepted", "refused"}


@asynccontextmanager
async def opened(folder: Path, **parts: Any) -> AsyncIterator[TestDaemon]:
    async with running_daemon(folder, **parts) as daemon:
        await daemon.open_session()
        yield daemon


@pytest.fixture
async def daemon(tmp_path: Path) -> Any:
    async with opened(tmp_path, transport=WatchedTransport) as running:
        yield running


@pytest.fixture
async def cutting(tmp_path: Path) -> Any:
    async with (
        opened(tmp_path, transport=CuttingWire) as running,
        running.parts.transport.listening(),
    ):
        yield running


def one_patient(daemon: TestDaemon, place: int = 0) -> dict[str, Any]:
    person = daemon.world.people.people()[place]
    asked = {"patient": {"niss": person.niss.digits}, "insurer": person.mutuality.insurer}
    return {"purpose": "new_patients", "patients": [asked]}


async def send_one(daemon: TestDaemon) -> None:
    async with daemon.http() as http:
        answer = await ask(http, one_patient(daemon))
        assert answer.status_code in {201, 202}, answer.text


async def rows(daemon: TestDaemon) -> list[Any]:
    every = [status.value for status in ExchangeStatus]
    found: list[Any] = await daemon.parts.store.read(
        lambda unit: unit.exchanges.with_status(*every)
    )
    return found


async def only_row(daemon: TestDaemon) -> Any:
    (row,) = await rows(daemon)
    return row


async def responses(daemon: TestDaemon) -> list[Any]:
    row = await only_row(daemon)
    found: list[Any] = await daemon.parts.store.read(
        lambda unit: unit.responses.of_exchange(row.id)
    )
    return found


async def poll(daemon: TestDaemon) -> Any:
    registration = daemon.world.nurse.registration.id
    return await daemon.services.poller.poll(registration, "memberdata")


def posts(daemon: TestDaemon) -> Counter[str | None]:
    entries = daemon.world.ledger.entries()
    return Counter(each.reference for each in entries if each.operation == "post")


def mailboxes(daemon: TestDaemon) -> Any:
    service = daemon.world.services[GENASYNC_MEMBERDATA_PATH]
    assert isinstance(service, GenAsyncService)
    return service.mailboxes


def operations(daemon: TestDaemon, name: str) -> int:
    return sum(1 for each in daemon.world.ledger.entries() if each.operation == name)


class TestCutConnection:
    async def test_post(self, cutting: TestDaemon) -> None:
        cutting.parts.transport.cuts[POST] = 1
        await send_one(cutting)
        row = await only_row(cutting)
        assert (row.status.value, row.problem_code) == ("outcome_unknown", "remote_timeout")
        for _ in range(3):
            await cutting.services.outbox.send_due()
        assert list(posts(cutting).values()) == [1]
        cutting.world.clock.set_insurers_ahead(HOUR_S)
        await poll(cutting)
        row = await only_row(cutting)
        assert row.status.value in ANSWERED
        assert list(posts(cutting).values()) == [1]
        assert mailboxes(cutting).count() == 0

    async def test_get_once(self, cutting: TestDaemon) -> None:
        await send_one(cutting)
        cutting.world.clock.set_insurers_ahead(HOUR_S)
        cutting.parts.transport.cuts[GET] = 1
        fetched = await poll(cutting)
        assert (fetched.messages, fetched.repeated) == (1, 0)
        assert (await only_row(cutting)).status.value in ANSWERED

    async def test_get_always(self, cutting: TestDaemon) -> None:
        await send_one(cutting)
        cutting.world.clock.set_insurers_ahead(HOUR_S)
        waiting = mailboxes(cutting).count()
        cutting.parts.transport.cuts[GET] = 100
        with pytest.raises(OutcomeUnknown):
            await poll(cutting)
        assert mailboxes(cutting).count() == waiting
        assert await responses(cutting) == []
        assert operations(cutting, "confirm") == 0
        cutting.parts.transport.cuts.clear()
        await poll(cutting)
        assert (await only_row(cutting)).status.value in ANSWERED
        assert mailboxes(cutting).count() == 0

    @pytest.mark.parametrize("fault", ["cuts", "drops"])
    async def test_confirm(self, cutting: TestDaemon, fault: str) -> None:
        """``cuts``: the platform took it; ``drops``: it never saw it. We cannot tell."""
        await send_one(cutting)
        cutting.world.clock.set_insurers_ahead(HOUR_S)
        getattr(cutting.parts.transport, fault)[CONFIRM] = 1
        with pytest.raises(OutcomeUnknown):
            await poll(cutting)
        stored = await responses(cutting)
        assert {each.kind.value for each in stored} == {"receipt", "message"}
        assert all(each.confirmed_at is None for each in stored)
        assert (await only_row(cutting)).status.value in ANSWERED
        fetched = await poll(cutting)
        assert (fetched.messages, fetched.receipts) == (0, 0)
        again = await responses(cutting)
        assert [each.id for each in again] == [each.id for each in stored]
        assert all(each.confirmed_at for each in again)
        assert mailboxes(cutting).count() == 0
        assert len((await only_row(cutting)).decisions) == 1


class TestReceipt:
    @pytest.mark.parametrize(
        ("mode", "status", "troubles"),
        [
            (TackHmac.OFF, "sent", []),
            (TackHmac.WARN, "sent", ["receipt_mismatch"]),
            (TackHmac.ENFORCE, "outcome_unknown", ["receipt_mismatch"]),
        ],
    )
    async def test_wrong_hmac(
        self, tmp_path: Path, mode: TackHmac, status: str, troubles: list[str]
    ) -> None:
        def platform(world: Any) -> Platform:
            return Platform(
                endpoints=world.endpoints("http://127.0.0.1:1"),
                trust=world.sts_trust(),
                package=Package(name="Carebridge", licence=world.licence),
                is_test=True,
                sts_settings=StsSettings(),
                memberdata_settings=MemberDataSettings(),
                tack_hmac=mode,
            )

        async with opened(tmp_path, platform=platform) as daemon:
            daemon.world.scenario.choose("genasync_tack_wrong_hmac")
            await send_one(daemon)
            row = await only_row(daemon)
            assert (row.status.value, [each.code for each in row.send_status]) == (status, troubles)
            await daemon.services.outbox.send_due()
            assert list(posts(daemon).values()) == [1]
            # A mismatch never keeps an answer from being taken and confirmed (D22, D29).
            daemon.world.clock.set_insurers_ahead(HOUR_S)
            await poll(daemon)
            assert (await only_row(daemon)).status.value in ANSWERED
            assert mailboxes(daemon).count() == 0


class TestAnswerThatDoesNotHold:
    async def test_bytes_changed_on_the_way(self, daemon: TestDaemon) -> None:
        async def change(request: Any, reply: Any) -> Any:
            if request.soap_action != GET:
                return reply
            return replace(reply, body=_spoiled(reply.body))

        await send_one(daemon)
        daemon.world.clock.set_insurers_ahead(HOUR_S)
        daemon.parts.transport.after = change
        await poll(daemon)
        assert (await only_row(daemon)).status.value == "received"
        message = next(each for each in await responses(daemon) if each.kind.value == "message")
        assert (message.is_readable, message.confirmed_at) == (False, None)
        daemon.parts.transport.after = None
        await poll(daemon)
        assert (await only_row(daemon)).status.value in ANSWERED
        repaired = next(each for each in await responses(daemon) if each.id == message.id)
        assert repaired.is_readable
        assert repaired.confirmed_at is not None
        assert mailboxes(daemon).count() == 0

    @pytest.mark.parametrize(
        "spoil",
        [
            pytest.param(lambda body: body[:-40], id="cut"),
            pytest.param(lambda body: b"", id="empty"),
            pytest.param(lambda body: b"<html>blocked</html>", id="proxy page"),
            pytest.param(lambda body: body.replace(b"getResponse", b"getAnswer"), id="other name"),
        ],
    )
    async def test_an_answer_that_is_none(self, daemon: TestDaemon, spoil: Any) -> None:
        async def change(request: Any, reply: Any) -> Any:
            return replace(reply, body=spoil(reply.body)) if request.soap_action == GET else reply

        await send_one(daemon)
        daemon.world.clock.set_insurers_ahead(HOUR_S)
        waiting = mailboxes(daemon).count()
        daemon.parts.transport.after = change
        with pytest.raises(BridgeError) as caught:
            await poll(daemon)
        assert caught.value.problem_code == "remote_invalid_answer"
        assert mailboxes(daemon).count() == waiting
        assert operations(daemon, "confirm") == 0
        daemon.parts.transport.after = None
        await poll(daemon)
        assert (await only_row(daemon)).status.value in ANSWERED

    async def test_a_receipt_that_is_none_is_of_unknown_outcome(self, daemon: TestDaemon) -> None:
        async def change(request: Any, reply: Any) -> Any:
            return replace(reply, body=reply.body[:-60]) if request.soap_action == POST else reply

        daemon.parts.transport.after = change
        await send_one(daemon)
        row = await only_row(daemon)
        assert (row.status.value, row.problem_code) == ("outcome_unknown", "remote_invalid_answer")
        await daemon.services.outbox.send_due()
        assert list(posts(daemon).values()) == [1]


def _spoiled(body: bytes) -> bytes:
    """Change one byte within the content of the business answer."""
    begin = body.index(b"<", body.index(b"Detail")) if b"Detail" in body else 0
    place = body.index(b"</", begin) - 30
    changed = bytearray(body)
    changed[place] = ord("B") if changed[place] == ord("A") else ord("A")
    return bytes(changed)


class FullDisk:
    """Lets the database grow no further, down to the last free page: a real ``SQLITE_FULL``."""

    def __init__(self, store: Any) -> None:
        self._store = store

    async def fill(self) -> None:
        def limit(unit: Any) -> None:
            pages = unit.connection.exec_driver_sql("PRAGMA page_count").scalar()
            unit.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

        await self._store.write(limit)
        number = 0
        while True:
            number += 1
            piece = stores.evidence(number, subject_id="filler", content=bytes(3000))
            try:
                await self._store.write(lambda unit, piece=piece: unit.evidence.add(piece))
            except StoreError as error:
                assert error.problem_code == "storage_full"  # noqa: PT017  the loop ends by it
                return

    async def free(self) -> None:
        await self._store.write(
            lambda unit: unit.connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        )


class TestFullDisk:
    async def test_answers_are_not_confirmed_and_come_again(self, daemon: TestDaemon) -> None:
        await send_one(daemon)
        daemon.world.clock.set_insurers_ahead(HOUR_S)
        waiting = mailboxes(daemon).count()
        disk = FullDisk(daemon.parts.store)
        await disk.fill()
        for _ in range(2):
            with pytest.raises(StoreError) as caught:
                await poll(daemon)
            assert caught.value.problem_code == "storage_full"
        assert mailboxes(daemon).count() == waiting
        assert operations(daemon, "confirm") == 0
        assert await responses(daemon) == []
        await disk.free()
        fetched = await poll(daemon)
        assert fetched.messages == 1
        assert (await only_row(daemon)).status.value in ANSWERED
        assert mailboxes(daemon).count() == 0

    async def test_a_receipt_is_written_when_there_is_room_again(self, daemon: TestDaemon) -> None:
        disk = FullDisk(daemon.parts.store)

        async def fill(request: Any, reply: Any) -> Any:
            if request.soap_action == POST:
                await disk.fill()
            return reply

        daemon.parts.transport.after = fill
        async with daemon.http() as http:
            headers = {"Idempotency-Key": str(uuid.uuid4()), "Prefer": "wait=1"}
            await http.post("/v1/insurability-batches", json=one_patient(daemon), headers=headers)
        row = await only_row(daemon)
        assert (row.status.value, row.has_tack) == ("sent", False)
        with pytest.raises(StoreError):
            await daemon.services.outbox.send_due()
        await disk.free()
        await daemon.services.outbox.send_due()
        row = await only_row(daemon)
        assert (row.status.value, row.has_tack, row.send_status) == ("sent", True, ())
        kept = await daemon.parts.store.read(lambda unit: unit.evidence.of_subject(row.id))
        assert [each.kind for each in kept] == ["content", "request", "answer"]
        assert list(posts(daemon).values()) == [1]

    async def test_nothing_leaves_that_cannot_be_written_down(self, daemon: TestDaemon) -> None:
        disk = FullDisk(daemon.parts.store)
        await disk.fill()
        async with daemon.http() as http:
            answer = await ask(http, one_patient(daemon))
        assert (answer.status_code, answer.json()["code"]) == (503, "storage_full")
        assert posts(daemon) == {}


class TestAnswerBeforeReceipt:
    async def test_what_an_answer_said_is_not_undone_by_a_late_receipt(
        self, daemon: TestDaemon
    ) -> None:
        async def fetch_first(request: Any, reply: Any) -> Any:
            if request.soap_action == POST:
                daemon.parts.transport.after = None
                daemon.world.clock.set_insurers_ahead(HOUR_S)
                await poll(daemon)
                return replace(reply, body=b"nonsense")
            return reply

        daemon.parts.transport.after = fetch_first
        await send_one(daemon)
        row = await only_row(daemon)
        assert row.status.value in ANSWERED
        assert row.problem_code is None


class TestSessionEnds:
    async def test_in_the_middle_of_a_batch(self, daemon: TestDaemon) -> None:
        async def expire_after_three(request: Any, reply: Any) -> Any:
            if request.soap_action == POST and operations(daemon, "post") == 3:
                daemon.clock.advance(hours=13)
            return reply

        daemon.parts.transport.after = expire_after_three
        async with daemon.http() as http:
            headers = {"Idempotency-Key": str(uuid.uuid4())}
            body = request_about(daemon)
            asked = await http.post("/v1/insurability-batches", json=body, headers=headers)
            assert asked.status_code == 202
            await _until(lambda: operations(daemon, "post") == 3)
            for _ in range(3):
                await daemon.services.outbox.send_due()
            states = Counter(row.status.value for row in await rows(daemon))
            unions = sum(states.values())
            assert unions > 3
            assert states == {"sent": 3, "to_send": unions - 3}
            assert sum(posts(daemon).values()) == 3
            with pytest.raises(SessionExpired):
                await poll(daemon)
            await daemon.open_session()
            await _until(lambda: operations(daemon, "post") == unions)
            number = asked.json()["id"]
            await daemon.services.operations.wait(number, seconds=40)
            operation = (await http.get(asked.headers["Location"])).json()
        assert operation["status"] == "succeeded"
        unsent = {"draft", "to_send", "error", "outcome_unknown"}  # some may be answered already
        assert not unsent & {row.status.value for row in await rows(daemon)}
        assert set(posts(daemon).values()) == {1}
        assert len(posts(daemon)) == unions

    async def test_a_fetch_without_session_does_not_say_that_it_worked(
        self, daemon: TestDaemon
    ) -> None:
        await send_one(daemon)
        daemon.world.clock.set_insurers_ahead(HOUR_S)

        daemon.clock.advance(hours=13)
        with pytest.raises(SessionExpired):
            await poll(daemon)
        assert operations(daemon, "get") == 0


class Clocks:
    """Our clock goes wrong; the platform's goes on as before."""

    def __init__(self, daemon: TestDaemon) -> None:
        self._daemon = daemon
        self._wrong_by = timedelta()

    def jump(self, **by: float) -> None:
        self._wrong_by += timedelta(**by)
        self._daemon.clock.advance(**by)
        self._daemon.world.clock.set_offset(-int(self._wrong_by.total_seconds()))


class TestClockJumps:
    @pytest.mark.parametrize("hours", [-30, -5, 5])
    async def test_before_a_post_it_is_refused_and_one_click_sends(
        self, daemon: TestDaemon, hours: int
    ) -> None:
        clocks = Clocks(daemon)
        clocks.jump(hours=hours)
        await send_one(daemon)
        row = await only_row(daemon)
        assert (row.status.value, row.problem_code) == ("error", "clock_skew")
        clocks.jump(hours=-hours)
        await daemon.services.outbox.resend(row.id, client=CLIENT)
        row = await _taken(daemon)
        assert (row.status.value, row.has_tack) == ("sent", True)
        taken = [e for e in daemon.world.ledger.entries() if e.operation == "post" and e.accepted]
        assert len(taken) == 1

    @pytest.mark.parametrize("hours", [-5, 5])
    async def test_before_a_fetch_it_is_said_and_nothing_is_lost(
        self, daemon: TestDaemon, hours: int
    ) -> None:
        await send_one(daemon)
        daemon.world.clock.set_insurers_ahead(HOUR_S)
        clocks = Clocks(daemon)
        clocks.jump(hours=hours)
        with pytest.raises(BridgeError) as caught:
            await poll(daemon)
        assert caught.value.problem_code == "clock_skew"
        clocks.jump(hours=-hours)
        await poll(daemon)
        assert (await only_row(daemon)).status.value in ANSWERED

    async def test_back_while_a_message_waits_for_its_next_try(self, daemon: TestDaemon) -> None:
        daemon.world.scenario.choose("genasync_down")
        async with daemon.http() as http:
            headers = {"Idempotency-Key": str(uuid.uuid4()), "Prefer": "wait=1"}
            await http.post("/v1/insurability-batches", json=one_patient(daemon), headers=headers)
        assert (await only_row(daemon)).status.value == "to_send"
        daemon.world.scenario.choose("normal")
        # The clock of the computer was hours ahead and is put right, the platform's with it.
        daemon.clock.advance(hours=-3)
        await daemon.open_session()
        assert (await _taken(daemon)).status.value == "sent"
        assert list(posts(daemon).values()) == [1]

    async def test_between_all_steps(self, daemon: TestDaemon) -> None:
        """The whole computer sleeps, wakes, and is set back, sessions opened as needed."""
        await send_one(daemon)
        daemon.clock.advance(hours=9)
        await daemon.open_session()
        daemon.world.clock.set_insurers_ahead(12 * HOUR_S)
        await poll(daemon)
        daemon.clock.advance(hours=-6)
        await daemon.open_session()
        await poll(daemon)
        assert (await only_row(daemon)).status.value in ANSWERED
        assert list(posts(daemon).values()) == [1]
        assert mailboxes(daemon).count() == 0


class TestManyAnswers:
    @pytest.mark.parametrize(
        "count",
        [
            600,
            pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.timeout(600)]),
        ],
    )
    async def test_they_are_drained_in_pages_and_a_post_gets_through(
        self, daemon: TestDaemon, count: int
    ) -> None:
        await send_one(daemon)
        daemon.world.clock.set_insurers_ahead(HOUR_S)
        _multiply(daemon, count)
        process = psutil.Process()
        sizes: list[int] = []
        memory: list[int] = []
        tasks: list[Any] = []

        async def watch(request: Any, reply: Any) -> Any:
            if request.soap_action == GET:
                sizes.append(len(reply.body))
                memory.append(process.memory_info().rss)
                if len(sizes) == 2:
                    tasks.append(asyncio.create_task(_ask_second(daemon)))
            return reply

        daemon.parts.transport.after = watch
        fetched = await poll(daemon)
        (asked,) = await asyncio.gather(*tasks)
        await _until(lambda: operations(daemon, "post") == 2)
        assert fetched.messages == count + 1
        assert mailboxes(daemon).count() in {0, 2, 3}  # what answers the second question
        # One page is held at a time, whatever waits.
        assert len(sizes) >= count // 100
        assert max(memory) - memory[0] < 96 * 2**20
        gets = 0
        for entry in daemon.world.ledger.entries():
            gets += entry.operation == "get"
            if entry.operation == "post" and gets:
                break
        assert gets - asked <= 3, "the post waited for the drain"


async def _ask_second(daemon: TestDaemon) -> int:
    """Ask about somebody else; gives how many queries there were when it was written down."""
    async with daemon.http() as http:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        body = one_patient(daemon, place=1)
        answer = await http.post("/v1/insurability-batches", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        return operations(daemon, "get")


def _multiply(daemon: TestDaemon, count: int) -> None:
    """Let the same answer wait under many references of questions nobody knows here."""
    boxes = mailboxes(daemon)
    now = daemon.world.clock.insurers_now()
    genuine = _genuine(boxes)
    boxes.put(
        [
            Delivery(
                provider=genuine.provider,
                insurer=genuine.insurer,
                ready_at=now,
                item=replace(renamed(genuine.item, f"many-{number}"), input_reference=f"Q{number}"),
            )
            for number in range(count)
        ]
    )


def _genuine(boxes: Any) -> Delivery:
    found: Delivery = next(each for each in boxes.all() if isinstance(each.item, WaitingMessage))
    return found


async def _taken(daemon: TestDaemon) -> Any:
    """Wait for the receipt of the only message."""
    for _ in range(2000):
        row = await only_row(daemon)
        if row.has_tack:
            return row
        await asyncio.sleep(0.01)
    return await only_row(daemon)


async def _until(is_so: Any) -> None:
    for _ in range(2000):
        if is_so():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not happen")
