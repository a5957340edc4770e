"""The conformance suite of the port ``care``."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bridge.domain.careupdates import DoneBy, StepKind
from bridge.domain.declarations import DeclarationKind
from bridge.domain.exchanges import ExchangeStatus, Mark
from bridge.ports.care import AgreementFilter, DeclarationFilter, UpdateFilter
from tests.support import care, stores

MINE = "client-a"


@pytest.fixture
async def store(tmp_path):
    async with stores.opened(tmp_path) as opened:
        yield opened


async def kept(store, *values):
    def work(unit):
        for value in values:
            if value.id.startswith("exc_"):
                unit.exchanges.add(value)
            elif value.id.startswith("agr_"):
                unit.agreements.put(value)
            elif value.id.startswith("upd_"):
                unit.care_updates.put(value)
            else:
                unit.declarations.put(value)

    await store.write(work)


async def ids_of(store, **wanted):
    found, total = await store.read(
        lambda unit: unit.declarations.page(DeclarationFilter(**wanted), limit=50, before_id=None)
    )
    assert total == len(found)
    return [int(each.id.rpartition("_")[2]) for each in found]


class TestDeclarations:
    @pytest.mark.parametrize(
        "made",
        [
            pytest.param(care.declaration(content=care.KATZ), id="katz"),
            pytest.param(care.declaration(content=care.PALLIATIVE), id="palliative"),
            pytest.param(care.declaration(content=care.TECHNICAL), id="technical-act"),
            pytest.param(care.declaration(patient=care.MEMBER), id="member-without-niss"),
            pytest.param(
                care.declaration(
                    status=ExchangeStatus.ACCEPTED,
                    has_own_answer=True,
                    decisions=(care.refusal(), care.decision()),
                ),
                id="decided-twice",
            ),
        ],
    )
    async def test_it_comes_back_as_it_was_written(self, store, made):
        await kept(store, made)
        found = await store.read(lambda unit: unit.declarations.get(made.id, client_id=MINE))
        assert found == made

    async def test_another_caller_does_not_see_it(self, store):
        made = care.declaration()
        await kept(store, made)
        found = await store.read(lambda unit: unit.declarations.get(made.id, client_id="client-b"))
        assert found is None

    @pytest.mark.parametrize(
        "status",
        [
            ExchangeStatus.TO_SEND,
            ExchangeStatus.SENT,
            ExchangeStatus.RECEIVED,
            ExchangeStatus.ERROR,
            ExchangeStatus.OUTCOME_UNKNOWN,
        ],
        ids=lambda status: status.value,
    )
    async def test_until_its_own_answer_it_stands_where_its_message_stands(self, store, status):
        await kept(store, care.message(status=status), care.sent())
        found = await store.read(lambda unit: unit.declarations.get(care.sent().id, client_id=None))
        assert found.status is status
        assert await ids_of(store, status=(status.value,)) == [1]

    async def test_marking_it_on_the_way_does_not_freeze_its_state(self, store):
        await kept(store, care.message(), care.sent())

        def mark(unit):
            found = unit.declarations.get(care.sent().id, client_id=None)
            unit.declarations.put(found.marked(Mark.READ, at=care.NOW))
            unit.exchanges.replace(care.message(status=ExchangeStatus.RECEIVED))

        await store.write(mark)
        assert await ids_of(store, status=("received",), is_read=True) == [1]

    async def test_its_own_answer_wins_over_the_message(self, store):
        decided = replace(care.sent(), status=ExchangeStatus.SENT).decided(care.decision())
        await kept(store, care.message(status=ExchangeStatus.RECEIVED), decided)
        assert await ids_of(store, status=("accepted",)) == [1]
        assert await ids_of(store, status=("received",)) == []

    async def test_filters_combine(self, store):
        await kept(
            store,
            care.declaration(1),
            care.declaration(2, care.PALLIATIVE),
            care.declaration(3, patient=care.MEMBER, client_id="client-b"),
            care.declaration(4, read_at=care.NOW, processed_at=care.NOW, practice_id="prc_2"),
        )
        assert sorted(await ids_of(store)) == [1, 2, 3, 4]
        assert await ids_of(store, kind=DeclarationKind.PALLIATIVE) == [2]
        assert await ids_of(store, client_id="client-b") == [3]
        assert await ids_of(store, is_processed=True) == [4]
        assert sorted(await ids_of(store, is_processed=False, client_id=MINE)) == [1, 2]
        assert await ids_of(store, practice_id=("prc_2",), is_read=True) == [4]
        assert sorted(await ids_of(store, niss=care.PATIENT.niss)) == [1, 2, 4]

    async def test_pages_follow_each_other(self, store):
        await kept(store, *(care.declaration(number) for number in range(1, 6)))

        def page(before_id):
            return lambda unit: unit.declarations.page(
                DeclarationFilter(), limit=2, before_id=before_id
            )

        first, total = await store.read(page(None))
        second, _ = await store.read(page(first[-1].id))
        assert total == 5
        assert [int(each.id[-2:]) for each in (*first, *second)] == [5, 4, 3, 2]

    async def test_references_find_the_latest(self, store):
        decided = care.declaration(
            2, decisions=(care.decision(),), has_own_answer=True, sender_reference="77"
        )
        await kept(store, care.declaration(1, nurse_reference="K2"), decided)

        def find(unit):
            declarations = unit.declarations
            return (
                declarations.of_sender_reference("reg_1", "77"),
                declarations.of_sender_reference("reg_2", "77"),
                declarations.of_nurse_reference("reg_1", "K2"),
                declarations.of_agreement("reg_1", care.NUMBER),
            )

        by_header, foreign, by_nurse, by_number = await store.read(find)
        assert by_header == by_number == decided
        assert foreign is None
        assert by_nurse.id == care.declaration(1).id

    async def test_patients_without_a_number_are_told_apart_by_membership(self, store):
        other = replace(care.MEMBER, mutuality=care.PATIENT.mutuality)
        await kept(
            store, care.declaration(1, patient=care.MEMBER), care.declaration(2, patient=other)
        )
        found = await store.read(lambda unit: unit.declarations.of_patient(care.MEMBER))
        assert [each.id for each in found] == [care.declaration(1).id]

    async def test_what_failed_is_not_similar(self, store):
        def write(unit):
            unit.exchanges.add(care.message(1))
            unit.exchanges.add(care.message(2, status=ExchangeStatus.ERROR))
            unit.declarations.put(care.sent(1), content_digest="one")
            unit.declarations.put(care.sent(2), content_digest="two")

        await store.write(write)
        found = await store.read(lambda unit: unit.declarations.similar("one"))
        assert found.id == care.sent(1).id
        assert await store.read(lambda unit: unit.declarations.similar("two")) is None

    async def test_unanswered_is_what_left_and_has_no_answer(self, store):
        decided = replace(care.sent(2), status=ExchangeStatus.SENT).decided(care.decision())
        await kept(store, care.message(1), care.sent(1), care.message(2), decided)

        def late(moment):
            return lambda unit: unit.declarations.unanswered(sent_before=moment, limit=9)

        after = care.NOW + timedelta(seconds=1)
        assert [each.id for each in await store.read(late(after))] == [care.sent(1).id]
        assert await store.read(late(care.NOW)) == []

    async def test_a_draft_can_be_removed(self, store):
        await kept(store, care.declaration())
        await store.write(lambda unit: unit.declarations.remove(care.declaration().id))
        assert await ids_of(store) == []


class TestAgreements:
    async def test_it_comes_back_and_is_replaced(self, store):
        ended = care.agreement(end_on=date(2026, 11, 30))
        await kept(store, care.agreement(declaration_id="ktz_1"), ended)
        found = await store.read(lambda unit: unit.agreements.get(ended.id, client_id=MINE))
        assert found == ended

    async def test_days_decide_what_covers_and_what_ends(self, store):
        await kept(
            store,
            care.agreement(1),
            care.agreement(2, start_on=date(2027, 1, 1), end_on=None),
            care.agreement(3, end_on=date(2026, 11, 30)),
        )

        def numbers(**wanted):
            return lambda unit: sorted(
                int(each.id[-1])
                for each in unit.agreements.page(
                    AgreementFilter(**wanted), limit=9, before_id=None
                )[0]
            )

        assert await store.read(numbers(covers_on="2026-11-30")) == [1, 3]
        assert await store.read(numbers(covers_on="2026-12-01")) == [1]
        assert await store.read(numbers(covers_on="2027-03-01")) == [2]
        ending = numbers(ends_from="2026-11-30", ends_to="2026-12-23")
        assert await store.read(ending) == [3]

    async def test_number_and_declaration_find_it(self, store):
        made = care.agreement(declaration_id="ktz_1")
        await kept(store, made)

        def find(unit):
            return (
                unit.agreements.of_number("reg_1", care.NUMBER),
                unit.agreements.of_number("reg_2", care.NUMBER),
                unit.agreements.of_declaration("ktz_1"),
                unit.agreements.of_patient(care.PATIENT),
            )

        assert await store.read(find) == (made, None, made, [made])


class TestCareUpdates:
    async def test_it_comes_back_with_its_steps(self, store):
        made = care.descoring().done(StepKind.END_PREVIOUS, by=DoneBy.DAEMON, at=care.NOW)
        await kept(store, made)

        def find(unit):
            return (
                unit.care_updates.get(made.id, client_id=None),
                unit.care_updates.get(made.id, client_id=MINE),
                unit.care_updates.of_exchange(made.exchange_id),
            )

        assert await store.read(find) == (made, None, [made])

    async def test_pages_are_filtered_by_marks(self, store):
        await kept(store, care.descoring(1), care.descoring(2, processed_at=care.NOW))

        def page(**wanted):
            return lambda unit: unit.care_updates.page(
                UpdateFilter(**wanted), limit=9, before_id=None
            )

        open_ones, total = await store.read(page(is_processed=False))
        assert (total, [each.id for each in open_ones]) == (1, [care.descoring(1).id])
        assert (await store.read(page()))[1] == 2
