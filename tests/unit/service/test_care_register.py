"""The register of agreements follows decisions and insurers' changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bridge.domain.agreements import EndReason
from bridge.domain.careupdates import DoneBy, StepKind, UpdateNature, steps_of
from bridge.domain.declarations import AgreementKind, CarePeriod, DecisionResult, KatzRequest
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.katz import CareKind
from bridge.errors import Conflict
from bridge.service.careregister import CareRegister
from bridge.service.caresteps import link
from tests.support import care, stores
from tests.support.fakes import CountingIds


@pytest.fixture
async def store(tmp_path):
    async with stores.opened(tmp_path) as opened:
        yield opened


async def followed(store, *declarations, ids=None):
    """Let the register follow some declarations and give all its agreements of the patient."""
    ids = ids or CountingIds()

    def work(unit):
        register = CareRegister(unit=unit, ids=ids, now=care.NOW)
        for declaration in declarations:
            register.follow(declaration)
        return unit.agreements.of_patient(care.PATIENT)

    return await store.write(work)


def accepted(number=1, content=care.KATZ, **changes):
    sent = replace(care.sent(number, content), status=ExchangeStatus.SENT)
    return sent.decided(care.decision(**changes))


async def test_an_agreement_is_recorded_with_what_was_granted(store):
    granted = CarePeriod(start_on=date(2026, 11, 24), end_on=date(2027, 1, 31))
    [row] = await followed(
        store,
        accepted(
            granted=granted,
            status=ExchangeStatus.PARTIALLY_ACCEPTED,
            result=DecisionResult.PARTIAL_AGREEMENT,
        ),
    )
    assert (row.start_on, row.end_on) == (granted.start_on, granted.end_on)
    assert row.extent is AgreementKind.PARTIAL
    assert (row.number, row.care_kind, row.scores) == (care.NUMBER, CareKind.B, care.SCORES_B)


async def test_the_same_answer_twice_leaves_one_row(store):
    assert len(await followed(store, accepted(), accepted())) == 1


@pytest.mark.parametrize("status", [ExchangeStatus.REFUSED, ExchangeStatus.ERROR])
async def test_what_was_not_granted_leaves_no_row(store, status):
    assert await followed(store, care.sent(status=status, has_own_answer=True)) == []


async def test_palliative_care_holds_from_the_day_it_may_be_invoiced(store):
    invoiced = date(2026, 11, 25)
    [row] = await followed(
        store, accepted(content=care.PALLIATIVE, granted=None, invoice_start_on=invoiced)
    )
    assert (row.start_on, row.end_on) == (invoiced, None)


async def test_an_acknowledged_technical_act_has_days_and_no_number(store):
    made = care.sent(content=care.TECHNICAL, status=ExchangeStatus.ACKNOWLEDGED)
    [row] = await followed(store, replace(made, has_own_answer=True))
    assert (row.number, row.end_on, row.act_kind) == (
        None,
        care.PERIOD.end_on,
        care.TECHNICAL.act_kind,
    )


async def test_a_change_ends_what_it_changes_the_day_before(store):
    changed = replace(
        care.KATZ,
        request=KatzRequest.CHANGE,
        agreement_number=care.NUMBER,
        period=CarePeriod(start_on=date(2026, 12, 10), end_on=date(2027, 3, 9)),
    )
    old, new = await followed(
        store,
        accepted(),
        accepted(2, changed, agreement_number=care.OTHER_NUMBER, granted=changed.period),
    )
    assert (old.end_on, old.end_reason) == (date(2026, 12, 9), EndReason.REPLACED)
    assert old.granted_end_on == care.PERIOD.end_on
    assert (new.start_on, new.number) == (date(2026, 12, 10), care.OTHER_NUMBER)


async def test_an_extension_leaves_what_it_extends(store):
    extension = replace(
        care.KATZ,
        request=KatzRequest.EXTENSION,
        agreement_number=care.NUMBER,
        period=CarePeriod(start_on=care.PERIOD.end_on, end_on=date(2027, 5, 18)),
    )
    old, new = await followed(
        store,
        accepted(),
        accepted(2, extension, agreement_number=care.OTHER_NUMBER, granted=extension.period),
    )
    assert (old.end_on, old.end_reason) == (care.PERIOD.end_on, None)
    assert new.end_on == date(2027, 5, 18)


async def test_a_closure_ends_the_agreement_and_makes_none(store):
    closing = replace(
        care.KATZ,
        request=KatzRequest.CLOSE,
        agreement_number=care.NUMBER,
        period=CarePeriod(end_on=date(2026, 12, 24)),
        care_kind=None,
        scores=None,
    )
    [row] = await followed(store, accepted(), accepted(2, closing, granted=None))
    assert (row.end_on, row.end_reason) == (date(2026, 12, 24), EndReason.CLOSED_BY_NURSE)


def changing(request, **content):
    made = replace(care.KATZ, request=request, agreement_number=care.NUMBER, **content)
    number = care.OTHER_NUMBER if request is KatzRequest.CHANGE else care.NUMBER
    granted = made.period if request is KatzRequest.CHANGE else None
    return accepted(2, made, agreement_number=number, granted=granted)


CLOSED = changing(KatzRequest.CLOSE, period=CarePeriod(end_on=date(2026, 12, 24)))
CHANGED = changing(
    KatzRequest.CHANGE, period=CarePeriod(start_on=date(2026, 12, 10), end_on=date(2027, 3, 9))
)
ENDINGS = pytest.mark.parametrize(
    ("ending", "end_on"),
    [
        pytest.param(CLOSED, date(2026, 12, 24), id="closure"),
        pytest.param(CHANGED, date(2026, 12, 9), id="change"),
    ],
)


@ENDINGS
async def test_a_further_decision_does_not_open_what_has_ended(store, ending, end_on):
    old, *_ = await followed(store, accepted(), ending, accepted())
    assert old.end_on == end_on
    assert old.end_reason is not None


@ENDINGS
async def test_what_it_ended_holds_again_when_it_is_taken_back(store, ending, end_on):
    await followed(store, accepted(), ending)

    def work(unit):
        CareRegister(unit=unit, ids=CountingIds(), now=care.NOW).withdraw(ending)
        return unit.agreements.of_patient(care.PATIENT)

    old, *new = await store.write(work)
    assert (old.end_on, old.end_reason) == (care.PERIOD.end_on, None)
    assert all(each.end_reason is EndReason.WITHDRAWN for each in new)
    assert end_on < care.PERIOD.end_on


async def test_what_was_taken_back_covers_no_day(store):
    granted = accepted()
    await followed(store, granted)

    def work(unit):
        CareRegister(unit=unit, ids=CountingIds(), now=care.NOW).withdraw(granted)
        return unit.agreements.of_declaration(granted.id)

    row = await store.write(work)
    assert row.end_reason is EndReason.WITHDRAWN
    assert not any(row.covers(day) for day in (care.PERIOD.start_on, care.PERIOD.end_on))


class TestInsurersChanges:
    async def linked(self, store, update, *declarations):
        ids = CountingIds()
        await followed(store, *declarations, ids=ids)

        def work(unit):
            done = link(unit, update, declarations[0], ids=ids, now=care.NOW)
            return done, unit.agreements.of_patient(care.PATIENT)

        return await store.write(work)

    async def test_a_descoring_ends_the_old_and_records_the_new(self, store):
        update, (old, new) = await self.linked(store, care.descoring(), accepted())
        assert (old.end_on, old.end_reason) == (date(2026, 11, 30), EndReason.REPLACED)
        assert (new.start_on, new.number, new.care_kind) == (
            date(2026, 12, 1),
            care.OTHER_NUMBER,
            CareKind.A,
        )
        assert [step.done_by for step in update.steps] == [DoneBy.DAEMON, DoneBy.DAEMON, None]
        assert update.processed_at is None
        done = update.done(StepKind.CREDIT_AND_REINVOICE, by=DoneBy.PERSON, at=care.NOW)
        assert done.processed_at == care.NOW

    async def test_a_descoring_may_keep_the_number(self, store):
        update = care.descoring()
        same = replace(update.new, agreement_number=care.NUMBER)
        _, (old, new) = await self.linked(store, replace(update, new=same), accepted())
        assert (old.end_on, old.care_kind) == (date(2026, 11, 30), CareKind.B)
        assert (new.start_on, new.care_kind) == (date(2026, 12, 1), CareKind.A)
        assert old.number == new.number

    async def test_a_new_provider_ends_it_on_the_day_stated(self, store):
        update = care.descoring(
            nature=UpdateNature.NEW_PROVIDER,
            steps=steps_of(UpdateNature.NEW_PROVIDER, changed_on=date(2026, 12, 4)),
        )
        stated = replace(update.new, period=CarePeriod(end_on=date(2026, 12, 4)))
        update, [row] = await self.linked(store, replace(update, new=stated), accepted())
        assert (row.end_on, row.end_reason) == (date(2026, 12, 4), EndReason.NEW_PROVIDER)
        assert [step.kind for step in update.open_steps()] == [StepKind.INFORM_NURSE]

    async def test_a_changed_decision_replaces_the_facts(self, store):
        update = care.descoring(
            nature=UpdateNature.DECISION_MODIFICATION,
            steps=steps_of(UpdateNature.DECISION_MODIFICATION, changed_on=date(2026, 12, 1)),
        )
        _, [row] = await self.linked(store, update, accepted())
        assert (row.number, row.care_kind) == (care.OTHER_NUMBER, CareKind.A)

    async def test_what_cannot_be_ended_stays_for_a_person(self, store):
        update = care.descoring()
        unstated = replace(update.new, period=CarePeriod())
        update, [row] = await self.linked(store, replace(update, new=unstated), accepted())
        assert all(step.done_at is None for step in update.steps)
        assert row.end_on == care.PERIOD.end_on

    async def test_it_belongs_to_one_declaration_only(self, store):
        update, _ = await self.linked(store, care.descoring(), accepted())
        with pytest.raises(Conflict) as raised:
            update.linked("ktz_other", client_id="client-a", at=care.NOW)
        assert raised.value.problem_code == "already_linked"
