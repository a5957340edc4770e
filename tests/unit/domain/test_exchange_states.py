"""States and marks of exchanges (D17 to D21, D32)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.exchanges import (
    ANSWERED,
    MOVES,
    Decision,
    Exchange,
    ExchangeStatus,
    Mark,
    SendProblem,
)
from bridge.domain.identifiers import Niss
from bridge.domain.rights import OWNER_ID
from bridge.errors import Conflict

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ANNA, BEA = Niss("00000000097"), Niss("00000000196")


def exchange(status: ExchangeStatus) -> Exchange:
    return Exchange(
        id="exc_1",
        client_id="c",
        practice_id="",
        registration_id="reg_1",
        service="memberdata",
        kind="insurability_batch",
        insurer="300",
        input_reference="00000000000001",
        content_digest="",
        subject_id=None,
        status=status,
        created_at=NOW,
        updated_at=NOW,
    )


def decision(status: ExchangeStatus) -> Decision:
    return Decision(at=LATER, status=status, response_id="rsp_1")


@pytest.mark.parametrize("after", ExchangeStatus)
@pytest.mark.parametrize("before", ExchangeStatus)
def test_only_moves_of_the_table(before: ExchangeStatus, after: ExchangeStatus) -> None:
    if after in MOVES[before]:
        assert exchange(before).moved(after, at=LATER).status is after
    else:
        with pytest.raises(Conflict, match="state_not_allowed"):
            exchange(before).moved(after, at=LATER)


def test_every_state_has_a_line_in_the_table() -> None:
    assert set(MOVES) == set(ExchangeStatus)


@pytest.mark.parametrize("status", [*ANSWERED, ExchangeStatus.RECEIVED, ExchangeStatus.ACCEPTED])
def test_what_arrived_is_never_released_again(status: ExchangeStatus) -> None:
    assert ExchangeStatus.TO_SEND not in MOVES[status]


def test_archiving_needs_processed_and_unarchiving_does_not_d20() -> None:
    row = exchange(ExchangeStatus.ACCEPTED)
    with pytest.raises(Conflict, match="not_processed"):
        row.marked(Mark.ARCHIVED, at=LATER)
    archived = row.marked(Mark.PROCESSED, at=NOW).marked(Mark.ARCHIVED, at=LATER)
    assert archived.archived_at == LATER
    assert archived.marked(Mark.UNARCHIVED, at=LATER).archived_at is None


def test_a_mark_keeps_its_first_moment() -> None:
    row = exchange(ExchangeStatus.ACCEPTED).marked(Mark.READ, at=NOW)
    assert row.marked(Mark.READ, at=LATER) is row


def test_a_later_decision_keeps_the_earlier_and_clears_the_marks_d17() -> None:
    row = exchange(ExchangeStatus.SENT).decided(decision(ExchangeStatus.PARTIALLY_ACCEPTED))
    for mark in (Mark.READ, Mark.PROCESSED, Mark.ARCHIVED):
        row = row.marked(mark, at=LATER)
    again = row.decided(decision(ExchangeStatus.ACCEPTED))
    assert [each.status for each in again.decisions] == [
        ExchangeStatus.PARTIALLY_ACCEPTED,
        ExchangeStatus.ACCEPTED,
    ]
    assert (again.read_at, again.processed_at, again.archived_at) == (None, None, None)


def test_a_refusal_after_an_approval_waits_for_a_person_d32() -> None:
    row = exchange(ExchangeStatus.SENT).decided(decision(ExchangeStatus.ACCEPTED))
    reversed_ = row.decided(decision(ExchangeStatus.REFUSED))
    assert reversed_.status is ExchangeStatus.MANUAL_ACTION_REQUIRED
    assert reversed_.marked(Mark.PROCESSED, at=LATER).status is ExchangeStatus.REFUSED


def test_the_same_trouble_is_said_once() -> None:
    row = exchange(ExchangeStatus.SENT)
    problem = SendProblem(at=NOW, code="remote_unavailable")
    once = row.troubled(problem)
    assert once.troubled(SendProblem(at=LATER, code="remote_unavailable")) is once
    assert len(once.troubled(SendProblem(at=LATER, code="receipt_mismatch")).send_status) == 2


def test_sec_95_a_message_stays_with_the_person_whose_session_was_open():
    mine = exchange(ExchangeStatus.TO_SEND).made_by("act_1", ANNA)
    assert (mine.actor_id, mine.is_of(ANNA), mine.is_of(BEA)) == ("act_1", True, False)
    assert ANNA.digits not in repr(mine)
    assert mine.card not in repr(mine)
    of_nobody = exchange(ExchangeStatus.TO_SEND).made_by("act_1", None)
    assert of_nobody.is_of(ANNA)
    assert of_nobody.is_of(BEA)
    assert exchange(ExchangeStatus.TO_SEND).actor_id == OWNER_ID
