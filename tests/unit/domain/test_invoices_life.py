"""The life of a batch: release, answers, contradictions, marks; and sending numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from bridge.domain.cards import IdentityReading
from bridge.domain.claims import ClaimReading
from bridge.domain.exchanges import MOVES, Exchange, ExchangeStatus, Mark
from bridge.domain.identifiers import Mutuality
from bridge.domain.invoices import (
    BatchDecision,
    InvoiceAnswer,
    InvoiceBatch,
    RefusalKind,
    status_of_answer,
)
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.sendingnumbers import MOST_SENDINGS, SendingNumbers, invoice_number
from bridge.errors import Conflict
from tests.support.invoicecases import LATER, NOW, batch

S = ExchangeStatus
A = InvoiceAnswer
MARKS = (Mark.READ, Mark.PROCESSED, Mark.ARCHIVED)


def decision(answer: InvoiceAnswer, number: int = 1, *, rejects: bool = False) -> BatchDecision:
    return BatchDecision(
        at=LATER + timedelta(days=number),
        response_id=f"rsp_{number}_{answer.value}",
        answer=answer,
        status=status_of_answer(answer, has_rejections=rejects),
    )


def answered(*answers: InvoiceAnswer) -> InvoiceBatch:
    found = batch(S.SENT)
    for number, answer in enumerate(answers, start=1):
        found = found.decided(decision(answer, number))
    return found


def marks_of(found: InvoiceBatch) -> tuple[Any, ...]:
    return (found.read_at, found.processed_at, found.archived_at)


@pytest.mark.parametrize("after", S, ids=lambda each: each.value)
@pytest.mark.parametrize("before", S, ids=lambda each: each.value)
def test_only_moves_of_the_shared_table(before: S, after: S) -> None:
    if after in MOVES[before]:
        moved = batch(before).moved(after, at=LATER, exchange_id="exc_1")
        assert (moved.status, moved.updated_at, moved.exchange_id) == (after, LATER, "exc_1")
    else:
        with pytest.raises(Conflict) as caught:
            batch(before).moved(after, at=LATER)
        assert caught.value.problem_code == "state_not_allowed"


@pytest.mark.parametrize(
    ("answer", "rejects", "status"),
    [
        pytest.param(A.RECEIVED, False, S.RECEIVED, id="931000"),
        pytest.param(A.MESSAGE_REFUSED, True, S.REFUSED, id="920999"),
        pytest.param(A.FILE_REFUSED, True, S.REFUSED, id="920099"),
        pytest.param(A.FILE_ACCEPTED, False, S.ACCEPTED, id="920098"),
        pytest.param(A.FILE_ACCEPTED, True, S.PARTIALLY_ACCEPTED, id="920098-with-errors"),
        pytest.param(A.SETTLED, True, S.SETTLED, id="920900"),
        pytest.param(A.SETTLED, False, S.SETTLED, id="920900-all-paid"),
    ],
)
def test_the_name_of_an_answer_decides(answer: A, rejects: bool, status: S) -> None:  # noqa: FBT001  # a column of the table
    assert status_of_answer(answer, has_rejections=rejects) is status


def test_a_batch_goes_from_draft_to_settled() -> None:
    found = batch().released(number=7, year=2026, at=NOW)
    assert (found.status, found.sending_number, found.sending_year) == (S.TO_SEND, 7, 2026)
    found = found.moved(S.SENT, at=NOW, sent_at=NOW).received(at=NOW)
    assert (found.status, found.decisions) == (S.RECEIVED, ())
    found = found.decided(decision(A.FILE_ACCEPTED, 1, rejects=True))
    assert found.status is S.PARTIALLY_ACCEPTED
    found = found.decided(decision(A.SETTLED, 2))
    assert found.status is S.SETTLED
    assert [each.answer for each in found.decisions] == [A.FILE_ACCEPTED, A.SETTLED]
    assert found.has_own_answer


def test_a_settlement_may_come_without_an_acceptance_before() -> None:
    assert answered(A.SETTLED).status is S.SETTLED


def test_a_batch_keeps_its_sending_number_when_it_is_released_again() -> None:
    first = batch().released(number=7, year=2026, at=NOW).moved(S.DRAFT, at=NOW)
    again = first.released(number=8, year=2026, at=LATER)
    assert (again.sending_number, again.sending_year) == (7, 2026)


def test_in_another_year_it_gets_a_number_of_that_year() -> None:
    first = batch().released(number=7, year=2026, at=NOW).moved(S.DRAFT, at=NOW)
    again = first.released(number=1, year=2027, at=LATER)
    assert (again.sending_number, again.sending_year) == (1, 2027)


def test_only_a_draft_is_released() -> None:
    with pytest.raises(Conflict):
        batch(S.SENT).released(number=1, year=2026, at=NOW)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param(A.MESSAGE_REFUSED, RefusalKind.MESSAGE, id="message"),
        pytest.param(A.FILE_REFUSED, RefusalKind.FILE, id="file"),
        pytest.param(A.SETTLED, None, id="settled"),
    ],
)
def test_a_refusal_says_what_was_refused(answer: A, kind: RefusalKind | None) -> None:
    assert answered(answer).refusal_kind is kind
    assert batch().refusal_kind is None


def test_a_receipt_after_an_answer_changes_nothing() -> None:
    settled = answered(A.SETTLED)
    assert settled.received(at=LATER) is settled
    received = batch(S.SENT).received(at=NOW)
    assert received.received(at=LATER) is received


def test_the_same_answer_twice_changes_nothing() -> None:
    once = answered(A.SETTLED)
    assert once.decided(once.decisions[0]) is once


def test_an_acceptance_after_the_settlement_is_kept_and_changes_nothing() -> None:
    settled = answered(A.SETTLED).marked(Mark.READ, at=LATER)
    late = settled.decided(decision(A.FILE_ACCEPTED, 2))
    assert late.status is S.SETTLED
    assert [each.answer for each in late.decisions] == [A.FILE_ACCEPTED, A.SETTLED]
    assert late.read_at == LATER
    assert late.decision is settled.decision


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param((A.FILE_ACCEPTED, A.FILE_REFUSED), id="refused-after-accepted"),
        pytest.param((A.SETTLED, A.FILE_REFUSED), id="refused-after-settled"),
        pytest.param((A.FILE_REFUSED, A.FILE_ACCEPTED), id="accepted-after-refused"),
        pytest.param((A.MESSAGE_REFUSED, A.SETTLED), id="settled-after-refused"),
    ],
)
def test_answers_that_contradict_each_other_need_a_person(answers: tuple[A, A]) -> None:
    found = answered(*answers)
    assert found.status is S.MANUAL_ACTION_REQUIRED
    done = found.marked(Mark.PROCESSED, at=LATER)
    assert done.status is found.decisions[-1].status
    assert len(done.decisions) == 2


def test_two_refusals_are_refused() -> None:
    assert answered(A.MESSAGE_REFUSED, A.FILE_REFUSED).refusal_kind is RefusalKind.FILE


def test_a_later_decision_clears_the_marks_d17() -> None:
    found = answered(A.FILE_ACCEPTED)
    for mark in MARKS:
        found = found.marked(mark, at=LATER)
    assert None not in marks_of(found)
    assert marks_of(found.decided(decision(A.SETTLED, 2))) == (None, None, None)


def test_archiving_needs_processing_first_d20() -> None:
    with pytest.raises(Conflict) as caught:
        answered(A.SETTLED).marked(Mark.ARCHIVED, at=LATER)
    assert caught.value.problem_code == "not_processed"


def test_a_mark_that_is_there_keeps_its_moment() -> None:
    found = answered(A.SETTLED).marked(Mark.READ, at=NOW)
    assert found.marked(Mark.READ, at=LATER) is found


@pytest.mark.parametrize("status", S, ids=lambda each: each.value)
def test_only_drafts_change_and_nothing_that_was_sent_is_deleted(status: S) -> None:
    assert batch(status).is_changeable is (status is S.DRAFT)
    assert batch(status).is_deletable is (status in {S.DRAFT, S.TO_SEND})


def test_a_batch_stands_where_its_message_stands_until_its_own_answer() -> None:
    message = Exchange(
        id="exc_1",
        client_id="cli_1",
        practice_id="prc_1",
        registration_id="reg_1",
        service="invoicing",
        kind="invoice_batch",
        insurer="100",
        input_reference="1",
        content_digest="0",
        subject_id="inv_1",
        status=S.OUTCOME_UNKNOWN,
        created_at=NOW,
        updated_at=NOW,
        problem_code="outcome_unknown",
        sent_at=NOW,
    )
    seen = batch(S.TO_SEND).seen_with(message)
    assert (seen.status, seen.sent_at, seen.problem_code) == (
        S.OUTCOME_UNKNOWN,
        NOW,
        "outcome_unknown",
    )
    settled = answered(A.SETTLED)
    assert settled.seen_with(message) is settled
    assert settled.seen_with(None) is settled


NUMBERS = SendingNumbers(payer="40000028", year=2026)


def test_sending_numbers_begin_with_one_and_leave_no_gap() -> None:
    numbers, taken = NUMBERS, []
    for _ in range(3):
        number, numbers = numbers.taken()
        taken.append(number)
    assert taken == [1, 2, 3]


def test_a_number_that_never_left_is_taken_again() -> None:
    numbers = replace(NUMBERS, last=5).given_back(3).given_back(2).given_back(3)
    number, numbers = numbers.taken()
    assert number == 2
    number, numbers = numbers.taken()
    assert number == 3
    assert numbers.taken()[0] == 6


def test_the_last_number_given_back_is_the_next() -> None:
    numbers = replace(NUMBERS, last=5).given_back(4).given_back(5)
    assert (numbers.last, numbers.freed) == (3, frozenset())
    assert numbers.taken()[0] == 4


@pytest.mark.parametrize("number", [0, -1, 6])
def test_a_number_that_was_never_taken_is_not_given_back(number: int) -> None:
    numbers = replace(NUMBERS, last=5)
    assert numbers.given_back(number) is numbers


def test_a_year_has_999_numbers() -> None:
    number, full = replace(NUMBERS, last=MOST_SENDINGS - 1).taken()
    assert number == 999
    with pytest.raises(Conflict) as caught:
        full.taken()
    assert caught.value.problem_code == "sending_numbers_used_up"
    assert full.given_back(5).taken()[0] == 5


@pytest.mark.parametrize(
    ("serial", "number"),
    [
        pytest.param(1, "202611000001", id="first"),
        pytest.param(999_999, "202611999999", id="last"),
    ],
)
def test_invoice_numbers_are_year_month_and_serial(serial: int, number: str) -> None:
    assert invoice_number(year=2026, month=11, serial=serial) == number


@pytest.mark.parametrize("serial", [0, 1_000_000])
def test_invoice_numbers_of_a_month_end(serial: int) -> None:
    with pytest.raises(Conflict) as caught:
        invoice_number(year=2026, month=11, serial=serial)
    assert caught.value.problem_code == "invoice_numbers_used_up"


@pytest.mark.parametrize(
    ("mutuality", "affiliation", "destination"),
    [
        pytest.param("129", "129", "129", id="christian"),
        pytest.param("319", "319", "300", id="socialist"),
        pytest.param("306", "306", "306", id="keeps-its-own"),
        pytest.param("509", "509", "509", id="independent"),
        pytest.param("601", "601", "601", id="auxiliary"),
    ],
)
def test_routing_of_mutualities(mutuality: str, affiliation: str, destination: str) -> None:
    found = Mutuality.parse(mutuality)
    settings = InvoiceSettings()
    assert settings.affiliation(found) == affiliation
    assert settings.destination(found) == destination


def test_unions_may_be_written_without_affiliation() -> None:
    settings = InvoiceSettings(unions_without_affiliation=frozenset({"200", "400", "500"}))
    assert settings.affiliation(Mutuality.parse("509")) == "000"
    assert settings.affiliation(Mutuality.parse("129")) == "129"


def test_a_chip_that_was_read_becomes_a_reading_in_belgian_time() -> None:
    read = IdentityReading(
        reading_kind="1",
        support_kind="1",
        support_serial="592123456789",
        read_at=datetime(2026, 7, 1, 22, 30, 59, tzinfo=UTC),
    )
    found = ClaimReading.of_card(read)
    assert (found.read_on.isoformat(), found.read_hour) == ("2026-07-02", time(0, 30))
    assert (found.reading_kind, found.support_kind, found.manual_reason) == ("1", "1", "0")
    assert "592123456789" not in repr(found)
