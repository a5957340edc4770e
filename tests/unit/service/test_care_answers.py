"""Answers of insurers, as they come in, change declarations, register and message."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bridge.domain.declarations import DeclarationKind, RefusalMeaning
from bridge.domain.exchanges import ExchangeStatus, Mark, ReceivedResponse, ResponseKind
from bridge.domain.identifiers import Niss
from bridge.domain.operations import OperationKind
from bridge.mycarenet import medadmin
from bridge.mycarenet import medadmin_contractual_values as contractual
from bridge.mycarenet import medadmin_messages as messages
from bridge.mycarenet.medadmin_names import (
    ContractualType,
    DecisionResult,
    FaultCode,
    MessageName,
    UpdateNature,
)
from bridge.mycarenet.medadmin_values import (
    CareReceiverDetail,
    FaultDetail,
    FaultText,
    Header,
    MessageFault,
    PeriodLimits,
    PeriodWithLength,
)
from bridge.service import carewire
from bridge.service.careanswers import KIND, CareAnswers, drafted
from bridge.service.declarations import follow_mark
from bridge.service.events import EventBook
from bridge.service.operations import OperationBook
from tests.support import care, stores
from tests.support.fakes import CountingIds, FixedClock

WAITS, OTHER_NURSE = "002", "003"
PERSON = CareReceiverDetail(niss=care.PATIENT.niss, mutuality=care.PATIENT.mutuality)
DOCTOR = care.DOCTOR


@pytest.fixture
async def store(tmp_path):
    async with stores.opened(tmp_path) as opened:
        yield opened


@pytest.fixture
def clock():
    return FixedClock(care.NOW + timedelta(hours=2))


@pytest.fixture
def answers(store, clock):
    ids = CountingIds()
    return CareAnswers(
        store=store,
        clock=clock,
        ids=ids,
        operations=OperationBook(store=store, clock=clock, ids=ids),
        events=EventBook(clock=clock, ids=ids),
        meanings={WAITS: RefusalMeaning.WAITS_FOR_GP, OTHER_NURSE: RefusalMeaning.OTHER_NURSE},
    )


def response(name="M4A_XML", **changes):
    made = ReceivedResponse(
        id="rsp_1",
        exchange_id=care.message().id,
        registration_id="reg_1",
        service="medadmin",
        kind=ResponseKind.MESSAGE,
        message_name=name,
        identity="reference:1",
        content_digest="d",
        received_at=care.NOW,
    )
    return replace(made, **changes)


def header(name, reference=None):
    return Header(
        message_name=name,
        sender_reference=reference or care.sent().sender_reference,
        receiver_reference="31900000000001",
    )


def katz_answer(declaration=None, result=DecisionResult.AGREEMENT, **changes):
    declaration = declaration or care.sent()
    is_positive = result.is_positive
    name = MessageName.CONTRACTUAL_POSITIVE if is_positive else MessageName.CONTRACTUAL_NEGATIVE
    decided = contractual.ContractualDecision(
        result=result,
        reference=care.NUMBER if is_positive else "319202600000124",
        consultant_doctor=DOCTOR,
        period=PeriodLimits(start_on=care.PERIOD.start_on, end_on=care.PERIOD.end_on)
        if is_positive
        else None,
        is_palliative=False,
        **changes,
    )
    return contractual.ContractualCareAnswer(
        header=header(name, declaration.sender_reference),
        care_receiver=PERSON,
        decision=decided,
        echo=carewire.request_of(declaration, is_test=True).detail,
    )


def palliative_answer(declaration, result, **changes):
    is_positive = result.is_positive
    name = MessageName.PALLIATIVE_POSITIVE if is_positive else MessageName.PALLIATIVE_NEGATIVE
    return messages.PalliativeCareAnswer(
        header=header(name, declaration.sender_reference),
        care_receiver=PERSON,
        decision=messages.PalliativeDecision(result=result, reference="319202600000130", **changes),
        echo=carewire.request_of(declaration, is_test=True).detail,
    )


def fault_of(declaration, *, location="zone 305"):
    return contractual.ContractualCareAnswer(
        header=header(MessageName.CONTRACTUAL_ERROR, declaration.sender_reference),
        care_receiver=carewire.request_of(declaration, is_test=True).care_receiver,
        fault=MessageFault(
            code=FaultCode.INPUT_ERROR,
            source="IO",
            message=FaultText(text="wrong", language="fr"),
            details=(FaultDetail(code="12", location=location),),
        ),
        echo=carewire.request_of(declaration, is_test=True).detail,
    )


def descoring():
    return contractual.ContractualCareUpdate(
        header=header(MessageName.CONTRACTUAL_UPDATE, "20260320000001"),
        care_receiver=PERSON,
        nature=UpdateNature.VISIT,
        consultant_doctor=DOCTOR,
        provider=care.NURSE,
        visited_on=date(2026, 11, 30),
        new=contractual.ContractualCareDetail(
            decision_reference=care.OTHER_NUMBER,
            contractual_type=ContractualType.A,
            period=PeriodWithLength(start_on=date(2026, 12, 1), end_on=care.PERIOD.end_on),
            katz=contractual.KatzDetail(scores=(3, 3, 3, 2, 2, 2)),
        ),
        previous=contractual.ContractualCareDetail(
            decision_reference=care.NUMBER,
            contractual_type=ContractualType.B,
            period=PeriodWithLength(start_on=care.PERIOD.start_on),
        ),
    )


async def taken(store, answers, content, *, exchange=None, name="M4A_XML"):
    """Take over a delivery and give its verdict."""
    exchange = exchange or care.message()

    def work(unit):
        if unit.exchanges.get(exchange.id) is None:
            unit.exchanges.add(exchange)
        return answers.read(unit, exchange, response(name), content)

    return await store.write(work)


async def put(store, *declarations):
    def work(unit):
        for each in declarations:
            if unit.exchanges.get(each.exchange_id) is None:
                unit.exchanges.add(care.message(int(each.exchange_id[-2:])))
            unit.declarations.put(each)

    await store.write(work)


async def found(store, declaration):
    return await store.read(lambda unit: unit.declarations.get(declaration.id, client_id=None))


@pytest.mark.parametrize(
    ("result", "status"),
    [
        (DecisionResult.AGREEMENT, ExchangeStatus.ACCEPTED),
        (DecisionResult.PARTIAL_AGREEMENT, ExchangeStatus.PARTIALLY_ACCEPTED),
        (DecisionResult.ONLY_MEDICAL_AGREEMENT, ExchangeStatus.ACCEPTED),
        (DecisionResult.REJECTION, ExchangeStatus.REFUSED),
    ],
    ids=lambda value: value.value,
)
async def test_a_decision_decides(store, answers, result, status):
    await put(store, care.sent())
    verdict = await taken(store, answers, medadmin.encode_answers([katz_answer(result=result)]))
    assert verdict.status is status
    decided = await found(store, care.sent())
    assert decided.status is status
    assert decided.decision.consulting_doctor == DOCTOR.digits
    agreements = await store.read(lambda unit: unit.agreements.of_patient(care.PATIENT))
    assert len(agreements) == (0 if result is DecisionResult.REJECTION else 1)


async def test_a_single_root_is_read_like_a_list(store, answers):
    await put(store, care.sent())
    assert (
        await taken(store, answers, medadmin.encode_answer(katz_answer()))
    ).status is ExchangeStatus.ACCEPTED


async def test_the_request_given_back_is_a_receipt_and_no_answer(store, answers):
    await put(store, care.sent())
    request = carewire.request_of(care.sent(), is_test=True)
    verdict = await taken(store, answers, medadmin.encode_receipt(request), name="M4A_CNF_XML")
    assert verdict.status is None
    assert not (await found(store, care.sent())).has_own_answer


async def test_a_message_waits_until_each_declaration_has_its_answer(store, answers):
    first = care.sent(1)
    second = care.sent(2, exchange_id=first.exchange_id)
    await put(store, first, second)
    one = medadmin.encode_answers([katz_answer(first)])
    assert (await taken(store, answers, one)).status is None
    other = medadmin.encode_answers([katz_answer(second, DecisionResult.REJECTION)])
    assert (await taken(store, answers, other)).status is ExchangeStatus.PARTIALLY_ACCEPTED


async def test_a_technical_act_is_acknowledged(store, answers):
    sent = care.sent(content=care.TECHNICAL)
    await put(store, sent)
    receipt = messages.TechnicalCareAnswer(
        header=header(MessageName.TECHNICAL_RECEIPT),
        care_receiver=PERSON,
        receipt=messages.TechnicalReceipt(
            nurse_reference=sent.nurse_reference, message_name=MessageName.TECHNICAL_RECEIPT
        ),
    )
    verdict = await taken(store, answers, medadmin.encode_answers([receipt]))
    assert verdict.status is ExchangeStatus.ACKNOWLEDGED
    assert (await found(store, sent)).status is ExchangeStatus.ACKNOWLEDGED


async def test_an_error_says_where(store, answers):
    await put(store, care.sent())
    verdict = await taken(store, answers, medadmin.encode_answers([fault_of(care.sent())]))
    assert verdict.status is ExchangeStatus.ERROR
    fault = (await found(store, care.sent())).fault
    assert (fault.code, fault.detail_code, fault.member) == ("INPUT_ERROR", "12", "requester")


async def test_an_error_after_an_agreement_needs_a_person(store, answers):
    await put(store, care.sent())
    await taken(store, answers, medadmin.encode_answers([katz_answer()]))
    await taken(store, answers, medadmin.encode_answers([fault_of(care.sent())]))
    assert (await found(store, care.sent())).status is ExchangeStatus.MANUAL_ACTION_REQUIRED


class TestSecondDecisions:
    async def test_a_palliative_refusal_becomes_an_agreement(self, store, answers, clock):
        sent = care.sent(content=care.PALLIATIVE)
        await put(store, sent)
        refused = palliative_answer(sent, DecisionResult.REJECTION, reason=WAITS)
        await taken(store, answers, medadmin.encode_answers([refused]))
        waiting = await found(store, sent)
        assert waiting.decision.is_waiting_for_gp
        marked = waiting.marked(Mark.PROCESSED, at=care.NOW).marked(Mark.ARCHIVED, at=care.NOW)
        await put(store, marked)
        clock.advance(days=3)
        agreed = palliative_answer(
            sent, DecisionResult.AGREEMENT, invoice_start_on=date(2026, 11, 21)
        )
        verdict = await taken(store, answers, medadmin.encode_answers([agreed]))
        assert verdict.status is ExchangeStatus.ACCEPTED
        after = await found(store, sent)
        assert [each.status for each in after.decisions] == [
            ExchangeStatus.REFUSED,
            ExchangeStatus.ACCEPTED,
        ]
        assert (after.processed_at, after.archived_at, after.read_at) == (None, None, None)

    async def test_a_refusal_after_an_agreement_needs_a_person_first(self, store, answers):
        await put(store, care.sent())
        await taken(store, answers, medadmin.encode_answers([katz_answer()]))
        refused = katz_answer(result=DecisionResult.REJECTION)
        await taken(store, answers, medadmin.encode_answers([refused]))
        after = await found(store, care.sent())
        assert after.status is ExchangeStatus.MANUAL_ACTION_REQUIRED
        assert after.marked(Mark.PROCESSED, at=care.NOW).status is ExchangeStatus.REFUSED

    async def test_the_same_answer_again_is_ignored_by_the_insurers_reference(
        self, store, answers, clock
    ):
        await put(store, care.sent())
        await taken(store, answers, medadmin.encode_answers([katz_answer()]))
        before = await found(store, care.sent())
        await store.write(lambda unit: unit.declarations.put(before.marked(Mark.READ, at=care.NOW)))
        clock.advance(days=1)
        await taken(store, answers, medadmin.encode_answer(katz_answer()))
        assert await found(store, care.sent()) == before.marked(Mark.READ, at=care.NOW)

    async def test_a_message_is_refused_once_a_person_has_seen_it_d32(self, store, answers):
        await put(store, care.sent())
        await taken(store, answers, medadmin.encode_answers([katz_answer()]))
        refused = katz_answer(result=DecisionResult.REJECTION)
        await taken(store, answers, medadmin.encode_answers([refused]))
        seen = await found(store, care.sent())
        assert seen.status is ExchangeStatus.MANUAL_ACTION_REQUIRED

        def work(unit):
            waiting = care.message(status=ExchangeStatus.MANUAL_ACTION_REQUIRED)
            unit.exchanges.replace(waiting)
            after = seen.marked(Mark.PROCESSED, at=care.NOW)
            unit.declarations.put(after)
            follow_mark(unit, seen, after, ids=CountingIds(), now=care.NOW)
            return unit.exchanges.get(waiting.id)

        message = await store.write(work)
        assert message.status is ExchangeStatus.REFUSED
        assert message.processed_at == care.NOW

    async def test_a_trouble_of_the_message_itself_still_waits_for_a_person(self, store, answers):
        await put(store, care.sent())
        await taken(store, answers, medadmin.encode_answers([katz_answer()]))
        seen = await found(store, care.sent())

        def work(unit):
            flat = care.message(
                status=ExchangeStatus.MANUAL_ACTION_REQUIRED, problem_code="answer_flat_layout"
            )
            unit.exchanges.replace(flat)
            after = seen.marked(Mark.PROCESSED, at=care.NOW)
            unit.declarations.put(after)
            follow_mark(unit, seen, after, ids=CountingIds(), now=care.NOW)
            return unit.exchanges.get(flat.id)

        assert (await store.write(work)).processed_at is None

    async def test_another_nurse_is_named_by_the_reason(self, store, answers):
        await put(store, care.sent())
        refused = katz_answer(result=DecisionResult.REJECTION, reason=OTHER_NURSE)
        await taken(store, answers, medadmin.encode_answers([refused]))
        assert (await found(store, care.sent())).decision.has_other_nurse


class TestStrangers:
    stray = care.message(9, kind="unsolicited", client_id="", status=ExchangeStatus.RECEIVED)

    async def test_a_change_is_for_a_person_and_finds_its_declaration(self, store, answers):
        await put(store, care.sent())
        await taken(store, answers, medadmin.encode_answers([katz_answer()]))
        verdict = await taken(
            store, answers, medadmin.encode_answer(descoring()), exchange=self.stray
        )
        assert verdict.status is ExchangeStatus.MANUAL_ACTION_REQUIRED
        assert verdict.owner.client_id == "client-a"
        [update] = await store.read(lambda unit: unit.care_updates.of_exchange(self.stray.id))
        assert update.declaration_id == care.sent().id
        assert update.previous.care_kind.value == "B"
        assert update.new.care_kind.value == "A"
        assert update.steps[-1].due_on == date(2026, 11, 30) + timedelta(days=90)

    async def test_a_change_of_somebody_unknown_stays_unlinked(self, store, answers):
        verdict = await taken(
            store, answers, medadmin.encode_answer(descoring()), exchange=self.stray
        )
        assert (verdict.status, verdict.owner) == (ExchangeStatus.MANUAL_ACTION_REQUIRED, None)
        [update] = await store.read(lambda unit: unit.care_updates.of_exchange(self.stray.id))
        assert update.declaration_id is None

    async def test_an_answer_without_our_reference_is_matched_by_the_nurse_s(self, store, answers):
        await put(store, care.sent())
        answer = katz_answer()
        answer = replace(answer, header=replace(answer.header, sender_reference="99"))
        verdict = await taken(
            store, answers, medadmin.encode_answers([answer]), exchange=self.stray
        )
        assert verdict.status is ExchangeStatus.ACCEPTED
        assert verdict.owner.practice_id == "prc_1"

    async def test_the_message_it_was_sent_with_is_answered_too(self, store, answers):
        await put(store, care.sent())
        await taken(store, answers, medadmin.encode_answers([katz_answer()]), exchange=self.stray)
        message = await store.read(lambda unit: unit.exchanges.get(care.message().id))
        assert message.status is ExchangeStatus.ACCEPTED
        assert [each.status for each in message.decisions] == [ExchangeStatus.ACCEPTED]

    async def test_the_number_of_a_decision_finds_its_declaration(self, store, answers):
        await put(store, care.sent())
        await taken(store, answers, medadmin.encode_answers([katz_answer()]))
        later = katz_answer(result=DecisionResult.PARTIAL_AGREEMENT)
        unnamed = replace(
            later,
            header=replace(later.header, sender_reference="99", receiver_reference="2"),
            echo=replace(later.echo, nurse_reference="UNKNOWN"),
        )
        await taken(store, answers, medadmin.encode_answers([unnamed]), exchange=self.stray)
        now = await found(store, care.sent())
        assert now.status is ExchangeStatus.PARTIALLY_ACCEPTED
        assert len(now.decisions) == 2

    async def test_a_reference_of_the_nurse_for_somebody_else_finds_nothing(self, store, answers):
        await put(store, care.sent(patient=replace(care.PATIENT, niss=Niss("60020200192"))))
        answer = katz_answer()
        answer = replace(answer, header=replace(answer.header, sender_reference="99"))
        verdict = await taken(
            store, answers, medadmin.encode_answers([answer]), exchange=self.stray
        )
        assert verdict.problem_code == "answer_without_question"
        assert not (await found(store, care.sent())).decisions

    async def test_a_change_before_the_answer_it_is_about_is_linked_later(self, store, answers):
        await put(store, care.sent())
        early = await taken(
            store, answers, medadmin.encode_answer(descoring()), exchange=self.stray
        )
        assert early.owner is None
        await taken(store, answers, medadmin.encode_answers([katz_answer()]))
        [update] = await store.read(lambda unit: unit.care_updates.of_exchange(self.stray.id))
        assert (update.declaration_id, update.client_id) == (care.sent().id, "client-a")
        rows = await store.read(lambda unit: unit.agreements.of_patient(care.PATIENT))
        assert [row.end_on for row in rows] == [date(2026, 11, 30), care.PERIOD.end_on]
        stray = await store.read(lambda unit: unit.exchanges.get(self.stray.id))
        assert stray.client_id == "client-a"

    async def test_a_change_in_the_same_message_as_its_answer_is_linked(self, store, answers):
        await put(store, care.sent())
        both = [descoring(), katz_answer()]
        await taken(store, answers, medadmin.encode_answers(both), exchange=self.stray)
        [update] = await store.read(lambda unit: unit.care_updates.of_exchange(self.stray.id))
        assert update.declaration_id == care.sent().id

    async def test_a_change_of_what_a_change_made_is_linked(self, store, answers):
        await put(store, care.sent())
        await taken(store, answers, medadmin.encode_answers([katz_answer()]))
        await taken(store, answers, medadmin.encode_answer(descoring()), exchange=self.stray)
        first = descoring()
        closing = replace(
            first,
            nature=UpdateNature.AGREEMENT_CLOSURE,
            previous=first.new,
            new=replace(first.new, period=PeriodWithLength(end_on=date(2026, 12, 20))),
        )
        other = replace(self.stray, id=care.message(8).id, input_reference="8")
        await taken(store, answers, medadmin.encode_answer(closing), exchange=other)
        [update] = await store.read(lambda unit: unit.care_updates.of_exchange(other.id))
        assert update.declaration_id == care.sent().id
        rows = await store.read(lambda unit: unit.agreements.of_patient(care.PATIENT))
        assert [row.end_on for row in rows] == [date(2026, 11, 30), date(2026, 12, 20)]

    async def test_what_is_about_two_pairings_is_shown_to_neither(self, store, answers):
        mine, yours = care.sent(), care.sent(2, client_id="client-b")
        await put(store, mine, yours)
        both = [katz_answer(mine), katz_answer(yours)]
        verdict = await taken(store, answers, medadmin.encode_answers(both), exchange=self.stray)
        assert (verdict.status, verdict.owner) == (ExchangeStatus.ACCEPTED, None)

    async def test_what_is_about_somebody_unknown_too_is_shown_to_nobody(self, store, answers):
        await put(store, care.sent())
        unknown = katz_answer(care.sent(2, nurse_reference="UNKNOWN"))
        decision = replace(unknown.decision, reference=care.OTHER_NUMBER)
        both = [katz_answer(), replace(unknown, decision=decision)]
        verdict = await taken(store, answers, medadmin.encode_answers(both), exchange=self.stray)
        assert (verdict.problem_code, verdict.owner) == ("answer_without_question", None)

    async def test_an_answer_to_nothing_we_know_is_for_a_person(self, store, answers):
        verdict = await taken(
            store, answers, medadmin.encode_answers([katz_answer()]), exchange=self.stray
        )
        assert verdict.status is ExchangeStatus.MANUAL_ACTION_REQUIRED
        assert verdict.problem_code == "answer_without_question"

    @pytest.mark.parametrize(
        ("content", "name", "code"),
        [
            pytest.param(b"410900 01 0000", "M4A_FLAT", "answer_flat_layout", id="flat"),
            pytest.param(b"<a/>", "M4A_XML", "remote_invalid_answer", id="another-document"),
            pytest.param(b"<a", "M4A_XML", "remote_invalid_answer", id="no-xml"),
        ],
    )
    async def test_what_cannot_be_read_is_for_a_person(self, store, answers, content, name, code):
        await put(store, care.sent())
        verdict = await taken(store, answers, content, name=name)
        assert verdict.status is ExchangeStatus.MANUAL_ACTION_REQUIRED
        assert verdict.problem_code == code
        assert not (await found(store, care.sent())).has_own_answer


async def test_what_an_answer_changed_is_told_and_never_about_whom(store, answers):
    listener = answers._events.subscribe("client-a", topics=frozenset({"declarations"}))
    await put(store, care.sent())
    await taken(store, answers, medadmin.encode_answers([katz_answer()]))
    await answers.settle(care.message(subject_id=None))
    event = await listener.next(within_s=1)
    assert (event.type, event.object_id) == ("declaration.updated", care.sent().id)
    assert event.status == "accepted"
    stray = TestStrangers.stray
    await taken(store, answers, medadmin.encode_answer(descoring()), exchange=stray)
    await answers.settle(replace(stray, subject_id=None))
    event = await listener.next(within_s=1)
    assert event.type == "care_update.updated"
    listener.close()


async def test_cancelling_makes_drafts_again(store, answers, clock):
    operation = stores.operation(kind=OperationKind.DECLARATION_SUBMISSION)
    waiting = care.sent(operation_id=operation.id)

    def work(unit):
        unit.operations.add(operation)
        unit.exchanges.add(care.message(status=ExchangeStatus.TO_SEND))
        unit.declarations.put(waiting)
        answers.withdraw(unit, operation=operation)
        return unit.exchanges.get(waiting.exchange_id)

    exchange = await store.write(work)
    assert exchange.status is ExchangeStatus.DRAFT
    assert await found(store, waiting) == drafted(waiting, at=clock.now())


def test_the_kind_is_named_once():
    assert KIND == care.message().kind
    assert {kind.value for kind in DeclarationKind} == {"katz", "palliative", "technical_act"}
