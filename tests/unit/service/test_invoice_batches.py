"""Drafts of batches: claims in pages, amounts, references, findings and the dry run."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, time, timedelta
from types import SimpleNamespace

import pytest

from bridge.codecs.efact.scan import HEADER_LENGTH, RECORD_LENGTH
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.identifiers import Cbe
from bridge.domain.insurability import CheckStatus, InsurabilityFacts, InsurabilityQuestion
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.lumpsums import CareVisit, LumpSumDay
from bridge.domain.months import Month
from bridge.domain.periods import Period
from bridge.domain.practices import Practice
from bridge.errors import Conflict, InputError, NotFound
from bridge.ports.invoices import InvoiceFilter
from bridge.service.events import EventBook
from bridge.service.invoicebatches import InvoiceBatchService
from bridge.service.invoicedrafts import ActDraft, BatchDraft, ClaimDraft, DayDraft
from bridge.service.invoicefiles import InvoiceFileBook
from bridge.service.registrations import RegistrationBook
from bridge.service.rights import EVERYBODY_MAY
from bridge.service.tokens import Client
from bridge.settings import Settings
from tests.support import care, invoices, stores
from tests.support.fakes import CountingIds, FixedClock

MINE = Client(id="client-a", display_name="Front end", scopes=frozenset({"invoices:send"}))
OTHER = replace(MINE, id="client-b")
REGISTRATION = replace(
    stores.REGISTRATION,
    holder=replace(stores.REGISTRATION.holder, nihii=invoices.NURSE),
    cbe=Cbe("0200000043"),
    practice_id="prc_1",
    invoicing=invoices.PROFILE,
)
DRAFT = BatchDraft(month=invoices.MONTH, insurer="300")


@asynccontextmanager
async def house(folder, *, registration=REGISTRATION, **settings):
    stores.new_database(folder)
    async with stores.opened(folder) as store:
        clock, ids = FixedClock(), CountingIds()
        events = EventBook(clock=clock, ids=ids)
        chosen = InvoiceSettings(**settings)
        service = InvoiceBatchService(
            SimpleNamespace(store=store, clock=clock, ids=ids, events=events, rights=EVERYBODY_MAY),
            registrations=RegistrationBook(store=store, events=events),
            files=InvoiceFileBook(clock=clock, settings=chosen, is_test=True),
            settings=chosen,
        )
        await store.write(lambda unit: unit.registrations.put(registration))
        yield SimpleNamespace(store=store, service=service, clock=clock)


def act(number=1, *, reference="", **changes):
    return ActDraft(line=invoices.line(number, id="", reference=reference, **changes))


def draft(*care_given, **changes):
    made = ClaimDraft(patient=care.PATIENT, ct1="110", ct2="110", care=care_given or (act(),))
    return replace(made, **changes)


def visit(hour, *acts):
    return CareVisit(provider=invoices.NURSE, acts=acts, hour=time(hour))


DAY = LumpSumDay(
    code="425272",
    day=invoices.DAY,
    reference="",
    line_id="",
    visits=(visit(8, "425110"), visit(18, "425110", "424255")),
)


async def begun(has, *drafts):
    """Begin a batch with claims; gives both."""
    batch = (await has.service.create(DRAFT, client=MINE)).batch
    made = await has.service.add_claims(batch.id, drafts, client=MINE) if drafts else []
    return batch, made


def codes(findings):
    return {each.code for each in findings}


class TestBatches:
    async def test_a_draft_belongs_to_who_made_it(self, tmp_path):
        async with house(tmp_path) as has:
            batch, _ = await begun(has, draft(), draft())
            view = await has.service.get(batch.id, client=MINE)
            assert (view.batch.payer, view.batch.practice_id) == (invoices.NURSE, "prc_1")
            assert (view.sums.claims, view.sums.insurer_amount) == (2, 1160)
            listed, total = await has.service.page(InvoiceFilter(), client=MINE, limit=9)
            assert (listed, total) == ([view], 1)
            assert await has.service.page(InvoiceFilter(), client=OTHER, limit=9) == ([], 0)
            with pytest.raises(NotFound):
                await has.service.get(batch.id, client=OTHER)

    @pytest.mark.parametrize(
        ("changes", "pointer", "code"),
        [
            ({"insurer": "319"}, "/insurer", "value_not_allowed"),
            ({"month": Month(2026, 12)}, "/month", "month_in_future"),
        ],
        ids=["no-union", "month-not-begun"],
    )
    async def test_what_cannot_be_a_batch_is_refused(self, tmp_path, changes, pointer, code):
        async with house(tmp_path) as has:
            with pytest.raises(InputError) as caught:
                await has.service.create(replace(DRAFT, **changes), client=MINE)
            (found,) = caught.value.findings
            assert (found.pointer, found.code) == (pointer, code)

    async def test_a_draft_changes_only_from_the_version_that_was_read(self, tmp_path):
        async with house(tmp_path) as has:
            batch, _ = await begun(has)
            has.clock.advance(seconds=1)

            async def changed():
                return await has.service.change(
                    batch.id,
                    month=Month(2026, 9),
                    client_ref="sept",
                    expected=batch,
                    client=MINE,
                )

            view = await changed()
            assert (view.batch.month, view.batch.client_ref) == (Month(2026, 9), "sept")
            with pytest.raises(Conflict) as caught:
                await changed()
            assert caught.value.problem_code == "precondition_failed"

    async def test_a_draft_is_deleted_with_its_claims(self, tmp_path):
        async with house(tmp_path) as has:
            batch, (claim,) = await begun(has, draft())
            await has.service.remove(batch.id, client=MINE)
            with pytest.raises(NotFound):
                await has.service.get(batch.id, client=MINE)
            assert await has.store.read(lambda unit: unit.claims.get(claim.id)) is None

    async def test_what_was_sent_stays_as_it_is(self, tmp_path):
        async with house(tmp_path) as has:
            batch, (claim,) = await begun(has, draft())
            sent = replace(batch, status=ExchangeStatus.SENT)
            await has.store.write(lambda unit: unit.invoice_batches.put(sent))
            service = has.service
            for attempt in (
                service.remove(batch.id, client=MINE),
                service.add_claims(batch.id, [draft()], client=MINE),
                service.remove_claim(batch.id, claim.id, client=MINE),
                service.change_claim(batch.id, draft(), expected=claim, client=MINE),
            ):
                with pytest.raises(Conflict) as caught:
                    await attempt
                assert caught.value.problem_code == "already_sent"


class TestClaims:
    async def test_pages_are_added_one_behind_the_other(self, tmp_path):
        async with house(tmp_path) as has:
            batch, first = await begun(has, draft(), draft())
            second = await has.service.add_claims(batch.id, [draft()], client=MINE)
            assert [each.position for each in (*first, *second)] == [0, 1, 2]
            page, total = await has.service.claims(batch.id, client=MINE, after=0, limit=1)
            assert (page, total) == ([first[1]], 3)

    @pytest.mark.parametrize(("lines", "is_allowed"), [(1_000, True), (1_001, False)])
    async def test_a_page_has_at_most_a_thousand_lines(self, tmp_path, lines, is_allowed):
        async with house(tmp_path) as has:
            batch, _ = await begun(has)
            page = [draft(*([act()] * (lines - 1))), draft()]
            if is_allowed:
                await has.service.add_claims(batch.id, page, client=MINE)
                return
            with pytest.raises(InputError) as caught:
                await has.service.add_claims(batch.id, page, client=MINE)
            assert codes(caught.value.findings) == {"out_of_range"}
            assert (await has.service.get(batch.id, client=MINE)).sums.claims == 0

    async def test_references_become_unique(self, tmp_path):
        async with house(tmp_path) as has:
            given = draft(act(reference="X"), act(reference="X"), act(), act())
            batch, _ = await begun(has, given)
            await has.service.add_claims(batch.id, [given], client=MINE)
            page, _ = await has.service.claims(batch.id, client=MINE, limit=9)
            found = [line.reference for claim in page for line in claim.lines]
            assert len(set(found)) == len(found) == 8
            assert [each for each in found if each.startswith("X")] == ["X", "X/2", "X/3", "X/4"]

    async def test_a_changed_claim_keeps_its_place_and_its_references(self, tmp_path):
        async with house(tmp_path) as has:
            batch, (claim, _) = await begun(has, draft(act(reference="X")), draft())
            wanted = draft(act(reference="X", code="425132"), act(reference="Y"))
            changed = await has.service.change_claim(batch.id, wanted, expected=claim, client=MINE)
            assert (changed.id, changed.position) == (claim.id, 0)
            assert [each.reference for each in changed.lines] == ["X", "Y"]
            assert await has.service.claim(batch.id, claim.id, client=MINE) == changed
            with pytest.raises(Conflict) as caught:
                await has.service.change_claim(batch.id, wanted, expected=claim, client=MINE)
            assert caught.value.problem_code == "precondition_failed"

    async def test_a_claim_is_found_only_within_its_batch(self, tmp_path):
        async with house(tmp_path) as has:
            _, (claim,) = await begun(has, draft())
            other, _ = await begun(has)
            with pytest.raises(NotFound):
                await has.service.remove_claim(other.id, claim.id, client=MINE)

    async def test_a_removed_claim_is_gone(self, tmp_path):
        async with house(tmp_path) as has:
            batch, (claim,) = await begun(has, draft())
            await has.service.remove_claim(batch.id, claim.id, client=MINE)
            assert (await has.service.get(batch.id, client=MINE)).sums.lines == 0

    async def test_a_day_of_a_lump_sum_is_expanded(self, tmp_path):
        async with house(tmp_path) as has:
            _, (claim,) = await begun(has, draft(DayDraft(day=replace(DAY, insurer_amount=2000))))
            assert [line.is_statistical for line in claim.lines] == [True] * 5 + [False]
            assert claim.insurer_amount == 2000
            assert len({line.reference for line in claim.lines}) == 6

    async def test_a_day_that_cannot_be_expanded_is_pointed_at(self, tmp_path):
        async with house(tmp_path) as has:
            batch, _ = await begun(has)
            empty = DayDraft(day=replace(DAY, visits=(visit(8),)))
            with pytest.raises(InputError) as caught:
                await has.service.add_claims(batch.id, [draft(), draft(act(), empty)], client=MINE)
            (found,) = caught.value.findings
            assert found.pointer == "/claims/1/care/1/visits/0/acts"
            assert found.code == "visit_without_acts"

    @pytest.mark.parametrize(
        ("ct1", "amounts"),
        [("110", (1160, 240)), ("111", (1400, 0))],
        ids=["ordinary", "preferential"],
    )
    async def test_amounts_left_out_come_from_the_tariffs(self, tmp_path, ct1, amounts):
        async with house(tmp_path) as has:
            await has.store.write(lambda unit: unit.tariffs.replace_all([invoices.tariff()]))
            line = invoices.line(id="", reference="", units=2, insurer_amount=0, copayment=0)
            filled = ActDraft(line=line, fills_insurer_amount=True, fills_copayment=True)
            _, (claim,) = await begun(has, draft(filled, ct1=ct1))
            assert (claim.insurer_amount, claim.copayment) == amounts

    async def test_without_a_tariff_the_amount_stays_open(self, tmp_path):
        async with house(tmp_path) as has:
            line = invoices.line(id="", reference="", insurer_amount=0)
            batch, (claim,) = await begun(
                has, draft(ActDraft(line=line, fills_insurer_amount=True))
            )
            assert claim.insurer_amount == 0
            found = await has.service.validate(batch.id, client=MINE, limit=9)
            assert "amount_missing" in codes(found.claims[0].findings)


class TestValidation:
    async def test_findings_name_record_and_zone(self, tmp_path):
        async with house(tmp_path) as has:
            batch, (claim,) = await begun(has, draft(act(insurer_amount=0), ct1="1"))
            found = await has.service.validate(batch.id, client=MINE, limit=9)
            (listed,) = found.claims
            assert (listed.claim_id, found.is_submittable) == (claim.id, False)
            zones = {each.code: (each.record, each.zone) for each in listed.findings}
            assert zones["insured_codes_invalid"] == ("20", "27")
            assert zones["amount_missing"][0] == "50"

    async def test_an_empty_batch_has_nothing_to_send(self, tmp_path):
        async with house(tmp_path) as has:
            batch, _ = await begun(has)
            found = await has.service.validate(batch.id, client=MINE, limit=9)
            assert codes(found.batch) == {"nothing_to_send"}
            assert found.errors == 1

    async def test_without_invoicing_details_nothing_is_sent(self, tmp_path):
        bare = replace(REGISTRATION, invoicing=None)
        async with house(tmp_path, registration=bare) as has:
            batch, _ = await begun(has, draft())
            found = await has.service.validate(batch.id, client=MINE, limit=9)
            assert codes(found.batch) == {"invoicing_profile_missing"}
            with pytest.raises(InputError) as caught:
                await has.service.dry_run(batch.id, client=MINE, limit=9)
            assert caught.value.problem_code == "invoicing_profile_missing"

    @pytest.mark.parametrize(
        ("other", "is_found"),
        [
            ({"status": ExchangeStatus.TO_SEND}, True),
            ({"status": ExchangeStatus.SETTLED, "sent_at": invoices.NOW}, True),
            ({"status": ExchangeStatus.OUTCOME_UNKNOWN, "sent_at": invoices.NOW}, True),
            ({"sent_at": invoices.NOW - timedelta(days=1)}, False),
            ({"status": ExchangeStatus.REFUSED, "sent_at": invoices.NOW}, False),
            ({"status": ExchangeStatus.ERROR}, False),
            ({"insurer": "100"}, False),
            ({"payer": invoices.OTHER_NURSE}, False),
        ],
        ids=["waits", "settled", "unknown", "yesterday", "refused", "error", "union", "payer"],
    )
    async def test_a_union_takes_one_file_a_day(self, tmp_path, other, is_found):
        async with house(tmp_path) as has:
            batch, _ = await begun(has, draft())
            same = invoices.batch(7, status=ExchangeStatus.SENT, has_own_answer=True)
            await has.store.write(lambda unit: unit.invoice_batches.put(replace(same, **other)))
            found = await has.service.validate(batch.id, client=MINE, limit=9)
            assert ("second_file_of_day" in codes(found.batch)) is is_found

    async def test_pages_of_findings_follow_each_other(self, tmp_path):
        async with house(tmp_path) as has:
            wrong = [draft(act(insurer_amount=0), client_ref=str(each)) for each in range(3)]
            batch, _ = await begun(has, *wrong)
            first = await has.service.validate(batch.id, client=MINE, limit=2)
            second = await has.service.validate(
                batch.id, client=MINE, after=first.next_after, limit=2
            )
            assert [each.position for each in (*first.claims, *second.claims)] == [0, 1, 2]
            assert second.next_after is None
            assert first.errors == second.errors

    async def test_the_same_act_in_two_claims_is_found(self, tmp_path):
        async with house(tmp_path) as has:
            batch, _ = await begun(has, draft(), draft())
            found = await has.service.validate(batch.id, client=MINE, limit=9)
            by_position = {each.position: codes(each.findings) for each in found.claims}
            assert "act_twice" in by_position[1]
            assert "act_twice" not in by_position.get(0, set())

    async def test_an_act_that_was_invoiced_before_is_found(self, tmp_path):
        async with house(tmp_path) as has:
            batch, _ = await begun(has, draft())
            before = invoices.sent(99)
            claim = invoices.claim(99, batch_id=before.id)

            def work(unit):
                unit.exchanges.add(care.message(99))
                unit.invoice_batches.put(before)
                unit.claims.put([claim])

            await has.store.write(work)
            found = await has.service.validate(batch.id, client=MINE, limit=9)
            assert "act_already_invoiced" in codes(found.claims[0].findings)

    async def test_an_agreement_of_the_register_is_looked_for(self, tmp_path):
        async with house(tmp_path) as has:
            batch, _ = await begun(has, draft())

            async def found():
                made = await has.service.validate(batch.id, client=MINE, limit=9)
                return {each.code for claim in made.claims for each in claim.findings}

            assert "act_without_agreement" in await found()
            agreement = care.agreement(start_on=date(2026, 10, 1), end_on=date(2026, 10, 31))
            await has.store.write(lambda unit: unit.agreements.put(agreement))
            assert "act_without_agreement" not in await found()

    async def test_an_answered_check_that_covers_the_day_is_looked_for(self, tmp_path):
        async with house(tmp_path, insurability_required=True) as has:
            batch, _ = await begun(has, draft())

            async def found():
                made = await has.service.validate(batch.id, client=MINE, limit=9)
                return {each.code for claim in made.claims for each in claim.findings}

            assert "insurability_unchecked" in await found()
            own = Practice(
                id=batch.practice_id, name="", created_at=stores.NOW, updated_at=stores.NOW
            )
            for chosen in (False, None):  # a practice can say otherwise, or leave it as it is
                said = replace(own, insurability_required=chosen)
                await has.store.write(lambda unit, said=said: unit.practices.put(said))
                assert ("insurability_unchecked" in await found()) is (chosen is None)
            period = Period(from_on=invoices.DAY - timedelta(days=3), to_on=invoices.DAY)
            question = InsurabilityQuestion(patient=care.PATIENT.niss, period=period)

            def answered(is_insured, number):
                check = stores.check(
                    number,
                    status=CheckStatus.ACCEPTED,
                    question=question,
                    facts=InsurabilityFacts(is_insured=is_insured),
                    updated_at=stores.NOW + timedelta(hours=number),
                )

                def work(unit):
                    unit.operations.add(stores.operation(number))
                    unit.checks.add(check, client_id=MINE.id)

                return work

            await has.store.write(answered(is_insured=True, number=1))
            assert not {"insurability_unchecked", "patient_not_insured"} & await found()
            await has.store.write(answered(is_insured=False, number=2))
            assert "patient_not_insured" in await found()


class TestDryRun:
    async def test_the_file_is_explained_zone_by_zone(self, tmp_path):
        async with house(tmp_path) as has:
            batch, _ = await begun(has, draft(act(reference="X")))
            run = await has.service.dry_run(batch.id, client=MINE, limit=99)
            assert [each.kind for each in run.records] == [
                "200", "300", "10", "20", "50", "80", "90", "95", "96",
            ]  # fmt: skip
            assert run.length == HEADER_LENGTH + 7 * RECORD_LENGTH
            act_zones = {each.number: each.raw for each in run.records[4].zones}
            assert "X" in {each.strip() for each in act_zones.values()}
            assert run.next_after is None

    async def test_records_come_in_pages(self, tmp_path):
        async with house(tmp_path) as has:
            batch, _ = await begun(has, draft())
            first = await has.service.dry_run(batch.id, client=MINE, limit=4)
            second = await has.service.dry_run(
                batch.id, client=MINE, after=first.next_after, limit=9
            )
            assert [each.kind for each in first.records] == ["200", "300", "10", "20"]
            assert second.records[0].kind == "50"
            assert second.next_after is None

    async def test_what_cannot_be_written_is_named(self, tmp_path):
        async with house(tmp_path) as has:
            batch, _ = await begun(has, draft(ct1="1"))
            run = await has.service.dry_run(batch.id, client=MINE, limit=9)
            assert (run.length, run.records) == (0, ())
            assert {(each.zone.kind, each.zone.zone) for each in run.wrong} >= {("20", "27")}

    async def test_it_takes_no_number(self, tmp_path):
        async with house(tmp_path) as has:
            batch, _ = await begun(has, draft())
            await has.service.dry_run(batch.id, client=MINE, limit=9)
            kept = (await has.service.get(batch.id, client=MINE)).batch
            assert kept.sending_number is None
            assert kept.sender_reference is None


class TestSettings:
    def test_the_section_of_the_settings_file_becomes_the_rules_settings(self):
        given = {"insurability_required": True, "unions_without_affiliation": ["500"]}
        found = Settings.model_validate({"invoices": given}).invoices
        assert found == InvoiceSettings(
            insurability_required=True, unions_without_affiliation=frozenset({"500"})
        )

    def test_without_a_section_they_are_the_defaults(self):
        assert Settings.model_validate({}).invoices == InvoiceSettings()
