"""The conformance suite of the port ``invoices``."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import literal_column, select, text

from bridge.adapters.db.tables import BATCH_ITEMS, CHECKS
from bridge.domain.batches import BatchItem, BatchPurpose, InsurabilityBatch, ItemStatus
from bridge.domain.claims import (
    ActResult,
    ClaimKind,
    LineNorm,
    PreviousInvoicing,
    RejectionReason,
)
from bridge.domain.exchanges import ExchangeStatus, Mark
from bridge.domain.identifiers import Mutuality, Niss
from bridge.domain.insurability import (
    CheckStatus,
    InsurabilityFacts,
    InsurabilityQuestion,
    MemberFacet,
)
from bridge.domain.invoicecases import act_key
from bridge.domain.invoices import BatchDecision, InvoiceAnswer
from bridge.domain.months import Month
from bridge.domain.settlements import SettlementFinding
from bridge.ports.invoices import BatchSums, InvoiceFilter, SettlementFilter
from tests.support import care, invoices, stores

MINE = "client-a"


@pytest.fixture
async def store(tmp_path):
    stores.new_database(tmp_path)
    async with stores.opened(tmp_path) as opened:
        yield opened


async def kept(store, *values):
    def work(unit):
        for value in values:
            if value.id.startswith("exc_"):
                unit.exchanges.add(value)
            elif value.id.startswith("clm_"):
                unit.claims.put([value])
            elif value.id.startswith("set_"):
                unit.settlements.put(value)
            else:
                unit.invoice_batches.put(value)

    await store.write(work)


def numbers(found):
    return [int(each.id.rpartition("_")[2]) for each in found]


async def ids_of(store, **wanted):
    found, total = await store.read(
        lambda unit: unit.invoice_batches.page(InvoiceFilter(**wanted), limit=50, before_id=None)
    )
    assert total == len(found)
    return numbers(found)


def settled_batch(number=1):
    decision = BatchDecision(
        at=invoices.NOW,
        response_id="rsp_1",
        answer=InvoiceAnswer.SETTLED,
        status=ExchangeStatus.SETTLED,
        error_percentage=125,
    )
    return replace(invoices.sent(number), status=ExchangeStatus.SENT).decided(decision)


class TestBatches:
    @pytest.mark.parametrize(
        "made",
        [
            pytest.param(invoices.batch(client_ref="oct"), id="draft"),
            pytest.param(settled_batch(), id="settled"),
        ],
    )
    async def test_it_comes_back_as_it_was_written(self, store, made):
        await kept(store, made)
        found = await store.read(lambda unit: unit.invoice_batches.get(made.id, client_id=MINE))
        assert found == made

    async def test_another_caller_does_not_see_it(self, store):
        made = invoices.batch()
        await kept(store, made)
        found = await store.read(lambda unit: unit.invoice_batches.get(made.id, client_id="b"))
        assert found is None

    @pytest.mark.parametrize(
        "status",
        [ExchangeStatus.SENT, ExchangeStatus.ERROR, ExchangeStatus.OUTCOME_UNKNOWN],
        ids=lambda status: status.value,
    )
    async def test_until_its_own_answer_it_stands_where_its_message_stands(self, store, status):
        made = invoices.sent()
        await kept(store, care.message(status=status), made)
        found = await store.read(lambda unit: unit.invoice_batches.get(made.id, client_id=None))
        assert found.status is status
        assert await ids_of(store, status=(status.value,)) == [1]

    async def test_released_before_its_message_is_there_it_is_to_send(self, store):
        await kept(store, invoices.sent(exchange_id=None))
        assert await ids_of(store, status=("to_send",)) == [1]

    async def test_its_own_answer_wins_over_the_message(self, store):
        await kept(store, care.message(), settled_batch())
        assert await ids_of(store, status=("settled",)) == [1]
        assert await ids_of(store, status=("sent",)) == []

    async def test_marking_it_on_the_way_does_not_freeze_its_state(self, store):
        await kept(store, care.message(), invoices.sent())

        def mark(unit):
            found = unit.invoice_batches.get(invoices.sent().id, client_id=None)
            unit.invoice_batches.put(found.marked(Mark.READ, at=care.NOW))
            unit.exchanges.replace(care.message(status=ExchangeStatus.RECEIVED))

        await store.write(mark)
        assert await ids_of(store, status=("received",), is_read=True) == [1]

    async def test_filters_combine(self, store):
        await kept(
            store,
            invoices.batch(1),
            invoices.batch(2, insurer="500", month=Month(2026, 9)),
            invoices.batch(3, client_id="client-b", registration_id="reg_2"),
            invoices.batch(4, read_at=care.NOW, processed_at=care.NOW, practice_id="prc_2"),
        )
        assert await ids_of(store) == [4, 3, 2, 1]
        assert await ids_of(store, insurer=("500",)) == [2]
        assert await ids_of(store, month="2026-10", client_id=MINE) == [4, 1]
        assert await ids_of(store, registration_id=("reg_2",)) == [3]
        assert await ids_of(store, practice_id=("prc_2",), is_processed=True) == [4]
        assert await ids_of(store, is_archived=False, is_read=False) == [3, 2, 1]

    async def test_pages_follow_each_other(self, store):
        await kept(store, *(invoices.batch(number) for number in range(1, 6)))

        def page(before_id):
            return lambda unit: unit.invoice_batches.page(
                InvoiceFilter(), limit=2, before_id=before_id
            )

        first, total = await store.read(page(None))
        second, _ = await store.read(page(first[-1].id))
        assert (total, numbers((*first, *second))) == (5, [5, 4, 3, 2])

    async def test_message_operation_and_reference_find_it(self, store):
        made = invoices.sent(2)
        await kept(store, invoices.sent(1), made)

        def find(unit):
            batches = unit.invoice_batches
            return (
                batches.of_exchange(care.message(2).id),
                batches.of_operation("op_2"),
                batches.of_sender_reference("reg_1", made.sender_reference),
                batches.of_sender_reference("reg_2", made.sender_reference),
            )

        assert await store.read(find) == (made, made, made, None)

    async def test_the_next_draft_is_the_oldest_of_a_month_or_later(self, store):
        await kept(
            store,
            invoices.batch(1, month=Month(2026, 9)),
            invoices.sent(2, exchange_id=None),
            invoices.batch(3, month=Month(2026, 12)),
            invoices.batch(4, month=Month(2026, 11)),
            invoices.batch(5, month=Month(2026, 11)),
            invoices.batch(6, insurer="500"),
        )

        def draft(registration_id, month):
            return lambda unit: unit.invoice_batches.draft_of(
                registration_id, "300", from_month=month
            )

        found = await store.read(draft("reg_1", Month(2026, 10)))
        assert numbers([found]) == [4]
        assert await store.read(draft("reg_2", Month(2026, 10))) is None
        assert await store.read(draft("reg_1", Month(2027, 1))) is None

    async def test_sending_numbers_are_counted_for_a_payer_and_a_year(self, store):
        await kept(
            store,
            invoices.sent(7),
            invoices.batch(8),
            invoices.sent(9, sending_year=2025),
            invoices.sent(11, payer=invoices.OTHER_NURSE),
        )

        def used(payer, year):
            return lambda unit: unit.invoice_batches.sending_numbers(payer, year)

        assert await store.read(used(invoices.NURSE.short, 2026)) == {7}
        assert await store.read(used(invoices.NURSE.short, 2025)) == {9}
        assert await store.read(used(invoices.NURSE.short, 2027)) == frozenset()

    async def test_a_draft_goes_with_its_claims(self, store):
        await kept(store, invoices.batch(1), invoices.batch(2), invoices.claim(1))
        await kept(store, invoices.claim(2, batch_id=invoices.batch(2).id))
        await store.write(lambda unit: unit.invoice_batches.remove(invoices.batch(1).id))

        def left(unit):
            return unit.claims.of_reference("A1"), unit.claims.of_patient(care.PATIENT)

        gone, found = await store.read(left)
        assert gone is None
        assert numbers(found) == await ids_of(store) == [2]


class TestClaims:
    async def test_it_comes_back_as_it_was_written(self, store):
        made = invoices.claim(
            1,
            invoices.line(1, norm=LineNorm.STATISTICAL, insurer_amount=0, lump_sum_share=100),
            invoices.line(
                2,
                reading=invoices.READING,
                result=ActResult.REJECTED,
                reasons=(RejectionReason(letter="R", code="502410", record="50", zone="24"),),
            ),
            kind=ClaimKind.CORRECTION,
            previous=PreviousInvoicing(
                invoice_number="000000000001",
                sending_number=1,
                mutuality=care.PATIENT.mutuality,
                month=invoices.MONTH,
            ),
        )
        await kept(store, made)
        assert await store.read(lambda unit: unit.claims.get(made.id)) == made

    async def test_changed_lines_replace_the_old_ones(self, store):
        await kept(store, invoices.claim(1, invoices.line(1), invoices.line(2)))
        await kept(store, invoices.claim(1, invoices.line(3)))

        def find(unit):
            return [unit.claims.of_reference(each) for each in ("A1", "A2", "A3")]

        first, second, third = await store.read(find)
        assert first is second is None
        assert [each.reference for each in third.lines] == ["A3"]

    async def test_pages_are_in_the_order_of_positions(self, store):
        made = [invoices.claim(number, position=9 - number) for number in range(1, 6)]
        await store.write(lambda unit: unit.claims.put(made))

        def read(unit):
            batch_id = invoices.batch().id
            return (
                unit.claims.page(batch_id, after=5, limit=2),
                list(unit.claims.all_of(batch_id)),
                unit.claims.next_position(batch_id),
                unit.claims.next_position("inv_other"),
            )

        page, everything, following, first = await store.read(read)
        assert numbers(page) == [3, 2]
        assert numbers(everything) == [5, 4, 3, 2, 1]
        assert (following, first) == (9, 0)

    async def test_a_claim_can_be_removed(self, store):
        await kept(store, invoices.claim(1), invoices.claim(2))
        await store.write(lambda unit: unit.claims.remove(invoices.claim(1).id))

        def read(unit):
            return unit.claims.get(invoices.claim(1).id), unit.claims.of_reference("A1")

        assert await store.read(read) == (None, None)
        assert (await store.read(lambda unit: unit.claims.sums(invoices.batch().id))).claims == 1

    async def test_patients_without_a_number_are_told_apart_by_membership(self, store):
        other = replace(care.MEMBER, mutuality=care.PATIENT.mutuality)
        await kept(
            store,
            invoices.claim(1, patient=care.MEMBER),
            invoices.claim(2, patient=other),
            invoices.claim(3),
        )
        found = await store.read(lambda unit: unit.claims.of_patient(care.MEMBER))
        assert numbers(found) == [1]

    async def test_sums_are_those_of_the_lines(self, store):
        paid = invoices.line(2, result=ActResult.PAID, paid_amount=580, supplement=30)
        await kept(store, invoices.claim(1, invoices.line(1), paid), invoices.claim(2))
        found = await store.read(lambda unit: unit.claims.sums(invoices.batch().id))
        assert found == BatchSums(
            claims=2,
            lines=3,
            insurer_amount=1740,
            copayment=360,
            supplement=30,
            paid_amount=580,
            open_amount=1160,
        )
        assert await store.read(lambda unit: unit.claims.sums("inv_other")) == BatchSums()


def invoiced(*, besides="inv_other", patient=care.PATIENT):
    return lambda unit: unit.claims.invoiced_acts(patient, besides=besides)


class TestInvoicedActs:
    async def test_an_act_that_was_sent_is_invoiced(self, store):
        await kept(store, care.message(), invoices.sent(), invoices.claim())
        expected = {act_key(care.PATIENT, invoices.line())}
        assert await store.read(invoiced()) == expected
        assert await store.read(invoiced(besides=invoices.batch().id)) == frozenset()
        assert await store.read(invoiced(patient=care.MEMBER)) == frozenset()

    @pytest.mark.parametrize(
        "changes",
        [
            pytest.param({"result": ActResult.REJECTED}, id="refused"),
            pytest.param({"norm": LineNorm.STATISTICAL}, id="statistical"),
            pytest.param({"credited_by": "A1-C"}, id="taken-back"),
        ],
    )
    async def test_some_lines_do_not_count(self, store, changes):
        made = invoices.claim(1, invoices.line(1, **changes), invoices.line(2, code="425132"))
        await kept(store, care.message(), invoices.sent(), made)
        found = await store.read(invoiced())
        assert {each.code for each in found} == {"425132"}

    async def test_a_credit_note_invoices_nothing(self, store):
        note = invoices.claim(1, kind=ClaimKind.CREDIT_NOTE)
        await kept(store, care.message(), invoices.sent(), note)
        assert await store.read(invoiced()) == frozenset()

    @pytest.mark.parametrize(
        ("batch", "message"),
        [
            pytest.param(invoices.batch(), None, id="draft"),
            pytest.param(
                invoices.sent(status=ExchangeStatus.REFUSED, has_own_answer=True),
                None,
                id="refused",
            ),
            pytest.param(
                invoices.sent(), care.message(status=ExchangeStatus.ERROR), id="did-not-leave"
            ),
        ],
    )
    async def test_what_did_not_arrive_is_not_invoiced(self, store, batch, message):
        await kept(store, *(() if message is None else (message,)), batch, invoices.claim())
        assert await store.read(invoiced()) == frozenset()


class TestLargeBatches:
    async def test_sums_and_invoiced_acts_read_no_documents(self, store):
        """Memory stays far below that of the claims, which are some megabytes."""
        lines = [
            invoices.line(number, day=date(2026, 10, 1 + number % 31)) for number in range(3_000)
        ]
        made = [
            invoices.claim(1 + number, *lines[number * 10 : number * 10 + 10])
            for number in range(300)
        ]
        await kept(store, care.message(), invoices.sent())
        await store.write(lambda unit: unit.claims.put(made))

        def work(unit):
            tracemalloc.start()
            sums = unit.claims.sums(invoices.batch().id)
            acts = unit.claims.invoiced_acts(care.PATIENT, besides="inv_other")
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            return sums.lines, len(acts), peak

        count, acts, peak = await store.read(work)
        assert (count, acts) == (3_000, 31)
        assert peak < 1_000_000


class TestSettlements:
    async def test_it_comes_back_and_is_replaced(self, store):
        found = SettlementFinding(code="amount_differs", mutuality="300", expected=1, stated=2)
        made = invoices.settlement(applied_at=care.NOW, findings=(found,))
        await kept(store, invoices.settlement(), made)

        def read(unit):
            return (
                unit.settlements.get(made.id, client_id=MINE),
                unit.settlements.get(made.id, client_id="client-b"),
                unit.settlements.of_batch(made.batch_id),
            )

        assert await store.read(read) == (made, None, [made])

    async def test_filters_combine(self, store):
        refusal = replace(
            invoices.settlement().settlement, answer=InvoiceAnswer.FILE_REFUSED, mutualities=()
        )
        await kept(
            store,
            invoices.settlement(1),
            invoices.settlement(2, settlement=refusal, insurer="500"),
            invoices.settlement(3, processed_at=care.NOW, practice_id="prc_2", batch_id="inv_2"),
        )

        async def ids(**wanted):
            filters = SettlementFilter(client_id=MINE, **wanted)
            found, total = await store.read(
                lambda unit: unit.settlements.page(filters, limit=9, before_id=None)
            )
            assert total == len(found)
            return numbers(found)

        assert await ids() == [3, 2, 1]
        assert await ids(answer=("920099",)) == [2]
        assert await ids(insurer=("300",), is_processed=False) == [1]
        assert await ids(practice_id=("prc_2",), batch_id="inv_2") == [3]


class TestCovers:
    """Checks and patients of batches that insurers answered about."""

    PATIENT = replace(care.PATIENT, niss=Niss(stores.NISS))

    @pytest.fixture
    async def asked(self, store):
        answered = stores.check(
            1, status=CheckStatus.ACCEPTED, facts=stores.FULL_FACTS, updated_at=stores.NOW
        )
        waiting = stores.check(2, status=CheckStatus.SENT)
        other = InsurabilityQuestion(
            patient=Niss(stores.NISS), period=stores.PERIOD, facets=(MemberFacet.PALLIATIVE_STATUS,)
        )
        palliative = stores.check(3, status=CheckStatus.ACCEPTED, question=other)
        member = stores.check(4, status=CheckStatus.ACCEPTED, question=stores.MEMBER_QUESTION)
        item = BatchItem(
            id="itm_1",
            batch_id="bat_1",
            position=0,
            status=ItemStatus.ACCEPTED,
            question=InsurabilityQuestion(patient=Niss(stores.NISS), period=stores.PERIOD),
            facts=InsurabilityFacts(is_insured=False),
            answered_at=stores.NOW + timedelta(hours=1),
        )

        def work(unit):
            for number, check in enumerate((answered, waiting, palliative, member), start=1):
                unit.operations.add(stores.operation(number))
                unit.checks.add(check, client_id=MINE)
            unit.operations.add(stores.operation(9))
            unit.batches.add(
                InsurabilityBatch(
                    id="bat_1",
                    client_id=MINE,
                    registration_id="reg_1",
                    operation_id=stores.operation(9).id,
                    purpose=BatchPurpose.BILLING_MONTH,
                    month="2026-11",
                    created_at=stores.NOW,
                    updated_at=stores.NOW,
                    patients=1,
                ),
                [item],
            )

        await store.write(work)
        return store

    async def test_answers_about_a_person_come_newest_first(self, asked):
        found = await asked.read(lambda unit: unit.covers.of_patient(self.PATIENT))
        assert [each.is_insured for each in found] == [False, True]
        assert {each.asked for each in found} == {stores.PERIOD}
        assert found[1].periods == stores.FULL_FACTS.periods

    async def test_members_are_told_apart_by_their_fund(self, asked):
        member = replace(care.MEMBER, mutuality=Mutuality("319"))
        found = await asked.read(lambda unit: unit.covers.of_patient(member))
        other = await asked.read(lambda unit: unit.covers.of_patient(care.MEMBER))
        assert (len(found), other) == (1, [])

    async def test_nobody_else_is_covered(self, asked):
        assert await asked.read(lambda unit: unit.covers.of_patient(care.PATIENT)) == []

    @pytest.mark.parametrize("table", [CHECKS, BATCH_ITEMS], ids=lambda table: table.name)
    async def test_people_are_found_by_an_index(self, asked, table):
        def plan(unit):
            looked_for = literal_column("json_extract(document, '$.question.patient.digits')")
            compiled = select(table.c.document).where(looked_for == literal_column("'1'"))
            query = text(f"explain query plan {compiled}")
            return str(unit.connection.execute(query).all())

        assert f"{table.name}_by_niss" in await asked.read(plan)


class TestTariffs:
    async def test_a_new_list_takes_the_place_of_the_old_one(self, store):
        later = invoices.tariff(valid_from=date(2026, 7, 1), insurer_amount=600)
        first = [invoices.tariff(valid_to=date(2026, 6, 30)), later]

        async def replaced(tariffs):
            await store.write(lambda unit: unit.tariffs.replace_all(tariffs))
            return await store.read(lambda unit: unit.tariffs.all())

        assert await replaced(first) == first
        assert await replaced([later]) == [later]
        assert await replaced([]) == []
