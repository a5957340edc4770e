"""The conformance suite of the port ``Store``."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pytest

from bridge.adapters.db.pairings import PAIRINGS
from bridge.domain.insurability import CheckStatus
from bridge.domain.operations import OperationStatus
from bridge.domain.pairings import PairingState
from bridge.errors import NotFound, QueueFull, StoreError
from bridge.ports.keypads import KnownKeypad
from tests.support import stores

OTHER = "client-b"


@pytest.fixture
async def store(tmp_path):
    async with stores.opened(tmp_path) as opened:
        yield opened


async def add_operations(store, *operations):
    def work(unit):
        for operation in operations:
            unit.operations.add(operation)

    await store.write(work)


async def add_checks(store, *checks, client_id="client-a"):
    await add_operations(
        store, *(stores.operation(int(check.id.rpartition("_")[2])) for check in checks)
    )

    def work(unit):
        for check in checks:
            unit.checks.add(check, client_id=client_id)

    await store.write(work)


class TestTransactions:
    async def test_the_result_of_the_work_is_given(self, store):
        assert await store.write(lambda _unit: 42) == 42
        assert await store.read(lambda _unit: "seen") == "seen"

    async def test_work_that_fails_changes_nothing(self, store):
        def work(unit):
            unit.operations.add(stores.operation())
            raise NotFound

        with pytest.raises(NotFound):
            await store.write(work)
        assert await store.read(lambda unit: unit.operations.get(stores.operation().id)) is None

    async def test_the_store_works_on_after_work_that_failed(self, store):
        with pytest.raises(ZeroDivisionError):
            await store.write(lambda _unit: 1 / 0)
        await add_operations(store, stores.operation())
        assert await store.read(lambda unit: unit.operations.count(client_id="client-a")) == 1

    async def test_a_reader_cannot_change_anything(self, store):
        with pytest.raises(StoreError):
            await store.read(lambda unit: unit.operations.add(stores.operation()))
        assert await store.read(lambda unit: unit.operations.unfinished()) == []

    async def test_all_writing_happens_on_one_thread(self, store):
        names = await asyncio.gather(
            *(store.write(lambda _unit: threading.current_thread().name) for _ in range(6))
        )
        assert len(set(names)) == 1

    async def test_a_reader_sees_what_was_committed_before_it_began(self, store):
        await add_operations(store, stores.operation(1))
        looked, written = threading.Event(), threading.Event()

        def slow_look(unit):
            first = unit.operations.count(client_id="client-a")
            looked.set()
            assert written.wait(30)
            return first, unit.operations.count(client_id="client-a")

        reading = asyncio.create_task(store.read(slow_look))
        await asyncio.to_thread(looked.wait, 30)
        await add_operations(store, stores.operation(2))
        written.set()
        assert await reading == (1, 1)
        assert await store.read(lambda unit: unit.operations.count(client_id="client-a")) == 2

    async def test_readers_do_not_wait_for_the_writer(self, store):
        writing, read = threading.Event(), threading.Event()

        def slow_write(unit):
            unit.operations.add(stores.operation())
            writing.set()
            assert read.wait(30)

        task = asyncio.create_task(store.write(slow_write))
        await asyncio.to_thread(writing.wait, 30)
        counts = await asyncio.gather(
            *(store.read(lambda unit: unit.operations.count(client_id="client-a")) for _ in "1234")
        )
        read.set()
        await task
        assert counts == [0, 0, 0, 0]

    async def test_a_cancelled_writer_leaves_the_store_usable(self, store):
        begun, goes_on = threading.Event(), threading.Event()

        def slow(unit):
            begun.set()
            goes_on.wait(30)
            unit.operations.add(stores.operation())

        task = asyncio.create_task(store.write(slow))
        await asyncio.to_thread(begun.wait, 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        goes_on.set()
        await add_operations(store, stores.operation(2))
        assert await store.read(lambda unit: unit.operations.get(stores.operation(2).id))

    async def test_a_closed_store_says_so(self, tmp_path):
        async with stores.opened(tmp_path) as store:
            pass
        with pytest.raises(StoreError):
            await store.read(lambda unit: unit.operations.unfinished())


class TestOperations:
    @pytest.mark.parametrize(
        "operation", [stores.operation(), stores.FULL_OPERATION], ids=["plain", "full"]
    )
    async def test_what_was_added_comes_back_unchanged(self, store, operation):
        await add_operations(store, operation)
        assert await store.read(lambda unit: unit.operations.get(operation.id)) == operation

    async def test_an_unknown_operation_is_none(self, store):
        assert await store.read(lambda unit: unit.operations.get("op_none")) is None

    async def test_the_same_identifier_cannot_be_added_twice(self, store):
        await add_operations(store, stores.operation())
        with pytest.raises(StoreError):
            await add_operations(store, stores.operation())

    async def test_a_new_state_replaces_the_old_one(self, store):
        await add_operations(store, stores.operation())
        done = stores.operation(status=OperationStatus.SUCCEEDED, step=1)
        await store.write(lambda unit: unit.operations.replace(done))
        assert await store.read(lambda unit: unit.operations.get(done.id)) == done

    async def test_what_is_not_there_cannot_be_replaced(self, store):
        with pytest.raises(StoreError):
            await store.write(lambda unit: unit.operations.replace(stores.operation()))

    async def test_pages_go_from_new_to_old_without_gap_or_double(self, store):
        await add_operations(store, *(stores.operation(number) for number in (3, 1, 5, 2, 4)))
        seen, before = [], None
        for _ in range(4):
            page = await store.read(
                lambda unit, before=before: unit.operations.page(
                    client_id="client-a", limit=2, before_id=before
                )
            )
            seen += [int(operation.id[-1]) for operation in page]
            before = page[-1].id if page else before
        assert seen == [5, 4, 3, 2, 1]

    async def test_a_client_sees_and_counts_its_own_only(self, store):
        await add_operations(store, stores.operation(1), stores.operation(2, client_id=OTHER))
        page = await store.read(
            lambda unit: unit.operations.page(client_id=OTHER, limit=9, before_id=None)
        )
        assert [operation.id for operation in page] == [stores.operation(2).id]
        assert await store.read(lambda unit: unit.operations.count(client_id=OTHER)) == 1

    async def test_unfinished_are_exactly_those_without_final_status(self, store):
        every = [
            stores.operation(number, status=status)
            for number, status in enumerate(OperationStatus, start=1)
        ]
        await add_operations(store, *every)
        unfinished = await store.read(lambda unit: unit.operations.unfinished())
        assert unfinished == [operation for operation in every if not operation.is_final]


class TestChecks:
    @pytest.mark.parametrize(
        "check",
        [
            pytest.param(stores.check(), id="new"),
            pytest.param(stores.check(question=stores.MEMBER_QUESTION), id="by-membership"),
            pytest.param(
                stores.check(
                    status=CheckStatus.ACCEPTED,
                    facts=stores.FULL_FACTS,
                    sent_at=stores.NOW,
                    answered_at=stores.NOW,
                ),
                id="answered",
            ),
            pytest.param(
                stores.check(status=CheckStatus.ERROR, problem_code="signature_invalid"),
                id="failed",
            ),
        ],
    )
    async def test_what_was_added_comes_back_unchanged(self, store, check):
        await add_checks(store, check)
        assert await store.read(lambda unit: unit.checks.get(check.id, client_id=None)) == check

    async def test_a_check_belongs_to_its_client(self, store):
        check = stores.check()
        await add_checks(store, check)
        assert await store.read(lambda unit: unit.checks.get(check.id, client_id=OTHER)) is None
        assert await store.read(lambda unit: unit.checks.get(check.id, client_id="client-a"))

    async def test_a_check_is_found_by_its_operation(self, store):
        check = stores.check(7)
        await add_checks(store, check)
        found = await store.read(lambda unit: unit.checks.of_operation(check.operation_id))
        assert found == check
        assert await store.read(lambda unit: unit.checks.of_operation("op_none")) is None

    async def test_a_new_state_keeps_the_client(self, store):
        await add_checks(store, stores.check())
        sent = stores.check(status=CheckStatus.SENT, sent_at=stores.NOW)
        await store.write(lambda unit: unit.checks.replace(sent))
        found = await store.read(lambda unit: unit.checks.get(sent.id, client_id="client-a"))
        assert found == sent

    async def test_what_is_not_there_cannot_be_replaced(self, store):
        with pytest.raises(StoreError):
            await store.write(lambda unit: unit.checks.replace(stores.check()))

    async def test_a_check_needs_its_operation(self, store):
        with pytest.raises(StoreError):
            await store.write(lambda unit: unit.checks.add(stores.check(), client_id="client-a"))

    async def test_check_and_operation_may_be_written_in_any_order(self, store):
        def work(unit):
            unit.checks.add(stores.check(), client_id="client-a")
            unit.operations.add(stores.operation())

        await store.write(work)
        assert await store.read(lambda unit: unit.checks.count(client_id=None)) == 1

    async def test_pages_and_counts_are_per_client_or_of_all(self, store):
        await add_checks(store, stores.check(1), stores.check(3))
        await add_checks(store, stores.check(2), client_id=OTHER)

        def look(unit):
            every = unit.checks.page(client_id=None, limit=9, before_id=None)
            own = unit.checks.page(client_id=OTHER, limit=9, before_id=None)
            older = unit.checks.page(client_id=None, limit=1, before_id=every[0].id)
            return [[int(check.id[-1]) for check in page] for page in (every, own, older)]

        assert await store.read(look) == [[3, 2, 1], [2], [2]]
        assert await store.read(lambda unit: unit.checks.count(client_id=None)) == 3
        assert await store.read(lambda unit: unit.checks.count(client_id=OTHER)) == 1


class TestIdempotencyKeys:
    async def test_a_key_comes_back_unchanged(self, store):
        await add_operations(store, stores.operation())
        key = stores.remembered()
        await store.write(lambda unit: unit.idempotency_keys.add(key))
        found = await store.read(
            lambda unit: unit.idempotency_keys.find(
                client_id=key.client_id, key=key.key, route=key.route
            )
        )
        assert found == key

    @pytest.mark.parametrize("change", [{"client_id": OTHER}, {"key": "x"}, {"route": "POST /y"}])
    async def test_client_key_and_route_together_name_it(self, store, change):
        await add_operations(store, stores.operation())
        key = stores.remembered()
        await store.write(lambda unit: unit.idempotency_keys.add(key))
        asked = {"client_id": key.client_id, "key": key.key, "route": key.route} | change
        assert await store.read(lambda unit: unit.idempotency_keys.find(**asked)) is None
        await store.write(lambda unit: unit.idempotency_keys.add(replace(key, **change)))

    async def test_a_key_is_remembered_once(self, store):
        await add_operations(store, stores.operation())
        await store.write(lambda unit: unit.idempotency_keys.add(stores.remembered()))
        with pytest.raises(StoreError):
            await store.write(lambda unit: unit.idempotency_keys.add(stores.remembered()))


class TestEvidence:
    async def test_bytes_come_back_unchanged_oldest_first(self, store):
        answer = stores.evidence(2, kind="answer", content=bytes(range(256)))
        other = stores.evidence(3, subject_id="ins_2")

        def work(unit):
            for each in (answer, stores.evidence(1), other):
                unit.evidence.add(each)

        await store.write(work)
        found = await store.read(lambda unit: unit.evidence.of_subject("ins_1"))
        assert found == [stores.evidence(1), answer]

    async def test_an_unknown_subject_has_none(self, store):
        assert await store.read(lambda unit: unit.evidence.of_subject("ins_9")) == []

    @pytest.mark.parametrize(
        "content", [b"50" + b" " * 2**20, bytes(2**18 - 1)], ids=["large", "just-not-large"]
    )
    async def test_a_large_file_comes_back_as_it_was_written(self, store, content):
        kept = stores.evidence(kind="content", content=content)
        await store.write(lambda unit: unit.evidence.add(kept))
        assert await store.read(lambda unit: unit.evidence.of_subject("ins_1")) == [kept]


class TestRegistrations:
    async def test_the_first_one_stays_the_default(self, store):
        second = replace(stores.REGISTRATION, id="reg_0")
        await store.write(lambda unit: unit.registrations.put(stores.REGISTRATION))
        await store.write(lambda unit: unit.registrations.put(second))
        changed = replace(stores.REGISTRATION, quality="doctor")
        await store.write(lambda unit: unit.registrations.put(changed))
        assert await store.read(lambda unit: unit.registrations.all()) == [changed, second]

    async def test_an_empty_store_has_none(self, store):
        assert await store.read(lambda unit: unit.registrations.all()) == []


class TestReadings:
    async def test_the_kept_part_comes_back_unchanged(self, store):
        reading = stores.reading()
        await store.write(lambda unit: unit.readings.add(reading))
        found = await store.read(lambda unit: unit.readings.get(reading.id, client_id="client-a"))
        assert found == reading

    async def test_a_card_without_facts_for_the_invoice_comes_back_too(self, store):
        reading = stores.reading(identity_reading=None)
        await store.write(lambda unit: unit.readings.add(reading))
        found = await store.read(lambda unit: unit.readings.get(reading.id, client_id="client-a"))
        assert found == reading

    async def test_it_is_its_clients_alone(self, store):
        reading = stores.reading()
        await store.write(lambda unit: unit.readings.add(reading))
        assert await store.read(lambda unit: unit.readings.get(reading.id, client_id=OTHER)) is None

    async def test_an_unknown_reading_is_none(self, store):
        asked = {"reading_id": "pcr_9", "client_id": "client-a"}
        assert await store.read(lambda unit: unit.readings.get(**asked)) is None


class TestPairings:
    async def test_they_come_back_unchanged_oldest_first(self, store):
        first, second = stores.pairing("pair_1"), stores.pairing("pair_2", token=None)
        await store.write(lambda unit: unit.pairings.put(second))
        await store.write(lambda unit: unit.pairings.put(first))
        assert await store.read(lambda unit: unit.pairings.all()) == [first, second]

    async def test_one_is_replaced_and_removed(self, store):
        changed = stores.pairing("pair_1", state=PairingState.REVOKED)
        await store.write(lambda unit: unit.pairings.put(stores.pairing("pair_1")))
        await store.write(lambda unit: unit.pairings.put(changed))
        assert await store.read(lambda unit: unit.pairings.all()) == [changed]
        for _ in range(2):
            await store.write(lambda unit: unit.pairings.remove("pair_1"))
        assert await store.read(lambda unit: unit.pairings.all()) == []

    async def test_a_row_that_is_none_is_refused(self, store):
        row = {"id": "pair_1", "document": "{}"}
        await store.write(lambda unit: unit.connection.execute(PAIRINGS.insert().values(row)))
        with pytest.raises(StoreError):
            await store.read(lambda unit: unit.pairings.all())


class TestQueues:
    async def test_a_client_has_at_most_500_operations_under_way(self, store):
        await add_operations(store, *(stores.operation(n) for n in range(500)))
        with pytest.raises(QueueFull) as caught:
            await add_operations(store, stores.operation(500))
        assert caught.value.problem_code == "queue_full"
        await add_operations(store, replace(stores.operation(501), client_id="client-b"))
        done = replace(stores.operation(7), status=OperationStatus.SUCCEEDED)
        await store.write(lambda unit: unit.operations.replace(done))
        await add_operations(store, stores.operation(502))
        with pytest.raises(QueueFull):
            await add_operations(store, stores.operation(503))


class TestKeypads:
    async def test_a_keypad_is_kept_and_replaced_by_its_reader(self, store):
        assert await store.read(lambda unit: unit.keypads.get("ACME")) is None
        for may_be_typed in (False, True, False):
            kept = KnownKeypad(reader="ACME", may_be_typed=may_be_typed)
            await store.write(lambda unit, kept=kept: unit.keypads.put(kept))
            assert await store.read(lambda unit: unit.keypads.get("ACME")) == kept
        assert await store.read(lambda unit: unit.keypads.get("Other")) is None
