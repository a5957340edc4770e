"""The life of a declaration: moves, decisions, errors and marks (D17, D19, D20, D32)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bridge.domain.declarations import (
    AGREEMENTS,
    AgreementKind,
    CareFault,
    CarePatient,
    Content,
    DecisionResult,
    Declaration,
    Sex,
)
from bridge.domain.exchanges import ANSWERED, MOVES, Exchange, ExchangeStatus, Mark
from bridge.domain.identifiers import MembershipNumber, Mutuality, Niss
from bridge.errors import Conflict
from tests.support.carecases import (
    NOW,
    NUMBER,
    OTHER_NUMBER,
    OTHER_PATIENT,
    PATIENT,
    days,
    decision,
    declaration,
    katz,
    palliative,
    technical,
)

S = ExchangeStatus
LATER = NOW + timedelta(days=3)
LAST = NOW + timedelta(days=9)
MARKS = (Mark.READ, Mark.PROCESSED, Mark.ARCHIVED)


def row(status: ExchangeStatus, content: Content | None = None, **changes: Any) -> Declaration:
    return declaration(content or katz(), status=status, **changes)


def fault(**changes: Any) -> CareFault:
    return replace(CareFault(at=LATER, response_id="rsp_9", code="INPUT_ERROR"), **changes)


def marks_of(one: Declaration) -> tuple[object, ...]:
    return (one.read_at, one.processed_at, one.archived_at)


def marked_all(one: Declaration) -> Declaration:
    for mark in MARKS:
        one = one.marked(mark, at=LATER)
    return one


REFUSED = decision(S.REFUSED, DecisionResult.REJECTION, at=LATER, reason="042")
ACCEPTED = decision(S.ACCEPTED, at=LAST, agreement_number=NUMBER)


@pytest.mark.parametrize("after", S, ids=lambda each: each.value)
@pytest.mark.parametrize("before", S, ids=lambda each: each.value)
def test_only_moves_of_the_shared_table(before: S, after: S) -> None:
    if after in MOVES[before]:
        moved = row(before).moved(after, at=LATER, operation_id="op_1")
        assert (moved.status, moved.updated_at, moved.operation_id) == (after, LATER, "op_1")
    else:
        with pytest.raises(Conflict) as caught:
            row(before).moved(after, at=LATER)
        assert caught.value.problem_code == "state_not_allowed"


def test_a_katz_goes_from_draft_to_agreement_d19() -> None:
    one = row(S.DRAFT)
    for status in (S.TO_SEND, S.SENT, S.RECEIVED):
        one = one.moved(status, at=NOW)
        assert one.decision is None
    one = one.decided(ACCEPTED)
    assert (one.status, one.agreement_number, one.answered_at) == (S.ACCEPTED, NUMBER, LAST)


def test_a_technical_act_ends_with_its_receipt_d19() -> None:
    one = row(S.SENT, technical()).moved(S.ACKNOWLEDGED, at=LATER, answered_at=LATER)
    assert (one.status, one.decision, one.agreement_number) == (S.ACKNOWLEDGED, None, None)


@pytest.mark.parametrize("status", [S.SENT, S.RECEIVED, S.ACCEPTED, S.REFUSED, S.ACKNOWLEDGED])
def test_what_was_sent_never_becomes_a_draft_again(status: S) -> None:
    with pytest.raises(Conflict):
        row(status).moved(S.DRAFT, at=LATER)


@pytest.mark.parametrize("status", [S.DRAFT, S.TO_SEND])
def test_nothing_is_decided_before_it_was_sent(status: S) -> None:
    with pytest.raises(Conflict):
        row(status).decided(ACCEPTED)


@pytest.mark.parametrize(
    "status", [S.SENT, S.RECEIVED, S.ERROR, S.OUTCOME_UNKNOWN, S.MANUAL_ACTION_REQUIRED]
)
@pytest.mark.parametrize("answer", [S.ACCEPTED, S.PARTIALLY_ACCEPTED, S.REFUSED])
def test_a_decision_beats_what_was_believed(status: S, answer: S) -> None:
    assert row(status, problem_code="remote_timeout").decided(decision(answer, at=LATER)) == row(
        answer,
        decisions=(decision(answer, at=LATER),),
        updated_at=LATER,
        answered_at=LATER,
        has_own_answer=True,
    )


def carried(status: S, **changes: Any) -> Exchange:
    message = Exchange(
        id="exc_1",
        client_id="cli_1",
        practice_id="prc_1",
        registration_id="reg_1",
        service="medadmin",
        kind="katz",
        insurer="300",
        input_reference="00000000000001",
        content_digest="",
        subject_id=None,
        status=status,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(message, **changes)


@pytest.mark.parametrize("status", S, ids=lambda each: each.value)
def test_without_an_answer_of_its_own_it_stands_where_its_message_does(status: S) -> None:
    message = carried(status, sent_at=LATER, problem_code="remote_timeout")
    seen = row(S.TO_SEND).seen_with(message)
    assert (seen.status, seen.sent_at, seen.problem_code) == (status, LATER, "remote_timeout")


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(row(S.SENT).decided(ACCEPTED), id="decided"),
        pytest.param(row(S.SENT).failed(fault()), id="error"),
    ],
)
def test_an_answer_of_its_own_counts_more_than_its_message(one: Declaration) -> None:
    assert one.seen_with(carried(S.OUTCOME_UNKNOWN)) is one
    assert one.has_own_answer is True


def test_without_a_message_it_stands_for_itself() -> None:
    assert row(S.DRAFT).seen_with(None) == row(S.DRAFT)


def test_a_second_palliative_decision_keeps_the_first_and_clears_the_marks_d17() -> None:
    waiting = replace(REFUSED, is_waiting_for_gp=True)
    one = marked_all(row(S.RECEIVED, palliative()).decided(waiting))
    assert None not in marks_of(one)
    again = one.decided(replace(ACCEPTED, invoice_start_on=date(2026, 11, 20)))
    assert again.status is S.ACCEPTED
    assert [each.status for each in again.decisions] == [S.REFUSED, S.ACCEPTED]
    assert marks_of(again) == (None, None, None)
    assert (again.agreement_number, again.decision) == (NUMBER, again.decisions[1])
    assert again.decisions[0].is_waiting_for_gp is True


@pytest.mark.parametrize("first", [S.ACCEPTED, S.PARTIALLY_ACCEPTED])
def test_a_refusal_after_an_approval_waits_for_a_person_d32(first: S) -> None:
    one = marked_all(row(S.SENT).decided(replace(ACCEPTED, status=first)))
    reversed_ = one.decided(REFUSED)
    assert reversed_.status is S.MANUAL_ACTION_REQUIRED
    assert [each.status for each in reversed_.decisions] == [first, S.REFUSED]
    assert marks_of(reversed_) == (None, None, None)
    processed = reversed_.marked(Mark.PROCESSED, at=LAST)
    assert (processed.status, processed.processed_at) == (S.REFUSED, LAST)
    assert len(processed.decisions) == 2


def test_reading_a_reversal_does_not_decide_it_d32() -> None:
    reversed_ = row(S.SENT).decided(ACCEPTED).decided(REFUSED).marked(Mark.READ, at=LAST)
    assert (reversed_.status, reversed_.read_at) == (S.MANUAL_ACTION_REQUIRED, LAST)


def test_an_approval_after_a_reversal_is_an_approval_again() -> None:
    one = row(S.SENT).decided(ACCEPTED).decided(REFUSED).decided(replace(ACCEPTED, at=LAST))
    assert one.status is S.ACCEPTED
    assert len(one.decisions) == 3


def test_a_second_refusal_of_what_was_never_approved_stays_refused() -> None:
    one = row(S.SENT).decided(REFUSED).decided(replace(REFUSED, reason="043"))
    assert (one.status, len(one.decisions)) == (S.REFUSED, 2)


@pytest.mark.parametrize("status", [S.SENT, S.RECEIVED, S.OUTCOME_UNKNOWN])
def test_a_technical_error_before_a_decision_is_an_error(status: S) -> None:
    found = fault(detail_code="12", location="zone 305", member="/requester")
    one = marked_all(row(status)).failed(found)
    assert (one.status, one.fault, one.problem_code) == (S.ERROR, found, "remote_refused")
    assert (one.answered_at, one.updated_at) == (LATER, LATER)
    assert marks_of(one) == (None, None, None)


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(row(S.SENT).decided(ACCEPTED), id="after-an-agreement"),
        pytest.param(row(S.SENT).decided(REFUSED), id="after-a-refusal"),
        pytest.param(row(S.ACKNOWLEDGED, technical()), id="after-the-receipt-of-an-act"),
    ],
)
def test_a_technical_error_after_an_answer_needs_a_person(one: Declaration) -> None:
    failed = one.failed(fault())
    assert failed.status is S.MANUAL_ACTION_REQUIRED
    assert failed.decisions == one.decisions


@pytest.mark.parametrize("status", [S.DRAFT, S.TO_SEND])
def test_an_error_is_no_answer_to_what_never_left(status: S) -> None:
    if status is S.TO_SEND:
        assert row(status).failed(fault()).status is S.ERROR
    else:
        with pytest.raises(Conflict):
            row(status).failed(fault())


def test_an_error_is_resent_or_answered_late() -> None:
    one = row(S.SENT).failed(fault())
    assert one.moved(S.TO_SEND, at=LAST).status is S.TO_SEND
    late = one.decided(ACCEPTED)
    assert (late.status, late.problem_code, late.fault) == (S.ACCEPTED, None, one.fault)


@pytest.mark.parametrize("status", sorted(ANSWERED | {S.ERROR}, key=lambda each: each.value))
def test_archiving_needs_processed_and_unarchiving_does_not_d20(status: S) -> None:
    with pytest.raises(Conflict) as caught:
        row(status).marked(Mark.ARCHIVED, at=NOW)
    assert caught.value.problem_code == "not_processed"
    archived = row(status).marked(Mark.PROCESSED, at=NOW).marked(Mark.ARCHIVED, at=LATER)
    assert (archived.processed_at, archived.archived_at) == (NOW, LATER)
    opened = replace(archived, processed_at=None).marked(Mark.UNARCHIVED, at=LAST)
    assert (opened.archived_at, opened.status) == (None, status)


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: mark.value)
def test_a_mark_keeps_its_first_moment(mark: Mark) -> None:
    one = marked_all(row(S.ACCEPTED))
    assert one.marked(mark, at=LAST) is one


@pytest.mark.parametrize(
    ("undo", "member"),
    [
        (Mark.UNREAD, "read_at"),
        (Mark.UNPROCESSED, "processed_at"),
        (Mark.UNARCHIVED, "archived_at"),
    ],
)
def test_a_mark_can_be_cleared_twice(undo: Mark, member: str) -> None:
    one = marked_all(row(S.ACCEPTED)).marked(undo, at=LAST)
    assert (getattr(one, member), one.updated_at) == (None, LAST)
    assert one.marked(undo, at=LAST) is one


@pytest.mark.parametrize("status", [S.ACCEPTED, S.REFUSED, S.ERROR, S.ACKNOWLEDGED])
def test_processing_changes_no_status_of_what_is_settled(status: S) -> None:
    assert row(status).marked(Mark.PROCESSED, at=LATER).status is status


def test_processing_what_waits_for_an_answer_changes_no_status() -> None:
    one = row(S.MANUAL_ACTION_REQUIRED).marked(Mark.PROCESSED, at=LATER)
    assert (one.status, one.processed_at) == (S.MANUAL_ACTION_REQUIRED, LATER)


@pytest.mark.parametrize("result", DecisionResult, ids=lambda each: each.value)
def test_how_far_an_agreement_goes(result: DecisionResult) -> None:
    expected = {
        DecisionResult.AGREEMENT: AgreementKind.FULL,
        DecisionResult.PARTIAL_AGREEMENT: AgreementKind.PARTIAL,
        DecisionResult.MEDICAL_AGREEMENT: AgreementKind.MEDICAL_ONLY,
        DecisionResult.MEDICAL_AGREEMENT_WITHOUT_SMALL_RISKS: AgreementKind.MEDICAL_ONLY,
    }.get(result)
    assert decision(S.ACCEPTED, result).agreement_kind is expected
    assert (result in AGREEMENTS) == (expected is not None)


def test_the_number_is_that_of_the_latest_agreement() -> None:
    one = row(S.SENT).decided(ACCEPTED)
    newer = one.decided(replace(ACCEPTED, agreement_number=OTHER_NUMBER))
    refused = newer.decided(replace(REFUSED, agreement_number="319202600000000"))
    assert (one.agreement_number, newer.agreement_number) == (NUMBER, OTHER_NUMBER)
    assert refused.agreement_number == OTHER_NUMBER


GRANTED = days("2026-12-01", "2026-12-31")


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        pytest.param(row(S.DRAFT), days("2026-11-20", "2027-02-19"), id="asked"),
        pytest.param(
            row(S.SENT).decided(replace(ACCEPTED, granted=GRANTED)), GRANTED, id="granted"
        ),
        pytest.param(
            row(S.SENT).decided(ACCEPTED), days("2026-11-20", "2027-02-19"), id="none-stated"
        ),
        pytest.param(
            row(S.SENT).decided(replace(REFUSED, granted=GRANTED)),
            days("2026-11-20", "2027-02-19"),
            id="refused",
        ),
        pytest.param(row(S.DRAFT, palliative()), days("2026-11-20"), id="palliative"),
        pytest.param(row(S.DRAFT, technical()), days("2026-11-20", "2026-12-04"), id="technical"),
    ],
)
def test_the_days_it_is_about(one: Declaration, expected: object) -> None:
    assert one.period == expected


MEMBER = CarePatient(
    mutuality=Mutuality("319"), sex=Sex.MALE, membership_number=MembershipNumber("123 456")
)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(PATIENT, replace(PATIENT, mutuality=Mutuality("509")), True, id="same-niss"),
        pytest.param(PATIENT, OTHER_PATIENT, False, id="other-niss"),
        pytest.param(MEMBER, replace(MEMBER, niss=PATIENT.niss), True, id="same-member"),
        pytest.param(MEMBER, replace(MEMBER, mutuality=Mutuality("509")), False, id="other-fund"),
        pytest.param(
            MEMBER,
            replace(MEMBER, membership_number=MembershipNumber("123 457")),
            False,
            id="other-member",
        ),
        pytest.param(PATIENT, MEMBER, False, id="nothing-in-common"),
        pytest.param(
            replace(MEMBER, membership_number=None),
            replace(MEMBER, membership_number=None),
            False,
            id="nothing-known",
        ),
    ],
)
def test_the_same_person_as_far_as_numbers_show(
    one: CarePatient, other: CarePatient, *, same: bool
) -> None:
    assert one.is_same_person(other) is same
    assert other.is_same_person(one) is same


def test_nothing_shows_who_the_patient_is_or_how_they_fare() -> None:
    one = row(
        S.SENT, patient=replace(PATIENT, membership_number=MembershipNumber("998877"))
    ).decided(replace(REFUSED, justification="zeer vertrouwelijk"))
    shown = repr(one.failed(fault(text="zeer vertrouwelijk")))
    assert isinstance(one.patient.niss, Niss)
    for secret in (one.patient.niss.digits, "998877", "vertrouwelijk", "washing"):
        assert secret not in shown
