"""Reading a patient's card over HTTP: which card, what is told, and that nothing of it stays."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bridge.adapters.db.engine import encrypted_engine
from bridge.adapters.db.store import SqlStore
from bridge.adapters.db.tables import METADATA
from bridge.adapters.secrets import data_key
from bridge.domain.cards import CardKind, PatientReading
from bridge.domain.operations import OperationKind, OperationStatus
from bridge.domain.periods import brussels_day
from bridge.eid.files import ADDRESS_FILES, IDENTITY_FILES, EidFile
from bridge.errors import CardInUse
from bridge.sandbox.reader import FIRST_READER, SECOND_READER
from bridge.service.checks import interrupted
from bridge.service.operations import OperationBook
from bridge.service.patientcards import PatientCardService, ReadingWish
from bridge.service.registrations import RegistrationBook
from bridge.service.tokens import Client
from tests.support import stores
from tests.support.daemon import CLIENT, running_daemon
from tests.support.patients import (
    CHILD,
    FIRST_ID,
    FOREIGNER,
    OTHER,
    PATIENT,
    SECOND_ID,
    RetoldReader,
    card_of,
)

READING = "/v1/patient-cards/reading"
WAIT = {"Prefer": "wait=30"}
KEY = {"Idempotency-Key": "0123456789abcdef"}
KEPT = {"is_kept": True}


@asynccontextmanager
async def visit(folder: Path, *patients, **parts):
    """Run a daemon with the nurse's card in the first reader and patients' in the others."""
    async with running_daemon(
        folder, key_kind="ec", reader=lambda world: RetoldReader(world.reader), **parts
    ) as daemon:
        for patient in patients:
            daemon.world.reader.insert(patient(daemon.world), SECOND_READER)
        async with daemon.http() as http:
            yield daemon, http


async def read(http, body=None, **headers):
    return await http.post(READING, json=body or {}, headers={**WAIT, **headers})


async def failure(http, body=None) -> str:
    """Give the code of the problem with which a reading ends."""
    answer = await read(http, body)
    assert answer.status_code == 202, answer.text
    operation = answer.json()
    assert operation["status"] == "failed"
    assert operation["result"] is None
    return operation["problem"]["code"]


class TestReading:
    async def test_an_operation_leads_to_the_reading(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, http):
            started = await http.post(READING, json={})
            assert started.status_code == 202
            operation = started.json()
            assert operation["kind"] == OperationKind.PATIENT_CARD_READING.value
            stored = await daemon.services.operations.get(operation["id"], client_id=CLIENT.id)
            await daemon.finished(stored)
            operation = (await http.get(operation["links"]["self"])).json()
            reading = await http.get(operation["result"]["links"]["self"])
            assert reading.status_code == 200
            assert reading.headers["cache-control"] == "no-store"
            assert reading.json()["niss"] == PATIENT.niss.digits

    async def test_who_waits_gets_everything_at_once(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, http):
            answer = await read(http)
            assert answer.status_code == 201
            reading = answer.json()
            assert answer.headers["location"] == reading["links"]["self"]
            assert answer.headers["cache-control"] == "no-store"
            assert (await http.get(answer.headers["location"])).json() == reading
            today = brussels_day(daemon.clock.now())
            assert reading["holder"] == {
                "niss": PATIENT.niss.digits,
                "last_name": PATIENT.last_name,
                "first_names": PATIENT.first_names,
                "initial": "",
                "born_on": "1960-01-01",
                "born_text": reading["holder"]["born_text"],
                "sex": "female",
                "nationality": "Belg",
                "document": "citizen",
                "card_number": card_of(daemon.world).holder.card_number,
                "valid_from_on": (today - timedelta(days=400)).isoformat(),
                "valid_until_on": (today + timedelta(days=9 * 365)).isoformat(),
                "is_valid_today": True,
                "address": None,
            }
            assert (reading["warnings"], reading["is_kept"]) == ([], False)

    async def test_the_address_comes_only_when_asked(self, tmp_path):
        async with visit(tmp_path, card_of) as (_, http):
            reading = (await read(http, {"has_address": True})).json()
            assert reading["holder"]["address"] == {
                "street": "Voorbeeldstraat 1",
                "postal_code": "1000",
                "municipality": "Brussel",
            }

    @pytest.mark.parametrize(
        ("how", "kind", "serial", "document"),
        [
            pytest.param({}, "1", None, "citizen", id="citizen"),
            pytest.param({"document_type": CHILD}, "1", None, "kids", id="child"),
            pytest.param({"document_type": FOREIGNER, "card_number": "B123456789"}, "2",
                         "B123456789", "foreigner", id="foreigner"),
            pytest.param({"document_type": FOREIGNER, "card_number": "123456789"}, "2",
                         "123456789", "foreigner", id="residence-document"),
        ],
    )  # fmt: skip
    async def test_the_invoice_is_told_what_was_read(self, tmp_path, how, kind, serial, document):
        async with visit(tmp_path, lambda world: card_of(world, **how)) as (_, http):
            reading = (await read(http)).json()
            assert reading["holder"]["document"] == document
            assert reading["identity_reading"] == {
                "reading_kind": "1",
                "support_kind": kind,
                "support_serial": serial or reading["holder"]["card_number"],
                "read_on": "2026-11-23",
                "read_time": "1030",
            }

    async def test_day_and_hour_of_the_reading_are_those_of_brussels(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, http):
            daemon.clock.advance(hours=14)
            assert daemon.clock.now() == datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
            facts = (await read(http)).json()["identity_reading"]
            assert (facts["read_on"], facts["read_time"]) == ("2026-11-24", "0030")

    async def test_an_unfit_serial_number_leaves_the_invoice_without_facts(self, tmp_path):
        async with visit(tmp_path, lambda world: card_of(world, card_number="1234567890")) as (
            _,
            http,
        ):
            reading = (await read(http, KEPT)).json()
            assert reading["identity_reading"] is None
            assert reading["holder"]["card_number"] == "1234567890"

    @pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
    async def test_an_expired_card_is_read_with_a_warning(self, tmp_path, language):
        def expired(world):
            return card_of(world, valid_until=world.pki.now.date() - timedelta(days=1))

        async with visit(tmp_path, expired) as (_, http):
            answer = await read(http, **{"Accept-Language": language})
            assert answer.status_code == 201
            reading = answer.json()
            assert reading["holder"]["is_valid_today"] is False
            (warning,) = reading["warnings"]
            assert warning["code"] == "document_not_valid_today"
            known = (await http.get("/v1/problem-types/document_not_valid_today")).json()
            assert warning["title"] == known["texts"][language]["title"]

    async def test_the_last_day_of_validity_counts(self, tmp_path):
        def ends_today(world):
            return card_of(world, valid_until=world.pki.now.date())

        async with visit(tmp_path, ends_today) as (daemon, http):
            reading = (await read(http)).json()
            assert reading["holder"]["is_valid_today"] is True
            daemon.world.reader.remove(FIRST_READER)
            daemon.clock.advance(hours=14)
            assert (await read(http)).json()["holder"]["is_valid_today"] is False


class TestWhichCard:
    async def test_of_two_cards_the_nurses_own_is_never_the_patients(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, http):
            assert (await read(http, {"has_address": True})).json()["niss"] == PATIENT.niss.digits
            assert daemon.parts.reader.readings == [
                (FIRST_ID, IDENTITY_FILES),
                (SECOND_ID, IDENTITY_FILES),
                (SECOND_ID, ADDRESS_FILES),
            ]

    async def test_the_only_card_is_read_whosever_it_is(self, tmp_path):
        async with visit(tmp_path) as (daemon, http):
            own = daemon.world.nurse.registration.holder.niss.digits
            assert (await read(http)).json()["niss"] == own

    async def test_a_reader_can_be_named(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, http):
            own = daemon.world.nurse.registration.holder.niss.digits
            assert (await read(http, {"reader_id": FIRST_ID})).json()["niss"] == own
            assert daemon.parts.reader.readings == [(FIRST_ID, IDENTITY_FILES)]

    async def test_two_patients_cards_need_a_choice(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, http):
            daemon.world.reader.insert(card_of(daemon.world, OTHER), FIRST_READER)
            assert await failure(http) == "card_choice_needed"
            named = await read(http, {"reader_id": FIRST_ID})
            assert named.json()["niss"] == OTHER.niss.digits

    async def test_two_cards_of_the_nurse_need_a_choice(self, tmp_path):
        async with visit(tmp_path, lambda world: world.document) as (_, http):
            assert await failure(http) == "card_choice_needed"

    async def test_a_card_that_cannot_be_read_is_not_passed_over(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, http):
            daemon.parts.reader.failures[FIRST_ID] = CardInUse()
            assert await failure(http) == "card_choice_needed"

    async def test_when_only_the_patients_card_cannot_be_read_that_is_said(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, http):
            daemon.parts.reader.kinds[SECOND_ID] = CardKind.UNREAD
            daemon.parts.reader.failures[SECOND_ID] = CardInUse()
            assert await failure(http) == "card_in_use"

    async def test_without_a_registration_no_card_is_known_to_be_the_nurses(self, tmp_path):
        async with (
            visit(tmp_path, card_of) as (daemon, _),
            bare_service(daemon, tmp_path) as (service, book),
        ):
            started = await service.begin(ReadingWish(), client=CLIENT)
            await book.wait(started.id, seconds=40)
            ended = await book.get(started.id, client_id=CLIENT.id)
            assert ended.problem.code == "card_choice_needed"

    async def test_a_card_exchanged_before_its_address_is_read_is_refused(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, http):

            async def exchange() -> None:
                if len(daemon.parts.reader.readings) == 2:
                    daemon.world.reader.insert(card_of(daemon.world, OTHER), SECOND_READER)

            daemon.parts.reader.before_reading = exchange
            assert await failure(http, {"has_address": True}) == "card_exchanged"

    @pytest.mark.parametrize(
        ("state", "code"),
        [
            pytest.param("unknown", "reader_missing", id="unknown-reader"),
            pytest.param("empty", "card_missing", id="no-card"),
            pytest.param("foreign", "card_unsupported", id="bank-card"),
            pytest.param("new", "card_not_activated", id="not-activated"),
            pytest.param("stopped", "smartcard_service_stopped", id="service-stopped"),
        ],
    )
    async def test_a_reader_without_a_usable_card_says_why(self, tmp_path, state, code):
        async with visit(tmp_path) as (daemon, http):
            reader = daemon.world.reader
            if state == "foreign":
                reader.insert_foreign(SECOND_READER)
            elif state == "new":
                reader.insert(card_of(daemon.world, is_activated=False), SECOND_READER)
            elif state == "stopped":
                reader.stop_service()
            body = {"reader_id": "rdr_none" if state == "unknown" else SECOND_ID}
            assert await failure(http, body) == code

    async def test_without_any_card_or_reader_that_is_said(self, tmp_path):
        async with visit(tmp_path) as (daemon, http):
            daemon.world.reader.remove(FIRST_READER)
            assert await failure(http) == "card_missing"
            daemon.world.reader.unplug(FIRST_READER)
            daemon.world.reader.unplug(SECOND_READER)
            assert await failure(http) == "reader_missing"


class TestBelief:
    async def test_a_card_the_register_did_not_sign_is_refused(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, http):
            content = bytearray(card_of(daemon.world).contents[EidFile.IDENTITY])
            content[content.index(PATIENT.last_name.encode())] ^= 1
            daemon.parts.reader.files[EidFile.IDENTITY] = bytes(content)
            assert await failure(http, {"reader_id": SECOND_ID}) == "card_data_invalid"

    async def test_a_card_of_an_unknown_root_is_refused(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, http):
            false_root = daemon.world.pki.stranger.certificate.der
            daemon.parts.reader.files[EidFile.ROOT_CA] = false_root
            assert await failure(http, {"reader_id": SECOND_ID}) == "card_untrusted"


class TestWhatStays:
    async def test_after_15_minutes_a_reading_is_gone(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, http):
            path = (await read(http)).headers["location"]
            daemon.clock.advance(minutes=14, seconds=59)
            assert (await http.get(path)).status_code == 200
            daemon.clock.advance(seconds=1)
            answer = await http.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    async def test_what_was_kept_is_niss_and_facts_for_the_invoice_only(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, http):
            whole = (await read(http, {**KEPT, "has_address": True})).json()
            assert whole["holder"]["address"] is not None
            daemon.clock.advance(minutes=15)
            rest = (await http.get(whole["links"]["self"])).json()
            assert rest == {**whole, "holder": None}

    async def test_a_reading_leaves_memory_without_being_asked_for(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, _):
            brief = timedelta(milliseconds=200)
            bare = bare_service(daemon, tmp_path, remembered_for=brief)
            async with bare as (service, book):
                started = await service.begin(ReadingWish(reader_id=SECOND_ID), client=CLIENT)
                await book.wait(started.id, seconds=40)
                ended = await book.get(started.id, client_id=CLIENT.id)
                reading_id = ended.result_path.rsplit("/", maxsplit=1)[-1]
                held = weakref.ref((await service.get(reading_id, client=CLIENT)).holder)
                assert held() is not None
                async with asyncio.timeout(40):
                    while held() is not None:
                        await asyncio.sleep(0.02)
                        gc.collect()

    @pytest.mark.parametrize("is_kept", [False, True])
    async def test_nobody_else_sees_a_reading(self, tmp_path, is_kept):
        async with visit(tmp_path, card_of) as (daemon, http):
            path = (await read(http, {"is_kept": is_kept})).headers["location"]
            other = replace(CLIENT, id="other")
            token = daemon.services.tokens.issue(other, lifetime=timedelta(days=1))
            async with daemon.http(token) as theirs:
                assert (await theirs.get(path)).status_code == 404
                daemon.clock.advance(minutes=15)
                assert (await theirs.get(path)).status_code == 404
            assert (await http.get(path)).status_code == (200 if is_kept else 404)

    async def test_nothing_but_what_was_asked_for_is_stored_anywhere(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, http):
            with capture_logs() as logs:
                heard = daemon.services.events.subscribe(CLIENT.id)
                reading = (await read(http, {"has_address": True})).json()
                await http.get(reading["links"]["self"])
                await failure(http, {"reader_id": "rdr_none"})
            operations = (await http.get("/v1/operations")).text
            events = [await heard.next(within_s=1) for _ in range(4)]
            traces = json.dumps(logs) + operations + repr(events) + rows(daemon, tmp_path)
            assert reading["id"] in operations
            for secret in secrets_of(daemon):
                assert secret not in traces
            assert_unreadable(tmp_path, secrets_of(daemon))

    async def test_what_is_kept_is_encrypted_and_has_no_name(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, http):
            with capture_logs() as logs:
                await read(http, {**KEPT, "has_address": True})
            niss, card_number, *others = secrets_of(daemon)
            table = rows(daemon, tmp_path)
            assert niss in table
            assert card_number in table
            for secret in others:
                assert secret not in table
            operations = (await http.get("/v1/operations")).text
            for secret in (niss, card_number, *others):
                assert secret not in json.dumps(logs) + operations
            assert_unreadable(tmp_path, secrets_of(daemon))

    async def test_what_was_cancelled_keeps_nothing(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, http):
            is_reading = asyncio.Event()

            async def wait_long() -> None:
                is_reading.set()
                await asyncio.sleep(8)

            daemon.parts.reader.before_reading = wait_long
            operation = (await http.post(READING, json=KEPT)).json()
            await is_reading.wait()
            answer = await http.post(operation["links"]["self"] + "/cancellation", json={})
            assert answer.json()["status"] == "cancelled"
            assert PATIENT.niss.digits not in rows(daemon, tmp_path)

    async def test_what_was_cancelled_at_the_last_moment_keeps_nothing(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, http):
            reader = daemon.parts.reader

            async def cancel() -> None:
                (operation,) = (await http.get("/v1/operations")).json()["items"]
                moved = OperationStatus.CANCELLED
                await daemon.services.operations.move(operation["id"], moved)

            reader.before_reading = cancel
            answer = await read(http, {**KEPT, "reader_id": SECOND_ID})
            assert answer.json()["status"] == "cancelled"
            assert len(reader.readings) == 1
            assert PATIENT.niss.digits not in rows(daemon, tmp_path)

    async def test_what_was_cancelled_at_the_last_moment_leaves_memory_at_once(self, tmp_path):
        nobody = replace(CLIENT, id="cancels-at-the-last-moment")
        async with (
            visit(tmp_path, card_of) as (daemon, _),
            bare_service(daemon, tmp_path) as (service, book),
        ):

            async def cancel() -> None:
                await book.move(started.id, OperationStatus.CANCELLED)

            daemon.parts.reader.before_reading = cancel
            started = await service.begin(ReadingWish(reader_id=SECOND_ID), client=nobody)
            await book.wait(started.id, seconds=40)
            async with asyncio.timeout(40):
                while not daemon.parts.reader.readings or has_reading_of(nobody):
                    await asyncio.sleep(0.02)
                    gc.collect()

    async def test_a_reading_the_last_run_left_unfinished_failed(self, tmp_path):
        async with visit(tmp_path) as (daemon, http):
            book = daemon.services.operations
            left = book.new(OperationKind.PATIENT_CARD_READING, client_id=CLIENT.id, steps=1)
            await daemon.parts.store.write(lambda unit: unit.operations.add(left))
            await book.recover(interrupted=interrupted(daemon.clock.now))
            found = (await http.get(f"/v1/operations/{left.id}")).json()
            assert (found["status"], found["problem"]["code"]) == ("failed", "interrupted")


class TestRequests:
    async def test_a_key_reads_once(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, http):
            first = await read(http, **KEY)
            count = len(daemon.parts.reader.readings)
            again = await read(http, **KEY)
            assert (again.status_code, again.json()) == (201, first.json())
            assert again.headers["idempotency-replayed"] == "true"
            assert len(daemon.parts.reader.readings) == count

    async def test_a_key_is_for_one_request(self, tmp_path):
        async with visit(tmp_path, card_of) as (_, http):
            await read(http, **KEY)
            answer = await read(http, KEPT, **KEY)
            assert answer.json()["code"] == "idempotency_key_reused"

    async def test_a_key_that_comes_too_late_gives_the_operation(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, http):
            first = await read(http, **KEY)
            daemon.clock.advance(minutes=15)
            again = await read(http, **KEY)
            assert again.status_code == 202
            assert again.headers["idempotency-replayed"] == "true"
            result = again.json()["result"]["links"]["self"]
            assert result == first.headers["location"]
            assert (await http.get(result)).status_code == 404

    async def test_a_minimal_answer_has_no_patient_in_it(self, tmp_path):
        async with visit(tmp_path, card_of) as (_, http):
            answer = await read(http, Prefer="wait=8, return=minimal")
            assert (answer.status_code, answer.content) == (201, b"")
            assert (await http.get(answer.headers["location"])).status_code == 200

    @pytest.mark.parametrize(
        "body", [{"reader_id": ""}, {"reader_id": "../x"}, {"is_kept": "yes"}, {"niss": "1"}]
    )
    async def test_a_body_that_breaks_a_rule_reads_nothing(self, tmp_path, body):
        async with visit(tmp_path, card_of) as (daemon, http):
            answer = await read(http, body)
            assert answer.status_code == 422
            assert daemon.parts.reader.readings == []

    async def test_it_takes_a_scope_of_its_own(self, tmp_path):
        async with visit(tmp_path, card_of) as (daemon, http):
            path = (await read(http)).headers["location"]
            scopes = CLIENT.scopes - {"patient-card:read"}
            weak = Client(id=CLIENT.id, display_name="Weak", scopes=scopes)
            token = daemon.services.tokens.issue(weak, lifetime=timedelta(days=1))
            async with daemon.http(token) as theirs:
                for answer in (await read(theirs), await theirs.get(path)):
                    assert (answer.status_code, answer.json()["code"]) == (
                        403,
                        "insufficient_scope",
                    )


@asynccontextmanager
async def bare_service(daemon, folder: Path, **how):
    """Give a service of its own and its operations, on a database without registration."""
    store = SqlStore.open(folder / "bare.db", stores.KEY)
    shared = {"store": store, "clock": daemon.clock, "ids": daemon.parts.ids}
    book = OperationBook(**shared)
    service = PatientCardService(
        identities=daemon.services.identities,
        operations=book,
        registrations=RegistrationBook(store=store, events=daemon.services.events),
        **shared,
        **how,
    )
    try:
        yield service, book
    finally:
        await book.stop()
        await store.close()


def has_reading_of(client: Client) -> bool:
    """Look for a client's readings in all of the memory."""
    readings = [each for each in gc.get_objects() if isinstance(each, PatientReading)]
    return any(each.client_id == client.id for each in readings)


def secrets_of(daemon) -> list[str]:
    """Give what must not be found: NISS, card number, and the rest of the patient."""
    holder = card_of(daemon.world).holder
    return [
        holder.niss.digits,
        holder.card_number,
        holder.last_name,
        holder.first_names.split()[0],
        holder.born_text,
        "1960-01-01",
        "Voorbeeldstraat",
    ]


def rows(daemon, folder: Path) -> str:
    """Give everything in the database, decrypted."""
    key = data_key(daemon.parts.secrets, "database", daemon.parts.ids, creates=False)
    engine = encrypted_engine(folder / "carebridge.db", key, connections=1, writes=False)
    try:
        with engine.connect() as connection:
            return repr(
                [connection.execute(table.select()).all() for table in METADATA.sorted_tables]
            )
    finally:
        engine.dispose()


def assert_unreadable(folder: Path, secrets: list[str]) -> None:
    """Look for the patient in the bytes and names of all files of the daemon."""
    for file in folder.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        for secret in secrets:
            assert secret not in file.name
            assert secret.encode() not in content, file.name
